"""Who held the floor when: spans, words, turns, roles. Pure: standard library only."""

from pipeline.timeline.ending import Ending, EndingClues, judge_ending
from pipeline.timeline.events import UNSURE_BELOW, EventType, FloorEvent, FloorSettings
from pipeline.timeline.flips import Flip, find_flips
from pipeline.timeline.floor import EventFinder, find_events
from pipeline.timeline.joining import build_turns
from pipeline.timeline.language import LanguagePack, Phrases
from pipeline.timeline.move import Move
from pipeline.timeline.notes import Note
from pipeline.timeline.parties import decide_parties, find_transfers
from pipeline.timeline.roles import ROLE_UNSURE_BELOW, Role, RoleCues, RoleDecision, decide_roles, plain_text
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.timeline import Clues, Timeline, build_timeline
from pipeline.timeline.turns import Ipu, Turn, TurnKind, TurnSettings, build_ipus
from pipeline.timeline.voice import VoiceFeatures
from pipeline.timeline.words import Word

__all__ = [
    "ROLE_UNSURE_BELOW",
    "UNSURE_BELOW",
    "Clues",
    "Ending",
    "EndingClues",
    "EventFinder",
    "EventType",
    "Flip",
    "FloorEvent",
    "FloorSettings",
    "Ipu",
    "LanguagePack",
    "Move",
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
    "VoiceFeatures",
    "Word",
    "build_ipus",
    "build_timeline",
    "build_turns",
    "decide_parties",
    "decide_roles",
    "find_events",
    "find_flips",
    "find_transfers",
    "judge_ending",
    "plain_text",
]
