// What happens in a call, in kinds that a reader of the page can show and hide. Two things become moments: the
// result's events, with why they are what they are, and the moves, what a sentence does. Nothing is decided here.
hearout.kinds = (() => {
  // In the legend's order. Shaded ones fill a stretch rather than mark a point; some are not shown at first.
  const KINDS = [
    { id: "vent", label: "Vent", events: ["vent"], shaded: true },
    { id: "cut_in", label: "Interruption", events: ["interruption"] },
    { id: "pause_cut", label: "Cut-off in a pause", events: ["pause_interruption"] },
    { id: "first_solution", label: "First solving act", events: ["first_solution"] },
    { id: "listening", label: "Sign of listening", events: ["backchannel"], moves: ["reflect_back"] },
    { id: "empathy", label: "Empathy", moves: ["empathy", "empathy_formulaic"] },
    { id: "apology", label: "Apology", moves: ["apology_specific", "apology_bare"] },
    { id: "question", label: "Question", moves: ["clarifying_question", "question", "satisfaction_check"] },
    { id: "solving", label: "Solving", moves: ["solution_offer", "options", "refusal", "take_it_or_leave_it", "explanation_of_why"] },
    { id: "promise", label: "Promise", moves: ["promise", "promise_vague", "follow_up"] },
    { id: "blame", label: "Blame or defence", moves: ["blame_defensive", "dismissive"] },
    { id: "hold", label: "Hold", events: ["hold"], shaded: true },
    { id: "silence", label: "Silence", events: ["silence"], shaded: true },
    { id: "transfer", label: "Transfer", events: ["transfer"], shaded: true },
    { id: "complaint", label: "Complaint", moves: ["complaint", "anger", "earlier_contact"], on: false },
    { id: "overlap", label: "Other overlap", events: ["terminal_overlap", "dual_start", "false_start", "overlap_other"], on: false },
    { id: "said", label: "Other", on: false },
  ];
  const OF_EVENT = new Map(KINDS.flatMap(({ id, events = [] }) => events.map((name) => [name, id])));
  const OF_MOVE = new Map(KINDS.flatMap(({ id, moves = [] }) => moves.map((name) => [name, id])));
  const LABELS = new Map(Object.entries({
    interruption: "Interruption",
    pause_interruption: "Cut-off in a pause",
    first_solution: "First solving act",
    backchannel: "Sign of listening",
    terminal_overlap: "Overlap at a change of turns",
    dual_start: "Both start at once",
    overlap_other: "Other overlap",
    reflect_back: "Says it back",
    empathy_formulaic: "Empathy by formula",
    apology_specific: "Apology for what happened",
    apology_bare: "Bare apology",
    satisfaction_check: "Asks if it suits",
    solution_offer: "Offers a solution",
    options: "Offers a choice",
    refusal: "Refuses",
    explanation_of_why: "Explains why",
    promise_vague: "Vague promise",
    follow_up: "Agrees a follow-up",
    blame_defensive: "Blame or defence",
    earlier_contact: "Had been in touch before",
  }));

  function label(name) {
    const words = name.replaceAll("_", " ").trim();
    return LABELS.get(name) ?? words.slice(0, 1).toUpperCase() + words.slice(1).toLowerCase();
  }

  /** A move's kind; a question is one of the agent's, who is coached. */
  function ofMove(name, role) {
    const id = OF_MOVE.get(name) ?? "said";
    return id === "question" && role === "customer" ? "said" : id;
  }

  /** Events and moves in order of time; `n` is an event's number in the result, from 1. */
  function moments({ events, explained, vent, turns, unsureBelow }) {
    const found = events.map(({ type, by, start_s: start, end_s: end, confidence: sure }, index) => {
      const [says, why] = explained[index];
      return { n: index + 1, kind: OF_EVENT.get(type) ?? type, label: label(type), by, start, end, sure, says, why };
    });
    if (vent && events.every(({ type }) => type !== "vent")) {
      found.push({ kind: "vent", label: "Vent", by: "customer", start: vent.start_s, end: vent.end_s, sure: vent.confidence });
    }
    for (const { role, moves } of turns) {
      for (const { name, confidence: sure, span: [start, end], text: quote } of moves) {
        found.push({ kind: ofMove(name, role), label: label(name), by: role, start, end, sure, quote });
      }
    }
    found.sort((a, b) => a.start - b.start || a.end - b.end);
    return found.map((moment, index) => ({
      ...moment, index, isEvent: moment.quote === undefined, unsure: typeof moment.sure === "number" && moment.sure < unsureBelow,
    }));
  }

  /** The kinds that occur, in the legend's order; event types of later versions come last. */
  function occurring(found) {
    const there = new Map(found.map((moment) => [moment.kind, moment.label]));
    const known = KINDS.filter(({ id }) => there.delete(id));
    return [...known, ...[...there].map(([id, name]) => ({ id, label: name }))];
  }

  return { moments, occurring };
})();
