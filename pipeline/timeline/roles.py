"""Which party is the agent: a scored decision with its reasons, from what was said and by whom first.

Pure: the phrases come from a language pack (see `RoleCues`), the words from the recogniser.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.timeline.spans import SpanSet
    from pipeline.timeline.words import Word


class Role(StrEnum):
    """Who somebody is in the call."""

    AGENT = "agent"
    CUSTOMER = "customer"
    OTHER = "other"

    __hash__ = str.__hash__  # as equality is; quicker than an enum's own

    @property
    def opposite(self) -> Role:
        """The other of agent and customer; `OTHER` has none and is returned as it is."""
        return _OPPOSITE[self]


_OPPOSITE = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT, Role.OTHER: Role.OTHER}


@dataclass(frozen=True, slots=True)
class RoleCues:
    """What tells an agent from a customer in one language (from a language pack).

    Parameters
    ----------
    agent_phrases, customer_phrases : mapping of str to tuple of str
        Kind of cue → regular expressions, matched without case on plain text (lower case, apostrophes
        kept, other punctuation removed). Kinds named ``greeting`` count near the party's opening only.
    """

    agent_phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    customer_phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """Which of the parties is the agent, and which the customer.

    Parameters
    ----------
    agent, customer : int
        Index of the party (channel or speaker number).
    confidence : float
        0.5 (a coin) to 1.0 (given by the user).
    why : tuple of str
        The reasons in plain words, strongest first; no transcript text beyond cue names.
    more_agents : tuple of int
        Parties who took the call over from the agent, or handed it to them, in the order of their coming.
        Whoever else is heard is neither agent nor customer.
    """

    agent: int
    customer: int
    confidence: float
    why: tuple[str, ...]
    more_agents: tuple[int, ...] = ()

    def role_of(self, party: int) -> Role:
        """Return a party's role."""
        if party == self.agent or party in self.more_agents:
            return Role.AGENT
        return Role.CUSTOMER if party == self.customer else Role.OTHER


ROLE_UNSURE_BELOW = 0.7
_OPENING_WORDS = 40  # a greeting is looked for among a party's first words
_WEIGHTS = {
    "greeting": 2.0,
    "opening": 0.7,  # who picks up speaks first, but in outbound calls that is the customer
    "speaks_for_company": 0.35,  # families say "we" as well
    "courtesy": 0.6,
    "thanks": 0.6,
    "asks": 0.6,
}
_CUE_WEIGHT = 1.2
_CUE_MAX_HITS = 2  # the same kind of cue proves little more the third time


def plain_text(words: Sequence[Word]) -> str:
    """Return the words as lower-case text without punctuation, single blanks between."""
    return " ".join([plain for word in words if (plain := plain_word(word.text))])


@lru_cache(maxsize=8192)
def plain_word(text: str) -> str:
    """Return one word as `plain_text` does; empty where there is nothing but punctuation."""
    return " ".join(_NO_WORD.sub(" ", text.lower().replace("’", "'")).split())


_NO_WORD = re.compile(r"[^\w' ]+")


def decide_roles(
    words: Mapping[int, Sequence[Word]], speech: Mapping[int, SpanSet], cues: RoleCues | None
) -> RoleDecision:
    """Decide which of two parties is the agent.

    A sum of evidence (log-odds): greeting and company phrases, who asks for account details, who
    complains, and weakly who speaks first. The confidence is the logistic of that sum.

    Parameters
    ----------
    words, speech : mapping of party index to its words and speech
        Exactly two parties.
    cues : RoleCues or None
        ``None`` when there is no language pack; then only the structure counts.

    Returns
    -------
    RoleDecision

    Raises
    ------
    ValueError
        If there are not exactly two parties.
    """
    parties = sorted(speech)
    if len(parties) != 2:
        raise ValueError(f"roles are decided between two parties, not {len(parties)}")
    first, second = parties
    evidence: list[tuple[float, int, str]] = []  # (weight for `first` being the agent, whose words, what)
    if cues is not None:
        for party, sign in ((first, 1.0), (second, -1.0)):
            for weight, found in cue_hits(words.get(party, ()), cues):
                evidence.append((sign * weight, party, found))
    opener = _opener(speech, first, second)
    if opener is not None:
        sign = 1.0 if opener == first else -1.0
        evidence.append((sign * _WEIGHTS["opening"], opener, "speaks first"))
    score = math.fsum(weight for weight, _, _ in evidence)
    agent, customer = (first, second) if score >= 0 else (second, first)
    toward = 1.0 if score >= 0 else -1.0
    reasons = tuple(
        f"{'' if weight * toward > 0 else 'but '}the {'agent' if party == agent else 'customer'} {found}"
        for weight, party, found in sorted(evidence, key=lambda e: -e[0] * toward)
    )
    return RoleDecision(
        agent, customer, 1 / (1 + math.exp(-abs(score))), reasons or ("nothing tells them apart",)
    )


_SAYINGS = {
    "greeting": "opens like one",
    "asks_for_details": "asks for account details",
    "looks_up": "looks things up",
    "offers": "offers what the company can do",
    "apologises": "apologises for the company",
    "speaks_for_company": 'says "we"',
    "courtesy": "is courteous as staff are",
    "thanks": "thanks for the help",
    "asks": "asks for something",
    "own_affairs": "speaks of own affairs",
    "complains": "complains",
}


def cue_hits(words: Sequence[Word], cues: RoleCues) -> list[tuple[float, str]]:
    """Return each kind of cue in a party's words: its weight (positive = an agent's) and a saying of it."""
    whole, opening = plain_text(words), plain_text(words[:_OPENING_WORDS])
    hits: list[tuple[float, str]] = []
    for phrases, sign in ((cues.agent_phrases, 1.0), (cues.customer_phrases, -1.0)):
        for kind, patterns in phrases.items():
            text = opening if kind == "greeting" else whole
            found = sum(len(re.findall(pattern, text)) for pattern in patterns)
            if found:
                weight = sign * _WEIGHTS.get(kind, _CUE_WEIGHT) * min(found, _CUE_MAX_HITS)
                saying = _SAYINGS.get(kind, kind.replace("_", " "))
                hits.append((weight, f"{saying} ({found}x)"))
    return hits


def _opener(speech: Mapping[int, SpanSet], first: int, second: int) -> int | None:
    starts = {party: speech[party][0].start_s for party in (first, second) if speech[party]}
    return min(starts, key=lambda party: starts[party]) if starts else None
