"""Floor events of calls that are given line by line: start, end and words, laid evenly over the time."""

from __future__ import annotations

from pipeline.languages import language_pack
from pipeline.timeline import (
    Clues,
    EventType,
    Role,
    Span,
    SpanSet,
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

Said = tuple[float, float, str]


def timeline(agent: list[Said], customer: list[Said], language=ENGLISH, **clues):
    """Lay each text evenly over its span; voices and doubts by role."""
    speech, words = {}, {}
    for role, rows in ((A, agent), (C, customer)):
        speech[role] = SpanSet.of(*((start, end) for start, end, _ in rows))
        words[role] = tuple(
            Word(text, Span(start + k * (end - start) / n, start + (k + 1) * (end - start) / n), 0.9)
            for start, end, said in rows
            for n in [len(said.split())]
            for k, text in enumerate(said.split())
        )
    voices = {
        role: [ends.get(span.end_s) for span in speech[role]]
        for role, ends in clues.pop("voices", {}).items()
    }
    last_s = max(end for rows in (agent, customer) for _, end, _ in rows)
    return build_timeline(last_s + 1, speech, words, language, TurnSettings(), Clues(voices=voices, **clues))


def events(*args, settings=None, **clues):
    found = find_events(timeline(*args, **clues), settings)
    return [e for e in found if e.type not in (EventType.SILENCE, EventType.HOLD)]


def only(found):
    assert len(found) == 1, [(e.type, e.span) for e in found]
    return found[0]
