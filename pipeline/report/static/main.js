// Puts the parts together.
(() => {
  const { byId } = hearout.dom;
  const { clock } = hearout.format;
  const call = hearout.loadCall();
  const player = hearout.createPlayer(call);
  const view = hearout.createView(call.duration);
  const marks = hearout.createMarks(call);
  const lanes = hearout.createLanes(call, view, marks);
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
    box.setAttribute("aria-valuetext", `${clock(player.now)} of ${total}, ${speakers} speaking`);
  }

  function showState() {
    button.classList.toggle("playing", player.playing);
    button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
  }

  /** #t=63.2 */
  function followLink() {
    const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!found) return;
    player.seek(Number(found[1]));
    view.reveal(player.now);
  }

  function remember() {
    try {
      history.replaceState(null, "", `#t=${player.now.toFixed(1)}`);
    } catch {
      // Some viewers forbid it; the link is a convenience.
    }
  }

  box.setAttribute("aria-valuemax", call.duration.toFixed(1));
  hearout.connectPointer(call, view, player, lanes);
  hearout.createMoments(call, marks, player);
  hearout.createTranscript(call, player);
  hearout.connectKeyboard(call, view, player);

  player.on("time", () => { if (player.playing) view.reveal(player.now); showTime(); });
  player.on("seek", () => { view.reveal(player.now); remember(); });
  player.on("state", showState);
  player.on("ready", () => { button.disabled = false; });
  player.on("failed", () => { byId("mute").textContent = "This browser cannot play the audio in this page (Ogg Opus)."; });
  view.onChange(showTime);
  new ResizeObserver(showTime).observe(box);
  button.addEventListener("click", () => player.toggle());
  byId("zoom-in").addEventListener("click", () => view.zoom(1.6, player.now));
  byId("zoom-out").addEventListener("click", () => view.zoom(1 / 1.6, player.now));
  byId("zoom-fit").addEventListener("click", () => view.fit());
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-play]");
    if (target) player.playFrom(Number(target.dataset.play), Number(target.dataset.until));
  });

  // The player stays in sight; on low screens only its controls do.
  const stuck = byId("player");
  new ResizeObserver(() => {
    const style = document.documentElement.style;
    style.setProperty("--stage", `${stuck.firstElementChild.offsetHeight}px`);
    style.setProperty("--player", `${stuck.offsetHeight}px`);
  }).observe(stuck);

  addEventListener("hashchange", followLink);
  followLink();
  showTime();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", player.load);
  else player.load();
  document.documentElement.dataset.ready = "";
})();
