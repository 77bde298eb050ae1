"""Per channel, at the right time, at the right level, whatever the format."""

import os
import struct
import subprocess
import sys
import wave
from hashlib import sha256

import av
import numpy as np
import pytest
from audio.signals import hiss, level_db, resampled, speech

from pipeline.audio import AudioSettings, open_recording

PCM = [
    ("a.wav", "pcm_s16le", 8_000),
    ("a.wav", "pcm_s16le", 16_000),
    ("a.wav", "pcm_s24le", 44_100),
    ("a.wav", "pcm_f32le", 48_000),
    ("a.wav", "pcm_f64le", 22_050),
    ("a.wav", "pcm_s32le", 11_025),
    ("a.wav", "pcm_u8", 16_000),
    ("a.wav", "pcm_mulaw", 8_000),
    ("a.wav", "pcm_alaw", 8_000),
    ("a.au", "pcm_mulaw", 8_000),
    ("a.flac", "flac", 8_000),
    ("a.aiff", "pcm_s16be", 32_000),
    ("a.mov", "pcm_s24le", 48_000),
]
LOSSY = [
    ("a.mp3", "libmp3lame", 44_100),
    ("a.mp3", "libmp3lame", 8_000),
    ("a.ogg", "libopus", 48_000),
    ("a.webm", "libopus", 48_000),
    ("a.m4a", "aac", 44_100),
    ("a.mp4", "aac", 48_000),
]


def tone(hz, seconds, rate_hz, amplitude=0.5):
    return amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


@pytest.mark.parametrize(("name", "codec", "rate_hz"), PCM)
def test_each_channel_holds_its_own_party_only(write, name, codec, rate_hz):
    left = tone(1000, 2.0, rate_hz)
    path = write(name, np.stack([left, np.zeros_like(left)]), rate_hz, codec)
    with open_recording(path) as recording:
        assert recording.channels == 2
        assert abs(recording.n_samples - 32_000) <= 1
        inner = slice(1600, -1600)
        heard, other = recording.read(0)[inner], recording.read(1)[inner]
        assert level_db(heard) == pytest.approx(-9.03, abs=0.1)
        assert level_db(heard - heard.mean()) - level_db(other - other.mean()) > 60
        assert recording.source.codec == codec
        assert recording.source.rate_hz == rate_hz
        assert recording.warnings == ()


def test_samples_at_the_working_rate_are_kept_bit_by_bit(write):
    samples = np.random.default_rng(1).integers(-32768, 32767, (2, 40_000)).astype(np.int16)
    path = write("a.wav", samples / 32768, 16_000, "pcm_s16le")
    with open_recording(path) as recording:
        assert np.array_equal(recording.read(0), samples[0])
        assert np.array_equal(recording.read(1), samples[1])
        assert recording.source.bits == 16
        assert recording.source.sha256 == sha256(path.read_bytes()).hexdigest()


def test_resampling_keeps_a_tone_and_adds_no_image(write):
    path = write("a.wav", tone(3000, 4.0, 8000), 8000, "pcm_s16le")
    with open_recording(path) as recording:
        x = recording.read(0)[8000:-8000] / 32768
    spectrum = np.abs(np.fft.rfft(x * np.hanning(len(x))))
    hz = np.fft.rfftfreq(len(x), 1 / 16_000)
    peak = int(np.argmax(spectrum))
    assert hz[peak] == pytest.approx(3000, abs=1)
    assert level_db(x, 1.0) == pytest.approx(-9.03, abs=0.1)
    assert 20 * np.log10(spectrum[hz > 4200].max() / spectrum[peak]) < -60


def test_what_lies_above_the_working_band_does_not_fold_back(write):
    path = write("a.wav", tone(10_000, 2.0, 44_100), 44_100, "pcm_s16le")
    with open_recording(path) as recording:
        assert level_db(recording.read(0)[1600:-1600].astype(float)) < -80


@pytest.mark.parametrize(("name", "codec", "rate_hz"), PCM + LOSSY)
def test_an_impulse_stays_at_its_time(write, name, codec, rate_hz):
    times_s = (1.0, 3.5, 7.75)
    samples = np.zeros((2, 9 * rate_hz))
    size = round(0.01 * rate_hz)
    click = 0.8 * tone(1000, 0.011, rate_hz, 1.0)[:size] * np.hanning(size)
    for at_s in times_s:
        samples[1, round(at_s * rate_hz) :][:size] = click
    path = write(name, samples, rate_hz, codec)
    with open_recording(path) as recording:
        x = np.abs(recording.read(1).astype(float))
        for at_s in times_s:
            start = round((at_s - 0.5) * 16_000)
            heard_s = (start + int(np.argmax(x[start : start + 16_000]))) / 16_000
            assert heard_s == pytest.approx(at_s + 0.005, abs=0.005)
        assert recording.duration_s == pytest.approx(9.0, abs=0.03)


def test_a_hole_in_the_time_stamps_becomes_silence(write):
    samples = resampled(np.stack([hiss(1, 160_000, 0.1)] * 2), 16_000, 48_000)
    path = write("a.webm", samples, 48_000, "libopus", skip=(4.0, 6.0))
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(10.0, abs=0.03)
        x = recording.read(0).astype(float)
        assert level_db(x[round(4.3 * 16_000) : round(5.9 * 16_000)]) < -80
        assert level_db(x[7 * 16_000 : 9 * 16_000]) > -25
        (note,) = [note for note in recording.warnings if note.code == "audio_gap"]
        assert note.span.start_s == pytest.approx(4.0, abs=0.1)
        assert note.span.end_s == pytest.approx(6.0, abs=0.1)


def test_audio_that_starts_after_the_video_keeps_its_place(tmp_path):
    path = tmp_path / "meeting.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=16_000, layout="mono")
        for i in range(60):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), i, np.uint8), format="rgb24")
            frame.pts = i
            container.mux(video.encode(frame))
        x = speech(3, 4.0).astype(np.float32)
        for start in range(0, len(x) - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(x[None, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 16_000, start + 32_000
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    with open_recording(path) as recording:
        assert recording.channels == 1
        heard = recording.read(0).astype(float)
        clean = np.concatenate([np.zeros(32_000), x[: len(heard) - 32_000]])
        size = min(len(heard), len(clean))
        lag = np.argmax(np.correlate(heard[:size], clean[400 : size - 400], "valid")) - 400
        assert abs(lag) < 0.005 * 16_000
        assert "duration_mismatch" not in [note.code for note in recording.warnings]


def test_of_several_audio_tracks_one_is_taken_and_all_are_named(tmp_path):
    path = tmp_path / "tracks.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=8000, layout="mono") for _ in range(2)]
        streams[0].metadata["title"], streams[1].metadata["title"] = "Desk", "Line"
        for stream, hz in zip(streams, (500, 2000), strict=True):
            x = (tone(hz, 2.0, 8000) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(x[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 8000, 0
            container.mux(stream.encode(frame))
    with open_recording(path) as recording:
        spectrum = np.abs(np.fft.rfft(recording.read(0)[8000:24_000]))
        assert np.argmax(spectrum) == pytest.approx(500, abs=2)
        (note,) = recording.warnings
        assert note.code == "several_audio_tracks"
        assert "Desk" in note.message
        assert "Line" in note.message


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_a_recorder_that_never_filled_in_the_size_is_read_to_the_end(write, size):
    path = write("a.wav", tone(700, 5.0, 8000), 8000, "pcm_alaw")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", size)
    data[4:8] = struct.pack("<I", size)
    path.write_bytes(data)
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(5.0)
        assert recording.warnings == ()


def test_an_mp3_without_a_frame_count_gets_no_false_alarm(write):
    path = write("a.mp3", speech(1, 20.0), 16_000, "libmp3lame", bit_rate=32_000)
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"Info") + 1000 :])
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(20.0, abs=1.0)
        assert recording.source.duration_s is None
        assert "duration_mismatch" not in [note.code for note in recording.warnings]


def test_the_rate_and_the_channels_may_change_on_the_way(write, tmp_path):
    first = write("1.mp3", tone(440, 3.0, 16_000), 16_000, "libmp3lame")
    second = write("2.mp3", np.stack([tone(440, 3.0, 32_000)] * 2), 32_000, "libmp3lame")
    path = tmp_path / "joined.mp3"
    path.write_bytes(first.read_bytes() + second.read_bytes())
    with open_recording(path, AudioSettings(max_missing_share=1.0)) as recording:
        assert recording.channels == 2
        assert recording.duration_s == pytest.approx(6.0, abs=0.2)
        for channel in (0, 1):
            for start in (16_000, 4 * 16_000):
                spectrum = np.abs(np.fft.rfft(recording.read(channel, start, start + 16_000)))
                assert np.argmax(spectrum) == pytest.approx(440, abs=1)
        messages = [note.message for note in recording.warnings if note.code == "format_change"]
        assert any("16000 Hz to 32000 Hz" in message for message in messages)
        assert any("channels" in message for message in messages)


def test_damage_in_the_middle_costs_only_what_is_damaged(write):
    x = hiss(4, 20 * 16_000, 0.1)
    x[15 * 16_000 :] = 0
    x[15 * 16_000] = 0.9
    path = write("a.mp3", x, 16_000, "libmp3lame", bit_rate=32_000)
    data = bytearray(path.read_bytes())
    data[30_000:30_600] = os.urandom(600)
    path.write_bytes(data)
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(20.0, abs=0.5)


def test_progress_tells_how_far_and_ends_at_the_end(write):
    path = write("a.wav", speech(5, 45.0, 8000), 8000, "pcm_mulaw")
    seen = []
    with open_recording(path, progress=lambda done_s, total_s: seen.append((done_s, total_s))) as recording:
        assert seen[-1] == (recording.duration_s, recording.duration_s)
    assert len(seen) >= 4
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert {total for _, total in seen} == {45.0}


def test_a_file_with_slightly_too_little_audio_is_taken_with_a_warning(write):
    path = write("a.wav", speech(6, 30.0, 8000), 8000, "pcm_s16le")
    path.write_bytes(path.read_bytes()[: -2 * 8000 * 2])
    with open_recording(path) as recording:
        assert recording.duration_s == pytest.approx(28.0, abs=0.1)
        assert [note.code for note in recording.warnings] == ["duration_mismatch"]


def test_ffmpeg_says_nothing_on_the_terminal(write):
    path = write("a.mp3", hiss(7, 100_000, 0.2), 16_000, "libmp3lame")
    data = bytearray(path.read_bytes())
    data[5000:9000] = os.urandom(4000)
    path.write_bytes(data)
    code = (
        "import sys, pathlib\nfrom pipeline.audio import open_recording, AudioSettings\n"
        "with open_recording(pathlib.Path(sys.argv[1]), AudioSettings(max_missing_share=1)) as r: r.read(0)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


MEASURE = """
import resource, sys
from pathlib import Path
from pipeline.audio import find_layout, measure_quality, open_recording, waveform
with open_recording(Path(sys.argv[1])) as recording:
    layout = find_layout(recording)
    for channel in layout.channels:
        measure_quality(recording, channel)
        waveform(recording, channel)
        for start, block in recording.blocks(channel):
            block.sum()
    print(recording.duration_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_stays_flat_however_long_the_call(tmp_path):
    minute = (np.stack([speech(8, 60.0, 8000), speech(9, 60.0, 8000)]) * 32767).astype("<i2").T.tobytes()
    peaks = {}
    for minutes in (2, 30):
        path = tmp_path / f"{minutes}.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            for _ in range(minutes):
                file.writeframes(minute)
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)], capture_output=True, check=True, text=True
        )
        duration_s, resident = map(float, done.stdout.split())
        assert duration_s == minutes * 60
        peaks[minutes] = resident * (1 if sys.platform == "darwin" else 1024)
    # 30 minutes are 115 MB of samples
    assert peaks[30] - peaks[2] < 15e6
