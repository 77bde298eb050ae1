"""The decision who speaks when, from what the models heard: no torch, no samples.

Where there is speech is the speech detector's to say, with the segmentation model's word where that is sure;
whose it is follows from the windows' voices, as the likeliest path of speakers through the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.diarization.result import Diarization, Speaker
from pipeline.speech.frames import HOP_S, closed, flags_of, runs, spans_of, widened, without_short
from pipeline.timeline import SpanSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.speech.diarization.clusters import Voices
    from pipeline.speech.diarization.evidence import Numbers, Turns
    from pipeline.speech.diarization.settings import DiarizationSettings
    from pipeline.speech.frames import Flags

_EDGE_WEIGHT = 0.1  # of a window at its ends; in its middle 1
_JOIN = 30  # frames, 0.3 s: shorter pauses are within one utterance
_OVERLAP_GAP, _OVERLAP = 10, 8  # frames: shorter gaps and shorter overlaps are the model's flicker
_MAYBE_OVERLAP = 0.1  # probability from which frames belong to what may be an overlap
_OVERLAP_SIGN = 1.5  # how far what may be overlap is a sign of a change of speaker
_NEAR = 25  # frames: a change of speaker so far from an overlap may be inside it
_MARGIN_FULL = 0.6  # a stretch whose voice is ahead by this is sure
_OWN_CHANGE = 0.5  # the segmentation model hears a change
_EDGE = 5  # frames by which it starts early and ends late


@dataclass(frozen=True)
class Evidence:
    """All that a decision takes.

    Parameters
    ----------
    speech : SpanSet
        From the speech detector, which is exact at the edges.
    turns : Turns
    times : ndarray, shape (windows, 2)
        Start and end of the windows whose voices are known, seconds.
    voices : Voices
    end_s : float
        Length of the recording.
    """

    speech: SpanSet
    turns: Turns
    times: Numbers
    voices: Voices
    end_s: float


def where_speech(speech: SpanSet, turns: Turns, settings: DiarizationSettings, end_s: float) -> SpanSet:
    """Return the detected speech, and what it missed where the segmentation model is sure for long enough."""
    n_frames = len(turns.speech)
    own = flags_of(speech, n_frames)
    missed = (turns.speech >= settings.speech_probability) & ~closed(own, _JOIN)
    missed = without_short(missed, max(1, round(settings.speech_min_s / HOP_S)))
    inner = missed & ~widened(~(missed | own), _EDGE)  # its edges are wide; where it meets speech they stay
    return speech | spans_of(inner, end_s)


def decide(evidence: Evidence, settings: DiarizationSettings) -> Diarization:
    """Find the likeliest speakers.

    Parameters
    ----------
    evidence : Evidence
        Its `speech` is what `where_speech` gave.
    settings : DiarizationSettings

    Returns
    -------
    Diarization
        Together the speakers are heard exactly where `speech` is. Nobody where there is no speech; one
        speaker without any window.
    """
    turns, voices = evidence.turns, evidence.voices
    n_frames = len(turns.speech)
    speech = flags_of(evidence.speech, n_frames)
    if not speech.any():
        return Diarization(())
    scores = _frame_scores(evidence, n_frames)
    path = likeliest_path(
        settings.voice_weight * scores * speech[:, None], _change_costs(speech, turns, settings)
    )
    both = speech & _overlapping(speech, path, turns, settings)
    path, both = _with_short_overlaps(speech, path, both, turns, settings)
    second = _next_best(scores, path)
    speaking = [speech & ((path == k) | (both & (second == k))) for k in range(scores.shape[1])]
    margin = _margin(scores, path)
    doubtful = _doubtful(speech, path, margin, turns, settings) if scores.shape[1] > 1 else ~speech
    found = []
    for flags in speaking:
        if not flags.any():
            continue
        alone = flags & ~both
        sure = float(np.clip(margin[alone] / _MARGIN_FULL, 0.0, 1.0).mean()) if alone.any() else 0.0
        confidence = sure if scores.shape[1] > 1 else 1.0
        spans = spans_of(flags, evidence.end_s)
        found.append(Speaker(spans, spans_of(flags & doubtful, evidence.end_s), confidence))
    found.sort(key=lambda speaker: speaker.spans[0])
    overlap = spans_of(both, evidence.end_s) if len(found) > 1 else SpanSet()
    return Diarization(tuple(found), overlap, voices.alike)


def _frame_scores(evidence: Evidence, n_frames: int) -> Numbers:
    """Return how near each frame is to each voice: the mean over its windows, those centred on it first."""
    count = max(1, evidence.voices.count)
    total = np.zeros((n_frames, count))
    weight = np.zeros(n_frames)
    for (start_s, end_s), score in zip(evidence.times.tolist(), evidence.voices.scores, strict=True):
        first, last = round(start_s / HOP_S), min(n_frames, round(end_s / HOP_S))
        if last > first:
            place = (np.arange(last - first) + 0.5) / (last - first)
            own = 1.0 - (1.0 - _EDGE_WEIGHT) * np.abs(2 * place - 1)
            total[first:last] += own[:, None] * score
            weight[first:last] += own
    scores: Numbers = total / np.maximum(weight, 1e-9)[:, None]
    return scores


def _change_costs(speech: Flags, turns: Turns, settings: DiarizationSettings) -> Numbers:
    pauses = without_short(~speech, max(1, round(settings.change_pause_s / HOP_S)))
    sign = np.maximum(turns.change, np.minimum(_OVERLAP_SIGN * turns.overlap, 1.0))
    within = np.maximum(settings.change_cost * (1.0 - sign), 1.0)
    costs: Numbers = np.where(pauses, settings.change_cost_pause, within)
    return costs


def likeliest_path(gains: Numbers, costs: Numbers) -> NDArray[np.int64]:
    """Return the speaker of each frame with the largest sum of gains less costs of changes (Viterbi).

    Parameters
    ----------
    gains : ndarray, shape (frames, speakers)
    costs : ndarray, shape (frames,)
        Of a change of speaker between the frame before and this one.
    """
    n_frames, count = gains.shape
    path = np.zeros(n_frames, dtype=np.int64)
    if n_frames == 0 or count == 1:
        return path
    came_from = np.zeros((n_frames, count), dtype=np.int8)
    best = gains[0].tolist()
    everyone = range(count)
    for frame, (gain, cost) in enumerate(zip(gains[1:].tolist(), costs[1:].tolist(), strict=True), 1):
        leader = best.index(max(best))
        changed = best[leader] - cost
        for k in everyone:
            if changed > best[k]:
                came_from[frame, k] = leader
                best[k] = changed + gain[k]
            else:
                came_from[frame, k] = k
                best[k] += gain[k]
    speaker = best.index(max(best))
    steps = came_from.tolist()
    for frame in range(n_frames - 1, -1, -1):
        path[frame] = speaker
        speaker = steps[frame][speaker]
    return path


def _overlapping(
    speech: Flags, path: NDArray[np.int64], turns: Turns, settings: DiarizationSettings
) -> Flags:
    """Return where two speak for long, or surely: the segmentation model's word, its wide edges trimmed."""
    near = widened(_changes(speech, path), max(1, round(settings.overlap_reach_s / HOP_S)))
    asked = np.where(near, settings.overlap_probability_change, settings.overlap_probability)
    both = without_short(closed(turns.overlap >= asked, _OVERLAP_GAP), _OVERLAP)
    trim = round(settings.overlap_trim_s / HOP_S)
    for first, last in runs(both).tolist():
        spare = min(trim, (last - first - _OVERLAP) // 2)
        both[first : first + spare] = both[last - spare : last] = False
    return both


def _changes(speech: Flags, path: NDArray[np.int64]) -> Flags:
    """Return where the speaker changes in running speech."""
    changes = np.zeros_like(speech)
    changes[1:] = (path[1:] != path[:-1]) & speech[1:] & speech[:-1]
    return changes


def _with_short_overlaps(
    speech: Flags, path: NDArray[np.int64], both: Flags, turns: Turns, settings: DiarizationSettings
) -> tuple[NDArray[np.int64], Flags]:
    """Lay the short overlap at each change of speaker as long as it is to be expected, around its middle.

    A threshold tells a short overlap's length badly: all or nothing. The sum of the probabilities around the
    change is right on average but for a factor (`overlap_share`). The change itself is put inside.
    """
    path, both = path.copy(), both.copy()
    blobs = runs(closed(turns.overlap >= _MAYBE_OVERLAP, _OVERLAP_GAP)).tolist()
    heard = turns.overlap * speech
    masses = [float(heard[first:last].sum()) for first, last in blobs]
    for at in np.flatnonzero(_changes(speech, path)).tolist():
        near = [k for k, (first, last) in enumerate(blobs) if first - _NEAR <= at <= last + _NEAR]
        if not near:
            continue
        k = max(near, key=masses.__getitem__)
        (first, last), mass = blobs[k], masses[k]
        if not 0 < mass * HOP_S < settings.overlap_short_s:
            continue
        length = round(settings.overlap_share * mass)
        weights = heard[first:last]
        middle = first + float((weights * (np.arange(last - first) + 0.5)).sum() / weights.sum())
        start = max(0, round(middle - length / 2))
        if not start - _NEAR <= at <= start + length + _NEAR:
            continue
        both[first:last] = False
        if length >= _OVERLAP:
            both[start : start + length] = True
            path[min(at, start) : start] = path[at - 1]
            path[start + length : max(at, start + length)] = path[at]
    return path, both & speech


def _next_best(scores: Numbers, path: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nearest voice beside the path's."""
    others = scores.copy()
    others[np.arange(len(path)), path] = -np.inf
    nearest: NDArray[np.int64] = others.argmax(axis=1)
    return nearest


def _margin(scores: Numbers, path: NDArray[np.int64]) -> Numbers:
    """Return by how much the path's voice is ahead of the nearest other; negative where it is behind."""
    if scores.shape[1] < 2:
        return np.ones(len(path))
    own = scores[np.arange(len(path)), path]
    margin: Numbers = own - scores[np.arange(len(path)), _next_best(scores, path)]
    return margin


def _doubtful(
    speech: Flags,
    path: NDArray[np.int64],
    margin: Numbers,
    turns: Turns,
    settings: DiarizationSettings,
) -> Flags:
    """Return where the voice is too little ahead over a whole stretch, or changes without a sign of it."""
    doubtful = np.zeros_like(speech)
    changes = np.flatnonzero(path[1:] != path[:-1]) + 1
    bounds = np.unique(np.concatenate((runs(closed(speech, _JOIN)).reshape(-1), changes)))
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        heard = speech[first:last]
        if heard.any() and float(margin[first:last][heard].mean()) < settings.weak_margin:
            doubtful[first:last] = True
    reach = round(settings.weak_change_s / HOP_S)
    for at in changes.tolist():
        around = slice(max(0, at - reach), at + reach)
        if speech[around].all() and turns.change[around].max() < _OWN_CHANGE:
            doubtful[around] = True
    return doubtful & speech
