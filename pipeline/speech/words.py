"""The words as a witness: what was recognised confirms speech, and its absence weakens lone witnesses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.speech.settings import SpeechSettings
from pipeline.timeline import Span, SpanSet, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.speech.result import ChannelSpeech

WITNESS = "words"


def hear_words(
    channel: ChannelSpeech, words: SpanSet | Iterable[Word], settings: SpeechSettings | None = None
) -> ChannelSpeech:
    """Weigh the recognised words in.

    A word recognised without any filter where hardly any speech was found confirms it: the sound that the
    energy or the statistical witness hears there becomes speech, near the word only (a recogniser puts words
    into music). A word that lies in found speech confirms nothing beside it: word times are too rough for
    edges, and run on through pauses and breaths. Speech without a word stays speech; only what a single
    witness hears, the neural one not, for less than `word_lone_max_s` and without a word, is dropped.

    Parameters
    ----------
    channel : ChannelSpeech
        The decision without words.
    words : SpanSet or iterable of Word
        The words of this channel; a span set counts as confident words.
    settings : SpeechSettings, optional
        Thresholds.

    Returns
    -------
    ChannelSpeech
        With new `spans`, and the witness ``words`` added; what was measured before is kept.
    """
    settings = settings or SpeechSettings()
    heard = _confident(words, settings)
    lost = SpanSet(w for w in heard if channel.spans.overlap_s(w) < settings.word_covered * w.duration_s)
    sounds = channel.witnesses.get("energy", SpanSet()) | channel.witnesses.get("likelihood", SpanSet())
    sounds -= channel.background  # that may well have words, of other people
    reach = heard.padded(settings.word_reach_s)
    confirmed = _touching((sounds & lost.padded(settings.word_reach_s)) - channel.spans, lost)
    spans = _without_lone(channel, reach, settings) | confirmed.at_least(settings.min_speech_s)
    disputed = tuple(
        replace(d, heard_by=(*d.heard_by, WITNESS))
        if WITNESS not in d.heard_by and heard.overlap_s(d.span) > 0.5 * d.span.duration_s
        else d
        for d in channel.disputed
    )
    return replace(channel, spans=spans, witnesses={**channel.witnesses, WITNESS: heard}, disputed=disputed)


def _confident(words: SpanSet | Iterable[Word], settings: SpeechSettings) -> SpanSet:
    if isinstance(words, SpanSet):
        return words
    return SpanSet(
        word.span
        for word in words
        if word.confidence >= settings.word_confidence
        and (word.span.duration_s <= settings.word_max_s or any(sign.isdigit() for sign in word.text))
    )


def _touching(pieces: SpanSet, heard: SpanSet) -> SpanSet:
    """Return the pieces in utterances (pauses < 0.3 s bridged) in which a word is heard."""
    utterances = SpanSet(u for u in pieces.bridged(0.3) if heard.overlapping(u))
    return pieces & utterances


def _without_lone(channel: ChannelSpeech, reach: SpanSet, settings: SpeechSettings) -> SpanSet:
    """Return the decision without short utterances that one witness alone hears and that have no word."""
    neural = channel.witnesses.get("silero", SpanSet())
    energy = channel.witnesses.get("energy", SpanSet())
    likely = channel.witnesses.get("likelihood", SpanSet())
    kept: list[Span] = []
    for utterance in channel.spans.bridged(0.3):
        inside = channel.spans.within(utterance)
        half = 0.5 * inside.duration_s
        votes = sum((inside & witness).duration_s > half for witness in (energy, likely))
        lone = votes < 2 and not neural.overlapping(utterance)
        if lone and utterance.duration_s < settings.word_lone_max_s and not reach.overlapping(utterance):
            continue
        kept.extend(inside)
    return SpanSet(kept)
