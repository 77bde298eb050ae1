"""Which audio goes to the recogniser: windows full of one channel's speech, and the exact way back.

The recogniser hears 30 s at a time, whatever is in it, so the stretches of speech of one channel are
laid one after the other. What separates them stays real audio: a short pause is kept whole, a long one
loses its middle and keeps its head and tail. A window ends in a pause; only a stretch longer than a
window is cut inside, at its quietest place.

Everything here counts samples, so a time inside a window maps to the recording without any rounding.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.timeline.spans import SpanSet

_WINDOW_COST = 1.0
_CUT_COST = 1.5  # of ending a window where there is no pause at all, against one window more
_SEARCH_SHARE = 1 / 3  # a stretch that is too long is cut in this last part of a window


@dataclass(frozen=True, slots=True)
class Packing:
    """How windows are filled.

    Parameters
    ----------
    rate_hz : int
        Samples per second of the recording and of the windows.
    window_s : float
        The longest window, in seconds; 30 s is all that Whisper hears.
    pause_kept_s : float
        The longest pause inside a window, in seconds; half of it pads the window's ends.
    """

    rate_hz: int = 16_000
    window_s: float = 30.0
    pause_kept_s: float = 0.8

    def __post_init__(self) -> None:
        if self.rate_hz <= 0 or self.pause_kept_s < 0 or self.window_s < 2 * self.pause_kept_s + 1:
            raise ValueError("a window must hold its pauses and at least one second more")

    @property
    def window(self) -> int:
        """The longest window, in samples."""
        return int(self.window_s * self.rate_hz)

    @property
    def pad(self) -> int:
        """Real audio kept on either side of a stretch, in samples."""
        return int(self.pause_kept_s * self.rate_hz / 2)


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples ``[start, stop)`` of the recording, laid into a window at its sample `at`."""

    start: int
    stop: int
    at: int

    @property
    def end_at(self) -> int:
        """The window's sample after the last one of this piece."""
        return self.at + self.stop - self.start


@dataclass(frozen=True, slots=True)
class Window:
    """Real audio of one channel, closed up: the pieces in order, each right after the one before.

    Parameters
    ----------
    channel : int
        The only channel that the audio is taken from.
    pieces : tuple of Piece
        At least one; disjoint and in order both in the recording and in the window.
    rate_hz : int
        Samples per second.
    """

    channel: int
    pieces: tuple[Piece, ...]
    rate_hz: int

    @property
    def n_samples(self) -> int:
        """Length in samples."""
        return self.pieces[-1].end_at

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.rate_hz

    def to_recording(self, time_s: float, *, end: bool = False) -> float:
        """Map a time of the window to the recording.

        Parameters
        ----------
        time_s : float
            Seconds from the start of the window; times outside are moved to its bounds.
        end : bool
            Whether this is the end of something: at a joint, an end belongs to the piece before,
            a start to the piece after.

        Returns
        -------
        float
            Seconds from the start of the recording, inside one of the pieces. Later times never map
            to earlier ones.
        """
        sample = min(max(time_s * self.rate_hz, 0.0), float(self.n_samples))
        index = bisect_right([piece.at for piece in self.pieces], sample) - 1
        if end and index > 0 and sample <= self.pieces[index].at:
            index -= 1
        piece = self.pieces[index]
        return (piece.start + (sample - piece.at)) / self.rate_hz


def plan_windows(
    channel: int,
    speech: SpanSet,
    n_samples: int,
    packing: Packing,
    quietest: Callable[[int, int], int] | None = None,
) -> tuple[Window, ...]:
    """Lay the speech of one channel into as few windows as its pauses allow.

    Parameters
    ----------
    channel : int
        The channel that the speech was found on.
    speech : SpanSet
        Where it may be speaking, in seconds; better too much than too little.
    n_samples : int
        Length of the recording, in samples; speech beyond it is ignored.
    packing : Packing
        How windows are filled.
    quietest : callable, optional
        Given ``(start, stop)`` in samples, the sample at which that audio is quietest. Asked only
        inside a stretch that is longer than a window; without it such a stretch is cut at the end
        of the range.

    Returns
    -------
    tuple of Window
        In order; every sample of the speech is in exactly one window, and no sample is in two.
    """
    stretches = _stretches(speech, n_samples, packing, quietest)
    if not stretches:
        return ()
    ends = _best_ends(stretches, n_samples, packing)
    windows = []
    first = 0
    for last in ends:
        windows.append(_window(channel, stretches, (first, last), n_samples, packing))
        first = last + 1
    return tuple(windows)


def _stretches(
    speech: SpanSet, n_samples: int, packing: Packing, quietest: Callable[[int, int], int] | None
) -> list[tuple[int, int]]:
    """Return the speech in samples, none longer than a window with its pads."""
    limit = packing.window - 2 * packing.pad
    parts: list[tuple[int, int]] = []
    for span in speech:
        start = round(span.start_s * packing.rate_hz)
        stop = min(round(span.end_s * packing.rate_hz), n_samples)
        while stop - start > limit:
            search = (start + limit - int(limit * _SEARCH_SHARE), start + limit)
            cut = quietest(*search) if quietest else search[1]
            cut = min(max(cut, search[0]), search[1])
            parts.append((start, cut))
            start = cut
        if stop > start:
            parts.append((start, stop))
    return parts


def _edge(stretches: Sequence[tuple[int, int]], index: int, n_samples: int, packing: Packing) -> int:
    """Return how far a window may reach into the pause after stretch `index` (-1: before the first)."""
    if index < 0:
        return min(packing.pad, stretches[0][0])
    if index == len(stretches) - 1:
        return min(packing.pad, n_samples - stretches[index][1])
    return min(packing.pad, (stretches[index + 1][0] - stretches[index][1]) // 2)


def _best_ends(stretches: Sequence[tuple[int, int]], n_samples: int, packing: Packing) -> list[int]:
    """Choose the last stretch of each window: few windows, and each ending in a real pause.

    The cheapest partition, found from the front (dynamic programming over the stretches).
    """
    count = len(stretches)
    best = [0.0] + [float("inf")] * count  # best[k]: the cost of the first k stretches
    back = [0] * (count + 1)
    for last in range(count):
        pause = stretches[last + 1][0] - stretches[last][1] if last + 1 < count else packing.window
        missing = max(0.0, 1.0 - pause / max(1, 2 * packing.pad))
        cost = _WINDOW_COST + _CUT_COST * missing
        inside = _edge(stretches, last, n_samples, packing)
        for first in range(last, -1, -1):
            inside += stretches[first][1] - stretches[first][0]
            if first < last:
                inside += min(stretches[first + 1][0] - stretches[first][1], 2 * packing.pad)
            if inside + _edge(stretches, first - 1, n_samples, packing) > packing.window and first < last:
                break
            if best[first] + cost < best[last + 1]:
                best[last + 1] = best[first] + cost
                back[last + 1] = first
    ends = []
    k = count
    while k > 0:
        ends.append(k - 1)
        k = back[k]
    return ends[::-1]


def _window(
    channel: int,
    stretches: Sequence[tuple[int, int]],
    chosen: tuple[int, int],
    n_samples: int,
    packing: Packing,
) -> Window:
    """Build the window of the stretches `chosen` = (first, last)."""
    first, last = chosen
    start = stretches[first][0] - _edge(stretches, first - 1, n_samples, packing)
    pieces: list[Piece] = []
    at = 0
    for index in range(first, last + 1):
        stop = stretches[index][1]
        if index < last:
            following = stretches[index + 1][0]
            if following - stop <= 2 * packing.pad:
                continue  # the pause stays whole: the piece runs on
            pieces.append(Piece(start, stop + packing.pad, at))
            at = pieces[-1].end_at
            start = following - packing.pad
        else:
            pieces.append(Piece(start, stop + _edge(stretches, last, n_samples, packing), at))
    return Window(channel, tuple(pieces), packing.rate_hz)
