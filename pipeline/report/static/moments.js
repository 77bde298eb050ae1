// The events as a legend that filters and as a list to play from. Both stay away when there are none.
hearout.createMoments = (call, marks, player) => {
  const { byId, element, drawing } = hearout.dom;
  const legend = byId("legend"), section = byId("moments"), list = byId("moment-list");

  function glyph(kind, by) {
    const shape = drawing("path", { d: kind.shape, "fill-rule": "evenodd" });
    return drawing("svg", { viewBox: "0 0 12 12", class: `glyph ${kind.type} ${by ?? ""}`, "aria-hidden": "true" }, shape);
  }

  for (const kind of marks.kinds) {
    const button = element("button", { type: "button", "aria-pressed": "true" },
      glyph(kind), kind.label, element("span", {}, ` ${kind.count}`));
    button.addEventListener("click", () => button.setAttribute("aria-pressed", String(marks.toggle(kind.type))));
    legend.append(button);
  }
  if (call.overlaps.length) {
    legend.append(element("span", { class: "key" }, element("i"), "Both at once"));
  }
  legend.hidden = !legend.childElementCount;

  const items = call.events.map((event) => {
    const name = call.roles.find(({ id }) => id === event.by)?.name;
    const button = element("button", { type: "button" },
      element("time", {}, hearout.format.clock(event.start)),
      glyph(marks.kind(event), event.unsure ? `${event.by} unsure` : event.by), element("span", {}, event.label));
    if (event.unsure) button.append(element("em", { class: "unsure" }, "unsure"));
    if (name) button.append(element("span", { class: `by ${event.by}` }, name));
    button.addEventListener("click", () => player.playFrom(Math.max(0, event.start - 2)));
    return element("li", {}, button);
  });
  list.append(...items);
  section.hidden = items.length === 0;
  marks.onChange(() => items.forEach((item, index) => { item.hidden = !marks.shows(call.events[index]); }));
};
