from __future__ import annotations

import pytest
from evaluate.made import label, result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.wer import (
    lacks_words,
    normalised_words,
    score_words,
    word_error_rate,
    word_errors,
)

WORDS = st.lists(
    st.sampled_from(["the", "meter", "was", "read", "on", "friday", "by", "your", "man"]), max_size=12
)


def lines(*rows):
    return [
        {"i": i, "speaker": speaker, "text": text, "start_s": start, "end_s": start + 1.0}
        for i, (speaker, start, text) in enumerate(rows)
    ]


def says(*rows):
    return [(role, start, start + 1.0, text) for role, start, text in rows]


def parts(substitutions, deletions, insertions, words):
    return {
        "substitutions": substitutions,
        "deletions": deletions,
        "insertions": insertions,
        "reference_words": words,
    }


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("the meter was read", "the meter was read", parts(0, 0, 0, 4)),
        ("the meter was read", "the meter is read", parts(1, 0, 0, 4)),
        ("the meter was read", "meter was read", parts(0, 1, 0, 4)),
        ("the meter was read", "the meter was never read", parts(0, 0, 1, 4)),
        ("the meter was read", "", parts(0, 4, 0, 4)),
        ("", "thank you for watching", parts(0, 0, 4, 0)),
        ("", "", parts(0, 0, 0, 0)),
    ],
)
def test_errors_are_counted_by_kind(reference, hypothesis, expected):
    assert word_errors(reference.split(), hypothesis.split()).parts == expected


def test_the_rate_may_exceed_1_and_is_undefined_without_reference_words():
    assert word_error_rate(word_errors(["no"], ["no", "no", "no"])) == 2.0
    assert word_error_rate(word_errors([], ["no"])) is None


@pytest.mark.parametrize(
    ("written", "heard"),
    [
        ("Forty five pounds!", "£45"),
        ("It's four four seven, two nine one.", "it's 447291"),
        ("the twelfth of May", "The 12th of May,"),
        ("one thousand two hundred", "1,200"),
        ("twenty five percent", "25%"),
        ("I'll call, um, you", "I will call you"),
        ("I was ... waiting", "I was waiting"),
        ("the colour", "The color."),
        ("every single eve-", "every single eve"),
    ],
)
def test_the_same_said_in_another_spelling_is_no_error(written, heard):
    assert normalised_words([written]) == normalised_words([heard])


def test_how_the_words_are_divided_into_lines_or_turns_does_not_matter():
    assert normalised_words(["It's four four", "seven two."]) == normalised_words(["It's 4472."])


def test_each_party_is_compared_with_its_own_words_in_time_order():
    truth = label(
        lines=lines(
            ("customer", 5.0, "Nobody came on Tuesday."),
            ("agent", 0.0, "Good morning, what happened?"),
            ("customer", 2.0, "My boiler is dead."),
        )
    )
    spoken = says(
        ("agent", 0.0, "Good morning. What happened?"),
        ("customer", 2.0, "my boiler is dead nobody came Thursday"),
    )
    scores = score_words(truth, result(says=spoken))
    assert scores["wer_agent"].value == 0.0
    assert scores["wer_customer"].tally.parts == parts(1, 1, 0, 8)
    assert scores["wer"].value == pytest.approx(2 / 12)


def test_a_cut_line_counts_as_far_as_it_was_heard():
    cut = {
        "speaker": "customer",
        "text": "it drops out every single",
        "full_text": "it drops out every single evening and",
        "start_s": 1.0,
        "end_s": 2.0,
        "cut": True,
    }
    scores = score_words(
        label(lines=[cut]), result(says=says(("customer", 1.0, "It drops out every single.")))
    )
    assert scores["wer_customer"].value == 0.0
    completed = result(says=says(("customer", 1.0, "It drops out every single evening.")))
    assert score_words(label(lines=[cut]), completed)["wer_customer"].tally.parts == parts(0, 0, 1, 5)


def test_backchannels_count_as_words():
    truth = label(
        lines=[
            {"speaker": "agent", "text": "Okay.", "start_s": 3, "end_s": 3.4, "backchannel": True},
            {"speaker": "agent", "text": "I see, right.", "start_s": 5, "end_s": 6, "backchannel": True},
        ]
    )
    heard = result(says=says(("agent", 3.0, "Okay."), ("customer", 3.5, "So it broke.")))
    scores = score_words(truth, heard)
    assert scores["wer_agent"].tally.parts == parts(0, 3, 0, 4)
    assert scores["wer_customer"].value is None
    assert scores["wer"].value == pytest.approx(6 / 4), "false words of a silent party count in the total"


def test_a_word_under_the_wrong_party_is_an_error_of_both():
    truth = label(lines=lines(("agent", 0.0, "one moment please"), ("customer", 2.0, "fine")))
    scores = score_words(
        truth, result(says=says(("agent", 0.0, "one moment"), ("customer", 1.0, "please fine")))
    )
    assert scores["wer_agent"].tally.parts == parts(0, 1, 0, 3)
    assert scores["wer_customer"].tally.parts == parts(0, 0, 1, 1)


def test_one_party_without_any_word_found_is_all_deletions():
    truth = label(lines=lines(("agent", 0.0, "one moment please"), ("customer", 2.0, "fine")))
    scores = score_words(truth, result(says=says(("customer", 2.0, "fine"))))
    assert scores["wer_agent"].value == 1.0


def test_a_result_without_a_transcript_is_not_scored():
    truth = label(lines=lines(("agent", 0.0, "one moment please")))
    silent = result([(0, 1)], says=says(("agent", 0.0, "")))
    assert lacks_words(truth, silent)
    assert {score.value for score in score_words(truth, silent).values()} == {None}


def test_lines_without_text_are_not_scored():
    bare = [{"speaker": "agent", "start_s": 0.0, "end_s": 1.0}]
    truth = label(lines=[*bare, *lines(("customer", 2.0, "fine"))])
    scores = score_words(truth, result(says=says(("customer", 2.0, "fine"))))
    assert scores["wer_agent"].value is None
    assert scores["wer"].value is None
    assert scores["wer_customer"].value == 0.0


def test_labels_without_lines_are_not_scored():
    scores = score_words(label(), result(says=says(("customer", 2.0, "fine"))))
    assert {score.reason for score in scores.values()} == {"lines are not labelled"}


@given(WORDS)
def test_what_is_compared_with_itself_has_no_error(words):
    assert word_error_rate(word_errors(words, words)) == (0.0 if words else None)


@given(WORDS, WORDS)
def test_swapping_the_sides_swaps_deletions_and_insertions_in_sum(one, two):
    there, back = word_errors(one, two).parts, word_errors(two, one).parts
    kinds = ("substitutions", "deletions", "insertions")
    assert sum(there[kind] for kind in kinds) == sum(back[kind] for kind in kinds)
    assert there["deletions"] - there["insertions"] == len(one) - len(two)
