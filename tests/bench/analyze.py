"""How fast is ``hearout analyze``, and how much memory does it take? Run: ``make bench``.

Calls of the wanted lengths are made by repeating a sample; each runs in a process of its own. Speed is given
as real-time factor (processing time / call duration) per stage, models loaded beforehand, because a batch
loads them once. Memory is the process's peak resident set.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "leap_model.dual.flac"


def main() -> None:
    """Measure each length in its own process and print a table (or JSON)."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, nargs="+", default=[5, 120], help="lengths of the calls")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="recording to repeat")
    parser.add_argument("--model", default="base")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(measure(given.child, given.model)))
        return
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in given.minutes:
            path = Path(folder) / f"call_{minutes:g}min.wav"
            repeat(given.sample, path, minutes * 60)
            command = [sys.executable, __file__, "--child", str(path), "--model", given.model]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            rows.append({"minutes": minutes, **json.loads(done.stdout)})
            path.unlink()
    machine = f"{os.cpu_count()} CPUs, {platform.machine()}, Python {platform.python_version()}"
    if given.json:
        print(json.dumps({"machine": machine, "model": given.model, "calls": rows}, indent=1))
        return
    print(f"{machine}; Whisper {given.model}; real-time factor = processing time / call duration")
    stages = list(rows[0]["stages_rtf"])
    print("  ".join(["minutes", "  total", *(f"{s:>9}" for s in stages), "peak MB"]))
    for row in rows:
        cells = [f"{row['minutes']:7g}", f"{row['total_rtf']:7.4f}"]
        cells += [f"{row['stages_rtf'][s]:9.4f}" for s in stages]
        print("  ".join([*cells, f"{row['peak_mb']:7.0f}"]))


def repeat(sample: Path, path: Path, seconds: float) -> None:
    """Write `sample` again and again to a WAV of the wanted length, block by block."""
    import wave

    import av
    import numpy as np

    with av.open(str(sample)) as container:
        stream = container.streams.audio[0]
        rate, channels = stream.rate, stream.channels
        resampler = av.AudioResampler(format="s16", layout=stream.layout, rate=rate)
        blocks = [f.to_ndarray() for frame in container.decode(stream) for f in resampler.resample(frame)]
    once = np.concatenate(blocks, axis=1).reshape(-1)
    left = int(seconds * rate) * channels
    with wave.open(str(path), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        while left > 0:
            out.writeframes(once[:left].tobytes())
            left -= min(left, once.size)


def measure(path: Path, model: str) -> dict[str, object]:
    """Analyse one recording in this process, models loaded first."""
    from dataclasses import replace

    from pipeline.settings import Settings
    from pipeline.stages.call import analyze_call
    from pipeline.stages.models import LocalModels

    settings = Settings()
    settings = replace(settings, words=replace(settings.words, model=model))
    models = LocalModels(offline=True, say=lambda _: None, progress=lambda *_: None)
    models.recognizer(settings)
    with tempfile.TemporaryDirectory() as out:
        began = time.perf_counter()
        done = analyze_call(path, Path(out), settings, models, progress=lambda *_: None)
        total_s = time.perf_counter() - began
    duration_s = done.analysis.call.duration_s
    stages = done.analysis.engine.elapsed_s
    return {
        "total_rtf": total_s / duration_s,
        "stages_rtf": {name: seconds / duration_s for name, seconds in stages.items()},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    main()
