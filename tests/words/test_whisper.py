from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio import Recording, open_recording
from pipeline.errors import MissingComponentError, UsageError
from pipeline.timeline.spans import SpanSet
from pipeline.words import Request, WordSettings, load_whisper, transcribe
from pipeline.words.settings import LANGUAGES
from pipeline.words.whisper import WhisperRecognizer

SAMPLES = Path(__file__).parents[2] / "samples"
SETTINGS = WordSettings(model="tiny.en", device="cpu", threads=2)
END_S = 32.0


@pytest.fixture(scope="module")
def tiny(tiny_folder):
    return load_whisper(tiny_folder, SETTINGS)


@pytest.fixture(scope="module")
def truth():
    return json.loads((SAMPLES / "leap_model.truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def opening(truth):
    """The first half minute of a sample call, and its true speech by channel."""
    with open_recording(SAMPLES / truth["audio"]) as call:
        samples = np.stack([call.read(channel, 0, int(END_S * call.rate_hz)) for channel in (0, 1)])
    roles = ("agent", "customer") if truth["agent_channel"] == "left" else ("customer", "agent")
    start = SpanSet.of((0, END_S))
    speech = {
        channel: SpanSet.from_pairs(truth["speech"][role]) & start for channel, role in enumerate(roles)
    }
    return samples, speech, roles


def said(text):
    return set(re.findall(r"[a-z']+", text.lower()))


@pytest.fixture(scope="module")
def transcript(tiny, opening):
    samples, speech, _ = opening
    with Recording.from_samples(samples) as recording:
        return transcribe(recording, speech, SETTINGS, tiny)


def test_both_parties_are_understood_and_not_mixed(transcript, opening, truth):
    _, speech, roles = opening
    for channel, role in enumerate(roles):
        lines = [line for line in truth["lines"] if line["end_s"] <= END_S]
        own = set().union(*(said(line["text"]) for line in lines if line["speaker"] == role))
        heard = said(" ".join(word.text for word in transcript.words[channel]))
        assert len(own & heard) >= 0.6 * len(own)
        assert speech[channel].duration_s > 0
    assert transcript.language == "en"


def test_words_lie_in_their_channels_speech(transcript, opening):
    for channel, speech in opening[1].items():
        stretches = speech.bridged(SETTINGS.bridge_s)
        for word in transcript.words[channel]:
            assert stretches.overlap_s(word.span) == pytest.approx(word.span.duration_s)


def test_the_same_input_gives_the_same_words(tiny, opening, transcript):
    samples, speech, _ = opening
    with Recording.from_samples(samples) as recording:
        assert transcribe(recording, speech, SETTINGS, tiny) == transcript


def test_noise_and_tones_leave_no_words(tiny):
    rng = np.random.default_rng(1)
    time_s = np.arange(12 * 16_000) / 16_000
    tones = 3000 * (np.sin(2 * np.pi * 440 * time_s) + np.sin(2 * np.pi * 480 * time_s)) * (time_s % 6 < 2)
    samples = np.stack([tones, rng.normal(0, 1500, len(time_s))]).astype(np.int16)
    with Recording.from_samples(samples) as recording:
        speech = {0: SpanSet.of((0, 12)), 1: SpanSet.of((0, 12))}
        found = transcribe(recording, speech, SETTINGS, tiny)
    assert found.words == {0: (), 1: ()}


def test_parts_of_a_word_are_joined(tiny):
    from pipeline.words.whisper import _joined

    def part(word, start):
        return {"word": word, "start": start, "end": start + 0.2, "probability": 0.8}

    joined = _joined([part(" high", 0.0), part("-end", 0.2), part(" a", 0.4), part(".m.", 0.6)])
    assert [(word.text, word.start_s, word.end_s) for word in joined] == [
        ("high-end", 0.0, 0.4),
        ("a.m.", 0.4, 0.8),
    ]
    assert [word.text for word in _joined([part("你好", 0.0), part("世界", 0.2)])] == ["你好", "世界"]


def test_the_settings_know_whispers_languages():
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(_LANGUAGE_CODES) == LANGUAGES


@pytest.mark.parametrize("wrong", [{"device": "tpu"}, {"language": "klingon"}, {"language": ""}])
def test_settings_that_no_model_takes_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} takes auto"):
        WordSettings(**wrong)


def test_a_language_that_the_model_does_not_know_is_refused(tiny):
    with pytest.raises(UsageError, match=r'tiny\.en.*"de"'):
        tiny.recognize([np.zeros(16_000, np.float32)], Request("de"))


def test_a_window_over_30_s_is_refused(tiny):
    with pytest.raises(ValueError, match="30 s"):
        tiny.recognize([np.zeros(31 * 16_000, np.float32)], Request("en"))


def test_no_windows_no_words(tiny):
    assert tiny.recognize([], Request("en")) == []
    assert tiny.detect([np.zeros(16_000, np.float32)]) == [{"en": 1.0}]


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(MissingComponentError, match=re.escape(str(tmp_path))):
        WhisperRecognizer(tmp_path, "none")
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(MissingComponentError, match="hold a Whisper model"):
        WhisperRecognizer(tmp_path, "none", device="cpu")


def test_the_room_loads_no_model_library():
    heavy = "{'faster_whisper', 'ctranslate2', 'torch', 'onnxruntime'}"
    code = f"import sys, pipeline.words; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
