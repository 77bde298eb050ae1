// Mouse, pen and finger on the lanes: click plays from there, drag moves the view, Ctrl + wheel zooms.
hearout.connectPointer = (call, view, player, lanes) => {
  const { byId } = hearout.dom;
  const box = byId("lanes"), scroll = byId("scroll"), thumb = byId("thumb");
  const SLACK = 5;
  let press = null;

  const place = (event) => {
    const area = box.getBoundingClientRect();
    return { x: event.clientX - area.left, y: event.clientY - area.top };
  };

  box.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    press = { x: place(event).x, start: view.start, moved: false };
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    const { x, y } = place(event);
    if (!press) {
      const mark = lanes.markAt(x, y);
      box.title = mark ? `${mark.label}, ${hearout.format.clock(mark.start)}` : "";
      return;
    }
    if (Math.abs(x - press.x) > SLACK) press.moved = true;
    if (press.moved) view.moveTo(press.start - (x - press.x) / view.perSecond);
  });
  box.addEventListener("pointerup", (event) => {
    if (press && !press.moved) {
      const { x, y } = place(event), mark = lanes.markAt(x, y);
      if (mark) player.playFrom(mark.start - 2); else player.playFrom(view.time(x));
    }
    press = null;
  });
  box.addEventListener("pointercancel", () => { press = null; });

  box.addEventListener("wheel", (event) => {
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (event.ctrlKey || event.metaKey) {
      view.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) / 150), view.time(place(event).x));
    } else if (!view.whole && Math.abs(sideways) > (event.shiftKey ? 0 : Math.abs(event.deltaY))) {
      view.pan(sideways / view.perSecond);
    } else {
      return;
    }
    event.preventDefault();
  }, { passive: false });

  function showScroll() {
    scroll.hidden = view.whole;
    thumb.style.left = `${(view.start / view.length) * 100}%`;
    thumb.style.width = `${(view.shown / view.length) * 100}%`;
  }
  const scrollTo = (event) => {
    const area = scroll.getBoundingClientRect();
    view.center(((event.clientX - area.left) / area.width) * view.length);
  };
  scroll.addEventListener("pointerdown", (event) => { scroll.setPointerCapture(event.pointerId); scrollTo(event); });
  scroll.addEventListener("pointermove", (event) => { if (event.buttons) scrollTo(event); });
  view.onChange(showScroll);
  showScroll();
};
