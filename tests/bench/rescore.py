"""How long does ``hearout rescore`` take for a 5-minute call? Run: ``make bench``.

A stored call is repeated to the wanted length (its stages, not its audio), copied a few times, and all copies
are scored again with changed thresholds in one process: reading, scoring, writing result and page. Given is
the time per call (median over rounds, each of all calls), the whole and its parts; libraries are loaded
before.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import os
import platform
import pstats
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from pipeline.measures import floor_measures, talk_measures
from pipeline.settings import Settings
from pipeline.stages.rescore import (
    Thresholds,
    find_changes,
    read_stored,
    rescore_call,
    stored_timeline,
)
from pipeline.timeline import find_events

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "leap_model.dual.flac"


def main() -> None:
    """Make the calls, rescore them, print milliseconds per call."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stored", type=Path, help="a call's folder to repeat; a sample is analysed else")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        stored = given.stored or analysed(Path(work) / "sample")
        folders = [Path(work) / "calls" / f"call_{k:03d}" for k in range(given.calls)]
        for folder in folders:
            repeat(stored, folder, given.minutes * 60)
        figures = measure(folders, given.rounds)
        if given.profile:
            show_profile(folders)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}, one core used")
    for name, value in figures.items():
        print(f"{name:<32} {value:8.2f}" if isinstance(value, float) else f"{name:<32} {value:>8}")


def analysed(out: Path) -> Path:
    """Analyse the sample with the models that are there."""
    from pipeline.stages.call import analyze_call
    from pipeline.stages.models import LocalModels

    models = LocalModels(offline=True, say=lambda _: None, progress=lambda *_: None)
    done = analyze_call(SAMPLE, out, Settings(), models, progress=lambda *_: None)
    return done.result.parent


def repeat(stored: Path, folder: Path, seconds: float) -> None:
    """Write a call of `seconds` made of a stored one, said again and again."""
    stages = folder / "stages"
    stages.mkdir(parents=True)
    files = {name: json.loads((stored / "stages" / f"{name}.json").read_text()) for name in STAGES}
    once_s = files["audio"]["data"]["duration_s"]
    times = int(-(-seconds // once_s))
    shifts = [k * once_s for k in range(times)]
    _repeat_audio(files["audio"]["data"], seconds, times)
    _repeat_heard(files["heard"]["data"], shifts, seconds)
    for name, data in files.items():
        (stages / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    playback = (stored / "stages" / "playback.ogg").read_bytes()
    (stages / "playback.ogg").write_bytes((playback * times)[: int(len(playback) * seconds / once_s)])
    result = json.loads((stored / "analysis.json").read_text())
    (folder / "analysis.json").write_text(json.dumps(result))
    rescore_call(folder, Thresholds.of(Settings()))


STAGES = ("source", "audio", "heard")


def _repeat_audio(audio: dict, seconds: float, times: int) -> None:
    wave = audio["waveform"]
    points = int(seconds * wave["points_per_s"])
    wave["peaks"] = {
        channel: base64.b64encode((base64.b64decode(peaks) * times)[:points]).decode()
        for channel, peaks in wave["peaks"].items()
    }
    audio["duration_s"] = seconds


def _repeat_heard(heard: dict, shifts: list[float], seconds: float) -> None:
    for channel, own in enumerate(heard["speech"]["channels"]):
        spans, voices = own["spans"], heard["voices"][str(channel)]
        pairs = [
            (span, voice) for at in shifts for span, voice in zip(_moved(spans, at), voices, strict=True)
        ]
        pairs = [(span, voice) for span, voice in pairs if span[1] <= seconds]
        own["spans"] = [span for span, _ in pairs]
        heard["voices"][str(channel)] = [voice for _, voice in pairs]
        own["candidates"] = [pair for at in shifts for pair in _moved(own["candidates"], at)]
        own["witnesses"] = {
            name: [pair for at in shifts for pair in _moved(found, at)]
            for name, found in own["witnesses"].items()
        }
        own["disputed"] = [
            {**one, "span": [round(time + at, 3) for time in one["span"]]}
            for at in shifts
            for one in own["disputed"]
        ]
    words = heard["words"]["words"]
    for channel, said in words.items():
        words[channel] = [
            [text, start + round(at * 1000), end + round(at * 1000), sure]
            for at in shifts
            for text, start, end, sure in said
            if end / 1000 + at < seconds
        ]


def _moved(pairs: list[list[float]], by_s: float) -> list[list[float]]:
    return [[round(start + by_s, 3), round(end + by_s, 3)] for start, end in pairs]


def variants(rounds: int) -> list[Thresholds]:
    """Return thresholds that differ from round to round, so that every result changes."""
    default = Settings()
    return [
        Thresholds.of(replace(default, floor=replace(default.floor, contest_s=0.4 + 0.05 * k)))
        for k in range(rounds)
    ]


def measure(folders: list[Path], rounds: int) -> dict[str, float | int]:
    """Return milliseconds per call."""
    whole, busy = [], []
    for thresholds in variants(rounds):
        began, used = time.perf_counter(), time.process_time()
        for folder in folders:
            find_changes(rescore_call(folder, thresholds))
        whole.append((time.perf_counter() - began) / len(folders))
        busy.append((time.process_time() - used) / len(folders))
    stored = read_stored(folders[0])
    timeline = stored_timeline(stored, stored.settings)
    events = find_events(timeline, stored.settings.floor)
    page = folders[0] / "timeline.html"
    return {
        "calls": len(folders) * rounds,
        "seconds of a call": timeline.duration_s,
        "turns": len(timeline.turns),
        "events": len(events),
        "page kB": page.stat().st_size // 1000,
        "ms per call": 1000 * statistics.median(whole),
        "ms per call, best round": 1000 * min(whole),
        "ms per call, CPU only": 1000 * statistics.median(busy),
        "of it: read": timed(lambda: read_stored(folders[0])),
        "of it: timeline": timed(lambda: stored_timeline(stored, stored.settings)),
        "of it: events": timed(lambda: find_events(timeline, stored.settings.floor)),
        "of it: measures": timed(lambda: (talk_measures(timeline), floor_measures(timeline, events))),
    }


def timed(work: object, times: int = 15) -> float:
    """Return the median milliseconds of a call of `work`."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()  # type: ignore[operator]
        took.append(time.perf_counter() - began)
    return 1000 * statistics.median(took)


def show_profile(folders: list[Path]) -> None:
    """Print the functions that take longest."""
    profile = cProfile.Profile()
    with profile:
        for folder in folders:
            rescore_call(folder, variants(1)[0])
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)


if __name__ == "__main__":
    main()
