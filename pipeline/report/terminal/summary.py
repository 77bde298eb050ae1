"""The table of several calls: a line for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.measures import TalkTarget
from pipeline.report.headline import VERDICTS
from pipeline.report.terminal.screen import Glyphs, plain
from pipeline.timeline.plain import clock, duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from pipeline.report.schema import Analysis

_WIDTH_MAX = 160


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One call in the table of several; what is unknown is ``None``.

    Parameters
    ----------
    call : str
        Id, or the file's name when it failed.
    duration_s, longest_customer_s : float or None
        Seconds.
    talk_ratio : float or None
        0–1.
    warnings : int
    failed : str
        Why there is no result; empty when there is one.
    heard_out : str
        The verdict on the vent; empty when there is none.
    """

    call: str
    duration_s: float | None = None
    talk_ratio: float | None = None
    longest_customer_s: float | None = None
    warnings: int = 0
    failed: str = ""
    heard_out: str = ""

    @classmethod
    def of(cls, analysis: Analysis) -> SummaryRow:
        """Return the row of a finished call."""
        verdict = analysis.verdicts.get("vent_before_solving")
        return cls(
            analysis.call.id,
            analysis.call.duration_s,
            analysis.measures.get("talk_ratio_agent"),
            analysis.measures.get("longest_customer_turn_s"),
            len(analysis.warnings),
            heard_out=VERDICTS[verdict.verdict] if verdict else "",
        )


def render_summary(rows: Sequence[SummaryRow], console: Console, *, target: TalkTarget | None = None) -> None:
    """Print one line per call: whether the customer was heard out, the talk ratio against the target, status.

    A wide terminal also gets the customer's longest turn.
    """
    if not rows:
        return
    target = target or TalkTarget()
    glyphs = Glyphs.of(console)
    wide = console.width >= 110
    headers = ["Call", "Length", "Heard out", "Agent talks" if wide else "Agent"]
    headers += ["Target"] if console.width >= 76 else []
    headers += ["Longest customer turn"] if wide else []
    lines = [_summary_cells(row, target, glyphs, headers) for row in rows]
    # Rich would shorten every column alike: only the name and the status may give way.
    name_width = max(16, console.width // 4)
    inner = sum(max(len(line[k]) for line in (headers, *lines)) + 2 for k in range(1, len(headers)))
    name_width = min(name_width, max(len(line[0]) for line in (headers, *lines)))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in headers:
        is_name = header == "Call"
        table.add_column(
            header,
            justify="left" if header in {"Call", "Heard out", "Target"} else "right",
            no_wrap=True,
            overflow="ellipsis",
            width=name_width if is_name else None,
        )
    status_width = max(8, min(console.width, _WIDTH_MAX) - name_width - 2 - inner)
    table.add_column("Status", no_wrap=True, overflow="ellipsis", max_width=status_width)
    for row, line in zip(rows, lines, strict=True):
        table.add_row(*map(Text, line[:-1]), Text(line[-1], "red" if row.failed else ""))
    console.print(table, width=min(console.width, _WIDTH_MAX))


def _summary_cells(row: SummaryRow, target: TalkTarget, glyphs: Glyphs, headers: Sequence[str]) -> list[str]:
    ratio, longest = row.talk_ratio, row.longest_customer_s
    cells = [
        plain(row.call),
        glyphs.dash if row.duration_s is None else clock(row.duration_s),
        row.heard_out.replace("not applicable", "n/a"),
        glyphs.dash if ratio is None else percent(ratio),
    ]
    if "Target" in headers:
        cells.append("" if ratio is None else target.judge(ratio))
    if "Longest customer turn" in headers:
        cells.append(glyphs.dash if longest is None else duration(longest))
    plural = "s" if row.warnings != 1 else ""
    done = f"{row.warnings} warning{plural}" if row.warnings else "ok"
    return [*cells, f"failed: {plain(row.failed)}" if row.failed else done]
