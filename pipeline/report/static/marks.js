// Kinds of moments: how each is drawn, how many there are, and which the reader wants to see.
hearout.createMarks = (call) => {
  // In a box of 12 × 12; told apart by shape, never by colour alone. Unknown kinds take those of SPARE in turn.
  const SHAPES = {
    cut_in: "M1 2h10L6 11z",
    pause_cut: "M1 2h10L6 11zM3.4 3.4L6 8.2 8.6 3.4z",
    first_solution: "M6 .6L7.6 4.3 11.6 4.7 8.6 7.3 9.5 11.3 6 9.2 2.5 11.3 3.4 7.3 .4 4.7 4.4 4.3z",
    listening: "M6 3.2a2.8 2.8 0 1 0 .01 0z",
    empathy: "M6 11L1.2 6.1A2.9 2.9 0 0 1 6 2.7 2.9 2.9 0 0 1 10.8 6.1z",
    apology: "M6 1L11 6 6 11 1 6z",
    question: "M6 1.2a4.8 4.8 0 1 0 .01 0zM6 3.8a2.2 2.2 0 1 1-.01 0z",
    solving: "M2 2h8v8H2z",
    promise: "M2.5 1L10.5 6 2.5 11z",
    blame: "M2.6 1L6 4.4 9.4 1 11 2.6 7.6 6 11 9.4 9.4 11 6 7.6 2.6 11 1 9.4 4.4 6 1 2.6z",
    complaint: "M4.6 1h2.8v6.4H4.6zM4.6 8.6h2.8V11H4.6z",
    overlap: "M1.5 2h3v8h-3zM7.5 2h3v8h-3z",
    said: "M1 5h10v2H1z",
  };
  const SPARE = ["M6 1l5 10H1z", "M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z", "M2 1l4 5-4 5zM7 1l4 5-4 5z"];
  const SWATCH = "M0 1h12v10H0z";
  const kinds = new Map();
  const hidden = new Set();
  const listeners = [];
  let spare = 0;

  for (const { id, label, shaded = false, on = true } of call.kinds) {
    const shape = shaded ? SWATCH : SHAPES[id] ?? SPARE[spare++ % SPARE.length];
    kinds.set(id, { id, label, shape, shaded, count: 0 });
    if (!on) hidden.add(id);
  }
  for (const moment of call.moments) kinds.get(moment.kind).count += 1;

  return {
    kinds: [...kinds.values()],
    kind: (moment) => kinds.get(moment.kind),
    shows: (moment) => !hidden.has(moment.kind),
    showsKind: (id) => !hidden.has(id),
    onChange: (listener) => listeners.push(listener),
    toggle(id) {
      if (!hidden.delete(id)) hidden.add(id);
      listeners.forEach((listener) => listener());
      return !hidden.has(id);
    },
    /** The sign of a kind as a drawing. */
    glyph(moment) {
      const { drawing } = hearout.dom, kind = kinds.get(moment.kind ?? moment.id);
      const classes = ["glyph", kind.id, moment.by ?? "", moment.unsure ? "unsure" : ""].join(" ");
      return drawing("svg", { viewBox: "0 0 12 12", class: classes, "aria-hidden": "true" },
        drawing("path", { d: kind.shape, "fill-rule": "evenodd" }));
    },
  };
};
