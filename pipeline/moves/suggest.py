"""Which utterances are worth a label: those nearest to a threshold."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import InputError, UsageError
from pipeline.moves.find import SURE_FROM
from pipeline.moves.labelled import LabelledCall, Utterance, make_turn, read_labelled
from pipeline.moves.scoring import found_in
from pipeline.timeline import Move, Role, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.moves.config import MovesConfig
    from pipeline.moves.embedding import Embedder

RESULT = "analysis.json"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One sentence that a person should label.

    Parameters
    ----------
    where : str
        Call and turn.
    speaker : Role
    move : Move
        The move that is nearest to its threshold.
    others : tuple of str
        Moves that the same sentence surely does.
    """

    where: str
    speaker: Role
    move: Move
    others: tuple[str, ...]

    @property
    def distance(self) -> float:
        """How far from the threshold, in confidence."""
        return abs(self.move.confidence - SURE_FROM)

    def to_dict(self) -> dict[str, object]:
        """Return a line for a label file: a person corrects `labels` and drops the rest."""
        sure = [self.move.name] if self.move.state == "yes" else []
        return {
            "text": self.move.text,
            "speaker": self.speaker.value,
            "labels": sorted({*self.others, *sure}),
            "asked": self.move.name,
            "confidence": self.move.confidence,
            "why": self.move.why,
            "where": self.where,
        }


def read_calls(folder: Path) -> list[LabelledCall]:
    """Read results (``<call-id>/analysis.json``) or label files below a folder.

    Raises
    ------
    UsageError
        If there are neither.
    InputError
        If a result can't be read.
    """
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.")
    results = sorted(folder.rglob(RESULT))
    if not results:
        if any(folder.rglob("*.truth.json")):
            return read_labelled(folder)
        raise UsageError(
            f"{folder} holds neither results ({RESULT}) nor label files.",
            "Make results with: hearout analyze AUDIO --out DIR",
        )
    return [_read_result(path) for path in results]


def _read_result(path: Path) -> LabelledCall:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        name = str(data["call"]["id"])
        utterances = tuple(
            Utterance(
                make_turn(row["i"], Role(row["role"]), row["text"], Span(row["start_s"], row["end_s"])),
                frozenset(),
                f"{name} turn {row['i']}",
            )
            for row in data["turns"]
            if row["kind"] == "turn" and row["text"].split()
        )
        duration_s = float(data["call"]["duration_s"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} is not a result of hearout.", "Make it again with hearout analyze."
        ) from error
    return LabelledCall(utterances, whole=True, duration_s=duration_s)


def suggest(
    calls: Sequence[LabelledCall],
    config: MovesConfig,
    embedder: Embedder | None,
    cache: Path | None = None,
) -> list[Suggestion]:
    """Return one suggestion a sentence, nearest to a threshold first."""
    nearest: dict[str, Suggestion] = {}
    for call in calls:
        for utterance, moves in found_in(call, config, embedder, cache):
            for move in moves:
                others = tuple(
                    m.name for m in moves if m.span == move.span and m.state == "yes" and m.name != move.name
                )
                new = Suggestion(utterance.where, utterance.turn.role, move, others)
                old = nearest.get(move.text)
                if old is None or new.distance < old.distance:
                    nearest[move.text] = new
    return sorted(nearest.values(), key=lambda s: (s.distance, s.where, s.move.text))
