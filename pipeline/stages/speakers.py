"""A recording whose parties share a channel: what was heard of the mix, told apart by speaker.

The outcome has the shape of the dual path's, with speakers 0, 1, … (A, B, …) in place of channels; nothing
that follows has to know the difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from pipeline.speech import ChannelSpeech, SpeechResult, measure_voice
from pipeline.speech.result import Disputed
from pipeline.stages.stored import SPEECH_WITHOUT_WORDS, VOICES_ALIKE
from pipeline.timeline import Note, Span, SpanSet, VoiceFeatures
from pipeline.words import Transcript, give_words, without_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pipeline.audio import Recording
    from pipeline.speech.diarization import Diarization, DiarizationSettings

_WITNESS = "diarization"  # who disputes where it is in doubt whose voice it is
_ENDING_S = 0.1  # what the voice at the end of a span is judged by
_BLOCK_S = 30.0
_WORDLESS = 0.3  # of a speaker's speech without words: a reader should know


class Diarizer(Protocol):
    """What tells speakers apart (`pipeline.speech.diarization`)."""

    def diarize(
        self,
        recording: Recording,
        channel: int,
        speech: SpanSet,
        settings: DiarizationSettings,
        progress: Callable[[int, int], None] | None = None,
    ) -> Diarization:
        """Return who speaks when."""
        ...


@dataclass(frozen=True)
class SharedChannel:
    """What was heard of a shared channel as a whole.

    Parameters
    ----------
    channel : int
    mix : mapping
        What the stage ``heard`` made of it.
    words : mapping or None
        What the stage ``words`` recognised: also where the mix was not taken for speech.
    """

    channel: int
    mix: Mapping[str, Any]
    words: Mapping[str, Any] | None


def by_speaker(
    shared: SharedChannel, found: Diarization, recording: Recording, alike: float
) -> dict[str, Any]:
    """Return what was heard of the shared channel, by speaker.

    Parameters
    ----------
    shared : SharedChannel
    found : Diarization
    recording : Recording
    alike : float
        Cosine from which two voices are hardly told apart.

    Returns
    -------
    dict
        As the stage ``heard`` stores it, with ``parties``, ``labels``, ``levels_dbfs`` and ``notes``.
    """
    channel = shared.channel
    (heard,) = SpeechResult.from_dict(shared.mix["speech"]).channels
    spans = {k: speaker.spans for k, speaker in enumerate(found.speakers)}
    disputed = SpanSet(one.span for one in heard.disputed)
    parts = []
    for speaker in found.speakers:
        own = (disputed & speaker.spans) | speaker.doubts
        parts.append(
            ChannelSpeech(
                spans=speaker.spans,
                witnesses={name: said & speaker.spans for name, said in heard.witnesses.items()},
                agreement=heard.agreement,
                disputed=tuple(Disputed(span, (_WITNESS,)) for span in own),
            )
        )
    words = None
    contested = []
    notes = [*_notes(found, alike)]
    if shared.words is not None:
        given = give_words(Transcript.from_dict(shared.words), channel, spans)
        words = given.transcript.to_dict()
        names = {k: f"speaker {label}" for k, label in enumerate(found.labels)}
        notes += wordless(given.transcript, spans, names)
        contested = [
            [one.span.start_s, one.span.end_s, [one.given_to, *one.others]] for one in given.contested
        ]
    return {
        "parties": list(spans),
        "labels": list(found.labels),
        "speech": SpeechResult(tuple(parts)).to_dict(),
        "words": words,
        "contested": contested,
        "voices": {str(k): _voices(recording, channel, k, spans) for k in spans},
        "levels_dbfs": {str(k): _level(recording, channel, _alone(k, spans)) for k in spans},
        "diarization": found.to_dict(),
        "notes": [note.to_dict() for note in notes],
    }


def _alone(speaker: int, spans: Mapping[int, SpanSet]) -> SpanSet:
    """Return where only this speaker is heard."""
    others = SpanSet(span for k, theirs in spans.items() if k != speaker for span in theirs)
    return spans[speaker] - others


def _voices(
    recording: Recording, channel: int, speaker: int, spans: Mapping[int, SpanSet]
) -> list[dict[str, float | None]]:
    """Return the voice at each span's end; unknown where another voice is heard over it, or at once after."""
    others = SpanSet(span for k, theirs in spans.items() if k != speaker for span in theirs)
    voices = measure_voice(recording, channel, spans[speaker])
    rows = []
    for span, voice in zip(spans[speaker], voices, strict=True):
        ending = Span(max(span.start_s, span.end_s - _ENDING_S), span.end_s + _ENDING_S)
        mixed = others.overlap_s(ending) > 0
        rows.append((VoiceFeatures(median_pitch_hz=voice.median_pitch_hz) if mixed else voice).to_dict())
    return rows


def _level(recording: Recording, channel: int, spans: SpanSet) -> float | None:
    """Return the RMS level over the spans, dB below full scale."""
    total, count = 0.0, 0
    for span in spans:
        start, stop = round(span.start_s * recording.rate_hz), round(span.end_s * recording.rate_hz)
        for at in range(start, stop, round(_BLOCK_S * recording.rate_hz)):
            samples = recording.read(channel, at, min(stop, at + round(_BLOCK_S * recording.rate_hz)))
            total += float(np.sum(samples.astype(np.float64) ** 2))
            count += len(samples)
    if not count or not total:
        return None
    return round(10 * math.log10(total / count / 32768.0**2), 2)


def _notes(found: Diarization, alike: float) -> tuple[Note, ...]:
    if found.alike >= alike:
        return (
            Note(
                VOICES_ALIKE,
                "Two of the voices sound so alike that who spoke when is uncertain in places; "
                "or there is only one.",
            ),
        )
    if len(found.speakers) == 1:
        return (Note("one_voice", "Only one voice is told in this recording."),)
    return ()


def wordless(
    transcript: Transcript, spans: Mapping[int, SpanSet], names: Mapping[int, str]
) -> Iterator[Note]:
    """Yield a note for each party of whose speech much has no words: what they said is not known."""
    for k, speech in spans.items():
        missed_s = without_words(transcript.words.get(k, ()), speech).duration_s
        if missed_s > _WORDLESS * speech.duration_s:
            yield Note(
                SPEECH_WITHOUT_WORDS,
                f"In {missed_s:.0f} s of the {speech.duration_s:.0f} s that {names[k]} is heard there is no "
                "word; what was said there is not known.",
            )


def not_told_apart(mix: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Return the mix as it is, with a warning that says why the speakers are not told apart."""
    return {**mix, "notes": [Note("speakers_not_told_apart", reason).to_dict()]}
