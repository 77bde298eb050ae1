"""Each kind of check, on calls made of lines."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace

import pytest
from checklist.made import BAD, CALM, GOOD, VENT, check, count, facts
from hypothesis import given
from hypothesis import strategies as st
from scenes import line, lines

from pipeline.checklist import Context, Judge, OtherCall, describe
from pipeline.checklist.load import shipped_phrases
from pipeline.checklist.windows import Windows
from pipeline.measures import Evidence, MeasureValue, Outcome, VentSettings, Verdict
from pipeline.timeline import Role, Span, SpanSet, TurnSettings, build_timeline

PASS, FAIL, UNSURE, NOT = (Outcome.PASS, Outcome.FAIL, Outcome.UNSURE, Outcome.NOT_APPLICABLE)
GOOD_CALL = facts(*GOOD, vents=VENT)
BAD_CALL = facts(*BAD, vents=VENT)
CALM_CALL = facts(*CALM)


def judged(call, later=None, **keys):
    context = Context(shipped_phrases("en"), None)
    return Judge(call, context, Windows(call, later)).judge(check(**keys))


def test_a_move_that_is_made_passes_with_its_quote():
    found = judged(GOOD_CALL, move="empathy", within="before_solving")
    assert found.outcome is PASS
    assert found.evidence[0].span == Span(21, 24)
    assert "furious" in found.evidence[0].text
    assert "0:21" in found.reason


def test_a_missing_move_fails_with_a_stretch_to_play():
    found = judged(BAD_CALL, move="empathy", within="before_solving")
    assert found.outcome is FAIL
    assert found.evidence[0].text == "no genuine empathy found here"
    assert all(one.span.end_s <= 36 for one in found.evidence)


def test_an_unsure_move_decides_nothing_and_shows_its_quote():
    call = facts(*BAD[:3], line("A 25-27 empathy? 0.5: That must hurt."), *BAD[3:], vents=VENT)
    found = judged(call, move="empathy", within="before_solving")
    assert found.outcome is UNSURE
    assert found.evidence[0].text == "That must hurt."


def test_a_faint_hint_is_no_near_miss():
    call = facts(*BAD[:3], line("A 25-27 empathy? 0.3: That must hurt."), *BAD[3:], vents=VENT)
    assert judged(call, move="empathy", within="before_solving").outcome is FAIL


def test_what_is_said_after_the_solving_act_is_not_before_it():
    late = line("A 50-53 empathy: That must have been cold.")
    call = facts(*BAD, late, vents=VENT)
    assert judged(call, move="empathy", within="before_solving").outcome is FAIL
    assert judged(call, move="empathy", within="from_vent").outcome is PASS


def test_behind_a_doubtful_solving_act_it_is_unsure():
    behind = lines("""
    A 21-23 solution_offer 0.65: Let me see what I can do.
    C 24-25: All right.
    A 30-33 empathy: You must have been freezing.
    C 34-35: I was.
    A 40-43 solution_offer: I'm sending somebody.
    """)
    assert (
        judged(facts(*VENT_LINES, *behind, vents=VENT), move="empathy", within="before_solving").outcome
        is UNSURE
    )


VENT_LINES = GOOD[:2]


AGENT_ALONE = facts(*(one for one in GOOD if one.role is Role.AGENT), measures={"agent_talk_s": count(20.0)})
CUSTOMER_ALONE = facts(*VENT_LINES[1:], vents=VENT, measures={"interruptions_by_agent": count(0.0)})


@pytest.mark.parametrize(
    "keys",
    [
        {"move": "empathy", "within": "before_solving"},
        {"no_move": "blame_defensive"},
        {"distinct_moves": ["empathy", "rapport"], "at_least": 1},
        {"measure": "interruptions_by_agent", "at_most": 1},
        {"turns_by": "agent", "at_most": 3},
        {"verdict": "vent_before_solving"},
        {"all": [{"verdict": "talk_ratio"}, {"measure": "interruptions_by_agent", "at_most": 1}]},
    ],
)
def test_of_an_agent_who_is_not_heard_nothing_is_said(keys):
    found = judged(CUSTOMER_ALONE, **keys)
    assert (found.outcome, found.reason[:23]) == (UNSURE, "The agent is not heard ")


def silent(others=None):
    """A call in which neither party is heard; `others` is speech of voices that are not told apart."""
    speech = {Role.AGENT: SpanSet(), Role.CUSTOMER: SpanSet(), Role.OTHER: others or SpanSet()}
    timeline = build_timeline(10.0, speech, {}, None, TurnSettings())
    return replace(CALM_CALL, timeline=timeline, moves=(), measures={"silence_s": MeasureValue(9.0)})


@pytest.mark.parametrize("roles_sure", [True, False])
@pytest.mark.parametrize(
    "keys", [{"move": "empathy"}, {"vent": "present"}, {"measure": "silence_s", "at_most": 99}]
)
def test_of_a_silent_recording_the_reason_is_that_nobody_is_heard(keys, roles_sure):
    found = judged(replace(silent(), roles_sure=roles_sure), **keys)
    assert (found.outcome, found.reason[:34]) == (UNSURE, "Neither agent nor customer is hear")


def test_of_voices_that_are_not_told_apart_it_is_not_said_that_nobody_is_heard():
    call = replace(silent(SpanSet([Span(1, 9)])), roles_sure=False)
    assert judged(call, move="empathy").reason == "It is not certain who is the agent."


def test_what_rests_on_the_other_party_alone_is_judged_all_the_same():
    assert judged(CUSTOMER_ALONE, vent="present").outcome is PASS
    assert judged(AGENT_ALONE, move="closing", within="closing").outcome is PASS
    assert judged(AGENT_ALONE, measure="agent_talk_s", at_least=10).outcome is PASS
    for on_the_customer in ({"vent": "absent"}, {"move": "empathy", "within": "from_vent"}):
        assert judged(AGENT_ALONE, **on_the_customer).outcome is UNSURE


def test_a_count_of_nothing_in_the_complaint_is_heard_there_and_not_in_the_whole_call():
    name = "interruptions_by_agent_in_vent"
    call = facts(*GOOD, vents=VENT, measures={name: count(0.0), "interruptions_by_agent": count(0.0)})
    assert [one.span for one in judged(call, measure=name, at_most=0).evidence] == [Span(*VENT[0])]
    (whole,) = judged(call, measure="interruptions_by_agent", at_most=0).evidence
    assert whole.span.start_s == 0.0


@pytest.mark.parametrize(("least", "outcome"), [(1, PASS), (2, PASS), (3, FAIL)])
def test_moves_are_counted_by_sentence(least, outcome):
    asked = (line(f"A {s}-{s + 1} clarifying_question: Where?") for s in (22, 26))
    found = judged(facts(*VENT_LINES, *asked, vents=VENT), move="clarifying_question", at_least=least)
    assert (found.outcome, found.measured, found.target) == (outcome, 2.0, least)


def test_two_moves_of_one_sentence_count_once():
    found = judged(GOOD_CALL, move=["solution_offer", "options"], at_least=2)
    assert (found.outcome, found.measured) == (FAIL, 1.0)


def test_blame_fails_a_check_that_wants_none():
    found = judged(BAD_CALL, no_move="blame_defensive", within="from_vent")
    assert found.outcome is FAIL
    assert found.evidence[0].text.startswith("You should have")


def test_no_blame_passes_with_what_was_said_instead():
    found = judged(GOOD_CALL, no_move="blame_defensive", within="from_vent")
    assert found.outcome is PASS
    assert found.evidence
    assert found.confidence < 0.8


@pytest.mark.parametrize("confidence", [0.3, 0.58])
def test_unsure_blame_is_for_a_person_to_judge(confidence):
    hint = line(f"A 57-58 blame_defensive? {confidence}: That isn't us.")
    found = judged(facts(*GOOD[:-1], hint, vents=VENT), no_move="blame_defensive")
    assert found.outcome is UNSURE
    assert found.evidence[0].text == "That isn't us."


def test_what_is_said_by_the_other_party_does_not_count():
    assert judged(GOOD_CALL, move="customer_thanks", by="agent").outcome is FAIL
    assert judged(GOOD_CALL, move="customer_thanks", by="customer").outcome is PASS


def test_different_moves_are_counted():
    wanted = ["clarifying_question", "reflect_back", "rapport"]
    assert judged(GOOD_CALL, distinct_moves=wanted, at_least=2).outcome is PASS
    found = judged(GOOD_CALL, distinct_moves=wanted, at_least=3)
    assert found.outcome is FAIL
    assert found.measured == 2.0


def test_the_time_must_be_said():
    assert judged(GOOD_CALL, move="follow_up", mentions=["time", "contact"]).outcome is PASS
    vague = facts(*BAD, line("A 62-64 follow_up: Somebody will be in touch."), vents=VENT)
    assert judged(vague, move="follow_up", mentions=["time"]).outcome is FAIL
    assert judged(vague, move="follow_up", mentions=["contact"]).outcome is PASS


def test_the_time_may_be_said_in_the_next_sentence_of_the_turn():
    told = lines("A 22-23 follow_up: I'll ring you myself.", "A 23.1-24: On Tuesday at four.")
    assert judged(facts(*VENT_LINES, *told, vents=VENT), move="follow_up", mentions=["time"]).outcome is PASS


@pytest.mark.parametrize(
    "text",
    ["by six tonight", "within the hour", "in five working days", "on the 3rd", "at half past four",
     "tomorrow", "first thing on Monday", "at 10", "by the end of the day", "in about twenty minutes"],
)  # fmt: skip
def test_times_as_people_say_them(text):
    call = facts(*VENT_LINES, line(f"A 22-25 promise: I'll do it {text}."), vents=VENT)
    assert judged(call, move="promise", mentions="time").outcome is PASS


@pytest.mark.parametrize("text", ["as soon as I can", "when they get to it", "one of these days", "for you"])
def test_what_is_no_time(text):
    call = facts(*VENT_LINES, line(f"A 22-25 promise: I'll do it {text}."), vents=VENT)
    assert judged(call, move="promise", mentions="time").outcome is FAIL


def test_a_window_of_the_complaint_needs_one():
    found = judged(CALM_CALL, move="empathy", within="after_vent")
    assert found.outcome is NOT
    assert judged(GOOD_CALL, move="empathy", within="later_vents").outcome is NOT


def test_the_first_seconds_of_a_window():
    assert judged(GOOD_CALL, move="apology_specific", within="after_vent", first_s=30).outcome is PASS
    assert judged(GOOD_CALL, move="thanks_to_customer", within="after_vent", first_s=30).outcome is FAIL


def test_a_question_after_the_complaint_and_before_solving():
    keys = {"move": "clarifying_question", "within": "after_vent_before_solving"}
    assert judged(GOOD_CALL, **keys).outcome is PASS
    assert judged(BAD_CALL, **keys).outcome is FAIL
    early = facts(
        *lines("""
        C 3-10 complaint: Nobody came.
        A 10.2-12 solution_offer: I can send one.
        C 12.5-20 complaint: Twice!
        A 22-24 solution_offer: I'll send two.
        """),
        vents=VENT,
    )
    found = judged(early, **keys)
    assert found.outcome is FAIL
    assert found.evidence


def test_a_question_inside_the_complaint_is_unsure():
    asked = line("A 9-10 clarifying_question: Which day was that?")
    before = line("C 3-8 complaint: They did not come.")
    after = line("C 11-20 complaint: Monday, and Tuesday.")
    call = facts(*BAD[:1], before, asked, after, *BAD[3:], vents=VENT)
    assert judged(call, move="clarifying_question", within="after_vent_before_solving").outcome is UNSURE


def test_an_apology_in_the_closing_alone_is_unsure():
    bye = line("A 60-63 closing + apology_specific: Bye, sorry that we forgot you.")
    call = facts(*BAD[:-1], bye, vents=VENT)
    assert judged(call, move="apology_specific", within="before_closing").outcome is UNSURE


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        ({"at_most": 0.5, "tolerance": 0.1}, PASS),
        ({"at_most": 0.5}, FAIL),
        ({"at_most": 0.55, "margin": 0.04}, UNSURE),
        ({"at_least": 0.6}, FAIL),
        ({"at_least": 0.6, "tolerance": 0.1}, PASS),
    ],
)
def test_a_measure_against_its_limit(keys, outcome):
    measures = {"talk_ratio_agent": MeasureValue(0.58, {}, (Span(0, 2),))}
    found = judged(facts(*GOOD, vents=VENT, measures=measures), measure="talk_ratio_agent", **keys)
    assert found.outcome is outcome
    assert found.measured == 0.58
    assert found.target == keys.get("at_most", keys.get("at_least"))


def test_a_count_that_hangs_on_doubtful_events_is_unsure():
    events = ((5, 6), (9, 10))
    for unsure, outcome in ((0, FAIL), (1, UNSURE), (2, UNSURE)):
        measures = {"interruptions_by_agent": count(2, *events, unsure=unsure)}
        call = facts(*GOOD, vents=VENT, measures=measures)
        assert judged(call, measure="interruptions_by_agent", at_most=1).outcome is outcome


def test_a_measure_that_is_not_there_is_unsure_with_the_reason():
    call = facts(*GOOD, measures={"agent_wpm": MeasureValue.undefined("no words")})
    assert "no words" in judged(call, measure="agent_wpm", at_most=1).reason
    assert judged(call, measure="hold_s", at_most=1).outcome is UNSURE


def test_turns_in_the_complaint():
    assert judged(GOOD_CALL, turns_by="agent", within="vent", at_most=0).outcome is PASS
    asked = line("A 9-11: What broke, the lid?")
    before, after = lines("C 3-8 complaint: It broke.", "C 12-20 complaint: It broke.")
    cut = facts(*GOOD[:1], before, asked, after, vents=VENT)
    found = judged(cut, turns_by="agent", within="vent", at_most=0)
    assert (found.outcome, found.measured) == (FAIL, 1.0)


def test_questions_other_than_those_named():
    call = facts(
        *VENT_LINES,
        line("A 22-23 info_request: Your number?"),
        line("A 30-31: Was it the red one?"),
        measures={"questions_by_agent": count(2, (22, 23), (30, 31))},
        vents=VENT,
    )
    keys = {"questions_by": "agent", "within": "after_vent", "at_least": 2}
    assert judged(call, **keys).outcome is PASS
    found = judged(call, **keys, other_than=["info_request"])
    assert (found.outcome, found.measured) == (FAIL, 1.0)
    assert found.evidence[0].text == "Was it the red one?"


ORDER = [
    {"step": "hearing them out", "at": "vent_end"},
    {"step": "the apology", "move": "apology_specific"},
    {"step": "solving", "at": "first_solution"},
    {"step": "the thanks", "move": "thanks_to_customer"},
]


def test_steps_in_order():
    found = judged(GOOD_CALL, order=ORDER)
    assert found.outcome is PASS
    assert [one.text for one in found.evidence] == [step["step"] for step in ORDER]


def test_a_step_too_early_fails_with_both_moments():
    swapped = facts(*BAD, line("A 50-52 apology_specific: I apologize that nobody came."), vents=VENT)
    found = judged(swapped, order=ORDER)
    assert found.outcome is FAIL
    assert {one.text for one in found.evidence} == {"solving", "the apology"}


def test_one_step_has_no_order():
    call = facts(*VENT_LINES, vents=VENT)
    assert judged(call, order=ORDER[1:]).outcome is NOT


def test_verdicts_are_taken_over():
    found = judged(GOOD_CALL, verdict="vent_before_solving")
    assert found.outcome is PASS
    assert found.reason == "The customer was heard to the end."


def test_whether_there_is_a_complaint():
    assert judged(GOOD_CALL, vent="present").outcome is PASS
    assert judged(CALM_CALL, vent="present").outcome is FAIL
    assert judged(CALM_CALL, vent="absent").outcome is PASS
    assert judged(facts(*GOOD, vents=VENT, sure=0.5), vent="present").outcome is UNSURE


def test_when_makes_a_check_conditional():
    keys = {"move": "rapport", "when": {"vent": "absent"}}
    assert judged(GOOD_CALL, **keys).outcome is NOT
    assert judged(CALM_CALL, **keys).outcome is FAIL


YES = {"vent": "present"}
NO = {"vent": "absent"}
PERHAPS = {"measure": "hold_s", "at_most": 1}  # not measured
NEVER = {"move": "empathy", "within": "later_vents"}  # no such window


@pytest.mark.parametrize(
    ("parts", "every", "either"),
    [
        ([YES, YES], PASS, PASS),
        ([YES, NO], FAIL, PASS),
        ([YES, PERHAPS], UNSURE, PASS),
        ([NO, PERHAPS], FAIL, UNSURE),
        ([NO, NO], FAIL, FAIL),
        ([NEVER, YES], PASS, PASS),
        ([NEVER, NO], FAIL, FAIL),
        ([NEVER, NEVER], NOT, NOT),
    ],
)
def test_all_any_not(parts, every, either):
    assert judged(GOOD_CALL, all=parts).outcome is every
    assert judged(GOOD_CALL, any=parts).outcome is either
    turned = {PASS: FAIL, FAIL: PASS}
    assert judged(GOOD_CALL, **{"not": {"all": parts}}).outcome is turned.get(every, every)


@given(st.permutations([YES, NO, PERHAPS, NEVER]))
def test_the_order_of_parts_does_not_matter(parts):
    assert judged(GOOD_CALL, all=parts).outcome is FAIL
    assert judged(GOOD_CALL, any=parts).outcome is PASS


@given(
    st.lists(
        st.sampled_from(["empathy", "empathy?", "options", "blame_defensive?", "blame_defensive"]), max_size=6
    ),
    st.sampled_from(["whole_call", "before_solving", "after_vent", "closing", "vent"]),
)
def test_what_is_decided_can_be_played(names, window):
    done = [line(f"A {22 + 3 * k}-{24 + 3 * k} {name}: Said.") for k, name in enumerate(names)]
    call = facts(*VENT_LINES, *done, vents=VENT)
    for keys in ({"move": "empathy"}, {"no_move": "blame_defensive"}):
        found = judged(call, **keys, within=window)
        assert 0 <= found.confidence <= 1
        assert found.reason.endswith(".")
        assert found.verdict().evidence or not found.outcome.is_decided


def test_without_words_moves_are_unsure():
    call = facts(*GOOD, vents=VENT, words_known=False)
    for keys in ({"move": "empathy"}, {"no_move": "empathy"}, {"order": ORDER}):
        assert judged(call, **keys).outcome is UNSURE
    assert judged(facts(*CALM, words_known=False), vent="absent").outcome is UNSURE


def test_without_sure_roles_nothing_is_decided():
    call = facts(*GOOD, vents=VENT, roles_sure=False)
    for keys in ({"move": "empathy"}, {"verdict": "vent_before_solving"}, {"vent": "present"}):
        found = judged(call, **keys)
        assert found.outcome is UNSURE
        assert "who is the agent" in found.reason


def test_a_doubtful_complaint_decides_nothing_within_it():
    call = facts(*GOOD, vents=VENT, sure=0.5)
    assert judged(call, move="empathy", within="after_vent").outcome is UNSURE


def test_later_calls_where_they_are_linked():
    (asked,) = line("A 5-8 satisfaction_check: Is it warm now?").moves
    keys = {"move": "satisfaction_check", "later_calls": True}
    assert judged(BAD_CALL, **keys).outcome is NOT
    assert judged(BAD_CALL, later=(), **keys).outcome is NOT
    found = judged(BAD_CALL, later=(OtherCall("call_9", "2026-01-03", (asked,)),), **keys)
    assert found.outcome is PASS
    assert "Is it warm now?" in found.evidence[0].text
    assert judged(BAD_CALL, later=(OtherCall("call_9", "2026-01-03", ()),), **keys).outcome is FAIL


def test_a_check_in_plain_words():
    said = describe(check(move="empathy", within="before_solving", when={"vent": "present"}))
    assert said == "genuine empathy, before or at the first solving act (where a complaint in the call)"
    assert "at most 1" in describe(check(measure="interruptions_by_agent", at_most=1))


def test_where_it_is_unsure_whether_there_is_a_complaint_nothing_about_it_is_decided():
    unclear = Verdict(
        Outcome.UNSURE, 0.5, "It may be a complaint or not.", (Evidence(Span(5, 9), "a light is on"),)
    )
    call = replace(CALM_CALL, verdicts={**CALM_CALL.verdicts, "vent_before_solving": unclear})
    assert judged(CALM_CALL, vent="absent").outcome is PASS
    found = judged(call, vent="absent")
    assert found.outcome is UNSURE
    assert found.evidence[0].text == "a light is on"


def test_phrases_are_told_apart_by_what_they_are():
    call, windows = GOOD_CALL, Windows(GOOD_CALL)
    wanted = check(move="empathy", mentions="feeling")
    outcomes = []
    for pattern in ("furious", "no such word", "furious"):
        phrases = {"feeling": (pattern,)}  # may lie where the last one lay
        outcomes.append(Judge(call, Context(phrases), windows).judge(wanted).outcome)
    assert outcomes == [PASS, FAIL, PASS]
    assert Context({"a": ("b",)}).key == Context({"a": ("b",)}).key != Context({"a": ("c",)}).key


@pytest.mark.parametrize(("least_s", "first_s"), [(5.0, 10.0), (8.0, 20.0)])
def test_an_explanation_opens_solving_from_the_users_length_on(least_s, first_s):
    call = facts(
        line("C 0-9: My order is late."),
        line("A 10-16 explanation_of_why: It is late because the depot burned down."),
        line("A 20-22 solution_offer: I can send another one."),
        vent_settings=VentSettings(explanation_min_s=least_s),
    )
    assert Windows(call).first_solution.span.start_s == first_s


@given(st.sampled_from(list(Role)), st.floats(0, 60), st.floats(0.01, 20))
def test_a_turn_is_found_by_time_as_by_looking_through_all(role, start_s, length_s):
    windows, span = Windows(GOOD_CALL), Span(start_s, start_s + length_s)
    turns = [turn for turn in GOOD_CALL.timeline.turns if turn.role is role and turn.span.overlaps(span)]
    assert windows.turn_at(role, span) is (turns[0] if turns else None)


def test_a_judge_goes_without_the_cycle_collector():
    judge = Judge(GOOD_CALL)
    gone = weakref.ref(judge)
    gc.disable()
    try:
        del judge
        assert gone() is None
    finally:
        gc.enable()
