"""How soon can the page of an hour's call be used, how large is it? Run: ``python tests/bench/page.py``.

A call's result is repeated to the wanted length, its waveform and its audio too (Ogg Opus at 16 kb/s). The
page is opened in headless Chromium a few times. Given are its size, the time until everything answers
(interactive) and until the audio can be played, both from the start of navigation, and how long a frame takes
while the timeline is zoomed and moved and while it plays. Libraries are loaded before rendering is timed.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.audio import RATE_HZ, Recording, encode_playback, open_recording, waveform
from pipeline.report.page import PageMedia, render_page
from pipeline.report.schema import Analysis

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "leap_model.dual.flac"
POINTS_PER_S = 50
FRAMES = """async (keys) => {
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (const key of keys) {
    dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
}"""


def main() -> None:
    """Make the page, open it, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=Path, help="a call's folder to repeat; a sample is analysed else")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="write the page here")
    parser.add_argument("--no-audio", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        stored = given.stored or analysed(Path(work) / "sample")
        once = Analysis.model_validate_json((stored / "analysis.json").read_text(encoding="utf-8"))
        analysis = repeated(once, given.minutes * 60)
        media = heard(analysis.call.duration_s)
        if given.no_audio:
            media = replace(media, audio=None)
        page = given.keep or Path(work) / "timeline.html"
        figures = {"minutes": analysis.call.duration_s / 60, **rendered(analysis, media, page)}
        figures |= opened(page, given.rounds, with_audio=not given.no_audio)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{os.cpu_count()} CPUs, {platform.machine()}, load {os.getloadavg()[0]:.1f}")
    for name, value in figures.items():
        print(f"{name:<32} {value:8.2f}" if isinstance(value, float) else f"{name:<32} {value:>8}")


def analysed(out: Path) -> Path:
    """Analyse the sample with the models that are there."""
    from pipeline.settings import Settings
    from pipeline.stages.call import analyze_call
    from pipeline.stages.models import LocalModels

    models = LocalModels(offline=True, say=lambda _: None, progress=lambda *_: None)
    done = analyze_call(SAMPLE, out, Settings(), models, progress=lambda *_: None)
    return done.result.parent


def repeated(once: Analysis, seconds: float) -> Analysis:
    """Return a call of about `seconds` made of one said again and again; measures stay those of the one."""
    length_s = once.call.duration_s
    plain: dict[str, Any] = once.model_dump(mode="json", by_alias=True)
    times = max(1, round(seconds / length_s))
    shifts = [k * length_s for k in range(times)]
    whole = plain | {
        "call": plain["call"] | {"duration_s": times * length_s},
        "turns": [shifted(turn, by_s) for by_s in shifts for turn in plain["turns"]],
        "events": [shifted(event, by_s) for by_s in shifts for event in plain["events"]],
        "speech": {
            role: [[start_s + by_s, end_s + by_s] for by_s in shifts for start_s, end_s in spans]
            for role, spans in plain["speech"].items()
        },
    }
    for i, turn in enumerate(whole["turns"]):
        turn["i"] = i
    return Analysis.model_validate(whole)


def shifted(part: Any, by_s: float) -> Any:
    """Return a part of a result with all its times `by_s` later."""
    if isinstance(part, list):
        return [shifted(one, by_s) for one in part]
    if not isinstance(part, dict):
        return part
    moved = {key: shifted(value, by_s) for key, value in part.items()}
    moved |= {key: round(part[key] + by_s, 3) for key in ("start_s", "end_s") if key in part}
    if part.get("span"):
        moved["span"] = [round(edge + by_s, 3) for edge in part["span"]]
    return moved


def heard(seconds: float) -> PageMedia:
    """Return the sample's audio and waveform, again and again, made as those of every page."""
    import numpy as np

    with open_recording(SAMPLE) as once:
        samples = np.stack([once.read(channel, 0, once.n_samples) for channel in (0, 1)])
    times = int(seconds * RATE_HZ / samples.shape[1]) + 1
    whole = np.tile(samples, times)[:, : int(seconds * RATE_HZ)]
    with Recording.from_samples(whole) as recording:
        return PageMedia(
            encode_playback(recording, (0, 1)),
            waveform={
                role: base64.b64encode(waveform(recording, channel, POINTS_PER_S)).decode()
                for channel, role in enumerate(("customer", "agent"))
            },
            points_per_s=POINTS_PER_S,
        )


def rendered(analysis: Analysis, media: PageMedia, page: Path) -> dict[str, Any]:
    """Write the page; give its size and how long it took (best of five)."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        content = bytes(render_page(analysis, media))
        took.append((time.perf_counter() - start) * 1000)
    page.write_bytes(content)
    return {
        "words": sum(len(turn.words) for turn in analysis.turns),
        "events": len(analysis.events),
        "moves": sum(len(turn.moves) for turn in analysis.turns),
        "audio MB": len(media.audio or b"") / 1e6,
        "page MB": page.stat().st_size / 1e6,
        "render ms": min(took),
    }


def opened(page: Path, rounds: int, *, with_audio: bool) -> dict[str, float]:
    """Open the page again and again in a fresh browser; give medians."""
    from playwright.sync_api import sync_playwright

    found: dict[str, list[float]] = {}
    with sync_playwright() as running:
        path = shutil.which("chromium") or running.chromium.executable_path
        for _ in range(rounds):
            browser = running.chromium.launch(executable_path=path, args=["--mute-audio"])
            for name, value in one_visit(browser, page, with_audio=with_audio).items():
                found.setdefault(name, []).append(value)
            browser.close()
    return {name: statistics.median(values) for name, values in found.items()}


def one_visit(browser: Browser, page: Path, *, with_audio: bool) -> dict[str, float]:
    """Open, zoom, move, play."""
    visit = browser.new_page(viewport={"width": 1280, "height": 900})
    visit.goto(page.as_uri(), wait_until="commit")
    visit.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    mark = "name => performance.getEntriesByName(name)[0].startTime / 1000"
    times = {"interactive s": visit.evaluate(mark, "ready")}
    if with_audio:
        visit.wait_for_selector("#play:enabled", timeout=60_000)
        times["audio playable s"] = visit.evaluate(mark, "audible")
    keys = ["+"] * 6 + ["ArrowRight"] * 20 + ["-"] * 6 + ["j"] * 20
    frames = sorted(visit.evaluate(FRAMES, keys))
    times |= {
        "frame ms, zoomed and moved": statistics.median(frames),
        "… slowest of 52": frames[-1],
    }
    if with_audio:
        visit.locator("#play").click() if visit.locator("#play[aria-label=Play]").count() else None
        playing = sorted(visit.evaluate(FRAMES, ["F13"] * 120))
        times |= {"frame ms, playing": statistics.median(playing), "… slowest of 120": playing[-1]}
    return times


if __name__ == "__main__":
    main()
