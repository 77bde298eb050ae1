"""How fast is ``hearout batch``, and what does it cost? Run: ``python tests/bench/batch.py``.

In one run, on one machine: short calls by one process with one thread, before and after the same calls by a
batch; how many cores others took meanwhile (only where that is near 0 both times does the ratio count); what
the driver adds to the workers' own time; the most memory that a worker had; and how long a batch takes to
find that 1,000 calls are done.
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
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples"


def main() -> None:
    """Measure, print a table (or JSON)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10, help="length of a call")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--finished", type=int, default=1000, help="finished calls of the re-run")
    parser.add_argument("--model", default="base")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", type=Path, nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(one_process(given.one, given.model)))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), given)
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}, {given.model}")
    for name, value in figures.items():
        print(f"{name:<52} {value:9.2f}")


def measure(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Return all figures."""
    load = os.getloadavg()[0]
    calls = cut_calls(folder / "calls", given.calls, given.seconds)
    half = len(calls) // 2
    alone = [single(calls[:half], given.model)]
    batch = by_batch(folder / "calls", folder / "out", given)
    alone.append(single(calls[half:], given.model))
    alone_s = sum(one["whole_s"] for one in alone)
    return {
        "load of the machine when it began": load,
        "calls": len(calls),
        "one process, one thread: s": alone_s,
        f"batch, {given.workers} workers: s": batch["whole_s"],
        "batch is so many times as fast": alone_s / batch["whole_s"],
        "the same without starting and loading": sum(one["work_s"] for one in alone) / batch["work_s"],
        "cores that others took, one process": sum(o["others"] * o["whole_s"] for o in alone) / alone_s,
        "cores that others took, batch": batch["others"],
        "CPU seconds of a call, one process": sum(one["cpu_s"] for one in alone) / len(calls),
        "CPU seconds of a call, batch (with its driver)": batch["cpu_s"] / len(calls),
        "added by the driver, % of the workers' time": 100 * batch["added"],
        "most memory of a worker, MB": batch["peak_mb"],
        f"re-run over {given.finished} finished calls: s": rerun(folder, calls[0], given.finished),
    }


def cut_calls(folder: Path, count: int, seconds: float) -> list[Path]:
    """Write so many different pieces of the samples as recordings."""
    import wave

    import av
    import numpy as np

    folder.mkdir()
    pieces: list[tuple[np.ndarray, int]] = []
    for path in sorted(SAMPLES.glob("*.flac")):
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            resampler = av.AudioResampler(format="s16", layout=stream.layout, rate=stream.rate)
            blocks = [f.to_ndarray() for frame in container.decode(stream) for f in resampler.resample(frame)]
        samples = np.concatenate(blocks, axis=1).reshape(-1, stream.channels)
        step = int(seconds * stream.rate)
        pieces += [(samples[at : at + step], stream.rate) for at in range(0, len(samples) - step, step)]
    paths = []
    for k, (samples, rate) in enumerate(pieces[:count]):
        paths.append(folder / f"call_{k:03d}.wav")
        with wave.open(str(paths[-1]), "wb") as out:
            out.setnchannels(samples.shape[1])
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(samples.tobytes())
    return paths


def single(paths: list[Path], model: str) -> dict[str, float]:
    """Analyse the calls one after the other, in a process with one thread."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    began, used, busy = time.perf_counter(), cpu_s(), machine_cpu_s()
    done = subprocess.run(
        [sys.executable, __file__, "--model", model, "--one", *map(str, paths)],
        env={**os.environ, **threads},
        check=True,
        capture_output=True,
        text=True,
    )
    whole_s, used_s = time.perf_counter() - began, cpu_s() - used
    others = (machine_cpu_s() - busy - used_s) / whole_s
    return {"whole_s": whole_s, "cpu_s": used_s, "others": others, **json.loads(done.stdout.splitlines()[-1])}


def cpu_s() -> float:
    """Return the CPU time of this process and of those that it started and that have ended."""
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def machine_cpu_s() -> float:
    """Return the CPU time that the whole machine has spent on work."""
    import psutil

    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system)


def one_process(paths: list[Path], model: str) -> dict[str, float]:
    """Do it; the models are loaded before the clock of ``work_s`` starts."""
    from pipeline.batch.local import make_local_models
    from pipeline.settings import Settings
    from pipeline.stages.call import analyze_call

    settings = Settings()
    settings = replace(settings, words=replace(settings.words, model=model))
    models = make_local_models(offline=True, threads=1)
    models.recognizer(settings)
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        for path in paths:
            analyze_call(path, Path(out), settings, models, progress=lambda *_: None)
        return {"work_s": time.perf_counter() - began}


def by_batch(source: Path, out: Path, given: argparse.Namespace) -> dict[str, float]:
    """Analyse the calls by a batch in this process."""
    from pipeline.batch import events
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.run import run_batch
    from pipeline.batch.settings import BatchSettings
    from pipeline.batch.stop import Stop
    from pipeline.settings import Settings

    settings = Settings()
    settings = replace(settings, words=replace(settings.words, model=given.model))
    seen: list[tuple[float, events.Event]] = []
    began, used, taken = time.perf_counter(), cpu_s(), machine_cpu_s()
    summary = run_batch(
        BatchOptions(str(source), out, settings, BatchSettings(workers=given.workers), offline=True),
        lambda event: seen.append((time.perf_counter(), event)),
        Stop(),
    )
    whole_s, used_s = time.perf_counter() - began, cpu_s() - used
    others = (machine_cpu_s() - taken - used_s) / whole_s
    assert summary.done == given.calls, summary
    starts = {
        e.call_id: (k, at) for k, (at, e) in enumerate(x for x in seen) if isinstance(e, events.CallStarted)
    }
    ends = [(at, e) for at, e in seen if isinstance(e, events.CallDone)]
    begun = sorted(at for _, at in starts.values())
    waited = sum(max(0.0, nxt - at) for (at, _), nxt in zip(ends, begun[given.workers :], strict=False))
    carried = sum(at - starts[e.call_id][1] - e.busy_s for at, e in ends)
    busy = sum(e.busy_s for _, e in ends)
    return {
        "whole_s": whole_s,
        "cpu_s": used_s,
        "others": others,
        "work_s": ends[-1][0] - begun[0],
        "added": (waited + carried) / busy,
        "peak_mb": summary.peak_mb,
    }


def rerun(folder: Path, call: Path, count: int) -> float:
    """Return how long the command takes to find that so many calls are done."""
    from pipeline.batch.journal import Entry, Figures, Journal, place_key
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.planner import Planner
    from pipeline.batch.sources import list_source
    from pipeline.settings import Settings

    source, out, stored = folder / "many", folder / "many-out", next((folder / "out").glob("call_*"))
    source.mkdir()
    out.mkdir(mode=0o700)
    content = call.read_bytes()
    for k in range(count):
        (source / f"m{k:04d}.wav").write_bytes(content + k.to_bytes(2, "big") * (k + 1))
        shutil.copytree(stored, out / f"m{k:04d}")
    told = BatchOptions(str(source), out, Settings())
    with Journal(out) as journal:
        planner = Planner(told, journal.entries)
        for found in list_source(str(source), told.batch).found:
            call_id = found.name.removesuffix(".wav")
            journal.put(
                Entry(
                    place_key(found.place),
                    "done",
                    call_id,
                    found.name,
                    found.revision,
                    planner.key_of(found),
                    found.size,
                    "0" * 64,
                    Figures(10.0, 0.5, 0.0),
                )
            )
    command = [sys.executable, "-m", "pipeline", "batch", str(source), "--out", str(out), "--json"]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)  # fills the database
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    took = time.perf_counter() - began
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["already_done"], summary["done"]) == (count, 0), summary
    return took


if __name__ == "__main__":
    main()
