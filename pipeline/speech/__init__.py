"""Who spoke when on each channel: witnesses, cross-talk, fusion."""

from pipeline.speech.crosstalk import CrosstalkEstimate
from pipeline.speech.detect import detect_speech
from pipeline.speech.features import measure_voice
from pipeline.speech.result import ChannelSpeech, Disputed, SpeechResult
from pipeline.speech.segmentation import NeuralWitness
from pipeline.speech.settings import SpeechSettings
from pipeline.speech.words import hear_words

__all__ = [
    "ChannelSpeech",
    "CrosstalkEstimate",
    "Disputed",
    "NeuralWitness",
    "SpeechResult",
    "SpeechSettings",
    "detect_speech",
    "hear_words",
    "measure_voice",
]
