"""Does the customer grow louder or softer over the call, against their own level?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.measures.value import MeasureValue
from pipeline.timeline import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.timeline import Timeline

NAME = "customer_level_trend_db_per_min"
_SPANS_MIN = 5
_OVER_MIN_S = 30.0  # a trend over less is the melody of a sentence


def level_trend(timeline: Timeline) -> Mapping[str, MeasureValue]:
    """Return the slope of the customer's level over the call, dB per minute.

    A straight line through the levels of their stretches of speech, each weighted with its length (least
    squares). The line's gain does not matter: only differences of one voice to itself enter.
    """
    spans = list(timeline.speech[Role.CUSTOMER])
    voices = timeline.clues.voices.get(Role.CUSTOMER, ())
    known = [
        (span, voice.level_db)
        for span, voice in zip(spans, voices, strict=False)
        if voice is not None and voice.level_db is not None
    ]
    if len(known) < _SPANS_MIN or known[-1][0].middle_s - known[0][0].middle_s < _OVER_MIN_S:
        return {NAME: MeasureValue.undefined("too little of the customer is heard for a trend")}
    weights = [span.duration_s for span, _ in known]
    total = math.fsum(weights)
    minutes = [span.middle_s / 60 for span, _ in known]
    mean_min = math.fsum(w * t for w, t in zip(weights, minutes, strict=True)) / total
    mean_db = math.fsum(w * level for w, (_, level) in zip(weights, known, strict=True)) / total
    spread = math.fsum(w * (t - mean_min) ** 2 for w, t in zip(weights, minutes, strict=True))
    together = math.fsum(
        w * (t - mean_min) * (level - mean_db)
        for w, t, (_, level) in zip(weights, minutes, known, strict=True)
    )
    parts = {"spans": float(len(known)), "seconds": total}
    return {NAME: MeasureValue(together / spread, parts, tuple(span for span, _ in known))}
