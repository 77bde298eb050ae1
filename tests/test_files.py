from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from pipeline.batch.tables import DUPLICATES, FAILURES
from pipeline.cli.report import PAGE
from pipeline.errors import ExitCode, OutputError
from pipeline.files import private_folder, write_atomic
from pipeline.identity import call_id_for, file_digest, place_digest, safe_id
from pipeline.stages.artifacts import Artifacts, digest_of
from pipeline.store.database import DATABASE

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_files_and_folders_are_the_owners_only(tmp_path):
    folder = private_folder(tmp_path / "a" / "b")
    write_atomic(folder / "x.json", "ü")
    assert mode(folder) == mode(tmp_path / "a") == 0o700
    assert mode(folder / "x.json") == 0o600
    assert (folder / "x.json").read_text(encoding="utf-8") == "ü"


def test_an_existing_folder_keeps_its_rights(tmp_path):
    (tmp_path / "shared").mkdir(mode=0o755)
    (tmp_path / "shared").chmod(0o755)
    private_folder(tmp_path / "shared" / "mine")
    assert mode(tmp_path / "shared") == 0o755


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_failed_write_leaves_the_old_file_and_no_half_one(tmp_path, monkeypatch, code):
    write_atomic(tmp_path / "x.json", "old")

    def refuse(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError, match=r"x\.json") as caught:
        write_atomic(tmp_path / "x.json", "new")
    assert caught.value.exit_code is ExitCode.OUTPUT
    assert ("space" in str(caught.value)) == (code == errno.ENOSPC)
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
    assert (tmp_path / "x.json").read_text() == "old"


def test_pieces_become_one_file_or_none(tmp_path):
    write_atomic(tmp_path / "x.html", (piece for piece in (b"one, ", memoryview(b"two"))))
    assert (tmp_path / "x.html").read_text() == "one, two"

    def unreadable():
        yield b"half"
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(OutputError, match=r"x\.html"):
        write_atomic(tmp_path / "x.html", unreadable())
    assert [p.name for p in tmp_path.iterdir()] == ["x.html"]
    assert (tmp_path / "x.html").read_text() == "one, two"


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(OutputError):
        private_folder(tmp_path / "out")
    with pytest.raises(OutputError):
        private_folder(tmp_path / "out" / "call")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("call_01.dual", "call_01.dual"),
        ("Anruf Müller/2025", "Anruf_Müller_2025"),
        ("..", "call"),
        ("", "call"),
        ("a:b*c?.wav", "a_b_c_.wav"),
        ("con", "con_"),
        ("-rf", "-rf"),
    ],
)
def test_ids_are_safe_folder_names(name, expected):
    assert safe_id(name) == expected


def test_very_long_names_stay_within_what_file_systems_take():
    assert len(safe_id("ü" * 400).encode()) <= 120


def test_only_the_last_extension_is_dropped(tmp_path):
    assert call_id_for(tmp_path / "call_01.dual.flac", tmp_path / "out") == "call_01.dual"


def stored(out: Path, call_id: str, recording: Path) -> None:
    source = {"place_sha256": place_digest(recording), "sha256": file_digest(recording)}
    Artifacts(out / call_id).write("source", "k", source, 0.0)
    write_atomic(out / call_id / "analysis.json", "{}")


def test_another_recording_of_the_same_name_gets_another_id(tmp_path):
    out = tmp_path / "out"
    for folder, content in (("monday", b"one"), ("tuesday", b"two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "call.wav").write_bytes(content)
    monday, tuesday = tmp_path / "monday" / "call.wav", tmp_path / "tuesday" / "call.wav"
    stored(out, "call", monday)
    assert call_id_for(monday, out) == "call"
    assert call_id_for(tuesday, out) == "call-2"
    assert call_id_for(monday, out, taken={"call"}) == "call-2"
    stored(out, "call-2", tuesday)
    assert call_id_for(tuesday, out) == "call-2"


def test_a_moved_or_changed_recording_keeps_its_id(tmp_path):
    out = tmp_path / "out"
    recording = tmp_path / "call.wav"
    recording.write_bytes(b"one")
    stored(out, "call", recording)
    moved = tmp_path / "elsewhere" / "call.wav"
    moved.parent.mkdir()
    moved.write_bytes(b"one")
    assert call_id_for(moved, out) == "call"
    recording.write_bytes(b"recorded anew")
    assert call_id_for(recording, out) == "call"


def test_an_artifact_is_made_once_per_key(tmp_path):
    artifacts, calls = Artifacts(tmp_path / "call"), []

    def make():
        calls.append(1)
        return {"n": len(calls)}

    assert artifacts.get("speech", "key", make) == {"n": 1}
    assert Artifacts(tmp_path / "call").get("speech", "key", make) == {"n": 1}
    assert artifacts.get("speech", "other key", make) == {"n": 2}
    assert artifacts.made == ["speech", "speech"]


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": "key"}', "\x00"])
def test_a_damaged_artifact_is_made_again(tmp_path, damage):
    artifacts = Artifacts(tmp_path / "call")
    artifacts.write("speech", "key", {"n": 1}, 0.1)
    (artifacts.folder / "speech.json").write_text(damage)
    assert artifacts.get("speech", "key", lambda: {"n": 2}) == {"n": 2}


def test_a_digest_depends_on_content_not_on_order():
    assert digest_of({"a": 1, "b": (1, 2)}) == digest_of({"b": [1, 2], "a": 1})
    assert digest_of({"a": 1}) != digest_of({"a": 1.5})


def test_what_is_no_number_is_never_stored(tmp_path):
    artifacts = Artifacts(tmp_path / "call")
    with pytest.raises(ValueError, match="JSON"):
        artifacts.write("audio", "key", {"level": float("nan")}, 0.0)
    assert artifacts.read("audio") is None


def test_no_call_takes_the_place_of_a_file_beside_the_calls(tmp_path):
    database = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")
    names = (FAILURES, DUPLICATES, *database, PAGE, "coaching-Emma_Clarke.html", "coaching-Emma_Clarke.pdf")
    for name in (*names, *map(str.upper, names)):
        assert call_id_for(tmp_path / f"{name}.wav", tmp_path / "out") == f"{name}_"
        assert safe_id(f"{name}2") == f"{name}2"
