"""Flat tops: what clipping leaves behind, gathered at the file's own sampling rate.

It has to be seen before resampling, which turns flat tops into ripple. A flat top is a run of equal samples
between steep edges; a sine has none, however loud, so tones and music are not taken for clipping. The level
is found from the signal: G.711's largest code, a limiter or a later change of gain clip below full scale.
"""

from __future__ import annotations

import numpy as np

_BINS = 512
_RUN_S = 0.125e-3  # shortest flat top; never less than three samples
_EDGE_S = 0.125e-3
_EDGE = 0.92  # outside its edges a flat top has fallen to less than this share of its level
_FLAT = 0.002  # samples of a flat top differ by less than this share, at 8 kHz
_LSB = 1.5 / 32768
_RAIL = 32767 / 32768
_LOUD = 0.5  # flat tops count within 6 dB of the polarity's peak
_NEAR = 3  # bins around the clipping level
_FLAT_SHARE = 0.15  # of the samples at the clipping level, at least so many lie in flat tops
_MIN_FLAT = 6


class FlatTops:
    """Counts flat tops of one channel, block by block."""

    def __init__(self) -> None:
        self._all = np.zeros((2, _BINS), np.int64)  # by polarity and level
        self._flat = np.zeros((2, _BINS), np.int64)
        self._rail = 0
        self._peak = [0.0, 0.0]

    def take(self, block: np.ndarray, rate_hz: int) -> None:
        """Count one block.

        Parameters
        ----------
        block : numpy.ndarray
            Shape ``(n,)``; int16, or float between -1 and 1.
        rate_hz : int
            Its sampling rate.
        """
        if not len(block):
            return
        x = block / np.float32(32768) if block.dtype == np.int16 else block.astype(np.float32, copy=False)
        size = np.abs(x)
        self._rail += _at_rail(size, max(1, round(_EDGE_S * rate_hz)))
        for side, sign in enumerate((1, -1)):
            self._peak[side] = max(self._peak[side], float((x * sign).max()))
            loud = x[x * sign > 0.02]
            self._all[side] += np.bincount(_bins(loud), minlength=_BINS)
        self._take_runs(x, size, rate_hz)

    def clipped(self) -> int:
        """Return how many samples, at the file's rate, were clipped; 0 without clear flat tops."""
        found = 0
        for side in range(2):
            lowest = int(self._peak[side] * _LOUD * _BINS)
            flat = self._flat[side].copy()
            flat[:lowest] = 0
            if not flat.any():
                continue
            level = int(np.argmax(np.convolve(flat, np.ones(_NEAR, np.int64), "same")))
            at = slice(max(0, level - _NEAR), level + _NEAR + 1)
            flats, near = int(flat[at].sum()), int(self._all[side, at].sum())
            if flats >= max(_MIN_FLAT, _FLAT_SHARE * near):
                found += int(self._all[side, at.start :].sum())
        return max(found, self._rail)

    def _take_runs(self, x: np.ndarray, size: np.ndarray, rate_hz: int) -> None:
        tolerance = np.float32(_FLAT * 8000 / rate_hz)
        steps = max(2, round(_RUN_S * rate_hz))
        edge = max(1, round(_EDGE_S * rate_hz))
        floor = max(0.02, _LOUD * 0.5 * max(self._peak))
        flat = (np.abs(np.diff(x)) <= np.maximum(size[1:] * tolerance, _LSB)) & (size[1:] > floor)
        change = np.flatnonzero(np.diff(np.concatenate(([False], flat, [False]))))
        first, last = change[::2], change[1::2]  # of each run, as samples of x, both inclusive
        fits = (last - first >= steps) & (first >= edge) & (last < len(x) - edge)
        first, last = first[fits], last[fits]
        level = x[first]
        before, after = x[first - edge] / level, x[last + edge] / level
        steep = (np.minimum(before, after) < _EDGE) & (np.maximum(before, after) < 0.99)
        for side, sign in enumerate((1, -1)):
            mine = steep & (level * sign > 0)
            counts = (last - first + 1)[mine]
            self._flat[side] += np.bincount(_bins(level[mine]), counts, _BINS).astype(np.int64)


def _at_rail(size: np.ndarray, edge: int) -> int:
    """Count samples beyond full scale, and those in steep runs of two or more at full scale."""
    rail = size >= _RAIL
    if not rail.any():
        return 0
    change = np.flatnonzero(np.diff(np.concatenate(([False], rail, [False]))))
    first, stop = change[::2], change[1::2]
    before, after = size[np.maximum(first - edge, 0)], size[np.minimum(stop - 1 + edge, len(size) - 1)]
    runs = (stop - first > 1) & (np.minimum(before, after) < _EDGE)
    beyond = np.add.reduceat((size > 1.0).astype(np.int64), first)
    return int(np.where(runs, stop - first, beyond).sum())


def _bins(x: np.ndarray) -> np.ndarray:
    bins: np.ndarray = np.minimum((np.abs(x) * _BINS).astype(np.int64), _BINS - 1)
    return bins
