// Which stretch of the call the lanes show, and where a time lies on them.
hearout.createView = (duration) => {
  const SHORTEST = 2;
  const length = Math.max(duration, 0.001);
  const listeners = [];
  let start = 0, shown = length, width = 1;

  function set(from, span) {
    const next = Math.min(length, Math.max(Math.min(SHORTEST, length), span));
    const first = Math.min(Math.max(0, from), length - next);
    if (first === start && next === shown) return;
    start = first;
    shown = next;
    listeners.forEach((listener) => listener());
  }

  return {
    set,
    onChange: (listener) => listeners.push(listener),
    resize(pixels) { width = Math.max(1, pixels); },
    x: (time) => ((time - start) / shown) * width,
    time: (x) => start + (x / width) * shown,
    /** Zoom by `factor` (> 1: closer), keeping `around` where it is. */
    zoom(factor, around) {
      const span = shown / factor;
      const kept = Math.min(length, Math.max(Math.min(SHORTEST, length), span));
      set(around - ((around - start) / shown) * kept, span);
    },
    fit: () => set(0, length),
    pan: (seconds) => set(start + seconds, shown),
    moveTo: (from) => set(from, shown),
    /** Turn the page when `time` is out of sight. */
    reveal(time) {
      if (time < start || time > start + shown) set(time - shown * 0.1, shown);
    },
    center: (time) => set(time - shown / 2, shown),
    get start() { return start; },
    get end() { return start + shown; },
    get shown() { return shown; },
    get width() { return width; },
    get perSecond() { return width / shown; },
    get whole() { return shown >= length; },
    get length() { return length; },
  };
};
