"""The moves of a call: patterns and classifiers on every sentence, then what the rest of the call says."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.moves.config import Mode
from pipeline.moves.evidence import Evidence, gather
from pipeline.moves.place import parts_of_call
from pipeline.moves.rules import compiled, written
from pipeline.moves.sentences import split_turns
from pipeline.timeline import Move, Note, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.moves.classifier import Limits
    from pipeline.moves.config import MovesConfig, MoveSpec
    from pipeline.moves.embedding import Embedder
    from pipeline.moves.sentences import Sentence
    from pipeline.timeline import Turn
    from pipeline.timeline.move import State

NO_MOVES = "no_moves"
SURE_FROM = 0.6  # a move below this confidence decides nothing
_RULE_SCORE = 0.8  # of a pattern's hit where the mode needs no classifier
_RULE_ALONE_SCORE = 0.62  # of a hit where the mode wants a classifier and there is none
_BOTH_WITHOUT = 0.5
_SURE_LIMIT, _UNSURE_TOP = 0.99, 0.58
_AROUND = "judged with the sentences around"


@dataclass(frozen=True, slots=True)
class CallContext:
    """What is known beside the turns.

    Parameters
    ----------
    duration_s : float or None
        Of the recording; ``None``: the end of the last turn.
    customer_names : tuple of str
        From the manifest.
    whole : bool
        Whether the turns are a whole call. ``False``: single utterances, place and order tell nothing.
    cache : Path or None
        Folder in which fitted classifiers are kept; ``None``: each process fits them again.
    """

    duration_s: float | None = None
    customer_names: tuple[str, ...] = ()
    whole: bool = True
    cache: Path | None = None


@dataclass(slots=True)
class _Draft:
    """A move while it is being decided: the score's distance above the threshold, in log-odds."""

    spec: MoveSpec
    sentence: Sentence
    confidence: float
    state: State
    why: list[str] = field(default_factory=list)

    def unsure(self, why: str) -> None:
        self.state = "unsure"
        self.confidence = min(self.confidence, _UNSURE_TOP)
        self.why.append(why)


def find_moves(
    turns: Sequence[Turn], config: MovesConfig, embedder: Embedder | None, context: CallContext
) -> dict[int, tuple[Move, ...]]:
    """Say what each turn does.

    Parameters
    ----------
    turns : sequence of Turn
        In order of time. Backchannels and other voices do nothing.
    config : MovesConfig
    embedder : Embedder or None
        Without it the patterns alone decide, at lower confidence; see `notes`.
    context : CallContext

    Returns
    -------
    dict of turn number (`Turn.i`) to tuple of Move
        In order of time, then by name; turns that do nothing are left out. A sentence may do several moves.
    """
    sentences = split_turns(turns)
    if not sentences or not config.moves:
        return {}
    evidence = gather(sentences, config, embedder, context)
    drafts = [_decide_sentence(row, config, evidence) for row in range(len(sentences))]
    _place(drafts, sentences, context, config)
    for per_sentence in drafts:
        _settle(per_sentence)
    found: dict[int, list[Move]] = {}
    for sentence, per_sentence in zip(sentences, drafts, strict=True):
        moves = [_finished(draft) for _, draft in sorted(per_sentence.items())]
        found.setdefault(turns[sentence.turn].i, []).extend(moves)
    return {i: tuple(moves) for i, moves in found.items() if moves}


def notes(config: MovesConfig, embedder: Embedder | None) -> tuple[Note, ...]:
    """Return what a report must say about how the moves were found."""
    if not config.moves:
        if not config.language:
            return (Note(NO_MOVES, "No word was recognised, so nothing is known of what was said."),)
        return (Note(NO_MOVES, f"No moves are defined for the language {config.language!r}."),)
    if embedder is None:
        message = (
            "Moves were found by written patterns alone, as the sentence model is missing "
            "(hearout models pull minilm): more are missed, and negative ones stay unsure."
        )
        return (Note("moves_by_rules_only", message),)
    return ()


def _decide_sentence(row: int, config: MovesConfig, evidence: Evidence) -> dict[str, _Draft]:
    sentence = evidence.sentences[row]
    found = {}
    for column, spec in enumerate(config.of(sentence.role)):
        hit = evidence.hits[row][column]
        log_odds = evidence.log_odds[row][column] if evidence.log_odds is not None else None
        limits = evidence.limits[sentence.role][column] if evidence.limits is not None else None
        decided = _decide(spec, hit, log_odds, limits)
        if decided is not None:
            state, confidence, why = decided
            around = [_AROUND] if spec.context.window > 1 and evidence.whole and log_odds is not None else []
            found[spec.id] = _Draft(spec, sentence, confidence, state, [why, *around])
    return found


def _decide(
    spec: MoveSpec, hit: bool, log_odds: float | None, limits: Limits | None
) -> tuple[State, float, str] | None:
    """Decide one move of one sentence by the move's mode; ``None``: it is not done."""
    if spec.mode is Mode.RULES:
        return ("yes", _RULE_SCORE, "pattern") if hit else None
    if log_odds is None or limits is None:
        why = "pattern alone, no sentence model"
        alone: tuple[State, float, str] = ("yes", _RULE_ALONE_SCORE, why)
        return (("unsure", _BOTH_WITHOUT, why) if spec.mode is Mode.BOTH else alone) if hit else None
    return _decide_together(spec, hit, log_odds, limits)


def _decide_together(
    spec: MoveSpec, hit: bool, log_odds: float, limits: Limits
) -> tuple[State, float, str] | None:
    """Let pattern and classifier decide by the move's mode."""
    from pipeline.moves.classifier import RULE_WEIGHT

    score = _logistic(log_odds + (RULE_WEIGHT if hit and spec.mode is Mode.HYBRID else 0.0))
    confidence = _confidence(score, limits.yes)
    why = f"{'pattern and ' if hit else ''}classifier {score:.2f} (yes from {limits.yes:.2f})"
    unsure = min(confidence, _UNSURE_TOP)
    if spec.mode is Mode.BOTH:
        if hit and score >= limits.unsure:
            return "yes", max(confidence, SURE_FROM), why
        if hit or score >= limits.yes:
            return "unsure", max(unsure, 0.3), f"{why}, the other disagrees"
    elif spec.mode is Mode.UNION and hit:
        return "yes", max(confidence, _RULE_SCORE), why
    elif score >= limits.unsure:
        return ("yes", confidence, why) if score >= limits.yes else ("unsure", unsure, why)
    return None


def _place(
    drafts: Sequence[dict[str, _Draft]],
    sentences: Sequence[Sentence],
    context: CallContext,
    config: MovesConfig,
) -> None:
    """Apply what the rest of the call says: where it stands, and what came before."""
    if not context.whole:
        return
    parts = parts_of_call(sentences, context.duration_s)
    done: set[str] = set()
    recent: list[tuple[int, Role, set[str]]] = []  # moves by turn, for what is continued
    for row, (sentence, per_sentence) in enumerate(zip(sentences, drafts, strict=True)):
        for draft in per_sentence.values():
            wanted = draft.spec.context
            if wanted.place is not None and wanted.place not in parts[row]:
                draft.unsure(f"not in the {wanted.place} part of the call")
            if wanted.after and not done.intersection(wanted.after):
                draft.unsure(f"none of {', '.join(wanted.after)} before")
        _continue(per_sentence, sentence, recent, config)
        names = {name for name, draft in per_sentence.items() if draft.state == "yes"}
        done |= names
        recent.append((sentence.turn, sentence.role, names))


def _continue(
    per_sentence: dict[str, _Draft],
    sentence: Sentence,
    recent: Sequence[tuple[int, Role, set[str]]],
    config: MovesConfig,
) -> None:
    """Find moves spread over several turns: "there's the nine forty …" – "then there's the eight ten"."""
    for spec in config.of(sentence.role):
        pattern = compiled(spec.context.continuation)
        if pattern is None or (spec.id in per_sentence and per_sentence[spec.id].state == "yes"):
            continue
        if not pattern.search(written(sentence.text)):
            continue
        own_turns = sorted({turn for turn, role, _ in recent if role is sentence.role} | {sentence.turn})
        since = own_turns[-spec.context.turns :][0]
        before = {n for turn, role, names in recent if role is sentence.role and turn >= since for n in names}
        if before.intersection(spec.context.continues):
            why = ["pattern, going on from a turn before"]
            per_sentence[spec.id] = _Draft(spec, sentence, max(SURE_FROM, 0.65), "yes", why)


def _settle(per_sentence: dict[str, _Draft]) -> None:
    """Within one sentence, drop what yields to another."""
    certain = {name for name, draft in per_sentence.items() if draft.state == "yes"}
    for name, draft in list(per_sentence.items()):
        if certain.intersection(draft.spec.yields_to):
            del per_sentence[name]


def _finished(draft: _Draft) -> Move:
    return Move(
        draft.spec.id,
        draft.sentence.role,
        round(draft.confidence, 3),
        draft.sentence.span,
        draft.sentence.text,
        draft.state,
        "; ".join(draft.why),
    )


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, x))))


def _confidence(score: float, yes: float) -> float:
    """Map a score so that the threshold comes out as 0.6."""

    def log_odds(p: float) -> float:
        p = min(max(p, 1e-6), 1 - 1e-6)
        return math.log(p / (1 - p))

    return min(_SURE_LIMIT, _logistic(log_odds(score) - log_odds(yes) + log_odds(SURE_FROM)) + 1e-9)
