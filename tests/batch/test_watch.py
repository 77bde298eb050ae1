from __future__ import annotations

import os

import pytest
from batch.fakes import options, record

from pipeline.batch import events
from pipeline.batch.items import Found
from pipeline.batch.stop import Stop
from pipeline.batch.watch import Settling, watch
from pipeline.errors import UsageError


def test_a_file_is_taken_when_it_has_stayed_the_same_for_long_enough():
    settling = Settling(10.0)

    def at(now_s, *revisions):
        files = [Found(f"/r/{name}", name, 1, revision) for name, revision in revisions]
        return [one.name for one in settling.settled(files, now_s)]

    assert at(0, ("a", "1")) == []
    assert at(5, ("a", "2"), ("b", "1")) == []
    assert at(12, ("a", "2"), ("b", "1")) == []
    assert at(15, ("a", "2"), ("b", "2")) == ["a"]
    assert at(20, ("b", "2")) == []
    assert at(26, ("a", "2"), ("b", "2")) == ["b"]  # a was gone: it is new again


class Story:
    """A clock that each look at the folder pushes on; scenes change the folder or end the watch."""

    def __init__(self, step_s=6.0):
        self.now_s = 0.0
        self.step_s = step_s
        self.events = []
        self.scenes = {}
        self.stop = Stop()
        self.idle = 0

    def clock(self):
        return self.now_s

    def tell(self, event):
        self.events.append(event)
        if isinstance(event, events.Tick):
            self.now_s += self.step_s
            busy = len(self.of(events.CallStarted)) > len(self.of(events.CallDone)) + len(
                self.of(events.CallFailed)
            )
            self.idle = 0 if busy else self.idle + 1
            if self.idle == 8:
                self.idle = 0
                scene = self.scenes.pop(min(self.scenes), None) if self.scenes else self.stop.ask
                scene()

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def story(inline):
    told = Story()
    yield told
    told.stop.close()


def test_what_is_there_what_comes_and_what_changes_is_analysed(tmp_path, story):
    folder, out = tmp_path / "in", tmp_path / "out"
    record(folder / "old.wav", 2.0, seed=1)
    story.scenes = {
        1: lambda: record(folder / "sub" / "new.wav", 2.2, seed=2),
        2: lambda: (folder / "broken.wav").write_text("no audio"),
        3: lambda: record(folder / "old.wav", 2.4, seed=3),
    }
    summary = watch(options(folder, out), story.tell, story.stop, story.clock)
    assert [one.call_id for one in story.of(events.CallDone)] == ["old", "new", "old"]
    assert [one.name for one in story.of(events.CallFailed)] == ["broken.wav"]
    assert (summary.found, summary.not_done) == (3, 0)
    assert (out / "failures.csv").exists()
    again = Story()
    watch(options(folder, out), again.tell, again.stop, again.clock)
    assert again.of(events.CallStarted) == []
    again.stop.close()


def test_a_file_that_still_grows_is_left_alone(tmp_path, story):
    folder = tmp_path / "in"
    record(folder / "growing.wav", 2.0)
    seen = []

    def grow():
        seen.append(len(story.of(events.CallStarted)))

    def tell(event):
        if isinstance(event, events.Tick) and len(seen) < 4:
            os.utime(folder / "growing.wav", ns=(len(seen), len(seen)))
            grow()
        story.tell(event)

    watch(options(folder, tmp_path / "out"), tell, story.stop, story.clock)
    assert seen == [0] * 4
    assert [one.call_id for one in story.of(events.CallDone)] == ["growing"]


def test_a_folder_that_goes_away_is_noted_once_and_waited_for(tmp_path, story):
    folder, away = tmp_path / "in", tmp_path / "away"
    record(folder / "a.wav", 2.0)
    story.scenes = {1: lambda: folder.rename(away), 2: lambda: away.rename(folder)}
    watch(options(folder, tmp_path / "out"), story.tell, story.stop, story.clock)
    assert [note.message for note in story.of(events.Note)] == [f"{folder}: no such folder, file or pattern."]
    assert len(story.of(events.CallDone)) == 1


def test_there_must_be_a_folder_to_watch(tmp_path, story):
    with pytest.raises(UsageError, match="no such folder"):
        watch(options(tmp_path / "none", tmp_path / "out"), story.tell, story.stop, story.clock)
