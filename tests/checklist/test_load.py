"""Reading checklists: what is wrong is said with file, line and hint."""

from __future__ import annotations

import pytest

from pipeline.checklist import known_moves, load_checklist, load_checklists
from pipeline.errors import UsageError

FILE = """\
name: ours
title: Ours
source: us
items:
  - id: one
    title: One
    check: {move: empathy}
"""


@pytest.fixture
def write(tmp_path):
    def written(text, name="ours.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def test_a_file_of_ones_own(write):
    loaded = load_checklist(write(FILE))
    assert loaded.checklist.name == "ours"
    assert loaded.checklist.pass_mark == 0.8


def test_a_file_and_a_shipped_one(write):
    found = load_checklists([str(write(FILE)), "leap"])
    assert [one.checklist.name for one in found] == ["ours", "leap"]


@pytest.mark.parametrize(
    ("old", "new", "line", "said", "hint"),
    [
        ("title: One", "titel: One", 6, "titel", "Did you mean title?"),
        ("{move: empathy}", "{move: empaty}", 7, "empaty", "Did you mean empathy?"),
        ("{move: empathy}", "{mov: empathy}", 7, "mov", "Did you mean move?"),
        ("{move: empathy}", "{measure: talk_ratio, at_most: 1}", 7, "talk_ratio", "talk_ratio_agent"),
        ("{move: empathy}", "{move: empathy, mentions: tme}", 7, "tme", "Did you mean time?"),
        ("{move: empathy}", "{move: empathy, verdict: talk_ratio}", 7, "exactly one", ""),
        ("{move: empathy}", "{vent: absent, within: vent}", 7, "does not go with", ""),
        ("{move: empathy}", "{measure: hold_s}", 7, "at_least", ""),
        ("{move: empathy}", "{move: empathy, within: start}", 7, "before_solving", ""),
        ("{move: empathy}", "{move: []}", 7, "at least 1", ""),
        ("{move: empathy}", "{order: [{step: a, at: closing}, {step: b}]}", 7, "either", ""),
        ("id: one", "id: One!", 5, "match pattern", ""),
        ("source: us", "source: us\npass_mark: 8", 4, "less than or equal to 1", ""),
        ("    check: {move: empathy}\n", "", 5, "either 'check' or", ""),
        ("source: us", "source: us\nphrases: {a: ['(']}", 4, "regular expression", ""),
    ],
)
def test_what_is_wrong_is_named(write, old, new, line, said, hint):
    path = write(FILE.replace(old, new))
    with pytest.raises(UsageError) as caught:
        load_checklist(path)
    assert str(path) in caught.value.message
    assert f"line {line}" in caught.value.message
    assert said in caught.value.message
    assert hint in caught.value.remedy
    assert caught.value.remedy


def test_an_id_stands_once(write):
    twice = FILE + FILE.partition("items:\n")[2]
    with pytest.raises(UsageError, match="the id one stands twice"):
        load_checklist(write(twice))


def test_a_check_deep_inside_is_found(write):
    deep = FILE.replace(
        "{move: empathy}", "\n      any:\n        - {move: empathy}\n        - {mooove: rapport}"
    )
    with pytest.raises(UsageError, match=r"line 10.*mooove"):
        load_checklist(write(deep))


def test_an_unknown_name_hints_at_the_nearest():
    with pytest.raises(UsageError) as caught:
        load_checklist("leep")
    assert "Did you mean leap?" in caught.value.remedy


def test_a_file_that_is_not_there():
    with pytest.raises(UsageError, match="no such file"):
        load_checklist("lists/ours.yaml")


def test_two_of_one_name_are_refused(write):
    path = write(FILE.replace("name: ours", "name: leap"))
    with pytest.raises(UsageError, match="given twice"):
        load_checklists([path, "leap"])


def test_moves_of_ones_own_can_be_named(write, tmp_path):
    folder = tmp_path / "moves"
    folder.mkdir()
    (folder / "upsell.yaml").write_text("id: upsell\nlanguage: en\n", encoding="utf-8")
    path = write(FILE.replace("move: empathy", "move: upsell"))
    assert load_checklist(path, known_moves([folder])).checklist.name == "ours"
    with pytest.raises(UsageError, match="upsell"):
        load_checklist(path)


def test_the_digest_is_of_what_shapes_a_verdict(write):
    one, same = (
        load_checklist(write(text, name)) for text, name in ((FILE, "a.yaml"), ("# x\n" + FILE, "b.yaml"))
    )
    other = load_checklist(write(FILE.replace("empathy", "rapport"), "c.yaml"))
    assert one.digest == same.digest != other.digest


def test_phrases_of_ones_own_go_over_the_shipped_ones(write):
    own = FILE.replace("items:", "phrases:\n  time: ['soon']\nitems:").replace(
        "empathy}", "promise, mentions: time}"
    )
    loaded = load_checklist(write(own))
    assert loaded.phrases["time"] == ("soon",)
    assert "contact" in loaded.phrases
