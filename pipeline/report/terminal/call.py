"""The report of one call: its parts in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pipeline.measures import TalkTarget
from pipeline.report import headline as say
from pipeline.report.terminal.drawings import talk_bars, talk_scale
from pipeline.report.terminal.screen import Screen
from pipeline.report.terminal.tables import checklists, figures, verdicts, warnings
from pipeline.report.terminal.turns import transcript
from pipeline.timeline.plain import duration

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console, RenderableType

    from pipeline.report.schema import Analysis

_TURNS_MIN = 6


def render_call(
    analysis: Analysis,
    console: Console,
    *,
    page_path: Path | None = None,
    result_path: Path | None = None,
    target: TalkTarget | None = None,
    verbose: bool = False,
) -> None:
    """Print the report of one call.

    Parameters
    ----------
    analysis : Analysis
    console : Console
        Its width, colours and encoding are obeyed.
    page_path, result_path : Path, optional
        Named at the end.
    target : TalkTarget, optional
        50 % ± 10 unless given.
    verbose : bool
        The whole transcript; else as many turns as fit into the terminal's height.
    """
    screen = Screen.of(console)
    parts = _above_turns(analysis, target or TalkTarget(), screen)
    paths = _paths(page_path, result_path)
    most = None
    if not verbose:
        options = console.options.update_width(screen.width)
        used = sum(len(console.render_lines(part, options, pad=False)) for part in (*parts, *paths))
        most = max(_TURNS_MIN, console.height - used - 4)
    turns = transcript(analysis, screen, most)
    for part in (*parts, *([turns] if turns else []), *paths):
        console.print(part, width=screen.width)


def _above_turns(analysis: Analysis, target: TalkTarget, screen: Screen) -> list[RenderableType]:
    """Return all parts above the transcript that have something to say, in reading order."""
    parts = [
        _title(analysis, screen),
        _headline(analysis, target, screen),
        talk_bars(analysis, screen),
        talk_scale(analysis, target, screen),
        figures(analysis, screen),
        verdicts(analysis, screen),
        _coach(analysis, screen),
        checklists(analysis, screen),
        warnings(analysis, screen),
    ]
    return [part for part in parts if part is not None]


def _title(analysis: Analysis, screen: Screen) -> RenderableType:
    call = analysis.call
    facts = [duration(call.duration_s), say.LAYOUTS[call.layout]]
    facts += [f"{role} {name}" for role, name in (("agent", call.agent), ("customer", call.customer)) if name]
    title = screen.text(call.id, "bold")
    for fact in facts:
        title.append(f"  {screen.glyphs.dot}  ", "dim").append_text(screen.text(fact, "dim"))
    return title


def _headline(analysis: Analysis, target: TalkTarget, screen: Screen) -> RenderableType:
    sentence = screen.text(say.headline(analysis, target), "bold")
    rest = " ".join(say.details(analysis, target))
    return Group(Text(), sentence, screen.text(rest)) if rest else Group(Text(), sentence)


def _coach(analysis: Analysis, screen: Screen) -> RenderableType | None:
    coach = analysis.coach
    return screen.section("For the coach", screen.text(coach.text)) if coach else None


def _paths(page: Path | None, result: Path | None) -> list[RenderableType]:
    """Return where page and result lie, unbroken so that they can be copied."""
    found = [(label, path) for label, path in (("Page", page), ("Result", result)) if path]
    lines = [
        Text.assemble((f"{label:<8}", "dim"), str(path), no_wrap=True, overflow="ignore")
        for label, path in found
    ]
    return [Text(), *lines] if lines else []
