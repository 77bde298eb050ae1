"""From what the stages stored to the result: pure computation, no audio, no model, no file."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pipeline import __version__
from pipeline.checklist import not_heard, score_checklists, unheard_of
from pipeline.measures import (
    CallFacts,
    MeasureValue,
    Outcome,
    VentBasis,
    Verdict,
    call_events,
    floor_measures,
    level_trend,
    talk_measures,
    talk_verdict,
    vent_measures,
    vent_verdict,
)
from pipeline.report.assemble import Findings, assemble
from pipeline.report.schema import Call, Engine, ModelId
from pipeline.stages.artifacts import digest_of
from pipeline.stages.checklists import checklists_of
from pipeline.stages.laid_out import LaidOut, lay_out
from pipeline.timeline import (
    EventType,
    Role,
    SpanSet,
    find_transfers,
)
from pipeline.timeline.notes import Note
from pipeline.timeline.plain import rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.checklist import LoadedChecklist
    from pipeline.report.schema import Analysis
    from pipeline.settings import Settings
    from pipeline.stages.stored import StoredCall

NOT_TOLD_APART = Verdict(
    Outcome.UNSURE, 0.0, "Agent and customer are not told apart, so nothing can be said of either."
)
_NOT_HEARD_CONFIDENCE = 0.5
QUIET_CALL = Note("no_speech", "Nobody is heard speaking in this recording; nothing can be measured.")


def score(
    stored: StoredCall, settings: Settings, checklists: Sequence[LoadedChecklist] | None = None
) -> Analysis:
    """Measure a call.

    Parameters
    ----------
    stored : StoredCall
    settings : Settings
        Thresholds of the pure rooms; those of audio and models took effect earlier.
    checklists : sequence of LoadedChecklist, optional
        In place of those that the settings name.

    Returns
    -------
    Analysis
    """
    return assemble(measure(stored, settings, checklists))


def measure(
    stored: StoredCall, settings: Settings, checklists: Sequence[LoadedChecklist] | None = None
) -> Findings:
    """Measure a call and judge it; `score` writes the findings down."""
    laid_out = lay_out(stored, settings)
    facts = _facts(stored, settings, laid_out)
    roles, timeline = laid_out.roles, facts.timeline
    transfers = find_transfers(roles, {p: heard.spans for p, heard in stored.heard.items()}) if roles else ()
    if checklists is None:
        checklists = checklists_of(settings)
    notes = (
        *stored.audio.notes,
        *(stored.transcript.notes if stored.transcript else ()),
        *laid_out.notes,
        *stored.heard_notes,
        *stored.moves_notes,
        *(() if timeline.anybody else (QUIET_CALL,)),
    )
    return Findings(
        call=_call(stored),
        engine=_engine(stored, settings, checklists),
        quality=_quality(stored, laid_out.channel_role),
        roles=roles,
        speakers=stored.labels,
        timeline=timeline,
        moves=facts.moves,
        events=call_events((*facts.events, *transfers), facts.vents, facts.moves, facts.solving),
        vents=facts.vents,
        measures=facts.measures,
        verdicts=facts.verdicts,
        checklists=score_checklists(facts, checklists, later_calls=stored.later_calls),
        notes=notes,
    )


def call_facts(stored: StoredCall, settings: Settings) -> CallFacts:
    """Measure a call: what checklists judge."""
    return _facts(stored, settings, lay_out(stored, settings))


def _facts(stored: StoredCall, settings: Settings, laid_out: LaidOut) -> CallFacts:
    timeline, channel_role = laid_out.timeline, laid_out.channel_role
    basis = laid_out.basis(settings)
    events = basis.events if basis else ()
    agreement = _agreement(stored)
    measures = {
        **talk_measures(timeline, SpanSet(event.span for event in events if event.type is EventType.HOLD)),
        **floor_measures(timeline, events),
        **vent_measures(basis),
        **level_trend(timeline),
        "speech_agreement": agreement,
        **_levels(stored, channel_role),
    }
    verdicts = {
        "vent_before_solving": _vent_verdict(basis),
        "talk_ratio": talk_verdict(
            timeline, settings.talk, agreement=agreement.value, roles_sure=laid_out.roles_sure
        ),
    }
    return CallFacts(
        timeline,
        laid_out.moves,
        events,
        basis.vents if basis else (),
        measures,
        verdicts,
        words_known=laid_out.words_known,
        roles_sure=laid_out.roles_sure,
        vent_settings=settings.vent,
    )


def _vent_verdict(basis: VentBasis | None) -> Verdict:
    if basis is None:
        return NOT_TOLD_APART
    unheard = unheard_of(basis.timeline)
    if unheard:
        return Verdict(Outcome.UNSURE, _NOT_HEARD_CONFIDENCE, not_heard(unheard))
    return vent_verdict(basis)


def _agreement(stored: StoredCall) -> MeasureValue:
    """``Σ agreement·compared / Σ compared`` over the channels; the spans are the disputed ones."""
    known = [heard for heard in stored.heard.values() if heard.agreement is not None]
    compared_s = sum(heard.compared_s for heard in known)
    if not compared_s:
        return MeasureValue.undefined("no detector hears any speech")
    compared_s = rounded(compared_s)
    agreed_s = rounded(sum((heard.agreement or 0.0) * heard.compared_s for heard in known))
    spans = (span for heard in known for span in heard.disputed)
    disputed = sorted(spans, key=attrgetter("start_s", "end_s"))
    return MeasureValue(
        agreed_s / compared_s, {"agreed_s": agreed_s, "compared_s": compared_s}, tuple(disputed)
    )


def _levels(stored: StoredCall, channel_role: dict[int, Role]) -> dict[str, MeasureValue]:
    levels = {}
    for role in (Role.AGENT, Role.CUSTOMER):
        party = next((p for p, r in channel_role.items() if r is role), None)
        level = _level(stored, party) if party is not None else None
        levels[f"{role}_level_dbfs"] = (
            MeasureValue(level, {"level_dbfs": level})
            if level is not None
            else MeasureValue.undefined(f"the {role} is not heard on a channel of their own")
        )
    return levels


def _level(stored: StoredCall, party: int) -> float | None:
    if stored.heard[party].label:
        return stored.heard[party].level_dbfs
    level: float | None = stored.audio.quality[party].get("level_dbfs")
    return level


def _quality(stored: StoredCall, channel_role: dict[int, Role]) -> dict[str, dict[str, Any]]:
    if not stored.audio.is_dual:
        return {"mix": {**stored.audio.quality[stored.audio.used[0]], "crosstalk": None}}
    quality = {}
    for channel, role in channel_role.items():
        name = role.value
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


@lru_cache(maxsize=32)
def _settings_stored(settings: Settings) -> tuple[dict[str, Any], str]:
    """Return settings as the result holds them, and their digest: the same for most calls of a rescore."""
    values = settings.to_dict()
    return values, digest_of(values)


def _engine(stored: StoredCall, settings: Settings, checklists: Sequence[LoadedChecklist]) -> Engine:
    values, digest = _settings_stored(settings)
    return Engine(
        version=__version__,
        settings=values,
        settings_sha256=digest,
        models={name: ModelId(id=i, sha256=digest) for name, (i, digest) in stored.models.items()},
        checklists={one.checklist.name: one.digest for one in checklists},
        device=settings.words.device,
        elapsed_s={name: round(seconds, 3) for name, seconds in stored.elapsed_s.items()},
    )
