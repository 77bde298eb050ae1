"""How right is the speech of a call in noise? Run: ``make bench``, or ``python tests/bench/noise.py``.

Noise is laid over both channels of dual-channel calls with label files, so far below each party's speech as
the heading says, and the speech is detected anew, without words. Made with a seed: an even line noise, a
street (cars of another spectrum than the rest pass by), gusts of wind, lorries on a quiet line, a room in
which others talk (six voices of other calls), a colleague (one voice of another call, without a pause), an
echo (the other party's voice from a room, 0.2 s late). Given are F1 in 10 ms frames over the channels, the
error of the talk ratio over the calls, and seconds of speech too much and too little over all.
"""

from __future__ import annotations

import argparse
import json
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio import RATE_HZ, Recording, open_recording
from pipeline.evaluate import load_label
from pipeline.evaluate.speech import f1, frame_confusion, joined
from pipeline.speech import detect_speech

if TYPE_CHECKING:
    from pipeline.evaluate import Label

ROOT = Path(__file__).resolve().parents[2]
DUAL = ".dual.flac"
LOW_HZ, HIGH_HZ = 300, 3400
CONDITIONS = (  # noise, and how many dB it lies below the speech
    ("none", 0),
    ("line", 15),
    ("street", 20),
    ("street", 12),
    ("gusts", 18),
    ("lorries", 20),
    ("lorries", 14),
    ("room", 20),
    ("colleague", 20),
    ("colleague", 26),
    ("echo", 20),
)


@dataclass(frozen=True)
class Call:
    """A call: its samples, shape (2, n), float, and the true speech of each channel."""

    name: str
    samples: np.ndarray
    label: Label

    def role(self, channel: int) -> str:
        """Whose channel it is."""
        return "agent" if (self.label.agent_channel == "left") == (channel == 0) else "customer"

    def speech(self, channel: int) -> list[list[float]]:
        """Its labelled spans."""
        return list(getattr(self.label.speech, self.role(channel)))


@dataclass
class Figures:
    """What came of one condition."""

    f1: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    false_s: float = 0.0
    missed_s: float = 0.0


def main() -> None:
    """Lay each noise over each call and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--calls", type=Path, nargs="+", default=[], help=f"further folders of *{DUAL} with labels"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    calls = [
        read(path) for folder in (ROOT / "samples", *given.calls) for path in sorted(folder.glob(f"*{DUAL}"))
    ]
    found = {
        f"{kind} {snr_db}" if snr_db else kind: measured(calls, kind, snr_db) for kind, snr_db in CONDITIONS
    }
    rows = {
        name: {
            "F1 mean": fmean(one.f1),
            "worst": min(one.f1),
            "ratio error mean": fmean(one.ratio),
            "worst ratio error": max(one.ratio),
            "s false": one.false_s,
            "s missed": one.missed_s,
        }
        for name, one in found.items()
    }
    if given.json:
        print(json.dumps(rows, indent=1))
        return
    print(f"{len(calls)} calls; noise and how many dB it lies below the speech")
    print(f"{'':<12} F1 mean  worst   ratio error mean  worst   s false  s missed")
    for name, row in rows.items():
        mean, worst, ratio, most, false_s, missed_s = row.values()
        print(f"{name:<12} {mean:7.3f} {worst:6.3f} {ratio:18.3f} {most:6.3f} {false_s:9.1f} {missed_s:9.1f}")


def read(path: Path) -> Call:
    """Decode a call."""
    name = path.name.removesuffix(DUAL)
    with open_recording(path) as recording:
        samples = np.stack([recording.read(channel) / 32768 for channel in (0, 1)])
    return Call(name, samples, load_label(path.with_name(f"{name}.truth.json")))


def measured(calls: list[Call], kind: str, snr_db: float) -> Figures:
    """Detect the speech of all calls under one noise."""
    figures = Figures()
    for call in calls:
        spoken: dict[str, tuple[float, float]] = {}
        with Recording.from_samples(noisy(call, calls, kind, snr_db)) as recording:
            found = detect_speech(recording)
        for channel, heard in enumerate(found.channels):
            true, own = joined(call.speech(channel)), heard.spans.bridged(0.3)
            tally = frame_confusion(true, own)
            figures.f1.append(f1(tally) or 0.0)
            figures.false_s += tally.parts["fp"] / 100
            figures.missed_s += tally.parts["fn"] / 100
            spoken[call.role(channel)] = (own.duration_s, true.duration_s)
        ours, theirs = (share([spoken[role][k] for role in ("agent", "customer")]) for k in (0, 1))
        figures.ratio.append(abs(ours - theirs))
    return figures


def share(both_s: list[float]) -> float:
    """Return the first of two as a share of their sum."""
    return both_s[0] / max(sum(both_s), 1e-9)


def noisy(call: Call, calls: list[Call], kind: str, snr_db: float) -> np.ndarray:
    """Return the samples with noise on both channels."""
    if kind == "none":
        return call.samples
    out = call.samples.copy()
    for channel in (0, 1):
        rng = np.random.default_rng([zlib.crc32(f"{call.name} {kind}".encode()), channel])
        others = [other for other in calls if other.name != call.name]
        if kind == "echo":
            made = echo(call.samples[1 - channel], rng)
        elif kind in VOICES:
            made = VOICES[kind](others, out.shape[1], rng)
        else:
            made = NOISES[kind](out.shape[1], rng)
        made = band(made, LOW_HZ, HIGH_HZ)
        said = np.concatenate(
            [call.samples[channel, int(a * RATE_HZ) : int(b * RATE_HZ)] for a, b in call.speech(channel)]
        )
        out[channel] += made * rms(said) / rms(made) * 10 ** (-snr_db / 20)
    return np.clip(out, -1, 1)


# -- noises -----------------------------------------------------------------------------------------


def rms(samples: np.ndarray) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.mean(samples**2))) + 1e-12


def whole_s(n: int) -> int:
    """Return a length in whole seconds, which a Fourier transform takes quickly."""
    return -(-n // RATE_HZ) * RATE_HZ


def band(samples: np.ndarray, low_hz: float, high_hz: float) -> np.ndarray:
    """Keep a band."""
    size = whole_s(len(samples))
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    spectrum = np.fft.rfft(samples, size)
    return np.fft.irfft(spectrum * ((hz >= low_hz) & (hz <= high_hz)), size)[: len(samples)]


def tilted(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return noise that falls by 6 dB an octave, of unit level."""
    size = whole_s(n)
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    made = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) / np.maximum(hz, 200.0), size)[:n]
    return made / rms(made)


def swells(
    n: int, rng: np.random.Generator, every_s: tuple[float, float], wide_s: tuple[float, float]
) -> np.ndarray:
    """Return a level that rises now and then, in bells of other heights and widths."""
    t = np.arange(n) / RATE_HZ
    level, at_s = np.zeros(n), rng.uniform(1, 6)
    while at_s < n / RATE_HZ:
        level += rng.uniform(0.6, 2.0) * np.exp(-(((t - at_s) / rng.uniform(*wide_s)) ** 2))
        at_s += rng.uniform(*every_s)
    return level


def line(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return even noise."""
    return tilted(n, rng)


def street(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return a low rumble, in which cars that sound brighter pass by."""
    rumble = band(tilted(n, rng), 0, 700)
    return rumble / rms(rumble) + 0.25 * tilted(n, rng) + swells(n, rng, (5, 14), (0.8, 2.5)) * tilted(n, rng)


def gusts(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return wind in the microphone."""
    low = band(tilted(n, rng), 0, 500)
    return low / rms(low) * (0.3 + swells(n, rng, (2, 7), (0.3, 1.5)))


def lorries(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return a quiet line on which noise of some band comes and goes."""
    low_hz = rng.uniform(250, 900)
    own = band(tilted(n, rng), low_hz, low_hz * rng.uniform(2.5, 6))
    return 0.2 * tilted(n, rng) + own / rms(own) * swells(n, rng, (4, 12), (0.5, 3))


def room(calls: list[Call], n: int, rng: np.random.Generator) -> np.ndarray:
    """Return six voices of other calls at once."""
    made = np.zeros(n)
    for _ in range(6):
        voice = calls[rng.integers(len(calls))].samples[rng.integers(2)]
        made += np.resize(np.roll(voice, rng.integers(len(voice))), n) / rms(voice)
    return made


def colleague(calls: list[Call], n: int, rng: np.random.Generator) -> np.ndarray:
    """Return one voice of another call, its pauses left out."""
    call, channel = calls[rng.integers(len(calls))], int(rng.integers(2))
    spans = [(int(a * RATE_HZ), int(b * RATE_HZ)) for a, b in call.speech(channel)]
    voice = np.concatenate([call.samples[channel, start:stop] for start, stop in spans])
    return np.resize(np.roll(voice, rng.integers(len(voice))), n)


def echo(voice: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a voice as a room gives it back: late, and dying away."""
    t = np.arange(RATE_HZ // 4)
    way = np.concatenate(
        [np.zeros(RATE_HZ // 5), rng.standard_normal(len(t)) * np.exp(-t / (0.06 * RATE_HZ))]
    )
    size = whole_s(len(voice) + len(way))
    return np.fft.irfft(np.fft.rfft(voice, size) * np.fft.rfft(way, size), size)[: len(voice)]


VOICES = {"room": room, "colleague": colleague}
NOISES = {"line": line, "street": street, "gusts": gusts, "lorries": lorries}


if __name__ == "__main__":
    main()
