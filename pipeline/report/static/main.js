// Puts the parts together.
(() => {
  const { byId } = hearout.dom;
  const { clock } = hearout.format;
  const call = hearout.loadCall();
  const player = hearout.createPlayer(call);
  const view = hearout.createView(call.duration);
  const marks = hearout.createMarks(call);
  const ratio = hearout.createRatio(call);
  const lanes = hearout.createLanes(call, view, marks, ratio);
  const selection = hearout.createSelection(call, marks, view, player);
  const box = byId("lanes"), cursor = byId("cursor"), button = byId("play"), clockFace = byId("clock");
  const total = clock(Math.round(call.duration));
  let told = "";

  function showTime() {
    const x = view.x(player.now), text = `${clock(player.now)} / ${total}`;
    cursor.style.transform = `translateX(${x}px)`;
    cursor.hidden = x < -1 || x > view.width + 1;
    if (text === told) return;
    told = text;
    clockFace.textContent = text;
    const speakers = call.speakersAt(player.now).join(" and ") || "nobody";
    box.setAttribute("aria-valuenow", player.now.toFixed(1));
    const share = ratio.soFar(player.now);
    const soFar = byId("so-far");
    if (soFar) soFar.textContent = share === null ? "" : `so far ${hearout.format.percent(share)}`;
    const talk = share === null ? "" : `, agent ${hearout.format.percent(share)} of the talking so far`;
    box.setAttribute("aria-valuetext", `${clock(player.now)} of ${total}, ${speakers} speaking${talk}`);
  }

  function showState() {
    button.classList.toggle("playing", player.playing);
    button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
  }

  /** #t=63.2 is a time, #event=12 an event of the result by its number; timeline and controls come in sight. */
  function followLink() {
    const [, name, value] = /^#(t|event)=(\d+(?:\.\d+)?)$/.exec(location.hash) ?? [];
    const event = name === "event" ? selection.event(Number(value)) : null;
    if (event) {
      selection.choose(event, { play: false });
    } else if (name === "t") {
      player.seek(Number(value));
      view.reveal(player.now);
    } else {
      return;
    }
    byId("player").scrollIntoView({ block: "nearest" });
  }

  function remember() {
    const event = selection.chosen?.n;
    try {
      history.replaceState(null, "", event ? `#event=${event}` : `#t=${player.now.toFixed(1)}`);
    } catch {
      // Some viewers forbid it; the link is a convenience.
    }
  }

  function showFailure() {
    byId("mute").textContent = player.beside
      ? `The audio is not here (${player.beside}, beside this page), or this browser cannot play it.`
      : "This browser cannot play the audio in this page. Chrome, Edge and Firefox do, Safari from 18.4.";
  }

  function showSpeed() {
    const speed = byId("speed");
    speed.textContent = `${player.speed}×`;
    speed.setAttribute("aria-label", `Speed: ${player.speed}×`);
  }

  box.setAttribute("aria-valuemax", call.duration.toFixed(1));
  hearout.createChecklists(call);
  hearout.connectPointer(call, view, player, lanes, selection, ratio);
  hearout.createMoments(call, marks, selection, player);
  hearout.createMeasures(call);
  hearout.createTranscript(call, player, marks, selection);
  hearout.connectKeyboard(call, view, player, selection, byId("keys"));

  player.on("time", () => { if (player.playing) view.reveal(player.now); showTime(); });
  player.on("seek", () => { told = ""; view.reveal(player.now); remember(); });
  player.on("speed", showSpeed);
  selection.onChange((chosen) => { lanes.choose(chosen); remember(); });
  player.on("state", showState);
  player.on("ready", () => { button.disabled = false; performance.mark("audible"); });
  player.on("failed", showFailure);
  view.onChange(showTime);
  new ResizeObserver(() => { told = ""; showTime(); }).observe(box);
  button.addEventListener("click", () => player.toggle());
  byId("previous").disabled = byId("next").disabled = !call.moments.length;
  byId("previous").addEventListener("click", () => selection.previous());
  byId("next").addEventListener("click", () => selection.next());
  byId("speed").addEventListener("click", () => (player.speed === 2 ? player.setSpeed(1) : player.faster()));
  byId("help").addEventListener("click", () => byId("keys").showModal());
  byId("zoom-in").addEventListener("click", () => view.zoom(1.6, player.now));
  byId("zoom-out").addEventListener("click", () => view.zoom(1 / 1.6, player.now));
  byId("zoom-fit").addEventListener("click", () => view.fit());
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-play]");
    if (target) player.playFrom(Number(target.dataset.play), "until" in target.dataset ? Number(target.dataset.until) : null);
  });

  // The player stays in sight; on low screens only its controls do.
  const stuck = byId("player"), places = [document.documentElement, stuck, document.querySelector("aside")];
  new ResizeObserver(() => {
    for (const { style } of places) {
      style.setProperty("--stage", `${stuck.firstElementChild.offsetHeight}px`);
      style.setProperty("--player", `${stuck.offsetHeight}px`);
    }
  }).observe(stuck);

  addEventListener("hashchange", followLink);
  followLink();
  showTime();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", player.load);
  else player.load();
  document.documentElement.dataset.ready = "";
  performance.mark("ready");
})();
