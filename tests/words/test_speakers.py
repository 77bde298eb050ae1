"""Words of a shared channel: each goes to the speaker who said it, and none is lost on the way."""

from __future__ import annotations

import pytest
from drawing import lane, spoken
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.timeline import Span, SpanSet, Word
from pipeline.words import Transcript, give_words, with_more, without_words


def transcript(*words: Word) -> Transcript:
    return Transcript({0: words}, "en", 1.0)


def said(found, speaker: int) -> str:
    return " ".join(word.text for word in found.transcript.words[speaker])


def test_each_word_goes_to_who_is_heard_in_it():
    a = lane("==========          ======")
    b = lane("           ========       ")
    words = spoken(SpanSet([a[0]]), "can i help you?")
    words += spoken(b, "my router is dead")
    words += spoken(SpanSet([a[1]]), "oh no")
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "can i help you? oh no"
    assert said(found, 1) == "my router is dead"
    assert not found.contested


def test_a_segment_over_a_change_of_speaker_is_cut_there():
    a, b = lane("=========="), lane("          ==========")
    whole = SpanSet.of((0.0, 2.0))
    words = spoken(whole, "that is all. it is not all")  # the recogniser heard one breath
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "that is all."
    assert said(found, 1) == "it is not all"


def test_a_word_in_overlap_is_less_sure_and_keeps_its_candidates():
    a, b = lane("=============     "), lane("          ========")
    words = spoken(SpanSet.of((0.0, 1.0)), "one two three four") + spoken(SpanSet.of((1.0, 1.3)), "five")
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "one two three four five"  # who was speaking has it
    (contested,) = found.contested
    assert (contested.given_to, contested.others) == (0, (1,))
    *sure, unsure = found.transcript.words[0]
    assert unsure.confidence < min(word.confidence for word in sure)


@pytest.mark.parametrize(
    ("edge_s", "left", "right"),
    [(0.85, "are you there?", "no i"), (1.0, "are you there?", "no i")],
)
def test_a_word_that_strays_over_the_change_stays_with_its_sentence(edge_s, left, right):
    a, b = SpanSet.of((0.0, edge_s)), SpanSet.of((edge_s, 2.0))
    words = (
        Word("are", Span(0.0, 0.3), 0.9),
        Word("you", Span(0.3, 0.6), 0.9),
        Word("there?", Span(0.6, 1.15), 0.9),  # half of it or more over the edge
        Word("no", Span(1.2, 1.5), 0.9),
        Word("i", Span(1.5, 1.8), 0.9),
    )
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == left
    assert said(found, 1) == right


def test_the_end_of_a_sentence_parts_the_words_of_an_overlap():
    a, b = SpanSet.of((0.0, 2.0)), SpanSet.of((1.5, 4.0))
    words = (
        *spoken(SpanSet.of((0.0, 1.5)), "i never look at"),
        Word("it.", Span(1.5, 1.7), 0.9),
        Word("me", Span(1.7, 1.85), 0.9),
        Word("neither", Span(1.85, 2.0), 0.9),
        *spoken(SpanSet.of((2.0, 3.0)), "if i can"),
    )
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "i never look at it."
    assert said(found, 1) == "me neither if i can"
    assert [(one.given_to, one.others) for one in found.contested] == [(0, (1,)), (1, (0,)), (1, (0,))]


def test_an_open_sentence_keeps_the_words_of_an_overlap():
    a, b = SpanSet.of((0.0, 2.0)), SpanSet.of((1.5, 4.0))
    words = spoken(SpanSet.of((0.0, 1.5)), "i was told") + spoken(SpanSet.of((1.5, 2.0)), "that the")
    words += spoken(SpanSet.of((2.0, 3.0)), "we can not")
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "i was told that the"


def test_a_first_word_just_before_the_change_goes_with_its_sentence():
    a, b = SpanSet.of((0.0, 2.05)), SpanSet.of((2.05, 4.0))
    words = (
        *spoken(SpanSet.of((0.0, 1.6)), "thank you, tom."),
        Word("I", Span(1.7, 2.0), 0.9),
        *spoken(SpanSet.of((2.05, 3.0)), "see you"),
    )
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    assert said(found, 0) == "thank you, tom."
    assert said(found, 1) == "I see you"


def test_no_speakers_have_no_words():
    found = give_words(transcript(Word("hello", Span(0, 1), 0.9)), 0, {})
    assert found.transcript.words == {}


def test_speech_without_words_is_worth_a_second_try():
    speech = SpanSet.of((0.0, 3.0), (4.0, 4.5), (5.0, 9.0))
    words = spoken(SpanSet.of((0.0, 3.0)), "one two three four")
    missed = without_words(words, speech)
    assert missed == SpanSet.of((5.0, 9.0))  # half a second without a word is nothing
    first = transcript(*words)
    more = transcript(*spoken(SpanSet.of((2.5, 3.5)), "twice"), *spoken(missed, "five six"))
    joined = with_more(first, more)
    assert [word.text for word in joined.words[0]] == ["one", "two", "three", "four", "five", "six"]
    assert without_words(joined.words[0], speech) == SpanSet()


cuts = st.lists(st.integers(0, 60), min_size=4, max_size=14, unique=True)


@settings(deadline=None)
@given(cuts, cuts, st.integers(1, 4))
def test_every_word_is_given_once_and_lies_in_its_speakers_speech(first, second, per_span):
    def spans(points: list[int]) -> SpanSet:
        points = sorted(points)
        return SpanSet(Span(a / 10, b / 10) for a, b in zip(points[::2], points[1::2], strict=False))

    a, b = spans(first), spans(second)
    everywhere = a | b
    words = spoken(everywhere, *(" ".join(["word"] * per_span) for _ in everywhere))
    found = give_words(transcript(*words), 0, {0: a, 1: b})
    kept = found.transcript.words
    assert sum(map(len, kept.values())) + found.transcript.dropped.get("outside_speech", 0) == len(words)
    for speaker, speech in ((0, a), (1, b)):
        for word in kept[speaker]:
            assert speech.bridged(0.3).overlap_s(word.span) == pytest.approx(word.span.duration_s)
