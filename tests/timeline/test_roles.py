from __future__ import annotations

import pytest
from drawing import lane, spoken

from pipeline.languages import language_pack
from pipeline.timeline import ROLE_UNSURE_BELOW, RoleCues, decide_roles

CUES = language_pack("en").roles
SPEECH = {0: lane("==========          =========="), 1: lane("           ========           ===")}


def decide(first: tuple[str, str], second: tuple[str, str], speech=None, cues=CUES):
    speech = speech or SPEECH
    return decide_roles({0: spoken(speech[0], *first), 1: spoken(speech[1], *second)}, speech, cues)


AGENT_SAYS = (
    "Thank you for calling Northgate, this is Emma, how can I help?",
    "Can I have your account number please? Bear with me while I check.",
)
CUSTOMER_SAYS = ("I'm calling about my bill, I've been charged twice.", "My account is four four.")


def test_greeting_and_account_questions_make_the_agent():
    decision = decide(AGENT_SAYS, CUSTOMER_SAYS)
    assert (decision.agent, decision.customer) == (0, 1)
    assert decision.confidence > 0.95
    assert decision.why[0].startswith("the agent opens like one")


@pytest.mark.parametrize(
    ("opens", "agent"),
    [
        ("Northgate Support, this is Emma.", True),
        ("Good morning, Lock and Leave, Emma speaking.", True),
        ("Hello, what can I help you set up?", True),
        ("Hi, um, this is Emma Carter.", False),  # a caller's name behind a hesitation
        ("Oh, hi there, this is Emma.", False),
    ],
)
def test_who_names_a_company_or_offers_help_opens_like_an_agent(opens, agent):
    why = decide((opens, "It is the second door."), ("Good to know.", "Thanks.")).why
    assert any(reason.endswith("the agent opens like one (1x)") for reason in why) == agent


def test_the_order_of_the_channels_plays_no_part():
    swapped_speech = {0: SPEECH[1], 1: SPEECH[0]}
    decision = decide(CUSTOMER_SAYS, AGENT_SAYS, swapped_speech)
    assert (decision.agent, decision.customer) == (1, 0)
    assert decision.confidence > 0.95


def test_what_was_said_outweighs_who_spoke_first():
    """An outbound call: the customer picks up and says hello first."""
    speech = {0: lane("=====                     ===="), 1: lane("      ==============          ")}
    decision = decide(
        ("hello", "yes my order was late"),
        ("Good morning, my name is Dan and I'm calling from Parcel Point customer services",),
        speech,
    )
    assert decision.agent == 1


def test_without_words_the_structure_decides_and_is_unsure():
    decision = decide_roles({}, SPEECH, CUES)
    assert decision.agent == 0
    assert decision.confidence < ROLE_UNSURE_BELOW


def test_without_a_language_pack_the_words_do_not_count():
    assert decide(AGENT_SAYS, CUSTOMER_SAYS, cues=None).confidence < ROLE_UNSURE_BELOW


def test_nothing_at_all_is_a_coin_that_says_so():
    decision = decide_roles({}, {0: lane(""), 1: lane("")}, RoleCues())
    assert decision.confidence == 0.5
    assert decision.why


def test_reasons_hold_no_transcript_text():
    why = decide(AGENT_SAYS, CUSTOMER_SAYS).why
    assert "the agent opens like one (3x)" in why
    for said in ("emma", "northgate", "charged", "twice", "bill", "four"):
        assert not [reason for reason in why if said in reason.lower().split()]


def test_exactly_two_parties():
    with pytest.raises(ValueError, match="two parties"):
        decide_roles({}, {0: lane("==")}, CUES)
