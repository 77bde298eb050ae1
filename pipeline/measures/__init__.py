"""Numbers from a timeline, each with its parts and spans; vents and what is said of them. Pure."""

from pipeline.measures.call_events import call_events
from pipeline.measures.facts import CallFacts
from pipeline.measures.floor import floor_measures
from pipeline.measures.level import level_trend
from pipeline.measures.solving import solving_acts
from pipeline.measures.talk import answers, reported_speech, talk_measures, words_per_minute
from pipeline.measures.talk_verdict import talk_verdict
from pipeline.measures.target import TalkTarget
from pipeline.measures.value import MeasureValue
from pipeline.measures.vent import EndedBy, Vent, VentSettings
from pipeline.measures.vent_measures import VENT_MEASURES, vent_measures
from pipeline.measures.vent_search import find_vents
from pipeline.measures.vent_verdict import VentBasis, vent_verdict
from pipeline.measures.verdict import Evidence, Outcome, Verdict

__all__ = [
    "VENT_MEASURES",
    "CallFacts",
    "EndedBy",
    "Evidence",
    "MeasureValue",
    "Outcome",
    "TalkTarget",
    "Vent",
    "VentBasis",
    "VentSettings",
    "Verdict",
    "answers",
    "call_events",
    "find_vents",
    "floor_measures",
    "level_trend",
    "reported_speech",
    "solving_acts",
    "talk_measures",
    "talk_verdict",
    "vent_measures",
    "vent_verdict",
    "words_per_minute",
]
