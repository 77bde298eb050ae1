"""What is drawn to scale: who talked how much as bars, the talk ratio against its target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pipeline.report import headline as say
from pipeline.report.terminal.screen import ROLE_STYLES, grid
from pipeline.timeline.plain import duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from pipeline.measures import TalkTarget
    from pipeline.report.schema import Analysis
    from pipeline.report.terminal.screen import Screen


def talk_bars(analysis: Analysis, screen: Screen) -> RenderableType | None:
    """Return who talked how much, as bars over the length of the call."""
    if not analysis.call.duration_s:
        return None
    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    room = max(10, screen.width - 46)
    for share in say.shares(analysis):
        part = min(1.0, share.of_call or 0.0)
        full = round(part * room) if share.seconds <= 0 else max(1, round(part * room))
        style = ROLE_STYLES[share.key]
        bar = Text(screen.glyphs.full * full, style) + Text(screen.glyphs.empty * (room - full), "dim")
        of_call = "" if share.of_call is None else percent(share.of_call)
        table.add_row(screen.text(share.label, style), bar, duration(share.seconds), of_call)
    return screen.section("Who talked, of the whole call", table)


def talk_scale(analysis: Analysis, target: TalkTarget, screen: Screen) -> RenderableType | None:
    """Return the talk ratio on a scale with its target band, then both denominators."""
    ratio = analysis.measures.get("talk_ratio_agent")
    if ratio is None:
        return None
    room = max(24, min(screen.width - 4, 80))
    low, high, mark = (round(at * (room - 1)) for at in (target.low, target.high, ratio))
    scale = Text()
    for column in range(room):
        if column == mark:
            scale.append(screen.glyphs.mark, "bold " + ROLE_STYLES["agent"])
        elif low <= column <= high:
            scale.append(screen.glyphs.band, "green")
        else:
            scale.append(screen.glyphs.line, "dim")
    labels = _labels(room, (0.0, target.low, target.high, 1.0))
    shares = [
        screen.text(f"Agent: {share} {of} ({parts})") for share, of, parts in say.denominators(analysis)
    ]
    verdict = screen.text(say.capitalized(target.comparison(ratio)))
    return screen.section(
        "Talk ratio against its target", Group(scale, Text(labels, "dim"), verdict, *shares)
    )


def _labels(room: int, places: Sequence[float]) -> str:
    """Return percentages under their places on a scale of `room` columns; what would collide is left out."""
    line = [" "] * room
    for at in sorted(places, key=lambda place: place in (0.0, 1.0)):
        label = percent(at)
        start = min(max(0, round(at * (room - 1)) - len(label) // 2), room - len(label))
        around = line[max(0, start - 1) : start + len(label) + 1]
        if all(column == " " for column in around):
            line[start : start + len(label)] = label
    return "".join(line)
