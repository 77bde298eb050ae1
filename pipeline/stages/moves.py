"""The moves of a call: a stage of its own, so that nothing else runs again when a team edits its moves.

They are found for both ways the roles can be: a later exchange of roles needs no model.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pipeline.errors import InputError
from pipeline.languages import language_pack
from pipeline.moves import FINDER_VERSION, CallContext, find_moves, load_moves, notes
from pipeline.timeline import Move, Note, Role, Span, SpanSet, TurnSettings, build_timeline, decide_parties

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from pipeline.moves import MovesConfig, MoveSettings
    from pipeline.moves.embedding import Embedder
    from pipeline.timeline import RoleDecision, Turn, Word

_TURNS = TurnSettings()  # what a sentence does must not hang on a threshold that a rescore may change


@dataclass(frozen=True)
class Said:
    """What the moves are found in.

    Parameters
    ----------
    duration_s : float
    speech : mapping of party to SpanSet
        The party is a channel's number.
    words : mapping of party to sequence of Word
    language : str
    customer : str or None
        Name, if it is known beforehand.
    """

    duration_s: float
    speech: Mapping[int, SpanSet]
    words: Mapping[int, Sequence[Word]]
    language: str
    customer: str | None = None


def moves_config(language: str, settings: MoveSettings) -> MovesConfig:
    """Return the moves of a language, the user's own laid over the shipped ones.

    Raises
    ------
    UsageError
        If one of the files is not in order.
    """
    return _config(language, settings.folders)


@cache
def _config(language: str, folders: tuple[str, ...]) -> MovesConfig:
    return load_moves(language, [Path(folder) for folder in folders])


def finder_of(language: str, config: MovesConfig) -> list[Any]:
    """Return what moves and roles hang on, besides the recording and the sentence model."""
    pack = language_pack(language)
    return [FINDER_VERSION, config.digest, asdict(pack.roles) if pack else None]


def moves_data(said: Said, settings: MoveSettings, embedder: Callable[[], Embedder | None]) -> dict[str, Any]:
    """Find the moves for each way the roles can be.

    Parameters
    ----------
    said : Said
    settings : MoveSettings
    embedder : callable
        Returns the loaded sentence model, or ``None`` if there is none.

    Returns
    -------
    dict
        ``roles``: who is the agent by what is said, see `RoleDecision`; ``by_agent``: moves by who is the
        agent; ``notes``. `MovesData` reads it.
    """
    config = moves_config(said.language, settings)
    pack = language_pack(said.language)
    decision = decide_parties(said.words, said.speech, pack.roles if pack else None)
    ways = _ways(decision, said.speech) if decision is not None else {}
    model = embedder() if config.moves and ways else None
    told = list(notes(config, model)) if ways else []
    by_agent = {}
    for agent, roles in ways.items():
        found, more = _moves(said, roles, config, (settings, model))
        by_agent[str(agent)] = [move.to_dict() for move in found]
        told += [note for note in more if note not in told]
    return {
        "roles": asdict(decision) if decision is not None else None,
        "by_agent": by_agent,
        "notes": [note.to_dict() for note in told],
    }


def no_moves() -> dict[str, Any]:
    """Return what `moves_data` gives where no words were recognised."""
    return {"by_agent": {}, "notes": []}


class MoveData(msgspec.Struct):
    """A move as the stage stores it (`Move.to_dict`)."""

    name: str
    role: Role
    confidence: float
    span: tuple[float, float]
    text: str
    state: Literal["yes", "unsure"] = "yes"
    why: str = ""
    judged: Literal["yes", "no"] | None = None

    def to_move(self) -> Move:
        """Return it as a value."""
        return Move(
            self.name,
            self.role,
            self.confidence,
            Span(*self.span),
            self.text,
            self.state,
            self.why,
            self.judged,
        )


class StoredMoves(Mapping[int, tuple[Move, ...]]):
    """Moves by who is the agent, made of what is stored when they are asked for: mostly one of two is."""

    def __init__(self, stored: Mapping[int, Sequence[MoveData]]) -> None:
        self._stored = stored

    def __getitem__(self, agent: int) -> tuple[Move, ...]:
        return tuple([move.to_move() for move in self._stored[agent]])

    def __iter__(self) -> Iterator[int]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)


def _ways(decision: RoleDecision, parties: Collection[int]) -> dict[int, dict[int, Role]]:
    """Return the role of each party for each party that may be the agent."""
    ways = {}
    for agent in parties:
        customer = decision.customer if agent != decision.customer else decision.agent
        more = tuple(party for party in decision.more_agents if party not in (agent, customer))
        given = replace(decision, agent=agent, customer=customer, more_agents=more)
        ways[agent] = {party: given.role_of(party) for party in parties}
    return ways


def _moves(
    said: Said,
    roles: Mapping[int, Role],
    config: MovesConfig,
    means: tuple[MoveSettings, Embedder | None],
) -> tuple[tuple[Move, ...], tuple[Note, ...]]:
    settings, model = means
    by_role = {
        role: [party for party, of in roles.items() if of is role] for role in dict.fromkeys(roles.values())
    }
    timeline = build_timeline(
        said.duration_s,
        {role: _speech(said, parties) for role, parties in by_role.items()},
        {role: _words(said, parties) for role, parties in by_role.items()},
        language_pack(said.language),
        _TURNS,
    )
    context = CallContext(said.duration_s, (said.customer,) if said.customer else (), cache=_cache(model))
    found = find_moves(timeline.turns, config, model, context)
    told: tuple[Note, ...] = ()
    if settings.judge_url:
        found, told = _judged(found, timeline.turns, config, settings)
    return tuple(move for moves in found.values() for move in moves), told


def _speech(said: Said, parties: Sequence[int]) -> SpanSet:
    return SpanSet(span for party in parties for span in said.speech[party])


def _words(said: Said, parties: Sequence[int]) -> tuple[Word, ...]:
    words = (word for party in parties for word in said.words.get(party, ()))
    return tuple(sorted(words, key=attrgetter("start_s", "end_s")))


def _cache(model: Embedder | None) -> Path | None:
    if model is None:
        return None
    from pipeline.moves.embedding import default_cache

    return default_cache()


def _judged(
    found: dict[int, tuple[Move, ...]], turns: Sequence[Turn], config: MovesConfig, settings: MoveSettings
) -> tuple[dict[int, tuple[Move, ...]], tuple[Note, ...]]:
    """Ask the user's judge; a call is not lost because it does not answer."""
    from pipeline.moves.embedding import default_cache
    from pipeline.moves.judge import HttpJudge, JudgeOptions, judge_unsure

    options = JudgeOptions(
        settings.judge_url,
        settings.judge_model,
        cache=default_cache(),
        api_key=os.environ.get("HEAROUT_JUDGE_KEY", ""),
    )
    try:
        return judge_unsure(found, turns, config, HttpJudge(options)), ()
    except InputError as error:
        return found, (Note("judge_silent", f"{error.message} Unsure moves were not judged."),)
