// Keys: space plays, arrows move, J and K step through what is shown. Keys of fields and the browser stay theirs.
hearout.connectKeyboard = (call, view, player, selection, keys) => {
  const STEP = 5, FINE = 1, CLOSER = 1.6, FAST = 1.5;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.seek(player.now - (event.shiftKey ? FINE : STEP)),
    ArrowRight: (event) => player.seek(player.now + (event.shiftKey ? FINE : STEP)),
    Home: () => player.seek(0),
    End: () => player.seek(call.duration),
    j: () => selection.next(),
    k: () => selection.previous(),
    x: () => player.setSpeed(player.speed === FAST ? 1 : FAST),
    "<": () => player.slower(),
    ">": () => player.faster(),
    "+": () => view.zoom(CLOSER, player.now),
    "=": () => view.zoom(CLOSER, player.now),
    "-": () => view.zoom(1 / CLOSER, player.now),
    0: () => view.fit(),
    "?": () => keys.showModal(),
  };
  const onLanes = new Set(["Home", "End"]);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || keys.open) return;
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const own = event.key === " " ? "button, summary, a, input, select, textarea" : "input, select, textarea";
    if (!action || event.target.closest?.(own)) return;
    if (onLanes.has(event.key) && event.target.id !== "lanes") return;
    event.preventDefault();
    action(event);
  });

  // After a click with the mouse the space bar belongs to the player again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button, summary")?.blur();
  });
};
