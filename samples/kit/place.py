"""Speak each line, cut and pause it where its marks say, and place all lines of a call on one clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin, oaconvolve, resample_poly

from kit.align import boundary, frame_db, full_voice, inside_word, quiet_point, speech_frames
from kit.dialogue import Dialogue, Line, Mark, Sound
from kit.voices import RATE, Audio, speak

OUT_RATE = 8000
FRAME = OUT_RATE // 100  # 10 ms
JOIN_S = 0.3
BAND = (300.0, 3400.0)
Span = tuple[float, float]
Signal = NDArray[np.float64]


@dataclass
class Placed:
    """A line with its sound (8 kHz, from its first to its last frame of speech) and its place."""

    line: Line
    audio: Audio
    pieces: list[Span]  # speech inside, relative to the start
    anchors: dict[str, float]
    start: float = 0.0

    @property
    def end(self) -> float:
        """End of the last speech of the line."""
        return self.start + self.pieces[-1][1]

    @property
    def speech(self) -> list[Span]:
        """Spans of speech on the call's clock."""
        return [(self.start + a, self.start + b) for a, b in self.pieces]


@dataclass
class PlacedSound:
    """A non-speech sound and its place."""

    sound: Sound
    start: float
    end: float


@dataclass
class Stage:
    """Everything of a call on one clock."""

    dialogue: Dialogue
    lines: list[Placed] = field(default_factory=list)
    sounds: list[PlacedSound] = field(default_factory=list)
    duration: float = 0.0


def telephone_band(x: Signal) -> Signal:
    """300–3400 Hz, linear phase, no delay."""
    taps = firwin(257, BAND, fs=OUT_RATE, pass_zero=False)
    return np.asarray(oaconvolve(x, taps, mode="same"))


def _fade(audio: Audio, seconds_in: float, seconds_out: float, rate: int = RATE) -> Audio:
    out = audio.copy()
    head, tail = min(len(out), int(seconds_in * rate)), min(len(out), int(seconds_out * rate))
    if head:
        out[:head] *= np.linspace(0, 1, head, dtype=np.float32)
    if tail:
        out[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return out


def _trim(audio: Audio, loud: Audio) -> tuple[Audio, int]:
    """Cut silence off both ends, judged against the loudness of the whole line; also the offset."""
    hop = RATE // 100
    whole = frame_db(loud, hop)
    active = frame_db(audio, hop) > max(float(np.percentile(whole, 95)) - 38.0, -62.0)
    frames = np.flatnonzero(active)
    if not len(frames):
        return audio[:0], 0
    first, last = int(frames[0]) * hop, (int(frames[-1]) + 1) * hop
    return audio[first:last], first


def _mark_time(line: Line, mark: Mark, voice: str, whole: Audio) -> float:
    if mark.kind == "cut" and line.stop:
        first = _trim(whole, whole)[1] / RATE
        return full_voice(whole, first + line.stop, window=0.05)
    if mark.kind == "cut":
        return full_voice(whole, inside_word(line.text, mark.char, voice, line.speed))
    at = boundary(line.text, mark.char, voice, line.speed)
    return at if mark.kind == "anchor" else quiet_point(whole, at)


def perform(line: Line, voice: str) -> Placed:
    """Speak a line as its marks say: with pauses put in, anchors located, cut where it is cut."""
    whole = speak(line.text, voice, line.speed)
    times = [(_mark_time(line, mark, voice, whole), mark) for mark in line.marks]
    end_mark = line.end_mark
    stop = next((t for t, m in times if m is end_mark), len(whole) / RATE)
    cuts = [0.0, *(t for t, m in times if m.kind == "pause"), stop]
    pauses = [m.seconds for _, m in times if m.kind == "pause"]
    out: list[Audio] = []
    anchors: dict[str, float] = {}
    length = 0
    for n, (a, b) in enumerate(pairwise(cuts)):
        part, offset = _trim(whole[int(a * RATE) : int(b * RATE)], whole)
        cut_here = end_mark is not None and end_mark.kind == "cut" and n == len(pauses)
        part = _fade(part, 0.006, 0.02 if cut_here else 0.012)
        for t, mark in times:
            if mark.kind == "anchor" and a <= t <= b:
                anchors[mark.name] = max(0.0, length / RATE + t - a - offset / RATE)
        out.append(part)
        length += len(part)
        if n < len(pauses):
            out.append(np.zeros(int(pauses[n] * RATE), dtype=np.float32))
            length += len(out[-1])
    audio = np.asarray(resample_poly(np.concatenate(out), 1, 3), dtype=np.float32)
    audio *= np.float32(10 ** (line.gain_db / 20))
    return _edges(line, audio, anchors)


def _edges(line: Line, audio: Audio, anchors: dict[str, float]) -> Placed:
    """Speech pieces of a finished line, to 10 ms, from its clean energy in the telephone band."""
    padded = np.concatenate([audio, np.zeros(FRAME, dtype=np.float32)]).astype(np.float64)
    active = speech_frames(frame_db(telephone_band(padded), FRAME))
    edges = np.flatnonzero(np.diff(np.r_[0, active.astype(np.int8), 0])) / 100
    pieces = list(zip(edges[::2], edges[1::2], strict=True))
    first = float(pieces[0][0])
    audio = audio[round(first * OUT_RATE) :]
    moved = [(round(float(a) - first, 2), round(float(b) - first, 2)) for a, b in pieces]
    return Placed(line, audio, moved, {k: v - first for k, v in anchors.items()})


def _anchor(stage: Stage, line: Line) -> float:
    for placed in reversed(stage.lines):
        if line.at in placed.anchors and (not line.of or placed.line.id == line.of):
            return placed.start + placed.anchors[line.at]
    raise ValueError(f"{stage.dialogue.call_id}: no anchor {line.at!r} before {line.text!r}")


def stage_call(dialogue: Dialogue) -> Stage:
    """Place all lines of a call."""
    stage = Stage(dialogue)
    clock = dialogue.lead_s  # the latest end so far of anything but a backchannel
    previous: Placed | None = None
    for item in dialogue.items:
        if isinstance(item, Sound):
            start = max(0.0, clock + item.gap)
            stage.sounds.append(PlacedSound(item, start, start + item.seconds))
            if item.kind == "hold":
                clock = start + item.seconds
            continue
        placed = perform(item, dialogue.voices[item.speaker])
        ref = next((p for p in stage.lines if item.ref and p.line.id == item.ref), previous)
        if item.at:
            start = _anchor(stage, item) + item.plus
        elif item.after_start is not None and ref is not None:
            start = ref.start + item.after_start
        else:
            base = ref.end if item.ref and ref is not None else clock
            start = base + (item.gap if item.gap is not None else 0.2)
        placed.start = round(start, 2)
        stage.lines.append(placed)
        if not item.backchannel:
            clock = max(clock, placed.end)
            previous = placed
    stage.lines.sort(key=lambda p: (p.start, p.end))
    last = max([p.end for p in stage.lines] + [s.end for s in stage.sounds])
    stage.duration = round(last + dialogue.tail_s, 2)
    return stage


def spans_of(stage: Stage, speaker: str, join: float = JOIN_S) -> list[Span]:
    """The speech of one party, pauses shorter than `join` bridged."""
    raw = sorted(s for p in stage.lines if p.line.speaker == speaker for s in p.speech)
    merged: list[Span] = []
    for start, end in raw:
        if merged and start - merged[-1][1] < join - 1e-9:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return [(round(a, 2), round(b, 2)) for a, b in merged]
