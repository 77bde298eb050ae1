"""The shipped checklists: their public names, and what they say of a good, a bad and a calm call."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from checklist.made import BAD, CALM, GOOD, VENT, count, facts
from pydantic import TypeAdapter
from scenes import line, lines

from pipeline.checklist import json_schema, load_checklists, score_checklists
from pipeline.checklist.load import SHIPPED, shipped_phrases
from pipeline.checklist.vocabulary import CUSTOMER_MOVES, NEGATIVE_MOVES
from pipeline.measures import EndedBy, Evidence, Outcome, Verdict
from pipeline.moves import load_moves
from pipeline.report.assemble import checklist_part
from pipeline.report.schema import ChecklistPart
from pipeline.timeline import Role, Span

DOCS = Path(__file__).resolve().parents[2] / "docs"
PUBLIC = {
    "leap": "listen empathize apologize problem_solve",
    "leap-ask-produce": "listen empathize ask produce",
    "last": "listen apologize solve thank",
    "five-ideas": "not_defensive listen no_bare_sorry empathize rapport",
    "ten-tips": "let_vent_first offer_alternatives not_defensive not_personal",
    "did-you": "clients_shoes reserve_judgment blow_off_steam listen_attentively listen_as_much_as_talk "
    "clarifying_questions offer_options can_do_and_why apologize agree_follow_up check_satisfaction",
}
LISTS = load_checklists()
MEASURES = {
    "interruptions_by_agent": count(0),
    "interruptions_by_agent_in_vent": count(0),
    "backchannels_by_agent": count(2, (5, 6), (9, 10)),
    "backchannels_by_agent_in_vent": count(2, (5, 6), (9, 10)),
    "questions_by_agent": count(1, (34, 36)),
}


def verdicts(call):
    return {r.name: {one.item.id: one.outcome for one in r.items} for r in score_checklists(call, LISTS)}


def test_names_and_main_lines_are_the_public_ones():
    found = {one.checklist.name: " ".join(i.id for i in one.checklist.items) for one in LISTS}
    assert found == PUBLIC
    assert tuple(found) == SHIPPED


@pytest.mark.parametrize("one", LISTS, ids=SHIPPED)
def test_each_names_its_source_and_can_be_coached(one):
    assert len(one.checklist.source) > 40
    for item in one.checklist.items:
        assert item.advice
        assert (item.title, item.check) != ("", None)


def test_every_did_you_has_its_opposite():
    opposites = [item.opposite for item in LISTS[-1].checklist.items]
    assert len(opposites) == 11
    assert all(opposite.startswith("or ") for opposite in opposites)


def test_tips_that_no_recording_shows_are_listed_with_the_reason():
    tips = next(one.checklist for one in LISTS if one.checklist.name == "ten-tips")
    unseen = [finer for item in tips.items for finer in item.items if finer.not_applicable]
    assert len(tips.items) + len(unseen) == 10


def test_the_moves_that_are_spelt_out_are_those_of_the_shipped_files():
    moves = load_moves("en")
    assert {move.id for move in moves.moves if move.negative} == NEGATIVE_MOVES
    assert {move.id for move in moves.of(Role.CUSTOMER)} == CUSTOMER_MOVES


def test_a_good_call_passes_all_it_is_asked():
    found = verdicts(facts(*GOOD, vents=VENT, measures=MEASURES))
    assert {v for lines in found.values() for v in lines.values()} == {Outcome.PASS}


def test_a_bad_call_fails_nearly_all():
    cut = Verdict(Outcome.FAIL, 0.9, "Cut in.", (Evidence(Span(5, 6)),))
    measures = {**MEASURES, "interruptions_by_agent": count(4, (5, 6)), "backchannels_by_agent": count(0)}
    told = {"vent_before_solving": cut, "talk_ratio": cut}
    found = verdicts(facts(*BAD, vents=VENT, measures=measures, verdicts=told))
    passed = {
        f"{name}.{item}"
        for name, lines in found.items()
        for item, v in lines.items()
        if v is not Outcome.FAIL
    }
    assert passed == {"leap.problem_solve", "last.solve"}  # it does name a form


def test_a_calm_call_is_asked_nothing_about_a_complaint():
    told = {"talk_ratio": Verdict(Outcome.PASS, 0.9, "Half.", (Evidence(Span(0, 2)),))}
    found = verdicts(facts(*CALM, measures=MEASURES, verdicts=told))
    for name, item in (
        ("leap", "listen"), ("leap", "empathize"), ("leap", "apologize"), ("last", "thank"),
        ("leap-ask-produce", "ask"), ("leap-ask-produce", "produce"), ("did-you", "blow_off_steam"),
        ("did-you", "agree_follow_up"), ("did-you", "apologize"), ("did-you", "clients_shoes"),
    ):  # fmt: skip
        assert found[name][item] is Outcome.NOT_APPLICABLE, (name, item)
    for name, item in (
        ("leap", "problem_solve"), ("last", "solve"), ("did-you", "offer_options"),
        ("five-ideas", "not_defensive"), ("ten-tips", "offer_alternatives"),
    ):  # fmt: skip
        assert found[name][item] is Outcome.PASS, (name, item)


def test_nothing_is_decided_while_the_roles_are_unsure():
    found = verdicts(facts(*GOOD, vents=VENT, measures=MEASURES, roles_sure=False))
    assert {v for lines in found.values() for v in lines.values()} == {Outcome.UNSURE}


def without(move):
    """The good call, with one of its moves unrecognised."""
    return [one._replace(moves=tuple(m for m in one.moves if m.name != move)) for one in GOOD]


def test_one_wrong_move_flips_no_solution():
    """A line that takes any of several acts does not hang on one of them."""
    for gone in ("solution_offer", "options", "follow_up"):
        found = verdicts(facts(*without(gone), vents=VENT, measures=MEASURES))
        assert found["leap"]["problem_solve"] is found["last"]["solve"] is Outcome.PASS


def test_a_question_that_was_not_recognised_leaves_ask_unsure():
    found = verdicts(facts(*without("clarifying_question"), vents=VENT, measures=MEASURES))
    assert found["leap-ask-produce"]["ask"] is Outcome.UNSURE
    assert found["did-you"]["clarifying_questions"] is Outcome.UNSURE


def test_bare_sorry_fails_only_without_a_full_one():
    both = (*GOOD, line("A 62-63 apology_bare: Sorry."))
    assert (
        verdicts(facts(*both, vents=VENT, measures=MEASURES))["five-ideas"]["no_bare_sorry"] is Outcome.PASS
    )
    assert verdicts(facts(*BAD, vents=VENT))["five-ideas"]["no_bare_sorry"] is Outcome.FAIL


def test_a_vague_promise_is_no_follow_up():
    vague = (*BAD, line("A 62-64 promise_vague: Somebody will be in touch."))
    found = verdicts(facts(*vague, vents=VENT))
    assert found["did-you"]["agree_follow_up"] is Outcome.FAIL
    assert found["leap-ask-produce"]["produce"] is Outcome.FAIL


def test_an_offer_inside_the_complaint_agrees_nothing():
    early = lines("""
    C 3-8 complaint: Nobody came.
    A 9-11 solution_offer + follow_up: I'll post you one, five days from Monday.
    C 12-20 complaint: That's not what I rang about.
    A 21-22 closing: All sorted.
    """)
    found = verdicts(facts(*early, vents=VENT, ended_by=EndedBy.SOLUTION))
    assert found["did-you"]["agree_follow_up"] is Outcome.FAIL


def test_results_fit_the_published_schema():
    for result in score_checklists(facts(*GOOD, vents=VENT, measures=MEASURES), LISTS):
        part = TypeAdapter(ChecklistPart).validate_python(msgspec.to_builtins(checklist_part(result)))
        assert part.score == 1.0
        decided = [i for item in part.items for i in (item, *item.items) if i.verdict in ("pass", "fail")]
        assert decided
        assert all(one.evidence for one in decided)


def test_the_published_schema_is_that_of_the_code():
    published = json.loads((DOCS / "checklist.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(json_schema()))


def test_phrases_are_there_for_english():
    assert {"time", "contact"} <= shipped_phrases("en").keys()
    assert shipped_phrases("xx") == {}
