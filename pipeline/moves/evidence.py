"""What speaks for each move in each sentence: hits of patterns, log-odds of classifiers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.moves.config import Mode
from pipeline.moves.names import name_words, said_names, says_name
from pipeline.moves.rules import compiled, written
from pipeline.moves.stretches import REPLY_DOUBT, links, told_by_neighbours
from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.moves.classifier import Fitted, Limits
    from pipeline.moves.config import MovesConfig, MoveSpec
    from pipeline.moves.embedding import Embedder
    from pipeline.moves.find import CallContext
    from pipeline.moves.sentences import Sentence

_PARTIES = (Role.AGENT, Role.CUSTOMER)
_TURN_WORDS = 45  # a longer turn is about too many things to be judged as one
_TURN_LIFT = 1.0  # log-odds that the turn as a whole may add to its best sentence
_WINDOW_SHARE = 0.3  # weight of the window, where a move is judged over one
_SHORT_WORDS, _SHORT_DOUBT = 3, 0.7  # so few words, often cut off, say little: log-odds taken away
_REPLY_LIFT = 1.0  # log-odds for a decline that follows a request


@dataclass(slots=True)
class Evidence:
    """Hits and log-odds, one row a sentence, one column a move of its speaker.

    Parameters
    ----------
    sentences : sequence of Sentence
    hits : list of list of bool
    log_odds : list of list of float, or None
        ``None`` without a sentence model.
    limits : mapping of Role to the limits of its moves, or None
    whole : bool
        Whether the sentences around were asked.
    """

    sentences: Sequence[Sentence]
    hits: list[list[bool]]
    log_odds: list[list[float]] | None
    limits: dict[Role, tuple[Limits, ...]] | None
    whole: bool = True


def gather(
    sentences: Sequence[Sentence], config: MovesConfig, embedder: Embedder | None, context: CallContext
) -> Evidence:
    """Collect the evidence for all sentences of a call."""
    specs = {role: config.of(role) for role in _PARTIES}
    names = name_words(context.customer_names) | said_names(sentences, Role.CUSTOMER)
    names -= said_names(sentences, Role.AGENT)
    hits = []
    for sentence in sentences:
        text = written(sentence.text)
        known = bool(names) and sentence.role is Role.AGENT and says_name(text, names)
        hits.append([s.rules.hit(text) or (s.names and known) for s in specs[sentence.role]])
    evidence = Evidence(sentences, hits, None, None, context.whole)
    if embedder is not None:
        from pipeline.moves.classifier import fitted

        models = fitted(config, embedder, context.cache)
        evidence.log_odds = _log_odds(sentences, specs, models, embedder, whole=context.whole)
        evidence.limits = {role: models[role].limits for role in _PARTIES}
    _pairs(evidence, specs)
    if context.whole:
        _replies(evidence, specs)
        _stretches(evidence, specs)
    return evidence


def _log_odds(
    sentences: Sequence[Sentence],
    specs: dict[Role, tuple[MoveSpec, ...]],
    models: dict[Role, Fitted],
    embedder: Embedder,
    *,
    whole: bool,
) -> list[list[float]]:
    import numpy as np

    texts = list(dict.fromkeys(sentence.text for sentence in sentences))
    place = {text: k for k, text in enumerate(texts)}
    sums = embedder.embed(texts)[0][[place[sentence.text] for sentence in sentences]]
    scores: list[list[float]] = [[] for _ in sentences]
    for role in _PARTIES:
        rows = [k for k, sentence in enumerate(sentences) if sentence.role is role]
        if not rows or not specs[role]:
            continue
        party = _Party([sentences[k] for k in rows], sums[rows], models[role])
        log_odds = party.own()
        party.lift_turns(log_odds)
        if whole:
            party.blend_windows(log_odds, specs[role])
        for k, sentence, row in zip(rows, party.sentences, log_odds, strict=True):
            doubt = _SHORT_DOUBT if len(sentence.text.split()) <= _SHORT_WORDS else 0.0
            scores[k] = (np.asarray(row, dtype=float) - doubt).tolist()
    return scores


@dataclass(frozen=True, slots=True)
class _Party:
    """One party's sentences, the sums of their token vectors, and its classifiers."""

    sentences: Sequence[Sentence]
    sums: NDArray[np.float32]
    model: Fitted

    def own(self) -> NDArray[np.float32]:
        """Log-odds of each sentence by itself."""
        return self._joined([[row] for row in range(len(self.sentences))])

    def _joined(self, groups: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Log-odds of groups of sentences, each taken as one text; sums of vectors need no new embedding."""
        import numpy as np

        from pipeline.moves.classifier import unit_vectors

        vectors = unit_vectors(np.stack([self.sums[list(group)].sum(axis=0) for group in groups]))
        texts = [" ".join(self.sentences[row].text for row in group) for group in groups]
        return self.model.log_odds(vectors, texts)

    def _turns(self) -> list[list[int]]:
        turns: dict[int, list[int]] = {}
        for row, sentence in enumerate(self.sentences):
            turns.setdefault(sentence.turn, []).append(row)
        return list(turns.values())

    def lift_turns(self, log_odds: NDArray[np.float32]) -> None:
        """Let a short turn as a whole speak for its best sentence."""
        import numpy as np

        several = [
            rows
            for rows in self._turns()
            if len(rows) > 1 and sum(len(self.sentences[r].text.split()) for r in rows) <= _TURN_WORDS
        ]
        if not several:
            return
        for rows, scores in zip(several, self._joined(several), strict=True):
            best = np.asarray(rows)[log_odds[rows].argmax(axis=0)]
            columns = np.arange(len(scores))
            log_odds[best, columns] += np.clip(scores - log_odds[best, columns], 0.0, _TURN_LIFT)

    def blend_windows(self, log_odds: NDArray[np.float32], specs: Sequence[MoveSpec]) -> None:
        """Judge some moves with the speaker's turns around: a complaint is rarely one sentence."""
        turns = self._turns()
        for width in {spec.context.window for spec in specs} - {1}:
            half = width // 2
            columns = [k for k, spec in enumerate(specs) if spec.context.window == width]
            around = [
                [row for rows in turns[max(0, k - half) : k + half + 1] for row in rows]
                for k in range(len(turns))
            ]
            for rows, scores in zip(turns, self._joined(around), strict=True):
                for row in rows:
                    own = log_odds[row, columns]
                    log_odds[row, columns] = (1 - _WINDOW_SHARE) * own + _WINDOW_SHARE * scores[columns]


def _pairs(evidence: Evidence, specs: dict[Role, tuple[MoveSpec, ...]]) -> None:
    """Match patterns over a sentence and the next: "I'm sorry. We missed both visits."."""
    rows = zip(evidence.sentences, evidence.sentences[1:], strict=False)
    for row, (sentence, following) in enumerate(rows):
        if sentence.turn != following.turn:
            continue
        both = None
        for column, spec in enumerate(specs[sentence.role]):
            if spec.context.sentences < 2 or evidence.hits[row][column] or evidence.hits[row + 1][column]:
                continue
            both = both or written(f"{sentence.text} {following.text}")
            evidence.hits[row][column] = spec.rules.hit(both)


def _replies(evidence: Evidence, specs: dict[Role, tuple[MoveSpec, ...]]) -> None:
    """Take a decline that follows a request for what it is."""
    asked: dict[Role, set[str]] = {role: set() for role in _PARTIES}  # what each party's last sentence did
    for row, sentence in enumerate(evidence.sentences):
        role = sentence.role
        if sentence.first:
            for column, spec in enumerate(specs[role]):
                pattern = compiled(spec.context.reply_patterns)
                wanted = asked[role.opposite].intersection(spec.context.replies_to)
                text = written(sentence.text)
                if (
                    pattern is not None
                    and wanted
                    and pattern.search(text)
                    and not spec.rules.unwanted_in(text)
                ):
                    evidence.hits[row][column] = True
                    if evidence.log_odds is not None:
                        evidence.log_odds[row][column] += _REPLY_LIFT
        asked[role] = {spec.id for k, spec in enumerate(specs[role]) if evidence.hits[row][k]}


def _stretches(evidence: Evidence, specs: dict[Role, tuple[MoveSpec, ...]]) -> None:
    """Doubt what only replies, and let sentences hear their neighbours, where a move goes on over several."""
    if evidence.log_odds is None or evidence.limits is None:
        return
    log_odds, sentences = evidence.log_odds, evidence.sentences
    done = [
        frozenset(s.id for k, s in enumerate(specs[sentence.role]) if _above(evidence, row, k, s) >= 0)
        for row, sentence in enumerate(sentences)
    ]
    for role in _PARTIES:
        rows = [row for row, sentence in enumerate(sentences) if sentence.role is role]
        answered = _answered(sentences, rows, done)
        for column, spec in enumerate(specs[role]):
            replies = frozenset(
                row for row, before in answered.items() if before.intersection(spec.context.doubt_after)
            )
            for row in replies:
                log_odds[row][column] -= REPLY_DOUBT
            if spec.context.window > 1:
                own = [_above(evidence, row, column, spec) for row in rows]
                told = told_by_neighbours(own, links(sentences, rows, replies))
                for row, more in zip(rows, told, strict=True):
                    log_odds[row][column] += more


def _answered(
    sentences: Sequence[Sentence], rows: Sequence[int], done: Sequence[frozenset[str]]
) -> dict[int, frozenset[str]]:
    """Return, for each row of a party that opens a turn, what the other party's last turn did."""
    found = {}
    for row in rows:
        if sentences[row].first:
            before = [k for k in range(row) if sentences[k].role is not sentences[row].role]
            last = [k for k in before if sentences[k].turn == sentences[before[-1]].turn]
            found[row] = frozenset[str]().union(*(done[k] for k in last))
    return found


def _above(evidence: Evidence, row: int, column: int, spec: MoveSpec) -> float:
    """Return the log-odds above the move's threshold, with the pattern's part."""
    from pipeline.moves.classifier import RULE_WEIGHT

    if evidence.log_odds is None or evidence.limits is None:
        return 0.0
    hit, limits = evidence.hits[row][column], evidence.limits[evidence.sentences[row].role][column]
    if spec.mode is Mode.RULES or (spec.mode is Mode.UNION and hit):
        return RULE_WEIGHT if hit else -RULE_WEIGHT
    wanted = limits.unsure if spec.mode is Mode.BOTH and hit else limits.yes
    raised = RULE_WEIGHT if spec.mode is Mode.HYBRID and hit else 0.0
    return evidence.log_odds[row][column] + raised - math.log(wanted / (1 - wanted))
