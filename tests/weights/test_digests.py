"""A check is remembered, and never beyond the file that was checked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pipeline.identity import file_digest
from pipeline.weights import digests
from pipeline.weights.digests import CheckedFiles, private_folder, write_json

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    hashed: list[Path] = []

    def counting(path: Path) -> str:
        hashed.append(path)
        return file_digest(path)

    monkeypatch.setattr(digests, "file_digest", counting)
    return hashed


def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the files had been at rest for long."""
    monkeypatch.setattr(digests, "RACY_NS", -(10**18))


def test_second_use_hashes_nothing(
    tmp_path: Path, count: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    settled(monkeypatch)
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    memory = CheckedFiles(tmp_path / "memory" / "m.json")
    first = memory.digest(file)
    memory.save()
    again = CheckedFiles(tmp_path / "memory" / "m.json")
    assert again.digest(file) == first
    assert count == [file]
    assert again.digest(file, rehash=True) == first
    assert count == [file, file]


def test_a_change_of_the_same_size_with_the_old_mtime_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    stat = file.stat()
    memory = CheckedFiles(tmp_path / "m.json")
    first = memory.digest(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert file.stat().st_mtime_ns == stat.st_mtime_ns
    assert memory.digest(file) != first  # straight after: by the rule on files not yet at rest


def test_a_replaced_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled(monkeypatch)
    file, other = tmp_path / "a.bin", tmp_path / "b.bin"
    file.write_bytes(b"one")
    other.write_bytes(b"two")
    memory = CheckedFiles(tmp_path / "m.json")
    first = memory.digest(file)
    other.replace(file)
    assert memory.remembered(file) is None
    assert memory.digest(file) != first


def test_a_file_not_yet_at_rest_is_hashed_again(tmp_path: Path, count: list[Path]) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    memory = CheckedFiles(tmp_path / "m.json")
    memory.digest(file)
    memory.digest(file)
    assert len(count) == 2
    assert memory.remembered(file, for_use=False) is not None


@pytest.mark.parametrize(
    "junk", ["", "[]", "{", '{"x": 3}', '{"x": {"stamp": 1, "sha256": "a", "checked_ns": "b"}}']
)
def test_a_broken_memory_is_no_memory(tmp_path: Path, junk: str) -> None:
    (tmp_path / "m.json").write_text(junk)
    file = tmp_path / "x"
    file.write_bytes(b"one")
    assert CheckedFiles(tmp_path / "m.json").remembered(file) is None


def test_written_files_and_folders_are_the_owners_only(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er" / "m.json"
    write_json(target, {"a": 1})
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700
    assert target.parent.parent.stat().st_mode & 0o777 == 0o700
    assert list(target.parent.iterdir()) == [target]
    with pytest.raises(OSError, match="directory"):
        private_folder(target)
