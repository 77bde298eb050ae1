// Where everything lies on the canvas, from top to bottom:
// ruler, the agent's events and moves, agent up, customer down, the customer's marks, labels of shades, ratio.
hearout.createLayout = (call, marks) => {
  const RULER = 20, MARKS = 16, SHADES = 15, GAP = 2, RATIO = 38;
  const shown = call.moments.filter((moment) => !marks.kind(moment).shaded);
  const hasShades = marks.kinds.some((kind) => kind.shaded);
  const hasRatio = call.roles.some(({ id }) => id === "agent") && call.speech.agent.length + call.speech.customer.length > 0;
  const above = (moment) => moment.by !== "customer";
  const events = shown.some((moment) => above(moment) && moment.isEvent);
  const moves = shown.some((moment) => above(moment) && !moment.isEvent);
  const theirs = shown.some((moment) => !above(moment));
  const apart = call.roles.some(({ id }) => id === "customer");

  return {
    RULER, MARKS, GAP, rows: [], ratio: null, shades: null, height: 0, lanesEnd: 0,

    /** Lay out for a canvas of `width` pixels. `up` is 1 for upwards, -1 for downwards, 0 for both ways. */
    set(width) {
      const tall = width < 560 ? 38 : 48;
      let y = RULER;
      this.events = y;
      if (events) y += MARKS;
      this.moves = y;
      if (moves) y += MARKS;
      this.rows = call.roles.map(({ id }) => {
        const up = { agent: 1, customer: -1 }[id] ?? 0;
        const row = { id, up, tall, top: y, base: up > 0 ? y + tall : up < 0 ? y : y + tall / 2 };
        y += tall + GAP;
        return row;
      });
      this.customer = apart ? y : this.events;
      if (theirs && apart) y += MARKS;
      this.lanesEnd = y;
      this.shades = hasShades ? y + SHADES / 2 : null;
      if (hasShades) y += SHADES;
      this.ratio = hasRatio ? { top: y + 3, tall: RATIO } : null;
      this.height = y + (hasRatio ? RATIO + 6 : 2);
    },

    /** Top of the row of marks in which a moment stands. */
    rowOf(moment) {
      if (!above(moment)) return this.customer;
      return moment.isEvent ? this.events : this.moves;
    },
  };
};
