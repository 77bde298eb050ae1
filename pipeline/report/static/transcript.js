// The transcript: who said what; the spoken word is lit, a click on a word plays it.
hearout.createTranscript = (call, player, marks, selection) => {
  const { byId, element } = hearout.dom;
  const list = byId("transcript");
  const DOUBTFUL = 0.5, SLACK = 0.3;
  // Characters that turn the direction of what follows: kept, but without effect beyond their word.
  const TURNING = /[\u202a-\u202e\u2066-\u2069]/;
  const turns = call.turns.filter((turn) => turn.kind === "turn");
  const byNode = new Map();
  const lit = new Map();
  const tags = [], taken = new Set();
  const vents = call.moments.filter(({ kind }) => kind === "vent");
  let following = true, current = null;

  function wordClass(word) {
    return ["w", word.confidence < DOUBTFUL && "doubtful", TURNING.test(word.text) && "turning"]
      .filter(Boolean).join(" ");
  }

  /** What a sentence does, or where somebody cut in: a small button that follows the legend. */
  function tag(moment) {
    const node = element("button", { type: "button", class: `tag ${moment.by} ${moment.unsure ? "unsure" : ""}`,
      "aria-label": `${moment.label}${moment.unsure ? ", unsure" : ""}, play` }, marks.glyph(moment), moment.label);
    node.addEventListener("click", () => selection.choose(moment));
    node.hidden = !marks.shows(moment);
    tags.push([node, moment]);
    return node;
  }

  /** Moments to write into a turn: those of events at its head, those of sentences behind their last word. */
  function momentsOf(turn) {
    const found = [];
    for (let i = call.after(call.moments, turn.start - SLACK); i < call.moments.length && call.moments[i].start < turn.end; i += 1) {
      const moment = call.moments[i];
      if (moment.by === turn.role && !marks.kind(moment).shaded && !taken.has(moment)) found.push(moment);
    }
    found.forEach((moment) => taken.add(moment));
    return { events: found.filter((one) => one.isEvent && turn.kind === "turn"), moves: found.filter((one) => !one.isEvent).sort((a, b) => a.end - b.end) };
  }

  /** The turn's own text with its words as nodes; the spacing of the text is kept where words are found in it. */
  function fill(line, turn, moves) {
    let at = 0, behind = 0;
    turn.words.forEach((word, index) => {
      const found = turn.text.indexOf(word.text, at);
      if (found >= 0) {
        line.append(turn.text.slice(at, found));
        at = found + word.text.length;
      } else if (index) {
        line.append(" ");
      }
      word.node = element("span", { class: wordClass(word) }, word.text);
      byNode.set(word.node, word);
      line.append(word.node);
      const next = turn.words[index + 1];
      while (next && behind < moves.length && next.start >= moves[behind].end - 0.05) {
        line.append(" ", tag(moves[behind]));
        behind += 1;
      }
    });
    line.append(turn.text.slice(at));
    for (const move of moves.slice(behind)) line.append(" ", tag(move));
  }

  function row(turn) {
    const name = call.roles.find(({ id }) => id === turn.role)?.name ?? turn.role;
    const time = hearout.format.clock(turn.start);
    const button = element("button", { type: "button", class: "at", "aria-label": `Play at ${time}, ${name}` }, time);
    button.addEventListener("click", () => player.playFrom(turn.start));
    const line = element("p", { dir: "auto" });
    const { events, moves } = momentsOf(turn);
    fill(line, turn, moves);
    if (!line.textContent.trim()) {
      line.className = "wordless";
      line.textContent = "speech without recognised words";
    }
    const venting = vents.some((vent) => vent.start < turn.end && vent.end > turn.start) ? "venting" : "";
    const head = element("div", { class: "head" }, element("span", { class: "who" }, name), ...events.map(tag));
    turn.node = element("li", { class: `turn ${turn.role} ${turn.kind} ${venting}` }, button, head, line);
    return turn.node;
  }

  const rows = document.createDocumentFragment();
  call.turns.forEach((turn) => rows.append(row(turn)));
  list.append(rows);
  byId("transcript-hint").hidden = byNode.size === 0;
  if (!call.turns.length) list.append(element("li", { class: "none" }, "Nobody speaks in this recording."));

  list.addEventListener("click", (event) => {
    const word = byNode.get(event.target.closest(".w"));
    if (word && !String(getSelection())) player.playFrom(word.start);
  });

  /** Light the word of each party that is spoken now. */
  function show() {
    for (const { id } of call.roles) {
      const word = call.at(call.words[id], player.now), before = lit.get(id);
      if (word === before) continue;
      before?.node.classList.remove("lit");
      word?.node.classList.add("lit");
      lit.set(id, word);
      if (word && word.turn.kind !== "backchannel" && player.playing) keepInSight(word);
    }
    const turn = call.at(turns, player.now);
    if (turn === current) return;
    current?.node.classList.remove("now");
    turn?.node.classList.add("now");
    current = turn;
  }

  function keepInSight(word) {
    if (!following) return;
    const area = word.node.getBoundingClientRect();
    const top = byId("player").getBoundingClientRect().bottom + 8, bottom = innerHeight - 40;
    if (area.top >= top && area.bottom <= bottom) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    scrollBy({ top: area.top - top - (bottom - top) / 4, behavior: calm ? "auto" : "smooth" });
  }

  marks.onChange(() => tags.forEach(([node, moment]) => { node.hidden = !marks.shows(moment); }));

  // Who scrolls wants to read elsewhere; the next jump brings the page back to what is heard.
  for (const type of ["wheel", "touchmove"]) {
    addEventListener(type, (event) => { if (!byId("player").contains(event.target)) following = false; }, { passive: true });
  }
  player.on("seek", () => { following = true; });
  player.on("time", show);
  show();
};
