"""From a file to per-channel samples, layout and quality."""

from pipeline.audio.decode import AudioSettings, open_recording
from pipeline.audio.layout import Layout, find_layout
from pipeline.audio.playback import encode_playback, waveform
from pipeline.audio.quality import ChannelQuality, QualityLimits, measure_quality
from pipeline.audio.recording import RATE_HZ, Recording, SourceInfo

__all__ = [
    "RATE_HZ",
    "AudioSettings",
    "ChannelQuality",
    "Layout",
    "QualityLimits",
    "Recording",
    "SourceInfo",
    "encode_playback",
    "find_layout",
    "measure_quality",
    "open_recording",
    "waveform",
]
