from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from stages.made import lanes, write_wav


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_service_analyses_what_comes_and_ends_cleanly(tmp_path, number, code):
    folder, config = tmp_path / "in", tmp_path / "own.yaml"
    folder.mkdir()
    config.write_text("transcript: false\nbatch: {workers: 1, poll_s: 0.05, settle_s: 0.1}\n")
    command = ["watch", str(folder), "--out", str(tmp_path / "out"), "--config", str(config), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        for line in process.stdout:
            event = json.loads(line)["event"]
            if event == "started":  # it watches: now one lands
                write_wav(folder / "new.wav", lanes(2.5, (0.3, 1.4)), lanes(2.5, (1.6, 2.3), seed=20))
            if event == "call_done":
                break
        process.send_signal(number)
        rest, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert json.loads(rest.splitlines()[-1])["done"] == 1
    assert (tmp_path / "out" / "new" / "analysis.json").exists()


def test_there_must_be_a_folder(tmp_path):
    command = [sys.executable, "-m", "pipeline", "watch", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such folder" in done.stderr
