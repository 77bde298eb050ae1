"""Roles among more than two parties: agent, customer, who took the call over, who is neither."""

from __future__ import annotations

from drawing import lane, spoken

from pipeline.languages import language_pack
from pipeline.timeline import EventType, Role, SpanSet, decide_parties, decide_roles, find_transfers

CUES = language_pack("en").roles
LONG = 1.0  # seconds per character: long turns


def party(drawing: str, *texts: str):
    speech = lane(drawing, LONG)
    return speech, spoken(speech, *texts)


def of(**parties):
    speech = {i: spans for i, (spans, _) in enumerate(parties.values())}
    words = {i: said for i, (_, said) in enumerate(parties.values())}
    return words, speech


FIRST = ("====              ", "thank you for calling acme my name is ann how can i help you")
CUSTOMER = (
    "     =====       ===       =====     ====",
    "hi my router is broken and i am really upset",
    "i already told your colleague my order is late",
    "i have been waiting for two weeks my account is wrong",
    "thank you for your help",
)


def test_two_parties_are_decided_as_ever():
    words, speech = of(a=party(*FIRST), b=party(*CUSTOMER))
    assert decide_parties(words, speech, CUES) == decide_roles(words, speech, CUES)


def test_one_party_has_no_roles():
    words, speech = of(a=party(*FIRST))
    assert decide_parties(words, speech, CUES) is None


def put_through():
    """Return a call in which the first agent puts the customer through to a second one."""
    second = party(
        "                       ===      =========",
        "hello this is ben from billing how can i help you",
        "let me check your account we can refund that for you is there anything else i can help with",
    )
    return of(
        a=party("====       ====", FIRST[1], "let me put you through to billing one moment"),
        b=party(*CUSTOMER),
        c=second,
    )


def test_who_takes_the_customer_over_is_an_agent_too():
    words, speech = put_through()
    decision = decide_parties(words, speech, CUES)
    roles = [decision.role_of(k) for k in range(3)]
    assert roles == [Role.AGENT, Role.CUSTOMER, Role.AGENT]
    (transfer,) = find_transfers(decision, speech)
    assert transfer.type is EventType.TRANSFER
    assert (transfer.span.start_s, transfer.span.end_s) == (15.0, 23.0)
    assert any("transfer" in reason for reason in decision.why)


def test_stray_pieces_given_to_the_wrong_voice_do_not_hide_a_transfer():
    words, speech = put_through()
    speech[0] |= SpanSet.of((34.0, 34.3))  # a piece of the second agent's turn
    speech[2] |= SpanSet.of((2.0, 2.3))  # and one of the first one's
    decision = decide_parties(words, speech, CUES)
    assert [decision.role_of(k) for k in range(3)] == [Role.AGENT, Role.CUSTOMER, Role.AGENT]
    (transfer,) = find_transfers(decision, speech)
    assert (transfer.span.start_s, transfer.span.end_s) == (15.0, 23.0)


def test_a_menu_that_nobody_answers_is_neither():
    menu = party("==========", "for sales press one for service press two your call may be recorded")
    agent = party(
        "               ====       ====      ====",
        "thank you for calling my name is ann how can i help you",
        "let me check your account number please",
        "we can send you a new one today is there anything else",
    )
    customer = party(
        "                     ====      ====",
        "hi my router is broken and i am really upset",
        "i have been waiting for two weeks",
    )
    words, speech = of(a=menu, b=agent, c=customer)
    decision = decide_parties(words, speech, CUES)
    assert [decision.role_of(k) for k in range(3)] == [Role.OTHER, Role.AGENT, Role.CUSTOMER]
    assert find_transfers(decision, speech) == ()


def test_a_supervisor_who_is_there_all_along_is_neither():
    words, speech = of(
        a=party("====       ====         ====", FIRST[1], "let me check your account", "we can refund that"),
        b=party("     =====      =====", *CUSTOMER[1:3]),
        c=party("               ==      ========", "yes", "we should check this with the warehouse today"),
    )
    decision = decide_parties(words, speech, CUES)
    assert decision.role_of(2) is Role.OTHER


def test_who_says_nothing_plays_no_part():
    words, speech = of(a=party(*FIRST), b=party(*CUSTOMER), c=party(""))
    decision = decide_parties(words, speech, CUES)
    assert (decision.agent, decision.customer, decision.more_agents) == (0, 1, ())


def test_without_a_language_the_structure_decides():
    words, speech = of(
        a=party(*FIRST),
        b=party(*CUSTOMER),
        c=party(
            "",
        ),
    )
    decision = decide_parties(words, speech, None)
    assert decision.agent == 0
