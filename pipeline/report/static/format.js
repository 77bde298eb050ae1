// How times and shares are written.
hearout.format = (() => {
  const two = (n) => String(n).padStart(2, "0");

  /** A point in time as m:ss, from an hour on h:mm:ss; cut, not rounded, as players do. */
  function clock(time) {
    const whole = Math.floor(Math.max(0, time) + 1e-6);
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  }

  /** A label of the ruler: with tenths where the ticks are closer than a second. */
  function tick(time, step) {
    if (step >= 1) return clock(time);
    const tenths = Math.round(time * 10);
    return `${clock(tenths / 10)}.${tenths % 10}`;
  }

  /** A share of 0 to 1 with the sign kept on its line. */
  const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

  return { clock, tick, percent };
})();
