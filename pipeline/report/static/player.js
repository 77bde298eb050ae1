// The audio and the one notion of "now". Without audio the cursor still moves.
hearout.createPlayer = (call) => {
  const { byId } = hearout.dom;
  const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2];
  const events = new EventTarget();
  const audio = new Audio();
  let now = 0, until = null, ready = false, wanted = false, beside = null, speed = 1;

  const tell = (type) => events.dispatchEvent(new Event(type));

  /** Turn the base64 block into a blob that the browser plays and seeks in, or take the file beside the page. */
  function load() {
    const block = byId("audio");
    if (!block) return;
    audio.preload = "auto";
    beside = block.dataset.src ?? null;
    audio.src = beside ?? URL.createObjectURL(new Blob([call.bytes(block.textContent)], { type: block.dataset.mime }));
    block.remove();
  }

  audio.addEventListener("loadedmetadata", () => {
    ready = true;
    audio.playbackRate = speed;
    audio.currentTime = now;
    tell("ready");
    if (wanted) audio.play();
  });
  audio.addEventListener("error", () => tell("failed"));
  audio.addEventListener("play", () => { tell("state"); requestAnimationFrame(frame); });
  audio.addEventListener("pause", () => tell("state"));
  audio.addEventListener("ended", () => tell("state"));

  function frame() {
    if (audio.paused) return;
    now = Math.min(audio.currentTime, call.duration);
    if (until !== null && now >= until) {
      pause();
      until = null;
    }
    tell("time");
    requestAnimationFrame(frame);
  }

  /** Move to `time`; the listeners of "seek" hear of it before those of "time". */
  function seek(time) {
    now = Math.min(Math.max(0, time), call.duration);
    until = null;
    if (ready) audio.currentTime = now;
    tell("seek");
    tell("time");
  }

  function play() {
    wanted = true;
    if (!ready) return;
    if (now >= call.duration - 0.05) seek(0);
    audio.play().catch(() => tell("state"));
  }

  function pause() {
    wanted = false;
    audio.pause();
  }

  /** Play from `start`; stop at `end` if it is given. */
  function playFrom(start, end = null) {
    seek(start);
    until = end;
    play();
  }

  /** How fast it plays; the pitch of voices is kept. */
  function setSpeed(next) {
    speed = next;
    audio.defaultPlaybackRate = audio.playbackRate = speed;
    tell("speed");
  }

  return {
    setSpeed,
    faster: () => setSpeed(SPEEDS.find((one) => one > speed) ?? speed),
    slower: () => setSpeed(SPEEDS.findLast((one) => one < speed) ?? speed),
    get speed() { return speed; },
    /** Path of the file that is played, or null if the audio is in the page. */
    get beside() { return beside; },
    load, seek, play, pause, playFrom,
    on: (type, listener) => events.addEventListener(type, listener),
    toggle: () => (audio.paused ? play() : pause()),
    get now() { return now; },
    get playing() { return !audio.paused; },
    get element() { return audio; },
  };
};
