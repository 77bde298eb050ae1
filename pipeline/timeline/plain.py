"""Times, lengths, shares and counts as people write them."""

from __future__ import annotations

import math


def rounded(value: float) -> float:
    """Return a number rounded to three decimals; most have no more, which is quicker seen than done."""
    thousandths = int(value * 1000 + 0.5) / 1000
    return thousandths if thousandths == value else round(value, 3)


def clock(time_s: float) -> str:
    """Return a point in time as ``m:ss``, from an hour on ``h:mm:ss``; cut, not rounded, as players do."""
    whole = int(max(0.0, time_s) + 1e-6)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(seconds: float) -> str:
    """Return a length as people say it: ``0.4 s``, ``41 s``, ``2 min 7 s``, ``1 h 2 min``."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def percent(share: float, limit: float | None = None) -> str:
    """Return a share as a percentage; with a decimal where rounding would hide its side of `limit`."""
    rounded = f"{share * 100:.0f} %"
    if limit is not None and rounded == f"{limit * 100:.0f} %" and not math.isclose(share, limit):
        exact = f"{share * 100:.1f} %"
        return exact if exact != f"{limit * 100:.1f} %" else rounded
    return rounded


def times(count: float) -> str:
    """Return how often: never, once, twice, ``3 times``."""
    return {0: "never", 1: "once", 2: "twice"}.get(round(count), f"{count:.0f} times")
