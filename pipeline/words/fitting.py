"""The words once more, when the speech is finally decided: each inside it, or left out and counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline.notes import Note
from pipeline.words.placing import refit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.timeline.spans import SpanSet
    from pipeline.words.transcript import Transcript

BRIDGE_S = 0.3  # shorter pauses belong to the speech, as everywhere with words
_REASON = "outside_speech"


def fit_words(
    transcript: Transcript,
    speech: Mapping[int, SpanSet],
    bridge_s: float = BRIDGE_S,
    tolerance_s: float = 0.25,
) -> Transcript:
    """Fit a transcript to the speech that all witnesses together have found.

    Words are recognised in everything that any witness hears; where the decision is that nobody speaks,
    a word is the recogniser's invention, or too lonely to be believed.

    Parameters
    ----------
    transcript : Transcript
    speech : mapping of int to SpanSet
        Each channel's speech as decided.
    bridge_s : float
        Pauses shorter than this belong to the speech, in seconds.
    tolerance_s : float
        How far outside a word may lie, in seconds.

    Returns
    -------
    Transcript
        Every word inside its channel's bridged speech; what was left out is counted, and noted.
    """
    kept, lost = {}, 0
    for channel, words in transcript.words.items():
        bridged = speech[channel].bridged(bridge_s)
        fitted = refit(words, bridged, tolerance_s)
        inside = tuple(word for word in fitted if bridged.at(word.span.middle_s) is not None)
        kept[channel] = inside
        lost += len(words) - len(inside)
    if not lost:
        return replace(transcript, words=kept)
    dropped = {**transcript.dropped, _REASON: transcript.dropped.get(_REASON, 0) + lost}
    count = "1 word was" if lost == 1 else f"{lost} words were"
    note = Note("words_without_speech", f"{count} left out: nobody is heard speaking there.")
    return replace(transcript, words=kept, dropped=dropped, notes=(*transcript.notes, note))
