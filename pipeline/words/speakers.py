"""Words of a shared channel, given to the speakers who said them.

The recording is transcribed once. A word goes to the speaker who is heard during most of it; where several
are, it goes on with who was speaking, is less sure, and its other candidates are kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.timeline.spans import SpanSet
from pipeline.timeline.words import CONTESTED, Word
from pipeline.words.fitting import BRIDGE_S, fit_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.spans import Span
    from pipeline.words.transcript import Transcript

_HEARD = 0.5  # of a word: who is heard in so much of it may have said it
UNWORDED_S = 1.5  # speech of several voices, of this length, has words
_SENTENCE_END = (".", "!", "?", "…")
_CLOSE_S = 0.1  # how exact a word's times are
_STRAY_S = 0.3  # a last or first word of a sentence this near to a change may lie on its wrong side


@dataclass(frozen=True)
class Contested:
    """A word that more than one speaker may have said.

    Parameters
    ----------
    span : Span
        The word's place when it was recognised.
    given_to : int
        The speaker who has it.
    others : tuple of int
        Who else is heard in it.
    """

    span: Span
    given_to: int
    others: tuple[int, ...]


@dataclass(frozen=True)
class SpokenWords:
    """Whose words they are.

    Parameters
    ----------
    transcript : Transcript
        With an entry for every speaker; each word inside that speaker's speech.
    contested : tuple of Contested
    """

    transcript: Transcript
    contested: tuple[Contested, ...] = field(default_factory=tuple)


def without_words(words: Sequence[Word], speech: SpanSet, least_s: float = UNWORDED_S) -> SpanSet:
    """Return the stretches of speech in which nothing was recognised for long: they are worth a second try.

    A recogniser that hears a loud and a faint voice in one window may leave the faint one out; at times it
    leaves out how a window begins.

    Parameters
    ----------
    words : sequence of Word
    speech : SpanSet
    least_s : float
        Seconds; shorter speech may be a laugh or a breath.
    """
    near = SpanSet(word.span for word in words).padded(BRIDGE_S)
    return (speech.bridged(BRIDGE_S) - near).at_least(least_s)


def with_more(transcript: Transcript, more: Transcript) -> Transcript:
    """Return a transcript with the words of a second try, where the first had none."""
    words = {}
    for channel, own in transcript.words.items():
        taken = SpanSet(word.span for word in own)
        new = (word for word in more.words.get(channel, ()) if not taken.overlap_s(word.span))
        words[channel] = tuple(sorted((*own, *new), key=lambda word: word.span))
    dropped = Counter(transcript.dropped) + Counter(more.dropped)
    return replace(transcript, words=words, dropped=dict(dropped), notes=(*transcript.notes, *more.notes))


def give_words(transcript: Transcript, channel: int, speech: Mapping[int, SpanSet]) -> SpokenWords:
    """Give each word of a shared channel to one of its speakers.

    Parameters
    ----------
    transcript : Transcript
        Of the shared channel.
    channel : int
        Which one that is.
    speech : mapping of int to SpanSet
        When each speaker is heard, by number; may overlap.

    Returns
    -------
    SpokenWords
        A segment of the recogniser that spans a change of speaker is cut there. No word is lost to the
        giving itself; what lies away from all speech is left out and counted, as on any channel.
    """
    words = transcript.words.get(channel, ())
    if not speech:
        return SpokenWords(replace(transcript, words={}))
    bridged = {speaker: spans.bridged(BRIDGE_S) for speaker, spans in speech.items()}
    heard = [_heard_in(word.span, bridged) for word in words]
    given = _cut_at_sentences(words, _given(words, heard, bridged), heard)
    close = {speaker: spans.padded(_CLOSE_S) for speaker, spans in bridged.items()}
    given = _with_whole_sentences(words, given, [_heard_in(word.span, close) for word in words])
    own: dict[int, list[Word]] = {speaker: [] for speaker in speech}
    contested = []
    for word, speaker, shares in zip(words, given, heard, strict=True):
        others = tuple(k for k, share in shares.items() if k != speaker and share >= _HEARD)
        if others:
            contested.append(Contested(word.span, speaker, others))
            word = Word(word.text, word.span, word.confidence * CONTESTED)  # noqa: PLW2901
        own[speaker].append(word)
    told = replace(transcript, words={speaker: tuple(found) for speaker, found in own.items()})
    return SpokenWords(fit_words(told, speech, bridge_s=BRIDGE_S), tuple(contested))


def _heard_in(span: Span, speech: Mapping[int, SpanSet]) -> dict[int, float]:
    """Return the share of a word in which each speaker is heard."""
    return {speaker: spans.overlap_s(span) / span.duration_s for speaker, spans in speech.items()}


def _given(
    words: Sequence[Word], heard: Sequence[Mapping[int, float]], speech: Mapping[int, SpanSet]
) -> list[int]:
    given: list[int] = []
    for word, shares in zip(words, heard, strict=True):
        most = max(shares.values())
        if most <= 0:
            given.append(min(speech, key=lambda k: speech[k].away_s(word.span)))
            continue
        near = [speaker for speaker, share in shares.items() if share >= most - 1e-6]
        before = given[-1] if given else None
        given.append(before if before in near else near[0])
    return given


def _cut_at_sentences(
    words: Sequence[Word], given: list[int], heard: Sequence[Mapping[int, float]]
) -> list[int]:
    """Where one takes over in the other's speech, let the end of a sentence part their words.

    The recogniser writes on from one voice into the other. Of several ends the one nearest to the overlap's
    middle is taken; without any the words stay with who was speaking.
    """
    cut = list(given)
    for k in range(1, len(words)):
        before, after = given[k - 1], given[k]
        if after == before:
            continue
        first = k
        while first > 0 and given[first - 1] == before and heard[first - 1].get(after, 0.0) >= _HEARD:
            first -= 1
        ends = [at for at in range(max(1, first), k + 1) if _ends(words[at - 1])]
        if first == k or not ends:
            continue
        middle_s = (words[first].span.start_s + words[k - 1].span.end_s) / 2
        at = min(ends, key=lambda at: abs(words[at - 1].span.end_s - middle_s))
        cut[at:k] = [after] * (k - at)
    return cut


def _with_whole_sentences(
    words: Sequence[Word], given: list[int], close: Sequence[Mapping[int, float]]
) -> list[int]:
    """Move a single stray word across a change of speaker to the sentence that it belongs to.

    Word times are rough: the last word of a sentence may reach over the change, or the first of the next
    begin before it. Only a word that touches the other's speech, or nearly so, is moved.
    """
    mended = list(given)
    for k in range(1, len(words)):
        if mended[k] == mended[k - 1]:
            continue
        before, after = words[k - 1], words[k]
        if after.span.start_s - before.span.end_s > _STRAY_S:
            continue
        ends_before, ends_after = _ends(before), _ends(after)
        if not ends_before and ends_after and close[k].get(mended[k - 1], 0.0) > 0:
            mended[k] = mended[k - 1]  # the sentence's last word
        elif not ends_before and k > 1 and _ends(words[k - 2]) and close[k - 1].get(mended[k], 0.0) > 0:
            mended[k - 1] = mended[k]  # the next sentence's first word
    return mended


def _ends(word: Word) -> bool:
    return word.text.rstrip("\"')]”’").endswith(_SENTENCE_END)
