"""From captions to the words of a recording: whose channel, and where on it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span, SpanSet
from pipeline.words.transcript import Transcript
from pipeline.words.transcripts.caption import words_in
from pipeline.words.transcripts.lay import lay_words
from pipeline.words.transcripts.parties import by_channel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.words.transcripts.caption import Caption, Captions

AUTO = "auto"
_ASSUMED = "en"


@dataclass(frozen=True)
class Sound:
    """What is heard on a channel.

    Parameters
    ----------
    spans : SpanSet
        Its speech, as the detectors together decide.
    candidates : SpanSet
        Everything that any of them hears.
    """

    spans: SpanSet
    candidates: SpanSet = field(default_factory=SpanSet)


def place_captions(
    given: Captions, sounds: Mapping[int, Sound], duration_s: float, language: str = AUTO
) -> Transcript:
    """Lay a transcript made elsewhere over a recording.

    Parameters
    ----------
    given : Captions
    sounds : mapping of int to Sound
        By channel.
    duration_s : float
        Of the recording, in seconds.
    language : str
        Where the transcript names none; "auto": English is assumed.

    Returns
    -------
    Transcript
        With an entry for every channel; words sorted and disjoint on each. None is lost but those that lie
        beyond the end, which a note counts.

    Raises
    ------
    ValueError
        If all of it lies beyond the end.
    """
    captions, beyond = within(given.captions, duration_s)
    if not captions:
        raise ValueError("all captions lie beyond the end of the recording")
    notes = [*_left_out(given.sounds, beyond)]
    speech = {channel: own.spans for channel, own in sounds.items()}
    candidates = {channel: own.candidates for channel, own in sounds.items()}
    parted, found = by_channel(captions, speech, candidates)
    notes += found
    if not given.language and language == AUTO:
        message = "The transcript does not name its language; English is assumed. Name it with --language."
        notes.append(Note("language_assumed", message))
    words = {
        channel: lay_words(parted[channel], (own.spans, own.candidates), duration_s)
        for channel, own in sorted(sounds.items())
    }
    spoken = given.language or (_ASSUMED if language == AUTO else language)
    return Transcript(words, spoken, 1.0, notes=tuple(notes))


def within(captions: Sequence[Caption], duration_s: float) -> tuple[list[Caption], int]:
    """Return the captions inside a recording, cut at its end, and how many words lie beyond that."""
    kept: list[Caption] = []
    beyond = 0
    for one in captions:
        if one.span.start_s >= duration_s:
            beyond += len(one.words) or len(words_in(one.text))
            continue
        words = tuple(word for word in one.words if word.start_s < duration_s)
        beyond += len(one.words) - len(words)
        if one.words and not words:
            continue
        span = Span(one.span.start_s, min(one.span.end_s, duration_s))
        kept.append(replace(one, span=span, words=words))
    return kept, beyond


def _left_out(sounds: int, beyond: int) -> list[Note]:
    notes = []
    if sounds:
        left = "1 caption" if sounds == 1 else f"{sounds} captions"
        message = f"Left out of the transcript: {left} of sounds only, such as [music]."
        notes.append(Note("captions_without_words", message))
    if beyond:
        left = "1 word" if beyond == 1 else f"{beyond} words"
        message = f"Left out of the transcript: {left} beyond the end of the recording."
        notes.append(Note("captions_beyond_end", message))
    return notes
