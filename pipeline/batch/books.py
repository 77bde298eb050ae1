"""The driver's books: journal, lists, database, and the figures for the summary."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.batch import events
from pipeline.batch.journal import Entry
from pipeline.batch.links import UNKNOWN, pending_links
from pipeline.batch.machine import cores
from pipeline.batch.options import NO_DATABASE
from pipeline.batch.summary import Summary, team_figures
from pipeline.batch.tables import write_duplicates, write_failures
from pipeline.errors import InputError, OutputError
from pipeline.stages.call import RESULT
from pipeline.stages.later import customer_key, has_later

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.batch.journal import Journal
    from pipeline.batch.links import Link
    from pipeline.batch.messages import Analyzed
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.plan import Duplicate, Job, Plan
    from pipeline.store import Store

    Tell = Callable[[events.Event], None]


class Books:
    """Notes what happens, for good, and tells it.

    Parameters
    ----------
    options : BatchOptions
    journal : Journal
    tell : callable
        Receives the events.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(
        self, options: BatchOptions, journal: Journal, tell: Tell, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.options = options
        self.journal = journal
        self.tell = tell
        self.database_error: OutputError | None = None
        self._clock = clock
        self._began = clock()
        self._store: Store | None = None
        self._all: dict[str, Entry] = {}  # done, of this source
        self._failed: dict[str, Entry] = {}
        self._duplicates: dict[str, Duplicate] = {}
        self._listed: tuple[set[str], set[str]] = (set(), set())
        self._new_done: set[str] = set()
        self._new_failed: set[str] = set()
        self._audio_s = self._peak_mb = 0.0
        self._links_due = True
        self._linked: set[str] = set()
        self.replaced = 0

    # --- database

    def open_database(self) -> None:
        """Open it and bring it up to date with the results that are there.

        Raises
        ------
        HearoutError
            If it can't be used; nothing has been run yet.
        """
        if self.options.database == NO_DATABASE:
            return
        from pipeline.store import open_store, sync_folder

        self._store = open_store(self.options.database or self.options.out)
        sync_folder(
            self._store, self.options.out, lambda *step: self.tell(events.Step(*step)), processes=cores()
        )

    def close(self) -> None:
        """Close the database."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _put(self, call_id: str) -> None:
        """Store a result; should the database fail, the analyses go on: it can be made anew from them."""
        if self._store is None:
            return
        try:
            self._store.put_folder(self.options.out / call_id)
        except InputError as error:
            self.tell(events.Note(f"{error.message} It is not in the database."))
        except OutputError as error:
            self.database_error = error
            self.tell(events.Note(f"{error.message} The analyses go on without it."))
            self.close()

    # --- what is known from the plan

    def take(self, plan: Plan) -> None:
        """Note what needs no work.

        Raises
        ------
        OutputError
            If the journal can't be written.
        """
        for entry in plan.done:
            self._all[entry.place] = entry
        for found, entry in plan.moved:
            self.journal.put(entry)
            self._all[entry.place] = entry
            self.tell(events.Note(f"{found.name} was analysed before under another name: {entry.call_id}."))
        self._failed = {place: entry for place, entry in self._failed.items() if place in self._new_failed}
        self._failed.update({entry.place: entry for entry in plan.failed})
        for twin in plan.duplicates:
            self.note_duplicate(twin)

    def note_duplicate(self, twin: Duplicate) -> None:
        """Note that a recording holds the same as another."""
        if twin.found.place in self._duplicates:
            return
        self._duplicates[twin.found.place] = twin
        self.tell(events.CallTwice(twin.found.name, twin.call_id))
        if twin.entry is not None and self.journal.entries.get(twin.entry.place) != twin.entry:
            self.journal.put(twin.entry)

    # --- what happens

    def started(self, job: Job) -> None:
        """Note that a worker has a call."""
        self.journal.put(_entry(job, "started"))
        self.tell(events.CallStarted(job.call_id, job.found.name))

    def done(self, job: Job, reply: Analyzed) -> None:
        """Note that a call is written.

        Raises
        ------
        OutputError
            If the journal can't be written.
        """
        entry = replace(
            _entry(job, "done"),
            sha256=reply.sha256,
            figures=reply.figures,
            busy_s=round(reply.busy_s, 3),
            linked=UNKNOWN if has_later(self.options.out / job.call_id) else "",
        )
        self.journal.put(entry)
        self._all[job.place] = entry
        self._failed.pop(job.place, None)
        self._new_done.add(job.place)
        self._links_due = True
        self._audio_s += reply.figures.duration_s
        self._peak_mb = max(self._peak_mb, reply.peak_mb)
        self._put(job.call_id)
        self.tell(events.CallDone(job.call_id, job.found.name, reply.figures, reply.busy_s))

    def failed(self, job: Job, kind: str, what: str, remedy: str) -> None:
        """Note that a call failed for good, and leave no folder without a result.

        Raises
        ------
        OutputError
            If the journal can't be written.
        """
        self.clean(job)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        entry = replace(_entry(job, "failed"), what=what, remedy=remedy, kind=kind, at=at)
        self.journal.put(entry)
        self._failed[job.place] = entry
        self._new_failed.add(job.place)
        self.tell(events.CallFailed(job.call_id, job.found.name, what, remedy, kind))

    def clean(self, job: Job) -> None:
        """Take away the folder of a call that has no result."""
        self.clean_folder(job.call_id)

    def clean_folder(self, call_id: str) -> None:
        """Take away a call's folder if it has no result."""
        folder = self.options.out / call_id
        if call_id and folder.is_dir() and not (folder / RESULT).exists():
            shutil.rmtree(folder, ignore_errors=True)

    # --- calls of one customer

    def pending_links(self) -> list[Link]:
        """Return the calls to be scored again with their customer's later calls; none until more are done."""
        if not self._links_due:
            return []
        self._links_due = False
        out = self.options.out
        return pending_links(self.journal.entries.values(), lambda one: (out / one / RESULT).is_file())

    def linked(self, link: Link) -> None:
        """Note that a call is scored with the later calls of its customer.

        Raises
        ------
        OutputError
            If the journal can't be written.
        """
        entry = replace(link.entry, linked=link.key)
        self.journal.put(entry)
        if entry.place in self._all:
            self._all[entry.place] = entry
        self._linked.add(entry.call_id)
        self._put(entry.call_id)

    # --- at the end

    def write_lists(self) -> dict[str, str]:
        """Write failures.csv and duplicates.csv; return where they are.

        Raises
        ------
        OutputError
            If they can't be written.
        """
        written = {
            "failures": write_failures(self.options.out, self._failed.values()),
            "duplicates": write_duplicates(self.options.out, self._duplicates.values()),
        }
        files = {name: str(path) for name, path in written.items() if path is not None}
        if self._store is not None:
            files["database"] = self._store.target.name
        return files

    def write_lists_if_changed(self) -> None:
        """Write the lists if they have something new to say."""
        content = (set(self._failed), set(self._duplicates))
        if content != self._listed:
            self._listed = content
            self.write_lists()

    def summary(self, found: int, not_done: int, files: dict[str, str], *, interrupted: bool) -> Summary:
        """Return what the run came to."""
        return Summary(
            found=found,
            done=len(self._new_done),
            failed=len(self._new_failed & self._failed.keys()),
            already_done=len(self._all.keys() - self._new_done),
            failed_before=len(self._failed.keys() - self._new_failed),
            duplicates=len(self._duplicates),
            not_done=not_done,
            audio_s=self._audio_s,
            elapsed_s=self._clock() - self._began,
            peak_mb=round(self._peak_mb),
            linked=len(self._linked),
            replaced=self.replaced,
            team=team_figures(entry.figures for entry in self._all.values()),
            out=str(self.options.out),
            files=files,
            interrupted=interrupted,
            database_error=self.database_error.message if self.database_error else "",
        )


def _entry(job: Job, state: str) -> Entry:
    facts = job.found.facts
    return Entry(
        place=job.place,
        state=state,  # type: ignore[arg-type]  # one of the four
        call_id=job.call_id,
        name=job.found.name,
        revision=job.found.revision,
        key=job.key,
        size=job.found.size,
        sha256=job.sha256,
        customer=customer_key(facts.customer, facts.metadata),
        recorded_at=facts.recorded_at or "",
    )
