"""Floor events, drawn: one test per case of the definitions. Times in seconds; see docs/measures.md."""

from __future__ import annotations

from dataclasses import replace

import pytest
from drawing import call, lane
from hypothesis import example, given
from hypothesis import strategies as st
from scenes import ENGLISH, FALLS_AWAY, FULL_VOICE, A, C, events, only, timeline

from pipeline.timeline import (
    EventType,
    FloorSettings,
    Span,
    SpanSet,
    TurnSettings,
    Word,
    build_timeline,
    find_events,
    find_flips,
)

STORY = "I ordered it in March and it came in pieces"


# --- pauses -------------------------------------------------------------------------------------------


def test_jumping_in_after_a_pause_on_because_the():
    event = only(
        events(
            "C 1.0-5.0: I get a letter that you won't pay because the",
            "A 5.4-7.5: They always need a signature.",
        )
    )
    assert event.type is EventType.PAUSE_INTERRUPTION
    assert (event.by, event.of) == (A, C)
    assert event.floor_taken
    assert event.overlap_s == 0
    assert event.span == Span(5.4, 7.5)
    assert event.is_sure
    assert event.why["pause_s"] == pytest.approx(0.4)
    assert event.why["words"] > 0


def test_speaking_after_a_pause_behind_a_closed_sentence_is_no_event():
    assert not events(
        "C 1.0-5.0: The whole box came in pieces on Monday.",
        "A 5.4-7.5: Let me look that up for you.",
        voices={C: {5.0: FALLS_AWAY}},
    )


def test_a_closed_sentence_at_full_voice_alone_is_not_enough_in_a_pause():
    assert not events(
        "C 1.0-5.0: The whole box came in pieces on Monday.",
        "A 5.4-7.5: Let me look that up for you.",
        voices={C: {5.0: FULL_VOICE}},
    )


def test_starting_in_a_pause_in_which_the_other_goes_on_at_once():
    event = only(
        events(
            "C 1.0-5.0: I never got that letter.",
            "A 5.3-7.5: We sent it by post last week.",
            "C 5.7-6.6: Nobody sent me anything at all.",
        )
    )
    assert event.type is EventType.PAUSE_INTERRUPTION
    assert event.why["restarts"] > 0


def test_a_start_in_a_long_pause_of_the_same_turn_is_no_event():
    assert not events(
        "C 1.0-5.0: I get a letter that you won't pay because the",
        "A 5.9-7.5: They always need a signature.",
        "C 8.0-9.0: doctor forgot it.",
    )


def test_a_clarifying_question_in_a_pause_is_listening():
    assert not events(
        "C 1.0-5.0: There was one lady who helped me at the",
        "A 5.4-6.5: Which office was that?",
        "C 6.8-8.0: The one in Norwich.",
    )


def test_a_question_that_identifies_the_caller_is_no_listening():
    event = only(
        events(
            "C 1.0-5.0: I had to go all the way home because the",
            "A 5.4-7.4: Okay, can I get your full name and your date of birth?",
            "C 7.8-9.0: Ann Miller.",
        )
    )
    assert event.type is EventType.PAUSE_INTERRUPTION
    assert not event.question


def test_an_apology_in_a_pause_is_listening():
    assert not events(
        "C 1.0-5.0: I had to stay up all night because the",
        "A 5.4-6.5: I'm so sorry about that.",
        "C 6.8-8.0: Thank you.",
    )


def test_who_is_asked_may_answer_at_once():
    assert not events(
        "A 1.0-3.0: Should we put you down for Monday at eight?",
        "C 3.3-4.4: Monday at eight is fine for me.",
        voices={A: {3.0: FULL_VOICE}},
    )


# --- giving way ---------------------------------------------------------------------------------------

SO_IT_DROPS_OUT = "C 1.0-5.0: So it drops out every single evening."
HAVE_YOU_TRIED = "A 4.72-7.0: Have you tried turning it off and on?"
TAKES_OVER = (SO_IT_DROPS_OUT, HAVE_YOU_TRIED, "C 7.4-10.0: As I was saying, every evening it goes.")


def test_taking_over_while_the_other_stops_at_full_voice_and_comes_back_to_it():
    event = only(events(*TAKES_OVER, voices={C: {5.0: FULL_VOICE}}))
    assert event.type is EventType.INTERRUPTION
    assert event.by is A
    assert event.floor_taken
    assert event.overlap_s == pytest.approx(0.28)
    assert event.span == Span(4.72, 5.0)
    assert event.confidence > 0.8
    assert {"shared_s", "voice", "next_turn", "end_drop_db"} <= set(event.why)


def test_the_same_overlap_where_the_voice_falls_away_and_the_next_turn_answers():
    event = only(
        events(
            SO_IT_DROPS_OUT,
            HAVE_YOU_TRIED,
            "C 7.4-10.0: Yes, that was no good.",
            voices={C: {5.0: FALLS_AWAY}},
        )
    )
    assert event.type is EventType.TERMINAL_OVERLAP
    assert event.is_sure
    assert not event.counts


def test_where_nothing_is_known_the_ending_is_unsure():
    event = only(events("C 1.0-5.0:", "A 4.7-7.0:", language=None))
    assert not event.is_sure


def test_starting_in_the_customers_last_word():
    event = only(
        events(
            "C 1.0-5.0: That is all I wanted to ask.",
            "A 4.85-7.0: Let me have a look at that.",
        )
    )
    assert event.type is EventType.TERMINAL_OVERLAP
    assert event.overlap_s == pytest.approx(0.15)


def test_a_clarifying_question_over_open_speech_that_takes_the_floor():
    event = only(
        events(
            "C 1.0-5.0: It was delivered to my neighbour and the",
            "A 4.6-5.6: Which neighbour was that?",
            "C 5.9-8.0: The one at four four seven.",
            voices={C: {5.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.question


def test_an_apology_over_the_customers_speech():
    event = only(
        events(
            "C 1.0-5.0: It was delivered to my neighbour and the",
            "A 4.6-5.8: I'm sorry about that.",
            "C 6.0-8.0: And the neighbour moved out.",
            voices={C: {5.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.question


def test_the_customer_interrupting_the_agent():
    event = only(
        events(
            "A 1.0-5.0: Your contract says that after the",
            "C 4.7-7.5: I don't care what the contract says.",
            "A 8.0-9.0: After the first year it ends.",
            voices={A: {5.0: FULL_VOICE}},
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert (event.by, event.of) == (C, A)


# --- going on -----------------------------------------------------------------------------------------


def test_talking_two_seconds_over_a_customer_who_goes_on():
    event = only(
        events(f"C 1.0-9.0: {STORY} and nobody called", "A 3.0-5.0: I can only see what is on the screen.")
    )
    assert event.type is EventType.INTERRUPTION
    assert not event.floor_taken
    assert event.overlap_s == pytest.approx(2.0)
    assert event.confidence > 0.95


def test_a_pause_of_the_customer_under_the_agents_voice_makes_no_event_of_the_customers():
    event = only(
        events(
            "C 1.0-4.0: I ordered it in March",
            "A 3.0-6.0: I can only see what is on the screen you know.",
            "C 4.4-9.0: and nobody has called me about it",
        )
    )
    assert event.by is A


def test_a_false_start():
    event = only(events(f"C 1.0-9.0: {STORY}", "A 3.0-3.4: So what"))
    assert event.type is EventType.FALSE_START
    assert not event.counts


@pytest.mark.parametrize(("stops_s", "counts"), [(3.65, False), (3.7, False), (3.71, True), (3.9, True)])
def test_who_stops_within_the_threshold_or_at_it_has_only_started_falsely(stops_s, counts):
    event = only(events(f"C 1.0-9.0: {STORY}", f"A 3.0-{stops_s}: But I have"))
    assert event.counts == counts
    assert event.type is (EventType.INTERRUPTION if counts else EventType.FALSE_START)


# --- listening ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length_s", "text"), [(0.7, "oh I see, okay"), (1.5, "Yeah, yeah. Okay, right."), (0.8, "Ha ha!")]
)
def test_signs_of_listening_while_the_customer_goes_on(length_s, text):
    event = only(events(f"C 1.0-9.0: {STORY}", f"A 3.0-{3.0 + length_s}: {text}"))
    assert event.type is EventType.BACKCHANNEL
    assert event.by is A


@pytest.mark.parametrize(
    ("text", "sure", "kind"),
    [
        ("Oh, now.", 0.58, EventType.BACKCHANNEL),  # what comes back of "oh no"
        ("I see.", 0.5, EventType.BACKCHANNEL),
        ("Oh, now.", 0.9, EventType.FALSE_START),
        ("Thanks, Toby.", 0.5, EventType.FALSE_START),  # names are hard for the recogniser
        ("So now.", 0.58, EventType.FALSE_START),
        ("Oh, now that.", 0.58, EventType.FALSE_START),
    ],
)
def test_one_doubtful_word_behind_a_sign_of_listening_is_part_of_it(text, sure, kind):
    parts = text.split()
    heard = [(3.0 + k / 4, 3.25 + k / 4, part) for k, part in enumerate(parts)]
    words = {
        A: tuple(Word(part, Span(a, b), sure if k else 0.95) for k, (a, b, part) in enumerate(heard)),
        C: timeline(f"C 1.0-9.0: {STORY}").turns_of(C)[0].words,
    }
    speech = {A: SpanSet.of((3.0, 3.6)), C: SpanSet.of((1.0, 9.0))}
    made = build_timeline(10.0, speech, words, ENGLISH, TurnSettings())
    event = only([e for e in find_events(made) if e.by is not None])
    assert (event.type, event.by) == (kind, A)


def test_three_in_a_row_are_one_event():
    event = only(events(f"C 1.0-9.0: {STORY}", "A 3.0-3.3: Mm-hm.", "A 3.7-4.0: Mm-hm.", "A 4.4-4.7: Mm-hm."))
    assert event.type is EventType.BACKCHANNEL
    assert event.span == Span(3.0, 4.7)


def test_a_laugh_without_words():
    event = only(events(f"C 1.0-9.0: {STORY}", "A 3.0-3.9:"))
    assert event.type is EventType.BACKCHANNEL


def test_a_long_noise_without_words_never_counts():
    event = only(events("A 0.1-0.5: Hello.", f"C 1.0-9.0: {STORY}", "A 3.0-6.0:"))
    assert not event.counts


def test_a_backchannel_that_is_followed_by_silence_never_counts():
    for start_s in (4.2, 4.5, 4.8):
        found = events(
            f"A {start_s}-5.6: Okay, right.",
            f"C 1.0-5.0: {STORY} because the",
            voices={C: {5.0: FULL_VOICE}},
        )
        assert not any(event.counts for event in found)


def test_an_answer_to_a_question_is_a_turn():
    drawn = timeline(
        "A 1.0-2.0: Is that right?",
        "C 2.2-2.5: Yes.",
        "A 2.8-4.0: Then I'll book it.",
    )
    assert [turn.role for turn in drawn.turns if turn.kind == "turn"] == [A, C, A]
    assert not find_events(drawn)


# --- nobody's fault -----------------------------------------------------------------------------------


def test_both_start_together_after_a_silence():
    event = only(
        events(
            "A 1.0-2.0: Right, let me see.",
            "A 3.0-5.0: So I have your claim here.",
            "C 3.15-3.8: And will they",
        )
    )
    assert event.type is EventType.DUAL_START
    assert event.by is C
    assert event.overlap_s == pytest.approx(0.65)


def test_leaked_speech_that_was_not_removed_is_no_event():
    assert not events(
        "C 1.0-3.0: I ordered it in March",
        "A 3.0-6.0: it came in pieces and nobody called",
        "C 3.05-6.05: it came in pieces and nobody called",
    )


def test_a_delayed_line_makes_overlaps_that_nobody_committed():
    rows = (
        "C 1.0-5.0: So it drops out every single evening and the",
        "A 4.6-6.0: Have you tried turning it off and on?",
        "C 6.5-9.0: every evening it goes.",
    )
    assert only(events(*rows)).is_sure
    delayed = only(events(*rows, delay_s=0.3))
    assert delayed.why["delay_s"] == 0.3
    assert not delayed.is_sure
    long = (f"C 1.0-9.0: {STORY}", "A 3.0-5.0: I can only see what is on the screen.")
    assert only(events(*long, delay_s=0.3)).is_sure


def test_disputed_speech_without_words_lowers_the_confidence():
    def found(**clues):
        return only(
            events(
                f"C 1.0-2.0: {STORY}",
                "C 2.15-9.0:",
                "A 3.0-5.0: I can only see what is on the screen.",
                **clues,
            )
        )

    assert found().is_sure
    doubted = found(doubts={C: SpanSet.of((2.3, 4.2))})
    assert doubted.counts
    assert not doubted.is_sure
    assert doubted.why["disputed_s"] > 0
    assert found(doubts={C: SpanSet.of((2.3, 9.0))}).type is EventType.OVERLAP_OTHER


def test_faint_speech_that_may_be_others_settles_nothing_by_its_words():
    def found(**clues):
        said = (f"C 1.0-9.0: {STORY}", "A 3.0-5.0: I can only see what is on the screen.")
        return only(events(*said, doubts={A: SpanSet.of((2.9, 5.1))}, **clues))

    assert found().is_sure  # what has words is beyond dispute
    assert not found(faint={A: SpanSet.of((2.9, 5.1))}).is_sure


def test_on_one_channel_an_overlap_is_unsure():
    event = only(
        events(
            f"C 1.0-9.0: {STORY}", "A 3.0-5.0: I can only see what is on the screen.", overlap_reliable=False
        )
    )
    assert event.counts
    assert not event.is_sure


def test_on_one_channel_a_jump_into_a_pause_is_unsure():
    event = only(
        events(
            "C 1.0-5.0: I get a letter that you won't pay because the",
            "A 5.4-7.5: They always need a signature.",
            overlap_reliable=False,
        )
    )
    assert event.type is EventType.PAUSE_INTERRUPTION
    assert not event.is_sure
    assert event.why["one_channel"]


class TestOneChannel:
    """What a mixture loses: words under the other's, short overlaps, who began behind a pause."""

    @staticmethod
    def found(*args, **clues):
        return events(*args, overlap_reliable=False, **clues)

    def test_speech_over_the_others_without_words_is_not_taken_for_listening(self):
        """agent     =======         1.6 s without a word
        customer ===========================
        """
        said = (f"C 1.0-9.0: {STORY}", "A 3.0-4.6:")
        assert only(self.found(*said)).type is EventType.INTERRUPTION
        assert only(events(*said)).type is EventType.BACKCHANNEL

    def test_signs_of_listening_without_words_are_shorter(self):
        assert only(self.found(f"C 1.0-9.0: {STORY}", "A 3.0-4.2:")).type is EventType.BACKCHANNEL

    def test_pauses_of_the_one_who_is_not_heard_are_joined(self):
        found = self.found(f"C 1.0-9.0: {STORY}", "A 3.0-3.9:", "A 4.3-5.2:")
        assert [event.type for event in found if event.counts] == [EventType.INTERRUPTION]

    def test_who_takes_over_at_once_may_have_cut_off(self):
        """A short overlap may be lost: no gap, and the other's words are open."""
        agent = "A 4.0-6.5: We can't run the test like this."
        event = only(self.found("C 1.0-4.0: I pay sixty pounds a month and because the", agent))
        assert event.type is EventType.INTERRUPTION
        assert event.floor_taken
        assert not event.is_sure
        assert not self.found("C 1.0-4.0: I pay sixty pounds a month for this.", agent)

    def test_a_start_just_before_the_other_goes_on_is_over_speech(self):
        """agent             =======
        customer ====   ====           X starts 0.05 s before Y goes on
        """
        said = (
            "C 1.0-3.7: They put me in the",
            "A 4.0-7.0: I can book it in first class.",
            "C 4.05-4.45: the",
        )
        assert only(self.found(*said)).type is EventType.INTERRUPTION
        assert only(events(*said)).type is EventType.PAUSE_INTERRUPTION

    def test_a_long_contest_behind_a_short_pause_is_over_speech(self):
        found = self.found(
            "C 1.0-3.6: The kids were screaming.",
            "A 4.0-6.0: I can only see what is on the screen.",
            f"C 4.3-9.0: {STORY}",
        )
        event = only([e for e in found if e.by is A])
        assert event.type is EventType.INTERRUPTION
        assert not event.floor_taken
        assert not event.is_sure

    def test_a_word_that_two_may_have_said_keeps_the_recognisers_confidence(self):
        def cut_off(last: float) -> float:
            made = timeline(
                "C 1.0-4.0: and they told me that nobody could find it.",
                "A 3.7-6.0: So what we can do is this.",
                overlap_reliable=False,
            )
            words = made.turns_of(C)[0].words
            said = (*words[:-1], Word(words[-1].text, words[-1].span, last))
            again = build_timeline(7, made.speech, {A: made.turns_of(A)[0].words, C: said}, ENGLISH,
                                   TurnSettings(), made.clues)  # fmt: skip
            return only([e for e in find_events(again) if e.by is A]).why["cut_off"]

        assert cut_off(0.8 * 0.6) == pytest.approx(cut_off(0.8))
        assert cut_off(0.2) > cut_off(0.8)


def test_without_a_language_pack_what_counts_is_unsure():
    event = only(
        events("C 1.0-9.0: Es kam im März", "A 3.0-5.0: Ich sehe nur was hier steht.", language=None)
    )
    assert event.type is EventType.INTERRUPTION
    assert event.why["no_language_pack"] == 1
    assert not event.is_sure


def test_without_a_language_pack_a_word_or_two_are_a_sign_of_listening():
    event = only(events("C 1.0-9.0: Es kam im März", "A 3.0-3.5: Ach so.", language=None))
    assert event.type is EventType.BACKCHANNEL


def test_the_customer_speaking_first_is_no_event():
    assert not events("C 0.5-1.5: Hello, is anybody there?", "A 2.0-3.0: Good morning, this is Tom.")


def test_a_call_where_only_one_party_ever_speaks():
    assert not events("A 1.0-3.0: Hello?", "A 5.0-6.0: Hello?")


# --- silence ------------------------------------------------------------------------------------------


def kinds(drawn):
    return [(e.type.value, round(e.span.duration_s, 3)) for e in find_events(drawn)]


def test_silences_and_holds():
    said = ("A 0.0-2.0: Good morning to you.", "A 7.0-9.0: That is done now.", "A 29.0-30.0: Thank you.")
    assert kinds(timeline(*said)) == [("silence", 5.0), ("hold", 20.0)]
    filled = timeline(*said, filled=SpanSet.of((2.5, 6.5)))
    assert kinds(filled) == [("hold", 5.0), ("hold", 20.0)]


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Let me put you on hold.", "hold"),
        ("Do you mind if I pop you on hold for a minute?", "hold"),
        ("Sorry, I'm just going to have to place you on hold.", "hold"),
        ("Is a brief hold all right?", "hold"),
        ("Could you hold for another minute?", "hold"),
        ("Sorry you were on hold so long.", "silence"),
        ("I'm sorry that we put you on hold for an hour.", "silence"),
        ("The payment is on hold until Friday.", "silence"),
    ],
)
def test_an_announced_silence_is_a_hold(said, kind):
    made = timeline(f"A 0.0-2.0: {said}", "A 5.2-7.0: That is done now.")
    assert kinds(made) == [(kind, 3.2)]


def test_an_event_as_the_result_holds_it():
    row = only(events(*TAKES_OVER, voices={C: {5.0: FULL_VOICE}})).to_dict()
    assert {
        key: row[key] for key in ("type", "by", "of", "start_s", "end_s", "overlap_s", "floor_taken")
    } == {
        "type": "interruption",
        "by": "agent",
        "of": "customer",
        "start_s": 4.72,
        "end_s": 5.0,
        "overlap_s": 0.28,
        "floor_taken": True,
    }
    silence = find_events(timeline("A 0.0-2.0: Hello.", "A 7.0-9.0: Done."))[0].to_dict()
    assert silence["by"] is None
    assert "overlap_s" not in silence


def test_a_threshold_changes_what_it_says():
    rows = (f"C 1.0-9.0: {STORY}", "A 3.0-3.65: But then you")
    assert only(events(*rows)).type is EventType.FALSE_START
    assert only(events(*rows, settings=FloorSettings(false_start_s=0.5))).type is EventType.INTERRUPTION


# --- properties ---------------------------------------------------------------------------------------

LANES = st.lists(st.sampled_from("=== "), min_size=1, max_size=150).map("".join)
TEXTS = ("okay", "mm hm", "it was because the", "is that right?", "I had to pay.", "")


def texts(drawing: str, salt: int) -> tuple[str, ...]:
    return tuple(TEXTS[(k * 7 + salt) % len(TEXTS)] for k in range(len(drawing.split())))


def drawn(agent: str, customer: str, salt: int = 0):
    return call(agent, customer, texts(agent, salt), texts(customer, salt + 3))


@given(LANES, LANES, st.integers(0, 5))
def test_events_lie_in_the_call_in_order_and_are_the_same_again(agent, customer, salt):
    made = drawn(agent, customer, salt)
    found = find_events(made)
    assert found == find_events(drawn(agent, customer, salt))
    assert list(found) == sorted(found, key=lambda e: (e.span, e.type, e.by or ""))
    for event in found:
        assert 0 <= event.span.start_s < event.span.end_s <= made.duration_s + 1e-9
        assert 0 <= event.confidence <= 1
        assert event.overlap_s >= 0
        assert event.why
        assert event.by is None or event.by.opposite is event.of


@given(LANES, LANES, st.integers(0, 5))
def test_swapping_the_roles_mirrors_every_event(agent, customer, salt):
    def shape(found, swap):
        return sorted(
            (e.type, e.span, "" if e.type is EventType.DUAL_START else str(swap(e.by)) if e.by else "")
            for e in found
        )

    ours = call(agent, customer, texts(agent, salt), texts(customer, salt))
    theirs = call(customer, agent, texts(customer, salt), texts(agent, salt))
    assert shape(find_events(ours), lambda r: r) == shape(find_events(theirs), lambda r: r.opposite)


@given(LANES, LANES, st.integers(1, 80))
def test_shifting_time_shifts_every_event_and_changes_no_duration(agent, customer, eighths):
    """Eighths of a second are exact in binary, so that no threshold is met by rounding."""

    def found(by_s):
        speech = {
            role: SpanSet(
                Span(round(s.start_s * 10) / 8 + by_s, round(s.end_s * 10) / 8 + by_s) for s in lane(drawing)
            )
            for role, drawing in ((A, agent), (C, customer))
        }
        made = build_timeline(40.0, speech, {}, ENGLISH, TurnSettings())
        return [e for e in find_events(made) if e.by is not None]

    before, after = found(0.0), found(eighths / 8)
    assert [e.type for e in before] == [e.type for e in after]
    for one, other in zip(before, after, strict=True):
        assert other.span.start_s == pytest.approx(one.span.start_s + eighths / 8)
        assert other.span.duration_s == pytest.approx(one.span.duration_s)


@given(st.integers(8, 60), st.lists(st.sampled_from("=== "), max_size=40).map("".join))
@example(51, "==  ==============   =")  # once, the customer's own speech was taken for an answer to it
def test_adding_a_backchannel_never_adds_an_interruption(at, tail):
    customer = "=" * 80 + tail
    agent = " " * 100 + "==========="
    counting = sum(e.counts for e in find_events(call(agent, customer, ("I can do that",), ())))
    more = " " * at + "====" + agent[at + 4 :]
    added = find_events(call(more, customer, ("mm hm", "I can do that"), ()))
    assert sum(e.counts for e in added) == counting
    assert any(e.type is EventType.BACKCHANNEL for e in added)


def test_events_are_values():
    event = only(events(*TAKES_OVER))
    assert replace(event) == event
    with pytest.raises(AttributeError):
        event.confidence = 1.0


# --- what an event hangs on ---------------------------------------------------------------------------


def test_the_thresholds_that_would_change_an_event():
    made = timeline(f"C 1.0-9.0: {STORY}", "A 3.0-3.65: But then you")
    event = only(find_events(made))
    flips = find_flips(made, event)
    assert [(flip.threshold, flip.becomes) for flip in flips] == [("false_start_s", EventType.INTERRUPTION)]
    assert flips[0].value_s == pytest.approx(0.56)


def test_a_clear_event_hangs_on_none():
    made = timeline(f"C 1.0-9.0: {STORY}", "A 3.0-6.0: I can only see what is on the screen.")
    assert find_flips(made, only(find_events(made))) == ()


# --- who had just begun ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pause_s", [0.55, 0.8, 0.95, 1.05])
def test_going_on_behind_a_closed_sentence_as_the_other_starts_is_unsure(pause_s):
    begins_s = 3.0 + pause_s
    event = only(
        events(
            f"A {begins_s + 0.3}-{begins_s + 2.7}: Let me pull that order up.",
            "C 0.0-3.0: I ordered it on Friday.",
            f"C {begins_s}-8.0: And it never came, so I rang you.",
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert not event.is_sure
    assert event.why["just_begun_s"] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("first", "pause_s", "behind_s"),
    [
        ("I ordered it on Friday because the", 0.8, 0.3),  # an open sentence: not done
        ("I ordered it on Friday.", 0.45, 0.3),  # too short a pause to be an end
        ("I ordered it on Friday.", 0.8, 0.6),  # begun long enough ago to be heard
    ],
)
def test_starting_over_who_has_visibly_not_just_begun_is_sure(first, pause_s, behind_s):
    begins_s = 3.0 + pause_s
    start_s = begins_s + behind_s
    event = only(
        events(
            f"A {start_s}-{start_s + 2.4}: Let me pull that order up.",
            f"C 0.0-3.0: {first}",
            f"C {begins_s}-8.0: And it never came, so I rang you.",
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure


# --- just below what makes a contest --------------------------------------------------------------------


def overlapped(shared_s, text="The parcel never came on Monday and I rang you", mark="", **options):
    return only(
        events(
            f"A {6.0 - shared_s}-9.0: I will get another sent out to you today.",
            f"C 2.0-6.0: {text + mark}",
            "C 9.4-10.4: Fine by me.",
            **options,
        )
    )


def test_two_thresholds_that_are_just_missed_make_no_interruption_together():
    event = overlapped(
        0.49, mark=".", voices={C: {6.0: replace(FULL_VOICE, end_drop_db=-10.0, end_fall_s=0.1)}}
    )
    assert event.why["cut_off"] < 0.5
    assert event.type is EventType.TERMINAL_OVERLAP
    assert event.confidence < 0.6


def test_a_falling_voice_just_below_a_contest_had_finished():
    event = overlapped(0.49, mark=".", voices={C: {6.0: FALLS_AWAY}})
    assert event.why["cut_off"] < 0.3
    assert event.type is EventType.TERMINAL_OVERLAP


def test_who_is_as_likely_cut_off_as_not_is_not_surely_interrupted():
    event = overlapped(
        0.49, mark=".", voices={C: {6.0: replace(FULL_VOICE, end_drop_db=-12.0, end_fall_s=0.05)}}
    )
    assert 0.5 <= event.why["cut_off"] < 0.6
    assert event.type is EventType.INTERRUPTION
    assert not event.is_sure


def test_a_contest_and_a_cut_off_sentence_each_are_enough():
    long = overlapped(0.6, mark=".", voices={C: {6.0: FALLS_AWAY}})
    cut = overlapped(0.4, mark=" because the", voices={C: {6.0: FULL_VOICE}})
    for event in (long, cut):
        assert event.type is EventType.INTERRUPTION
        assert event.is_sure


@pytest.mark.parametrize(
    ("shared_s", "text", "sure"),
    [
        (0.42, "The parcel never came on Monday and I rang you.", False),
        (0.42, "The parcel never came on Monday because the", True),  # the words speak for it as well
        (0.6, "The parcel never came on Monday and I rang you.", True),  # its length does
    ],
)
def test_the_voice_alone_makes_no_sure_interruption(shared_s, text, sure):
    event = overlapped(shared_s, text, voices={C: {6.0: FULL_VOICE}})
    assert event.type is EventType.INTERRUPTION
    assert event.why["voice"] > 0
    assert event.is_sure == sure
    assert ("only_voice" in event.why) != sure


# --- sound without words --------------------------------------------------------------------------------

CRIES = "C 3.5-7.0:"


def test_speaking_over_long_sound_without_words_is_unsure():
    event = only(
        events(
            "C 0.0-3.0: And then my mother died in March.",
            CRIES,
            "A 4.2-6.7: I am going to look into this for you.",
            "C 8.5-9.5: Thank you, yes.",
        )
    )
    assert event.type is EventType.INTERRUPTION
    assert not event.is_sure
    assert event.why["no_words_s"] == pytest.approx(3.2)


@pytest.mark.parametrize(
    "customer",
    [
        ["C 0.0-3.0: And then my mother died in March.", "C 3.1-7.0:"],  # the same utterance has words
        ["C 0.0-3.0: And then my mother died.", "C 3.5-7.0: in March and nobody rang me back at all"],
    ],
)
def test_speaking_over_an_utterance_with_words_is_sure(customer):
    event = only(events(*customer, "A 4.2-6.7: I am going to look into this for you."))
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure
    assert "no_words_s" not in event.why


# --- answering early ------------------------------------------------------------------------------------


def answered(asked, start_s=2.42, ends=FALLS_AWAY):
    return only(
        events(
            f"A {start_s}-6.0: You can do that, Saturday is fine.",
            f"C 0.0-3.0: {asked}",
            "C 6.3-7.0: Great.",
            voices={C: {3.0: ends}},
        )
    )


def test_to_answer_a_question_a_bit_early_is_not_surely_an_interruption():
    event = answered("Can I get this delivered on Saturday instead of Friday, please?")
    assert event.type is EventType.INTERRUPTION
    assert not event.is_sure
    assert event.why["answers_early"] == 1


@pytest.mark.parametrize(
    ("asked", "start_s", "ends"),
    [
        ("I would like it delivered on Saturday instead of Friday, please.", 2.35, FALLS_AWAY),
        ("Can I get this delivered on Saturday instead of Friday, because the", 2.42, FULL_VOICE),
        ("Can I get this delivered on Saturday instead of Friday, please?", 1.8, FALLS_AWAY),
    ],
)
def test_over_what_is_no_question_or_no_end_of_one_it_is_sure(asked, start_s, ends):
    event = answered(asked, start_s, ends)
    assert event.type is EventType.INTERRUPTION
    assert event.is_sure
    assert "answers_early" not in event.why
