"""What cannot be used is refused in one sentence that names the file, exit code 1."""

import os
import re
import struct
import wave

import numpy as np
import pytest
from audio.signals import hiss, speech

from pipeline.audio import AudioSettings, open_recording
from pipeline.errors import ExitCode, InputError, OutputError


def refused(path, settings=None):
    with pytest.raises(InputError) as caught:
        open_recording(path, settings).close()
    error = caught.value
    assert error.exit_code == ExitCode.SOME_FAILED == 1
    assert "\n" not in str(error)
    assert path.name in error.message
    assert str(path.parent) not in str(error)
    assert len(re.findall(r"[.](?= |$)", error.message)) == 1, error.message
    assert error.remedy.endswith(".")
    return str(error)


def test_missing(tmp_path):
    assert "does not exist. Check its name" in refused(tmp_path / "nowhere.wav")
    assert "'hearout batch'" in refused(tmp_path / "2025-*.wav")


def test_folder(tmp_path):
    (tmp_path / "calls").mkdir()
    assert "is a folder, not a recording. Name the recordings in it; 'hearout batch" in refused(
        tmp_path / "calls"
    )


def test_empty(tmp_path):
    path = tmp_path / "empty.wav"
    path.touch()
    assert "empty (0 bytes)" in refused(path)


def test_unreadable(tmp_path, write):
    path = write("secret.wav", speech(1, 2.0), 16_000, "pcm_s16le")
    path.chmod(0)
    root = os.geteuid() == 0  # who may read everything, so step down for the moment
    if root:
        tmp_path.chmod(0o755)
        os.seteuid(65_534)
    try:
        assert "can't be read: Permission denied" in refused(path)
    finally:
        if root:
            os.seteuid(0)


def test_a_link_to_itself(tmp_path):
    path = tmp_path / "loop.wav"
    path.symlink_to(path)
    assert "can't be read" in refused(path)


def test_a_link_to_nowhere(tmp_path):
    path = tmp_path / "dead.wav"
    path.symlink_to(tmp_path / "gone.wav")
    assert "dead.wav is a link to a file that does not exist. Mend the link." in refused(path)


def test_channels_without_a_name_are_not_listed(tmp_path):
    path = tmp_path / "three.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((3, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(3 * 2 * 8000))
    assert "has 3 channels; a call has one or two" in refused(path)


def test_a_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    assert "not a regular file" in refused(path)


@pytest.mark.parametrize("name", ["notes.wav", "notes.mp3", "notes.flac", "notes"])
def test_text(tmp_path, name):
    path = tmp_path / name
    path.write_text("Dear customer, this is no recording.\n" * 200)
    assert "not an audio file" in refused(path)


@pytest.mark.parametrize("name", ["noise.wav", "noise.mp3", "noise.ogg", "noise.bin"])
def test_bytes_without_meaning(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(np.random.default_rng(5).bytes(100_000))
    refused(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", "ffconcat version 1.0\nfile {other}\n"),
    ],
)
def test_a_play_list_opens_no_other_file(tmp_path, write, name, text):
    other = write("other.wav", speech(1, 2.0), 16_000, "pcm_s16le")
    path = tmp_path / name
    path.write_text(text.format(other=other.name))
    refused(path)


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz"),
    [
        ("a.wav", "pcm_s16le", 16_000),
        ("a.wav", "pcm_mulaw", 8_000),
        ("a.flac", "flac", 16_000),
        ("a.mp3", "libmp3lame", 16_000),
        ("a.m4a", "aac", 16_000),
        ("a.webm", "libopus", 16_000),
        ("a.au", "pcm_alaw", 8_000),
    ],
)
@pytest.mark.parametrize("share", [0.5, 0.8])
def test_truncated(write, name, codec, rate_hz, share):
    path = write(name, hiss(2, 20 * rate_hz, 0.1), rate_hz, codec)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert re.search(r"truncated|cut off", refused(path))


def test_truncated_audio_is_taken_when_the_settings_say_so(write):
    path = write("a.wav", speech(2, 20.0), 16_000, "pcm_s16le")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_recording(path, AudioSettings(max_missing_share=1.0)) as recording:
        assert recording.duration_s == pytest.approx(10.0, abs=0.1)
        assert [note.code for note in recording.warnings] == ["duration_mismatch"]


def test_zero_length(write):
    path = write("a.wav", speech(2, 2.0), 16_000, "pcm_s16le")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = struct.pack("<I", 0)
    path.write_bytes(data[: at + 4])
    assert "length is zero" in refused(path)


def test_too_short(write):
    assert "no call" in refused(write("a.wav", np.zeros(100), 8000, "pcm_s16le"))


def test_too_many_channels_are_listed(write):
    message = refused(write("surround.wav", np.zeros((6, 8000)), 8000, "pcm_s16le"))
    assert "6 channels" in message
    for channel in ("FL", "FR", "FC", "LFE"):
        assert channel in message


@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_mulaw"), ("a.mp3", "libmp3lame")])
def test_too_long_names_the_option(write, name, codec):
    path = write(name, speech(2, 30.0, 8000), 8000, codec)
    assert "--max-duration" in refused(path, AudioSettings(max_duration_s=20.0))
    with open_recording(path, AudioSettings(max_duration_s=31.0)) as recording:
        assert recording.duration_s == pytest.approx(30.0, abs=0.1)


def test_too_long_without_a_stated_length_stops_early(write):
    path = write("a.mp3", speech(2, 60.0), 16_000, "libmp3lame", bit_rate=32_000)
    data = path.read_bytes()
    path.write_bytes(data[data.index(b"Info") + 1000 :])
    reached = []
    with pytest.raises(InputError, match="--max-duration"):
        open_recording(path, AudioSettings(max_duration_s=25.0), lambda done_s, _: reached.append(done_s))
    assert max(reached) < 26.0


def test_video_without_sound(tmp_path):
    import av

    path = tmp_path / "screen.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        container.mux(video.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(video.encode(None))
    assert "no audio track" in refused(path)


def test_a_name_with_a_line_break_stays_on_one_line(tmp_path):
    with pytest.raises(InputError) as caught:
        open_recording(tmp_path / "two\nlines.wav")
    assert "\n" not in str(caught.value)


def test_no_place_for_the_samples_is_an_output_error(write, tmp_path):
    path = write("a.wav", speech(2, 2.0), 16_000, "pcm_s16le")
    with pytest.raises(OutputError) as caught:
        open_recording(path, folder=tmp_path / "missing")
    assert caught.value.exit_code == ExitCode.OUTPUT
    assert "--out" in caught.value.remedy
    assert "TMPDIR" not in caught.value.remedy  # it would change nothing
