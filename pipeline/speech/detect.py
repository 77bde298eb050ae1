"""The speech stage: every witness of every channel, the leak between channels, one decision."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.crosstalk import CrosstalkEstimate, Leak, find_leak
from pipeline.speech.frames import FromFirstSound, closed, frame_count, runs, spans_of, without_short
from pipeline.speech.fusion import JOIN, Decision, fuse
from pipeline.speech.noise import measure_noise
from pipeline.speech.result import ChannelSpeech, Disputed, SpeechResult
from pipeline.speech.settings import SpeechSettings
from pipeline.speech.tracks import measure_tracks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.speech.frames import Flags, Samples
    from pipeline.speech.segmentation import NeuralWitness

DISPUTE = 15  # frames, 0.15 s: shorter differences are a matter of edges


def detect_speech(
    recording: Samples,
    settings: SpeechSettings | None = None,
    channels: Sequence[int] = (0, 1),
    progress: Callable[[int, int], None] | None = None,
    further: Sequence[NeuralWitness] = (),
) -> SpeechResult:
    """Find who speaks when.

    Parameters
    ----------
    recording : pipeline.audio.Recording
        The call, 16 kHz.
    settings : SpeechSettings, optional
        Thresholds.
    channels : sequence of int
        Which channels, each with one party; one only is shared by all parties: no cross-talk is looked for,
        and who is faint is a party too.
    progress : callable, optional
        Called with ``(completed, total)`` steps.
    further : sequence of NeuralWitness
        Neural witnesses beside the one that is always there; each is named in `ChannelSpeech.witnesses`.

    Returns
    -------
    SpeechResult
        One `ChannelSpeech` for each of `channels`, in their order; empty sets where nobody speaks.

    Raises
    ------
    ValueError
        If the recording is not sampled at 16 kHz.
    MissingComponentError
        If the neural witness's model is missing.
    """
    settings = settings or SpeechSettings()
    frame_count(recording)
    heard = FromFirstSound(recording, channels)
    total, completed = 3 * len(channels), 0

    def step() -> None:
        nonlocal completed
        completed += 1
        if progress:
            progress(completed, total)

    lines = {}
    for channel in channels:
        lines[channel] = measure_noise(heard, channel, settings)
        step()
    estimates: list[CrosstalkEstimate] = []
    leaks: dict[int, Leak] = {}
    for target in channels:
        for source in channels:
            if source != target:
                estimate, leak = find_leak(heard, (source, target), lines, settings)
                estimates.append(estimate)
                if leak is not None:
                    leaks[target] = leak
        step()
    found = []
    end_s = recording.n_samples / recording.rate_hz
    for channel in channels:
        tracks = measure_tracks(heard, channel, lines[channel], leaks.get(channel), settings, further)
        found.append(_as_spans(fuse(tracks, settings, shared=len(channels) == 1), heard.skipped, end_s))
        step()
    return SpeechResult(tuple(found), tuple(estimates))


def _as_spans(decision: Decision, skipped: int, end_s: float) -> ChannelSpeech:
    witnesses = {name: spans_of(flags, end_s, skipped) for name, flags in decision.witnesses.items()}
    return ChannelSpeech(
        spans=spans_of(decision.speech, end_s, skipped),
        candidates=spans_of(decision.candidates, end_s, skipped),
        witnesses=witnesses,
        agreement=agreement(decision.witnesses),
        disputed=disputes(decision, skipped, end_s),
        background=spans_of(decision.background.others, end_s, skipped),
        faint=spans_of(decision.background.doubtful, end_s, skipped),
    )


def agreement(witnesses: dict[str, Flags]) -> float | None:
    """Return how well the witnesses agree: the mean over their pairs of shared over joint speech time.

    Pauses shorter than 0.3 s are bridged first, for they are a matter of edges. ``None`` without any speech.
    """
    bridged = [closed(flags, JOIN) for flags in witnesses.values()]
    shares = []
    for a, b in combinations(bridged, 2):
        either = int((a | b).sum())
        if either:
            shares.append(int((a & b).sum()) / either)
    return float(np.mean(shares)) if shares else None


def disputes(decision: Decision, skipped: int, end_s: float) -> tuple[Disputed, ...]:
    """Return the stretches of 0.15 s or more in which some witnesses hear speech and others do not.

    So is what lies far below the party, whoever hears it: the party, or other people in the room.
    """
    bridged = {name: closed(flags, JOIN) for name, flags in decision.witnesses.items()}
    votes = np.sum(list(bridged.values()), axis=0)
    differ = without_short(((votes > 0) & (votes < len(bridged))) | decision.background.low, DISPUTE)
    found: list[Disputed] = []
    for (first, last), span in zip(runs(differ).tolist(), spans_of(differ, end_s, skipped), strict=True):
        by = tuple(name for name, flags in bridged.items() if flags[first:last].mean() > 0.5)
        found.append(Disputed(span, by))
    return tuple(found)
