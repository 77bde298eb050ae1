"""How right and how fast are calls on one channel? Run: ``make bench``, or ``python tests/bench/mono.py``.

The channels of dual-channel calls with label files are summed up, and the mix is analysed like any recording
whose parties share a channel: as by default, and once more with ``--fast``. Added is the conversation that
pyannote.audio brings along. The figures are those of ``hearout evaluate``. Speed is given as real-time factor
(processing time / call duration), by the clock and in CPU time of all threads, models loaded beforehand.
Each mode runs in a process of its own, whose peak resident set is the memory given.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.evaluate import Label, Row, load_label, load_result
from pipeline.evaluate.families import METRICS
from pipeline.evaluate.metric import total
from pipeline.evaluate.run import score_result
from pipeline.evaluate.speech import found_speech, looks_swapped

ROOT = Path(__file__).resolve().parents[2]
DUAL = ".dual.flac"
CONVERSATION = "pyannote_sample"
FIGURES = (  # name of the metric, heading, format
    ("der", "DER", ".1%"),
    ("der_missed", "missed", ".1%"),
    ("der_false_alarm", "false", ".1%"),
    ("der_confusion", "confused", ".1%"),
    ("der_collar", "±0.25 s", ".1%"),
    ("talk_ratio_error", "ratio", "+.3f"),
    ("interruptions_precision", "cut in P", ".2f"),
    ("interruptions_recall", "R", ".2f"),
    ("interruptions_f1", "F1", ".2f"),
    ("interruptions_f1_sure", "F1 sure", ".2f"),
)
TAKEN = "backchannels_as_interruptions"


def main() -> None:
    """Make the mixes, analyse them in processes of their own, print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--calls", type=Path, nargs="+", default=[], help=f"further folders of *{DUAL} with label files"
    )
    parser.add_argument("--only", default="*", help="glob: which calls")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fast", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(analysed(given.child, fast=given.fast)))
        return
    with tempfile.TemporaryDirectory() as work:
        labels = mixes([ROOT / "samples", *given.calls], given.only, Path(work))
        modes = {mode: measured(Path(work), labels, mode) for mode in ("default", "fast")}
    machine = f"{os.cpu_count()} CPUs, {platform.machine()}, load {os.getloadavg()[0]:.1f}"
    document = {"machine": machine, "calls": len(labels), "modes": modes}
    if given.json:
        print(json.dumps(document, indent=1))
        return
    print(f"{machine}; real-time factor = processing time / call duration, models loaded")
    for mode, figures in modes.items():
        show(mode, figures)


def mixes(folders: list[Path], only: str, work: Path) -> dict[str, Label]:
    """Write the sum of each call's channels, and the conversation; return the labels by call."""
    labels = {}
    for folder in folders:
        for path in sorted(folder.glob(f"{only}{DUAL}")):
            call = path.name.removesuffix(DUAL)
            labels[call] = load_label(path.with_name(f"{call}.truth.json"))
            mix(path, work / f"{call}.wav")
    for place in find_spec("pyannote.audio").submodule_search_locations:
        sample = Path(place) / "sample" / "sample.wav"
        if sample.is_file():
            shutil.copy(sample, work / f"{CONVERSATION}.wav")
            labels[CONVERSATION] = told(sample.with_suffix(".rttm"))
    return labels


def mix(path: Path, out: Path) -> None:
    """Write the sum of the channels of a recording as 16-bit WAV."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        rate = stream.rate
        resampler = av.AudioResampler(format="s16p", layout=stream.layout, rate=rate)
        blocks = [f.to_ndarray() for frame in container.decode(stream) for f in resampler.resample(frame)]
    both = np.concatenate(blocks, axis=1).astype(np.int32).sum(axis=0)
    with wave.open(str(out), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(both, -32768, 32767).astype("<i2").tobytes())


def told(rttm: Path) -> Label:
    """Return an RTTM of two speakers as a label; who is called agent does not matter to DER."""
    spoken: dict[str, list[tuple[float, float]]] = {}
    for line in rttm.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        start_s, length_s = float(fields[3]), float(fields[4])
        spoken.setdefault(fields[7], []).append((start_s, start_s + length_s))
    agent, customer = spoken.values()
    return Label.model_validate(
        {"call_id": CONVERSATION, "speech": {"agent": sorted(agent), "customer": sorted(customer)}}
    )


def measured(work: Path, labels: dict[str, Label], mode: str) -> dict[str, Any]:
    """Analyse all mixes in a process of their own and score the results."""
    if mode == "fast":  # what does not depend on the mode is read, not made again
        shutil.copytree(work / "default", work / "fast")
    command = [sys.executable, __file__, "--child", str(work), *(["--fast"] if mode == "fast" else [])]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    speed = json.loads(done.stdout)
    calls, rows = {}, []
    for call, label in labels.items():
        analysis = load_result(work / mode / call / "analysis.json")
        row = score_result(label, analysis, call)
        told_apart = found_speech(analysis) is not None
        calls[call] = {
            **{name: row.scores[name].value for name, *_ in FIGURES},
            "role_right": told_apart and not looks_swapped(label, analysis) if label.lines else None,
            "cuts": row.scores["interruptions_f1"].tally.parts,
            "backchannels": row.scores[TAKEN].tally.parts,
            "warnings": sorted({note.code for note in analysis.warnings}),
            **speed["calls"][call],
        }
        if call != CONVERSATION:
            rows.append(row)
    return {"calls": calls, "total": summed(rows), "speed": rates(speed, mode)}


def summed(rows: list[Row]) -> dict[str, Any]:
    """Return each figure over all calls, from the summed parts; of the talk ratio, the mean and the worst."""
    totals = {name: total(METRICS[name], rows) for name in (*(name for name, *_ in FIGURES), TAKEN)}
    ratio = totals.pop("talk_ratio_error")
    return {
        **{name: one.pooled for name, one in totals.items()},
        "talk_ratio_error_mean": ratio.mean,
        "talk_ratio_error_worst": ratio.worst,
        "cuts": dict(totals["interruptions_f1"].tally.parts),
        "backchannels": dict(totals[TAKEN].tally.parts),
    }


def rates(speed: dict[str, Any], mode: str) -> dict[str, float]:
    """Return real-time factors over all calls, seconds of loading and the peak of memory."""
    calls = list(speed["calls"].values())
    length_s = sum(one["duration_s"] for one in calls)
    kinds = ("diarization", "whole") if mode == "default" else ("diarization",)
    found = {
        f"{kind}_rtf_{clock}": sum(one[f"{kind}_{clock}_s"] for one in calls) / length_s
        for kind in kinds
        for clock in ("wall", "cpu")
    }
    return {**found, "audio_s": length_s, "loading_s": speed["loading_s"], "peak_mb": speed["peak_mb"]}


def analysed(work: Path, *, fast: bool) -> dict[str, Any]:
    """Analyse all mixes in this process, models loaded first."""
    from dataclasses import replace

    from pipeline.settings import Settings
    from pipeline.stages.call import analyze_call
    from pipeline.stages.models import LocalModels

    class Clocked:
        """A diarizer and how long it took, by the clock and in CPU seconds."""

        def __init__(self, diarizer: Any) -> None:
            self.diarizer = diarizer
            self.took = (0.0, 0.0)

        def diarize(self, *given: Any) -> Any:
            began = time.perf_counter(), time.process_time()
            found = self.diarizer.diarize(*given)
            self.took = time.perf_counter() - began[0], time.process_time() - began[1]
            return found

    class ClockedModels(LocalModels):
        clocked: Clocked | None = None

        def diarizer(self, settings: Settings) -> Any:
            self.clocked = self.clocked or Clocked(super().diarizer(settings))
            return self.clocked

    settings = Settings()
    if fast:
        settings = replace(settings, diarization=settings.diarization.fast())
    models = ClockedModels(offline=True, say=lambda _: None, progress=lambda *_: None)
    began = time.perf_counter()
    for load in (models.recognizer, models.witnesses, models.diarizer_ids, models.diarizer, models.embedder):
        load(settings)
    loading_s = time.perf_counter() - began
    calls = {}
    for path in sorted(work.glob("*.wav")):
        began_s = time.perf_counter(), time.process_time()
        done = analyze_call(
            path, work / ("fast" if fast else "default"), settings, models, progress=lambda *_: None
        )
        whole = time.perf_counter() - began_s[0], time.process_time() - began_s[1]
        told_apart = models.clocked.took
        calls[path.stem] = {
            "duration_s": done.analysis.call.duration_s,
            "whole_wall_s": whole[0],
            "whole_cpu_s": whole[1],
            "diarization_wall_s": told_apart[0],
            "diarization_cpu_s": told_apart[1],
        }
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"loading_s": loading_s, "peak_mb": peak_mb, "calls": calls}


def show(mode: str, figures: dict[str, Any]) -> None:
    """Print a mode's table, its totals and its speed."""
    calls, whole, speed = figures["calls"], figures["total"], figures["speed"]
    wide = max(len(call) for call in calls)
    headings = [heading for _, heading, _ in FIGURES]
    print(f"\n{mode}\n{'':<{wide}}  " + "  ".join(f"{one:>8}" for one in [*headings, "role", "bc taken"]))
    for call, one in calls.items():
        cells = [shown(one[name], form) for name, _, form in FIGURES]
        role = {None: "–", True: "right", False: "WRONG"}[one["role_right"]]
        cells += [role, taken(one["backchannels"])]
        print(f"{call:<{wide}}  " + "  ".join([*(f"{c:>8}" for c in cells), ", ".join(one["warnings"])]))
    cells = [shown(whole.get(name, whole["talk_ratio_error_mean"]), form) for name, _, form in FIGURES]
    roles = Counter(one["role_right"] for one in calls.values() if one["role_right"] is not None)
    cells += [f"{roles[True]}/{roles.total()}", taken(whole["backchannels"])]
    print(f"{f'all {roles.total()} calls':<{wide}}  " + "  ".join(f"{c:>8}" for c in cells))
    print(f"talk ratio: mean of the absolute errors; worst {shown(whole['talk_ratio_error_worst'], '+.3f')}")
    cuts = {name: round(count) for name, count in whole["cuts"].items()}
    print(f"interruptions: {cuts['tp']} found, {cuts['fn']} missed, {cuts['fp']} false")
    for name, value in speed.items():
        print(f"{name:<22} {value:9.3f}" if "rtf" in name else f"{name:<22} {value:9.1f}")


def shown(value: float | None, form: str) -> str:
    """Return a figure for people."""
    return "–" if value is None else f"{value:{form}}"


def taken(parts: dict[str, float]) -> str:
    """Return how many of the labelled backchannels were taken for interruptions."""
    return f"{parts['taken']:.0f}/{parts['backchannels']:.0f}" if parts.get("backchannels") else "–"


if __name__ == "__main__":
    main()
