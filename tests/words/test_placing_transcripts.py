"""Captions on the channels of a recording: whose they are, and where their words lie."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.timeline import Span, SpanSet
from pipeline.words.placing import Heard
from pipeline.words.transcripts import Caption, Captions, Sound, place_captions

#            0         1         2         3
#            0123456789012345678901234567890
#   left      aaaaa   aa     aaaa  aaaaaa
#   right          bbb  bbbbbb    bb      bbb
LEFT = SpanSet.of((1, 6), (9, 11), (16, 20), (22, 28))
RIGHT = SpanSet.of((6, 9), (11, 17), (20, 22), (28, 31))
SOUNDS = {0: Sound(LEFT, LEFT.padded(0.4)), 1: Sound(RIGHT, RIGHT.padded(0.4))}


def caption(start_s, end_s, text, speaker="", words=()):
    return Caption(Span(start_s, end_s), text, speaker, tuple(Heard(*word, 1.0) for word in words))


def placed(*captions, sounds=None):
    return place_captions(Captions(tuple(captions), "en"), sounds or SOUNDS, 32.0)


def texts(transcript):
    return {channel: " ".join(w.text for w in words) for channel, words in transcript.words.items()}


def codes(transcript):
    return [note.code for note in transcript.notes]


def party(name, spans):
    return [caption(s.start_s, s.end_s, f"{name}{k}", name) for k, s in enumerate(spans)]


def test_speakers_have_the_channel_that_speaks_in_their_captions():
    for left, right in (("ann", "bob"), ("bob", "ann")):
        found = placed(*party(left, LEFT), *party(right, RIGHT))
        assert texts(found) == {
            0: " ".join(f"{left}{k}" for k in range(4)),
            1: " ".join(f"{right}{k}" for k in range(4)),
        }
        assert codes(found) == []


def test_speakers_that_both_fit_both_channels_are_not_believed():
    captions = [
        *party("ann", LEFT[:2]),
        *party("bob", LEFT[2:]),
        *party("ann", RIGHT[:2]),
        *party("bob", RIGHT[2:]),
    ]
    found = placed(*captions)
    assert codes(found) == ["transcript_speakers_unclear"]
    assert texts(found) == {0: "ann0 ann1 bob0 bob1", 1: "ann0 ann1 bob0 bob1"}


def test_two_names_for_one_party_are_not_spread_over_the_channels():
    everything = [caption(0, 31, " ".join("abcdefgh"), "ann"), caption(1, 6, "i", "bob")]
    assert codes(placed(*everything)) == ["transcript_speakers_unclear"]


def test_of_more_than_two_each_has_the_better_channel():
    found = placed(*party("ann", LEFT[:2]), *party("cy", LEFT[2:]), *party("bob", RIGHT))
    assert texts(found) == {0: "ann0 ann1 cy0 cy1", 1: "bob0 bob1 bob2 bob3"}
    assert codes(found) == []


def test_a_name_is_wrong_where_only_the_other_channel_speaks():
    wrong = caption(12, 15, "me too", "ann")
    found = placed(*party("ann", LEFT), *party("bob", RIGHT), wrong)
    assert "me too" in texts(found)[1]
    assert codes(found) == ["transcript_speakers_moved"]
    assert found.notes[0].message.startswith("2 words")


def test_unnamed_captions_go_to_who_speaks_most_in_them():
    found = placed(*(caption(s.start_s - 0.3, s.end_s + 0.5, "x") for s in LEFT), caption(11.2, 16, "yes"))
    assert texts(found) == {0: "x x x x", 1: "yes"}
    assert codes(found) == []


def test_of_two_that_speak_in_a_caption_it_is_whose_speech_begins_and_ends_with_it():
    sounds = {0: Sound(SpanSet.of((1, 11))), 1: Sound(SpanSet.of((4, 4.6)))}
    found = placed(caption(1, 11, "long ago"), caption(4, 4.6, "right"), sounds=sounds)
    assert texts(found) == {0: "long ago", 1: "right"}


def test_unnamed_words_with_times_go_one_by_one_and_stay_with_who_spoke_where_both_do():
    words = [
        ("so", 4, 4.5),
        ("then", 5.2, 5.6),
        ("yes", 6.2, 7),
        ("no", 7, 8),
        ("ours", 16.2, 16.8),
        ("mine", 18, 19),
    ]
    found = placed(caption(4, 19, "so then yes no ours mine", words=words))
    assert texts(found) == {0: "so then mine", 1: "yes no ours"}


def test_a_lone_word_on_the_others_side_of_a_change_is_its_sentences():
    sounds = {0: Sound(SpanSet.of((0, 5))), 1: Sound(SpanSet.of((4.8, 9)))}
    words = [("So", 3, 4), ("there.", 4, 4.7), ("Take", 4.5, 4.9), ("it", 5.1, 5.5), ("away.", 5.5, 6)]
    assert texts(placed(caption(3, 6, "x", words=words), sounds=sounds)) == {
        0: "So there.",
        1: "Take it away.",
    }
    lone = [("I", 5.2, 5.5), ("was,", 5.5, 6), ("right,", 3, 3.5), ("away.", 6.5, 7)]
    assert "right," in texts(placed(caption(3, 7, "x", words=lone), sounds=sounds))[0]


def test_on_one_channel_names_are_not_used():
    found = placed(caption(1, 3, "hello there", "ann"), caption(4, 6, "yes", "bob"), sounds={0: Sound(LEFT)})
    assert texts(found) == {0: "hello there yes"}
    assert codes(found) == ["transcript_speakers_unused"]


def test_words_with_times_keep_them():
    words = [("good", 1.25, 1.5), ("morning", 1.5, 2.75)]
    found = placed(caption(1, 3, "good morning", "ann", words), *party("bob", RIGHT))
    assert [(w.text, w.start_s, w.end_s) for w in found.words[0]] == [
        ("good", 1.25, 1.5),
        ("morning", 1.5, 2.75),
    ]


def test_words_without_times_fill_the_speech_in_their_caption_by_their_length():
    speech = SpanSet.of((2, 4), (6, 8))
    found = placed(caption(1, 9, "abc, defghijk. lm nopqrstuvw"), sounds={0: Sound(speech)})
    words = found.words[0]
    assert [(w.text, round(w.start_s, 2), round(w.end_s, 2)) for w in words] == [
        ("abc,", 2, 2.67),
        ("defghijk.", 2.67, 4),
        ("lm", 6, 6.43),
        ("nopqrstuvw", 6.43, 8),
    ]


def test_a_pause_comes_behind_a_sentence_that_ends_near_it():
    speech = SpanSet.of((0, 2.2), (3, 5))
    found = placed(caption(0, 5, "one two three. And four five six"), sounds={0: Sound(speech)})
    assert next(w for w in found.words[0] if w.text == "And").start_s == 3


def test_speech_over_a_rough_edge_belongs_to_the_caption_and_what_is_far_from_it_does_not():
    speech = SpanSet.of((1.8, 4), (7, 9))
    (word,) = placed(caption(2.1, 3.7, "hello"), sounds={0: Sound(speech)}).words[0]
    assert (word.start_s, word.end_s) == (1.8, 4)
    (word,) = placed(caption(4.3, 6, "hello"), sounds={0: Sound(speech)}).words[0]
    assert 3.8 <= word.start_s < word.end_s <= 4.01
    early, late = placed(caption(1.8, 2.8, "a"), caption(3, 4, "b"), sounds={0: Sound(speech)}).words[0]
    assert (early.end_s, late.start_s) == (pytest.approx(2.9), pytest.approx(2.9))


def test_without_speech_in_a_caption_what_any_detector_hears_counts_and_else_the_caption():
    sounds = {0: Sound(SpanSet.of((20, 21)), SpanSet.of((2, 3), (20, 21)))}
    (word,) = placed(caption(1, 5, "faint"), sounds=sounds).words[0]
    assert (word.start_s, word.end_s) == (2, 3)
    (word,) = placed(caption(8, 10, "none"), sounds=sounds).words[0]
    assert (word.start_s, word.end_s) == (8, 10)


def test_captions_that_overlap_follow_one_another():
    sounds = {0: Sound(SpanSet.of((0, 30)))}
    rolling = placed(caption(0, 10, "a b"), caption(5, 12, "c d"), sounds=sounds)
    assert [w.text for w in rolling.words[0]] == ["a", "b", "c", "d"]
    assert rolling.words[0][1].end_s <= 5
    inside = placed(caption(0, 9, "a b c"), caption(4, 5, "right"), sounds=sounds)
    assert texts(inside) in ({0: "a right b c"}, {0: "a b right c"})
    together = placed(caption(0, 6, "hello there"), caption(0, 6, "yes"), sounds=sounds)
    assert texts(together) == {0: "hello there yes"}


def test_what_lies_beyond_the_end_is_left_out_and_counted():
    found = placed(caption(1, 3, "hello"), caption(40, 42, "too late"))
    assert codes(found) == ["captions_beyond_end"]
    assert "2 words" in found.notes[0].message
    words = [("on", 30, 31), ("off", 33, 34)]
    assert codes(placed(caption(30, 34, "on off", words=words))) == ["captions_beyond_end"]
    with pytest.raises(ValueError, match="beyond the end"):
        placed(caption(32, 33, "hello"))


@pytest.mark.parametrize(
    ("own", "asked", "is_now", "notes"),
    [("de", "fr", "de", []), ("", "fr", "fr", []), ("", "auto", "en", ["language_assumed"])],
)
def test_the_language_is_the_transcripts_else_as_asked_else_assumed(own, asked, is_now, notes):
    found = place_captions(Captions((caption(1, 3, "hello"),), language=own), SOUNDS, 32.0, asked)
    assert (found.language, codes(found)) == (is_now, notes)


spans = st.tuples(st.integers(0, 3000), st.integers(1, 600)).map(lambda p: (p[0] / 100, (p[0] + p[1]) / 100))
speech_sets = st.lists(spans, max_size=12).map(lambda pairs: SpanSet.of(*pairs))


@st.composite
def captions(draw):
    start_s, end_s = draw(spans)
    count = draw(st.integers(1, 8))
    if draw(st.booleans()):
        return start_s, end_s, count, draw(st.sampled_from(["", "ann", "bob", "cy"])), ()
    times = draw(
        st.lists(st.tuples(st.integers(0, 3100), st.integers(0, 200)), min_size=count, max_size=count)
    )
    return start_s, end_s, count, draw(st.sampled_from(["", "ann", "bob"])), tuple(times)


@settings(max_examples=150, deadline=None)
@given(st.lists(captions(), min_size=1, max_size=12), st.lists(speech_sets, min_size=1, max_size=2))
def test_no_word_is_lost_or_doubled_and_each_channels_are_in_order(rows, speech):
    made, names = [], []
    for k, (start_s, end_s, count, speaker, times) in enumerate(rows):
        own = [f"w{k}.{n}" for n in range(count)]
        words = tuple(Heard(t, a / 100, (a + b) / 100, 1.0) for t, (a, b) in zip(own, times, strict=False))
        made.append(Caption(Span(start_s, end_s), " ".join(own), speaker, words))
        names += own
    sounds = {c: Sound(own, own.padded(0.3)) for c, own in enumerate(speech)}
    found = place_captions(Captions(tuple(made)), sounds, 60.0)
    assert sorted(w.text for words in found.words.values() for w in words) == sorted(names)
    assert set(found.words) == set(sounds)
    for words in found.words.values():
        assert all(0 <= w.start_s < w.end_s <= 60.0 for w in words)
        assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(words))
    assert type(found).from_dict(found.to_dict()).words.keys() == found.words.keys()
