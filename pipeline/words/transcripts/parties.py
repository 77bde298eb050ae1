"""Whose channel a caption belongs to: its speaker's, or else the one that speaks most in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.wording import ends_sentence
from pipeline.words.fitting import BRIDGE_S
from pipeline.words.transcripts.caption import SHORTEST_S, words_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.words.placing import Heard
    from pipeline.words.transcripts.caption import Caption

    Channels = Mapping[int, SpanSet]

_MARGIN = 0.2  # of the speech compared: so much more speaks for a channel than for the other
_NEARLY = 0.8  # of the most that a channel speaks in a caption: hardly less
_ROUGH_S, _CLOSE_S = 0.5, 0.25  # how exact the times of captions and of words are
_UNUSED = Note(
    "transcript_speakers_unused",
    "The transcript names its speakers; on one channel, who said what is decided from the audio instead.",
)
_UNCLEAR = Note(
    "transcript_speakers_unclear",
    "The transcript's speakers don't fit the channels clearly: what has no clear speaker went to the channel "
    "that speaks most while it is said.",
)


def by_channel(
    captions: Sequence[Caption], speech: Channels, candidates: Channels
) -> tuple[dict[int, list[Caption]], tuple[Note, ...]]:
    """Give each caption to a channel; one whose words have times may be parted.

    Parameters
    ----------
    captions : sequence of Caption
    speech : mapping of int to SpanSet
        By channel, as decided.
    candidates : mapping of int to SpanSet
        What may be speech as well: asked where no channel speaks.

    Returns
    -------
    dict of int to list of Caption, and tuple of Note
        With an entry for every channel.
    """
    given: dict[int, list[Caption]] = {channel: [] for channel in speech}
    if len(speech) == 1:
        (only,) = given.values()
        only += captions
        return given, (_UNUSED,) if any(one.speaker for one in captions) else ()
    named, clear = channels_of(captions, speech)
    heard = (_whole(speech), _whole(candidates))
    moved = 0
    for one in captions:
        channel = named.get(one.speaker)
        parts = _unnamed(one, heard) if channel is None else _named(one, channel, heard)
        for own, part in parts.items():
            given[own].append(part)
            if channel is not None and own != channel:
                moved += len(part.words) or len(words_in(part.text))
    return given, (*(() if clear else (_UNCLEAR,)), *_moved(moved))


def _moved(words: int) -> tuple[Note, ...]:
    if not words:
        return ()
    went = "1 word of the transcript" if words == 1 else f"{words} words of the transcript"
    message = f"{went} went to the other channel: the speaker named there is silent, and the other speaks."
    return (Note("transcript_speakers_moved", message),)


def _whole(channels: Channels) -> Channels:
    """Return each channel's utterances, short pauses bridged."""
    return {channel: spans.bridged(BRIDGE_S) for channel, spans in channels.items()}


def channels_of(captions: Iterable[Caption], speech: Channels) -> tuple[dict[str, int], bool]:
    """Return each named speaker's channel, and whether all of them are clear.

    Of two speakers the assignment is taken with more seconds of a channel's speech inside its speaker's
    captions; of more, each has the better channel. One name alone tells nobody apart.
    """
    said: dict[str, list[Span]] = defaultdict(list)
    for one in captions:
        if one.speaker:
            said[one.speaker] += [_room(word) for word in one.words] or [one.span]
    if len(said) < 2:
        return {}, True
    seconds = {
        name: {channel: (spans & SpanSet(own)).duration_s for channel, spans in speech.items()}
        for name, own in said.items()
    }
    better = {name: _better(heard) for name, heard in seconds.items()}
    if len(said) > 2:
        named = {name: channel for name, (channel, margin) in better.items() if margin >= _MARGIN}
        return named, len(named) == len(said)
    (name, heard), (other, theirs) = seconds.items()
    first, second = speech
    straight = heard[first] + theirs[second]
    crossed = heard[second] + theirs[first]
    named = {name: first, other: second} if straight >= crossed else {name: second, other: first}
    clear = abs(straight - crossed) >= _MARGIN * (straight + crossed) > 0 and all(
        margin < _MARGIN or channel == named[who] for who, (channel, margin) in better.items()
    )
    return (named, True) if clear else ({}, False)


def _better(seconds: Mapping[int, float]) -> tuple[int, float]:
    """Return the channel with more of the speech, and by how much of it."""
    channel = max(seconds, key=lambda one: seconds[one])
    total = sum(seconds.values())
    return channel, (2 * seconds[channel] - total) / total if total else 0.0


def _named(caption: Caption, channel: int, heard: tuple[Channels, Channels]) -> dict[int, Caption]:
    """Return a caption on its speaker's channel; what is named wrong on the other, by channel."""
    if not caption.words:
        return {_speaking(caption.span, channel, heard, _ROUGH_S): caption}
    return _parted(caption, [_speaking(_room(word), channel, heard, _CLOSE_S) for word in caption.words])


def _speaking(span: Span, channel: int, heard: tuple[Channels, Channels], reach_s: float) -> int:
    """Return a channel, or the other one where only that speaks, and this is silent near and far."""
    near = Span(max(0.0, span.start_s - reach_s), span.end_s + reach_s)
    if any(channels[channel].overlapping(near) for channels in heard):
        return channel
    alone = _alone(span, heard[0])
    return channel if alone is None else alone


def _unnamed(caption: Caption, heard: tuple[Channels, Channels]) -> dict[int, Caption]:
    """Return a caption by channel; of one whose words have times each sentence or word has its own."""
    if not caption.words:
        return {_loudest(caption.span, heard): caption}
    alone = [_alone(_room(word), heard[0]) for word in caption.words]
    first = next((channel for channel in alone if channel is not None), None)
    now = _loudest(caption.span, heard) if first is None else first
    channels: list[int] = []
    for start, stop in _sentences(caption.words):
        words, own = caption.words[start:stop], alone[start:stop]
        whole = _of_sentence(own)
        if whole is not None:
            own = [_kept(word, one, whole, heard[0]) for word, one in zip(words, own, strict=True)]
        channels += [now := now if channel is None else channel for channel in own]
    return _parted(caption, channels)


def _sentences(words: Sequence[Heard]) -> Iterator[tuple[int, int]]:
    start = 0
    for stop, word in enumerate(words, 1):
        if stop == len(words) or ends_sentence(word.text):
            yield start, stop
            start = stop


def _of_sentence(alone: Sequence[int | None]) -> int | None:
    """Return the channel that says half of a sentence's words alone, the other at most one of them."""
    counts = Counter(channel for channel in alone if channel is not None)
    for channel, count in counts.items():
        if 2 * count >= len(alone) and counts.total() - count <= 1 < count:
            return channel
    return None


def _kept(word: Heard, alone: int | None, sentence: int, speech: Channels) -> int:
    """Return a word's channel in a sentence: its own only where the sentence's speaker is not heard at all.

    The times of words are rough, and parties overlap.
    """
    return sentence if alone is None or speech[sentence].overlapping(_room(word)) else alone


def _parted(caption: Caption, channels: Sequence[int]) -> dict[int, Caption]:
    """Return a caption's words by channel."""
    found: dict[int, list[Heard]] = defaultdict(list)
    for word, channel in zip(caption.words, channels, strict=True):
        found[channel].append(word)
    return {channel: replace(caption, words=tuple(own)) for channel, own in found.items()}


def _alone(span: Span, speech: Channels) -> int | None:
    """Return the only channel that speaks in half of a span or more."""
    speaking = [channel for channel, spans in speech.items() if spans.overlap_s(span) >= span.duration_s / 2]
    return speaking[0] if len(speaking) == 1 else None


def _room(word: Heard) -> Span:
    return Span(word.start_s, max(word.end_s, word.start_s + SHORTEST_S))


def _loudest(span: Span, heard: tuple[Channels, Channels]) -> int:
    """Return the channel that speaks most in a span.

    Of two that speak nearly as much it is the one whose speech begins and ends with the span; of two that
    are silent the one that speaks nearest.
    """
    for channels in heard:
        seconds = {channel: spans.overlap_s(span) for channel, spans in channels.items()}
        most = max(seconds.values())
        if most > 0:
            near = [channel for channel, own_s in seconds.items() if own_s >= _NEARLY * most]
            return max(near, key=lambda channel: _fit(span, channels[channel]))
    speech = heard[0]
    return min(speech, key=lambda channel: speech[channel].away_s(span))


def _fit(span: Span, speech: SpanSet) -> float:
    """Return what is shared by a span and the utterances in it, of the time that either takes."""
    utterances = speech.overlapping(span)
    start_s = min(span.start_s, utterances[0].start_s)
    end_s = max(span.end_s, utterances[-1].end_s)
    return speech.overlap_s(span) / (end_s - start_s)
