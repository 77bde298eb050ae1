"""How figures are written for people. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline.plain import duration

if TYPE_CHECKING:
    from datetime import date

    from pipeline.report.team.figures import Figure
    from pipeline.report.team.rates import Interval

NBSP = "\u00a0"
NONE = "—"
HEARD_TITLE = "Heard to the end before solving"
ENDS = {
    "customer": "the customer had said it all",
    "interruption": "the agent cut it off",
    "solution": "the agent began to solve",
    "hold": "the customer was put on hold",
}


def percent(share: float | None) -> str:
    """Return "62 %"; of what is between 99.5 and 100, or 0 and 0.5, a bound, so that 100 % is all of them."""
    if share is None:
        return NONE
    if 0 < share < 0.005:
        return f"<{NBSP}1{NBSP}%"
    if 0.995 < share < 1:
        return f">{NBSP}99{NBSP}%"
    return f"{share * 100:.0f}{NBSP}%"


def percents(interval: Interval | None) -> str:
    """Return "57–67 %"."""
    if interval is None:
        return NONE
    low, high = f"{interval.low * 100:.0f}", f"{interval.high * 100:.0f}"
    return f"{low}–{high}{NBSP}%" if low != high else f"{low}{NBSP}%"


def number(value: float | None) -> str:
    """Return a rate of events: "2.4", from 20 on "31"."""
    if value is None:
        return NONE
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}"


def numbers(interval: Interval | None) -> str:
    """Return "1.9–3.0"."""
    return NONE if interval is None else f"{number(interval.low)}–{number(interval.high)}"


def count(value: float) -> str:
    """Return a whole number with its thousands apart: "12 480"."""
    return f"{round(value):,}".replace(",", "\u202f")


def counted(value: float, one: str, many: str = "") -> str:
    """Return "1 call", "12 calls"."""
    return f"{count(value)}{NBSP}{one if round(value) == 1 else many or one + 's'}"


def day(when: date | None, *, year: bool = True) -> str:
    """Return "3 Nov 2026"."""
    if when is None:
        return NONE
    return f"{when.day}{NBSP}{when:%b}" + (f"{NBSP}{when.year}" if year else "")


def days(first: date | None, last: date | None) -> str:
    """Return "3 Aug – 22 Nov 2026"."""
    if first is None or last is None:
        return "no dates"
    if first == last:
        return day(first)
    return f"{day(first, year=first.year != last.year)} – {day(last)}"


def length(ms: int | None, longest_ms: int = 0) -> str:
    """Return a length of time; what was never reached is longer than the longest."""
    return together(duration(ms / 1000) if ms is not None else f"more than {duration(longest_ms / 1000)}")


def hours(value: float) -> str:
    """Return "103 h", "9.8 h", "24 min 3 s"."""
    if value < 1:
        return together(duration(value * 3600))
    return f"{value:.1f}{NBSP}h" if value < 10 else f"{count(value)}{NBSP}h"


def together(text: str) -> str:
    """Keep numbers and units on one line."""
    return text.replace(" ", NBSP)


def passed_of(figure: Figure) -> str:
    """Return "12 of 20"."""
    passed, failed = figure.parts["pass"], figure.parts["fail"]
    return f"{count(passed)}{NBSP}of{NBSP}{count(passed + failed)}"


def unsure_of(figure: Figure) -> int:
    """Return how many calls, or events, the audio could not decide."""
    return round(figure.parts.get("unsure", 0))
