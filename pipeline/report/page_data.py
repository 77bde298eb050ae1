"""What the page's script draws: the call as JSON-ready data. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.report import headline as say
from pipeline.report.cards import plain_flip
from pipeline.report.reasons import explained
from pipeline.timeline import UNSURE_BELOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.measures import TalkTarget
    from pipeline.report.schema import Analysis


def page_data(
    analysis: Analysis,
    target: TalkTarget,
    waveform: Mapping[str, str],
    points_per_s: float,
    encoded: Mapping[str, bytes],
) -> dict[str, Any]:
    """Return what the page's script draws, times in seconds; what it can, it has as the result file does.

    Parameters
    ----------
    analysis : Analysis
    target : TalkTarget
    waveform : mapping of role to str
        Peaks 0–255 as base64, `points_per_s` of them each second.
    points_per_s : float
    encoded : mapping of str to bytes
        The parts of the result as its file holds them (`encode_parts`).
    """
    return {
        "id": analysis.call.id,
        "duration": analysis.call.duration_s,
        "roles": [
            {"id": role, "name": say.role_name(role), "person": getattr(analysis.call, role, None) or ""}
            for role in say.heard_roles(analysis)
        ],
        "speech": msgspec.Raw(encoded["speech"]),
        "turns": msgspec.Raw(encoded["turns"]),
        "events": msgspec.Raw(encoded["events"]),
        "explained": [explained(event) for event in analysis.events],
        "vent": msgspec.Raw(encoded["vent"]),
        "unsureBelow": UNSURE_BELOW,
        "target": {"ratio": target.ratio, "low": target.low, "high": target.high},
        "checklists": msgspec.Raw(encoded["checklists"]),
        "verdictWords": say.VERDICTS,
        # A line of a checklist that is a verdict on the call has its reason: what flips one flips the other.
        "flips": {
            part.reason: [plain_flip(flip) for flip in part.would_flip]
            for part in analysis.verdicts.values()
            if part.would_flip
        },
        "measures": msgspec.Raw(encoded["measures"]),
        "unmeasured": {
            name: say.reason(analysis, name) for name, value in analysis.measures.items() if value is None
        },
        "wave": {"perSecond": points_per_s, "points": waveform},
    }
