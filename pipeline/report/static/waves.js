// A lane's speech: where it is heard, how loud it is, and close up its words.
hearout.createWaves = (call, view, layout, brush) => {
  const BAR = 3, WORDS = 15, WORDS_FROM = 90; // pixels per second from which words fit
  const CURVE = 0.6; // between linear and decibels: quiet speech stays visible
  const inSight = (start, end) => end > view.start && start < view.end;
  const loudest = {};

  const withWords = () => view.perSecond >= WORDS_FROM;
  const room = (row) => row.tall - 4 - (withWords() ? WORDS : 0);

  function drawSpeech(row, colours) {
    brush.fillStyle = colours[`${row.id}-soft`];
    for (const [start, end] of call.speech[row.id]) {
      if (!inSight(start, end)) continue;
      const x = view.x(start);
      brush.fillRect(x, row.top, Math.max(1, view.x(end) - x), row.tall);
    }
  }

  const barTop = (row, size) =>
    row.up > 0 ? row.base - size : row.up < 0 ? row.base + layout.GAP / 2 : row.base - size / 2;

  /** Loudness as thin bars; full colour where speech was found, pale where it was not. */
  function drawLoudness(row, colours) {
    const points = call.wave.points[row.id], rate = call.wave.perSecond, spans = call.speech[row.id];
    if (!points) return drawSolid(row, colours);
    const top = loudest[row.id] ??= Math.max(percentile(points, 0.97), 24);
    let k = spans.findIndex(([, end]) => end > view.start);
    for (let x = 0; x < view.width; x += BAR) {
      const from = view.time(x), to = view.time(x + BAR);
      // The root mean square of the peaks: close up the peak itself, from afar how much is spoken.
      const first = Math.floor(from * rate), last = Math.max(first, Math.ceil(to * rate) - 1);
      let sum = 0;
      for (let i = first; i <= last && i < points.length; i += 1) sum += points[i] * points[i];
      const peak = Math.sqrt(sum / (last - first + 1));
      while (k >= 0 && k < spans.length && spans[k][1] <= from) k += 1;
      const spoken = k >= 0 && k < spans.length && spans[k][0] < to;
      const size = Math.max(spoken ? 2 : 1, Math.min(1, peak / top) ** CURVE * room(row));
      brush.fillStyle = spoken ? colours[row.id] : colours.quiet;
      brush.fillRect(x, barTop(row, size), BAR - 1, size);
    }
    return undefined;
  }

  function drawSolid(row, colours) {
    brush.fillStyle = colours[row.id];
    const size = room(row) * 0.45;
    for (const [start, end] of call.speech[row.id]) {
      if (inSight(start, end)) brush.fillRect(view.x(start), barTop(row, size), Math.max(1, view.x(end) - view.x(start)), size);
    }
  }

  function percentile(points, share) {
    const counts = new Uint32Array(256);
    for (const point of points) counts[point] += 1;
    for (let value = 255, seen = 0; value > 0; value -= 1) {
      seen += counts[value];
      if (seen >= points.length * (1 - share)) return value;
    }
    return 0;
  }

  function drawWords(row, { font, ink }) {
    const words = call.words[row.id];
    const y = row.up < 0 ? row.top + row.tall - WORDS / 2 : row.top + WORDS / 2;
    brush.font = `11px ${font}`;
    brush.textBaseline = "middle";
    brush.fillStyle = ink;
    let free = -Infinity;
    for (let i = Math.max(0, call.after(words, view.start) - 8); i < words.length; i += 1) {
      const x = view.x(words[i].start);
      if (x > view.width) break;
      if (x < free) continue;
      brush.fillText(words[i].text, x, y);
      free = x + brush.measureText(words[i].text).width + 3;
    }
  }

  return {
    draw(row, colours) {
      drawSpeech(row, colours);
      drawLoudness(row, colours);
      if (withWords()) drawWords(row, colours);
    },
  };
};
