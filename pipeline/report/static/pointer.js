// Mouse, pen and finger on the timeline: click plays from there, drag moves the view, Ctrl + wheel zooms.
// A bubble says what is under the pointer.
hearout.connectPointer = (call, view, player, lanes, selection, ratio) => {
  const { byId, element } = hearout.dom;
  const { percent } = hearout.format;
  const box = byId("lanes"), scroll = byId("scroll"), thumb = byId("thumb"), bubble = byId("bubble");
  const SLACK = 5;
  let press = null;

  /** What is said around `time`: a few words of whoever speaks. */
  function said(time) {
    return call.roles.flatMap(({ id, name }) => {
      const words = call.words[id], at = call.after(words, time) - 1;
      if (!words[at] || time > words[at].end + 0.5) return [];
      return [`${name}: … ${words.slice(Math.max(0, at - 3), at + 5).map((word) => word.text).join(" ")} …`];
    });
  }

  function showBubble(x, y) {
    const mark = lanes.markAt(x, y), time = mark ? mark.start : view.time(x), share = ratio.running(time);
    const lines = [hearout.format.clock(time)];
    if (mark) lines.push(`${mark.label}${mark.unsure ? ", unsure" : ""}${mark.quote ? `: ${mark.quote}` : ""}`);
    else if (lanes.onRatio(y)) lines.push(share === null ? "hardly anybody spoke" : `agent ${percent(share)} of the last ${ratio.WINDOW} s`);
    else lines.push(...said(time));
    bubble.replaceChildren(...lines.map((line, index) => element(index ? "span" : "b", { dir: "auto" }, line)));
    bubble.hidden = false;
    const left = box.offsetLeft + x, room = box.offsetLeft + box.clientWidth - bubble.offsetWidth;
    bubble.style.transform = `translateX(${Math.max(0, Math.min(left + 10, room))}px)`;
  }
  box.addEventListener("pointerleave", () => { bubble.hidden = true; });

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
      if (event.pointerType === "mouse") showBubble(x, y);
      return;
    }
    bubble.hidden = true;
    if (Math.abs(x - press.x) > SLACK) press.moved = true;
    if (press.moved) view.moveTo(press.start - (x - press.x) / view.perSecond);
  });
  box.addEventListener("pointerup", (event) => {
    if (press && !press.moved) {
      const { x, y } = place(event), mark = lanes.markAt(x, y);
      if (mark) selection.choose(mark); else player.playFrom(view.time(x));
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
    scroll.classList.toggle("whole", view.whole); // its place is kept: the controls below must not jump
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
