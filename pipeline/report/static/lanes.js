// The timeline, drawn on a canvas, only what is in sight.
hearout.createLanes = (call, view, marks, ratio) => {
  const { byId, element } = hearout.dom;
  const canvas = byId("canvas"), box = byId("lanes"), names = byId("names");
  const brush = canvas.getContext("2d");
  const layout = hearout.createLayout(call, marks);
  const waves = hearout.createWaves(call, view, layout, brush);
  const BAR = 3, NEAR = 9, AFAR = 1, SPREAD = 12;
  const PAPER = 673; // pixels of an A4 page's width inside its margins
  // The later a kind stands here, the more it lies on top.
  const ORDER = ["said", "overlap", "complaint", "listening", "pause_cut", "cut_in", "first_solution"];
  const drawn = call.moments.filter((moment) => !marks.kind(moment).shaded)
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const LINED = new Set(["cut_in", "pause_cut", "first_solution"]);
  let pending = false, chosen = null;

  function writeNames() {
    const label = (name, top, tall, ...rest) => {
      const node = element("div", { class: `name ${name}` }, ...rest);
      node.style.top = `${top}px`;
      node.style.height = `${tall}px`;
      return node;
    };
    names.replaceChildren(...call.roles.map((role, index) => label(role.id, layout.rows[index].top, layout.rows[index].tall,
      element("b", {}, role.name), ...(role.person ? [element("span", { dir: "auto" }, role.person)] : []))));
    if (layout.ratio) {
      names.append(label("share", layout.ratio.top, layout.ratio.tall,
        element("b", {}, "Agent's share"), element("span", {}, `last ${ratio.WINDOW} s`), element("span", { id: "so-far" })));
    }
  }

  /** Fit the canvas to its place, or to `width` pixels. */
  function resize(width = box.clientWidth) {
    layout.set(width);
    writeNames();
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(layout.height * density);
    box.style.height = `${layout.height}px`;
    brush.setTransform(density, 0, 0, density, 0, 0);
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
    brush.clearRect(0, 0, view.width, layout.height);
    drawShades(colours);
    drawRuler(colours);
    for (const row of layout.rows) waves.draw(row, colours);
    drawOverlaps(colours);
    drawRatio(colours);
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
      brush.fillRect(x - 0.5, layout.RULER - 4, 1, layout.height);
      const width = brush.measureText(label).width;
      brush.fillStyle = muted;
      const left = n ? x - width / 2 : 0;
      if (left >= 0 && left + width < view.width) brush.fillText(label, left, layout.RULER / 2 - 2);
    }
    const middle = layout.rows.find((row) => row.up >= 0);
    if (!middle) return;
    brush.fillStyle = line;
    brush.fillRect(0, middle.base, view.width, layout.GAP / 2);
  }

  /** Both at once: a dark bar on the middle line, as long as it lasts. */
  function drawOverlaps({ ink, surface }) {
    const agent = layout.rows.find((row) => row.id === "agent");
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

  function drawShades({ vent, quiet, doubt, muted, font }) {
    const top = layout.RULER - 2;
    brush.font = `11px ${font}`;
    brush.textBaseline = "middle";
    for (const moment of call.moments) {
      if (!marks.kind(moment).shaded || !marks.shows(moment) || !inSight(moment.start, moment.end)) continue;
      const x = view.x(moment.start), width = Math.max(1, view.x(moment.end) - x), isVent = moment.kind === "vent";
      brush.globalAlpha = isVent ? 1 : 0.35;
      brush.fillStyle = isVent ? vent : quiet;
      brush.fillRect(x, top, width, layout.lanesEnd - top + 14);
      brush.globalAlpha = 1;
      if (isVent) {
        brush.fillStyle = doubt;
        brush.fillRect(x, top, width, 2);
      }
      brush.fillStyle = isVent ? doubt : muted;
      const at = Math.max(4, x + 5);
      if (at + brush.measureText(moment.label).width < x + width) brush.fillText(moment.label, at, layout.shades);
    }
  }

  /** From the middle of the target up where the agent talks more, down where less; full colour outside the target. */
  function drawRatio(colours) {
    if (!layout.ratio) return;
    const { top, tall } = layout.ratio, { ratio: middle, low, high } = call.target;
    const y = (share) => top + (1 - share) * tall;
    brush.fillStyle = colours.band;
    brush.fillRect(0, y(high), view.width, y(low) - y(high));
    for (let x = 0; x < view.width; x += BAR) {
      const time = view.time(x + BAR / 2), share = time <= call.duration ? ratio.running(time) : null;
      if (share === null) continue;
      brush.globalAlpha = share > high || share < low ? 1 : 0.5;
      brush.fillStyle = colours[share >= middle ? "agent" : "customer"];
      const size = Math.abs(y(share) - y(middle));
      brush.fillRect(x, Math.min(y(share), y(middle)), BAR - 1, Math.max(1, size));
    }
    brush.globalAlpha = 1;
    brush.fillStyle = colours.muted;
    brush.fillRect(0, y(middle) - 0.5, view.width, 1);
  }

  /** The marks in sight; of a long call seen from afar only the weightiest of each few pixels. */
  function marksInSight() {
    const found = drawn.filter((moment) => marks.shows(moment) && inSight(moment.start - 8 / view.perSecond, moment.start + 8 / view.perSecond));
    if (view.perSecond >= AFAR) return found;
    const places = new Map(found.map((moment) => [`${layout.rowOf(moment)} ${Math.round(view.x(moment.start) / SPREAD)}`, moment]));
    return chosen && marks.shows(chosen) && !marks.kind(chosen).shaded ? [...places.values(), chosen] : [...places.values()];
  }

  function drawMarks(colours) {
    for (const moment of marksInSight()) {
      const x = view.x(moment.start);
      const kind = marks.kind(moment), colour = colours[moment.by] ?? colours.ink, top = layout.rowOf(moment);
      kind.path ??= new Path2D(kind.shape);
      const row = LINED.has(kind.id) && layout.rows.find(({ id }) => id === moment.by);
      brush.fillStyle = colour;
      if (row?.up > 0) brush.fillRect(x - 0.5, top + 14, 1, row.top + row.tall - top - 14);
      if (row?.up < 0) brush.fillRect(x - 0.5, row.top, 1, top - row.top + 2);
      brush.save();
      brush.translate(x - 6, top + 2);
      if (moment === chosen) {
        brush.strokeStyle = colours.ink;
        brush.strokeRect(-2.5, -1.5, 17, 15);
      }
      if (moment.unsure) { // unsure looks unsure: an outline
        brush.strokeStyle = colour;
        brush.stroke(kind.path);
      } else {
        brush.fill(kind.path, "evenodd");
      }
      brush.restore();
    }
  }

  /** The mark under a point of the canvas, or null; of several the one on top. */
  function markAt(x, y) {
    let best = null, nearest = NEAR;
    for (const moment of drawn) {
      const top = layout.rowOf(moment), away = Math.abs(view.x(moment.start) - x);
      if (y >= top && y < top + layout.MARKS && away <= nearest && marks.shows(moment)) [best, nearest] = [moment, away];
    }
    return best;
  }

  view.onChange(redraw);
  marks.onChange(redraw);
  hearout.palette.onChange(draw);
  new ResizeObserver(() => resize()).observe(box);
  // On paper: the whole call, drawn for the width of the page rather than stretched to it.
  let before = null;
  addEventListener("beforeprint", () => { before = [view.start, view.shown]; view.fit(); resize(PAPER); });
  addEventListener("afterprint", () => { resize(); if (before) view.set(...before); before = null; });
  resize();
  const onRatio = (y) => layout.ratio !== null && y >= layout.ratio.top;
  return { redraw, markAt, onRatio, choose(moment) { chosen = moment; redraw(); } };
};
