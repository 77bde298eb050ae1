// The moment that is looked at: stepped to, clicked, or linked to. It is played from 2 s before.
hearout.createSelection = (call, marks, view, player) => {
  const { LEAD } = hearout.dom;
  const PASSED = 3; // s after its start a moment counts as heard: "previous" goes back to it
  const listeners = [];
  let chosen = null, jumping = false;

  function choose(moment, { play = true } = {}) {
    chosen = moment;
    jumping = true;
    if (play) player.playFrom(moment.start - LEAD); else player.seek(moment.start - LEAD);
    jumping = false;
    view.reveal(moment.start);
    tell();
  }

  function tell() {
    listeners.forEach((listener) => listener(chosen));
  }

  /** Where stepping starts from: the moment that was stepped to, until it is over or left. */
  const here = () => (chosen && player.now < chosen.start + PASSED ? chosen.start : player.now);

  function next() {
    const from = here();
    const found = call.moments.find((moment) => marks.shows(moment)
      && (moment.start > from + 0.01 || (chosen && moment.start >= from && moment.index > chosen.index)));
    if (found) choose(found);
  }

  function previous() {
    const from = here();
    const found = call.moments.findLast((moment) => marks.shows(moment)
      && (moment.start < from - 0.01 || (chosen && moment.start <= from && moment.index < chosen.index)));
    if (found) choose(found);
  }

  // Whoever goes elsewhere has left it.
  player.on("seek", () => {
    if (jumping || !chosen) return;
    chosen = null;
    tell();
  });

  return {
    choose, next, previous,
    /** The event of this number in the result, or undefined. */
    event: (number) => call.moments.find(({ n }) => n === number),
    onChange: (listener) => listeners.push(listener),
    get chosen() { return chosen; },
  };
};
