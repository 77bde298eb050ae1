"""Each way a vent can go, as a scene with the right answer (issue E)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import scene

from pipeline.measures import (
    EndedBy,
    Outcome,
    VentBasis,
    VentSettings,
    call_events,
    vent_measures,
    vent_verdict,
)
from pipeline.measures.vent_points import decide
from pipeline.measures.vent_verdict import _flips, _turns, _variants
from pipeline.timeline import EventType, FloorSettings, Role, Span, SpanSet
from pipeline.timeline.shift import shifted

HEARD_OUT = """
A 0.0-2.0 greeting: Good morning, how can I help you today?
C 2.4-10.0 complaint: I ordered the table in March and it came with three legs.
C 10.6-20.0 complaint: Then your driver told me that this was not his problem at all.
A 7.0-7.4: Okay.
A 12.0-12.5: Mm-hm.
A 15.0-15.4: Right.
C 21.0-32.0 complaint: I rang four times and every time somebody promised to call me back.
A 22.5-22.9: I see.
A 26.0-26.4: Okay.
C 32.9-42.4 complaint: Nobody ever did, and now we eat our dinner standing up in the kitchen.
A 36.0-36.4: Right.
A 43.2-47.0 empathy: Four calls and still no table, I would be furious too.
C 47.4-48.4: Yes. Exactly.
A 49.0-53.0 solution_offer: I'm sending you a new one tomorrow morning.
C 53.4-54.4 agreement: Thank you.
"""


def judged(text, **options):
    basis = scene(text, **options)
    return basis.vents, vent_verdict(basis)


def test_a_long_vent_with_pauses_and_backchannels_passes():
    vents, verdict = judged(HEARD_OUT)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 42.4)
    assert vent.ended_by is EndedBy.CUSTOMER
    assert vent.interruptions == ()
    assert vent.uninterrupted_share == 1.0
    assert vent.lead_s == pytest.approx(6.6)
    assert verdict.outcome is Outcome.PASS
    assert verdict.reason == (
        "The customer vented for 40 s without being interrupted; the agent began to solve 6.6 s after they "
        "had finished."
    )
    assert [(one.span.start_s, one.span.end_s) for one in verdict.evidence] == [(2.4, 42.4), (49.0, 53.0)]


def test_a_clarifying_question_in_the_middle_does_not_end_it():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: Your engineer was booked for Tuesday and he never came to us.
    A 12.9-15.0 clarifying_question: Was that Tuesday in the morning?
    C 15.4-17.0: In the morning, yes.
    C 17.5-27.0 complaint: And when I called they said that he had knocked and nobody was in.
    A 28.0-31.0 empathy: That must have been infuriating for you.
    A 31.5-35.0 solution_offer: I can send somebody to you tonight.
    """)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 27.0)
    assert vent.ended_by is EndedBy.CUSTOMER
    assert verdict.outcome is Outcome.PASS


def test_a_premature_solution_that_the_customer_talks_past():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: My card was declined on Saturday in front of my whole family because the
    A 11.4-15.0 solution_offer: Okay, I can send you a new card today.
    C 15.4-26.0 complaint: As I was saying, because the bank had blocked it without telling me.
    A 27.0-30.0 apology_specific: I am sorry that we blocked it.
    """)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 26.0)
    assert vent.lead_s == pytest.approx(11.4 - 26.0)
    assert len(vent.interruptions) == 1
    assert verdict.outcome is Outcome.FAIL
    assert (
        "cut in once while the customer complained, first at 0:11, and began to solve at 0:11"
        in verdict.reason
    )
    assert any(one.span.start_s == 11.4 for one in verdict.evidence)


def at_its_end(begins_s, last="all week.", then=""):
    return f"""
    A 0.0-2.0 greeting: Thanks for calling, how can I help?
    C 2.4-10.0 complaint: My boiler broke on Monday and nobody came and I was cold {last}
    A {begins_s}-13.0 solution_offer: I can send an engineer to you today.
    {then}
    """


@pytest.mark.parametrize("begins_s", [9.94, 9.85, 9.75, 9.7])
@pytest.mark.parametrize("overlap_reliable", [True, False])
def test_solving_in_an_ordinary_change_of_turns_is_not_too_early(begins_s, overlap_reliable):
    vents, verdict = judged(at_its_end(begins_s), overlap_reliable=overlap_reliable)
    assert vents[0].lead_s == pytest.approx(begins_s - 10.0)
    assert verdict.outcome is Outcome.PASS
    assert verdict.reason.endswith("the agent began to solve as they finished.")


def test_solving_as_the_customer_is_cut_off_is_too_early():
    for then in ("", "C 13.4-20.0 complaint: As I was saying, because the man never rang the bell."):
        verdict = judged(at_its_end(9.65, "because the", then))[1]
        assert verdict.outcome is Outcome.FAIL
        assert "began to solve at 0:09" in verdict.reason


def test_new_complaint_behind_an_offer_in_a_change_of_turns_is_another_vent():
    then = "C 13.8-21.0 complaint: And the bill for it is wrong again and I have paid it twice."
    vents, verdict = judged(at_its_end(9.65, then=then))
    assert [vent.span.start_s for vent in vents] == [2.4, 13.8]
    assert verdict.outcome is Outcome.PASS


def test_an_act_that_begins_with_a_doubtful_cut_is_as_doubtful():
    basis = scene(at_its_end(9.3, "because the"))
    (cut,) = [event for event in basis.events if event.counts]
    for confidence, outcome in ((0.55, Outcome.UNSURE), (0.9, Outcome.FAIL)):
        basis = scene(at_its_end(9.3, "because the"))
        basis.__dict__["events"] = tuple(
            replace(e, confidence=confidence) if e.span == cut.span else e for e in basis.events
        )
        assert vent_verdict(basis).outcome is outcome


CUT_IN_ON_THE_AGENT = """
A 0.0-6.15: So I have had a look at your order and the account that you have with us.
A 6.2-{ends_s} solution_offer: {offer}
C 6.0-18.0 complaint: No, my boiler broke on Monday and nobody came and I was cold all week in my own house.
A 18.4-20.0 empathy: That is an awful week to have had.
A 20.4-23.0 solution_offer: I can send somebody today.
"""


def test_an_agent_who_gives_way_to_the_complaint_has_not_begun_to_solve():
    vents, verdict = judged(CUT_IN_ON_THE_AGENT.format(ends_s=7.0, offer="I can refund that."))
    assert vents[0].lead_s == pytest.approx(2.4)
    assert verdict.outcome is Outcome.PASS


def test_an_agent_who_goes_on_with_the_offer_over_the_complaint_is_unsure():
    offer = "I can refund that in full and send you a new one by Friday."
    vents, verdict = judged(CUT_IN_ON_THE_AGENT.format(ends_s=9.0, offer=offer))
    assert vents[0].lead_s == pytest.approx(6.2 - 18.0)
    assert verdict.outcome is Outcome.UNSURE
    assert "may have begun to solve at 0:06" in verdict.reason


def test_only_a_solving_act_that_is_surely_early_is_told():
    offer = "I can refund that in full and send you a new one by Friday."
    text = CUT_IN_ON_THE_AGENT.format(ends_s=9.0, offer=offer)
    verdict = judged(text + "A 12.0-13.5: Hang on, let me say something to that.")[1]
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason == "The agent cut in once while the customer complained, first at 0:12."


def test_an_agent_who_cuts_in_on_the_complaint_to_solve_is_too_early():
    """The customer was first: with something that is no complaint yet."""
    verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-6.0: Hello, I am ringing about the boiler that I have from you and it
    C 6.2-18.0 complaint: broke on Monday and nobody came and I was cold all week in my own house.
    A 5.0-6.15: Okay, let me stop you there.
    A 6.4-9.0 solution_offer: I can send somebody to you today.
    A 18.4-20.0 empathy: That is an awful week to have had.
    """)[1]
    assert verdict.outcome is Outcome.FAIL


CUT_BEFORE_THE_VENT = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.5-7.0 {first}
A 6.2-9.0: Well, let me stop you there and ask you for your number.
C 9.5-20.0 complaint: {second} and nobody would listen to me when I rang about it on Monday.
A 21.0-24.0 empathy: I would be furious as well.
"""


@pytest.mark.parametrize(
    "first",
    [
        "question: Hi, am I through to the billing people or is it the",
        ": Hello, this is Mary and I am calling about",
    ],
)
def test_a_sentence_cut_off_before_the_vent_that_is_no_complaint_does_not_begin_it(first):
    text = CUT_BEFORE_THE_VENT.format(first=first, second="Right. My bill is wrong again")
    vents, verdict = judged(text)
    assert [event.by for event in scene(text).events if event.counts] == [Role.AGENT]
    assert [(vent.span.start_s, vent.interruptions) for vent in vents] == [(9.5, ())]
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("complaint?: Hello, the money that you took is more than the", "It was wrong again"),
        (
            ": Hello, this is about the refund for the washing machine that",
            "The refund for that washing machine",
        ),
    ],
)
def test_a_sentence_cut_off_before_the_vent_that_goes_on_in_it_begins_it(first, second):
    vents, verdict = judged(CUT_BEFORE_THE_VENT.format(first=first, second=second))
    assert [vent.span.start_s for vent in vents] == [2.5]
    assert verdict.outcome is Outcome.FAIL


def test_a_call_may_begin_with_the_sentence_that_is_cut_off():
    vents, _ = judged("""
    C 0.0-4.5 complaint?: The money that you have taken is far more than the
    A 3.8-6.0: Let me stop you there.
    C 6.4-16.0 complaint: It was wrong again and nobody would listen to me when I rang about it.
    A 17.0-20.0 empathy: I would be furious as well.
    """)
    assert vents[0].span.start_s == 0.0


@pytest.mark.parametrize(
    ("last", "ended_by", "ends_s", "outcome"),
    [
        ("so why does nobody ever come?", EndedBy.CUSTOMER, 10.0, Outcome.UNSURE),
        ("and nobody came because the", EndedBy.CUSTOMER, 20.0, Outcome.FAIL),
    ],
)
def test_a_reply_behind_a_long_overlap_goes_on_only_with_what_was_unfinished(last, ended_by, ends_s, outcome):
    """Who has asked has finished, and is answered a bit early; what follows the offer replies to it."""
    vents, verdict = judged(f"""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-10.0 complaint: The lift has been broken since March {last}
    A 9.3-13.0 solution_offer: I can send an engineer to you this afternoon.
    C 13.5-20.0 complaint: You said that the last time and it was not true, it never is.
    A 21.0-23.0 empathy: I can see why you doubt it.
    """)
    assert (vents[0].span.end_s, vents[0].ended_by) == (ends_s, ended_by)
    assert [event.span.start_s for event in vents[0].interruptions] == [9.3]
    assert verdict.outcome is outcome


CUT_AND_HELD = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-12.0 complaint: I have paid for a whole year of this and the channel is gone because the
A 11.4-14.0 hold_request: Let me stop you there and bear with me.
A {back_s}-{to_s}: Thank you, I am back.
C {goes_on_s}-{ends_s}: So the man in the shop had looked at it and told me to ring you about it.
A {ends_s}-60.0 empathy: I would be cross about that as well.
"""


@pytest.mark.parametrize("back_s", [15.0, 36.0])
def test_who_comes_back_after_a_hold_goes_on_with_what_was_cut_off(back_s):
    times = {"back_s": back_s, "to_s": back_s + 1, "goes_on_s": back_s + 1.5, "ends_s": back_s + 8}
    vents, _ = judged(CUT_AND_HELD.format(**times))
    assert (vents[0].span.end_s, vents[0].ended_by) == (back_s + 8, EndedBy.CUSTOMER)


def test_who_does_not_come_back_in_time_was_cut_off_for_good():
    times = {"back_s": 15.0, "to_s": 16.0, "goes_on_s": 18.5, "ends_s": 25.0}
    vents, _ = judged(CUT_AND_HELD.format(**times), settings=VentSettings(vent_return_s=2.0))
    assert (vents[0].span.end_s, vents[0].ended_by) == (12.0, EndedBy.INTERRUPTION)


def test_a_sentence_cut_off_before_a_hold_begins_the_vent_behind_it():
    text = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.5-7.0 complaint?: Hello, the money that you took is more than the
    A 6.2-9.0 hold_request: Let me stop you there, I need you to hold on.
    C 29.5-40.0 complaint: It was wrong again and nobody would listen to me when I rang about it.
    A 41.0-44.0 empathy: I would be furious as well.
    """
    assert [vent.span.start_s for vent in judged(text)[0]] == [2.5]
    held = judged(text, settings=VentSettings(vent_return_s=10.0))[0]
    assert [vent.span.start_s for vent in held] == [2.5]
    unheld = text.replace("I need you to hold on", "and say this first").replace("29.5", "20.5")
    assert [vent.span.start_s for vent in judged(unheld, settings=VentSettings(vent_return_s=10.0))[0]] == [
        20.5
    ]


@pytest.mark.parametrize(("yield_s", "ended_by"), [(1.4, EndedBy.INTERRUPTION), (1.0, EndedBy.CUSTOMER)])
def test_who_gave_way_within_the_set_time_was_cut_off(yield_s, ended_by):
    basis = scene(
        """
        A 0.0-2.0 greeting: Good morning, how can I help?
        C 2.4-14.0 complaint: I was charged for a ticket that I never got because the
        A 12.7-18.0: You have to take that up with the council.
        C 18.6-19.4: Fine.
        A 20.0-21.0 closing: Bye then.
        """,
        floor=FloorSettings(yield_s=yield_s),
    )
    (cut,) = [event for event in basis.events if event.counts]
    assert cut.floor_taken is (yield_s == 1.4)
    assert [vent.ended_by for vent in basis.vents] == [ended_by]
    assert vent_verdict(basis).outcome is Outcome.FAIL


def test_who_was_talked_at_for_long_after_a_cut_goes_on_with_the_same_vent():
    """They could not come back while the agent had the floor."""
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: My card was declined on Saturday in front of my whole family because the
    A 11.4-20.0: Okay, now what you need to do is to go to the branch with your passport and a bill.
    A 20.4-29.0 solution_offer: They will make you a new card while you wait and you can take it home.
    C 29.4-40.0 complaint: As I was saying, because the bank had blocked it without telling me.
    A 41.0-44.0 apology_specific: I am sorry that we blocked it.
    """)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 40.0)
    assert len(vent.interruptions) == 1
    assert verdict.outcome is Outcome.FAIL


def test_a_turn_that_leads_up_to_new_complaint_counts_from_its_start():
    vents, _ = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: I sent you every single page of it and you have lost them all.
    A 13.0-15.0 clarifying_question: Did you send those by email?
    C 16.0-29.0: By email, yes, and I had an answer the same day that said I was all set.
    C 29.2-40.0 complaint: So I paid four thousand dollars that I do not have and will never see again.
    A 41.0-44.0 empathy: That is a frightening sum to be out of.
    """)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 40.0)


TWO_COMPLAINTS = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-12.0 complaint: The price was to be ninety and you have charged me a hundred and forty.
A 12.9-16.0 solution_offer: I'm taking that off your account right now.
C 16.4-17.4 agreement: Okay, good.
A 18.0-20.0: Is there anything else?
C 24.0-34.0 complaint: Well, the phone itself shuts off whenever it gets cold outside.
"""


OPEN_SENTENCE = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: One of the legs has a split in it and the reason we had bought it was that
    A 12.9-16.0 solution_offer: I'll have a brand new leg out to you today.
"""


def test_a_solution_in_a_long_pause_of_an_open_sentence_is_too_early():
    vents, verdict = judged(
        OPEN_SENTENCE
        + """
    C 16.3-17.3: That is kind.
    C 17.4-26.0 complaint: We had fourteen people for lunch and it folded half way through the soup.
    A 27.0-30.0 empathy: That must have been an awful lunch for all of you.
    """
    )
    assert [(vent.span.start_s, vent.span.end_s) for vent in vents] == [(2.4, 26.0)]
    assert vents[0].lead_s == pytest.approx(12.9 - 26.0)
    assert verdict.outcome is Outcome.FAIL
    assert not vents[0].interruptions  # a pause of 0.9 s is no interruption


def test_a_short_objection_behind_an_open_sentence_does_not_make_the_offer_too_early():
    vents, verdict = judged(
        OPEN_SENTENCE
        + """
    C 16.3-18.3 complaint: A leg is no good to me.
    A 18.6-21.0 solution_offer: Then I can give you the money back.
    C 21.4-22.4 agreement: Yes, please.
    """
    )
    assert [(vent.span.start_s, vent.span.end_s) for vent in vents] == [(2.4, 12.0)]
    assert verdict.outcome is Outcome.PASS


def test_another_complaint_after_a_solution_opens_a_second_vent():
    vents, verdict = judged(TWO_COMPLAINTS + "A 35.0-38.0 solution_offer: I'll replace it for you.")
    assert [(vent.span.start_s, vent.span.end_s) for vent in vents] == [(2.4, 12.0), (24.0, 34.0)]
    assert [vent.lead_s for vent in vents] == pytest.approx([0.9, 1.0])
    assert verdict.outcome is Outcome.PASS


def test_two_vents_of_which_the_second_is_broken():
    broken = TWO_COMPLAINTS.replace("gets cold outside.", "gets cold because the")
    vents, verdict = judged(broken + "A 33.5-38.0 solution_offer: I can replace that for you today.")
    assert [vent.ended_by for vent in vents] == [EndedBy.CUSTOMER, EndedBy.SOLUTION]
    assert verdict.outcome is Outcome.FAIL
    assert all(one.span.start_s > 20 for one in verdict.evidence)


def test_an_objection_to_an_offer_does_not_extend():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-14.0 complaint: The sofa has been late for fourteen weeks and nobody calls me back.
    A 15.0-19.0 solution_offer: I can get you a voucher for twenty pounds.
    C 19.3-22.0 complaint: I don't want a voucher, that's useless.
    A 22.5-26.0 solution_offer: Then I can give you the money back.
    """)
    (vent,) = vents
    assert vent.span.end_s == 14.0
    assert vent.lead_s == pytest.approx(1.0)
    assert verdict.outcome is Outcome.PASS


BARE_SORRY = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-14.0 complaint: The hamper for my mother came two days late and it was all broken.
A 15.0-16.0 apology_bare: Yeah, sorry about that.
C 16.4-17.6 anger+question: Is that all?
A 18.0-19.0 apology_bare: I did say sorry.
"""


def test_is_that_all_does_not_extend():
    vents, _ = judged(BARE_SORRY)
    assert [vent.span.end_s for vent in vents] == [14.0]


def test_new_complaint_before_any_offer_extends():
    vents, _ = judged(
        BARE_SORRY
        + "C 19.6-25.0 complaint: And your driver had left it in the bin for two days.\n"
        + "A 26.0-29.0 solution_offer: I can send you another one."
    )
    (vent,) = vents
    assert vent.span.end_s == 25.0
    assert vent.lead_s == pytest.approx(1.0)


def test_a_hold_in_the_middle_is_unsure_at_best():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-14.0 complaint: I phoned on Monday and the man said to me that I must have, um,
    A 14.9-17.0 hold_request: I'm just going to put you on hold.
    C 17.3-18.0: Oh. Okay.
    A 40.0-44.0 solution_offer: Right, I have taken that charge off for you.
    """)
    (vent,) = vents
    assert vent.ended_by is EndedBy.HOLD
    assert verdict.outcome is Outcome.UNSURE
    assert "on hold" in verdict.reason


def test_complaint_that_goes_on_after_a_hold_belongs_to_the_vent():
    vents, _ = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-14.0 complaint: I phoned on Monday and they told me that I had been streaming all day.
    A 14.9-17.0 hold_request: Can I just put you on hold for a moment?
    A 40.0-42.0: Thanks for holding.
    C 42.4-50.0 complaint: And then they charged me another eight hundred dollars for it.
    A 51.0-54.0 solution_offer: I have taken that off for you.
    """)
    (vent,) = vents
    assert (vent.span.start_s, vent.span.end_s) == (2.4, 50.0)


def test_the_customer_opens_the_call():
    vents, verdict = judged("""
    C 0.3-9.0 complaint: Finally somebody, I have been waiting for an hour with no water in the house.
    A 9.8-13.0 empathy: An hour without water, that is awful.
    A 13.4-16.0 solution_offer: I'm sending the plumber right now.
    """)
    (vent,) = vents
    assert vent.span.start_s == 0.3
    assert verdict.outcome is Outcome.PASS


def test_a_vent_late_in_an_outbound_call_is_not_charged_with_the_offer_before_it():
    vents, verdict = judged("""
    A 0.0-4.0 greeting: Good afternoon, it's Priya from your insurance.
    C 4.4-5.4: Oh, hello.
    A 6.0-12.0 solution_offer: I'm calling to offer you our new cover for the car.
    C 13.0-15.0 question: What would that cost?
    A 15.4-20.0: It would be ten pounds a month.
    C 60.0-75.0 complaint: You know, last time I had a claim nobody answered me for six weeks at all.
    A 76.0-80.0 apology_specific: I'm sorry that we left you waiting.
    A 81.0-85.0 solution_offer: I'll give you a name to call.
    """)
    (vent,) = vents
    assert vent.span.start_s == 60.0
    assert vent.lead_s == pytest.approx(6.0)
    assert verdict.outcome is Outcome.PASS
    assert vent_measures(scene("A 0-4 solution_offer: I can help."))["first_solution_s"].value == 0


def test_a_transfer_is_no_solution_and_a_second_agent_hears_a_second_vent():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-14.0 complaint: The parcel never came and nobody can tell me where on earth it is.
    A 15.0-19.0 transfer: I'll put you through to my colleague in shipping.
    A 40.0-43.0 greeting: Hello, this is Ben in shipping.
    C 43.4-44.4: Hello Ben.
    A 44.8-52.0 info_request: I'd need your order number and your postcode before we can start with this.
    C 52.4-56.0: It is four four one.
    C 56.4-66.0 complaint: I have told all this before, the parcel is gone and I paid for it twice.
    A 67.0-70.0 solution_offer: I'm sending it again today.
    """)
    assert [vent.span.start_s for vent in vents] == [2.4, 56.4]
    assert vents[0].solution is vents[1].solution
    assert verdict.outcome is Outcome.PASS


CUT_OFF_FOR_GOOD = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-14.0 complaint: I was charged for a ticket that I never got because the
A 13.4-18.0: You have to take that up with the council.
C 18.6-19.4: Fine.
A 20.0-21.0 closing: Bye then.
"""


def test_a_vent_cut_off_for_good():
    vents, verdict = judged(CUT_OFF_FOR_GOOD)
    (vent,) = vents
    assert vent.ended_by is EndedBy.INTERRUPTION
    assert vent.lead_s is None
    assert verdict.outcome is Outcome.FAIL


def test_an_agent_who_never_solves_was_not_too_early():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-14.0 complaint: The brakes still squeal although I paid you for new ones on Monday.
    A 15.0-18.0 empathy: I can hear how that must worry you.
    C 18.4-19.0: Yes.
    A 20.0-21.0 closing: Goodbye.
    """)
    assert vents[0].lead_s is None
    assert verdict.outcome is Outcome.PASS
    assert "never began to solve" in verdict.reason


def test_a_calm_call_is_not_applicable():
    vents, verdict = judged("""
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-6.0 request: I would like to book a table for two.
    A 6.4-9.0 options: We have seven or half past eight.
    C 9.4-10.4 agreement: Seven, please.
    """)
    assert vents == ()
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_what_may_be_a_complaint_is_not_taken_for_a_calm_call():
    told = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-6.0 complaint: I bought a car from you and there is a light on.
    C 6.4-10.0 complaint: So I was wondering what I should do about that.
    A 10.4-12.0 clarifying_question: What colour is it?
    """

    def judged_at(confidence):
        basis = scene(told)
        moves = tuple(
            replace(move, confidence=confidence, state="yes" if confidence >= 0.6 else "unsure")
            if move.name == "complaint"
            else move
            for move in basis.moves
        )
        return vent_verdict(replace(basis, moves=moves))

    near = judged_at(0.5)
    assert near.outcome is Outcome.UNSURE
    assert near.evidence[0].span.start_s == 2.4
    assert near.would_flip == ("moves.complaint -20%",)
    assert judged_at(0.4).outcome is Outcome.NOT_APPLICABLE
    weak = judged_at(0.65)
    assert weak.outcome is Outcome.UNSURE
    assert weak.would_flip == ("moves.complaint +20%",)
    assert judged_at(0.75).outcome is Outcome.PASS


SMALL_TALK = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-5.0 request: I would like to collect the van a day earlier.
A 5.4-7.0: How was the drive up?
C 7.4-9.4 complaint: That ring road of yours!
C 9.6-13.0 complaint: I missed the same exit three times.
A {reply}
C 20.0-21.0 agreement: Lovely, thank you.
"""


@pytest.mark.parametrize("reply", ["13.4-15.0 rapport: Everybody does.", "17.4-19.0 options: Nine or ten?"])
def test_a_short_remark_that_nobody_takes_for_a_complaint_may_be_none(reply):
    vents, verdict = judged(SMALL_TALK.format(reply=reply))
    assert [vent.confidence for vent in vents] == [0.5]
    assert verdict.outcome is Outcome.UNSURE
    assert verdict.evidence[0].span == vents[0].span
    assert "from 0:07 on is brief" in verdict.reason


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("13.4-15.0 apology_specific: I'm sorry that the signs are so bad.", Outcome.PASS),
        ("17.4-19.0 blame_defensive: The council puts up the signs.", Outcome.PASS),
        ("13.4-15.0 clarifying_question: Which exit was it?", Outcome.PASS),
        ("15.4-17.0 solution_offer: I'll send you a map.", Outcome.PASS),
        ("12.0-14.0 solution_offer: I'll send you a map.", Outcome.FAIL),
    ],
)
def test_a_short_complaint_that_is_dealt_with_is_one(reply, outcome):
    vents, verdict = judged(SMALL_TALK.format(reply=reply))
    assert [vent.confidence for vent in vents] == [0.9]
    assert verdict.outcome is outcome


def test_what_may_solve_at_once_does_not_make_it_a_complaint():
    basis = scene(SMALL_TALK.format(reply="13.4-15.0 solution_offer: You can park behind the mill."))
    moves = tuple(
        replace(move, confidence=0.7) if move.name == "solution_offer" else move for move in basis.moves
    )
    assert vent_verdict(basis).outcome is Outcome.PASS
    assert vent_verdict(replace(basis, moves=moves)).outcome is Outcome.UNSURE


def test_one_doubtful_sentence_is_no_vent_but_is_named():
    calm = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-6.0 request: I would like to book the cat in.
    C 6.4-9.0 complaint: He has not been drinking much.
    A 9.4-12.0 clarifying_question: Since when has that been?
    """
    basis = scene(calm)
    doubtful = tuple(
        replace(move, confidence=0.7) if move.name == "complaint" else move for move in basis.moves
    )
    verdict = vent_verdict(replace(basis, moves=doubtful))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
    assert verdict.confidence < 0.7
    assert "0:06" in verdict.reason
    assert verdict.evidence[0].span.start_s == 6.4


CUT_ON_THE_LINE = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-14.0 complaint: I was charged for a ticket that I never got because the
A 13.4-18.0: You have to take that up with the council.
C 18.6-26.0 complaint: Because the machine was broken, as I was saying, for two whole days.
A 27.0-30.0 solution_offer: I'll take it off.
"""


def test_on_one_channel_a_deciding_overlap_makes_it_unsure():
    assert judged(CUT_ON_THE_LINE)[1].outcome is Outcome.FAIL
    verdict = judged(CUT_ON_THE_LINE, overlap_reliable=False)[1]
    assert verdict.outcome is Outcome.UNSURE
    assert "may have cut in at 0:13" in verdict.reason
    assert verdict.evidence[0].span.start_s == 13.4


def test_unsure_roles_judge_nobody():
    verdict = vent_verdict(scene(CUT_ON_THE_LINE, roles_sure=False))
    assert verdict.outcome is Outcome.UNSURE
    assert verdict.evidence
    assert "who of the two is the agent" in verdict.reason


def test_without_words_the_first_long_turn_is_taken_and_nothing_is_decided():
    basis = scene(HEARD_OUT, with_words=False)
    (vent,) = basis.vents
    assert vent.span.start_s == 2.4
    assert vent.span.end_s == pytest.approx(42.4)
    assert vent.confidence < 0.6
    assert vent.complaints == ()
    verdict = vent_verdict(basis)
    assert verdict.outcome is Outcome.UNSURE
    assert "Without words" in verdict.reason


def test_without_words_a_customer_who_opens_is_heard_from_the_start():
    (vent,) = scene(
        "C 0.4-9.0: It never came.\nA 10.0-12.0: I see what you mean now.", with_words=False
    ).vents
    assert vent.span.start_s == 0.0


def test_what_may_be_a_cut_off_is_unsure():
    basis = scene(CUT_ON_THE_LINE)
    (cut,) = [event for event in basis.events if event.counts]
    doubtful = tuple(replace(e, confidence=0.55) if e is cut else e for e in basis.events)
    basis.__dict__["events"] = doubtful
    verdict = vent_verdict(basis)
    assert verdict.outcome is Outcome.UNSURE
    assert "may have cut in" in verdict.reason


def test_allowed_interruptions_are_allowed():
    verdict = vent_verdict(scene(CUT_ON_THE_LINE, settings=VentSettings(interruptions_max=1)))
    assert verdict.outcome is Outcome.PASS
    assert "and was interrupted once, as is allowed;" in verdict.reason


def test_an_allowed_interruption_that_ends_the_complaint_breaks_it_all_the_same():
    verdict = vent_verdict(scene(CUT_OFF_FOR_GOOD, settings=VentSettings(interruptions_max=1)))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.reason.endswith("cut the complaint off for good.")
    assert verdict.evidence


def test_a_solving_act_that_is_hardly_sure_does_not_fail_anybody_alone():
    text = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-24.0 complaint: The tap has been leaking for three weeks and the caretaker was told five times.
    A 12.3-12.7 solution_offer: A plumber
    A 25.0-28.0 solution_offer: I'll send a plumber.
    """
    basis = scene(text)
    assert not [event for event in basis.events if event.counts]
    assert vent_verdict(basis).outcome is Outcome.FAIL
    hardly = tuple(
        replace(move, confidence=0.62) if move.span.start_s == 12.3 else move for move in basis.moves
    )
    verdict = vent_verdict(replace(basis, moves=hardly))
    assert verdict.outcome is Outcome.UNSURE
    assert "may have begun to solve at 0:12" in verdict.reason


@pytest.mark.parametrize("begins_s", [11.6, 12.3])
def test_a_doubtful_cut_makes_a_solving_act_no_surer(begins_s):
    """The act may begin with the cut, or a moment later."""
    text = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-24.0 complaint: The tap has been leaking for three weeks and the caretaker was told five times.
    A 11.6-12.2: Now then, a
    A 12.3-13.7 solution_offer: plumber can be with you.
    A 25.0-28.0 solution_offer: I'll send a plumber.
    """
    basis = scene(text)
    (cut,) = [event for event in basis.events if event.counts]
    moves = tuple(
        replace(move, confidence=0.62, span=Span(begins_s, 13.7)) if move.span.start_s == 12.3 else move
        for move in basis.moves
    )
    for confidence, outcome in ((0.55, Outcome.UNSURE), (0.9, Outcome.FAIL)):
        judged_so = replace(basis, moves=moves)
        judged_so.__dict__["events"] = tuple(
            replace(e, confidence=confidence) if e == cut else e for e in basis.events
        )
        assert vent_verdict(judged_so).outcome is outcome


def test_an_explanation_counts_from_five_seconds_on():
    text = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-12.0 complaint: The claim was turned down and nobody has told me the reason why.
    A 13.0-{end} explanation_of_why: That is because the form was not signed by the doctor.
    """
    short, long = (scene(text.format(end=end)).vents[0] for end in (17.0, 19.0))
    assert short.solution is None
    assert long.solution.span.start_s == 13.0


NARROW = """
A 0.0-2.0 greeting: Good morning, how can I help?
C 2.4-12.0 complaint: The claim was turned down and nobody has told me the reason why.
A 13.0-18.5 explanation_of_why: That is because the form was not signed by the doctor.
C 18.9-27.0 complaint: And then you lost all of the papers that I had sent to you in May.
A 26.4-31.0: You should have sent them by registered post.
"""


def test_what_would_flip_it_is_named():
    """Who came in for 0.75 s has just not stopped within `false_start_s`."""
    text = """
    A 0.0-2.0 greeting: Good morning, how can I help?
    C 2.4-13.0 complaint: The claim was turned down and nobody has told me the reason why.
    A 7.0-7.75: Let me look.
    C 14.0-24.0 complaint: And then you lost all of the papers that I had sent to you in May.
    A 25.0-29.0 solution_offer: I will open it again.
    """
    verdict = vent_verdict(scene(text))
    assert verdict.outcome is Outcome.UNSURE
    assert verdict.would_flip == ("floor.false_start_s +20%",)
    assert verdict.evidence[0].span.start_s == 7.0


def test_flips_are_what_a_full_recomputation_finds():
    """The quick recomputation near the vents agrees with one over the whole call."""
    for text in (HEARD_OUT, CUT_ON_THE_LINE, TWO_COMPLAINTS, NARROW):
        basis = scene(text)
        verdict = vent_verdict(basis)
        for name in ("terminal_s", "contest_s", "mid_pause_s", "yield_s"):
            for factor in (0.8, 1.2):
                floor = replace(FloorSettings(), **{name: getattr(FloorSettings(), name) * factor})
                whole = replace(basis, floor=floor)
                assert whole.floor is floor
                other = _decided(whole)
                named = any(flip.startswith(f"floor.{name}") for flip in verdict.would_flip)
                if verdict.outcome.is_decided:
                    assert not named
                    assert other in (verdict.outcome, Outcome.UNSURE)


CUTS = st.lists(
    st.tuples(st.integers(10, 70), st.integers(55, 95), st.integers(15, 250), st.booleans()),
    min_size=2,
    max_size=3,
)


def cut_into(cuts) -> VentBasis:
    """Draw complaints cut into by so much shared speech or pause, for so long; all are taken up again."""
    lines = []
    for k, (shared, length, back, closed) in enumerate(cuts):
        at = 30.0 * k
        start = at + 8.0 - shared / 100
        end = start + length / 100
        says = "You lost all of my papers and then." if closed else "You lost all of my papers and the"
        lines += [
            f"C {at}-{at + 8.0} complaint: {says}",
            f"A {start}-{end}: Let me just have a look at that.",
            f"C {max(end, at + 8.0) + back / 100}-{at + 16.0} complaint: As I was saying, they were lost.",
            f"A {at + 17.0}-{at + 20.0} solution_offer: I will open it again.",
        ]
    return scene("\n".join(lines))


@settings(max_examples=60, deadline=None)
@given(CUTS)
def test_where_one_broken_vent_decides_a_look_at_all_names_the_same_flips(cuts):
    basis = cut_into(cuts)
    outcome = decide(basis.vents, basis)[0]
    if outcome is not Outcome.UNSURE:
        every = tuple(name for name, found in _variants(basis, basis.vents) if _turns(found, outcome, basis))
        assert _flips(basis.vents, outcome, basis) == every


@settings(max_examples=60, deadline=None)
@given(CUTS, st.integers(0, 1))
def test_what_is_left_out_as_broken_at_a_glance_is_broken(cuts, allowed):
    basis = replace(cut_into(cuts), settings=VentSettings(interruptions_max=allowed))
    for vent in basis.vents:
        every = dict(_variants(basis, (vent,)))
        looked_at = dict(_variants(basis, (vent,), broken=True))
        assert looked_at == {name: found for name, found in every.items() if name in looked_at}
        for name in every.keys() - looked_at.keys():
            here = [one for one in every[name] if one.span.overlaps(vent.span)]
            assert decide(here, basis)[0] is Outcome.FAIL


def _decided(basis: VentBasis) -> Outcome:
    return decide(basis.vents, basis)[0]


@pytest.mark.parametrize("text", [HEARD_OUT, CUT_ON_THE_LINE])
def test_vents_that_only_decide_are_the_same_but_for_what_is_spoken_inside(text):
    basis = scene(text)
    bare = [replace(vent, spoken=SpanSet(), undisturbed=SpanSet()) for vent in basis.vents]
    assert bare
    assert list(basis.find(basis.events, basis.settings)) == bare
    assert decide(bare, basis)[0] is decide(basis.vents, basis)[0]


def test_moving_the_agent_is_moving_the_customer_the_other_way():
    basis = scene(CUT_ON_THE_LINE)
    whole = basis.timeline.extent
    later = shifted(basis.timeline, Role.AGENT, 0.25, whole)
    earlier = shifted(basis.timeline, Role.CUSTOMER, -0.25, whole)
    assert later.overlap.duration_s == pytest.approx(earlier.overlap.duration_s)
    kinds = [
        sorted((event.type, event.by or "", round(event.overlap_s, 6)) for event in VentBasis(
            timeline, (), FloorSettings(), VentSettings()).events if event.type is not EventType.SILENCE)
        for timeline in (later, earlier)
    ]  # fmt: skip
    assert kinds[0] == kinds[1]


def test_shifting_by_nothing_changes_nothing():
    basis = scene(HEARD_OUT)
    same = shifted(basis.timeline, Role.CUSTOMER, 0.0, basis.timeline.extent)
    assert same.turns == basis.timeline.turns
    assert same.speech == dict(basis.timeline.speech)


@given(st.floats(0.0, 50.0))
def test_a_call_that_starts_later_has_the_same_vents(by_s):
    def moved(text, add):
        import re

        return re.sub(
            r"([\d.]+)-([\d.]+)",
            lambda m: f"{float(m[1]) + add:.6f}-{float(m[2]) + add:.6f}",
            text,
        )

    before, after = scene(CUT_ON_THE_LINE), scene(moved(CUT_ON_THE_LINE, by_s))
    assert [v.span.duration_s for v in after.vents] == pytest.approx(
        [v.span.duration_s for v in before.vents]
    )
    assert vent_verdict(after).outcome is vent_verdict(before).outcome


def test_measures_of_the_vent_bring_their_parts():
    basis = scene(CUT_ON_THE_LINE)
    found = vent_measures(basis)
    assert found["vent_s"].value == pytest.approx(26.0 - 2.4)
    assert found["vent_spoken_s"].value == pytest.approx((14.0 - 2.4) + (26.0 - 18.6))
    # disturbed from 13.4 to the end of the overlap and two seconds on
    share = found["vent_uninterrupted_share"]
    assert share.parts["undisturbed_s"] == pytest.approx((13.4 - 2.4) + (26.0 - 18.6))
    assert share.value == pytest.approx(share.parts["undisturbed_s"] / share.parts["spoken_s"])
    assert found["interruptions_by_agent_in_vent"].value == 1
    assert found["time_to_first_solution_s"].value == pytest.approx(27.0 - 2.4)
    assert found["solution_lead_s"].value == pytest.approx(1.0)
    assert found["talk_ratio_agent_before_vent"].value == 1.0
    inside = found["talk_ratio_agent_in_vent"]
    assert inside.value == pytest.approx(4.6 / (4.6 + 11.6 + 7.4))
    assert found["clarifying_questions_before_solution"].value == 0


def test_measures_without_a_vent_have_a_reason():
    calm = vent_measures(scene("A 0-2 greeting: Hello there.\nC 2.4-6 request: A table for two, please."))
    assert calm["vent_s"].value is None
    assert "complained" in calm["vent_s"].reason
    assert vent_measures(None)["vent_s"].reason


def test_what_is_counted_in_vents_is_counted_in_all_of_them():
    broken = TWO_COMPLAINTS.replace("gets cold outside.", "gets cold because the")
    basis = scene(broken + "A 33.5-38.0 solution_offer: I can replace that for you today.")
    assert len(basis.vents) == 2
    found = vent_measures(basis)["interruptions_by_agent_in_vent"]
    assert found.value == 1
    assert found.spans[0].start_s == 33.5


def _first_solutions(text):
    basis = scene(text)
    found = call_events(basis.events, basis.vents, basis.moves, basis.ground.solving(basis.settings))
    return [event.span.start_s for event in found if event.type is EventType.FIRST_SOLUTION]


def test_the_first_solving_act_is_an_event_with_and_without_a_vent():
    calm = """
    A 0.0-2.0 greeting: Good morning, how can I help you?
    C 2.4-5.0: I would like another bin, please.
    A 5.4-8.0 solution_offer: I can send you one tomorrow.
    A 8.4-10.0 solution_offer: Or I can have it brought tonight.
    """
    assert scene(calm).vents == ()
    assert _first_solutions(calm) == [5.4]
    vent = """
    C 10.4-18.0 complaint: And the last one came with a hole in it and nobody ever called me back.
    A 19.0-22.0 solution_offer: I can put that right today.
    A 22.4-24.0 solution_offer: I can send a man to you.
    """
    assert _first_solutions(calm + vent) == [5.4, 19.0]  # of the call, and behind the vent
    basis = scene(calm + vent)
    assert vent_measures(basis)["first_solution_s"].value == 5.4
    assert vent_measures(basis)["time_to_first_solution_s"].value == pytest.approx(19.0 - 10.4)
    assert _first_solutions("A 0.0-2.0 greeting: Good morning.\nC 2.4-5.0: Hello there.") == []
