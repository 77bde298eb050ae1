"""Labelled utterances: JSONL of ``{text, speaker, labels}``, or label files of whole calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import UsageError
from pipeline.timeline import Ipu, Role, Span, Turn, TurnKind, Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_WORD_S, _GAP_S = 0.3, 0.05  # made-up times, where there are none


class _Utterance(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str = Field(min_length=1)
    speaker: Role
    labels: list[str] = Field(default_factory=list)


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    speaker: Role
    text: str
    start_s: float = Field(ge=0)
    end_s: float
    moves: list[str] = Field(default_factory=list)
    backchannel: bool = False


class _CallLabel(BaseModel):
    model_config = ConfigDict(extra="ignore")
    call_id: str
    duration_s: float | None = None
    lines: list[_Line]


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said and what it does, as a person labelled it.

    Parameters
    ----------
    turn : Turn
        Words at even distances, where the label has no times of its own.
    labels : frozenset of str
    where : str
        For people: file and line.
    """

    turn: Turn
    labels: frozenset[str]
    where: str


@dataclass(frozen=True, slots=True)
class LabelledCall:
    """Utterances that belong together; `whole` tells whether they are a call in order."""

    utterances: tuple[Utterance, ...]
    whole: bool
    duration_s: float | None = None


def make_turn(i: int, role: Role, text: str, span: Span | None = None) -> Turn:
    """Return a turn with the words of `text` spread evenly over `span`, or at 0.3 s a word from 0.

    Raises
    ------
    ValueError
        If the text holds no word.
    """
    parts = text.split()
    if not parts:
        raise ValueError("a turn has words")
    if span is None:
        span = Span(0.0, len(parts) * (_WORD_S + _GAP_S))
    step = span.duration_s / len(parts)
    words = tuple(
        Word(part, Span(span.start_s + k * step, span.start_s + (k + 0.9) * step), 1.0)
        for k, part in enumerate(parts)
    )
    return Turn(i, role, span, (Ipu(role, span, words),), TurnKind.TURN)


def read_labelled(path: Path) -> list[LabelledCall]:
    """Read a JSONL file of utterances, a label file ``*.truth.json``, or a folder of label files.

    Raises
    ------
    UsageError
        Naming file and line; never what was said.
    """
    if path.is_dir():
        files = sorted(path.rglob("*.truth.json"))
        if not files:
            raise UsageError(f"{path} holds no label files (*.truth.json).")
        return [call for file in files for call in read_labelled(file)]
    if path.name.endswith(".json"):
        return [_read_call(path, _text(path))]
    return [LabelledCall((utterance,), whole=False) for utterance in read_utterances(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read as text in UTF-8.") from error


def read_utterances(path: Path) -> Iterator[Utterance]:
    """Yield the utterances of a JSONL file of ``{text, speaker, labels}``, each standing alone.

    Raises
    ------
    UsageError
        Naming file and line; never what was said.
    """
    found = 0
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        where = f"{path.name}:{number}"
        try:
            row = _Utterance.model_validate(json.loads(line))
            turn = make_turn(0, row.speaker, row.text)
        except (json.JSONDecodeError, ValidationError, ValueError) as error:
            raise UsageError(
                f"{path}, line {number}: {_problem(error)}.",
                'Each line is {"text": "…", "speaker": "agent" or "customer", "labels": ["…"]}.',
            ) from error
        found += 1
        yield Utterance(turn, frozenset(row.labels), where)
    if not found:
        raise UsageError(f"{path} holds no labelled utterances.")


def _read_call(path: Path, text: str) -> LabelledCall:
    try:
        call = _CallLabel.model_validate(json.loads(text))
        rows: Sequence[_Line] = sorted(call.lines, key=lambda line: line.start_s)
        utterances = tuple(
            Utterance(
                make_turn(k, line.speaker, line.text, Span(line.start_s, line.end_s)),
                frozenset(line.moves),
                f"{path.name}:{k}",
            )
            for k, line in enumerate(rows)
            if not line.backchannel and line.text.split()
        )
    except (json.JSONDecodeError, ValidationError, ValueError) as error:
        raise UsageError(f"{path}: {_problem(error)}.", "See docs/contract.md for its form.") from error
    return LabelledCall(utterances, whole=True, duration_s=call.duration_s)


def _problem(error: Any) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}"
    if isinstance(error, json.JSONDecodeError):
        return f"is not valid JSON ({error.msg}, column {error.colno})"
    return str(error)
