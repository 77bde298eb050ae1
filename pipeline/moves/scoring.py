"""How right the moves are, against labelled utterances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.moves.find import CallContext, find_moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pipeline.moves.config import MovesConfig
    from pipeline.moves.embedding import Embedder
    from pipeline.moves.labelled import LabelledCall, Utterance
    from pipeline.timeline import Move


@dataclass(frozen=True, slots=True)
class Counts:
    """Right, wrongly claimed and missed; an undefined ratio is ``None``.

    Parameters
    ----------
    right, wrong, missed : int
    """

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.right + other.right, self.wrong + other.wrong, self.missed + other.missed)

    @property
    def n(self) -> int:
        """Utterances that do the move, by their label."""
        return self.right + self.missed

    @property
    def precision(self) -> float | None:
        """Right / claimed."""
        return _ratio(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        """Right / labelled."""
        return _ratio(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """2 · right / (claimed + labelled); ``None`` where nothing is claimed and nothing labelled."""
        return _ratio(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def to_dict(self) -> dict[str, float | None]:
        """Return precision, recall and F1, rounded to four decimals."""
        values = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {name: None if value is None else round(value, 4) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Miss:
    """One utterance and move on which label and finding differ."""

    utterance: Utterance
    move: str
    kind: str  # "missed" or "wrong"
    found: Move | None  # what was found of it, perhaps as unsure


@dataclass(frozen=True, slots=True)
class MovesScore:
    """The outcome of a test.

    Parameters
    ----------
    moves : dict of str to Counts
        Sorted by name; those that are labelled or claimed anywhere.
    misses : tuple of Miss
    utterances : int
    unknown : frozenset of str
        Labels that are no move of the configuration; each counts as missed.
    """

    moves: dict[str, Counts]
    misses: tuple[Miss, ...]
    utterances: int
    unknown: frozenset[str]

    @property
    def micro(self) -> Counts:
        """All moves' counts summed."""
        return sum(self.moves.values(), Counts())

    def to_json(self) -> dict[str, Any]:
        """Return the public form of ``hearout moves test --json``."""
        rows = {name: {**counts.to_dict(), "n": counts.n} for name, counts in self.moves.items()}
        return {"micro": self.micro.to_dict(), "moves": rows}


def score_moves(
    calls: Iterable[LabelledCall], config: MovesConfig, embedder: Embedder | None, cache: Path | None = None
) -> MovesScore:
    """Find the moves of labelled utterances and compare; only what is found as `yes` is a claim."""
    counts: dict[str, Counts] = {}
    misses: list[Miss] = []
    total = 0
    labelled: set[str] = set()
    for call in calls:
        for utterance, moves in found_in(call, config, embedder, cache):
            total += 1
            labelled |= utterance.labels
            claimed = {move.name for move in moves if move.state == "yes"}
            best = {move.name: move for move in sorted(moves, key=lambda move: move.confidence)}
            for name in claimed | utterance.labels:
                right = name in claimed and name in utterance.labels
                wrong = name in claimed and not right
                counts[name] = counts.get(name, Counts()) + Counts(
                    int(right), int(wrong), int(not right and not wrong)
                )
                if not right:
                    misses.append(Miss(utterance, name, "wrong" if wrong else "missed", best.get(name)))
    unknown = frozenset(labelled - set(config.by_id))
    misses.sort(key=lambda miss: (miss.move, miss.kind))
    return MovesScore(dict(sorted(counts.items())), tuple(misses), total, unknown)


def found_in(
    call: LabelledCall, config: MovesConfig, embedder: Embedder | None, cache: Path | None
) -> list[tuple[Utterance, Sequence[Move]]]:
    """Return each utterance with the moves found in it."""
    context = CallContext(duration_s=call.duration_s, whole=call.whole, cache=cache)
    found = find_moves([utterance.turn for utterance in call.utterances], config, embedder, context)
    return [(utterance, found.get(utterance.turn.i, ())) for utterance in call.utterances]


def _ratio(part: int, whole: int) -> float | None:
    return None if whole == 0 else part / whole
