"""Whole runs with real worker processes and models that load nothing."""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from batch.fakes import TROUBLE, TROUBLE_VARIABLE, options, record

from pipeline.batch import events
from pipeline.batch.lock import locked, shared
from pipeline.batch.run import run_batch
from pipeline.batch.stop import Stop
from pipeline.batch.supervisor import Pool, Watch
from pipeline.errors import MissingComponentError, OutputError, UsageError

TESTS = Path(__file__).parents[1]


def of(heard, kind):
    return [event for event in heard if isinstance(event, kind)]


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def result(out, call_id):
    return json.loads((out / call_id / "analysis.json").read_text(encoding="utf-8"))


@pytest.fixture
def recordings(tmp_path):
    for k, seconds in enumerate((2.0, 2.6, 2.3)):
        record(tmp_path / "in" / f"c{k}.wav", seconds, seed=k)
    return tmp_path / "in"


@pytest.fixture
def trouble(tmp_path, monkeypatch):
    """Let long calls get into this kind of trouble."""
    folder = tmp_path / "trouble"
    folder.mkdir()
    monkeypatch.setenv(TROUBLE_VARIABLE, str(folder))
    return lambda name: (folder / name).touch()


def test_longest_first_each_written_and_summed_up(recordings, tmp_path, run, heard):
    summary = run(options(recordings, tmp_path / "out", batch={"workers": 1}))
    assert [one.call_id for one in of(heard, events.CallStarted)] == ["c1", "c2", "c0"]
    assert (summary.found, summary.done, summary.failed, summary.not_done) == (3, 3, 0, 0)
    assert summary.audio_s == pytest.approx(6.9, abs=0.01)
    assert summary.team.calls == 3
    assert summary.team.talk_ratio_median == pytest.approx(0.5, abs=0.2)
    assert [result(tmp_path / "out", f"c{k}")["call"]["source"] for k in range(3)] == [
        "c0.wav",
        "c1.wav",
        "c2.wav",
    ]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        ".batch",
        "c0",
        "c1",
        "c2",
        "hearout.sqlite",
    ]


def test_a_second_run_reads_no_audio_and_starts_no_worker(recordings, tmp_path, run, heard):
    run(options(recordings, tmp_path / "out"))
    heard.clear()
    for path in recordings.iterdir():  # whoever reads them now finds nothing
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    summary = run(options(recordings, tmp_path / "out"))
    assert (summary.done, summary.already_done, summary.team.calls) == (0, 3, 3)
    assert of(heard, events.Started)[0].workers == 0


def test_only_what_is_new_or_changed_is_done_again(recordings, tmp_path, run, heard):
    run(options(recordings, tmp_path / "out"))
    heard.clear()
    record(recordings / "c0.wav", 2.9, seed=9)
    record(recordings / "new.wav", 2.1, seed=8)
    shutil.rmtree(tmp_path / "out" / "c2")
    summary = run(options(recordings, tmp_path / "out"))
    assert sorted(one.call_id for one in of(heard, events.CallDone)) == ["c0", "c2", "new"]
    assert (summary.done, summary.already_done) == (3, 1)
    assert result(tmp_path / "out", "c0")["call"]["duration_s"] == pytest.approx(2.9)


def test_other_settings_do_all_again_but_worker_counts_shape_nothing(recordings, tmp_path, run):
    told = options(recordings, tmp_path / "out")
    run(told)
    before = result(tmp_path / "out", "c0")["engine"]["settings_sha256"]
    assert run(replace(told, batch=replace(told.batch, workers=1, poll_s=3))).done == 0
    left = replace(told, settings=replace(told.settings, agent_channel="left"))
    assert run(left).done == 3
    assert result(tmp_path / "out", "c0")["engine"]["settings_sha256"] != before
    assert "workers" not in json.dumps(result(tmp_path / "out", "c0")["engine"]["settings"])


def test_a_manifest_s_facts_reach_the_results(recordings, tmp_path, run):
    (tmp_path / "in" / "calls.csv").write_text(
        "path,call_id,agent,customer,recorded_at,agent_channel,queue\n"
        "c0.wav,17,Lee,Ms Ode,2025-02-19T06:01:22,right,billing\n"
        "c1.wav,18,Ann,,,left,\n"
    )
    run(options(recordings / "calls.csv", tmp_path / "out"))
    first, second = result(tmp_path / "out", "17"), result(tmp_path / "out", "18")
    call = first["call"]
    assert (call["agent"], call["customer"], call["recorded_at"]) == ("Lee", "Ms Ode", "2025-02-19T06:01:22")
    assert call["metadata"] == {"queue": "billing"}
    assert (first["roles"]["agent"]["channel"], second["roles"]["agent"]["channel"]) == ("right", "left")


def test_bad_recordings_fail_alone_with_a_row_each(recordings, tmp_path, run):
    (recordings / "noise.wav").write_bytes(os.urandom(5000))
    (recordings / "empty.wav").touch()
    (recordings / "cut.wav").write_bytes((recordings / "c0.wav").read_bytes()[:30_000])
    (recordings / "text.mp3").write_text("this is a text")
    (recordings / "calls.jsonl").write_text(
        "".join(
            json.dumps({"path": name}) + "\n"
            for name in ("c0.wav", "noise.wav", "empty.wav", "cut.wav", "text.mp3", "gone.wav", "../in")
        )
    )
    summary = run(options(recordings / "calls.jsonl", tmp_path / "out"))
    assert (summary.done, summary.failed) == (1, 6)
    failed = {row["file"]: row for row in rows(tmp_path / "out" / "failures.csv")}
    assert set(failed) == {"noise.wav", "empty.wav", "cut.wav", "text.mp3", "gone.wav", "../in"}
    assert "empty" in failed["empty.wav"]["what"]
    assert "does not exist" in failed["gone.wav"]["what"]
    assert all(row["remedy"] and row["kind"] == "input" for row in failed.values())
    assert [p.name for p in (tmp_path / "out").iterdir() if (p / "stages").exists()] == ["c0"]


def test_failed_ones_are_tried_again_when_asked_or_when_they_have_changed(recordings, tmp_path, run):
    (recordings / "late.wav").touch()
    told = options(recordings, tmp_path / "out")
    assert run(told).failed == 1
    second = run(told)
    assert (second.failed, second.failed_before, second.some_failed) == (0, 1, True)
    assert run(replace(told, retry_failed=True)).failed == 1
    record(recordings / "late.wav", 2.2)
    third = run(told)
    assert (third.done, third.some_failed) == (1, False)
    assert not (tmp_path / "out" / "failures.csv").exists()


def test_the_same_content_is_analysed_once_and_linked(recordings, tmp_path, run, heard):
    shutil.copy(recordings / "c1.wav", recordings / "z.wav")
    told = options(recordings, tmp_path / "out")
    summary = run(told)
    assert (summary.done, summary.duplicates) == (3, 1)
    assert [(one.name, one.call_id) for one in of(heard, events.CallTwice)] == [("z.wav", "c1")]
    assert rows(tmp_path / "out" / "duplicates.csv") == [
        {"file": "z.wav", "same_as_call": "c1", "result": "c1/analysis.json"}
    ]
    assert run(told).duplicates == 1


def test_an_endless_call_is_ended_alone(recordings, tmp_path, run_processes, trouble, monkeypatch):
    trouble("hang")
    record(recordings / "long.wav", 9.0)
    hung = tmp_path / "trouble" / "hung"
    hours_later = Watch(clock=lambda: 1e5 if hung.exists() else 0.0)
    monkeypatch.setattr("pipeline.batch.run.Pool", partial(Pool, watch=hours_later))
    summary = run_processes(options(recordings, tmp_path / "out", models=TROUBLE))
    assert (summary.done, summary.failed, summary.replaced) == (3, 1, 1)
    (row,) = rows(tmp_path / "out" / "failures.csv")
    assert (row["file"], row["kind"]) == ("long.wav", "time_limit")
    assert "time_limit_factor" in row["remedy"]
    assert not (tmp_path / "out" / "long").exists()


def test_a_call_that_kills_its_worker_is_given_up_after_some_tries(
    recordings, tmp_path, run_processes, heard, trouble
):
    trouble("die")
    record(recordings / "long.wav", 9.0)
    summary = run_processes(
        options(recordings, tmp_path / "out", models=TROUBLE, batch={"crashes_allowed": 1})
    )
    assert (summary.done, summary.failed) == (3, 1)
    assert [one.name for one in of(heard, events.CallAgain)] == ["long.wav"]
    (row,) = rows(tmp_path / "out" / "failures.csv")
    assert row["kind"] == "crash"
    assert "SIGKILL" in row["what"]


def test_a_worker_that_dies_once_costs_nothing_but_time(recordings, tmp_path, run_processes, heard, trouble):
    trouble("dieonce")
    record(recordings / "long.wav", 9.0)
    summary = run_processes(options(recordings, tmp_path / "out", models=TROUBLE))
    assert (summary.done, summary.failed, summary.replaced) == (4, 0, 1)
    assert len(of(heard, events.CallAgain)) == 1


def test_a_fault_of_ours_fails_one_call_and_quotes_nobody(recordings, tmp_path, run_processes, trouble):
    trouble("fault")
    record(recordings / "long.wav", 9.0)
    summary = run_processes(options(recordings, tmp_path / "out", models=TROUBLE))
    assert (summary.done, summary.failed) == (3, 1)
    (row,) = rows(tmp_path / "out" / "failures.csv")
    assert row["kind"] == "internal"
    assert "RuntimeError" in row["what"]
    assert "secret" not in (tmp_path / "out" / ".batch" / "journal.jsonl").read_text() + str(row)


def test_what_every_call_needs_ends_the_run(recordings, tmp_path, run_processes):
    with pytest.raises(UsageError, match="nowhere"):
        run_processes(options(recordings, tmp_path / "out", models="nowhere:models"))
    with pytest.raises(MissingComponentError, match="no models today"):
        run_processes(options(recordings, tmp_path / "out", models="batch.test_run:no_models"))
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".batch", "hearout.sqlite"]


def no_models(*, offline, threads):
    from multiprocessing import parent_process

    from batch.fakes import make_models

    if parent_process() is None:
        return make_models(offline=offline, threads=threads)
    raise MissingComponentError("There are no models today.", "Come again.")


def test_asked_to_end_keeps_what_is_done_and_leaves_nothing_half(recordings, tmp_path, run, heard):
    stop = Stop()

    def tell(event):
        heard.append(event)
        if isinstance(event, events.CallDone):
            stop.ask()

    told = options(recordings, tmp_path / "out", batch={"workers": 1})
    summary = run_batch(told, tell, stop)
    assert (summary.done, summary.not_done, summary.interrupted) == (1, 2, True)
    assert [p.name for p in (tmp_path / "out").iterdir() if p.is_dir() and p.name != ".batch"] == ["c1"]
    assert run(told).done == 2


def test_a_second_run_on_the_folder_is_told_who_has_it(recordings, tmp_path, run):
    whose = rf"process {os.getpid()} on .*, since 20"
    with locked(tmp_path / "out"), pytest.raises(OutputError, match=whose):
        run(options(recordings, tmp_path / "out"))
    assert run(options(recordings, tmp_path / "out")).done == 3


def test_the_lock_of_a_process_that_was_killed_does_not_block(recordings, tmp_path, run):
    code = (
        "import os, signal, sys; from pathlib import Path; from pipeline.batch.lock import locked\n"
        "with locked(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert killed.returncode == -9
    assert (tmp_path / "out" / ".batch" / "holder.json").exists()
    assert run(options(recordings, tmp_path / "out")).done == 3


def test_a_disk_that_fills_up_ends_the_run_with_nothing_half_written(recordings, tmp_path):
    record(recordings / "long.wav", 30.0)
    code = (
        "import resource, sys; from pathlib import Path; from batch.fakes import options\n"
        "from pipeline.batch.run import run_batch; from pipeline.batch.stop import Stop\n"
        "from pipeline.errors import OutputError\n"
        "if __name__ == '__main__':\n"
        "    source, out, most = sys.argv[1:]\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (int(most), resource.RLIM_INFINITY))\n"
        "    told = options(source, Path(out), batch={'workers': 1}, database='none')\n"
        "    try: run_batch(told, print, Stop())\n"
        "    except OutputError as error: print(error, file=sys.stderr); sys.exit(error.exit_code)\n"
    )
    program = tmp_path / "full.py"
    program.write_text(code)
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, str(program), str(recordings), str(tmp_path / "out"), str(400_000)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "can't be" in done.stderr
    assert "Traceback" not in done.stderr
    left = [p for p in (tmp_path / "out").rglob("*") if p.is_file() and ".batch" not in p.parts]
    assert left == []


def test_files_cannot_grow_here():
    """The test above rests on it: the limit is for each file, for this process and its children."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY


def test_the_database_is_filled_and_caught_up(recordings, tmp_path, run):
    from pipeline.store import open_store

    told = options(recordings, tmp_path / "out")
    run(told)
    with open_store(tmp_path / "out") as store:
        assert [row.id for row in store.calls()] == ["c0", "c1", "c2"]
        store.delete("c1")  # as if the driver had been killed before it put it there
    assert run(told).done == 0
    with open_store(tmp_path / "out") as store:
        assert [row.id for row in store.calls()] == ["c0", "c1", "c2"]
    assert run(options(recordings, tmp_path / "other", database="none")).files == {}
    assert not (tmp_path / "other" / "hearout.sqlite").exists()


def test_a_database_that_fails_does_not_stop_the_analyses(recordings, tmp_path, run, heard, monkeypatch):
    from pipeline.store import Store

    def broken(self, folder):
        raise OutputError("The database can't be written: gone.")

    monkeypatch.setattr(Store, "put_folder", broken)
    summary = run(options(recordings, tmp_path / "out"))
    assert summary.done == 3
    assert "gone" in summary.database_error


def test_remote_recordings_are_fetched_analysed_and_not_kept(recordings, tmp_path, run, heard):
    import fsspec

    files = fsspec.filesystem("memory")
    for path in sorted(recordings.iterdir()):
        files.pipe(f"/calls/{path.name}", path.read_bytes())
    files.pipe("/calls/twin.wav", (recordings / "c2.wav").read_bytes())
    files.pipe("/calls/bad.wav", b"no audio")
    told = options("memory://calls", tmp_path / "out")
    try:
        summary = run(told)
        again = run(told)
    finally:
        files.store.clear()
    assert (summary.done, summary.duplicates, summary.failed) == (3, 1, 1)
    assert result(tmp_path / "out", "c0")["call"]["source"] == "c0.wav"
    assert list((tmp_path / "out" / ".batch").rglob("*.wav")) == []
    assert (again.done, again.already_done, again.failed_before) == (0, 3, 1)


def test_leftovers_of_a_killed_run_are_taken_away(recordings, tmp_path, run):
    told = options(recordings, tmp_path / "out")
    run(told)
    out = tmp_path / "out"
    (out / "c0" / "analysis.json").unlink()
    (out / "c0" / "stages" / ".words.json.x1.part").write_text("half")
    (out / "c0" / ".analysis.json.x2.part").write_text("half")
    (out / ".failures.csv.x3.part").write_text("half")
    (out / ".batch" / ".holder.json.x4.part").write_text("half")
    (out / ".batch" / "fetched" / "f").mkdir(parents=True)
    gone = out / "gone" / "stages"
    gone.mkdir(parents=True)
    with (out / ".batch" / "journal.jsonl").open("a") as journal:
        journal.write('{"t":"call","place":"x","state":"started","call_id":"gone"}\n')
    assert run(told).done == 1
    assert list(out.rglob("*.part")) == []
    assert not (out / "gone").exists()
    assert not (out / ".batch" / "fetched").exists()


def test_a_recording_without_the_right_to_read_it_fails_alone(recordings, tmp_path, run, monkeypatch):
    real = Path.open

    def refusing(self, *args, **kwargs):
        if self.name == "c1.wav" and "in" in self.parts:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refusing)
    summary = run(options(recordings, tmp_path / "out"))
    assert (summary.done, summary.failed) == (2, 1)
    (row,) = rows(tmp_path / "out" / "failures.csv")
    assert row["what"] == "c1.wav can't be read: permission denied."
    assert row["remedy"] == "Check its rights."


def test_names_that_are_no_text_stop_nothing(recordings, tmp_path, run):
    shutil.copy(recordings / "c0.wav", recordings / os.fsdecode(b"bad\xff.wav"))
    (recordings / os.fsdecode(b"torn\xfe.wav")).write_text("no audio")
    summary = run(options(recordings, tmp_path / "out"))
    assert (summary.done, summary.failed) == (3, 1)
    (twin,) = rows(tmp_path / "out" / "duplicates.csv")
    assert (twin["file"], twin["same_as_call"]) == ("c0.wav", "bad")
    assert result(tmp_path / "out", "bad")["call"]["source"] == "bad\N{REPLACEMENT CHARACTER}.wav"
    (failure,) = rows(tmp_path / "out" / "failures.csv")
    assert failure["file"] == "torn\N{REPLACEMENT CHARACTER}.wav"


def test_those_who_write_calls_of_their_own_share_a_folder_that_nobody_holds(tmp_path):
    with shared(tmp_path / "never_held"):
        pass
    assert not (tmp_path / "never_held").exists()
    with locked(tmp_path), pytest.raises(OutputError, match=f"process {os.getpid()} on"), shared(tmp_path):
        pass
    busy = pytest.raises(OutputError, match=r"being written by another run\.")
    with shared(tmp_path), shared(tmp_path), busy, locked(tmp_path):
        pass
    with locked(tmp_path):
        pass
