"""Who speaks when on a recording whose parties share a channel (mono): segmentation, voices, one decision."""

from pipeline.speech.diarization.diarize import VoiceDiarizer, diarize
from pipeline.speech.diarization.models import VoiceModels, load_models
from pipeline.speech.diarization.result import Diarization, Speaker
from pipeline.speech.diarization.settings import DiarizationSettings

__all__ = [
    "Diarization",
    "DiarizationSettings",
    "Speaker",
    "VoiceDiarizer",
    "VoiceModels",
    "diarize",
    "load_models",
]
