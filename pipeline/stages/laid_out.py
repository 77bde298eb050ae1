"""Who is the agent, and the call on one time axis: where every measure and every explanation starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline.audio.layout import SILENT_CHANNEL
from pipeline.languages import language_pack
from pipeline.measures import VentBasis
from pipeline.moves import NO_MOVES
from pipeline.report.assemble import CHANNEL_NAMES
from pipeline.stages.stored import SPEECH_WITHOUT_WORDS, VOICES_ALIKE, HeardChannel
from pipeline.timeline import (
    ROLE_UNSURE_BELOW,
    Clues,
    LanguagePack,
    Move,
    Role,
    RoleDecision,
    SpanSet,
    Timeline,
    VoiceFeatures,
    build_timeline,
    decide_parties,
)
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.settings import Settings
    from pipeline.stages.stored import StoredCall
    from pipeline.timeline import Word

_DOUBTED_CONFIDENCE = 0.65  # below what counts as certain


@dataclass(frozen=True)
class LaidOut:
    """A stored call on one time axis.

    Parameters
    ----------
    timeline : Timeline
    roles : RoleDecision or None
        ``None`` when the parties are not told apart.
    moves : tuple of Move
        Of both parties, in order of time.
    channel_role : mapping of channel to Role
    notes : tuple of Note
    words_known : bool
        Whether there are words, and moves for their language.
    """

    timeline: Timeline
    roles: RoleDecision | None
    moves: tuple[Move, ...]
    channel_role: dict[int, Role]
    notes: tuple[Note, ...]
    words_known: bool

    @property
    def roles_sure(self) -> bool:
        """Whether it is certain who is the agent."""
        return self.roles is not None and self.roles.confidence >= ROLE_UNSURE_BELOW

    def basis(self, settings: Settings) -> VentBasis | None:
        """Return what verdicts are drawn from; ``None`` when the parties are not told apart."""
        if self.roles is None:
            return None
        return VentBasis(
            self.timeline,
            self.moves,
            settings.floor,
            settings.vent,
            words_known=self.words_known,
            roles_sure=self.roles_sure,
        )


def lay_out(stored: StoredCall, settings: Settings) -> LaidOut:
    """Decide the roles and build the timeline: what every measure and every explanation starts from."""
    pack, notes = _pack(stored)
    roles = _roles(stored, settings, pack)
    channel_role = _channel_roles(stored, roles)
    words = stored.transcript.words if stored.transcript else {}
    heard = {role: _joined(stored, channel_role, role) for role in dict.fromkeys(channel_role.values())}
    timeline = build_timeline(
        stored.audio.duration_s,
        {role: own.spans for role, own in heard.items()},
        {role: _words(words, channel_role, role) for role in heard},
        pack,
        settings.turns,
        Clues(
            voices={role: own.voices for role, own in heard.items()},
            doubts={role: own.disputed for role, own in heard.items()},
            faint={role: own.faint for role, own in heard.items() if own.faint},
            overlap_reliable=stored.audio.is_dual,
        ),
    )
    moves = stored.moves.get(roles.agent, ()) if roles else ()
    moves = tuple(sorted(moves, key=attrgetter("span.start_s", "span.end_s", "name")))
    told = {note.code for note in (*stored.moves_notes, *stored.heard_notes)}
    words_known = pack is not None and not told & {NO_MOVES, SPEECH_WITHOUT_WORDS}
    return LaidOut(timeline, roles, moves, channel_role, notes, words_known)


def _pack(stored: StoredCall) -> tuple[LanguagePack | None, tuple[Note, ...]]:
    if stored.transcript is None or not any(stored.transcript.words.values()):
        return None, ()
    code = stored.transcript.language
    pack = language_pack(code)
    if pack is not None:
        return pack, ()
    return None, (
        Note(
            "no_language_pack",
            f"There is no language pack for {code!r}: timing is measured, what hangs on words is not.",
        ),
    )


def _roles(stored: StoredCall, settings: Settings, pack: LanguagePack | None) -> RoleDecision | None:
    if len(stored.heard) < 2:
        return None
    given = _given_speaker(stored, settings.agent_speaker)
    if stored.audio.is_dual and settings.agent_channel != "auto":
        agent = CHANNEL_NAMES.index(settings.agent_channel)
        return RoleDecision(agent, 1 - agent, 1.0, (f"given: the agent is on the {settings.agent_channel}",))
    decision = stored.roles or _decided(stored, pack)
    if given is None and decision is not None and (doubt := _doubt(stored)):
        confidence = min(decision.confidence, _DOUBTED_CONFIDENCE)
        return replace(decision, confidence=confidence, why=(*decision.why, doubt))
    if given is None or decision is None:
        return decision
    customer = decision.customer if decision.customer != given else decision.agent
    why = f"given: the agent is speaker {stored.labels[given]}"
    return RoleDecision(given, customer, 1.0, (why,), tuple(p for p in decision.more_agents if p != given))


def _decided(stored: StoredCall, pack: LanguagePack | None) -> RoleDecision | None:
    words = stored.transcript.words if stored.transcript else {}
    speech = {party: heard.spans for party, heard in stored.heard.items()}
    return decide_parties(words, speech, pack.roles if pack else None)


def _doubt(stored: StoredCall) -> str | None:
    """Return why nobody can be sure who of two voices on one channel is the agent."""
    if any(note.code == VOICES_ALIKE for note in stored.heard_notes):
        return "but the voices are too alike to be sure who said what"
    if not stored.audio.is_dual and any(note.code == SILENT_CHANNEL for note in stored.audio.notes):
        return "but the other channel is silent, so all of it may be one party"
    return None


def _given_speaker(stored: StoredCall, asked: str) -> int | None:
    """Return the speaker who is the agent by the user's word; ``None`` without one or that speaker."""
    labels = {label: party for party, label in stored.labels.items()}
    return labels.get("A" if asked == "first" else asked)  # speakers are named in the order of their coming


def _channel_roles(stored: StoredCall, roles: RoleDecision | None) -> dict[int, Role]:
    if roles is None:
        return dict.fromkeys(stored.audio.used, Role.OTHER)
    return {party: roles.role_of(party) for party in stored.heard}


def _joined(stored: StoredCall, party_role: dict[int, Role], role: Role) -> HeardChannel:
    """Return what was heard of a role: mostly one party, several where a call was transferred."""
    own = [stored.heard[party] for party, of in party_role.items() if of is role]
    if len(own) == 1:
        return own[0]
    voices = {span: voice for heard in own for span, voice in zip(heard.spans, heard.voices, strict=True)}
    spans = SpanSet(span for heard in own for span in heard.spans)
    return HeardChannel(
        spans,
        None,
        0.0,
        SpanSet(span for heard in own for span in heard.disputed),
        tuple(voices.get(span, VoiceFeatures()) for span in spans),
    )


def _words(words: Mapping[int, Sequence[Word]], party_role: dict[int, Role], role: Role) -> tuple[Word, ...]:
    own = [words.get(party, ()) for party, of in party_role.items() if of is role]
    if len(own) == 1:
        return tuple(own[0])  # a transcript's words come by start
    return tuple(sorted(chain.from_iterable(own), key=attrgetter("start_s", "end_s")))
