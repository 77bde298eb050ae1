"""What the channels of a recording hold, found from the signal: two parties, one mix twice, or one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipeline.audio.levels import FRAME_S, FrameLevels, frame_levels
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from pipeline.audio.recording import Recording

Kind = Literal["dual", "dual_mono", "mono"]

SIDES = ("left", "right")
SILENT_CHANNEL = "silent_channel"  # code of the note: one of two channels holds nothing

_EMPTY_DB = -75.0  # no line, not even an idle one, is quieter for long
_EMPTY_S = 0.2
_WINDOW = 16_384  # about 1 s
_MAX_LAG = 320  # 20 ms: channels of one mix are that close together
_LOUD_DB = 20.0  # windows this far below the loudest are left out
_ALIKE = 0.95  # correlation of two copies of one signal, also after lossy coding
_ALIKE_SHARE = 0.95
_MAX_GAIN_DB = 12.0  # a copy that is weaker than this is cross-talk
_GAIN_SPREAD_DB = 3.0
_LAG_SPREAD = 8
_MAX_WINDOWS = 300


@dataclass(frozen=True, slots=True)
class Layout:
    """Which channels to analyse, and as what.

    Parameters
    ----------
    kind : {"dual", "dual_mono", "mono"}
        ``dual``: one party per channel. ``dual_mono``: both channels hold the same mix. ``mono``: one channel
        holds all there is.
    channels : tuple of int
        The channels to analyse: two for ``dual``, else one.
    names : tuple of str
        Their names: ``("left", "right")``, or ``("mix",)``.
    reason : str
        What in the signal says so, in one sentence with numbers.
    warnings : tuple of Note
        ``silent_channel``, ``no_speech_channel``, ``silent_recording``, ``dual_mono``.
    """

    kind: Kind
    channels: tuple[int, ...]
    names: tuple[str, ...]
    reason: str
    warnings: tuple[Note, ...] = ()


def find_layout(recording: Recording, *, own_channels: bool = False) -> Layout:
    """Find what the channels hold, streaming.

    Two channels are ``dual_mono`` if, in nearly every window with signal, one is the other times a constant
    gain (within 12 dB) and with a constant delay (within 20 ms). Cross-talk is no such thing: its gain
    changes with who speaks, and it is weaker than that.

    Parameters
    ----------
    recording : Recording
        The call.
    own_channels : bool
        Whether it is known that the parties have a channel each: where one of two channels is silent, that
        party is silent. Else the other channel may hold the whole call, or one party of it: it is ``mono``.
    """
    levels = [frame_levels(recording, channel) for channel in range(recording.channels)]
    empty = [_is_empty(level) for level in levels]
    if all(empty):
        note = Note("silent_recording", "The recording holds no sound at all.")
        return _layout(recording.channels == 2, 0, "no channel holds any signal", (note,))
    if recording.channels == 1:
        return _layout(False, 0, "the file has one channel")
    if any(empty):
        side = SIDES[empty.index(True)]
        if own_channels:
            note = Note(SILENT_CHANNEL, f"The {side} channel is silent: nothing is heard of that party.")
            return _layout(True, 0, f"the {side} channel is silent", (note,))
        note = Note(
            SILENT_CHANNEL,
            f"The {side} channel is silent. Whether the other one holds the whole call or one party only "
            "can't be told, so nobody is judged. Give --agent-channel if each party has a channel, "
            "--agent-speaker if both are on this one.",
        )
        return _layout(False, empty.index(False), f"the {side} channel is silent", (note,))
    same = _sameness(recording, levels)
    if same is not None:
        gain_db, lag_s = same
        louder = 1 if gain_db > 0.5 else 0
        how = f"gain {gain_db:+.1f} dB, delay {lag_s * 1000:+.1f} ms"
        note = Note("dual_mono", f"Both channels hold the same sound ({how}), so the parties are not apart.")
        return Layout("dual_mono", (louder,), ("mix",), f"both channels hold the same sound ({how})", (note,))
    notes = tuple(
        Note("no_speech_channel", f"The {side} channel holds only a steady background and no speech.")
        for side, level in zip(SIDES, levels, strict=True)
        if level.steady
    )
    return _layout(True, 0, "the two channels hold different sounds", notes)


def _layout(dual: bool, channel: int, reason: str, warnings: tuple[Note, ...] = ()) -> Layout:
    if dual:
        return Layout("dual", (0, 1), SIDES, reason, warnings)
    return Layout("mono", (channel,), ("mix",), reason, warnings)


def _is_empty(levels: FrameLevels) -> bool:
    heard = np.count_nonzero(levels.level_db > _EMPTY_DB)
    return bool(heard * FRAME_S < max(_EMPTY_S, 0.001 * len(levels.level_db) * FRAME_S))


def _sameness(recording: Recording, levels: list[FrameLevels]) -> tuple[float, float] | None:
    """Return gain (right over left, dB) and delay (seconds) if the channels are copies, else ``None``."""
    starts = _windows(recording, levels)
    rows: list[tuple[float, float, float]] = []
    different = 0
    for start in starts:
        rows.append(_compare(*(recording.read(channel, start, start + _WINDOW) for channel in (0, 1))))
        different += rows[-1][0] < _ALIKE
        if different > (1 - _ALIKE_SHARE) * len(starts):
            return None
    if not rows:
        return None
    alike, gain_db, lag = np.array(rows).T
    gain, delay = float(np.median(gain_db)), float(np.median(lag))
    fits = (
        (alike >= _ALIKE) & (np.abs(gain_db - gain) <= _GAIN_SPREAD_DB) & (np.abs(lag - delay) <= _LAG_SPREAD)
    )
    if abs(gain) > _MAX_GAIN_DB or fits.mean() < _ALIKE_SHARE:
        return None
    return gain, delay / recording.rate_hz


def _windows(recording: Recording, levels: list[FrameLevels]) -> list[int]:
    """Return the starts of the windows with signal in either channel, spread over long calls."""
    frame = round(FRAME_S * recording.rate_hz)
    count = min(len(level.level_db) for level in levels)
    power = np.max([10 ** (level.level_db[:count] / 10) for level in levels], axis=0)
    per_window = _WINDOW // frame
    if count < per_window:
        return [0] if count else []
    windows = power[: count // per_window * per_window].reshape(-1, per_window).mean(axis=1)
    loud = np.flatnonzero(windows >= np.quantile(windows, 0.98) / 10 ** (_LOUD_DB / 10))
    if len(loud) > _MAX_WINDOWS:
        loud = loud[np.linspace(0, len(loud) - 1, _MAX_WINDOWS).astype(int)]
    return [int(window) * per_window * frame for window in loud]


def _compare(left: np.ndarray, right: np.ndarray) -> tuple[float, float, float]:
    """Return the best correlation within the lags, gain (dB) and lag (samples) of right over left."""
    a = left.astype(np.float32) - np.float32(left.mean())
    b = right.astype(np.float32) - np.float32(right.mean())
    power_a, power_b = float(a @ a), float(b @ b)
    if power_a == 0 or power_b == 0:
        return 0.0, 0.0, 0.0
    size = 2 * len(a)
    cross = np.fft.irfft(np.conj(np.fft.rfft(a, size)) * np.fft.rfft(b, size), size)
    near = np.concatenate([cross[-_MAX_LAG:], cross[: _MAX_LAG + 1]])
    best = int(np.argmax(np.abs(near)))
    alike = abs(float(near[best])) / np.sqrt(power_a * power_b)
    return float(alike), float(10 * np.log10(power_b / power_a)), float(best - _MAX_LAG)
