"""Who held the floor when: spans, words, turns, roles. Pure: standard library only."""

from pipeline.timeline.language import LanguagePack, Phrases
from pipeline.timeline.notes import Note
from pipeline.timeline.roles import ROLE_UNSURE_BELOW, Role, RoleCues, RoleDecision, decide_roles, plain_text
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.timeline import Timeline, build_timeline
from pipeline.timeline.turns import Ipu, Turn, TurnKind, TurnSettings, build_ipus, build_turns
from pipeline.timeline.words import Word

__all__ = [
    "ROLE_UNSURE_BELOW",
    "Ipu",
    "LanguagePack",
    "Note",
    "Phrases",
    "Role",
    "RoleCues",
    "RoleDecision",
    "Span",
    "SpanSet",
    "Timeline",
    "Turn",
    "TurnKind",
    "TurnSettings",
    "Word",
    "build_ipus",
    "build_timeline",
    "build_turns",
    "decide_roles",
    "plain_text",
]
