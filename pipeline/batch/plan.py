"""What to do, in which order: pure. Nothing here reads a file or starts anything."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.batch.journal import Entry, place_key
from pipeline.batch.names import stem_of
from pipeline.identity import safe_id

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pipeline.batch.items import Found


@dataclass(frozen=True)
class Job:
    """A call to analyse.

    Parameters
    ----------
    found : Found
    place : str
        See `place_key`.
    call_id : str
        Name of its folder.
    key : str
        Digest of all that shapes the result, but for the recording.
    sha256 : str
        Of the content, if it had to be read for the plan; else empty.
    """

    found: Found
    place: str
    call_id: str
    key: str
    sha256: str = ""


@dataclass(frozen=True)
class Duplicate:
    """A recording whose content another one has, which is the one that is analysed.

    Parameters
    ----------
    found : Found
    call_id : str
        The other's.
    entry : Entry or None
        For the journal, so that it need not be read again; ``None`` for a file that is named twice.
    """

    found: Found
    call_id: str
    entry: Entry | None = None


def duplicate(found: Found, call_id: str, sha256: str) -> Duplicate:
    """Return a recording as the duplicate of a call."""
    entry = Entry(
        place=place_key(found.place),
        state="duplicate",
        call_id=call_id,
        name=found.name,
        revision=found.revision,
        size=found.size,
        sha256=sha256,
    )
    return Duplicate(found, call_id, entry)


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Parameters
    ----------
    jobs : tuple of Job
        In the source's order.
    done : tuple of Entry
        Finished earlier, and still up to date.
    moved : tuple of (Found, Entry)
        Finished earlier under another name that is gone.
    failed : tuple of Entry
        Failed earlier, not to be tried again.
    duplicates : tuple of Duplicate
    """

    jobs: tuple[Job, ...] = ()
    done: tuple[Entry, ...] = ()
    moved: tuple[tuple[Found, Entry], ...] = ()
    failed: tuple[Entry, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()


@dataclass(frozen=True)
class Known:
    """What a plan takes for granted.

    Parameters
    ----------
    entries : mapping of place to Entry
        The journal.
    key_of : callable
        The key of a recording's result with today's settings.
    has_result : callable
        Whether a call's result is there.
    is_free : callable
        Whether a recording may take a call id, as far as folders on the disk go.
    retry_failed : bool
    taken : collection of str
        Call ids that are given to recordings which are not looked at now.
    """

    entries: Mapping[str, Entry]
    key_of: Callable[[Found], str]
    has_result: Callable[[str], bool]
    is_free: Callable[[str, Found], bool] = lambda _id, _found: True
    retry_failed: bool = False
    taken: Collection[str] = ()


def alike(found: Sequence[Found], entries: Mapping[str, Entry]) -> list[Found]:
    """Return the recordings whose content must be read to know whether it is there twice: same size.

    Those that the journal knows by content already are not among them.
    """
    by_size: dict[int, list[Found]] = defaultdict(list)
    for one in found:
        if one.size:
            by_size[one.size].append(one)
    places = {place_key(one.place) for one in found}
    elsewhere = {entry.size for place, entry in entries.items() if place not in places and entry.sha256}
    return [
        one
        for size, same in by_size.items()
        if len(same) > 1 or size in elsewhere
        for one in same
        if not one.is_remote and not _content(one, entries)
    ]


def make_plan(found: Sequence[Found], known: Known, digests: Mapping[str, str]) -> Plan:
    """Decide for each recording whether it is done, to be done, failed, or there twice.

    Parameters
    ----------
    found : sequence of Found
    known : Known
    digests : mapping of place to SHA-256
        Of those that `alike` named; one that is missing could not be read.
    """
    maker = _Maker(known, digests, {place_key(one.place) for one in found})
    fresh: list[tuple[Found, str]] = []
    seen: set[str] = set()
    for one in found:
        place = place_key(one.place)
        if place in seen:
            maker.repeated.append(one)
        elif not maker.settle(one, place):
            fresh.append((one, place))
        seen.add(place)
    for one, place in fresh:
        maker.take(one, place)
    return maker.plan()


class _Maker:
    """A plan in the making."""

    def __init__(self, known: Known, digests: Mapping[str, str], present: set[str]) -> None:
        self.known = known
        self.digests = digests
        self.present = present
        self.jobs: list[Job] = []
        self.done: list[Entry] = []
        self.moved: list[tuple[Found, Entry]] = []
        self.failed: list[Entry] = []
        self.duplicates: list[Duplicate] = []
        self.repeated: list[Found] = []
        self.by_place: dict[str, str] = {}
        self.by_content: dict[tuple[str, str], str] = {}
        self.ids = _Ids(known)
        self.kept = {  # results of recordings that are not in the source any more
            (entry.sha256, entry.key): entry
            for place, entry in known.entries.items()
            if place not in present and entry.state == "done" and entry.sha256
        }

    def settle(self, one: Found, place: str) -> bool:
        """Take a recording that needs no work; tell whether it was one."""
        entry = self.known.entries.get(place)
        if entry is None or entry.revision != one.revision or entry.key != self.known.key_of(one):
            return False
        if entry.state == "done" and self.known.has_result(entry.call_id):
            self.done.append(entry)
        elif entry.state == "failed" and not self.known.retry_failed:
            self.failed.append(entry)
        else:
            return False
        self.by_place[place] = entry.call_id
        if entry.sha256:
            self.by_content[_same(entry.sha256, one)] = entry.call_id
        return True

    def take(self, one: Found, place: str) -> None:
        """Take a recording that is to be done, unless its content is done or to be done elsewhere."""
        sha256 = self.digests.get(one.place) or _content(one, self.known.entries)
        key = self.known.key_of(one)
        if sha256:
            same = self.by_content.get(_same(sha256, one))
            if same is not None:
                self.duplicates.append(duplicate(one, same, sha256))
                self.by_place[place] = same
                return
            entry = self.kept.get((sha256, key))
            if entry is not None and self.known.has_result(entry.call_id):
                self.moved.append((one, replace(entry, place=place, revision=one.revision, name=one.name)))
                self.by_content[_same(sha256, one)] = self.by_place[place] = entry.call_id
                return
        call_id = self.ids.choose(one, place)
        self.by_place[place] = call_id
        if sha256:
            self.by_content[_same(sha256, one)] = call_id
        self.jobs.append(Job(one, place, call_id, key, sha256))

    def plan(self) -> Plan:
        """Return it."""
        again = [Duplicate(one, self.by_place[place_key(one.place)]) for one in self.repeated]
        return Plan(
            tuple(self.jobs),
            tuple(self.done),
            tuple(self.moved),
            tuple(self.failed),
            (*self.duplicates, *again),
        )


class _Ids:
    """Gives call ids: the same recording always gets its own again, no two get one."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._own = {
            place: entry.call_id for place, entry in known.entries.items() if entry.state != "duplicate"
        }
        given = (*self._own.values(), *known.taken)
        self._taken = {call_id.casefold() for call_id in given}
        self._next: dict[str, int] = defaultdict(lambda: 1)

    def choose(self, one: Found, place: str) -> str:
        given = one.facts.call_id
        base = safe_id(given or stem_of(one.name))
        own = self._own.get(place)
        if own is not None and (re.fullmatch(rf"{re.escape(base)}(-\d+)?", own)):
            return own
        while True:
            n = self._next[base.casefold()]
            self._next[base.casefold()] += 1
            candidate = base if n == 1 else f"{base}-{n}"
            if candidate.casefold() not in self._taken and self._known.is_free(candidate, one):
                self._taken.add(candidate.casefold())
                return candidate


def _content(one: Found, entries: Mapping[str, Entry]) -> str:
    """Return a recording's SHA-256 if the journal knows it as it is now."""
    entry = entries.get(place_key(one.place))
    return entry.sha256 if entry is not None and entry.revision == one.revision else ""


def _same(sha256: str, one: Found) -> tuple[str, str]:
    """Two recordings are one call if they hold the same, and the agent is on the same channel."""
    return sha256, one.facts.agent_channel or ""


def in_order(jobs: Iterable[Job], lengths: Mapping[str, float]) -> list[Job]:
    """Return the jobs with the longest first, so that no long one is left for the end.

    Parameters
    ----------
    jobs : iterable of Job
    lengths : mapping of place to float
        In seconds; where one isn't known the size decides, at the rate of those that are known.
    """
    jobs = list(jobs)
    sizes = sum(job.found.size or 0 for job in jobs if lengths.get(job.place))
    seconds = sum(lengths.get(job.place, 0.0) for job in jobs)
    rate = seconds / sizes if sizes and seconds else 1 / FALLBACK_BYTES_PER_S
    return sorted(jobs, key=lambda job: -(lengths.get(job.place) or (job.found.size or 0) * rate))


FALLBACK_BYTES_PER_S = 16_000
"""Telephone audio as it is mostly kept: two channels of G.711."""


def guessed_s(found: Found) -> float:
    """Return a recording's length by its size alone."""
    return (found.size or 0) / FALLBACK_BYTES_PER_S
