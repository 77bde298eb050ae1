// Kinds of events: how each is drawn, how many there are, and which the reader wants to see.
hearout.createMarks = (call) => {
  // In a box of 12 × 12. Unknown kinds take the shapes of SPARE in turn.
  const SHAPES = {
    interruption: "M1 2h10L6 11z",
    pause_interruption: "M1 2h10L6 11zM3.4 3.4L6 8.2 8.6 3.4z",
    first_solution: "M6 .6L7.6 4.3 11.6 4.7 8.6 7.3 9.5 11.3 6 9.2 2.5 11.3 3.4 7.3 .4 4.7 4.4 4.3z",
    backchannel: "M6 3.5a2.5 2.5 0 1 0 .01 0z",
    false_start: "M6 1L11 6 6 11 1 6zM6 3.4L3.4 6 6 8.6 8.6 6z",
    terminal_overlap: "M1.5 2h3v8h-3zM7.5 2h3v8h-3z",
    dual_start: "M2 1l4 5-4 5zM7 1l4 5-4 5z",
  };
  const SPARE = [
    "M6 1L11 6 6 11 1 6z", "M2 2h8v8H2z", "M6 1.5a4.5 4.5 0 1 0 .01 0z", "M6 1l5 10H1z",
    "M4.5 1h3v3.5H11v3H7.5V11h-3V7.5H1v-3h3.5z",
  ];
  const SHADED = new Set(["vent", "hold", "silence", "transfer"]);
  const SWATCH = "M0 1h12v10H0z";
  const kinds = new Map();
  const hidden = new Set();
  const listeners = [];
  let spare = 0;

  for (const event of call.events) {
    const kind = kinds.get(event.type);
    if (kind) {
      kind.count += 1;
      continue;
    }
    const shaded = SHADED.has(event.type);
    const shape = shaded ? SWATCH : SHAPES[event.type] ?? SPARE[spare++ % SPARE.length];
    kinds.set(event.type, { type: event.type, label: event.label, shape, shaded, count: 1 });
  }

  return {
    kinds: [...kinds.values()],
    kind: (event) => kinds.get(event.type),
    shows: (event) => !hidden.has(event.type),
    onChange: (listener) => listeners.push(listener),
    toggle(type) {
      if (!hidden.delete(type)) hidden.add(type);
      listeners.forEach((listener) => listener());
      return !hidden.has(type);
    },
  };
};
