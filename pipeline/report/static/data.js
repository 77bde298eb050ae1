// The call: read from the page's JSON block, with indexes to find what is at a time.
hearout.loadCall = () => {
  const { byId } = hearout.dom;
  const call = JSON.parse(byId("data").textContent);

  /** Base64 as bytes. */
  function bytes(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const out = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i += 1) out[i] = binary.charCodeAt(i);
    return out;
  }

  /** Index of the first item whose `start` is after `time`. */
  function after(items, time) {
    let low = 0, high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (items[middle].start <= time) low = middle + 1; else high = middle;
    }
    return low;
  }

  /** The item of a sorted list that holds `time`, or null. */
  function at(items, time) {
    const found = items[after(items, time) - 1];
    return found && time < found.end ? found : null;
  }

  call.wave.points = Object.fromEntries(
    Object.entries(call.wave.points).map(([role, text]) => [role, bytes(text)]));
  call.turns.forEach((turn, index) => {
    Object.assign(turn, { index, start: turn.start_s, end: turn.end_s });
    turn.words = turn.words.map(({ text, start_s: start, end_s: end, confidence }) => ({ text, start, end, confidence, turn }));
  });
  call.moments = hearout.kinds.moments(call);
  call.kinds = hearout.kinds.occurring(call.moments);
  call.words = {};
  for (const { id } of call.roles) {
    call.words[id] = call.turns.filter((turn) => turn.role === id)
      .flatMap((turn) => turn.words).sort((a, b) => a.start - b.start);
  }

  /** Stretches in which agent and customer are both heard. */
  function overlaps(mine, theirs) {
    const found = [];
    for (let i = 0, j = 0; i < mine.length && j < theirs.length;) {
      const start = Math.max(mine[i][0], theirs[j][0]), end = Math.min(mine[i][1], theirs[j][1]);
      if (end > start) found.push([start, end]);
      if (mine[i][1] < theirs[j][1]) i += 1; else j += 1;
    }
    return found;
  }
  call.overlaps = overlaps(call.speech.agent, call.speech.customer);

  /** Names of those who speak at `time`. */
  call.speakersAt = (time) => call.roles
    .filter(({ id }) => call.speech[id].some(([start, end]) => start <= time && time < end))
    .map(({ name }) => name);

  return Object.assign(call, { after, at, bytes });
};
