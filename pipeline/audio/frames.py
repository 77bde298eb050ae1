"""Decoded frames on their way to the writer: to floats, at the times that a player shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.audio.container import clock
from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span

if TYPE_CHECKING:
    from pipeline.audio.writer import RecordingWriter

_BLOCK_S = 2.0
_AFTER_ERROR_S = 0.002
_ZEROS_S = 30.0


class FrameFeed:
    """Collects frames into blocks for the writer; keeps time stamps true; remembers what was odd.

    Parameters
    ----------
    writer : RecordingWriter
        Where the samples go.
    origin_s : float
        The time stamp that counts as the recording's start.
    gap_s : float
        Time stamps that jump ahead by more than this are filled with zeros.
    filled_until_s : float
        No zeros beyond this time, in seconds from the start.
    """

    def __init__(self, writer: RecordingWriter, origin_s: float, gap_s: float, filled_until_s: float) -> None:
        self._writer = writer
        self._origin_s = origin_s
        self._gap_s = gap_s
        self._filled_until_s = filled_until_s
        self._blocks: list[np.ndarray] = []
        self._pending = 0
        self._rate_hz = 0
        self._first_s: float | None = None
        self._gaps: list[tuple[float, float]] = []
        self._leaps: list[float] = []
        self._changes: list[Note] = []

    @property
    def position_s(self) -> float:
        """Where the next sample goes, in seconds from the start."""
        return self._writer.taken_s + (self._pending / self._rate_hz if self._rate_hz else 0.0)

    @property
    def decoded_s(self) -> float:
        """Length from the first decoded sample to the last, in seconds."""
        return self.position_s - (self._first_s or 0.0)

    def take(self, frame: Any, after_error: bool = False) -> None:
        """Append one frame.

        Parameters
        ----------
        frame : av.AudioFrame
            With one or two channels.
        after_error : bool
            Whether something before it could not be decoded: then even a small gap is one.
        """
        self._follow_format(frame)
        if (stamp_s := frame.time) is not None:
            self._follow_time(stamp_s, after_error)
        if self._first_s is None:
            self._first_s = self.position_s
        block = _samples(frame)
        if block.shape[1] < self._writer.channels:  # one channel now: both hear it
            block = np.repeat(block, self._writer.channels, axis=1)
        self._push(block)

    def finish(self) -> None:
        """Hand over what is left."""
        if self._blocks:
            block = self._blocks[0] if len(self._blocks) == 1 else np.concatenate(self._blocks)
            self._blocks, self._pending = [], 0
            self._writer.write(block, self._rate_hz)

    def notes(self) -> list[Note]:
        """Return what was odd: gaps filled, clocks set back, changes of format."""
        notes = list(self._changes)
        if self._gaps:
            total_s = sum(end - start for start, end in self._gaps)
            where = Span(*max(self._gaps, key=lambda gap: gap[1] - gap[0]))
            places = "1 place" if len(self._gaps) == 1 else f"{len(self._gaps)} places"
            text = f"The file has no audio in {places}, {total_s:.1f} s in all; silence stands there."
            notes.append(Note("audio_gap", text, where))
        if self._leaps:
            text = f"The file's time stamps leap {len(self._leaps)} times; the audio is taken as one piece."
            notes.append(Note("time_leap", text.replace("1 times", "once")))
        return notes

    def _follow_format(self, frame: Any) -> None:
        channels = len(frame.layout.channels)
        if self._rate_hz and frame.sample_rate != self._rate_hz:
            self._note_change("sampling rate", f"{self._rate_hz} Hz", f"{frame.sample_rate} Hz")
            self.finish()
        self._rate_hz = frame.sample_rate
        if channels > self._writer.channels:
            self._note_change("number of channels", "1", "2")
            self.finish()
            self._writer.widen()

    def _note_change(self, what: str, before: str, after: str) -> None:
        text = f"The {what} changes from {before} to {after} at {clock(self.position_s)}."
        self._changes.append(Note("format_change", text))

    def _follow_time(self, stamp_s: float, after_error: bool) -> None:
        position_s = self.position_s
        ahead_s = stamp_s - self._origin_s - position_s
        if ahead_s > (min(_AFTER_ERROR_S, self._gap_s) if after_error else self._gap_s):
            if position_s + ahead_s <= self._filled_until_s:
                self._gaps.append((position_s, position_s + ahead_s))
                self._fill(round(ahead_s * self._rate_hz))
                return
        elif ahead_s >= -self._gap_s:
            return
        self._leaps.append(position_s)
        self._origin_s += ahead_s

    def _fill(self, n_samples: int) -> None:
        step = round(_ZEROS_S * self._rate_hz)
        for start in range(0, n_samples, step):
            self._push(np.zeros((min(step, n_samples - start), self._writer.channels), np.float32))

    def _push(self, block: np.ndarray) -> None:
        if self._blocks and block.dtype != self._blocks[0].dtype:
            self.finish()
        self._blocks.append(block)
        self._pending += len(block)
        if self._pending >= _BLOCK_S * self._rate_hz:
            self.finish()


def _samples(frame: Any) -> np.ndarray:
    """Return a frame's samples, shape ``(n, channels)``: int16 as it is, all else as float32 in [-1, 1]."""
    import av

    if frame.format.name not in av.audio.frame.format_dtypes:  # 64-bit integers
        (frame,) = av.AudioResampler(format="dbl").resample(frame)
    channels = len(frame.layout.channels)
    raw = frame.to_ndarray()
    block: np.ndarray = raw.T if frame.format.is_planar else raw.reshape(-1, channels)
    if block.dtype == np.int16:
        return block
    if block.dtype == np.int32:
        return (block / 2147483648.0).astype(np.float32)
    if block.dtype == np.uint8:
        return (block.astype(np.float32) - 128.0) / np.float32(128.0)
    return block.astype(np.float32, copy=False)
