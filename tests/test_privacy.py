"""What libraries send by default is switched off, in every process that imports the package."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

QUIET = {
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
SPEAKING_UP = {"ORT_DISABLE_TELEMETRY": "0", "PYANNOTE_METRICS_ENABLED": "1", "HF_HUB_DISABLE_TELEMETRY": "0"}


def run(code, home):
    """Run Python in a home of its own, not in what looks like CI, where ONNX Runtime is quiet by itself."""
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", *QUIET}}
    env = {**kept, **SPEAKING_UP, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    done = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    return done.stdout.split(), sorted(path.name for path in home.rglob("*") if path.is_file())


def test_switches_are_set_whatever_the_user_has_set(tmp_path):
    names, _ = run(f"import os, pipeline; print(*(os.environ[n] for n in {list(QUIET)}))", tmp_path / "home")
    assert names == list(QUIET.values())


@pytest.mark.parametrize(
    "load",
    [
        "from pipeline.speech.silero import load_model; load_model()",
        "import pipeline; import faster_whisper",
        "from pipeline.speech.pyannote_model import import_pyannote; import_pyannote()",
    ],
    ids=["onnxruntime", "faster_whisper", "pyannote.audio"],
)
def test_loading_a_library_leaves_nothing_to_be_sent(tmp_path, load):
    """ONNX Runtime keeps an identity of the machine and a queue of events in the user's cache, if it may."""
    _, left = run(load, tmp_path / "home")
    assert [name for name in left if "deviceid" in name or name.endswith((".db", ".db-wal"))] == []
