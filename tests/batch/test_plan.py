from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.batch.items import Facts, Found
from pipeline.batch.journal import Entry, Figures, place_key
from pipeline.batch.plan import Known, alike, in_order, make_plan


def found(name, size=100, revision=None, **facts):
    return Found(f"/r/{name}", name, size, revision or f"{size}-1", Facts(**facts))


def entry(one, state="done", call_id=None, key="k", sha256="", **more):
    return Entry(
        place_key(one.place),
        state,
        call_id or one.name.split(".")[0],
        one.name,
        one.revision,
        key,
        one.size,
        sha256,
        **more,
    )


def known(*entries, key_of=lambda _: "k", **more):
    return Known({one.place: one for one in entries}, key_of, more.pop("has_result", lambda _: True), **more)


def plan(recordings, about=None, digests=None):
    return make_plan(recordings, about or known(), digests or {})


def ids(made):
    return [job.call_id for job in made.jobs]


def test_everything_new_is_a_job_with_an_id_of_its_own():
    made = plan(
        [found("a/call.wav"), found("b/call.wav"), found("b/Call.mp3"), found("x.wav", call_id="call")]
    )
    assert ids(made) == ["call", "call-2", "Call-3", "call-4"]


def test_names_of_the_batch_itself_are_not_given_to_calls():
    assert ids(plan([found("failures.csv.wav")])) == ["failures.csv_"]


def test_done_earlier_needs_the_same_recording_settings_and_a_result():
    one = found("a.wav")
    assert plan([one], known(entry(one))).done
    assert ids(plan([replace(one, revision="other")], known(entry(one)))) == ["a"]
    assert ids(plan([one], known(entry(one), key_of=lambda _: "other settings"))) == ["a"]
    assert ids(plan([one], known(entry(one), has_result=lambda _: False))) == ["a"]
    assert ids(plan([one], known(entry(one, "started")))) == ["a"]


def test_failed_earlier_stays_failed_until_asked_or_changed():
    one = found("a.wav")
    failed = known(entry(one, "failed"))
    assert [e.name for e in plan([one], failed).failed] == ["a.wav"]
    assert ids(plan([one], replace(failed, retry_failed=True))) == ["a"]
    assert ids(plan([found("a.wav", 200)], failed)) == ["a"]


def test_ids_stay_with_their_recordings_when_new_ones_come_before_them():
    old = found("b/call.wav")
    made = plan([found("a/call.wav"), old], known(entry(old, "started", "call")))
    assert ids(made) == ["call-2", "call"]


def test_the_same_content_under_two_names_is_done_once():
    a, b = found("a.wav"), found("b.wav")
    made = plan([a, b], digests={a.place: "s", b.place: "s"})
    assert ids(made) == ["a"]
    assert [(twin.found.name, twin.call_id) for twin in made.duplicates] == [("b.wav", "a")]
    again = plan([a, b], known(entry(a, sha256="s"), made.duplicates[0].entry))
    assert again.jobs == ()
    assert [(twin.found.name, twin.call_id) for twin in again.duplicates] == [("b.wav", "a")]


def test_the_same_content_with_the_agent_on_another_channel_is_another_call():
    a, b = found("a.wav", agent_channel="left"), found("b.wav", agent_channel="right")
    assert ids(plan([a, b], digests={a.place: "s", b.place: "s"})) == ["a", "b"]


def test_a_file_named_twice_is_one_call():
    a = found("a.wav")
    made = plan([a, a])
    assert ids(made) == ["a"]
    assert [twin.call_id for twin in made.duplicates] == ["a"]


def test_a_recording_that_was_moved_is_done():
    old, new = found("old/a.wav"), found("new/a.wav")
    made = plan([new], known(entry(old, sha256="s", call_id="a")), {new.place: "s"})
    assert made.jobs == ()
    ((moved, as_entry),) = made.moved
    assert moved == new
    assert as_entry.place == place_key(new.place)
    assert as_entry.call_id == "a"


def test_contents_are_read_only_where_sizes_are_alike_and_nothing_is_known():
    a, b, c, d = found("a.wav", 10), found("b.wav", 10), found("c.wav", 30), found("d.wav", 40)
    gone = entry(found("gone.wav", 40), sha256="s")
    assert alike([a, b, c, d], {gone.place: gone}) == [a, b, d]
    done = {one.place: one for one in (entry(a, sha256="1"), entry(b, "duplicate", sha256="1"))}
    assert alike([a, b, c], done) == []
    assert alike([replace(a, is_remote=True), b], {}) == [b]


def test_longest_first_by_length_else_by_size_ties_in_the_source_s_order():
    jobs = plan([found("a.wav", 100), found("b.wav", 400), found("c.wav", 100), found("d.wav", 900)]).jobs
    by_name = {job.call_id: job.place for job in jobs}
    lengths = {by_name["a"]: 50.0, by_name["b"]: 3.0}  # 500 bytes are 53 s: d lasts 95 s
    assert [job.call_id for job in in_order(jobs, lengths)] == ["d", "a", "c", "b"]
    assert [job.call_id for job in in_order(jobs, {})] == ["d", "b", "a", "c"]


NAMES = st.sampled_from(["a.wav", "A.wav", "b.wav", "x/a.wav", "x/a-2.wav", "y/a.flac", "b-2.wav"])


@given(
    st.lists(
        st.tuples(NAMES, st.integers(1, 3), st.sampled_from("stu")), min_size=1, unique_by=lambda t: t[0]
    ),
    st.sets(NAMES),
)
def test_every_recording_ends_up_in_one_place_and_no_id_is_given_twice(rows, started):
    recordings = [found(name, size) for name, size, _ in rows]
    digests = {one.place: f"{sha}{one.size}" for one, (_, _, sha) in zip(recordings, rows, strict=True)}
    first = make_plan(recordings, known(), digests)
    assert len(first.jobs) + len(first.duplicates) == len(recordings)
    given_ids = [job.call_id.casefold() for job in first.jobs]
    assert len(set(given_ids)) == len(given_ids)
    # whatever was begun, done or not, a second plan gives the same calls the same ids
    entries = {
        job.place: entry(job.found, "started", job.call_id) for job in first.jobs if job.found.name in started
    }
    second = make_plan(recordings, Known(entries, lambda _: "k", lambda _: False), digests)
    assert {job.place: job.call_id for job in second.jobs if job.place in entries} == {
        place: one.call_id for place, one in entries.items()
    }
    done = {
        job.place: entry(job.found, "done", job.call_id, sha256=digests[job.found.place])
        for job in first.jobs
    }
    done |= {twin.entry.place: twin.entry for twin in first.duplicates}
    third = make_plan(recordings, Known(done, lambda _: "k", lambda _: True), {})
    assert third.jobs == ()
    assert len(third.done) == len(first.jobs)
    assert {twin.found.name for twin in third.duplicates} == {twin.found.name for twin in first.duplicates}
    assert alike(recordings, done) == []


def test_figures_travel_with_entries():
    one = found("a.wav")
    (kept,) = plan([one], known(entry(one, figures=Figures(12.0, 0.5)))).done
    assert kept.figures.duration_s == 12.0
