"""From what the stages stored to the result: pure computation, no audio, no model, no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline import __version__
from pipeline.languages import language_pack
from pipeline.measures import MeasureValue, floor_measures, talk_measures
from pipeline.report.assemble import CHANNEL_NAMES, Findings, assemble
from pipeline.report.schema import Call, Engine, ModelId
from pipeline.stages.artifacts import digest_of
from pipeline.timeline import (
    Clues,
    LanguagePack,
    Move,
    Role,
    RoleDecision,
    Timeline,
    build_timeline,
    decide_roles,
    find_events,
)
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from pipeline.report.schema import Analysis
    from pipeline.settings import Settings
    from pipeline.stages.stored import StoredCall

QUIET_CALL = Note("no_speech", "Nobody is heard speaking in this recording; nothing can be measured.")


def score(stored: StoredCall, settings: Settings) -> Analysis:
    """Measure a call.

    Parameters
    ----------
    stored : StoredCall
    settings : Settings
        Thresholds of the pure rooms; those of audio and models took effect earlier.

    Returns
    -------
    Analysis
    """
    laid_out = lay_out(stored, settings)
    timeline, roles, channel_role = laid_out.timeline, laid_out.roles, laid_out.channel_role
    events = find_events(timeline, settings.floor) if roles else ()
    measures = {
        **talk_measures(timeline),
        **floor_measures(timeline, events),
        "speech_agreement": _agreement(stored),
        **_levels(stored, channel_role),
    }
    notes = (
        *stored.audio.notes,
        *(stored.transcript.notes if stored.transcript else ()),
        *laid_out.notes,
        *stored.moves_notes,
        *(() if timeline.anybody else (QUIET_CALL,)),
    )
    return assemble(
        Findings(
            call=_call(stored),
            engine=_engine(stored, settings),
            quality=_quality(stored, channel_role),
            roles=roles,
            timeline=timeline,
            moves=laid_out.moves,
            events=events,
            measures=measures,
            notes=notes,
        )
    )


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
    """

    timeline: Timeline
    roles: RoleDecision | None
    moves: tuple[Move, ...]
    channel_role: dict[int, Role]
    notes: tuple[Note, ...]


def lay_out(stored: StoredCall, settings: Settings) -> LaidOut:
    """Decide the roles and build the timeline: what every measure and every explanation starts from."""
    pack, notes = _pack(stored)
    roles = _roles(stored, settings, pack)
    channel_role = _channel_roles(stored, roles)
    words = stored.transcript.words if stored.transcript else {}
    heard = {role: stored.heard[channel] for channel, role in channel_role.items()}
    timeline = build_timeline(
        stored.audio.duration_s,
        {role: own.spans for role, own in heard.items()},
        {role: words.get(channel, ()) for channel, role in channel_role.items()},
        pack,
        settings.turns,
        Clues(
            voices={role: own.voices for role, own in heard.items()},
            doubts={role: own.disputed for role, own in heard.items()},
            overlap_reliable=stored.audio.is_dual,
        ),
    )
    moves = stored.moves.get(roles.agent, ()) if roles else ()
    moves = tuple(sorted(moves, key=lambda move: (move.span, move.name)))
    return LaidOut(timeline, roles, moves, channel_role, notes)


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
    if not stored.audio.is_dual:
        return None
    if settings.agent_channel != "auto":
        agent = CHANNEL_NAMES.index(settings.agent_channel)
        return RoleDecision(agent, 1 - agent, 1.0, (f"given: the agent is on the {settings.agent_channel}",))
    words = stored.transcript.words if stored.transcript else {}
    speech = {channel: heard.spans for channel, heard in stored.heard.items()}
    return decide_roles(words, speech, pack.roles if pack else None)


def _channel_roles(stored: StoredCall, roles: RoleDecision | None) -> dict[int, Role]:
    if roles is None:
        return dict.fromkeys(stored.audio.used, Role.OTHER)
    return {roles.agent: Role.AGENT, roles.customer: Role.CUSTOMER}


def _agreement(stored: StoredCall) -> MeasureValue:
    """``Σ agreement·compared / Σ compared`` over the channels; the spans are the disputed ones."""
    known = [heard for heard in stored.heard.values() if heard.agreement is not None]
    compared_s = sum(heard.compared_s for heard in known)
    if not compared_s:
        return MeasureValue.undefined("no detector hears any speech")
    agreed_s = sum((heard.agreement or 0.0) * heard.compared_s for heard in known)
    disputed = sorted(span for heard in known for span in heard.disputed)
    return MeasureValue(
        agreed_s / compared_s, {"agreed_s": agreed_s, "compared_s": compared_s}, tuple(disputed)
    )


def _levels(stored: StoredCall, channel_role: dict[int, Role]) -> dict[str, MeasureValue]:
    levels = {}
    for role in (Role.AGENT, Role.CUSTOMER):
        channel = next((c for c, r in channel_role.items() if r is role), None)
        level = stored.audio.quality[channel].get("level_dbfs") if channel is not None else None
        levels[f"{role}_level_dbfs"] = (
            MeasureValue(level, {"level_dbfs": level})
            if level is not None
            else MeasureValue.undefined(f"the {role} is not heard on a channel of their own")
        )
    return levels


def _quality(stored: StoredCall, channel_role: dict[int, Role]) -> dict[str, dict[str, Any]]:
    quality = {}
    for channel, role in channel_role.items():
        name = "mix" if role is Role.OTHER else role.value
        heard = stored.heard.get(channel)
        crosstalk = dict(heard.crosstalk) if heard else {}
        quality[name] = {**stored.audio.quality[channel], "crosstalk": crosstalk or None}
    return quality


def _call(stored: StoredCall) -> Call:
    return Call(
        id=stored.call_id,
        source=stored.source.name,
        sha256=stored.source.sha256,
        duration_s=round(stored.audio.duration_s, 3),
        sample_rate_hz=stored.audio.rate_hz,
        channels=stored.audio.channels,
        layout=stored.audio.layout,  # type: ignore[arg-type]  # checked by the model
        recorded_at=stored.source.recorded_at,
        agent=stored.source.agent,
        customer=stored.source.customer,
        metadata=dict(stored.source.metadata),
    )


def _engine(stored: StoredCall, settings: Settings) -> Engine:
    values = settings.to_dict()
    return Engine(
        version=__version__,
        settings=values,
        settings_sha256=digest_of(values),
        models={name: ModelId(id=i, sha256=digest) for name, (i, digest) in stored.models.items()},
        device=settings.words.device,
        elapsed_s={name: round(seconds, 3) for name, seconds in stored.elapsed_s.items()},
    )
