"""Diarization of one channel: who speaks when, where all parties share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.diarization.clusters import find_voices
from pipeline.speech.diarization.decide import Evidence, decide, where_speech
from pipeline.speech.diarization.evidence import (
    CHUNK,
    Windows,
    change_points,
    chunk_starts,
    plan_windows,
    turns_of,
)
from pipeline.speech.diarization.settings import DiarizationSettings
from pipeline.speech.frames import HOP, RATE_HZ, frame_count, read_padded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.speech.diarization.evidence import Numbers
    from pipeline.speech.diarization.models import VoiceModels
    from pipeline.speech.diarization.result import Diarization
    from pipeline.speech.frames import Floats, Samples
    from pipeline.timeline import SpanSet

    Progress = Callable[[int, int], None]

_WINDOWS = 64  # embedded between two reports of progress


def diarize(
    recording: Samples,
    channel: int,
    speech: SpanSet,
    models: VoiceModels,
    settings: DiarizationSettings | None = None,
    progress: Progress | None = None,
) -> Diarization:
    """Find who speaks when on one channel.

    Parameters
    ----------
    recording : pipeline.audio.Recording
        The call, 16 kHz. A few seconds at a time are in memory, however long it is.
    channel : int
        Which channel.
    speech : SpanSet
        Where somebody speaks, seconds: what `detect_speech` and the words found.
    models : VoiceModels
    settings : DiarizationSettings, optional
    progress : callable, optional
        Called with ``(completed, total)`` steps.

    Returns
    -------
    Diarization
        Overlapping speech is kept; nobody for a silent call.

    Raises
    ------
    ValueError
        If the recording is not sampled at 16 kHz.
    """
    settings = settings or DiarizationSettings()
    n_frames = frame_count(recording)
    end_s = recording.n_samples / recording.rate_hz
    starts = chunk_starts(n_frames, settings.segmentation_step)
    report = progress or (lambda done, total: None)
    turns = turns_of(_chunks(recording, channel, starts, models, report), n_frames, settings.change_reach_s)
    spoken = where_speech(speech, turns, settings, end_s)
    times = plan_windows(spoken, settings.window_s, settings.hop_s, cuts=change_points(turns))
    windows = _windows(recording, channel, times, models, report).audible()
    return decide(Evidence(spoken, turns, windows.times, find_voices(windows, settings), end_s), settings)


def _chunks(
    recording: Samples, channel: int, starts: list[int], models: VoiceModels, report: Progress
) -> Iterator[tuple[int, Floats]]:
    for i in range(0, len(starts), models.batch):
        batch = starts[i : i + models.batch]
        samples = [read_padded(recording, channel, start * HOP, (start + CHUNK) * HOP) for start in batch]
        yield from zip(batch, models.segment(np.stack(samples)), strict=True)
        report(i + len(batch), 2 * len(starts))


def _windows(
    recording: Samples,
    channel: int,
    times: Numbers,
    models: VoiceModels,
    report: Progress,
) -> Windows:
    found = []
    for i in range(0, len(times), _WINDOWS):
        batch = (times[i : i + _WINDOWS] * RATE_HZ).round().astype(np.int64).tolist()
        found.append(models.embed([read_padded(recording, channel, start, stop) for start, stop in batch]))
        report(len(times) + i + len(batch), 2 * len(times))
    return Windows(times, np.concatenate(found) if found else np.zeros((0, 1), dtype=np.float32))


@dataclass(frozen=True)
class VoiceDiarizer:
    """`diarize` with its models, as the stages take it."""

    models: VoiceModels

    def diarize(
        self,
        recording: Samples,
        channel: int,
        speech: SpanSet,
        settings: DiarizationSettings,
        progress: Progress | None = None,
    ) -> Diarization:
        """Find who speaks when; see `diarize`."""
        return diarize(recording, channel, speech, self.models, settings, progress)
