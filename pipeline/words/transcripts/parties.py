"""Whose channel a caption belongs to: its speaker's, or else the one that speaks most in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span, SpanSet
from pipeline.words.transcripts.caption import SHORTEST_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.words.placing import Heard
    from pipeline.words.transcripts.caption import Caption

    Channels = Mapping[int, SpanSet]

_MARGIN = 0.2  # of the speech compared: so much more speaks for a channel than for the other
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
    for one in captions:
        channel = named.get(one.speaker)
        if channel is not None:
            given[channel].append(one)
        elif not one.words:
            given[_loudest(one.span, (speech, candidates), None)].append(one)
        else:
            for channel, own in _parted(one.words, (speech, candidates)).items():
                given[channel].append(replace(one, words=tuple(own)))
    return given, () if clear else (_UNCLEAR,)


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


def _parted(words: Iterable[Heard], heard: tuple[Channels, Channels]) -> dict[int, list[Heard]]:
    found: dict[int, list[Heard]] = defaultdict(list)
    channel = None
    for word in words:
        channel = _loudest(_room(word), heard, channel)
        found[channel].append(word)
    return found


def _room(word: Heard) -> Span:
    return Span(word.start_s, max(word.end_s, word.start_s + SHORTEST_S))


def _loudest(span: Span, heard: tuple[Channels, Channels], before: int | None) -> int:
    """Return the channel that speaks most in a span; of equal ones the one before, else the nearest."""
    for channels in heard:
        most = max(spans.overlap_s(span) for spans in channels.values())
        if most > 0:
            best = [channel for channel, spans in channels.items() if spans.overlap_s(span) >= most - 1e-6]
            return before if before in best and before is not None else best[0]
    speech = heard[0]
    return min(speech, key=lambda channel: _away_s(span, speech[channel]))


def _away_s(span: Span, speech: SpanSet) -> float:
    before_s, after_s = speech.last_end(span.start_s), speech.next_start(span.end_s)
    gaps = [
        *(() if before_s is None else (span.start_s - before_s,)),
        *(() if after_s is None else (after_s - span.end_s,)),
    ]
    return min(gaps, default=float("inf"))
