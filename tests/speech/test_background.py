"""Other people in the room: told from the party by level, in drawn levels and under real voices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from speech.signals import RATE, Call, Memory, load_sample

from pipeline.speech import SpeechSettings, detect_speech
from pipeline.speech.background import find_background
from pipeline.speech.words import hear_words
from pipeline.timeline import Span, SpanSet, Word

SETTINGS = SpeechSettings()
PARTY_DB = 35.0
OFFICE = "00000...55..00000..555..0000..55..0000..55..000..555..00"


def drawn(lane: str) -> np.ndarray:
    """Return levels of 0.5 s a sign: a digit is so many times 4 dB below the party, a dot silence."""
    signs = [0.0 if sign == "." else PARTY_DB - 4.0 * int(sign) for sign in lane if sign != " "]
    return np.repeat(np.array(signs, dtype=np.float32), 50)


def found(lane: str, settings: SpeechSettings = SETTINGS) -> tuple[str, str]:
    """Return the signs that are other people's, and those that may be, each as ``x``."""
    level_db = drawn(lane)
    background = find_background(level_db > 1.0, level_db, settings)
    own, perhaps = (
        "".join("x" if half.mean() > 0.5 else "-" for half in flags.reshape(-1, 50))
        for flags in (background.others, background.doubtful)
    )
    return own, perhaps


def of_all_levels() -> np.ndarray:
    """Return levels of a party that speaks for 1 s at each dB, 25 dB down."""
    steps = [[PARTY_DB - step] * 100 + [0.0] * 50 for step in range(26)]
    return np.concatenate(steps).astype(np.float32)


class TestDrawn:
    def test_a_colleague_between_what_the_party_says(self):
        lane = OFFICE
        others, perhaps = found(lane)
        assert others == "".join("x" if sign == "5" else "-" for sign in lane)
        assert "x" not in perhaps

    def test_a_low_word_or_two_are_the_party(self):
        assert found("00000...5..00000..0000..5..0000") == ("-" * 31, "-" * 31)  # 1 s is no group

    def test_a_party_of_all_levels_is_one_party(self):
        level_db = of_all_levels()
        assert not find_background(level_db > 1.0, level_db, SETTINGS).low.any()

    def test_in_a_roomful_what_is_far_below_is_theirs_whatever_lies_between(self):
        level_db = of_all_levels()
        speech = level_db > 1.0
        background = find_background(speech, level_db, SETTINGS, roomful=True)
        party_db = PARTY_DB - 6.0  # what is down to 10 dB below its loudest two seconds is surely its own
        assert np.array_equal(background.others, speech & (level_db <= party_db - SETTINGS.background_db))
        assert not background.doubtful.any()

    def test_not_far_below_may_be_either(self):
        lane = OFFICE.replace("5", "3")
        others, perhaps = found(lane)
        assert "x" not in others
        assert perhaps == "".join("x" if sign == "3" else "-" for sign in lane)

    def test_who_speaks_on_from_further_away_is_not_left_out(self):
        lane = "00000...0000..0000..55555..55..5555.5555.55"
        others, perhaps = found(lane)
        assert "x" not in others
        assert perhaps.endswith("xxxxx--xx--xxxx-xxxx-xx")

    def test_nor_when_the_party_is_silent_for_long(self):
        lane = "00000." + "555.." * 120 + "0000"
        others, perhaps = found(lane)
        middle = slice(len(lane) // 2 - 2, len(lane) // 2 + 3)
        assert "x" not in others[middle]
        assert "x" in perhaps[middle]

    def test_a_voice_that_falls_away_keeps_its_end(self):
        lane = "0000055" + OFFICE.lstrip("0")
        others, _ = found(lane)
        assert others[:6] == "------"
        assert others.count("x") == lane.count("5") - 1

    def test_a_moment_amid_others_and_edges_that_run_into_them_are_in_doubt(self):
        level_db = drawn(OFFICE + "..." + "5555" + "5555" + "...00000..00")
        at = 50 * len(OFFICE + "...") + 200  # amid what others say there
        level_db[at : at + 40] = PARTY_DB
        background = find_background(level_db > 1.0, level_db, SETTINGS)
        assert background.others[at - 100 : at - 10].all()
        assert not background.others[at : at + 40].any()
        assert background.doubtful[at : at + 65].all()
        assert background.others[at + 80 : at + 200].all()
        assert not background.doubtful[:200].any()  # the party's own, with silence behind it

    def test_the_level_of_the_line_does_not_matter(self):
        level_db = drawn(OFFICE)
        speech = level_db > 1.0
        louder = np.where(speech, level_db + 20.0, 0.0).astype(np.float32)
        found, of_louder = (find_background(speech, one, SETTINGS) for one in (level_db, louder))
        assert found.others.any()
        assert np.array_equal(found.others, of_louder.others)

    def test_switched_off(self):
        off = replace(SETTINGS, background_near_db=40.0)
        lane = OFFICE
        assert found(lane, off) == ("-" * len(lane), "-" * len(lane))

    def test_silence(self):
        assert not find_background(np.zeros(100, np.bool_), np.zeros(100, np.float32), SETTINGS).low.any()


@pytest.fixture(scope="module")
def office() -> tuple[Call, np.ndarray]:
    """Return a call, and its samples with a colleague's voice 20 dB below the agent's all the time."""
    call, colleague = load_sample("leap_model").cut(0, 60), load_sample("premature_solver")
    spans = [(int(span.start_s * RATE), int(span.end_s * RATE)) for span in colleague.truth[0].bridged(0.3)]
    voice = np.concatenate([colleague.samples[0, start:stop] for start, stop in spans])
    voice = np.resize(voice, call.samples.shape[1])
    samples = call.samples.copy()
    samples[0] += voice * np.sqrt(call.power(0) / np.mean(voice**2)) * 10 ** (-20 / 20)
    return call, samples


class TestUnderVoices:
    def test_what_the_colleague_says_is_not_the_agents(self, office):
        call, samples = office
        truth = call.truth[0]
        kept = SpeechSettings(background_db=40.0, background_near_db=40.0)
        own, with_others = (
            detect_speech(Memory(samples), settings).channels[0].spans for settings in (SETTINGS, kept)
        )
        assert (with_others - truth).duration_s > 5.0  # it is speech to every witness
        assert (own - truth.padded(0.3)).duration_s < 1.0
        assert (truth - own.bridged(0.3)).duration_s < 0.1 * truth.duration_s

    def test_it_is_disputed_and_not_transcribed(self, office):
        _, samples = office
        own = detect_speech(Memory(samples)).channels[0]
        disputed = SpanSet(one.span for one in own.disputed)
        assert own.background.duration_s > 15.0
        assert (own.background.at_least(0.2) - disputed).duration_s < 0.1
        assert (own.candidates & own.background).duration_s < 0.3 * own.background.duration_s

    def test_its_words_confirm_nothing(self, office):
        _, samples = office
        own = detect_speech(Memory(samples)).channels[0]
        longest = max(own.background, key=lambda span: span.duration_s)
        middle = Span(longest.middle_s - 0.2, longest.middle_s + 0.2)
        heard = hear_words(own, [Word("mortgage", middle, 0.9)], SETTINGS)
        assert heard.spans.overlap_s(middle) == 0.0

    def test_the_other_channel_has_none(self, office):
        _, samples = office
        own = detect_speech(Memory(samples)).channels[1]
        assert not own.background
        assert not own.faint

    def test_on_a_shared_channel_everybody_is_a_party(self, office):
        call, samples = office
        mixed = samples.sum(axis=0, keepdims=True)
        own = detect_speech(Memory(mixed), channels=(0,)).channels[0]
        assert not own.background
        assert not own.faint
        assert call.truth[0].duration_s < own.spans.duration_s


@pytest.mark.parametrize(
    "name", ["calm_booking", "customer_cuts_in", "last_thanks", "many_backchannels", "two_vents"]
)
def test_a_call_without_others_has_none(name):
    found = detect_speech(Memory(load_sample(name).samples))
    assert not any(own.background or own.faint for own in found.channels)
