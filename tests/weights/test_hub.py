"""The real huggingface_hub against a hub on this machine: what it asks, and what comes of it."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import SimpleNamespace

REVISION = "1" * 40
FILES = {"model.bin": bytes(range(256)) * 40, "tokenizer.json": b"first"}
PULL = f"""
import sys
from pipeline.errors import HearoutError
from pipeline.weights.local import LocalStore
from pipeline.weights.pull import pull
from pipeline.weights.spec import HubSource, Kind, ModelFile, ModelSpec
files = (ModelFile("model.bin", sys.argv[1]), *map(ModelFile, sys.argv[2:]))
spec = ModelSpec("loose", "x", Kind.WHISPER_CT2, "MIT", files, HubSource("toys/loose", "{REVISION}"))
try:
    print(pull(spec, LocalStore()).fetched)
except HearoutError as error:
    sys.exit(str(error))
"""


class FakeHub(http.server.BaseHTTPRequestHandler):
    """Answers as the hub does to a request for a file at a revision."""

    seen: list[tuple[str, str, str | None]]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.seen.append((self.command, self.path, self.headers.get("authorization")))
        data = FILES.get(self.path.removeprefix(f"/toys/loose/resolve/{REVISION}/"))
        self.send_response(404 if data is None else 200)
        if data is None:
            self.send_header("X-Error-Code", "EntryNotFound")
        else:
            self.send_header("X-Repo-Commit", REVISION)
            self.send_header("ETag", f'"{len(data)}"')
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        if body and data:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    monkeypatch.setattr(FakeHub, "seen", [], raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), FakeHub) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def pulled(address: str, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "hf"), "NO_PROXY": "127.0.0.1"}
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        env.pop(name, None)
    (tmp_path / "hf").mkdir()
    (tmp_path / "hf" / "token").write_text("a-login-on-disk")
    command = [sys.executable, "-c", PULL, *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_pinned_files_come_and_nothing_else_is_asked(
    address: str, tmp_path: Path, store: SimpleNamespace, world: SimpleNamespace
) -> None:
    done = pulled(address, tmp_path, world.sha(FILES["model.bin"]), "tokenizer.json")
    assert done.stdout == "(('model.bin', 'model hub'), ('tokenizer.json', 'model hub'))\n", done.stderr
    for name, data in FILES.items():
        assert (store.root / "loose" / name).read_bytes() == data
        assert (store.root / "loose" / name).stat().st_mode & 0o777 == 0o600
    assert {path for _, path, _ in FakeHub.seen} == {
        f"/toys/loose/resolve/{REVISION}/{name}" for name in FILES
    }
    assert {token for *_, token in FakeHub.seen} == {None}, "a token comes from the environment only"
    assert [path.name for path in (tmp_path / "hf").iterdir()] == ["token"], "no cache elsewhere"


def test_a_file_that_the_hub_lacks_is_named(address: str, tmp_path: Path, world: SimpleNamespace) -> None:
    failed = pulled(address, tmp_path, world.sha(FILES["model.bin"]), "vocabulary.txt")
    assert "model hub: toys/loose has no vocabulary.txt at revision 11111111" in failed.stderr


def test_a_tampered_file_is_not_kept(address: str, tmp_path: Path, store: SimpleNamespace) -> None:
    failed = pulled(address, tmp_path, "0" * 64, "tokenizer.json")
    assert f"model hub: model.bin is not what it should be: expected SHA-256 {'0' * 64}" in failed.stderr
    assert not (store.root / "loose" / "model.bin").exists()


def test_a_hub_that_nobody_runs_is_given_up_at_once(tmp_path: Path, world: SimpleNamespace) -> None:
    failed = pulled("http://127.0.0.1:9", tmp_path, world.sha(FILES["model.bin"]), "tokenizer.json")
    assert "model hub: it can't be reached" in failed.stderr
    assert failed.stderr.count("Traceback") == 0
