// The lanes: agent above the middle line, customer below it, drawn on a canvas, only what is in sight.
hearout.createLanes = (call, view, marks) => {
  const { byId, element } = hearout.dom;
  const canvas = byId("canvas"), box = byId("lanes"), names = byId("names");
  const brush = canvas.getContext("2d");
  const RULER = 22, MARKS = 18, WORDS = 18, SHADES = 16, GAP = 2, WORDS_FROM = 70, BAR = 3;
  const CURVE = 0.6; // between linear and decibels: quiet speech stays visible
  const hasMarks = marks.kinds.some((kind) => !kind.shaded);
  const hasShades = marks.kinds.some((kind) => kind.shaded);
  let rows = [], height = 0, pending = false;

  /** Where each party's lane lies. `up` is 1 for upwards, -1 for downwards, 0 for both ways. */
  function layOut() {
    const tall = box.clientWidth < 560 ? 40 : 56;
    let y = RULER + (hasMarks ? MARKS : 0);
    rows = call.roles.map(({ id }) => {
      const up = { agent: 1, customer: -1 }[id] ?? 0;
      const row = { id, up, tall, words: up < 0 ? y + tall : y, top: up < 0 ? y : y + WORDS };
      row.base = up > 0 ? row.top + tall : up < 0 ? row.top : row.top + tall / 2;
      y += WORDS + tall + GAP;
      return row;
    });
    height = y + (hasShades ? SHADES : 2);
    names.replaceChildren(...call.roles.map((role, index) => {
      const name = element("div", { class: `name ${role.id}` }, element("b", {}, role.name));
      if (role.person) name.append(element("span", { dir: "auto" }, role.person));
      name.style.top = `${rows[index].top}px`;
      name.style.height = `${tall}px`;
      return name;
    }));
  }

  function resize() {
    layOut();
    const ratio = window.devicePixelRatio || 1, width = box.clientWidth;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    box.style.height = `${height}px`;
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    view.resize(width);
    draw();
  }

  /** Ask for a redraw; many asks within a frame make one. */
  function redraw() {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => { pending = false; draw(); });
  }

  function draw() {
    const colours = hearout.palette.get();
    brush.clearRect(0, 0, view.width, height);
    drawShades(colours);
    drawRuler(colours);
    for (const row of rows) {
      drawSpeech(row, colours);
      drawWave(row, colours);
      if (view.perSecond >= WORDS_FROM) drawWords(row, colours);
    }
    drawOverlaps(colours);
    drawMarks(colours);
  }

  const inSight = (start, end) => end > view.start && start < view.end;

  function drawRuler({ line, muted, font }) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];
    const step = steps.find((size) => size * view.perSecond >= 64) ?? 7200;
    brush.font = `11px ${font}`;
    brush.textBaseline = "middle";
    for (let n = Math.floor(view.start / step); n * step <= view.end; n += 1) {
      const x = Math.round(view.x(n * step)) + 0.5, label = hearout.format.tick(n * step, step);
      brush.fillStyle = line;
      brush.fillRect(x - 0.5, RULER - 5, 1, height);
      const width = brush.measureText(label).width;
      brush.fillStyle = muted;
      const left = n ? x - width / 2 : 0;
      if (left >= 0 && left + width < view.width) brush.fillText(label, left, RULER / 2 - 2);
    }
    const middle = rows.find((row) => row.up >= 0);
    if (!middle) return;
    brush.fillStyle = line;
    brush.fillRect(0, middle.base, view.width, GAP / 2);
  }

  function drawSpeech(row, colours) {
    brush.fillStyle = colours[`${row.id}-soft`];
    for (const [start, end] of call.speech[row.id]) {
      if (!inSight(start, end)) continue;
      const x = view.x(start), width = Math.max(1, view.x(end) - x);
      brush.fillRect(x, row.top, width, row.tall);
    }
  }

  /** Loudness as thin bars; full colour where speech was found, pale where it was not. */
  function drawWave(row, colours) {
    const points = call.wave.points[row.id], rate = call.wave.perSecond;
    if (!points) return drawSolid(row, colours);
    const loudest = Math.max(row.loudest ?? (row.loudest = percentile(points, 0.97)), 24);
    const spans = call.speech[row.id];
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
      const size = Math.max(spoken ? 2 : 1, Math.min(1, peak / loudest) ** CURVE * (row.tall - 4));
      brush.fillStyle = spoken ? colours[row.id] : colours.quiet;
      const y = row.up > 0 ? row.base - size : row.up < 0 ? row.base + GAP / 2 : row.base - size / 2;
      brush.fillRect(x, y, BAR - 1, size);
    }
    return undefined;
  }

  function drawSolid(row, colours) {
    brush.fillStyle = colours[row.id];
    const size = row.tall * 0.4;
    const y = row.up > 0 ? row.base - size : row.up < 0 ? row.base + GAP / 2 : row.base - size / 2;
    for (const [start, end] of call.speech[row.id]) {
      if (inSight(start, end)) brush.fillRect(view.x(start), y, Math.max(1, view.x(end) - view.x(start)), size);
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
    brush.font = `12px ${font}`;
    brush.textBaseline = "middle";
    brush.fillStyle = ink;
    let free = -Infinity;
    for (let i = Math.max(0, call.after(words, view.start) - 8); i < words.length; i += 1) {
      const x = view.x(words[i].start);
      if (x > view.width) break;
      if (x < free) continue;
      brush.fillText(words[i].text, x, row.words + WORDS / 2);
      free = x + brush.measureText(words[i].text).width + 3;
    }
  }

  /** Both at once: a dark bar on the middle line, as long as it lasts. */
  function drawOverlaps({ ink, surface }) {
    const agent = rows.find((row) => row.id === "agent");
    if (!agent) return;
    for (const [start, end] of call.overlaps) {
      if (!inSight(start, end)) continue;
      const x = view.x(start), width = Math.max(3, view.x(end) - x);
      brush.fillStyle = surface;
      brush.fillRect(x - 1, agent.base - 3, width + 2, 8);
      brush.fillStyle = ink;
      brush.fillRect(x, agent.base - 2, width, 6);
    }
  }

  function drawShades({ vent, quiet, muted, font }) {
    const top = RULER, bottom = height - top;
    brush.font = `11px ${font}`;
    brush.textBaseline = "middle";
    for (const event of call.events) {
      const kind = marks.kind(event);
      if (!kind.shaded || !marks.shows(event) || !inSight(event.start, event.end)) continue;
      const x = view.x(event.start), width = Math.max(1, view.x(event.end) - x);
      brush.globalAlpha = event.type === "vent" ? 1 : 0.35;
      brush.fillStyle = event.type === "vent" ? vent : quiet;
      brush.fillRect(x, top, width, bottom);
      brush.globalAlpha = 1;
      brush.fillStyle = muted;
      const label = event.label, at = Math.max(4, x + 5);
      if (at + brush.measureText(label).width < x + width) brush.fillText(label, at, height - 9);
    }
  }

  const markX = (event) => view.x(event.start);

  function drawMarks(colours) {
    if (!hasMarks) return;
    for (const event of call.events) {
      const kind = marks.kind(event), x = markX(event);
      if (kind.shaded || !marks.shows(event) || x < -8 || x > view.width + 8) continue;
      kind.path ??= new Path2D(kind.shape);
      const colour = colours[event.by] ?? colours.ink;
      const row = rows.find(({ id }) => id === event.by);
      brush.fillStyle = colour;
      if (row) brush.fillRect(x - 0.5, RULER + 16, 1, row.top + row.tall - RULER - 16);
      brush.save();
      brush.translate(x - 6, RULER + 3);
      if (event.unsure) {  // unsure looks unsure: an outline
        brush.strokeStyle = colour;
        brush.stroke(kind.path);
      } else {
        brush.fill(kind.path, "evenodd");
      }
      brush.restore();
    }
  }

  /** The mark under a point of the canvas, or null. */
  function markAt(x, y) {
    if (!hasMarks || y < RULER || y > RULER + MARKS) return null;
    const near = call.events.filter((event) => !marks.kind(event).shaded && marks.shows(event)
      && Math.abs(markX(event) - x) <= 8);
    return near.sort((a, b) => Math.abs(markX(a) - x) - Math.abs(markX(b) - x))[0] ?? null;
  }

  view.onChange(redraw);
  marks.onChange(redraw);
  hearout.palette.onChange(draw);
  new ResizeObserver(resize).observe(box);
  resize();
  return { redraw, markAt };
};
