"""How long does ``hearout rescore`` take for a 5-minute call? Run: ``make bench``.

A stored call is repeated to the wanted length (its stages, not its audio), copied a few times, and all copies
are scored again with changed thresholds in one process: reading, scoring, writing result and page. Given is
the time per call (median over rounds, each of all calls), the whole and its parts; libraries are loaded
before. The parts are measured one by one, so that they need not add up to the whole.
"""

from __future__ import annotations

import argparse
import base64
import cProfile
import json
import os
import platform
import pstats
import shutil
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.checklist import score_checklists
from pipeline.files import write_atomic
from pipeline.measures import floor_measures, talk_measures, talk_verdict, vent_measures, vent_verdict
from pipeline.report.assemble import assemble
from pipeline.report.schema import encode_parts, join_parts
from pipeline.settings import Settings
from pipeline.stages.call import make_page
from pipeline.stages.changes import find_changes
from pipeline.stages.checklists import checklists_of
from pipeline.stages.laid_out import lay_out
from pipeline.stages.rescore import (
    StoredResult,
    Thresholds,
    call_folders,
    no_collection,
    read_stored,
    rescore_call,
    stored_findings,
)
from pipeline.stages.score import call_facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.measures import VentBasis
    from pipeline.report.page import Page

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "leap_model.dual.flac"


def main() -> None:
    """Make the calls, rescore them, print milliseconds per call."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--stored",
        type=Path,
        nargs="+",
        help="calls' folders, or folders of them, each to be repeated; one sample is analysed else",
    )
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as work:
        named = given.stored or [analysed(Path(work) / "sample")]
        stored = [call for folder in named for call in call_folders(folder)]
        for call in stored:
            folders = [Path(work) / call.name / f"call_{k:03d}" for k in range(given.calls)]
            for folder in folders:
                repeat(call, folder, given.minutes * 60)
            found[call.name] = measure(folders, given.rounds)
            if given.profile:
                show_profile(folders)
            shutil.rmtree(Path(work) / call.name)
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}, one core used")
    if len(found) == 1:
        show_one(*found.values())
    else:
        show_many(found)


def show_one(figures: dict[str, float | int]) -> None:
    """Print a call's figures, one a line."""
    for name, value in figures.items():
        print(f"{name:<32} {value:8.2f}" if isinstance(value, float) else f"{name:<32} {value:>8}")


def show_many(found: dict[str, dict[str, float | int]]) -> None:
    """Print a line for each call, and the median of all."""
    counted, timed_ = ("words", "events", "vents"), ("ms per call", "ms per call, best round")
    print(f"{'':<28}" + "".join(f"{name:>8}" for name in counted) + f"{'ms':>8}{'best':>8}")
    for name, figures in found.items():
        numbers = "".join(f"{figures[one]:>8}" for one in counted)
        print(f"{name[:27]:<28}{numbers}" + "".join(f"{figures[one]:8.1f}" for one in timed_))
    middle = "".join(f"{statistics.median(one[name] for one in found.values()):8.1f}" for name in timed_)
    print(f"{'median of ' + str(len(found)):<28}{'':24}{middle}")


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
    _repeat_moves(files["moves"]["data"], shifts, seconds)
    for name, data in files.items():
        (stages / f"{name}.json").write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    playback = (stored / "stages" / "playback.ogg").read_bytes()
    (stages / "playback.ogg").write_bytes((playback * times)[: int(len(playback) * seconds / once_s)])
    result = json.loads((stored / "analysis.json").read_text())
    (folder / "analysis.json").write_text(json.dumps(result))
    rescore_call(folder, Thresholds.of(Settings()))


STAGES = ("source", "audio", "heard", "moves")


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


def _repeat_moves(moves: dict, shifts: list[float], seconds: float) -> None:
    for agent, found in moves["by_agent"].items():
        spans = [_moved([move["span"] for move in found], at) for at in shifts]
        moves["by_agent"][agent] = [
            {**move, "span": span}
            for moved in spans
            for move, span in zip(found, moved, strict=True)
            if span[1] <= seconds
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
            with no_collection():  # as the command does
                find_changes(rescore_call(folder, thresholds))
        whole.append((time.perf_counter() - began) / len(folders))
        busy.append((time.process_time() - used) / len(folders))
    stored = read_stored(folders[0])
    found = stored_findings(stored)
    return {
        "calls": len(folders) * rounds,
        "seconds of a call": found.timeline.duration_s,
        "words": sum(len(turn.words) for turn in found.timeline.turns),
        "turns": len(found.timeline.turns),
        "moves": len(found.moves),
        "events": len(found.events),
        "vents": len(found.vents),
        "page kB": (folders[0] / "timeline.html").stat().st_size // 1000,
        "ms per call": 1000 * statistics.median(whole),
        "ms per call, best round": 1000 * min(whole),
        "ms per call, CPU only": 1000 * statistics.median(busy),
        "ms per call, CPU only, best round": 1000 * min(busy),
        **{f"of it: {name}": value for name, value in parts(folders[0], stored).items()},
    }


def parts(folder: Path, stored: StoredResult) -> dict[str, float]:
    """Return the CPU milliseconds of each step of a rescore, in its order."""
    settings = stored.settings

    def basis() -> VentBasis:
        made = lay_out(stored.call, settings).basis(settings)
        assert made is not None, "agent and customer have a channel each"
        return made

    def with_events() -> VentBasis:
        made = basis()
        _ = made.events  # are found when first asked for
        return made

    judged = with_events()
    vent_verdict(judged)
    timeline, checklists = judged.timeline, checklists_of(settings)
    facts = call_facts(stored.call, settings)
    analysis, waveform = assemble(stored_findings(stored)), stored.call.audio.waveform
    encoded = encode_parts(analysis)
    result = join_parts(encoded)

    def page_of(_: object) -> Page:
        return make_page(analysis, folder, waveform, settings.talk, encoded=encoded)

    page = page_of(None)
    beside = folder.parent / "written"

    def verdict_on_vents(made: VentBasis) -> object:
        return made.vents, vent_verdict(made)

    def measures(_: object) -> object:
        talk_verdict(timeline, settings.talk, agreement=1.0)
        return talk_measures(timeline), floor_measures(timeline, judged.events), vent_measures(judged)

    def write(_: object) -> None:
        write_atomic(beside, result)
        write_atomic(beside, page)

    return {
        "read": timed(lambda _: read_stored(folder)),
        "lay out": timed(lambda call: lay_out(call, settings), lambda: read_stored(folder).call),
        "events": timed(lambda made: made.events, basis),
        "vents, and how sure": timed(verdict_on_vents, with_events),
        "measures": timed(measures),
        "checklists": timed(lambda _: score_checklists(facts, checklists)),
        "assemble": timed(assemble, lambda: stored_findings(stored)),
        "json": timed(lambda _: join_parts(encode_parts(analysis))),
        "page": timed(page_of),
        "write": timed(write),
    }


def timed(work: Callable[[Any], object], prepare: Callable[[], object] = lambda: None) -> float:
    """Return the median CPU milliseconds of `work`, which is handed what `prepare` makes each time."""
    took = []
    for _ in range(15):
        made = prepare()
        began = time.process_time()
        work(made)
        took.append(time.process_time() - began)
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
