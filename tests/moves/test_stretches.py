"""What neighbours say of a sentence, and what becomes of a reply."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moves.made import call, many, move_file

from pipeline.errors import UsageError
from pipeline.moves import CallContext, find_moves, load_moves
from pipeline.moves.sentences import split_turns
from pipeline.moves.stretches import Link, links, told_by_neighbours

GOES_ON, AFRESH = Link(0.9, 0.7), Link(0.5, 0.5)
odds = st.floats(-8, 8)


def test_a_sentence_alone_hears_nothing():
    assert told_by_neighbours([3.0], []) == [0.0]
    assert told_by_neighbours([], []) == []


def test_a_plain_sentence_amid_a_story_belongs_to_it():
    told = told_by_neighbours([3.0, -0.5, 3.0], [GOES_ON, GOES_ON])
    assert told[1] > 1.0
    alone = told_by_neighbours([-3.0, -0.5, -3.0], [GOES_ON, GOES_ON])
    assert alone[1] < 0


def test_what_starts_afresh_hears_nothing_from_before():
    assert told_by_neighbours([3.0, -0.5], [AFRESH])[1] == pytest.approx(0.0)


def test_a_story_tells_more_forwards_than_backwards():
    before, _, after = told_by_neighbours([0.0, 4.0, 0.0], [GOES_ON, GOES_ON])
    assert after > before > 0


@given(st.lists(odds, min_size=2, max_size=8), odds, st.data())
def test_stronger_neighbours_never_tell_less(own, more, data):
    place = data.draw(st.integers(0, len(own) - 1))
    chain = [GOES_ON] * (len(own) - 1)
    stronger = [*own[:place], max(own[place], more), *own[place + 1 :]]
    weak, strong = told_by_neighbours(own, chain), told_by_neighbours(stronger, chain)
    assert all(b >= a - 1e-9 for k, (a, b) in enumerate(zip(weak, strong, strict=True)) if k != place)
    assert all(abs(value) < 5 for value in strong)


def test_listening_does_not_part_a_story_and_an_answer_does():
    said = split_turns(
        call("C: It broke.", "A: Oh dear.", "C: Twice.", "A: When was that, and where?", "C: May.")
    )
    rows = [k for k, sentence in enumerate(said) if said[k].role is said[0].role and sentence]
    listening, over_question = links(said, rows, frozenset())
    assert listening.goes_on > over_question.goes_on
    assert links(said, rows, frozenset({rows[2]}))[1] == AFRESH


def told(found, i):
    return {move.name: move for move in found.get(i, ())}


def test_a_reply_is_doubted(tmp_path, words_model):
    def configured(folder, **context):
        move_file(
            folder,
            "trouble",
            speaker="customer",
            mode="hybrid",
            context=context,
            exemplars=many("the stove is smoking", 30),
            counter_exemplars=many("the garden is green", 10),
        )
        move_file(folder, "asks", patterns=[r"\?$"])
        return load_moves(folders=[folder], shipped=False)

    turns = call("A: What is it?", "C: The stove is smoking one one.")
    plain = find_moves(turns, configured(tmp_path / "plain"), words_model, CallContext())
    doubted = find_moves(
        turns, configured(tmp_path / "doubted", doubt_after=["asks"]), words_model, CallContext()
    )
    assert told(doubted, 1)["trouble"].confidence < told(plain, 1)["trouble"].confidence


def test_a_reply_to_an_unknown_move_is_refused(tmp_path):
    move_file(tmp_path, "asks", patterns=["x"], context={"doubt_after": ["nonsense"]})
    with pytest.raises(UsageError, match="nonsense"):
        load_moves(folders=[tmp_path], shipped=False)


def test_no_sorry_is_no_refusal(shipped):
    turns = call("C: Can you give her that day again?", "A: No, sorry about that.")
    assert "refusal" not in told(find_moves(turns, shipped, None, CallContext()), 1)


def test_the_story_around_carries_a_plain_sentence(shipped, minilm, cache):
    turns = call(
        "C: You took my money twice and nobody will ring me back.",
        "C: It was for my sister's wedding.",
        "C: They promised me a refund three times and I'm still waiting.",
    )
    found = told(find_moves(turns, shipped, minilm, CallContext(cache=cache)), 1)
    alone = told(find_moves(turns[1:2], shipped, minilm, CallContext(cache=cache)), 1)
    assert "around" in found["complaint"].why
    assert alone.get("complaint") is None or alone["complaint"].confidence < found["complaint"].confidence
