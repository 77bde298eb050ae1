"""Rates and ratios with their uncertainty. Pure; formulas and sources in docs/report.md.

All intervals are two-sided, at 95 % unless said otherwise. They say how far chance alone may have moved a
figure, with calls like these; they know nothing of calls that were never recorded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVEL = 0.95
SPREAD_MIN_CALLS = 5
"""From fewer calls their spread is not estimated: a ratio has no interval, that of events is not widened."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the figure may lie, given chance: `low` ≤ `high`."""

    low: float
    high: float


@lru_cache
def z_value(level: float = LEVEL) -> float:
    """Return the normal quantile of a two-sided interval: 1.96 for 95 %."""
    return NormalDist().inv_cdf((1 + level) / 2)


def t_value(freedom: int, level: float = LEVEL) -> float:
    """Return Student's quantile of a two-sided interval.

    Cornish–Fisher expansion (Abramowitz & Stegun 26.7.5): from 4 degrees of freedom on less than 0.2 % off.

    Raises
    ------
    ValueError
        Below 4 degrees of freedom.
    """
    if freedom < SPREAD_MIN_CALLS - 1:
        raise ValueError(f"the expansion needs 4 degrees of freedom, not {freedom}")
    z, v = z_value(level), float(freedom)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def wilson(passed: int, decided: int, level: float = LEVEL) -> Interval | None:
    """Return Wilson's score interval of a share; ``None`` of nothing.

    Wilson (1927); Brown, Cai & DasGupta, "Interval estimation for a binomial proportion" (2001).
    """
    if not 0 <= passed <= decided:
        raise ValueError(f"{passed} of {decided} is no share")
    if decided == 0:
        return None
    z = z_value(level)
    share, more = passed / decided, z * z / decided
    middle = (share + more / 2) / (1 + more)
    half = z / (1 + more) * math.sqrt(share * (1 - share) / decided + more / (4 * decided))
    low = 0.0 if passed == 0 else max(0.0, middle - half)
    high = 1.0 if passed == decided else min(1.0, middle + half)
    return Interval(low, high)


def difference(now: tuple[int, int], before: tuple[int, int], level: float = LEVEL) -> Interval | None:
    """Return the interval of a difference of two shares, each as (passed, decided).

    Newcombe's hybrid score interval (method 10), Statistics in Medicine 17 (1998).
    """
    one, other = wilson(*now, level), wilson(*before, level)
    if one is None or other is None:
        return None
    p, q = now[0] / now[1], before[0] / before[1]
    low = math.hypot(p - one.low, other.high - q)
    high = math.hypot(one.high - p, q - other.low)
    return Interval(p - q - low, p - q + high)


@dataclass(frozen=True, slots=True)
class PairSums:
    """Sums of two whole numbers per call, y and x, and of their squares: exact, and the same in any order."""

    calls: int = 0
    y: int = 0
    x: int = 0
    yy: int = 0
    xy: int = 0
    xx: int = 0

    @classmethod
    def of(cls, y: int, x: int) -> PairSums:
        """Return the sums of one call."""
        return cls(1, y, x, y * y, x * y, x * x)

    def __add__(self, other: PairSums) -> PairSums:
        return PairSums(
            self.calls + other.calls,
            self.y + other.y,
            self.x + other.x,
            self.yy + other.yy,
            self.xy + other.xy,
            self.xx + other.xx,
        )

    @property
    def ratio(self) -> float | None:
        """``Σy / Σx``: of the parts summed, never an average of ratios."""
        return self.y / self.x if self.x else None

    @property
    def spread(self) -> float | None:
        """``n / (n - 1) · Σ (y - R x)²``, the variance of Σy about R; ``None`` from few calls."""
        if self.x == 0 or self.calls < SPREAD_MIN_CALLS:
            return None
        # over a common denominator, in whole numbers: nothing is lost by cancellation
        squares = self.yy * self.x**2 - 2 * self.y * self.x * self.xy + self.y**2 * self.xx
        return max(0.0, squares / self.x**2) * self.calls / (self.calls - 1)


def ratio_interval(sums: PairSums, level: float = LEVEL) -> Interval | None:
    """Return the interval of ``Σy / Σx`` for a share of time, 0–1: calls are the units, not seconds.

    Linearised variance of a ratio of sums (Cochran, "Sampling Techniques", 6.4), Student's quantile.
    """
    ratio, spread = sums.ratio, sums.spread
    if ratio is None or spread is None:
        return None
    half = t_value(sums.calls - 1, level) * math.sqrt(spread) / sums.x
    return Interval(max(0.0, ratio - half), min(1.0, ratio + half))


def event_interval(sums: PairSums, level: float = LEVEL) -> Interval | None:
    """Return the interval of events per unit of x: Poisson's, wider where calls differ by more than chance.

    Byar's approximation (Breslow & Day II, 1987) of the Poisson interval, on counts divided by the dispersion
    ``spread / Σy`` if that is above 1.
    """
    if sums.x == 0:
        return None
    spread = sums.spread
    dispersion = max(1.0, spread / sums.y) if spread is not None and sums.y else 1.0
    z, count, exposure = z_value(level), sums.y / dispersion, sums.x / dispersion
    low = count * max(0.0, 1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    return Interval(low / exposure, high / exposure)


def share_ended(ended: Mapping[int, int], cut: Mapping[int, int]) -> list[tuple[int, float]]:
    """Return the share that has ended by each time: (time, share), ascending.

    Kaplan & Meier (1958): what was cut short lasted at least as long as it did, so it counts among those that
    went on until then, and is neither left out nor taken for its whole length.

    Parameters
    ----------
    ended, cut : mapping of int to int
        How many ended by themselves, or were cut short, by their length.
    """
    at_risk = sum(ended.values()) + sum(cut.values())
    going_on, found = 1.0, []
    for time in sorted(ended.keys() | cut.keys()):
        done = ended.get(time, 0)
        if done:
            going_on *= 1 - done / at_risk
            found.append((time, 1 - going_on))
        at_risk -= done + cut.get(time, 0)
    return found


def quantile(curve: list[tuple[int, float]], share: float) -> int | None:
    """Return the first time by which `share` has ended; ``None`` if that is never reached."""
    return next((time for time, ended in curve if ended >= share - 1e-12), None)
