"""Moves that go on over several sentences: what the sentences beside one say of it.

A complaint is a story, and half of its sentences complain of nothing by themselves. A party's sentences are a
chain of two states, doing the move or not, in which neighbours mostly share their state; the sum-product
algorithm on it (Pearl, Probabilistic Reasoning in Intelligent Systems, 1988) gives what all say together.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.moves.sentences import Sentence

REPLY_DOUBT = 1.2  # log-odds taken from a sentence that replies
_BESIDE_WORDS = 4  # so few words of the other party are a sign of listening
_TRUST = 0.5  # of a sentence's own log-odds towards its neighbours: they come from single exemplars
_MOST = 4.0  # log-odds; no sentence counts for more than this
_BACKWARDS = 0.6  # of what is told to the sentence before: a story has a beginning


@dataclass(frozen=True, slots=True)
class Link:
    """How a sentence hangs on the one before it of the same party.

    Parameters
    ----------
    goes_on : float
        Probability that the one does the move if the other does.
    stays_out : float
        Probability that the one does not if the other does not.
    """

    goes_on: float
    stays_out: float


_SAME_TURN = Link(0.92, 0.7)
_NEXT_TURN = Link(0.7, 0.55)
_AFRESH = Link(0.5, 0.5)


def links(sentences: Sequence[Sentence], rows: Sequence[int], replies: frozenset[int]) -> list[Link]:
    """Say how each of a party's sentences hangs on its last one.

    Parameters
    ----------
    sentences : sequence of Sentence
        Of both parties, in order.
    rows : sequence of int
        Those of the party.
    replies : frozenset of int
        Rows that answer what the other party said: they start afresh.

    Returns
    -------
    list of Link
        One fewer than `rows`.
    """
    found = []
    for before, after in itertools.pairwise(rows):
        if after in replies:
            found.append(_AFRESH)
        elif sentences[before].turn == sentences[after].turn:
            found.append(_SAME_TURN)
        else:
            between = sum(len(sentence.text.split()) for sentence in sentences[before + 1 : after])
            found.append(_SAME_TURN if between <= _BESIDE_WORDS else _NEXT_TURN)
    return found


def told_by_neighbours(own: Sequence[float], chain: Sequence[Link]) -> list[float]:
    """Return what each sentence hears from both sides, in log-odds to be added to its own.

    Parameters
    ----------
    own : sequence of float
        Log-odds of each sentence by itself, 0 at the move's threshold.
    chain : sequence of Link
        One fewer than `own`.
    """
    evidence = [max(-_MOST, min(_MOST, value)) * _TRUST for value in own]
    heard = [0.0] * len(own)
    message = 0.0
    for place, link in enumerate(chain):
        message = _passed_on(evidence[place] + message, link)
        heard[place + 1] += message
    message = 0.0
    for place in range(len(chain), 0, -1):
        message = _passed_on(evidence[place] + message, chain[place - 1]) * _BACKWARDS
        heard[place - 1] += message
    return heard


def _passed_on(log_odds: float, link: Link) -> float:
    """Return what a sentence with these log-odds says of its neighbour, in log-odds."""
    odds = math.exp(log_odds)
    does = link.goes_on * odds + 1 - link.stays_out
    does_not = (1 - link.goes_on) * odds + link.stays_out
    return math.log(does / does_not)
