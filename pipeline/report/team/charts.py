"""The report's charts as SVG, drawn here so that the page needs no script.

Places along a chart are percentages of its width and heights are pixels, so that charts fill the room there
is and their text keeps its size. Colours are the style sheet's, by class. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from pipeline.report.team import words as say
from pipeline.report.team.rates import z_value
from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pipeline.report.team.figures import Figure, Group, Person, Point, Vents
    from pipeline.report.team.rates import Interval

    Write = Callable[[float | None], str]
    Pick = Callable[[Group], Figure]

_STRIP = 22
_TREND = 150
_MINI = 58
_PLOT = 190
_FUNNEL_LEVELS = ((0.95, "inner"), (0.998, "outer"))
_FUNNEL_STEPS = 48
_LABELS_MAX = 5
_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600)  # s
_TIMES_MAX = 6
_STEPS_MAX = 240


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 to `top`; `write` says a value for people, `ticks` are where lines are drawn.

    Parameters
    ----------
    top : float
        > 0.
    write : callable
    ticks : tuple of float
    target : Interval, optional
        Drawn as a band behind.
    """

    top: float
    write: Write
    ticks: tuple[float, ...] = ()
    target: Interval | None = None

    def share(self, value: float) -> float:
        """Return where a value stands, 0–1; beyond the scale at its edge."""
        return min(1.0, max(0.0, value / self.top))


def share_scale(target: Interval | None = None) -> Scale:
    """Return the scale of shares: always from 0 to 100 %."""
    return Scale(1.0, say.percent, (0.0, 0.5, 1.0), target)


def event_scale(values: Sequence[float]) -> Scale:
    """Return a scale from 0 to a round number that holds the values."""
    most = max((*values, 1.0))
    step = 10 ** math.floor(math.log10(most))
    top = next(k * step for k in (1, 2, 4, 5, 10) if k * step >= most)
    return Scale(float(top), say.number, (0.0, top / 2, float(top)))


# --- one figure


def strip(figure: Figure, scale: Scale, band: Interval | None = None) -> Markup:
    """Draw a figure with its interval on a line; the numbers stand beside it.

    Parameters
    ----------
    figure : Figure
    scale : Scale
    band : Interval, optional
        Everybody's interval, drawn behind.
    """
    middle = _STRIP / 2
    parts = [_line(0, 1, middle, middle, "track")]
    if scale.target is not None:
        parts.insert(
            0, _rect(scale.share(scale.target.low), scale.share(scale.target.high), 0, _STRIP, "target")
        )
    if band is not None:
        parts.insert(0, _rect(scale.share(band.low), scale.share(band.high), 1, _STRIP - 2, "band"))
    if figure.possible is not None:
        low, high = scale.share(figure.possible.low), scale.share(figure.possible.high)
        parts.append(_line(low, high, middle + 7, middle + 7, "possible"))
    if figure.interval is not None:
        low, high = scale.share(figure.interval.low), scale.share(figure.interval.high)
        parts.append(_line(low, high, middle, middle, "whisker"))
    if figure.value is not None:
        parts.append(_dot(scale.share(figure.value), middle, 4.5, "dot"))
    return _svg(parts, _STRIP, "strip")


# --- over time


def trend(
    points: Sequence[Point], pick: Pick, scale: Scale, label: str, behind: Sequence[Point] = ()
) -> Markup:
    """Draw a figure over time: dots with their intervals, below them how many calls each rests on.

    Parameters
    ----------
    points : sequence of Point
    pick : callable
        The figure of a point's group.
    scale : Scale
    label : str
    behind : sequence of Point, optional
        Everybody's points, drawn as a band.
    """
    top, bottom, bars = 14, 108, 132
    parts = [*_band(behind, pick, scale, (top, bottom)), *_grid(scale, top, bottom)]
    most = max((one.group.calls for one in points), default=0) or 1
    found = list(_placed(points, pick))
    for (x, one), (x2, other) in pairwise(found):
        if one.value is not None and other.value is not None:
            y, y2 = (_y(scale, value, top, bottom) for value in (one.value, other.value))
            parts.append(_line(x, x2, y, y2, "join"))
    for x, figure in found:
        parts += _whisker(figure, scale, x, (top, bottom), 3.5)
    for k, point in enumerate(points):
        height = 14 * point.group.calls / most
        parts.append(_rect((k + 0.2) / len(points), (k + 0.8) / len(points), bars - height, height, "calls"))
    parts += _dates(points, _TREND - 4)
    return _svg(parts, _TREND, "trend", label)


def mini(points: Sequence[Point], everybody: Sequence[Point], pick: Pick, scale: Scale, label: str) -> Markup:
    """Draw one agent's figure over time, everybody's interval behind."""
    top, bottom = 5, _MINI - 5
    parts = [_line(0, 1, y, y, "grid") for y in (top, bottom)]
    parts += _band(everybody, pick, scale, (top, bottom))
    for x, figure in _placed(points, pick):
        parts += _whisker(figure, scale, x, (top, bottom), 3)
    return _svg(parts, _MINI, "mini", label)


def _band(points: Sequence[Point], pick: Pick, scale: Scale, between: tuple[float, float]) -> Iterator[str]:
    for k, point in enumerate(points):
        interval = pick(point.group).interval
        if interval is not None:
            high, low = (_y(scale, one, *between) for one in (interval.high, interval.low))
            yield _rect(k / len(points), (k + 1) / len(points), high, max(1.0, low - high), "band")


def _placed(points: Sequence[Point], pick: Pick) -> Iterator[tuple[float, Figure]]:
    for k, point in enumerate(points):
        yield (k + 0.5) / len(points), pick(point.group)


def _whisker(
    figure: Figure, scale: Scale, x: float, between: tuple[float, float], radius: float
) -> Iterator[str]:
    if figure.interval is not None:
        low, high = (_y(scale, one, *between) for one in (figure.interval.low, figure.interval.high))
        yield _line(x, x, low, high, "whisker")
    if figure.value is not None:
        yield _dot(x, _y(scale, figure.value, *between), radius, "dot")


def _dates(points: Sequence[Point], y: float) -> Iterator[str]:
    """Yield the first days of some points, equally far apart, the first and the last among them."""
    count = len(points)
    most = _LABELS_MAX if count < 8 else 3
    last = count - 1
    step = next((step for step in range(1, count) if last % step == 0 and last // step < most), 1)
    for at in range(0, count, step):
        anchor = "start" if at == 0 else "end" if at == count - 1 else "middle"
        x = {"start": at / count, "end": (at + 1) / count, "middle": (at + 0.5) / count}[anchor]
        yield _text(x, y, say.day(points[at].first, year=False), anchor)


# --- distributions


def histogram(bins: Sequence[int], scale: Scale, figure: Figure, label: str) -> Markup:
    """Draw how many calls have which share, with the target behind and the share of all calls together."""
    top, bottom = 22, _PLOT - 20
    most = max((*bins, 1))
    parts = []
    if scale.target is not None:
        parts.append(_rect(scale.target.low, scale.target.high, top - 4, bottom - top + 4, "target"))
    for k, calls in enumerate(bins):
        height = (bottom - top) * calls / most
        if calls:
            x, x2 = (k + 0.06) / len(bins), (k + 0.94) / len(bins)
            parts.append(_rect(x, x2, bottom - height, height, "bar"))
    parts.append(_line(0, 1, bottom, bottom, "axis"))
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_text(share, _PLOT - 4, say.percent(share), _anchor(share)))
    if figure.value is not None:
        parts.append(_line(figure.value, figure.value, top - 6, bottom, "mark"))
        parts.append(
            _text(figure.value, 11, f"all: {say.percent(figure.value)}", _anchor(figure.value), "strong")
        )
    return _svg(parts, _PLOT, "histogram", label)


def vent_curve(vents: Vents, label: str) -> Markup:
    """Draw the share of customers that have said it all, by time."""
    top, bottom = 14, _PLOT - 20
    scale = share_scale()
    end = max((ms for ms, _ in vents.curve), default=0) / 1000 * 1.02 or 1.0
    parts = [*_grid(scale, top, bottom)]
    before_x, before = 0.0, _y(scale, 0.0, top, bottom)
    for at, share in _thinned(vents.curve, end):
        y = _y(scale, share, top, bottom)
        parts += [_line(before_x, at, before, before, "step"), _line(at, at, before, y, "step")]
        before_x, before = at, y
    half = vents.quantiles.get(0.5)
    if half is not None:
        x, y = half / 1000 / end, _y(scale, 0.5, top, bottom)
        parts += [_line(x, x, y, bottom, "mark"), _dot(x, y, 4.5, "dot")]
        left = x < 0.7
        told = f"half by {say.length(half)}"
        parts.append(_text(x + (0.02 if left else -0.02), y + 18, told, "start" if left else "end", "strong"))
    step = next((one for one in _TIME_STEPS if end / one <= _TIMES_MAX), end / _TIMES_MAX)
    for k in range(int(end / step) + 1):
        share = k * step / end
        parts.append(_text(share, _PLOT - 4, clock(k * step), _anchor(share)))
    return _svg(parts, _PLOT, "curve", label)


def _thinned(curve: Sequence[tuple[int, float]], end_s: float) -> Iterator[tuple[float, float]]:
    """Yield (place, share), of steps closer together than can be seen the last one only."""
    for k, (ms, share) in enumerate(curve):
        place = round(ms / 1000 / end_s * _STEPS_MAX)
        if k + 1 == len(curve) or round(curve[k + 1][0] / 1000 / end_s * _STEPS_MAX) != place:
            yield ms / 1000 / end_s, share


def funnel(people: Sequence[Person], rate: float, label: str) -> Markup:
    """Draw agents by how many calls their rate rests on, with the limits that chance alone keeps within.

    Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005).
    """
    top, bottom, height = 14, 226, 250
    most = max((one.decided for one in people), default=1) * 1.06
    scale = share_scale()
    parts = [*_grid(scale, top, bottom)]
    for level, kind in _FUNNEL_LEVELS:
        for sign in (-1, 1):
            edge = [(n / most, _y(scale, limit(rate, n, level, sign), top, bottom)) for n in _spaced(most)]
            for (x, y), (x2, y2) in pairwise(edge):
                parts.append(_line(x, x2, y, y2, kind))
        at = _y(scale, limit(rate, most, level, 1), top, bottom)
        parts.append(_text(1, at - 4, f"{level * 100:g}{say.NBSP}%", "end"))
    middle = _y(scale, rate, top, bottom)
    parts.append(_line(0, 1, middle, middle, "mark"))
    for one in people:
        figure = one.group.heard if one.group else None
        if figure is None or figure.value is None:
            continue
        told = f"{one.name}: {say.passed_of(figure)}, {say.percent(figure.value)}"
        x, y = one.decided / most, _y(scale, figure.value, top, bottom)
        parts.append(_dot(x, y, 5, "dot", told))
    for share in (0.0, 0.5, 1.0):
        text = f"{say.count(most * share)} decided calls" if share == 1 else say.count(most * share)
        parts.append(_text(share, height - 6, text, _anchor(share)))
    return _svg(parts, height, "funnel", label)


def limit(rate: float, calls: float, level: float, sign: int) -> float:
    """Return the funnel's edge: ``rate ± z · √(rate (1 - rate) / calls)``, within 0–1."""
    half = z_value(level) * math.sqrt(rate * (1 - rate) / calls)
    return min(1.0, max(0.0, rate + sign * half))


def outside(people: Sequence[Person], rate: float, level: float) -> int:
    """Return how many agents are outside the funnel's edge."""
    found = 0
    for one in people:
        value = one.group.heard.value if one.group else None
        if value is not None and one.decided:
            low, high = (limit(rate, one.decided, level, sign) for sign in (-1, 1))
            found += not low <= value <= high
    return found


def _spaced(most: float) -> list[float]:
    """Return numbers of calls, closer together where the funnel bends."""
    return [1 + (most - 1) * (k / _FUNNEL_STEPS) ** 2 for k in range(_FUNNEL_STEPS + 1)]


# --- pieces


def _svg(parts: Sequence[str], height: float, kind: str, label: str = "") -> Markup:
    says = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    size = f'width="100%" height="{_px(height)}"'
    return Markup(f'<svg class="{kind}" {size} {says}>{"".join(parts)}</svg>')  # noqa: S704  # escaped above


def _grid(scale: Scale, top: float, bottom: float) -> Iterator[str]:
    if scale.target is not None:
        high, low = (_y(scale, one, top, bottom) for one in (scale.target.high, scale.target.low))
        yield _rect(0, 1, high, low - high, "target")
    for tick in scale.ticks:
        y = _y(scale, tick, top, bottom)
        yield _line(0, 1, y, y, "axis" if tick == 0 else "grid")
        yield _side(y + 4, scale.write(tick) if tick else "0")


def _y(scale: Scale, value: float, top: float, bottom: float) -> float:
    return bottom - (bottom - top) * scale.share(value)


def _anchor(share: float) -> str:
    return "start" if share < 0.06 else "end" if share > 0.94 else "middle"


def _line(x: float, x2: float, y: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{_pc(x)}" x2="{_pc(x2)}" y1="{_px(y)}" y2="{_px(y2)}"/>'


def _rect(x: float, x2: float, y: float, height: float, kind: str) -> str:
    size = f'width="{_pc(max(0.0, x2 - x))}" height="{_px(height)}"'
    return f'<rect class="{kind}" x="{_pc(x)}" y="{_px(y)}" {size}/>'


def _dot(x: float, y: float, radius: float, kind: str, told: Any = "") -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    return f'<circle class="{kind}" cx="{_pc(x)}" cy="{_px(y)}" r="{_px(radius)}">{title}</circle>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label") -> str:
    return f'<text class="{kind}" x="{_pc(x)}" y="{_px(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _side(y: float, text: str) -> str:
    """Write beside the chart, where the style sheet leaves room on the left."""
    return f'<text class="label" x="-7" y="{_px(y)}" text-anchor="end">{escape(text)}</text>'


def _pc(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"


def _px(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
