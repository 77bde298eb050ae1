"""Killed at any moment, driver or worker, and begun again: the same results as an undisturbed run.

More moments are drawn with HEAROUT_KILL_POINTS=60 in the environment, others with HEAROUT_KILL_SEED.
"""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from batch.fakes import options, record
from batch.killing import DRIVER_MOMENTS, POINTS, WORKER_MOMENTS

TESTS = Path(__file__).parents[1]
CALLS = 6
WORKERS = 2
POINTS_WANTED = int(os.environ.get("HEAROUT_KILL_POINTS", "12"))
SEED = int(os.environ.get("HEAROUT_KILL_SEED", "7"))
LATEST = {"recognize": 3, "give": 5, "take": 4, "put": 4, "torn": 8, "write": 30, "send": 6}


def moments(seed, wanted):
    """Draw so many moments, one driver for two workers; each early enough to come."""
    draw = random.Random(seed)
    for k in range(wanted):
        role, kinds = ("driver", DRIVER_MOMENTS) if k % 3 == 0 else ("worker", WORKER_MOMENTS)
        kind = kinds[(k // 3) % len(kinds)] if role == "driver" else draw.choice(kinds)
        yield f"{role}-{k:03d}-{kind}-{draw.randint(1, LATEST.get(kind, 10))}"


def go(source, out, points):
    environment = {**os.environ, POINTS: str(points), "PYTHONPATH": str(TESTS), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(TESTS / "batch" / "killing.py"), str(source), str(out)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def results(out):
    """Return all files of a folder of results by name, without what differs from run to run: times taken."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if not path.is_file() or name.startswith((".batch", "hearout.sqlite")):
            continue
        content = path.read_bytes()
        if path.suffix == ".json":
            document = json.loads(content)
            document.pop("elapsed_s", None)
            document.get("engine", {}).pop("elapsed_s", None)
            found[name] = document
        elif path.suffix == ".csv":
            rows = list(csv.DictReader(content.decode().splitlines()))
            found[name] = [{key: text for key, text in row.items() if key != "at"} for row in rows]
        else:
            found[name] = without_serial(content) if path.suffix != ".html" else len(content) > 10_000
    return found


def without_serial(ogg):
    """FFmpeg draws a number for each Ogg stream; the pages' checksums hang on it."""
    return re.sub(rb"(OggS.{10}).{4}(.{4}).{4}", rb"\1\2", ogg, flags=re.DOTALL)


def database(out):
    from pipeline.store import open_store

    with open_store(out) as store:
        return sorted(row.id for row in store.calls())


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Calls of different lengths, one of them there twice, one broken, one empty."""
    folder = tmp_path_factory.mktemp("recordings")
    for k in range(CALLS):
        record(folder / f"call{k}.wav", 2.0 + 0.1 * k, seed=k)
    shutil.copy(folder / "call4.wav", folder / "twin.wav")
    (folder / "broken.wav").write_bytes(b"RIFF no audio")
    (folder / "empty.wav").touch()
    return folder


def test_killed_anywhere_and_begun_again_gives_the_same(recordings, tmp_path):
    points = tmp_path / "points"
    points.mkdir()
    undisturbed = go(recordings, tmp_path / "whole", points)
    assert undisturbed.returncode == 0, undisturbed.stderr
    assert len(list((tmp_path / "whole").glob("*/analysis.json"))) == CALLS

    for name in moments(SEED, POINTS_WANTED):
        (points / name).touch()
    runs = fired = rounds = 0
    starts = Counter()
    while fired < POINTS_WANTED:
        out = tmp_path / f"out{rounds}"  # when all calls are done with moments left over, from the start
        rounds += 1
        done = None
        while done is None or done.returncode != 0:
            done = go(recordings, out, points)
            runs += 1
            assert done.returncode in (0, -9), done.stderr
            assert runs < 3 * POINTS_WANTED, "the moments never come"
        before, fired = fired, len(list(points.glob("fired-*")))
        for path in points.glob("taken-*"):  # taken, but its moment never came: somebody else takes it
            if not path.with_name(f"fired-{path.name}").exists():
                role, number, kind, _ = path.name.removeprefix("taken-").split("-")
                path.rename(points / f"{role}-{number}-{kind}-1")

        assert results(out) == results(tmp_path / "whole")
        assert database(out) == database(tmp_path / "whole")
        lines = (out / ".batch" / "journal.jsonl").read_text().splitlines()
        records = [json.loads(line) for line in lines]
        starts = Counter(one["name"] for one in records if one.get("state") == "started")
        killed = fired - before
        assert set(starts) == {f"call{k}.wav" for k in range(CALLS)} | {"broken.wav", "empty.wav"}
        # redone is at most what was at work: one call per worker
        assert sum(starts.values()) <= CALLS + 2 + killed * WORKERS
    assert fired >= min(POINTS_WANTED, 10)


def test_results_do_not_depend_on_the_number_of_workers(recordings, tmp_path, run_processes):
    for workers in (1, 3):
        summary = run_processes(options(recordings, tmp_path / f"w{workers}", batch={"workers": workers}))
        assert (summary.done, summary.failed) == (CALLS, 2)
    assert results(tmp_path / "w1") == results(tmp_path / "w3")
