// Moments as a legend that filters and as a list to play from. Both stay away when there are none.
hearout.createMoments = (call, marks, selection, player) => {
  const { byId, element, numbers } = hearout.dom;
  const { clock, percent } = hearout.format;
  const legend = byId("legend"), section = byId("moments"), list = byId("moment-list"), line = byId("chosen");
  const EDGE = 0.15, QUOTED = 12, PRINTED_MAX = 14;
  const PRINTED = new Set(["vent", "cut_in", "pause_cut", "first_solution", "hold"]);
  const nameOf = (moment) => call.roles.find(({ id }) => id === moment.by)?.name;

  for (const kind of marks.kinds) {
    const button = element("button", { type: "button", "aria-pressed": String(marks.showsKind(kind.id)) },
      marks.glyph(kind), kind.label, element("span", {}, ` ${kind.count}`));
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(marks.toggle(kind.id))));
    legend.append(button);
  }
  if (call.overlaps.length) {
    legend.append(element("span", { class: "key" }, element("i"), "Both at once"));
  }
  legend.hidden = !legend.childElementCount;

  /** The numbers behind an event; the same as hearout explain prints for its number. */
  function why(moment) {
    const node = element("details", { class: "why" }, element("summary", {}, "Why"));
    node.addEventListener("toggle", () => {
      const rows = [...moment.why];
      if (typeof moment.sure === "number") rows.push(["how sure", percent(moment.sure)]);
      node.append(element("p", {}, moment.says), numbers(rows),
        element("p", { class: "quiet" }, `Event ${moment.n}. What would change it: hearout explain, with this number.`));
    }, { once: true });
    return node;
  }

  /** What is heard there: the sentence of a move, of an event the words that came in. */
  function quoteOf(moment) {
    if (moment.quote || !moment.n || marks.kind(moment).shaded) return moment.quote ?? "";
    const words = call.words[moment.by] ?? [], first = call.after(words, moment.start - EDGE);
    const turn = words[first]?.turn;
    if (!turn || words[first].start > moment.end + 1) return "";
    const said = words.slice(first, first + QUOTED + 1).filter((word) => word.turn === turn).map((word) => word.text);
    return said.slice(0, QUOTED).join(" ") + (said.length > QUOTED ? " …" : "");
  }

  function row(moment) {
    const name = nameOf(moment), quote = quoteOf(moment);
    const button = element("button", { type: "button", class: "moment" },
      element("time", {}, clock(moment.start)), marks.glyph(moment), element("span", { class: "what" }, moment.label));
    if (moment.unsure) button.append(element("em", { class: "unsure" }, "unsure"));
    if (name) button.append(element("span", { class: `by ${moment.by}` }, name));
    button.addEventListener("click", () => selection.choose(moment));
    const node = element("li", { class: moment.isEvent ? "event" : "move" }, button);
    if (quote) button.append(element("span", { class: "quote", dir: "auto" }, quote));
    if (moment.says) node.append(why(moment));
    return node;
  }

  const items = call.moments.map(row);
  let before = null; // the row that is marked as chosen
  // On paper only what a coach talks about, and no more than fits.
  call.moments.filter(({ kind }) => PRINTED.has(kind)).slice(0, PRINTED_MAX).forEach(({ index }) => items[index].classList.add("printed"));
  list.append(...items);
  section.hidden = items.length === 0;

  function filter() {
    items.forEach((item, index) => { item.hidden = !marks.shows(call.moments[index]); });
  }

  /** Keep the chosen one in sight within the list, without moving the page. */
  function keepInSight(item) {
    const area = list.closest("aside"), from = area.getBoundingClientRect(), place = item.getBoundingClientRect();
    if (area.scrollHeight <= area.clientHeight) return;
    if (place.top < from.top || place.bottom > from.bottom) area.scrollTop += place.top - from.top - from.height / 3;
  }

  function show(chosen) {
    before?.classList.remove("chosen");
    before = chosen && items[chosen.index];
    line.replaceChildren();
    if (!chosen) return;
    before.classList.add("chosen");
    const number = chosen.n ? `${chosen.n} · ` : "";
    const by = nameOf(chosen) && chosen.kind !== "vent" ? ` by the ${nameOf(chosen).toLowerCase()}` : "";
    line.append(element("b", {}, `${number}${chosen.label}${by}, ${clock(chosen.start)}`), chosen.unsure ? " (unsure)" : "",
      element("span", { dir: "auto" }, ` ${chosen.says || chosen.quote || ""}`));
    line.title = line.textContent;
    keepInSight(items[chosen.index]);
  }

  marks.onChange(filter);
  selection.onChange(show);
  filter();
};
