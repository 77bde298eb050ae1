"""Write a call as a scene: one line per stretch of speech, with its times, its moves and its words.

``C 2.3-12.0 complaint: the box was empty.`` A line without moves has none; several are joined by ``+``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pipeline.languages import language_pack
from pipeline.measures import VentBasis, VentSettings
from pipeline.timeline import (
    Clues,
    FloorSettings,
    Move,
    Role,
    Span,
    SpanSet,
    TurnSettings,
    Word,
    build_timeline,
)

_LINE = re.compile(r"\s*([AC])\s+([\d.]+)-([\d.]+)\s*([\w+? ]*):\s*(.*)")
_ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}


def scene(text: str, *, overlap_reliable: bool = True, with_words: bool = True, **options) -> VentBasis:
    """Read a scene; a move with ``?`` is unsure. Speech, words and moves of a line share its times."""
    speech: dict[Role, list[Span]] = {Role.AGENT: [], Role.CUSTOMER: []}
    words: dict[Role, list[Word]] = {Role.AGENT: [], Role.CUSTOMER: []}
    moves = []
    for line in filter(str.strip, text.splitlines()):
        who, start, end, names, said = _LINE.fullmatch(line).groups()
        role, span = _ROLES[who], Span(float(start), float(end))
        speech[role].append(span)
        words[role] += laid(span, said)
        for name in filter(None, (part.strip() for part in names.split("+"))):
            state, confidence = ("unsure", 0.5) if name.endswith("?") else ("yes", 0.9)
            moves.append(Move(name.rstrip("?"), role, confidence, span, said, state))
    timeline = build_timeline(
        max(span.end_s for spans in speech.values() for span in spans) + 1.0,
        {role: SpanSet(spans) for role, spans in speech.items()},
        words if with_words else {},
        language_pack("en") if with_words else None,
        TurnSettings(),
        Clues(overlap_reliable=overlap_reliable),
    )
    basis = VentBasis(
        timeline,
        tuple(sorted(moves, key=lambda move: (move.span, move.name))) if with_words else (),
        FloorSettings(),
        VentSettings(),
        words_known=with_words,
    )
    return replace(basis, **options)


def laid(span: Span, said: str) -> list[Word]:
    parts = said.split()
    step = span.duration_s / max(1, len(parts))
    return [
        Word(part, Span(span.start_s + k * step, span.start_s + (k + 1) * step), 0.9)
        for k, part in enumerate(parts)
    ]
