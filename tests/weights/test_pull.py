"""Fetching: every source, in order; nothing is kept that is not what its digest says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ExitCode, MissingComponentError, OutputError, UsageError
from pipeline.weights import index
from pipeline.weights import pull as pull_module
from pipeline.weights.local import LocalStore, State
from pipeline.weights.progress import Progress, watched
from pipeline.weights.pull import PullOptions, how_to_get, pull, shared_wheels

if TYPE_CHECKING:
    from pathlib import Path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "hearout-model.json"}


def nothing_left(store: LocalStore, name: str) -> bool:
    return not (store.root / ".partial" / name).exists() and not (store.root / name).exists()


def test_wheels_through_the_real_pip(store: LocalStore, toy_wheels: Path, world: SimpleNamespace) -> None:
    events: list[Progress] = []
    lines: list[str] = []
    done = pull(world.toy, store, PullOptions(progress=events.append, notify=lines.append))
    assert contents(done.path) == {"model.bin": world.weights, "config.json": world.config}
    assert dict(done.fetched) == {"model.bin": "package index", "config.json": "package index"}
    assert done.fetched_bytes == len(world.weights) + len(world.config)
    assert store.check(world.toy, rehash=True)[1] == []
    assert store.state(world.toy) is State.VERIFIED
    assert [line for line in lines if "toy" in line] == lines
    assert len(lines) == 1, "says so in one line"
    assert {event.step for event in events} == {f"toy: {w.requirement}" for w in world.toy.wheels}
    assert all(event.completed == event.total for event in events[-1:])
    assert not (store.root / ".partial" / "toy").exists()
    for path in done.path.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    again = pull(world.toy, store, PullOptions(notify=lines.append))
    assert again.fetched == ()
    assert len(lines) == 1


def test_a_platform_wheel_is_had_on_any_machine(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace
) -> None:
    done = pull(world.voices, store)
    assert set(contents(done.path)) == {"voice.pt"}


def test_what_pip_and_uv_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: SimpleNamespace
) -> None:
    command, unpacked = index._command(world.platform, tmp_path)
    assert unpacked is None
    assert command[:4] == [sys.executable, "-P", "-m", "pip"]
    assert {"--no-deps", "--only-binary=:all:", "--platform=manylinux_2_28_x86_64"} <= set(command)
    monkeypatch.setattr(index.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(index.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    command, unpacked = index._command(world.platform, tmp_path)
    assert command[0] == "/bin/uv"
    assert "--python-platform=x86_64-manylinux_2_28" in command
    assert unpacked is not None
    assert f"--target={unpacked}" in command
    monkeypatch.setattr(index.shutil, "which", lambda name: None)
    with pytest.raises(index.WheelError, match="neither pip nor uv"):
        index._command(world.platform, tmp_path)


def test_a_wheel_that_uv_unpacked_serves_too(
    store: LocalStore, tmp_path: Path, toy_wheels: Path, world: SimpleNamespace
) -> None:
    for wheel, path in zip(world.toy.wheels, sorted(toy_wheels.glob("hearout_test_part*")), strict=True):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "unpacked" / index.unpacked_name(wheel))
    done = pull(world.toy, store, PullOptions(folder=tmp_path / "unpacked", offline=True))
    assert contents(done.path)["model.bin"] == world.weights


def test_one_wheel_for_two_models_is_fetched_once(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = index.download
    monkeypatch.setattr(index, "download", lambda w, *rest: (asked.append(w.distribution), real(w, *rest))[1])
    with shared_wheels(store) as wheelhouse:
        with shared_wheels(store) as second:
            assert second is None, "another process would use its own"
        for _ in range(2):
            pull(world.voices, store, PullOptions(wheelhouse=wheelhouse))
            shutil.rmtree(store.folder(world.voices))
    assert asked == [world.platform.distribution]
    assert wheelhouse is not None
    assert not wheelhouse.exists()


@pytest.mark.parametrize("below", [".", "toy"])
def test_a_folder_that_the_user_names_comes_first(
    store: LocalStore, tmp_path: Path, toy_folder: Path, world: SimpleNamespace, below: str
) -> None:
    place = tmp_path / "usb" / below
    place.parent.mkdir(exist_ok=True)
    shutil.copytree(toy_folder, place)
    done = pull(world.toy, store, PullOptions(folder=tmp_path / "usb", offline=True))
    assert contents(done.path) == contents(toy_folder)


def test_a_folder_of_wheels_and_what_it_lacks(
    store: LocalStore, tmp_path: Path, toy_wheels: Path, world: SimpleNamespace
) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    shutil.copy(next(toy_wheels.glob("hearout_test_part1*")), usb)
    done = pull(world.toy, store, PullOptions(folder=usb))
    assert dict(done.fetched) == {"config.json": str(usb), "model.bin": "package index"}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "found 10,240 bytes and SHA-256"),
        (lambda data: data[:-1], "found 10,239 bytes"),
        (lambda data: data + b"x" * 1000, "found 10,241 bytes"),
        (lambda data: b"", "found 0 bytes"),
    ],
    ids=["tampered", "short", "long", "empty"],
)
def test_a_wrong_file_in_the_users_folder_is_refused(
    store: LocalStore, toy_folder: Path, toy_wheels: Path, world: SimpleNamespace, bad, said: str
) -> None:
    file = toy_folder / "model.bin"
    file.write_bytes(bad(file.read_bytes()))
    with pytest.raises(MissingComponentError) as error:
        pull(world.toy, store, PullOptions(folder=toy_folder))
    assert error.value.exit_code is ExitCode.MISSING
    text = str(error.value)
    assert "model.bin" in text
    assert f"expected 10,240 bytes and SHA-256 {world.sha(world.weights)}" in text
    assert said in text
    assert nothing_left(store, "toy")


def test_a_wrong_part_in_a_wheel_is_refused(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace
) -> None:
    world.make_wheel(toy_wheels, world.part_2, {"hearout_test_part2/data/model.bin.part2": b"x" * world.half})
    with pytest.raises(MissingComponentError) as error:
        pull(world.toy, store, PullOptions(wheelhouse=toy_wheels))
    text = str(error.value)
    assert "package index: model.bin is not what it should be: expected 10,240 bytes" in text
    assert "model hub: it can't be reached" in text
    assert not (store.folder(world.toy) / "model.bin").exists()
    assert store.state(world.toy) is State.BROKEN


def test_a_missing_part_names_the_wheel(store: LocalStore, toy_wheels: Path, world: SimpleNamespace) -> None:
    next(toy_wheels.glob("hearout_test_part2*")).rename(toy_wheels / "elsewhere.zip")
    with pytest.raises(MissingComponentError) as error:
        pull(world.toy, store)
    assert "package index: hearout-test-part2==1.0.0: the configured index has no such package" in str(
        error.value
    )
    assert error.value.remedy == how_to_get(world.toy, offline=False)
    assert nothing_left(store, "toy")


def test_a_wheel_without_the_file(store: LocalStore, toy_wheels: Path, world: SimpleNamespace) -> None:
    world.make_wheel(toy_wheels, world.part_2, {"other": b""})
    with pytest.raises(MissingComponentError, match=r"has no hearout_test_part2/data/model\.bin\.part2"):
        pull(world.toy, store, PullOptions(wheelhouse=toy_wheels))


def test_a_damaged_wheel_in_a_folder(store: LocalStore, toy_wheels: Path, world: SimpleNamespace) -> None:
    path = next(toy_wheels.glob("hearout_test_part2*"))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MissingComponentError, match=r"model\.bin can't be read"):
        pull(world.toy, store, PullOptions(folder=toy_wheels, offline=True))
    assert nothing_left(store, "toy")


def test_a_right_source_mends_what_a_wrong_one_gave(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace, fake_hub
) -> None:
    fake_hub.files = {("toys/toy", "model.bin"): b"captive portal", ("toys/toy", "config.json"): world.config}
    done = pull(world.toy, store, PullOptions(wheelhouse=toy_wheels))
    assert dict(done.fetched) == {"config.json": "model hub", "model.bin": "package index"}


def test_a_changed_file_in_the_store_is_fetched_again(
    store: LocalStore, toy_folder: Path, world: SimpleNamespace
) -> None:
    pull(world.toy, store, PullOptions(folder=toy_folder))
    (store.folder(world.toy) / "config.json").write_bytes(b'{"a": 2}')
    lines: list[str] = []
    done = pull(world.toy, store, PullOptions(folder=toy_folder, offline=True, notify=lines.append))
    assert [name for name, _ in done.fetched] == ["config.json"]
    assert "config.json of model toy: wrong digest" in lines[0]
    assert contents(done.path)["config.json"] == world.config


def test_the_hub_is_asked_once_in_a_process(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace, fake_hub
) -> None:
    pull(world.toy, store, PullOptions(wheelhouse=toy_wheels))
    with pytest.raises(MissingComponentError, match="model hub: it can't be reached"):
        pull(world.loose, store)
    assert fake_hub.asked == 1


def test_files_without_a_pinned_digest_are_recorded_and_compared_ever_after(
    store: LocalStore, world: SimpleNamespace, fake_hub, tmp_path: Path
) -> None:
    fake_hub.files = {("toys/loose", "model.bin"): world.weights, ("toys/loose", "tokenizer.json"): b"first"}
    pull(world.loose, store)
    assert store.expected(world.loose)[1].sha256 == world.sha(b"first")
    tokenizer = store.folder(world.loose) / "tokenizer.json"
    tokenizer.write_bytes(b"other")
    assert [finding.expected.name for finding in store.check(world.loose)[1]] == ["tokenizer.json"]
    # Carried elsewhere, the record comes along.
    with pytest.raises(MissingComponentError, match=r"tokenizer\.json in .* is not the file of model loose"):
        pull(world.loose, LocalStore(tmp_path / "elsewhere"), PullOptions(folder=store.root, offline=True))
    tokenizer.write_bytes(b"first")
    carried = pull(
        world.loose, LocalStore(tmp_path / "elsewhere"), PullOptions(folder=store.root, offline=True)
    )
    assert contents(carried.path)["tokenizer.json"] == b"first"
    # And what the hub gives later must be the same.
    tokenizer.unlink()
    fake_hub.files["toys/loose", "tokenizer.json"] = b"changed upstream"
    with pytest.raises(MissingComponentError, match=r"tokenizer\.json is not what it should be"):
        pull(world.loose, store)


def test_a_file_whose_record_was_lost_is_not_trusted(
    store: LocalStore, world: SimpleNamespace, fake_hub
) -> None:
    fake_hub.files = {("toys/loose", "model.bin"): world.weights, ("toys/loose", "tokenizer.json"): b"first"}
    pull(world.loose, store)
    (store.folder(world.loose) / "hearout-model.json").unlink()
    assert [finding.expected.name for finding in store.check(world.loose)[1]] == ["tokenizer.json"]


@pytest.mark.parametrize(("status", "said"), [(401, "accept its terms"), (500, "HTTP 500")])
def test_what_the_hub_refuses(
    store: LocalStore, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, status: int, said: str
) -> None:
    from dataclasses import replace

    import huggingface_hub

    class RefusalError(Exception):
        response = SimpleNamespace(status_code=status)

    def refuse(url: str, **_: object) -> None:
        raise RefusalError

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)
    hub = replace(world.loose.hub, gated=status == 401)
    with pytest.raises(MissingComponentError, match=said):
        pull(replace(world.loose, hub=hub), store)


def test_offline_asks_nobody(store: LocalStore, toy_wheels: Path, world: SimpleNamespace, fake_hub) -> None:
    lines: list[str] = []
    with pytest.raises(MissingComponentError) as error:
        pull(world.toy, store, PullOptions(offline=True, notify=lines.append))
    assert "--offline forbids" in error.value.message
    assert str(store.root) not in str(error.value), "it may stand in a result"
    assert "hearout models pull toy --to DIR" in error.value.remedy
    assert "--from DIR" in error.value.remedy
    assert (fake_hub.asked, lines) == (0, [])
    assert not store.root.exists()


def test_a_named_folder_must_exist(store: LocalStore, tmp_path: Path, world: SimpleNamespace) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        pull(world.toy, store, PullOptions(folder=tmp_path / "nowhere"))


def test_no_room_is_said_before_the_download(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_module.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    with pytest.raises(OutputError, match=r"toy needs 16 MB .* only 1 MB are free") as error:
        pull(world.toy, store)
    assert error.value.exit_code is ExitCode.OUTPUT


def test_a_full_disk_during_the_download(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "_run", lambda *_: ("ERROR: [Errno 28] No space left on device", 1))
    with pytest.raises(OutputError, match="No space left on device"):
        pull(world.toy, store)
    assert nothing_left(store, "toy")


def test_a_store_that_cannot_be_written(tmp_path: Path, world: SimpleNamespace, toy_folder: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="HEAROUT_MODELS"):
        pull(world.toy, LocalStore(tmp_path / "file" / "store"), PullOptions(folder=toy_folder))


@pytest.mark.parametrize(
    ("output", "said", "remembered"),
    [
        (
            "WARNING: Retrying (Retry(total=1)) after 'NewConnectionError([Errno -2] Name not known)'",
            r"\[Errno -2\]",
            1,
        ),
        ("error: error sending request for url", "can't be reached", 1),
        (
            "ERROR: HTTP error 403 while getting https://user:secret@mirror/x",
            r"403 while getting https://mirror/x",
            0,
        ),
        ("", "without a word", 0),
    ],
)
def test_why_the_index_gave_nothing(output: str, said: str, remembered: int) -> None:
    error = index._failure(output)
    assert said.replace("\\", "") in str(error)
    assert "secret" not in str(error)
    assert len(index._unreachable) == remembered


def test_ctrl_c_leaves_nothing_half_used(
    store: LocalStore, toy_folder: Path, world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:

        def interrupted(wheel, folder: Path, *_: object) -> Path:
            (folder / "half.whl").write_bytes(b"half")
            raise KeyboardInterrupt

        patched.setattr(index, "download", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pull(world.toy, store)
    assert nothing_left(store, "toy")
    assert contents(pull(world.toy, store, PullOptions(folder=toy_folder)).path)["model.bin"] == world.weights


# Other processes see no monkeypatches: they get the toys by running this first.
CHILD = """
import os, sys, pathlib, signal
import huggingface_hub
def unreachable(*a, **k): raise ConnectionError("nobody")
huggingface_hub.get_hf_file_metadata = unreachable
from pipeline.weights import index
from pipeline.weights.local import LocalStore
from pipeline.weights.pull import pull, PullOptions
from pipeline.weights.spec import *
w1, w2 = Wheel("hearout-test-part1", "1.0.0"), Wheel("hearout-test-part2", "1.0.0")
toy = ModelSpec("toy", "a toy", Kind.WHISPER_CT2, "MIT",
    (ModelFile("model.bin", sys.argv[1], 10240), ModelFile("config.json", sys.argv[2], 8)),
    members=(WheelMember("config.json", w1, "hearout_test_part1/data/config.json"),
             WheelMember("model.bin", w1, "hearout_test_part1/data/model.bin.part1"),
             WheelMember("model.bin", w2, "hearout_test_part2/data/model.bin.part2")))
"""


def child(world: SimpleNamespace, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD + code, world.sha(world.weights), world.sha(world.config)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy()
    )


def test_two_processes_at_once_fetch_once(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace
) -> None:
    both = [child(world, "print(len(pull(toy, LocalStore()).fetched))") for _ in range(2)]
    outcomes = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outcomes
    assert sorted(out.strip() for out, _ in outcomes) == ["0", "2"]
    assert store.check(world.toy, rehash=True)[1] == []


def test_a_killed_download_is_swept_up_by_the_next(
    store: LocalStore, toy_folder: Path, world: SimpleNamespace
) -> None:
    killed = child(
        world,
        """
def die(wheel, folder, *rest):
    (folder / "half.whl").write_bytes(b"half")
    (folder.parent / "model.bin").write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
index.download = die
pull(toy, LocalStore())
""",
    )
    killed.communicate()
    assert killed.returncode == -9
    assert (store.root / ".partial" / "toy" / "model.bin").exists()
    assert store.state(world.toy) is State.MISSING
    assert contents(pull(world.toy, store, PullOptions(folder=toy_folder)).path)["model.bin"] == world.weights
    assert not (store.root / ".partial" / "toy").exists()


def test_progress_never_runs_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from pipeline.weights import progress as progress_module

    monkeypatch.setattr(progress_module, "_POLL_S", 0.001)
    events: list[Progress] = []
    seen_all, moved = threading.Event(), threading.Event()

    def note(event: Progress) -> None:
        events.append(event)
        if event.completed == 100:
            seen_all.set()
        if not (tmp_path / "part").exists() and event.completed:
            moved.set()

    with watched(tmp_path, "step", 200, note):
        (tmp_path / "part").write_bytes(b"x" * 100)
        assert seen_all.wait(10)
        (tmp_path / "part").unlink()
        assert moved.wait(10)
    counts = [event.completed for event in events]
    assert counts == sorted(counts)
    assert counts[0] == 0
    assert counts[-1] == 200
