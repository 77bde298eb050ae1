"""The transcript on a terminal: a line for each turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pipeline.report import headline as say
from pipeline.report.terminal.screen import ROLE_STYLES, grid, plain
from pipeline.timeline.plain import clock, duration

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.report.schema import Analysis, TurnPart
    from pipeline.report.terminal.screen import Screen


def transcript(analysis: Analysis, screen: Screen, most: int | None) -> RenderableType | None:
    """Return the turns: one line each, at most so many lines; all turns in full if `most` is ``None``."""
    turns = analysis.turns
    if not turns:
        return None
    shown = turns if most is None or len(turns) <= most else turns[: max(1, most - 1)]
    clock_width = len(clock(turns[-1].start_s))
    who_width = max(len(say.role_name(role)) for role in say.heard_roles(analysis))
    room = None if most is None else screen.width - clock_width - who_width - 8
    table = grid()
    table.add_column(justify="right", width=clock_width, style="dim")
    table.add_column(width=who_width)
    table.add_column(no_wrap=room is not None, overflow="fold" if room is None else "ellipsis")
    for turn in shown:
        table.add_row(clock(turn.start_s), *_turn(turn, screen, room))
    left = len(turns) - len(shown)
    more = [screen.text(f"{screen.glyphs.ellipsis} {left} more (--verbose shows all)", "dim")] if left else []
    return screen.section("Turns", Group(table, *more))


def _turn(turn: TurnPart, screen: Screen, room: int | None) -> tuple[Text, Text]:
    """Return who speaks and what they say, cut to `room` columns if there is a limit."""
    style = ROLE_STYLES[turn.role]
    spoken = plain(turn.text) or f"({duration(turn.end_s - turn.start_s)} without recognised words)"
    text = screen.text(spoken, "" if turn.text.strip() else "dim italic")
    if turn.kind == "backchannel":
        text = Text.assemble("  ", text)
        text.stylize("dim")
        style = f"dim {style}"
    if room is not None:
        _shorten(text, room, screen.glyphs.ellipsis)
    return screen.text(say.role_name(turn.role), style), text


def _shorten(text: Text, room: int, ellipsis: str) -> None:
    if text.cell_len > room:
        text.truncate(room - len(ellipsis))
        text.rstrip()
        text.append(ellipsis)
