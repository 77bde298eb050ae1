from __future__ import annotations

import json
import re

import pytest
from moves.made import many, move_file

from pipeline.errors import UsageError
from pipeline.moves import Mode, load_moves
from pipeline.moves.config import MIN_COUNTER_EXEMPLARS, MIN_EXEMPLARS, Exemplar
from pipeline.moves.rules import written
from pipeline.timeline import Role

AGENT = """greeting empathy empathy_formulaic apology_specific apology_bare blame_defensive dismissive
clarifying_question info_request solution_offer options take_it_or_leave_it refusal explanation_of_why can_do
follow_up promise promise_vague reassurance reflect_back thanks_to_customer uses_customer_name rapport
hold_request transfer satisfaction_check closing"""
CUSTOMER = "complaint anger earlier_contact request question agreement customer_thanks"
NEGATIVE = {"blame_defensive", "dismissive", "take_it_or_leave_it", "refusal"}


def test_every_move_is_there_with_its_speaker(shipped):
    assert sorted(m.id for m in shipped.of(Role.AGENT)) == sorted(AGENT.split())
    assert sorted(m.id for m in shipped.of(Role.CUSTOMER)) == sorted(CUSTOMER.split())


def test_exemplars_are_enough_and_distinct(shipped):
    for move in shipped.moves:
        own = [entry.text for entry in move.exemplars]
        assert len(set(own)) >= MIN_EXEMPLARS, move.id
        assert len(set(move.counter_exemplars)) >= MIN_COUNTER_EXEMPLARS, move.id
        assert not set(own) & set(move.counter_exemplars), move.id


def test_negative_moves_need_both(shipped):
    assert {m.id for m in shipped.moves if m.negative} == NEGATIVE
    assert all(shipped.by_id[name].mode is Mode.BOTH for name in NEGATIVE)


def test_patterns_find_without_catching_counter_exemplars(shipped):
    """Patterns may be loose where a classifier must agree, yet they tell own from counter-exemplars."""
    for move in shipped.moves:
        own = sum(move.rules.hit(written(e.text)) for e in move.exemplars) / len(move.exemplars)
        others = sum(move.rules.hit(written(t)) for t in move.counter_exemplars) / len(move.counter_exemplars)
        assert own > others, move.id


def test_training_says_yes_no_and_unknown(tmp_path):
    learn = {"mode": "hybrid", "counter_exemplars": many("Nothing", MIN_COUNTER_EXEMPLARS)}
    first = [{"text": "Both at once.", "also": ["second"]}, *many("First", MIN_EXEMPLARS)]
    move_file(tmp_path, "first", exemplars=first, overlaps=["third"], **learn)
    move_file(tmp_path, "second", exemplars=many("Second", MIN_EXEMPLARS), **learn)
    move_file(tmp_path, "third", exemplars=many("Third", MIN_EXEMPLARS), **learn)
    rows = {r.text: r for r in load_moves(folders=[tmp_path], shipped=False).training(Role.AGENT)}
    assert rows["Both at once."].labels == {"first", "second"}
    assert rows["First one one."].labels == {"first"}
    assert rows["First one one."].unknown == {"third"}
    assert rows["Third one one."].unknown == frozenset()
    assert rows["Nothing one one."].labels == frozenset()


def test_own_folder_replaces_adds_and_extends(tmp_path):
    move_file(tmp_path, "greeting", patterns=[r"\bahoy\b"])
    move_file(tmp_path, "upsell", patterns=[r"\bpremium\b"])
    extended = {
        "extends": True,
        "mode": "hybrid",
        "patterns": [r"\bgutted for you\b"],
        "exemplars": ["Oh mate."],
    }
    move_file(tmp_path, "empathy", **extended)
    config, base = load_moves(folders=[tmp_path]), load_moves()
    assert config.by_id["greeting"].patterns == (r"\bahoy\b",)
    assert "upsell" in config.by_id
    assert len(config.by_id["empathy"].exemplars) == len(base.by_id["empathy"].exemplars) + 1
    assert set(base.by_id["empathy"].patterns) < set(config.by_id["empathy"].patterns)
    assert config.digest != base.digest


def test_digest_does_not_depend_on_where_files_lie(tmp_path):
    for name in ("a", "b"):
        move_file(tmp_path / name, "upsell", patterns=["premium"])
    one, other = (load_moves(folders=[tmp_path / name], shipped=False).digest for name in ("a", "b"))
    assert one == other


def test_other_languages_stay_out(tmp_path):
    move_file(tmp_path, "greeting", language="de", patterns=[r"\bguten tag\b"])
    assert (
        load_moves(folders=[tmp_path]).by_id["greeting"].patterns == load_moves().by_id["greeting"].patterns
    )
    german = load_moves("de", [tmp_path])
    assert [move.id for move in german.moves] == ["greeting"]


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"patterns": ["(open"]}, "not a regular expression"),
        ({"patterns": []}, "needs patterns"),
        ({"mode": "hybrid", "exemplars": ["Too few."]}, "at least 25 exemplars"),
        ({"patterns": ["x"], "speaker": "manager"}, "speaker"),
        ({"patterns": ["x"], "patern": ["y"]}, "patern"),
        ({"patterns": ["x"], "thresholds": {"yes": 0.3, "unsure": 0.6}}, "unsure lies at or below yes"),
        ({"patterns": ["x"], "overlaps": ["nonsense"]}, "nonsense"),
        ({"patterns": ["x"], "context": {"place": "middle"}}, "place"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path, keys, says):
    path = move_file(tmp_path, "odd", **keys)
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        load_moves(folders=[tmp_path])
    assert str(path) in str(caught.value)


def test_extending_nothing_is_refused(tmp_path):
    move_file(tmp_path, "odd", extends=True, patterns=["x"])
    with pytest.raises(UsageError, match="none below it"):
        load_moves(folders=[tmp_path])


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no folder"):
        load_moves(folders=[tmp_path / "nowhere"])


def _talk(folder, name, *rows):
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def test_labelled_talk_says_yes_or_no_of_every_move(tmp_path):
    move_file(tmp_path, "nod", patterns=["nod"])
    move_file(tmp_path, "wave", patterns=["wave"])
    _talk(
        tmp_path,
        "ours.jsonl",
        {"text": "I nod at it.", "speaker": "agent", "labels": ["nod"]},
        {"text": "It rains.", "speaker": "agent", "labels": []},
        {"text": "It rains here too.", "speaker": "customer", "labels": []},
    )
    config = load_moves(folders=[tmp_path], shipped=False)
    assert config.training(Role.AGENT) == (
        Exemplar("I nod at it.", frozenset({"nod"})),
        Exemplar("It rains.", frozenset()),
    )
    assert config.training(Role.CUSTOMER) == (Exemplar("It rains here too.", frozenset()),)


def test_labelled_talk_is_part_of_the_digest_and_of_its_language_only(tmp_path):
    move_file(tmp_path, "nod", patterns=["nod"])
    bare = load_moves(folders=[tmp_path], shipped=False)
    _talk(tmp_path, "ours.de.jsonl", {"text": "Es regnet.", "speaker": "agent", "labels": []})
    assert load_moves(folders=[tmp_path], shipped=False).digest == bare.digest
    _talk(tmp_path, "ours.jsonl", {"text": "It rains.", "speaker": "agent", "labels": []})
    assert load_moves(folders=[tmp_path], shipped=False).digest != bare.digest


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"text": "Hello.", "speaker": "agent", "labels": ["nodd"]}, "nodd, which does not exist"),
        ({"text": "Hello.", "speaker": "nobody", "labels": []}, "line 1: speaker"),
    ],
)
def test_wrong_labelled_talk_is_named(tmp_path, row, says):
    move_file(tmp_path, "nod", patterns=["nod"])
    path = _talk(tmp_path, "ours.jsonl", row)
    with pytest.raises(UsageError, match=says) as refused:
        load_moves(folders=[tmp_path], shipped=False)
    assert str(path) in str(refused.value)
    assert "Hello" not in str(refused.value)
