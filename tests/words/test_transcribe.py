from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech.signals import RATE, Memory
from words.scripted import ScriptedRecognizer, raw

from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.words import Word
from pipeline.words import RawWindow, RawWord, Transcript, WordSettings, transcribe

ENGLISH = WordSettings(language="en")


def levels_of(window: np.ndarray) -> set[int]:
    return set(np.unique(np.round(window * 32768).astype(int))) - {0}


def name_levels(window, request):
    """Hear in each window the levels that its samples have, one word for each run."""
    values = np.round(window * 32768).astype(int)
    edges = np.flatnonzero(np.diff(values, prepend=0, append=0))
    return RawWindow(
        tuple(
            RawWord(f"level{values[start]}", start / RATE, stop / RATE, 0.9)
            for start, stop in pairwise(edges)
            if values[start]
        )
    )


@st.composite
def talks(draw):
    """Two channels whose stretches have levels of their own, 100… on the left, 20 000… on the right."""
    n_samples = 60 * RATE
    samples = np.zeros((2, n_samples), np.int16)
    speech, said = {}, {0: [], 1: []}
    for channel, base in ((0, 100), (1, 20_000)):
        at, pairs = draw(st.integers(0, RATE)), []
        while True:
            length = draw(st.integers(RATE // 5, 8 * RATE))
            if at + length > n_samples:
                break
            samples[channel, at : at + length] = base + len(pairs)
            said[channel].append((f"level{base + len(pairs)}", at, at + length))
            pairs.append((at / RATE, (at + length) / RATE))
            at += length + draw(st.integers(RATE // 2, 3 * RATE))
        speech[channel] = SpanSet.of(*pairs)
    return Memory(samples), speech, said


@settings(max_examples=25, deadline=None)
@given(talks())
def test_no_window_mixes_channels_and_every_word_comes_back_where_it_was_said(talk):
    recording, speech, said = talk
    mixed = []

    def hear(window, request):
        channels = {level >= 20_000 for level in levels_of(window)}
        mixed.append(len(channels) > 1)
        return name_levels(window, request)

    transcript = transcribe(recording, speech, ENGLISH, ScriptedRecognizer(hear))
    assert not any(mixed)
    for channel in (0, 1):
        got = [(word.text, word.span.start_s, word.span.end_s) for word in transcript.words[channel]]
        want = [(text, start / RATE, stop / RATE) for text, start, stop in said[channel]]
        assert [text for text, *_ in got] == [text for text, *_ in want]
        assert np.allclose([t[1:] for t in got], [t[1:] for t in want], atol=1e-6)
    assert transcript.dropped == {}


def test_a_long_recording_is_read_a_few_windows_at_a_time():
    hour = Memory(np.broadcast_to(np.int16(5), (2, 3600 * RATE)))
    speech = SpanSet.from_pairs([start, start + 4] for start in range(1, 3590, 5))
    recognizer = ScriptedRecognizer(lambda window, request: RawWindow(()))
    seen = []
    transcript = transcribe(
        hour, {0: speech, 1: speech}, ENGLISH, recognizer, lambda done, total: seen.append((done, total))
    )
    assert hour.most_read <= 30 * RATE
    assert max(recognizer.groups) == ENGLISH.batch_windows
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] == sum(recognizer.groups)
    assert transcript.words == {0: (), 1: ()}


def test_silence_is_no_error():
    recording = Memory(np.zeros((2, RATE), np.int16))
    recognizer = ScriptedRecognizer(name_levels)
    transcript = transcribe(recording, {0: SpanSet(), 1: SpanSet()}, WordSettings(), recognizer)
    assert transcript == Transcript({0: (), 1: ()}, "", 0.0)
    assert recognizer.groups == []


def two_channels(seconds=20):
    samples = np.zeros((2, seconds * RATE), np.int16)
    samples[0], samples[1] = 100, 20_000
    return Memory(samples)


def test_the_language_is_one_for_the_call_and_both_channels_have_a_say():
    def detected(window):
        return {"en": 0.6, "de": 0.4} if 100 in levels_of(window) else {"en": 0.05, "de": 0.95}

    recognizer = ScriptedRecognizer(lambda window, request: RawWindow(()), detected=detected)
    speech = {0: SpanSet.of((1, 9)), 1: SpanSet.of((1, 9))}
    transcript = transcribe(two_channels(), speech, WordSettings(), recognizer)
    assert (transcript.language, transcript.language_probability) == ("de", pytest.approx(0.675))
    assert {request.language for request in recognizer.requests} == {"de"}
    assert recognizer.heard_for_language == 2


def test_a_given_language_or_an_only_one_is_not_looked_for():
    speech = {0: SpanSet.of((1, 9))}
    given_ = ScriptedRecognizer(lambda window, request: RawWindow(()))
    assert transcribe(two_channels(), speech, WordSettings(language="de"), given_).language == "de"
    only = ScriptedRecognizer(lambda window, request: RawWindow(()), languages=frozenset({"en"}))
    assert transcribe(two_channels(), speech, WordSettings(), only).language == "en"
    assert given_.heard_for_language == only.heard_for_language == 0


def test_hotwords_reach_the_recogniser():
    recognizer = ScriptedRecognizer(lambda window, request: RawWindow(()))
    asked = WordSettings(language="en", hotwords=("Northgate", "Priya"), beam_size=2)
    transcribe(two_channels(), {0: SpanSet.of((1, 9))}, asked, recognizer)
    assert recognizer.requests[0].hotwords == ("Northgate", "Priya")
    assert recognizer.requests[0].beam_size == 2


def test_a_loop_is_recognised_again_in_halves():
    loop = raw(*(("Yeah.", index / 2, index / 2 + 0.4) for index in range(30)), compression_ratio=9.0)

    def hear(window, request):
        return raw(("Good", 0.5, 0.9), ("morning.", 0.9, 1.4)) if request.careful else loop

    recognizer = ScriptedRecognizer(hear)
    speech = {0: SpanSet.of((1, 9), (12, 19))}
    transcript = transcribe(two_channels(), speech, ENGLISH, recognizer)
    assert [word.text for word in transcript.words[0]] == ["Good", "morning."] * 2
    assert [word.span.start_s for word in transcript.words[0]][::2] == pytest.approx([1.0, 12.0], abs=0.15)
    assert [request.careful for request in recognizer.requests] == [False, True]
    assert recognizer.groups == [1, 2]


def test_a_loop_that_stays_is_cut_down_and_counted():
    loop = raw(*(("Yeah.", index / 2, index / 2 + 0.4) for index in range(16)), compression_ratio=9.0)
    transcript = transcribe(
        two_channels(), {0: SpanSet.of((0.4, 8.6))}, ENGLISH, ScriptedRecognizer(lambda window, request: loop)
    )
    assert [word.text for word in transcript.words[0]] == ["Yeah."]
    assert transcript.dropped == {"repetition": 15}
    (note,) = transcript.notes
    assert note.code == "words_left_out"
    assert "15" in note.message
    assert "eah" not in note.message


def leaking(right_level):
    samples = np.zeros((2, 10 * RATE), np.int16)
    tone = np.sin(np.arange(4 * RATE) / 5)
    samples[0, RATE : 5 * RATE] = 8000 * tone
    samples[1, RATE : 5 * RATE] = right_level * tone
    return Memory(samples)


@pytest.mark.parametrize(("right_level", "kept"), [(200, 0), (6000, 2)])
def test_words_that_leak_from_the_louder_channel_go(right_level, kept):
    words = raw(("Good", 0.5, 0.9), ("morning.", 0.9, 1.4))
    speech = {0: SpanSet.of((1, 5)), 1: SpanSet.of((1, 5))}
    recognizer = ScriptedRecognizer(lambda window, request: words)
    transcript = transcribe(leaking(right_level), speech, ENGLISH, recognizer)
    assert [len(transcript.words[channel]) for channel in (0, 1)] == [2, kept]
    assert transcript.dropped.get("crosstalk", 0) == 2 - kept


def test_a_transcript_round_trips_in_milliseconds():
    words = (Word("Hello,", Span(0.1234, 0.5678), 0.98765), Word("yes", Span(0.5678, 0.56785), 0.5))
    note = Note("words_left_out", "2 words.", Span(1.0, 2.0))
    stored = Transcript({0: words, 1: ()}, "en", 0.9, {"too_fast": 2}, (note,)).to_dict()
    assert stored["words"]["0"][0] == ["Hello,", 123, 568, 0.9877]
    assert Transcript.from_dict(stored).to_dict() == stored
    assert Transcript.from_dict(stored).notes == (note,)


@pytest.mark.parametrize(
    "row",
    [
        None,
        ["yes", 123, 568],
        ["yes", 123, 568, 0.9, 1],
        ["", 123, 568, 0.9],
        ["yes", 568, 123, 0.9],
        ["yes", 123, 568, 1.1],
        ["yes", 123, 568, None],
        ["yes", None, 568, 0.9],
        [None, 123, 568, 0.9],
    ],
)
def test_a_damaged_row_of_words_is_refused(row):
    stored = Transcript({0: (Word("Hello,", Span(0.1, 0.5), 0.9),)}, "en", 0.9).to_dict()
    stored["words"]["0"].append(row)
    with pytest.raises((TypeError, ValueError)):
        Transcript.from_dict(stored)
