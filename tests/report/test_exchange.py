"""The exchange formats, read back by other programs' code."""

from __future__ import annotations

import io
import re
import warnings
from itertools import pairwise

import pytest
import webvtt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from praatio import textgrid as praat

from pipeline.report.exchange import EXCHANGE_FORMATS, cues, file_name, to_exchange, to_rttm

ROLES = ("agent", "customer", "other")


def read_rttm(text, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyannote.database.util import load_rttm

    path = tmp_path / "call.rttm"
    path.write_text(text)
    found = load_rttm(path)
    return {
        name: sorted(
            (label, round(s.start, 3), round(s.end, 3)) for s, _, label in one.itertracks(yield_label=True)
        )
        for name, one in found.items()
    }


def read_textgrid(text, tmp_path):
    path = tmp_path / "call.TextGrid"
    path.write_text(text, encoding="utf-8")
    return praat.openTextgrid(str(path), includeEmptyIntervals=True, reportingMode="error")


def spans_of(analysis):
    return sorted((role, *span) for role in ROLES for span in getattr(analysis.speech, role))


def test_rttm_holds_the_speech(two_party, tmp_path):
    assert read_rttm(to_rttm(two_party), tmp_path) == {"call_07": spans_of(two_party)}
    lines = to_rttm(two_party).splitlines()
    assert lines[0] == "SPEAKER call_07 1 0.500 3.500 <NA> <NA> agent <NA> <NA>"
    assert {line.split()[7]: line.split()[2] for line in lines} == {"agent": "1", "customer": "2"}


def test_rttm_of_one_channel_has_one_speaker(mono):
    assert {tuple(line.split()[2:8:5]) for line in to_rttm(mono).splitlines()} == {("1", "other")}


def test_textgrid_has_tiers_that_praat_reads(eventful, tmp_path):
    grid = read_textgrid(to_exchange(eventful, "textgrid"), tmp_path)
    parties = [f"{role}{more}" for role in ("agent", "customer") for more in ("", " words", " speech")]
    assert grid.tierNames == (*parties, "vent", "events")
    assert grid.maxTimestamp == 90
    said = [(one.start, one.end, one.label) for one in grid.getTier("customer").entries if one.label]
    turns = [one for one in eventful.turns if one.role == "customer"]
    assert said == [(one.start_s, one.end_s, one.text) for one in turns]
    assert [one.label for one in grid.getTier("customer words").entries if one.label] == [
        word.text for turn in turns for word in turn.words
    ]
    assert [(one.start, one.end) for one in grid.getTier("agent speech").entries if one.label] == list(
        eventful.speech.agent
    )
    assert [(one.time, one.label) for one in grid.getTier("events").entries][2:4] == [
        (32.6, "interruption by agent, 0.400 s"),
        (43.0, "silence, 4.500 s"),
    ]
    (vent,) = [one for one in grid.getTier("vent").entries if one.label]
    assert (vent.start, vent.end, vent.label) == (4.4, 33.0, "vent, ended by customer")


def read_captions(text, form):
    if not text:  # SRT without captions is an empty file, which this reader refuses
        return []
    reader = webvtt.from_buffer(io.StringIO(text), format=form)
    return [
        (round(one.start_in_seconds + one.start_time.milliseconds / 1000, 3), one.voice, one.raw_text)
        for one in reader
    ]


def test_captions_name_the_speaker(build_call):
    call = build_call(call={"agent": "Emma <Clarke>"})
    vtt = read_captions(to_exchange(call, "vtt"), "vtt")
    assert vtt[0][0] == 0.5
    assert vtt[0][2].startswith("<v Agent Emma &lt;Clarke&gt;>Good morning, Northgate Energy")
    assert {voice for _, voice, _ in vtt} == {"Agent Emma &lt;Clarke&gt;", "Customer"}
    srt = read_captions(to_exchange(call, "srt"), "srt")
    assert srt[0][2].startswith("Agent Emma <Clarke>: Good morning, Northgate Energy")
    assert [(start, text) for start, _, text in srt] == [
        (cue.start_s, f"{cue.speaker}: {cue.text}") for cue in cues(call)
    ]
    assert len(vtt) == len(srt) == len(cues(call))


def test_captions_can_be_read_along(two_party):
    for cue in cues(two_party):
        assert len(cue.text) <= 84
        assert 0 < cue.end_s - cue.start_s <= 7


def test_a_long_turn_is_cut_at_pauses_and_sentences(build_call):
    text = "One two three. Four five six seven eight nine ten eleven. Twelve thirteen fourteen"
    call = build_call([("agent", 0.0, 8.0, text)], 60.0)
    turn = call.turns[0]
    shifted = [replace(w, start_s=w.start_s + 20, end_s=w.end_s + 20) for w in turn.words[2:]]
    turn.words[2:] = shifted
    assert [cue.text for cue in cues(call)] == [
        "One two",
        "three. Four five six seven eight nine ten eleven.",
        "Twelve thirteen fourteen",
    ]


def test_words_without_times_are_one_caption(build_call):
    call = build_call([("customer", 1.0, 4.0, "said elsewhere")], 10.0)
    call.turns[0].words = []
    assert [(one.start_s, one.end_s, one.text) for one in cues(call)] == [(1.0, 4.0, "said elsewhere")]


def test_without_transcript_no_word_is_left(two_party):
    said = {word.text for turn in two_party.turns for word in turn.words if len(word.text) > 4}
    for form in EXCHANGE_FORMATS:
        text = to_exchange(two_party, form, transcript=False)
        assert not [word for word in said if word in text]
    assert to_exchange(two_party, "rttm", transcript=False) == to_rttm(two_party)
    assert '"turn"' in to_exchange(two_party, "textgrid", transcript=False)


def test_silence_gives_files_that_can_be_read(silent, tmp_path):
    assert to_rttm(silent) == ""
    grid = read_textgrid(to_exchange(silent, "textgrid"), tmp_path)
    assert [one.label for one in grid.getTier("agent").entries] == [""]
    assert read_captions(to_exchange(silent, "vtt"), "vtt") == []
    assert to_exchange(silent, "srt") == ""


def test_hostile_text_stays_text(hostile, tmp_path):
    vtt = to_exchange(hostile, "vtt")
    assert "<script" not in vtt
    assert "\x1b" not in vtt
    assert "\u202e" not in vtt
    grid = read_textgrid(to_exchange(hostile, "textgrid"), tmp_path)
    labels = [one.label for one in grid.getTier("customer").entries if one.label]
    assert labels[0].startswith("\"quoted\" 'single' & <!-- {{ 7*7 }}")
    assert len(read_captions(to_exchange(hostile, "srt"), "srt")) == len(cues(hostile))


def test_files_are_named_after_the_call():
    assert [file_name("call.dual", form) for form in EXCHANGE_FORMATS] == [
        "call.dual.rttm", "call.dual.TextGrid", "call.dual.vtt", "call.dual.srt",
    ]  # fmt: skip


_ms = st.integers(0, 60_000)
_span = st.tuples(_ms, st.integers(1, 5_000)).map(lambda one: (one[0] / 1000, (one[0] + one[1]) / 1000))
_text = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\n\"'-> <&>="),
    max_size=20,
)
_lines = st.lists(
    st.tuples(st.sampled_from(("agent", "customer")), _span, _text).map(
        lambda one: (one[0], *one[1], one[2])
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=_lines)
def test_any_call_survives_the_round_trip(lines, build_call, tmp_path):
    call = build_call(lines, 70.0)
    if lines:
        assert read_rttm(to_rttm(call), tmp_path) == {"call_07": spans_of(call)}
    grid = read_textgrid(to_exchange(call, "textgrid"), tmp_path)
    for tier in grid.tiers[:-1]:
        edges = [(one.start, one.end) for one in tier.entries]
        assert edges[0][0] == 0
        assert edges[-1][1] == 70
        assert all(before[1] == after[0] for before, after in pairwise(edges))
    for role in ("agent", "customer"):
        found = "".join(one.label for one in grid.getTier(f"{role} words").entries)
        said = "".join(w.text for turn in call.turns if turn.role == role for w in turn.words)
        assert sorted(bare(found)) == sorted(bare(said))
    expected = "".join(bare(turn.text) for turn in call.turns)
    assert sorted(bare("".join(cue.text for cue in cues(call)))) == sorted(expected)
    for form in ("vtt", "srt"):
        captions = read_captions(to_exchange(call, form), form)
        assert [start for start, _, _ in captions] == [cue.start_s for cue in cues(call)]


def bare(text):
    """Return what of a text no format may lose."""
    return re.sub(r"[\s\u202a-\u202e\u2066-\u2069\u2028\u2029]", "", text)


@pytest.mark.parametrize("form", EXCHANGE_FORMATS)
def test_every_format_ends_its_last_line(two_party, form):
    assert to_exchange(two_party, form).endswith("\n")
