"""Numbers from a timeline, each with its parts and spans. Pure: standard library only."""

from pipeline.measures.floor import floor_measures
from pipeline.measures.talk import answers, reported_speech, talk_measures, words_per_minute
from pipeline.measures.value import MeasureValue

__all__ = [
    "MeasureValue",
    "answers",
    "floor_measures",
    "reported_speech",
    "talk_measures",
    "words_per_minute",
]
