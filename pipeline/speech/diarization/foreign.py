"""Other pyannote pipelines in place of our own models: the published one, or a folder of the user's.

They say who speaks when, overlap included; where there is speech stays the speech detector's to say. Never
their "exclusive" output, which has no overlap. What they print does not reach stdout.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import MissingComponentError
from pipeline.speech.diarization.clusters import Voices
from pipeline.speech.diarization.decide import Evidence, decide, where_speech
from pipeline.speech.diarization.evidence import Turns
from pipeline.speech.diarization.models import pick_device
from pipeline.speech.frames import RATE_HZ, frame_count, read_padded
from pipeline.speech.pyannote_model import import_pyannote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.speech.diarization.result import Diarization
    from pipeline.speech.diarization.settings import DiarizationSettings
    from pipeline.speech.frames import Samples
    from pipeline.timeline import SpanSet

    Track = tuple[float, float, str]


@dataclass(frozen=True)
class ForeignDiarizer:
    """A loaded pyannote pipeline.

    Parameters
    ----------
    pipeline : pyannote.audio.Pipeline
    """

    pipeline: Any

    def diarize(
        self,
        recording: Samples,
        channel: int,
        speech: SpanSet,
        settings: DiarizationSettings,
        progress: Callable[[int, int], None] | None = None,
    ) -> Diarization:
        """Find who speaks when; see `pipeline.speech.diarization.diarize`. All samples are in memory."""
        torch: Any = import_module("torch")
        waveform = torch.from_numpy(read_padded(recording, channel, 0, recording.n_samples))[None]
        counted = {} if settings.speakers == "auto" else {"num_speakers": settings.speakers}
        if progress:
            progress(0, 1)
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self.pipeline({"waveform": waveform, "sample_rate": RATE_HZ, "uri": "call"}, **counted)
        if progress:
            progress(1, 1)
        spoken = getattr(found, "speaker_diarization", found)  # older pipelines give the annotation itself
        tracks = [(part.start, part.end, str(who)) for part, _, who in spoken.itertracks(yield_label=True)]
        return from_tracks(tracks, speech, settings, frame_count(recording))


def load_pipeline(folder: str, device: str = "auto") -> ForeignDiarizer:
    """Load a pyannote pipeline from a folder.

    What it holds is unpickled as pyannote does it: name only folders that you trust.

    Raises
    ------
    MissingComponentError
        If the extra ``mono`` is not installed or it does not load.
    """
    import_pyannote()
    torch: Any = import_module("torch")
    chosen = pick_device(torch, device)
    try:
        with redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pipeline = import_module("pyannote.audio").Pipeline.from_pretrained(folder)
    except Exception as error:  # pickle, yaml and pyannote raise many kinds
        raise _broken(folder) from error
    if pipeline is None:
        raise _broken(folder)
    pipeline.to(torch.device(chosen))
    return ForeignDiarizer(pipeline)


def _broken(folder: str) -> MissingComponentError:
    return MissingComponentError(
        f"The diarization pipeline in {folder} does not load.", "Use --diarizer campplus, or another folder."
    )


def from_tracks(
    tracks: Sequence[Track], speech: SpanSet, settings: DiarizationSettings, n_frames: int
) -> Diarization:
    """Return a diarization from another tool's tracks, fitted to the detected speech.

    Parameters
    ----------
    tracks : sequence of (start_s, end_s, speaker)
        May overlap.
    speech : SpanSet
        From the speech detector.
    settings : DiarizationSettings
    n_frames : int
        Of 10 ms, of the recording.
    """
    settings = replace(settings, overlap_trim_s=0.0, overlap_short_s=0.0)  # theirs to judge
    names = sorted({who for _, _, who in tracks})
    active = np.zeros((n_frames, len(names)), dtype=np.float32)
    times, scores = [], []
    for start_s, end_s, who in tracks:
        own = np.array([name == who for name in names], dtype=np.float64)
        active[round(start_s * 100) : round(end_s * 100), names.index(who)] = 1.0
        times.append((start_s, end_s))
        scores.append(own - own.mean())
    count = active.sum(axis=1)
    change = np.zeros(n_frames, dtype=np.float32)
    change[1:] = (active[1:] != active[:-1]).any(axis=1)
    turns = Turns((count > 0).astype(np.float32), (count > 1).astype(np.float32), change)
    end_s = n_frames / 100
    voices = Voices(np.array(scores).reshape(len(times), len(names)), -1.0)
    spoken = where_speech(speech, turns, settings, end_s)
    return decide(Evidence(spoken, turns, np.array(times).reshape(-1, 2), voices, end_s), settings)
