"""A call written as a scene: one line per stretch of speech, with its times, its moves and its words.

``C 2.3-12.0 complaint: the box was empty.`` A line without moves has none; several are joined by ``+``. One
with ``?`` is unsure; how sure it is may stand behind it: ``complaint + anger? 0.3``. The words of a line are
laid evenly over its time.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from pipeline.languages import language_pack
from pipeline.measures import VentBasis, VentSettings
from pipeline.timeline import (
    Clues,
    EventType,
    FloorSettings,
    Move,
    Role,
    Span,
    SpanSet,
    Timeline,
    TurnSettings,
    VoiceFeatures,
    Word,
    build_timeline,
    find_events,
)

ENGLISH = language_pack("en")
A, C = Role.AGENT, Role.CUSTOMER
FULL_VOICE = VoiceFeatures(end_drop_db=0.0, end_fall_s=0.02, end_pitch_hz=108.0, median_pitch_hz=95.0)
FALLS_AWAY = VoiceFeatures(end_drop_db=-14.0, end_fall_s=0.2, end_pitch_hz=80.0, median_pitch_hz=95.0)
_LINE = re.compile(r"\s*([AC])\s+([\d.]+)-([\d.]+)\s*([^:]*):\s*(.*)")
_MOVE = re.compile(r"(\w+)(\??)\s*([\d.]*)")
_ROLES = {"A": A, "C": C}


class Line(NamedTuple):
    """What one party says in one go, and what that does."""

    role: Role
    span: Span
    text: str
    moves: tuple[Move, ...]


def line(written: str) -> Line:
    """Read a line; its moves share its times."""
    who, start, end, names, text = _LINE.fullmatch(written).groups()
    role, span = _ROLES[who], Span(float(start), float(end))
    return Line(role, span, text, tuple(_move(name, role, span, text) for name in names.split("+") if name))


def _move(written: str, role: Role, span: Span, text: str) -> Move:
    name, unsure, confidence = _MOVE.fullmatch(written.strip()).groups()
    state, usual = ("unsure", 0.5) if unsure else ("yes", 0.9)
    return Move(name, role, float(confidence or usual), span, text, state)


def lines(*written: str) -> tuple[Line, ...]:
    """Read lines, one a string or many."""
    return tuple(line(one) for part in written for one in part.splitlines() if one.strip())


def laid(span: Span, text: str) -> list[Word]:
    """Lay words evenly over a span."""
    parts = text.split()
    step_s = span.duration_s / max(1, len(parts))
    return [
        Word(part, Span(span.start_s + k * step_s, span.start_s + (k + 1) * step_s), 0.9)
        for k, part in enumerate(parts)
    ]


def speech_of(said: tuple[Line, ...]) -> dict[Role, SpanSet]:
    return {role: SpanSet(one.span for one in said if one.role is role) for role in _ROLES.values()}


def words_of(said: tuple[Line, ...]) -> dict[Role, tuple[Word, ...]]:
    return {
        role: tuple(word for one in said if one.role is role for word in laid(one.span, one.text))
        for role in _ROLES.values()
    }


def moves_of(said: tuple[Line, ...]) -> tuple[Move, ...]:
    return tuple(sorted((m for one in said for m in one.moves), key=lambda move: (move.span, move.name)))


def end_of(said: tuple[Line, ...]) -> float:
    """A second after the last line."""
    return max(one.span.end_s for one in said) + 1.0


def timeline(*written: str, language=ENGLISH, with_words: bool = True, **clues) -> Timeline:
    """Build the timeline of a scene; `voices` holds, by role, how a voice sounds where a line ends."""
    said = lines(*written)
    speech = speech_of(said)
    voices = {
        role: [ends.get(span.end_s) for span in speech[role]]
        for role, ends in clues.pop("voices", {}).items()
    }
    return build_timeline(
        end_of(said),
        speech,
        words_of(said) if with_words else {},
        language if with_words else None,
        TurnSettings(),
        Clues(voices=voices, **clues),
    )


def events(*written: str, settings=None, **clues):
    """Return the floor events of a scene, but for silences."""
    found = find_events(timeline(*written, **clues), settings)
    return [e for e in found if e.type not in (EventType.SILENCE, EventType.HOLD)]


def only(found):
    assert len(found) == 1, [(e.type, e.span) for e in found]
    return found[0]


def scene(written: str, *, overlap_reliable: bool = True, with_words: bool = True, **options) -> VentBasis:
    """Return what vents are looked for in."""
    basis = VentBasis(
        timeline(written, with_words=with_words, overlap_reliable=overlap_reliable),
        moves_of(lines(written)) if with_words else (),
        FloorSettings(),
        VentSettings(),
        words_known=with_words,
    )
    return replace(basis, **options)
