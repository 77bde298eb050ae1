// The talk/listen ratio as it runs: the agent's share of the last 30 s of talking, and of all so far.
hearout.createRatio = (call) => {
  const WINDOW = 30, LEAST = 2; // s of talking; of less, a share says nothing
  const sums = Object.fromEntries(["agent", "customer"].map((role) => [role, summed(call.speech[role])]));

  /** Starts, ends and what was spoken before each span. */
  function summed(spans) {
    let before = 0;
    return spans.map(([start, end]) => {
      const row = { start, end, before };
      before += end - start;
      return row;
    });
  }

  /** Seconds that `role` has spoken until `time`. */
  function spoken(role, time) {
    const row = sums[role][call.after(sums[role], time) - 1];
    return row ? row.before + Math.min(time, row.end) - row.start : 0;
  }

  function share(from, to) {
    const agent = spoken("agent", to) - spoken("agent", from);
    const both = agent + spoken("customer", to) - spoken("customer", from);
    return both < LEAST ? null : agent / both;
  }

  return {
    WINDOW,
    /** The agent's share of the last `WINDOW` seconds, or null if hardly anybody spoke. */
    running: (time) => share(Math.max(0, time - WINDOW), time),
    soFar: (time) => share(0, time),
  };
};
