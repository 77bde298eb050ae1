"""The report of one call, and the table of several, on a terminal of 60 to 200 columns.

Nothing rests on colour alone; on a console that can't show them, drawn characters become ASCII.
What was said in the call is data: control characters are taken out, markup is never interpreted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.measures import TalkTarget
from pipeline.report import headline as say
from pipeline.timeline.plain import clock, duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console, RenderableType

    from pipeline.report.schema import Analysis, TurnPart, Verdict

_WIDTH_MAX = 110
_TURNS_MIN = 6
_STYLES = {"agent": "blue", "customer": "yellow", "other": "cyan", "both": "magenta", "nobody": "dim"}
_VERDICT_STYLES = {"pass": "green", "fail": "red", "unsure": "yellow", "not_applicable": "dim"}
# C0 and C1 controls, and what reorders or hides text: a transcript must not steer the terminal.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True, slots=True)
class _Glyphs:
    full: str = "█"
    empty: str = "·"
    line: str = "─"
    band: str = "━"
    mark: str = "●"
    ellipsis: str = "…"
    dash: str = "—"
    dot: str = "·"
    warn: str = "!"
    passed: str = "✓"
    failed: str = "✗"
    unsure: str = "?"
    not_applicable: str = "·"

    @property
    def verdicts(self) -> dict[str, str]:
        return {
            "pass": self.passed,
            "fail": self.failed,
            "unsure": self.unsure,
            "not_applicable": self.not_applicable,
        }


_ASCII = _Glyphs("#", ".", "-", "=", "O", "...", "-", "-", "!", "+", "x", "?", "-")
_TYPOGRAPHIC = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "·": "-",
        "“": '"',
        "”": '"',
        "—": "-",
        "–": "-",
        "…": "...",
        "±": "+/-",
        "−": "-",
        "’": "'",
    }
)


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
    """

    call: str
    duration_s: float | None = None
    talk_ratio: float | None = None
    longest_customer_s: float | None = None
    warnings: int = 0
    failed: str = ""

    @classmethod
    def of(cls, analysis: Analysis) -> SummaryRow:
        """Return the row of a finished call."""
        return cls(
            analysis.call.id,
            analysis.call.duration_s,
            analysis.measures.get("talk_ratio_agent"),
            analysis.measures.get("longest_customer_turn_s"),
            len(analysis.warnings),
        )


def plain(text: str) -> str:
    """Return `text` on one line, without control characters or characters that turn its direction."""
    return " ".join(_UNSAFE.sub(" ", text).split())


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
    report = _Report(analysis, console, target or TalkTarget())
    parts = [part for part in report.parts() if part is not None]
    paths = report.paths(page_path, result_path)
    used = sum(len(console.render_lines(part, report.options, pad=False)) for part in (*parts, *paths))
    room = None if verbose else max(_TURNS_MIN, console.height - used - 4)
    turns = report.transcript(room)
    for part in (*parts, *([turns] if turns else []), *paths):
        console.print(part, width=report.width)


class _Report:
    """The parts of one call's report, each a renderable or ``None`` when there is nothing to say."""

    def __init__(self, analysis: Analysis, console: Console, target: TalkTarget) -> None:
        self.analysis, self.target = analysis, target
        self.width = min(console.width, _WIDTH_MAX)
        self.options = console.options.update_width(self.width)
        self.ascii = console.options.ascii_only
        self.glyphs = _ASCII if self.ascii else _Glyphs()

    def parts(self) -> list[RenderableType | None]:
        """Return all parts above the transcript, in reading order."""
        return [
            self._title(),
            self._headline(),
            self._bars(),
            self._ratio(),
            self._figures(),
            self._verdicts(),
            self._coach(),
            self._checklists(),
            self._warnings(),
        ]

    def text(self, content: str, style: str = "") -> Text:
        """Return safe text in this console's characters."""
        safe = plain(content)
        return Text(safe.translate(_TYPOGRAPHIC) if self.ascii else safe, style)

    def _section(self, title: str, body: RenderableType) -> RenderableType:
        return Group(Text(), self.text(title, "bold"), Padding(body, (0, 0, 0, 2)))

    def _title(self) -> RenderableType:
        call = self.analysis.call
        facts = [duration(call.duration_s), say.LAYOUTS[call.layout]]
        facts += [
            f"{role} {name}" for role, name in (("agent", call.agent), ("customer", call.customer)) if name
        ]
        title = self.text(call.id, "bold")
        for fact in facts:
            title.append(f"  {self.glyphs.dot}  ", "dim").append_text(self.text(fact, "dim"))
        return title

    def _headline(self) -> RenderableType:
        sentence = self.text(say.headline(self.analysis, self.target), "bold")
        rest = " ".join(say.details(self.analysis, self.target))
        return Group(Text(), sentence, self.text(rest)) if rest else Group(Text(), sentence)

    def _bars(self) -> RenderableType | None:
        """Who talked how much, as bars over the length of the call."""
        if not self.analysis.call.duration_s:
            return None
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        room = max(10, self.width - 46)
        for share in say.shares(self.analysis):
            part = min(1.0, share.of_call or 0.0)
            full = round(part * room) if share.seconds <= 0 else max(1, round(part * room))
            style = _STYLES[share.key]
            bar = Text(self.glyphs.full * full, style) + Text(self.glyphs.empty * (room - full), "dim")
            of_call = "" if share.of_call is None else percent(share.of_call)
            table.add_row(self.text(share.label, style), bar, duration(share.seconds), of_call)
        return self._section("Who talked, of the whole call", table)

    def _ratio(self) -> RenderableType | None:
        """The talk ratio on a scale with its target band, then both denominators."""
        ratio = self.analysis.measures.get("talk_ratio_agent")
        if ratio is None:
            return None
        room = max(24, min(self.width - 4, 80))
        place = [round(at * (room - 1)) for at in (self.target.low, self.target.high, ratio)]
        scale = Text()
        for column in range(room):
            if column == place[2]:
                scale.append(self.glyphs.mark, "bold " + _STYLES["agent"])
            elif place[0] <= column <= place[1]:
                scale.append(self.glyphs.band, "green")
            else:
                scale.append(self.glyphs.line, "dim")
        labels = _labels(room, (0.0, self.target.low, self.target.high, 1.0))
        shares = [
            self.text(f"Agent: {share} {of} ({parts})")
            for share, of, parts in say.denominators(self.analysis)
        ]
        verdict = self.text(say.capitalized(self.target.comparison(ratio)))
        body = Group(scale, Text(labels, "dim"), verdict, *shares)
        return self._section("Talk ratio against its target", body)

    def _figures(self) -> RenderableType | None:
        found = say.figures(self.analysis)
        if not found:
            return None
        columns = 2 if self.width >= 84 else 1
        table = Table.grid(padding=(0, 2, 0, 0))
        for _ in range(columns):
            table.add_column(style="dim", no_wrap=True)
            table.add_column(no_wrap=columns == 2)
        rows = -(-len(found) // columns)
        for row in range(rows):
            cells: list[Text] = []
            for figure in found[row::rows]:
                at = f"  at {clock(figure.span[0])}" if figure.span else ""
                cells += [self.text(figure.label), Text.assemble(self.text(figure.text), (at, "dim"))]
            table.add_row(*cells)
        reasons = dict.fromkeys(figure.reason for figure in found if figure.reason)
        why = [self.text(f"{self.glyphs.dash} not measurable: {reason}", "dim") for reason in reasons]
        return self._section("Measures", Group(table, *why))

    def _verdicts(self) -> RenderableType | None:
        rows: list[tuple[str, Verdict, str]] = [
            (say.humanize(name), part.verdict, part.reason) for name, part in self.analysis.verdicts.items()
        ]
        if not rows:
            return None
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(max_width=self.width // 3)
        table.add_column()
        for title, verdict, reason in rows:
            table.add_row(
                Text(say.VERDICTS[verdict], _VERDICT_STYLES[verdict]),
                self.text(title),
                self.text(reason, "dim"),
            )
        return self._section("Verdicts", table)

    def _coach(self) -> RenderableType | None:
        coach = self.analysis.coach
        return self._section("For the coach", self.text(coach.text)) if coach else None

    def _checklists(self) -> RenderableType | None:
        """One line a checklist: its verdict and score, then its lines with a mark each."""
        if not self.analysis.checklists:
            return None
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(max_width=self.width // 4)
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        blank = " " if self.ascii else "\N{NO-BREAK SPACE}"
        for checklist in self.analysis.checklists:
            lines = Text()
            for item in checklist.items:
                mark = self.glyphs.verdicts[item.verdict]
                style = _VERDICT_STYLES[item.verdict]
                lines.append("  " if lines else "").append(mark + blank, style)
                lines.append_text(self.text(item.title, style))
            table.add_row(
                Text(say.VERDICTS[checklist.verdict], _VERDICT_STYLES[checklist.verdict]),
                self.text(checklist.title),
                "" if checklist.score is None else percent(checklist.score),
                lines,
            )
        legend = ", ".join(f"{self.glyphs.verdicts[name]} {title}" for name, title in say.VERDICTS.items())
        return self._section("Checklists", Group(table, self.text(legend, "dim")))

    def _warnings(self) -> RenderableType | None:
        found = say.notices(self.analysis)
        if not found:
            return None
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column()
        for notice in found:
            times = ", ".join(clock(span[0]) for span in notice.spans[:4])
            more = f" and {len(notice.spans) - 4} more" if len(notice.spans) > 4 else ""
            where = Text(f"  at {times}{more}" if times else "", "dim")
            table.add_row(
                Text(f"{self.glyphs.warn} {plain(notice.code)}", "yellow"),
                Text.assemble(self.text(notice.message), where),
            )
        return self._section("To know when reading this", table)

    def transcript(self, room: int | None) -> RenderableType | None:
        """Return the turns: one line each, at most `room`; all of them in full if `room` is None."""
        turns = self.analysis.turns
        if not turns:
            return None
        shown = turns if room is None or len(turns) <= room else turns[: max(1, room - 1)]
        clock_width = len(clock(turns[-1].start_s))
        who_width = max(len(say.role_name(role)) for role in say.heard_roles(self.analysis))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", width=clock_width, style="dim")
        table.add_column(width=who_width)
        table.add_column(no_wrap=room is not None, overflow="ellipsis" if room is not None else "fold")
        for turn in shown:
            table.add_row(
                clock(turn.start_s), *self._turn(turn, self.width - clock_width - who_width - 8, room)
            )
        left = len(turns) - len(shown)
        more = [self.text(f"{self.glyphs.ellipsis} {left} more (--verbose shows all)", "dim")] if left else []
        return self._section("Turns", Group(table, *more))

    def _turn(self, turn: TurnPart, room: int, limit: int | None) -> tuple[Text, Text]:
        style = _STYLES[turn.role]
        spoken = plain(turn.text) or f"({duration(turn.end_s - turn.start_s)} without recognised words)"
        text = self.text(spoken, "" if turn.text.strip() else "dim italic")
        if turn.kind == "backchannel":
            text = Text.assemble("  ", text)
            text.stylize("dim")
            style = f"dim {style}"
        if limit is not None:
            _shorten(text, room, self.glyphs.ellipsis)
        return self.text(say.role_name(turn.role), style), text

    def paths(self, page: Path | None, result: Path | None) -> list[RenderableType]:
        """Return where page and result lie, unbroken so that they can be copied."""
        found = [(label, path) for label, path in (("Page", page), ("Result", result)) if path]
        lines = [
            Text.assemble((f"{label:<8}", "dim"), str(path), no_wrap=True, overflow="ignore")
            for label, path in found
        ]
        return [Text(), *lines] if lines else []


def _shorten(text: Text, room: int, ellipsis: str) -> None:
    if text.cell_len > room:
        text.truncate(room - len(ellipsis))
        text.rstrip()
        text.append(ellipsis)


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


def render_summary(rows: Sequence[SummaryRow], console: Console, *, target: TalkTarget | None = None) -> None:
    """Print one line per call: length, talk ratio against the target, longest customer turn, status."""
    if not rows:
        return
    target = target or TalkTarget()
    glyphs = _ASCII if console.options.ascii_only else _Glyphs()
    roomy, wide = console.width >= 76, console.width >= 110
    headers = ["Call", "Length", "Agent talks" if wide else "Agent", "Target"]
    headers += ["Longest customer turn" if wide else "Customer at most"] if roomy else []
    lines = [_summary_cells(row, target, glyphs, roomy) for row in rows]
    # Rich would shorten every column alike: only the name and the status may give way.
    name_width = max(16, console.width // 4)
    inner = sum(max(len(line[k]) for line in (headers, *lines)) + 2 for k in range(1, len(headers)))
    name_width = min(name_width, max(len(line[0]) for line in (headers, *lines)))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for header in headers:
        is_name = header == "Call"
        table.add_column(
            header,
            justify="left" if header in {"Call", "Target"} else "right",
            no_wrap=True,
            overflow="ellipsis",
            width=name_width if is_name else None,
        )
    status_width = max(8, min(console.width, 160) - name_width - 2 - inner)
    table.add_column("Status", no_wrap=True, overflow="ellipsis", max_width=status_width)
    for row, line in zip(rows, lines, strict=True):
        table.add_row(*map(Text, line[:-1]), Text(line[-1], "red" if row.failed else ""))
    console.print(table, width=min(console.width, 160))


def _summary_cells(row: SummaryRow, target: TalkTarget, glyphs: _Glyphs, roomy: bool) -> list[str]:
    ratio, longest = row.talk_ratio, row.longest_customer_s
    cells = [
        plain(row.call),
        glyphs.dash if row.duration_s is None else clock(row.duration_s),
        glyphs.dash if ratio is None else percent(ratio),
        "" if ratio is None else target.judge(ratio),
    ]
    if roomy:
        cells.append(glyphs.dash if longest is None else duration(longest))
    plural = "s" if row.warnings != 1 else ""
    done = f"{row.warnings} warning{plural}" if row.warnings else "ok"
    return [*cells, f"failed: {plain(row.failed)}" if row.failed else done]
