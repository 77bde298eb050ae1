"""Plain span tables (start, end, speaker, text) as timelines, and the gaps and overlaps between speakers.

So that corpora labelled by hand can be run through the same code as calls. Pure: text in, values out.
"""

from __future__ import annotations

import csv
import itertools
import re
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.timeline import Timeline, build_timeline
from pipeline.timeline.turns import TurnKind, TurnSettings
from pipeline.timeline.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.timeline.language import LanguagePack

_COLUMNS = ("start", "end", "speaker")
_TIME = re.compile(r"(\d+:){0,2}(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One labelled stretch of speech.

    Parameters
    ----------
    span : Span
        Seconds.
    speaker : str
        Any name.
    text : str
        May be empty.
    """

    span: Span
    speaker: str
    text: str = ""


def read_table(lines: Iterable[str]) -> tuple[TableRow, ...]:
    """Read CSV lines with the columns ``start``, ``end``, ``speaker`` and, if there is one, ``text``.

    Parameters
    ----------
    lines : iterable of str
        The first names the columns, in any order and case; others are ignored. Between them stands a comma, a
        semicolon or a tab. Times in seconds or as on a clock (``1:02.5``), with a decimal point or comma.

    Raises
    ------
    ValueError
        Naming the line, if a column is missing, a time is not a number or a span is not one.
    """
    rest = iter(lines)
    head = next(rest, "")
    reader = csv.DictReader(itertools.chain([head], rest), delimiter=max(",;\t", key=head.count))
    names = {name.strip().lower(): name for name in reader.fieldnames or ()}
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise ValueError(f"line 1: the table has no column {', '.join(missing)}")
    rows = []
    for row in reader:
        try:
            span = Span(_seconds(row[names["start"]]), _seconds(row[names["end"]]))
        except ValueError as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
        text = (row[names["text"]] or "").strip() if "text" in names else ""
        rows.append(TableRow(span, (row[names["speaker"]] or "").strip(), text))
    return tuple(rows)


def _seconds(cell: str | None) -> float:
    """Return a time; what else may stand in its place, such as something said, is not quoted."""
    if not _TIME.fullmatch((cell or "").strip()):
        raise ValueError("a time is no number")
    seconds = 0.0
    for part in (cell or "").split(":"):
        seconds = seconds * 60 + float(part.replace(",", "."))
    return seconds


def table_timeline(
    rows: Sequence[TableRow],
    roles: Mapping[str, Role] | None = None,
    language: LanguagePack | None = None,
    settings: TurnSettings | None = None,
    duration_s: float | None = None,
) -> Timeline:
    """Build a timeline from labelled stretches; a text's words are laid evenly over its span.

    Parameters
    ----------
    rows : sequence of TableRow
    roles : mapping of speaker to Role, optional
        Who is who; by default the two speakers in alphabetical order are agent and customer.
    language : LanguagePack, optional
    settings : TurnSettings, optional
    duration_s : float, optional
        By default up to the last row's end.

    Raises
    ------
    ValueError
        If there are more than two speakers and no `roles`.
    """
    speakers = sorted({row.speaker for row in rows})
    if roles is None:
        if len(speakers) > 2:
            raise ValueError(f"say which two of the {len(speakers)} speakers are agent and customer")
        roles = dict(zip(speakers, (Role.AGENT, Role.CUSTOMER), strict=False))
    spans: dict[Role, list[Span]] = {role: [] for role in Role}
    words: dict[Role, list[Word]] = {role: [] for role in Role}
    for row in sorted(rows, key=lambda row: row.span):
        role = roles.get(row.speaker, Role.OTHER)
        spans[role].append(row.span)
        words[role].extend(_laid_evenly(row))
    end_s = max((row.span.end_s for row in rows), default=0.0)
    speech = {role: SpanSet(own) for role, own in spans.items()}
    return build_timeline(
        end_s if duration_s is None else duration_s, speech, words, language, settings or TurnSettings()
    )


def _laid_evenly(row: TableRow) -> list[Word]:
    texts = row.text.split()
    step_s = row.span.duration_s / max(1, len(texts))
    starts = [row.span.start_s + k * step_s for k in range(len(texts))]
    return [Word(text, Span(start, start + step_s), 1.0) for text, start in zip(texts, starts, strict=True)]


@dataclass(frozen=True, slots=True)
class TransferOffsets:
    """Floor-transfer offsets: start of the next turn minus end of the last, seconds; negative = overlap.

    Parameters
    ----------
    offsets_s : tuple of float
        In the order of the call.
    """

    offsets_s: tuple[float, ...]

    @property
    def median_s(self) -> float | None:
        """Median; ``None`` without any."""
        return statistics.median(self.offsets_s) if self.offsets_s else None

    @property
    def mean_s(self) -> float | None:
        """Mean; ``None`` without any."""
        return statistics.fmean(self.offsets_s) if self.offsets_s else None

    @property
    def sd_s(self) -> float | None:
        """Standard deviation of the sample; ``None`` with fewer than two."""
        return statistics.stdev(self.offsets_s) if len(self.offsets_s) > 1 else None

    @property
    def share_negative(self) -> float | None:
        """Share of changes of turn that overlap, 0 to 1; ``None`` without any."""
        return sum(o < 0 for o in self.offsets_s) / len(self.offsets_s) if self.offsets_s else None

    def __add__(self, other: TransferOffsets) -> TransferOffsets:
        return TransferOffsets(self.offsets_s + other.offsets_s)


def transfer_offsets(timeline: Timeline) -> TransferOffsets:
    """Return the offset at each change of turn between agent and customer; backchannels are no turns.

    A turn that lies wholly inside the other's is a change to it, but none back.
    """
    turns = [t for t in timeline.turns if t.kind is TurnKind.TURN and t.role is not Role.OTHER]
    return TransferOffsets(
        tuple(
            following.span.start_s - last.span.end_s
            for last, following in itertools.pairwise(turns)
            if last.role is not following.role
        )
    )
