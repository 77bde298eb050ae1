"""Read checklists: the shipped ones by name, the user's own by path; errors with file, line and hint."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pipeline.checklist.model import Check, Checklist, FinerItem, Item, PhrasesFile, Step
from pipeline.checklist.view import Context
from pipeline.checklist.vocabulary import MEASURES
from pipeline.configs import configs_dir, load_yaml
from pipeline.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

FOLDER = "checklists"
PHRASES = "phrases"
SHIPPED = ("leap", "leap-ask-produce", "last", "five-ideas", "ten-tips", "did-you")
"""In the order in which they are shown."""

_KEYS = sorted(
    {
        part.alias or name
        for kind in (Checklist, Item, FinerItem, Check, Step)
        for name, part in kind.model_fields.items()
    }
)
_ID = re.compile(r"^id:\s*([a-z][a-z0-9_]*)", re.MULTILINE)


@dataclass(frozen=True)
class LoadedChecklist:
    """A checklist that is in order, with the phrases that it can name.

    Parameters
    ----------
    checklist : Checklist
    path : Path
    phrases : mapping of name to patterns
    """

    checklist: Checklist
    path: Path
    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def context(self) -> Context:
        """What its checks are judged with."""
        return Context(self.phrases, self.checklist.language)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that shapes a verdict, wherever the file lies; for the stored settings."""
        plain = self.checklist.model_dump(mode="json", by_alias=True)
        phrases = {name: list(patterns) for name, patterns in sorted(self.phrases.items())}
        return hashlib.sha256(json.dumps([plain, phrases], sort_keys=True).encode()).hexdigest()


def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped checklists, in order."""
    found = {path.stem for path in (configs_dir() / FOLDER).glob("*.yaml")}
    known = [name for name in SHIPPED if name in found]
    return (*known, *sorted(found - set(known)))


def known_moves(folders: Sequence[Path] = ()) -> frozenset[str]:
    """Return the names of all moves, shipped and of the user's folders; only their ids are read."""
    found: set[str] = set()
    for folder in (configs_dir() / "moves", *folders):
        for path in folder.glob("*.yaml"):
            match = _ID.search(path.read_text(encoding="utf-8", errors="replace"))
            if match:
                found.add(match[1])
    return frozenset(found)


def load_checklists(
    references: Iterable[str | Path] = (), moves: Collection[str] | None = None
) -> tuple[LoadedChecklist, ...]:
    """Read checklists; all shipped ones where none is named.

    Parameters
    ----------
    references : iterable of str or Path
        Names of shipped ones, or files.
    moves : collection of str, optional
        Names of moves that a check may use; the shipped ones unless given (see `known_moves`).

    Raises
    ------
    UsageError
        Naming file, line and key; or two files have one name.
    """
    moves = known_moves() if moves is None else moves
    found = tuple(load_checklist(one, moves) for one in list(references) or shipped_names())
    names = [one.checklist.name for one in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise UsageError(f"The checklist {twice} is given twice.", "Give each a name of its own.")
    return found


def load_checklist(reference: str | Path, moves: Collection[str] | None = None) -> LoadedChecklist:
    """Read one checklist: a shipped one by name, or a file.

    Raises
    ------
    UsageError
        If there is none of that name, or the file is not in order.
    """
    path = find_checklist(reference)
    checklist = _read(path)
    phrases = shipped_phrases(checklist.language)
    if checklist.phrases:
        phrases = {**phrases, **checklist.phrases}
    moves = known_moves() if moves is None else moves
    _refuse_unknown(path, checklist, moves, phrases)
    return LoadedChecklist(checklist, path, phrases)


def find_checklist(reference: str | Path) -> Path:
    """Return the file of a checklist.

    Raises
    ------
    UsageError
        If there is none.
    """
    names = shipped_names()
    if str(reference) in names:
        return configs_dir() / FOLDER / f"{reference}.yaml"
    path = Path(reference)
    if path.is_file():
        return path
    if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        raise UsageError(f"{path}: no such file.", "Name a checklist's file, or a shipped one.")
    raise UsageError(
        f"There is no checklist {reference}.",
        f"{_hint(str(reference), names)} A file is named with its path.",
    )


@cache
def shipped_phrases(language: str) -> Mapping[str, tuple[str, ...]]:
    """Return the shipped phrases of a language; none where there is no file."""
    path = configs_dir() / FOLDER / PHRASES / f"{language}.yaml"
    return load_yaml(path, PhrasesFile).phrases if path.is_file() else {}


def _read(path: Path) -> Checklist:
    try:
        return load_yaml(path, Checklist)
    except UsageError as error:
        cause = error.__cause__
        if not isinstance(cause, ValidationError):
            raise
        problems = cause.errors(include_url=False, include_input=False)
        unknown = next((str(one["loc"][-1]) for one in problems if one["type"] == "extra_forbidden"), None)
        if unknown is not None:  # a misspelt key is behind a missing one as well
            where = f"{path}, line {_line(path, unknown)}"
            raise UsageError(f"{where}: there is no key {unknown!r} here.", _hint(unknown, _KEYS)) from error
        raise UsageError(error.message, "See docs/checklists.md.") from error


def _refuse_unknown(
    path: Path, checklist: Checklist, moves: Collection[str], phrases: Collection[str]
) -> None:
    """Refuse names of moves, measures and phrases that there are not: they would never be found."""
    for check in checklist.checks():
        steps = [step.move or () for step in check.order or ()]
        groups = (check.move or (), check.no_move or (), check.distinct_moves or (), check.other_than, *steps)
        used = [name for names in groups for name in names]
        measure = [check.measure] if check.measure else []
        for what, names, known in (
            ("move", used, moves),
            ("measure", measure, MEASURES),
            ("phrase", check.mentions, phrases),
        ):
            for name in names:
                if name not in known:
                    line = _line(path, name)
                    raise UsageError(
                        f"{path}, line {line}: there is no {what} {name!r}.", _hint(name, sorted(known))
                    )


def _line(path: Path, word: str) -> int:
    """Return the first line on which a name stands; 1-based."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((k for k, line in enumerate(lines, 1) if whole.search(line.partition("#")[0])), 1)


def _hint(name: str, known: Sequence[str]) -> str:
    listed = f"Known: {', '.join(known)}." if len(known) <= 45 else "See docs/checklists.md."
    return did_you_mean(name, known, 1) or listed
