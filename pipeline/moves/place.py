"""Which part of a call a sentence stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.moves.sentences import Sentence

_OPENING_S, _OPENING_SHARE = 45.0, 0.1
_END_S, _END_SHARE = 60.0, 0.25
_EDGE_TURNS = 3  # of the same party, counted from the call's edge


def parts_of_call(sentences: Sequence[Sentence], duration_s: float | None) -> list[frozenset[str]]:
    """Say for each sentence whether it lies in the ``opening``, the ``end``, in neither or in both.

    The opening is the first 45 s or the first tenth, whichever is longer, and each party's first three
    turns; the end is the last 60 s or the last quarter, and each party's last three turns.
    """
    last_s = max(sentence.span.end_s for sentence in sentences)
    duration_s = max(duration_s or 0.0, last_s)
    opens_until = max(_OPENING_S, _OPENING_SHARE * duration_s)
    ends_from = duration_s - max(_END_S, _END_SHARE * duration_s)
    turns = {
        role: sorted({s.turn for s in sentences if s.role is role}) for role in (Role.AGENT, Role.CUSTOMER)
    }
    found = []
    for sentence in sentences:
        own = turns[sentence.role]
        parts = set()
        if sentence.span.start_s < opens_until or sentence.turn in own[:_EDGE_TURNS]:
            parts.add("opening")
        if sentence.span.end_s > ends_from or sentence.turn in own[-_EDGE_TURNS:]:
            parts.add("end")
        found.append(frozenset(parts))
    return found
