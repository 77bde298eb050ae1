"""The report's tables: measures, verdicts, checklists, and what to know when reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.text import Text

from pipeline.report import headline as say
from pipeline.report.terminal.screen import VERDICT_STYLES, grid, plain
from pipeline.timeline.plain import clock, percent

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipeline.report.schema import Analysis
    from pipeline.report.terminal.screen import Screen

_TWO_COLUMNS = 84  # columns of the terminal from which measures stand two abreast
_PLACES = 4  # of a warning


def figures(analysis: Analysis, screen: Screen) -> RenderableType | None:
    """Return the key measures, then why some could not be measured."""
    found = say.figures(analysis)
    if not found:
        return None
    columns = 2 if screen.width >= _TWO_COLUMNS else 1
    table = grid()
    for _ in range(columns):
        table.add_column(style="dim", no_wrap=True)
        table.add_column(no_wrap=columns == 2)
    rows = -(-len(found) // columns)
    for row in range(rows):
        cells: list[Text] = []
        for figure in found[row::rows]:
            at = f"  at {clock(figure.span[0])}" if figure.span else ""
            cells += [screen.text(figure.label), Text.assemble(screen.text(figure.text), (at, "dim"))]
        table.add_row(*cells)
    reasons = dict.fromkeys(figure.reason for figure in found if figure.reason)
    why = [screen.text(f"{screen.glyphs.dash} not measurable: {reason}", "dim") for reason in reasons]
    return screen.section("Measures", Group(table, *why))


def verdicts(analysis: Analysis, screen: Screen) -> RenderableType | None:
    """Return the verdicts on the call, each with its reason."""
    if not analysis.verdicts:
        return None
    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(max_width=screen.width // 3)
    table.add_column()
    for name, part in analysis.verdicts.items():
        table.add_row(
            Text(say.VERDICTS[part.verdict], VERDICT_STYLES[part.verdict]),
            screen.text(say.humanize(name)),
            screen.text(part.reason, "dim"),
        )
    return screen.section("Verdicts", table)


def checklists(analysis: Analysis, screen: Screen) -> RenderableType | None:
    """Return one line a checklist: its verdict and score, then its lines with a mark each."""
    if not analysis.checklists:
        return None
    table = grid()
    table.add_column(no_wrap=True)
    table.add_column(max_width=screen.width // 4)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    blank = " " if screen.ascii else "\N{NO-BREAK SPACE}"
    for checklist in analysis.checklists:
        lines = Text()
        for item in checklist.items:
            mark = screen.glyphs.verdicts[item.verdict]
            style = VERDICT_STYLES[item.verdict]
            lines.append("  " if lines else "").append(mark + blank, style)
            lines.append_text(screen.text(item.title, style))
        table.add_row(
            Text(say.VERDICTS[checklist.verdict], VERDICT_STYLES[checklist.verdict]),
            screen.text(checklist.title),
            "" if checklist.score is None else percent(checklist.score),
            lines,
        )
    legend = ", ".join(f"{screen.glyphs.verdicts[name]} {title}" for name, title in say.VERDICTS.items())
    return screen.section("Checklists", Group(table, screen.text(legend, "dim")))


def warnings(analysis: Analysis, screen: Screen) -> RenderableType | None:
    """Return what limits the result, with the first places where it does."""
    found = say.notices(analysis)
    if not found:
        return None
    table = grid()
    table.add_column(no_wrap=True)
    table.add_column()
    for notice in found:
        times = ", ".join(clock(span[0]) for span in notice.spans[:_PLACES])
        left = len(notice.spans) - _PLACES
        more = f" and {left} more" if left > 0 else ""
        where = Text(f"  at {times}{more}" if times else "", "dim")
        table.add_row(
            Text(f"{screen.glyphs.warn} {plain(notice.code)}", "yellow"),
            Text.assemble(screen.text(notice.message), where),
        )
    return screen.section("To know when reading this", table)
