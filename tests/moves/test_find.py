"""What is found, with patterns alone where the classifier does not matter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moves.made import call, many, move_file

from pipeline.moves import CallContext, find_moves, load_moves, notes
from pipeline.moves.config import MIN_COUNTER_EXEMPLARS, MIN_EXEMPLARS
from pipeline.moves.find import SURE_FROM
from pipeline.timeline import Role, Turn, TurnKind

WHOLE, ALONE = CallContext(), CallContext(whole=False)


def names(found, i, state="yes"):
    return {move.name for move in found.get(i, ()) if move.state == state}


def test_nothing_said_nothing_done(shipped):
    assert find_moves([], shipped, None, WHOLE) == {}


def test_backchannels_and_other_voices_do_nothing(shipped):
    turn = call("A: Sorry about that.")[0]
    small = Turn(0, turn.role, turn.span, turn.ipus, TurnKind.BACKCHANNEL)
    other = Turn(1, Role.OTHER, turn.span, turn.ipus, TurnKind.TURN)
    assert find_moves([small, other], shipped, None, WHOLE) == {}


def test_a_move_has_the_span_and_text_of_its_sentence(shipped):
    turns = call("A: Okay, I see it here. Can I have your account number please?")
    (move,) = [m for m in find_moves(turns, shipped, None, ALONE)[0] if m.name == "info_request"]
    assert move.text == "Can I have your account number please?"
    words = turns[0].words[5:]
    assert (move.span.start_s, move.span.end_s) == (words[0].span.start_s, words[-1].span.end_s)


def test_without_a_model_moves_are_less_sure_and_negative_ones_unsure(shipped):
    found = find_moves(call("A: That's not our fault.", "C: The parcel never arrived."), shipped, None, ALONE)
    assert names(found, 0) == set()
    assert names(found, 0, "unsure") == {"blame_defensive"}
    (complaint,) = found[1]
    assert SURE_FROM <= complaint.confidence < 0.7
    assert [note.code for note in notes(shipped, None)] == ["moves_by_rules_only"]


def test_notes_are_silent_with_a_model_and_name_a_language_without_moves(shipped, words_model):
    assert notes(shipped, words_model) == ()
    assert [note.code for note in notes(load_moves("fi"), words_model)] == ["no_moves"]


LONG = ["C: It's the blue one.", "A: Got it.", "C: Yes, the blue one.", "A: Right."] * 8


def test_greeting_only_in_the_opening_and_closing_only_in_the_end(shipped):
    hello, bye = "A: Good morning, this is Ed, how can I help?", "A: Have a lovely day, bye."
    found = find_moves(call(bye, *LONG, hello, *LONG, bye), shipped, None, WHOLE)
    last = 1 + 2 * len(LONG) + 1
    assert "closing" in names(found, last)
    assert "closing" not in names(found, 0)
    assert "greeting" not in names(found, 1 + len(LONG))
    assert "greeting" in names(found, 1 + len(LONG), "unsure")


def test_satisfaction_is_asked_after_a_solution(shipped):
    ask, solve = "A: Are you happy with that?", "A: I'll refund the full amount today."
    before = find_moves(call(ask, "C: With what?", solve), shipped, None, WHOLE)
    after = find_moves(call(solve, "C: Okay.", ask), shipped, None, WHOLE)
    assert "satisfaction_check" not in names(before, 0)
    assert "satisfaction_check" in names(after, 2)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("When did you first notice the smell?", {"clarifying_question"}),
        ("What's your date of birth?", {"info_request"}),
        ("Can I take the account number, please?", {"info_request"}),
        ("Which of the two lights is blinking?", {"clarifying_question"}),
    ],
)
def test_identification_is_no_clarifying_question(shipped, question, asks):
    found = find_moves(call(f"A: {question}"), shipped, None, ALONE)
    assert names(found, 0) & {"clarifying_question", "info_request"} == asks


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        ("Sorry about that.", "apology_bare"),
        ("Oh, I'm so sorry, sir.", "apology_bare"),
        ("No. Sorry 'bout that. These things happen.", "apology_bare"),
        ("I'm sorry that we left you without heating for a week.", "apology_specific"),
        (
            "I'm sorry, Mr. Penrose. Our crew should have run a full cycle, and they didn't.",
            "apology_specific",
        ),
        ("I apologise for sending the wrong part twice.", "apology_specific"),
    ],
)
def test_bare_and_specific_apologies_are_told_apart(shipped, said, is_it):
    found = find_moves(call(f"A: {said}"), shipped, None, ALONE)
    assert names(found, 0) & {"apology_bare", "apology_specific"} == {is_it}


def test_a_decline_after_a_request_is_a_refusal(shipped):
    asked = find_moves(call("C: Can you waive the fee?", "A: Afraid not."), shipped, None, WHOLE)
    unasked = find_moves(call("C: It's the blue one.", "A: Afraid not."), shipped, None, WHOLE)
    assert "refusal" in names(asked, 1, "unsure")
    assert "refusal" not in names(unasked, 1, "unsure")


def test_options_over_several_turns(shipped):
    first, other = "A: I can put you on the nine forty.", "A: Then there's the eight ten."
    near = find_moves(call(first, "C: That's too late.", other), shipped, None, WHOLE)
    assert "options" in names(near, 2)
    between = ["C: Hm.", "A: Right.", "C: Well.", "A: I see.", "C: Yes."]
    far = find_moves(call(first, *between, other), shipped, None, WHOLE)
    assert "options" not in names(far, 6)


@pytest.mark.parametrize("said", ["Mr Hartly", "Mr. Hartley", "Hartleigh"])
def test_a_mangled_name_is_the_customer_s_name(shipped, said):
    known = CallContext(customer_names=("Joan Hartley",))
    found = find_moves(call(f"A: Right, {said}, let me see."), shipped, None, known)
    assert "uses_customer_name" in names(found, 0)


def test_the_name_is_learned_from_the_customer_and_not_from_the_agent(shipped):
    own = find_moves(
        call("C: My name is Denise Aldridge.", "A: We can see, as Denise says."), shipped, None, WHOLE
    )
    assert "uses_customer_name" in names(own, 1)
    agent = find_moves(
        call("A: My name is Denise.", "A: Leave a note that Denise rang."), shipped, None, WHOLE
    )
    assert "uses_customer_name" not in names(agent, 1)


def test_lost_punctuation_is_mended_by_pauses(shipped):

    from pipeline.moves.sentences import split_words
    from pipeline.timeline import Span, Word

    words = list(call("A: " + " ".join(["word"] * 40))[0].words)
    assert len(split_words(words)) == 1
    late = [Word(w.text, Span(w.start_s + 2, w.end_s + 2), w.confidence) for w in words[25:]]
    assert [len(part) for part in split_words(words[:25] + late)] == [25, 15]
    title = [Word(t, Span(k, k + 0.5), 1.0) for k, t in enumerate(["Thank", "you,", "Mr.", "Dale.", "Bye."])]
    assert [len(part) for part in split_words(title)] == [4, 1]


def both_config(folder):
    texts = {
        "exemplars": many("Blame", MIN_EXEMPLARS),
        "counter_exemplars": many("Praise", MIN_COUNTER_EXEMPLARS),
    }
    move_file(folder, "blame", mode="both", negative=True, patterns=["blame|praise"], **texts)
    return load_moves(folders=[folder], shipped=False)


def test_both_must_agree(tmp_path, words_model):
    config = both_config(tmp_path)
    turns = call("A: Blame one six.", "A: Praise one two.", "A: Nothing of the kind.")
    found = find_moves(turns, config, words_model, ALONE)
    assert names(found, 0) == {"blame"}
    assert names(found, 1) == set()
    assert names(found, 2) == set()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AC"), st.text(min_size=1, max_size=80)), max_size=6))
def test_whatever_is_said_spans_lie_in_their_turn_and_states_fit(shipped, lines):
    turns = call(*(f"{who}: {' '.join(text.split())}" for who, text in lines if text.split()))
    found = find_moves(turns, shipped, None, WHOLE)
    for turn in turns:
        for move in found.get(turn.i, ()):
            assert turn.span.start_s <= move.span.start_s < move.span.end_s <= turn.span.end_s + 1e-9
            assert (move.state == "yes") == (move.confidence >= SURE_FROM)
            assert shipped.by_id[move.name].speaker is turn.role
