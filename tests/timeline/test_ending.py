from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_pack
from pipeline.timeline import EndingClues, Span, VoiceFeatures, Word, judge_ending

ENGLISH = language_pack("en")
FULL_VOICE = VoiceFeatures(end_drop_db=0.0, end_fall_s=0.02)
FALLS_AWAY = VoiceFeatures(end_drop_db=-14.0, end_fall_s=0.2)


def said(text: str, last_confidence: float = 0.9) -> tuple[Word, ...]:
    parts = text.split()
    last = len(parts) - 1
    return tuple(
        Word(t, Span(k, k + 1), last_confidence if k == last else 0.9 + k / 1000) for k, t in enumerate(parts)
    )


def cut_off(text: str = "it drops out every evening.", language=ENGLISH, **clues) -> float:
    clues.setdefault("shared_s", 0.3)
    if isinstance(clues.get("next_words"), str):
        clues["next_words"] = said(clues["next_words"])
    return judge_ending(EndingClues(words=said(text), **clues), language).cut_off


def test_nothing_known_is_balanced():
    ending = judge_ending(EndingClues(shared_s=0.3), None)
    assert 0.4 < ending.cut_off < 0.6
    assert ending.confidence < 0.6
    assert not ending.says_open


def test_the_voice_tells_in_both_directions():
    assert cut_off(voice=FULL_VOICE) > 0.6
    assert cut_off(voice=FALLS_AWAY) < 0.3
    assert cut_off(voice=VoiceFeatures()) == cut_off()


def test_one_level_feature_does_for_both():
    assert cut_off(voice=VoiceFeatures(end_drop_db=0.0)) > 0.6
    assert cut_off(voice=VoiceFeatures(end_fall_s=0.25)) < 0.3


def test_an_octave_error_of_the_pitch_tracker_is_left_out():
    off = VoiceFeatures(end_drop_db=-5.0, end_pitch_hz=200.0, median_pitch_hz=100.0)
    assert "end_pitch_ratio" not in judge_ending(EndingClues(voice=off), None).why


@pytest.mark.parametrize("text", ["I was told that the", "we waited and", "so, um,", "I said that I..."])
def test_open_endings_speak_for_a_cut(text):
    assert cut_off(text) > cut_off("I told you that on Monday.") + 0.2


def test_a_word_that_closes_a_sentence_speaks_against_a_cut():
    assert cut_off("he's eating fine, though.") < cut_off("he's eating fine, cats.")
    assert cut_off("I never got a letter or anything.") < cut_off("I never got a letter or postcards.")
    assert cut_off("he's eating fine, even though") > 0.6


def test_the_full_stop_proves_nothing():
    stopped = cut_off("it drops out every evening.", voice=FULL_VOICE)
    assert stopped > 0.6


def test_the_recognisers_doubt_about_the_last_word_speaks_for_a_cut():
    def cut(confidence, text="nobody could find my wrong reservation."):
        return judge_ending(EndingClues(words=said(text, confidence), shared_s=0.3), ENGLISH).cut_off

    assert cut(0.4) > 0.6 > cut(0.95)
    assert cut(0.4, "nobody could find the one called Aldridge.") < 0.5  # names are hard however they end
    assert cut(0.4, "goodbye for now to you, Mrs. Aldridge.") < 0.5  # whatever stands before them
    assert cut(0.4, "my wrong reservation.") == cut(0.9, "my wrong reservation.")  # too few to compare


def test_a_phrase_of_resumption_and_a_repeated_ending():
    plain = cut_off(next_words="I would like to cancel")
    assert cut_off(next_words="As I was saying, it is broken") > plain + 0.3
    assert cut_off("and then we'll", next_words="Then we'll have to go") > cut_off("and then we'll") + 0.05


def test_repeating_what_the_other_said_is_an_answer():
    words, again = "I live at the old mill.", said("the old mill on the river")
    taken_up = cut_off(words, next_words=again)
    echoed = cut_off(words, next_words=again, others_words=said("Is that the old mill?"))
    assert taken_up > echoed


def test_more_shared_speech_is_less_of_an_accident():
    chances = [cut_off(shared_s=s) for s in (0.1, 0.2, 0.3, 0.4, 0.5)]
    assert chances == sorted(chances)
    assert chances[0] < chances[-1]


def test_the_reasons_are_numbers_and_add_up():
    clues = EndingClues(
        words=said("we waited and"), voice=FULL_VOICE, next_words=said("and nobody came"), shared_s=0.3
    )
    ending = judge_ending(clues, ENGLISH)
    assert {"base", "voice", "words"} <= set(ending.why)
    assert all(isinstance(value, float) for value in ending.why.values())


FEATURE = st.none() | st.floats(-60, 30)


@given(FEATURE, st.none() | st.floats(0, 0.6), st.floats(0, 3), st.booleans())
def test_it_is_always_a_probability_and_a_quieter_end_is_never_likelier_cut(
    drop_db, fall_s, shared_s, restarts
):
    def cut(drop):
        voice = VoiceFeatures(end_drop_db=drop, end_fall_s=fall_s)
        return judge_ending(EndingClues(voice=voice, shared_s=shared_s, restarts=restarts), None).cut_off

    assert 0 < cut(drop_db) < 1
    if drop_db is not None:
        assert cut(drop_db - 3) <= cut(drop_db)


def test_voice_features_are_finite():
    with pytest.raises(ValueError, match="end_drop_db"):
        VoiceFeatures(end_drop_db=float("nan"))


class TestOneChannel:
    """Over speech on one channel: what is heard there is a mixture."""

    def test_a_short_overlap_counts_less_against_a_cut(self):
        assert cut_off(shared_s=0.15) < cut_off(shared_s=0.15, one_channel=True) < cut_off(shared_s=0.3)

    def test_doubt_of_the_last_word_counts_half(self):
        text = "it drops out every single evening"
        clues = EndingClues(words=said(text, 0.3), shared_s=0.3)
        apart = judge_ending(clues, ENGLISH).why["recogniser"]
        mixed = judge_ending(replace(clues, one_channel=True), ENGLISH).why["recogniser"]
        assert mixed == pytest.approx(apart / 2)

    def test_a_full_stop_says_more(self):
        stopped = "it drops out."
        assert cut_off(stopped, one_channel=True) < cut_off(stopped)

    @pytest.mark.parametrize("text", ["it drops out.", "I was told that the", "it drops"])
    def test_in_a_pause_nothing_is_mixed(self, text):
        assert cut_off(text, shared_s=0.0, one_channel=True) == cut_off(text, shared_s=0.0)
