"""The moves' definitions: one YAML file a move, the user's folders laid over the shipped ones."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pipeline.configs import configs_dir, load_yaml
from pipeline.errors import UsageError
from pipeline.moves.labelled import read_utterances
from pipeline.moves.rules import Patterns, compiled
from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

MIN_EXEMPLARS = 25
MIN_COUNTER_EXEMPLARS = 8
_NEUTRAL = "neutral"
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Mode(StrEnum):
    """How a move's written patterns and its classifier decide together."""

    RULES = "rules"  # patterns alone
    UNION = "union"  # either
    HYBRID = "hybrid"  # a pattern's hit raises the classifier's score
    BOTH = "both"  # both must agree; one alone is unsure


def _pattern(text: str) -> str:
    try:
        re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from error
    return text


_Pattern = Annotated[str, AfterValidator(_pattern)]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_Sentence = Annotated[str, Field(min_length=1, max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelledExemplar(_Strict):
    """An exemplar that does other moves as well."""

    text: _Sentence
    also: tuple[_Name, ...] = ()


class ThresholdsPart(_Strict):
    """Scores from which a move is `yes` or `unsure`; `learned`: from the exemplars, out of fold."""

    yes: Annotated[float, Field(gt=0, lt=1)] | Literal["learned"] = "learned"
    unsure: Annotated[float, Field(gt=0, lt=1)] | Literal["learned"] = "learned"

    @model_validator(mode="after")
    def _in_order(self) -> ThresholdsPart:
        if isinstance(self.yes, float) and isinstance(self.unsure, float) and self.unsure > self.yes:
            raise ValueError("unsure lies at or below yes")
        return self


class ContextPart(_Strict):
    """What else in the call speaks for or against the move.

    ``place``: elsewhere than in the opening or the end part it is unsure at most. ``after``: so too before
    any of these moves. ``sentences``: 2, where a sentence and the next of the turn may do it together.
    ``window``: so many of the speaker's turns are judged with it. ``continues`` and ``continuation``: it is
    also done by a sentence with one of these patterns, if one of these moves was done in one of the
    speaker's last ``turns`` turns. ``replies_to`` and ``reply_patterns``: a sentence with one of these
    patterns at the start of a turn counts as a hit, if the other's turn before did one of these moves.
    ``doubt_after``: the first sentence of a turn is doubted, if the other's turn before did one of these.
    """

    place: Literal["opening", "end"] | None = None
    after: tuple[_Name, ...] = ()
    sentences: Annotated[int, Field(ge=1, le=2)] = 1
    window: Annotated[int, Field(ge=1, le=9)] = 1
    turns: Annotated[int, Field(ge=1, le=5)] = 1
    continues: tuple[_Name, ...] = ()
    continuation: tuple[_Pattern, ...] = ()
    replies_to: tuple[_Name, ...] = ()
    reply_patterns: tuple[_Pattern, ...] = ()
    doubt_after: tuple[_Name, ...] = ()


class MoveFile(_Strict):
    """The form of a move's file."""

    id: _Name
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    speaker: Literal["agent", "customer"]
    definition: Annotated[str, Field(min_length=1)]
    extends: bool = False  # adds to the move of the same id below instead of replacing it
    negative: bool = False
    mode: Mode = Mode.HYBRID
    thresholds: ThresholdsPart = Field(default_factory=ThresholdsPart)
    yields_to: tuple[_Name, ...] = ()  # where one of these is done by the same sentence, this is not
    overlaps: tuple[_Name, ...] = ()  # its exemplars may well do these too
    names: bool = False  # also where the customer's known name is said
    context: ContextPart = Field(default_factory=ContextPart)
    patterns: tuple[_Pattern, ...] = ()
    not_patterns: tuple[_Pattern, ...] = ()
    exemplars: tuple[_Sentence | LabelledExemplar, ...] = ()
    counter_exemplars: tuple[_Sentence, ...] = ()

    @model_validator(mode="after")
    def _enough(self) -> MoveFile:
        if self.mode is Mode.RULES and not self.patterns and not self.extends:
            raise ValueError("mode rules needs patterns")
        if self.mode is not Mode.RULES and not self.extends:
            for name, given, least in (
                ("exemplars", len(self.exemplars), MIN_EXEMPLARS),
                ("counter_exemplars", len(self.counter_exemplars), MIN_COUNTER_EXEMPLARS),
            ):
                if given < least:
                    raise ValueError(
                        f"mode {self.mode} learns from at least {least} {name}, here are {given}; "
                        "write more, or use mode rules"
                    )
        return self


class NeutralFile(_Strict):
    """Sentences that are none of the moves."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    agent: tuple[_Sentence, ...] = ()
    customer: tuple[_Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """A sentence of real talk with all that it does: a "no" for every move that it does not name."""

    speaker: Role
    text: str
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A sentence and the moves that it does; moves of `unknown` are neither claimed nor denied."""

    text: str
    labels: frozenset[str]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MoveSpec:
    """One move, ready to use; the fields are the file's."""

    id: str
    speaker: Role
    definition: str
    negative: bool
    mode: Mode
    yes: float | None
    unsure: float | None
    yields_to: tuple[str, ...]
    overlaps: tuple[str, ...]
    names: bool
    context: ContextPart
    patterns: tuple[str, ...]
    not_patterns: tuple[str, ...]
    exemplars: tuple[LabelledExemplar, ...]
    counter_exemplars: tuple[str, ...]
    source: str

    @cached_property
    def rules(self) -> Patterns:
        """The written patterns, compiled."""
        return Patterns(compiled(self.patterns), compiled(self.not_patterns))


@dataclass(frozen=True)
class MovesConfig:
    """All moves of one language.

    Parameters
    ----------
    language : str
    moves : tuple of MoveSpec
        Sorted by id; ids are unique.
    neutral : tuple of (Role, sentences)
        What is none of them.
    talk : tuple of LabelledSentence
        Sentences as they come in calls, fully labelled.
    """

    language: str
    moves: tuple[MoveSpec, ...]
    neutral: tuple[tuple[Role, tuple[str, ...]], ...] = ()
    talk: tuple[LabelledSentence, ...] = ()

    @cached_property
    def by_id(self) -> dict[str, MoveSpec]:
        """The moves by name."""
        return {move.id: move for move in self.moves}

    def of(self, speaker: Role) -> tuple[MoveSpec, ...]:
        """Return the moves of one party."""
        return tuple(move for move in self.moves if move.speaker is speaker)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that shapes a decision; where the files lie does not matter."""
        talk = [(one.speaker, one.text, sorted(one.labels)) for one in self.talk]
        plain = {"language": self.language, "neutral": self.neutral, "talk": talk}
        rows = [{key: value for key, value in asdict(move).items() if key != "source"} for move in self.moves]
        for row in rows:
            row["exemplars"] = [(entry.text, entry.also) for entry in row["exemplars"]]
            row["context"] = row["context"].model_dump()
        return hashlib.sha256(json.dumps({**plain, "moves": rows}, sort_keys=True).encode()).hexdigest()

    def training(self, speaker: Role) -> tuple[Exemplar, ...]:
        """Return one party's exemplars with what each of them says about every move.

        A move's exemplar is a "no" for the party's other moves but those named in its `also` (a "yes") and
        those in the move's `overlaps` (unknown). A counter-exemplar is a "no" for its own move only. A
        sentence of labelled talk says yes or no of every move.
        """
        moves = self.of(speaker)
        ids = frozenset(move.id for move in moves)
        rows: dict[str, Exemplar] = {}
        for move in moves:
            for entry in move.exemplars:
                labels = frozenset({move.id, *entry.also}) & ids
                _merge(rows, Exemplar(entry.text, labels, (frozenset(move.overlaps) & ids) - labels))
        for move in moves:
            for text in move.counter_exemplars:
                _merge(rows, Exemplar(text, frozenset(), ids - {move.id}))
        for party, texts in self.neutral:
            for text in texts if party is speaker else ():
                _merge(rows, Exemplar(text, frozenset(), frozenset()))
        for said in self.talk:
            if said.speaker is speaker:
                _merge(rows, Exemplar(said.text, said.labels & ids, frozenset()))
        return tuple(rows.values())


def _merge(rows: dict[str, Exemplar], new: Exemplar) -> None:
    old = rows.get(new.text)
    if old is not None:
        labels = old.labels | new.labels
        new = Exemplar(new.text, labels, (old.unknown & new.unknown) - labels)
    rows[new.text] = new


def load_moves(language: str = "en", folders: Sequence[Path] = (), *, shipped: bool = True) -> MovesConfig:
    """Read the shipped moves of a language with the user's folders laid over them.

    Parameters
    ----------
    language : str
        As the recogniser gives it. Files of other languages are checked and left out.
    folders : sequence of Path
        Later ones win. A file with a known id replaces that move, or adds to it with ``extends: true``.
    shipped : bool
        Whether to start from the shipped ones.

    Returns
    -------
    MovesConfig
        Without moves where there is no file of that language.

    Raises
    ------
    UsageError
        Naming file, line and key.
    """
    read: dict[str, tuple[Path, MoveFile]] = {}
    neutral: dict[Role, tuple[str, ...]] = {}
    talk: list[tuple[Path, LabelledSentence]] = []
    for folder in [*([configs_dir() / "moves"] if shipped else []), *folders]:
        if not folder.is_dir():
            raise UsageError(f"There is no folder {folder} with moves.", "Name the folder of their files.")
        for path in sorted(folder.glob("*.yaml")):
            if path.stem.split(".")[0] == _NEUTRAL:
                background = load_yaml(path, NeutralFile)
                if background.language == language:
                    for role, texts in ((Role.AGENT, background.agent), (Role.CUSTOMER, background.customer)):
                        neutral[role] = (*neutral.get(role, ()), *texts)
                continue
            file = load_yaml(path, MoveFile)
            if file.language == language:
                read[file.id] = (path, _laid_over(path, file, read.get(file.id)))
        for path in sorted(folder.glob("*.jsonl")):
            if _language_of(path) == language:
                talk += [(path, said) for said in _labelled(path)]
    known = {name for name, _ in read.items()}
    for path, file in read.values():
        _refuse_unknown(path, file, known)
    for path, said in talk:
        _refuse_names(path, said.labels, known)
    specs = tuple(_spec(path, read[name][1]) for name in sorted(read) for path in [read[name][0]])
    return MovesConfig(language, specs, tuple(sorted(neutral.items())), tuple(said for _, said in talk))


def _language_of(path: Path) -> str:
    """Return the language that a file such as ``talk.de.jsonl`` names; English without one."""
    named = path.stem.rpartition(".")[2]
    return named if named != path.stem and _LANGUAGE.fullmatch(named) else "en"


def _labelled(path: Path) -> Iterable[LabelledSentence]:
    for utterance in read_utterances(path):
        yield LabelledSentence(utterance.turn.role, utterance.turn.text, utterance.labels)


def _laid_over(path: Path, file: MoveFile, below: tuple[Path, MoveFile] | None) -> MoveFile:
    if not file.extends:
        return file
    if below is None:
        raise UsageError(
            f"{path}: extends the move {file.id}, but there is none below it.", "Remove 'extends: true'."
        )
    base = below[1]
    given: dict[str, Any] = {name: getattr(file, name) for name in file.model_fields_set - {"extends"}}
    for name in ("patterns", "not_patterns", "exemplars", "counter_exemplars", "overlaps"):
        given[name] = (*getattr(base, name), *getattr(file, name))
    return base.model_copy(update=given)


def _refuse_unknown(path: Path, file: MoveFile, known: Iterable[str]) -> None:
    context = file.context
    names = {*file.overlaps, *file.yields_to}
    names |= {*context.after, *context.continues, *context.replies_to, *context.doubt_after}
    names |= {other for e in file.exemplars if isinstance(e, LabelledExemplar) for other in e.also}
    _refuse_names(path, names, known)


def _refuse_names(path: Path, names: Iterable[str], known: Iterable[str]) -> None:
    for name in sorted(set(names) - set(known)):
        raise UsageError(
            f"{path}: names the move {name}, which does not exist.", f"Known: {', '.join(sorted(known))}."
        )


def _spec(path: Path, file: MoveFile) -> MoveSpec:
    limits = file.thresholds
    return MoveSpec(
        id=file.id,
        speaker=Role(file.speaker),
        definition=" ".join(file.definition.split()),
        negative=file.negative,
        mode=file.mode,
        yes=None if limits.yes == "learned" else limits.yes,
        unsure=None if limits.unsure == "learned" else limits.unsure,
        yields_to=file.yields_to,
        overlaps=file.overlaps,
        names=file.names,
        context=file.context,
        patterns=file.patterns,
        not_patterns=file.not_patterns,
        exemplars=tuple(
            e if isinstance(e, LabelledExemplar) else LabelledExemplar(text=e) for e in file.exemplars
        ),
        counter_exemplars=file.counter_exemplars,
        source=path.name,
    )
