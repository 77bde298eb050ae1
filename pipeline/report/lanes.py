"""An event's neighbourhood, drawn as lanes of text for the terminal: who spoke when, and what. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline import Role, Span
from pipeline.timeline.plain import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline import FloorEvent, SpanSet, Timeline, Word

_SPEECH, _SHARED, _SILENT = "═", "█", "·"
_NAMES = {Role.AGENT: "agent", Role.CUSTOMER: "customer"}
_MARGIN = 10  # columns before the lanes: the party's name
_LEAST = 40  # columns of a lane at least
_TICK_COLUMNS = 10  # a time at most every so many columns
_WORD_LINES = 8  # of one party at most: more can't be read as one
_NO_WORDS = "(too long for the words; the page has them)"


@dataclass(frozen=True)
class _Scale:
    """From seconds to columns of a lane."""

    window: Span
    columns: int

    def column(self, time_s: float) -> int:
        share = (time_s - self.window.start_s) / self.window.duration_s
        return max(0, min(self.columns, round(share * self.columns)))

    def cells(self, span: Span) -> range:
        """Columns of a span, at least one."""
        first = min(self.column(span.start_s), self.columns - 1)
        return range(first, max(first + 1, self.column(span.end_s)))


def draw_lanes(timeline: Timeline, event: FloorEvent, width: int = 100, around_s: float = 3.0) -> list[str]:
    """Draw both parties around an event, the shared speech marked.

    Parameters
    ----------
    timeline : Timeline
    event : FloorEvent
    width : int
        Columns; narrower than 50 is drawn 50 wide.
    around_s : float
        Seconds before the event's start and after its end.

    Returns
    -------
    list of str
        A time axis; per party its words (on as many lines as they need, or none where a long event needs too
        many, and then a line says so) and its speech; a line that marks the event. No line is longer than
        `width`.
    """
    scale = _Scale(_window(timeline, event.span, around_s), max(_LEAST, width - _MARGIN))
    said = {role: _word_rows(_words(timeline, role, scale.window), scale) for role in _NAMES}
    readable = max(map(len, said.values())) <= _WORD_LINES
    lines = [_label("") + _axis(scale)]
    for role, name in _NAMES.items():
        shared = timeline.overlap
        lines += [_label("") + row for row in said[role] if readable]
        lines.append(_label(name) + _speech_row(timeline.speech[role], shared, scale))
    lines += [_label("") + row for row in _mark(event, scale)]
    if not readable:
        lines.append(_label("") + _NO_WORDS[: scale.columns])
    return [line.rstrip() for line in lines]


def _window(timeline: Timeline, span: Span, around_s: float) -> Span:
    start_s = max(0.0, span.start_s - around_s)
    return Span(start_s, max(start_s + 0.1, min(timeline.duration_s, span.end_s + around_s)))


def _label(name: str) -> str:
    return f"{name:<{_MARGIN - 1}} "


def _axis(scale: _Scale) -> str:
    """Write round times, each at its column."""
    least_s = scale.window.duration_s * _TICK_COLUMNS / scale.columns
    step_s = next((step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0) if step >= least_s), 300.0)
    row = [" "] * scale.columns
    tick_s = -(-scale.window.start_s // step_s) * step_s
    while tick_s < scale.window.end_s:
        text = f"|{tick_s:.1f}"
        column = scale.column(tick_s)
        if column + len(text) <= scale.columns:
            row[column : column + len(text)] = text
        tick_s += step_s
    return "".join(row)


def _words(timeline: Timeline, role: Role, window: Span) -> list[Word]:
    said = [word for turn in timeline.turns if turn.role is role for word in turn.words]
    return [word for word in said if window.contains(word.span.middle_s)]


def _word_rows(words: Sequence[Word], scale: _Scale) -> list[str]:
    """Put every word at its time, on the first line that has room; words never run into each other.

    What was said must not steer the terminal: control characters are left out.
    """
    rows: list[str] = []
    for word in words:
        text = "".join(sign if sign.isprintable() else " " for sign in word.text)[: scale.columns]
        column = min(scale.column(word.start_s), scale.columns - len(text))
        for k, row in enumerate(rows):
            if not row or len(row) < column:
                rows[k] = row.ljust(column) + text
                break
        else:
            rows.append(" " * column + text)
    return rows


def _speech_row(speech: SpanSet, shared: SpanSet, scale: _Scale) -> str:
    row = [_SILENT] * scale.columns
    for sign, spans in ((_SPEECH, speech), (_SHARED, shared)):
        for span in spans.within(scale.window):
            for cell in scale.cells(span):
                row[cell] = sign
    return "".join(row)


def _mark(event: FloorEvent, scale: _Scale) -> list[str]:
    """Mark the event below the lanes, with its type, times and confidence beside it or below."""
    cells = scale.cells(event.span)
    who = f" by {event.by}" if event.by else ""
    times = f"{event.span.start_s:.2f} to {event.span.end_s:.2f} s"
    text = f"{event.type}{who}, {times}, {percent(event.confidence)} sure"
    bar = " " * cells.start + "^" * len(cells)
    if len(bar) + 1 + len(text) <= scale.columns:
        return [f"{bar} {text}"]
    start = max(0, min(cells.start, scale.columns - len(text)))
    return [bar, (" " * start + text)[: scale.columns]]
