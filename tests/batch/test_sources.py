from __future__ import annotations

import os

import pytest

from pipeline.batch.items import Facts
from pipeline.batch.remote import fetch, fetched_path, list_remote
from pipeline.batch.settings import BatchSettings
from pipeline.batch.sources import list_source
from pipeline.errors import InputError, MissingComponentError, UsageError

PLAIN = BatchSettings(name_patterns=())


def names(source, **options):
    return [one.name for one in list_source(str(source), PLAIN, **options).found]


def touch(folder, *paths):
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(path.encode())


def test_a_folder_is_walked_in_order_without_what_is_no_recording(tmp_path):
    touch(
        tmp_path,
        "b.wav",
        "a/z.FLAC",
        "a/notes.txt",
        ".hidden.wav",
        ".trash/x.wav",
        "late.wav.part",
        "c.mp3.tmp",
    )
    listing = list_source(str(tmp_path), PLAIN)
    assert [one.name for one in listing.found] == ["b.wav", "a/z.FLAC"]
    assert listing.notes == ("One other file was left out (.txt).",)


def test_results_inside_the_source_are_no_recordings(tmp_path):
    touch(
        tmp_path,
        "a.wav",
        "out/a/stages/playback.ogg",
        "out/.batch/x.wav",
        "old/a/stages/playback.ogg",
        "old/a/stages/source.json",
    )
    assert names(tmp_path, out=tmp_path / "out") == ["a.wav"]


def test_a_pattern_takes_what_it_names(tmp_path):
    touch(tmp_path, "1/a.wav", "2/a.wav", "2/b.raw", "2/deep/c.wav")
    assert names(tmp_path / "*" / "a.wav") == ["1/a.wav", "2/a.wav"]
    assert names(tmp_path / "2" / "*.raw") == ["b.raw"]
    assert names(tmp_path / "**" / "c.wav") == ["c.wav"]


def test_one_file_is_a_source(tmp_path):
    touch(tmp_path, "a.strange")
    assert names(tmp_path / "a.strange") == ["a.strange"]


def test_a_manifest_names_files_beside_it_and_missing_ones_stay_in(tmp_path):
    touch(tmp_path, "calls/a.wav", "elsewhere.wav")
    (tmp_path / "calls" / "list.csv").write_text(
        f"path,agent\na.wav,Lee\nnone.wav,Ann\n{tmp_path}/elsewhere.wav,Bo\nfile://{tmp_path}/elsewhere.wav,Bo\n"
    )
    found = list_source(str(tmp_path / "calls" / "list.csv"), PLAIN).found
    assert [one.size for one in found] == [11, None, 13, 13]
    assert found[0].place == str(tmp_path / "calls" / "a.wav")
    assert found[1].facts == Facts(agent="Ann")
    assert found[2].place == found[3].place


def test_nothing_is_wrong_usage(tmp_path):
    touch(tmp_path, "readme.md")
    for source, says in (
        (tmp_path, "readme|left out"),
        (tmp_path / "none", "no such"),
        (tmp_path / "*.wav", "no rec"),
    ):
        with pytest.raises(UsageError, match=says):
            list_source(str(source), PLAIN)
    assert list_source(str(tmp_path), PLAIN, may_be_empty=True).found == ()


def test_a_file_that_changes_has_another_revision(tmp_path):
    touch(tmp_path, "a.wav")
    (before,) = list_source(str(tmp_path), PLAIN).found
    os.utime(tmp_path / "a.wav", ns=(1, 1))
    (after,) = list_source(str(tmp_path), PLAIN).found
    assert before.revision != after.revision


@pytest.fixture
def bucket():
    import fsspec

    files = fsspec.filesystem("memory")
    for name in ("calls/a.wav", "calls/sub/b.flac", "calls/readme.md", "list/calls.csv"):
        files.pipe(f"/{name}", name.encode())
    files.pipe(
        "/list/calls.csv", b"path,agent\n../nowhere.wav,Ann\n/calls/a.wav,Lee\nmemory://calls/sub/b.flac,Bo\n"
    )
    yield files
    files.store.clear()


def test_a_remote_folder_pattern_manifest_and_file(bucket):
    folder = list_remote("memory://calls", PLAIN)
    assert [(one.name, one.size, one.is_remote) for one in folder.found] == [
        ("a.wav", 11, True),
        ("sub/b.flac", 16, True),
    ]
    assert folder.notes == ("One other file was left out (.md).",)
    assert [one.name for one in list_remote("memory://calls/*.wav", PLAIN).found] == ["a.wav"]
    assert [one.name for one in list_remote("memory://calls/a.wav", PLAIN).found] == ["a.wav"]
    listed = list_source("memory://list/calls.csv", PLAIN).found
    assert [(one.facts.agent, one.size) for one in listed] == [("Ann", None), ("Lee", 11), ("Bo", 16)]


def test_a_remote_recording_is_fetched_to_the_same_place_each_time(bucket, tmp_path):
    (found, _) = list_remote("memory://calls", PLAIN).found
    path = fetch(found, tmp_path / "fetched")
    assert path == fetched_path(found, tmp_path / "fetched")
    assert path.name == "a.wav"
    assert path.read_bytes() == b"calls/a.wav"
    assert path.stat().st_mode & 0o777 == 0o600
    bucket.rm("/calls/a.wav")
    with pytest.raises(InputError, match=r"a\.wav does not exist"):
        fetch(found, tmp_path / "fetched")


def test_urls_that_cannot_be_used_say_why():
    with pytest.raises(UsageError, match="no kind of URL"):
        list_source("nonsense://bucket", PLAIN)
    with pytest.raises(UsageError, match="no such folder"):
        list_source("memory://nothing/here", PLAIN)
    with pytest.raises(MissingComponentError, match=r"s3://") as error:
        list_source("s3://bucket/calls", PLAIN)
    assert error.value.remedy == "Install it with: pip install s3fs"
