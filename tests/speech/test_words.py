"""The words as a witness: they confirm, and their absence drops what one witness alone hears."""

from __future__ import annotations

import pytest

from pipeline.speech import ChannelSpeech, Disputed, hear_words
from pipeline.timeline import Span, SpanSet, Word

#              0    1    2    3    4    5    6    7    8    9   10
# spans        ####################          #                        (5.0-5.3: one witness)
# likelihood   ####################          #    ##########          (6.0-8.0: taken for music)
# energy       ####################               ##########
# silero       ####################
CHANNEL = ChannelSpeech(
    spans=SpanSet.of((0, 4), (5, 5.3)),
    candidates=SpanSet.of((0, 9)),
    witnesses={
        "energy": SpanSet.of((0, 4), (6, 8)),
        "likelihood": SpanSet.of((0, 4), (5, 5.3), (6, 8)),
        "silero": SpanSet.of((0, 4)),
    },
    agreement=0.7,
    disputed=(Disputed(Span(5, 5.3), ("likelihood",)), Disputed(Span(6, 8), ("energy", "likelihood"))),
)


def word(start_s: float, end_s: float, confidence: float = 0.9) -> Word:
    return Word("yes", Span(start_s, end_s), confidence)


def test_words_where_all_agree_change_nothing():
    heard = hear_words(CHANNEL, [word(0, 2), word(2, 4), word(4.9, 5.2)])
    assert heard.spans == CHANNEL.spans
    assert heard.agreement == CHANNEL.agreement


def test_a_word_confirms_sound_near_it_with_the_edges_of_the_sound():
    heard = hear_words(CHANNEL, [word(5.8, 6.4), word(5, 5.3)])
    assert heard.spans == SpanSet.of((0, 4), (5, 5.3), (6, 6.7))
    assert heard.disputed[1].heard_by == ("energy", "likelihood")


def test_words_all_along_confirm_all_of_it():
    heard = hear_words(CHANNEL, [word(6, 6.8), word(7, 8.1)])
    assert heard.spans.within(Span(5.5, 10)) == SpanSet.of((6, 8))
    assert heard.disputed[1].heard_by == ("energy", "likelihood", "words")


def test_a_word_that_runs_on_past_found_speech_adds_nothing():
    """Its times are rough: what sounds beside it is a breath or the line."""
    assert hear_words(CHANNEL, [word(5, 5.3), word(3.0, 6.2)]).spans == CHANNEL.spans


def test_a_doubtful_word_confirms_nothing():
    assert hear_words(CHANNEL, [word(6, 8, 0.2)]).spans == SpanSet.of((0, 4))


@pytest.mark.parametrize(("text", "confirms"), [("it.", False), ("4,100", True)])
def test_a_word_that_was_stretched_over_a_sound_confirms_nothing(text, confirms):
    """Nobody takes 1.8 s to say "it", but for a number that may do."""
    heard = hear_words(CHANNEL, [Word(text, Span(6.1, 7.9), 0.98)])
    assert bool(heard.spans & SpanSet.of((6, 8))) is confirms


def test_words_alone_make_no_speech():
    assert hear_words(CHANNEL, [word(8.5, 9)]).spans == SpanSet.of((0, 4))


def test_a_short_sound_of_one_witness_needs_a_word():
    assert hear_words(CHANNEL, []).spans == SpanSet.of((0, 4))
    assert hear_words(CHANNEL, [word(5.1, 5.2)]).spans == CHANNEL.spans


@pytest.mark.parametrize("witness", ["energy", "silero"])
def test_speech_without_a_word_stays_where_two_hear_it(witness):
    more = {**CHANNEL.witnesses, witness: CHANNEL.witnesses[witness] | SpanSet.of((5, 5.3))}
    channel = ChannelSpeech(CHANNEL.spans, CHANNEL.candidates, more)
    assert hear_words(channel, []).spans == CHANNEL.spans


def test_span_sets_and_words_say_the_same():
    words = [word(0, 1), word(5.8, 6.4)]
    spans = SpanSet(w.span for w in words)
    assert hear_words(CHANNEL, spans) == hear_words(CHANNEL, words)


def test_no_speech_and_no_words():
    assert hear_words(ChannelSpeech(SpanSet()), []).spans == SpanSet()
