// Keys: space plays, arrows move, + − 0 zoom. Keys of buttons, fields and the browser stay theirs.
hearout.connectKeyboard = (call, view, player) => {
  const STEP = 5, FINE = 1, CLOSER = 1.6;
  const actions = {
    " ": () => player.toggle(),
    ArrowLeft: (event) => player.seek(player.now - (event.shiftKey ? FINE : STEP)),
    ArrowRight: (event) => player.seek(player.now + (event.shiftKey ? FINE : STEP)),
    Home: () => player.seek(0),
    End: () => player.seek(call.duration),
    "+": () => view.zoom(CLOSER, player.now),
    "=": () => view.zoom(CLOSER, player.now),
    "-": () => view.zoom(1 / CLOSER, player.now),
    0: () => view.fit(),
  };
  const onLanes = new Set(["Home", "End"]);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const action = actions[event.key];
    const own = event.key === " " ? "button, summary, a, input, select, textarea" : "input, select, textarea";
    if (!action || event.target.closest?.(own)) return;
    if (onLanes.has(event.key) && event.target.id !== "lanes") return;
    event.preventDefault();
    action(event);
  });

  // After a click with the mouse the space bar belongs to the player again.
  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
};
