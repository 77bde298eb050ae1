from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from words.scripted import raw, recorded_window

from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.words import Word
from pipeline.words import CleaningSettings, RawWindow, RawWord, refit
from pipeline.words.cleaning import REASONS, clean, is_no_speech, needs_second_try
from pipeline.words.packing import Piece, Window
from pipeline.words.repetition import surplus_repeats

RATE = 16_000
SETTINGS = CleaningSettings()


def whole(seconds: float, start_s: float = 0.0) -> Window:
    start = round(start_s * RATE)
    return Window(0, (Piece(start, start + round(seconds * RATE), 0),), RATE)


def texts(cleaned):
    return [word.text for word in cleaned.words]


@st.composite
def heard_windows(draw):
    times = sorted(draw(st.lists(st.floats(0, 29), max_size=60)))
    words = [
        RawWord(
            draw(st.sampled_from(["no", "yes", "you.", "Thank", "boiler", "♪", "[Music]", "..."])),
            time_s,
            time_s + draw(st.floats(0, 3)),
            draw(st.floats(0, 1)),
        )
        for time_s in times
    ]
    pairs, at = [], 0.0
    for _ in range(draw(st.integers(0, 12))):
        at += draw(st.floats(0.02, 4))
        length = draw(st.floats(0.01, 5))
        pairs.append((at, at + length))
        at += length
    return RawWindow(tuple(words), avg_logprob=-0.3), SpanSet.of(*pairs)


@given(heard_windows())
def test_clean_words_are_sorted_disjoint_inside_one_stretch_and_taken_from_the_input(drawn):
    heard, speech = drawn
    cleaned = clean([(whole(30), heard)], speech, SETTINGS)
    for before, after in pairwise(cleaned.words):
        assert before.span.end_s <= after.span.start_s
    for word in cleaned.words:
        stretch = speech.at(word.span.start_s)
        assert stretch is not None
        assert word.span.end_s <= stretch.end_s
    left = iter(word.text for word in heard.words)
    assert all(text in left for text in texts(cleaned))  # a subsequence
    assert len(cleaned.words) + sum(cleaned.dropped.values()) == len(heard.words)
    assert set(cleaned.dropped) <= set(REASONS)


def test_words_get_their_place_in_the_speech():
    #  speech:  0.5 ──── 2.0        3.0 ── 4.0
    #  raw:    0.2 I 0.9 said 1.4  2.1 so 2.2 (pause)  2.9 no 3.3   9.0 you
    heard = raw(("I", 0.2, 0.9), ("said", 0.9, 1.4), ("so", 2.1, 2.2), ("no", 2.9, 3.3), ("you", 9.0, 9.2))
    cleaned = clean([(whole(10), heard)], SpanSet.of((0.5, 2.0), (3.0, 4.0)), SETTINGS)
    places = {word.text: (word.span.start_s, word.span.end_s) for word in cleaned.words}
    assert places["I"] == (0.5, 0.9)
    assert places["said"][0] == 0.9
    assert 1.9 < places["so"][0] < places["so"][1] == 2.0  # moved to the near edge
    assert places["no"] == (3.0, 3.3)
    assert cleaned.dropped == {"outside_speech": 1}


def test_a_word_over_a_pause_goes_where_most_of_it_is():
    cleaned = clean([(whole(10), raw(("appointment", 0.8, 3.0)))], SpanSet.of((0, 1), (2, 4)), SETTINGS)
    assert [(w.span.start_s, w.span.end_s) for w in cleaned.words] == [(2.0, 3.0)]


def test_one_unsure_word_in_seconds_of_sound_goes():
    heard = raw(("Well,", 3.0, 3.5, 0.4))
    assert clean([(whole(30), heard)], SpanSet.of((0, 6)), SETTINGS).dropped == {"improbable": 1}
    assert texts(clean([(whole(30), heard)], SpanSet.of((3, 4)), SETTINGS)) == ["Well,"]


def test_refitted_words_reach_the_edges_of_the_speech():
    def word(text, start_s, end_s):
        return Word(text, Span(start_s, end_s), 0.9)

    #  speech:   1.0 ───────── 2.0     5.0 ── 6.0
    words = (word("Hi", 0.9, 1.3), word("there.", 1.3, 1.8), word("uh", 3.5, 3.6), word("Yes.", 5.4, 6.2))
    speech = SpanSet.of((1, 2), (5, 6))
    assert refit(words, speech) == (
        word("Hi", 1.0, 1.3),
        word("there.", 1.3, 2.0),
        word("uh", 3.5, 3.6),
        word("Yes.", 5.4, 6.0),
    )
    assert refit(words, SpanSet()) == words
    assert refit((), speech) == ()


@given(heard_windows(), heard_windows())
def test_refitting_keeps_all_words_sorted_and_disjoint(drawn, other):
    heard, speech = drawn
    words = clean([(whole(30), heard)], speech, SETTINGS).words
    fitted = refit(words, other[1])
    assert [word.text for word in fitted] == [word.text for word in words]
    for before, after in pairwise(fitted):
        assert before.span.end_s <= after.span.start_s


@pytest.mark.parametrize("name", ["music", "breath", "typing"])
def test_stock_phrases_over_recorded_noise_go(recorded, name):
    heard = recorded_window(recorded[name]["raw"])
    cleaned = clean([(whole(9), heard)], SpanSet.of((0, 9)), SETTINGS)
    assert heard.words
    assert cleaned.words == ()
    assert sum(cleaned.dropped.values()) == len(heard.words)


def test_a_recorded_loop_is_tried_again_and_then_cut_down(recorded):
    heard = recorded_window(recorded["loop"]["raw"])
    assert needs_second_try(heard, SETTINGS)
    as_if_spoken = RawWindow(heard.words, avg_logprob=-0.5, no_speech_prob=0.1, compression_ratio=3.6)
    cleaned = clean([(whole(28), as_if_spoken)], SpanSet.of((16, 18.5)), SETTINGS)
    assert cleaned.dropped["repetition"] >= 10
    assert texts(cleaned).count("sorry.") <= 2
    assert len(cleaned.words) <= 2 + 2.5 * SETTINGS.most_words_per_s


def test_sentences_that_were_cut_off_end_where_the_speech_ends(recorded):
    """The recogniser closed "every single" with "evening."; its words must not reach into the pause."""
    case = recorded["cut"]
    window = Window(0, tuple(Piece(*piece) for piece in case["pieces"]), RATE)
    speech = SpanSet.from_pairs(case["speech"])
    cleaned = clean([(window, recorded_window(case["raw"]))], speech, SETTINGS)
    evening = next(word for word in cleaned.words if word.text == "evening.")
    stretch = speech.at(evening.span.start_s)
    assert stretch is not None
    assert stretch.end_s < 19.2
    assert evening.span.end_s <= stretch.end_s
    assert len(cleaned.words) >= 60
    assert all(speech.overlap_s(word.span) == pytest.approx(word.span.duration_s) for word in cleaned.words)


def test_thanks_are_kept_where_somebody_says_them():
    said = clean([(whole(3), raw(("Thank", 0.1, 0.4), ("you.", 0.4, 0.8)))], SpanSet.of((0, 0.9)), SETTINGS)
    assert texts(said) == ["Thank", "you."]
    unsure = raw(("Thank", 0.1, 0.4, 0.4), ("you.", 0.4, 0.8, 0.4))
    assert texts(clean([(whole(3), unsure)], SpanSet.of((0, 0.9)), SETTINGS)) == ["Thank", "you."]
    over_music = clean([(whole(30), unsure)], SpanSet.of((0, 20)), SETTINGS)
    assert over_music.words == ()
    assert over_music.dropped == {"artefact": 2}


def test_signs_for_music_are_no_words():
    heard = raw(("♪", 0, 0.2), ("[Music]", 0.2, 0.5), ("Hello", 0.5, 1.0), ("(laughs)", 1.0, 1.2))
    cleaned = clean([(whole(3), heard)], SpanSet.of((0, 2)), SETTINGS)
    assert texts(cleaned) == ["Hello"]
    assert cleaned.dropped == {"annotation": 3}


def test_tones_of_the_line_are_no_words_but_a_caller_may_say_beep():
    # tiny.en over a ringing tone, on one machine; on others the same sound is no speech at all
    ringing = RawWindow(
        raw(("Beep", 0.0, 1.6), ("beep", 1.6, 4.8), ("Beep!", 4.8, 7.3)).words, -0.75, no_speech_prob=0.76
    )
    spoken = raw(("It", 0.0, 0.2), ("goes", 0.2, 0.5), ("beep", 0.5, 0.9), ("beep.", 0.9, 1.4))
    assert clean([(whole(8), ringing)], SpanSet.of((0, 8)), SETTINGS).dropped == {"annotation": 3}
    assert len(clean([(whole(8), spoken)], SpanSet.of((0, 1.4)), SETTINGS).words) == 4


def test_nobody_speaks_forty_words_in_a_second():
    heard = raw(*((f"w{index}", 1.0, 1.0, 0.5 + index / 100) for index in range(40)))
    cleaned = clean([(whole(3), heard)], SpanSet.of((0.5, 1.5)), SETTINGS)
    assert len(cleaned.words) == 10
    assert cleaned.dropped == {"too_fast": 30}


def test_yeah_in_a_loop_goes_and_backchannels_stay():
    loop = raw(*(("Yeah.", index, index + 0.9) for index in range(20)))
    assert texts(clean([(whole(30), loop)], SpanSet.of((0, 20)), SETTINGS)) == ["Yeah."]
    apart = SpanSet.from_pairs([index, index + 0.5] for index in range(20))
    assert len(clean([(whole(30), loop)], apart, SETTINGS).words) == 20


@pytest.mark.parametrize(
    ("said", "most_words", "gone"),
    [
        ("no no no no", 20, []),
        ("No, no. No no no no no no", 20, [1, 2, 3, 4, 5, 6, 7]),
        ("no no no no", 3, [3]),
        ("I waited and I waited and I waited", 20, []),
        ("come in come in come in come in come in", 20, [2, 3, 4, 5, 6, 7, 8, 9]),
        ("so yeah yeah yeah yeah yeah yeah yeah ok", 20, [2, 3, 4, 5, 6, 7]),
        ("", 20, []),
    ],
)
def test_surplus_repeats(said, most_words, gone):
    assert surplus_repeats(said.split(), 6, most_words) == gone


def test_a_second_try_is_for_loops_and_improbable_speech_only():
    good = raw(("Hello", 0, 1), avg_logprob=-0.2, compression_ratio=1.2)
    assert not needs_second_try(good, SETTINGS)
    assert needs_second_try(raw(("Hello", 0, 1), avg_logprob=-1.3, no_speech_prob=0.1), SETTINGS)
    assert needs_second_try(raw(("Hello", 0, 1), avg_logprob=-0.3, compression_ratio=2.5), SETTINGS)
    silence = raw(("you", 0, 1), avg_logprob=-1.3, no_speech_prob=0.8)
    assert is_no_speech(silence, SETTINGS)
    assert not needs_second_try(silence, SETTINGS)
    assert not needs_second_try(RawWindow(()), SETTINGS)
