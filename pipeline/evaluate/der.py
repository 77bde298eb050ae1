"""Diarization error rate: who spoke when, whoever is called agent, overlap included.

Computed by pyannote.metrics (H. Bredin, "pyannote.metrics: a toolkit for reproducible evaluation, diagnostic,
and error analysis of speaker diarization systems", Interspeech 2017), of the extra ``mono``. The speakers are
matched as they fit best, so exchanged roles are no error here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.evaluate.metric import Family, Metric, Score, Tally
from pipeline.evaluate.speech import PARTIES, joined, labelled_speech, why_no_speech

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis
    from pipeline.timeline import SpanSet

COLLAR_S = 0.5  # the whole width, as pyannote.metrics counts it: 0.25 s to either side of an edge
NO_SPEECH = "no speech in the label"
NOT_INSTALLED = "pyannote.metrics is not installed (pip install 'hearout[mono]')"
_PARTS = {"missed": "missed detection", "false_alarm": "false alarm", "confusion": "confusion"}


def error_rate(tally: Tally) -> float | None:
    """Return ``(missed + false alarm + confusion) / total`` in seconds of labelled speech, overlap twice."""
    total = tally.parts.get("total", 0.0)
    return sum(tally.parts[name] for name in _PARTS) / total if total > 0 else None


def _metric(name: str, title: str, definition: str, part: str | None = None) -> Metric:
    def share(tally: Tally) -> float | None:
        return tally.ratio(part, "total") if part else error_rate(tally)

    return Metric(name, title, definition, "1", "low", share, NO_SPEECH)


_STRICT = (
    _metric("der", "DER", "Missed, false and confused speech over labelled speech, overlap included."),
    _metric("der_missed", "missed", "Of that, speech that nobody was given.", "missed"),
    _metric("der_false_alarm", "false", "Of that, speech where there is none.", "false_alarm"),
    _metric("der_confusion", "confused", "Of that, speech given to the wrong speaker.", "confusion"),
)
_LENIENT = (_metric("der_collar", "DER\n±0.25 s", "DER outside of 0.25 s to either side of labelled edges."),)


def score_der(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score who spoke when, with and without a collar."""
    metrics = (*_STRICT, *_LENIENT)
    reference = labelled_speech(label)
    reason = why_no_speech(label, analysis)
    if not reason and len(reference) < len(PARTIES):
        reason = "this party's speech is not labelled"
    if reason:
        return {metric.name: Score.none(reason) for metric in metrics}
    speech = analysis.speech
    found = {name: joined(getattr(speech, name)) for name in ("agent", "customer", "other")}
    try:
        tallies = [_tally(dict(reference), found, analysis.call.duration_s, c) for c in (0.0, COLLAR_S)]
    except ImportError:
        return {metric.name: Score.none(NOT_INSTALLED) for metric in metrics}
    scored = zip((_STRICT, _LENIENT), tallies, strict=True)
    return {metric.name: metric.score(tally) for group, tally in scored for metric in group}


def _tally(
    reference: Mapping[Any, SpanSet], found: Mapping[str, SpanSet], duration_s: float, collar_s: float
) -> Tally:
    core: Any = import_module("pyannote.core")
    metrics: Any = import_module("pyannote.metrics.diarization")

    def annotation(parties: Mapping[Any, SpanSet]) -> Any:
        made = core.Annotation()
        for party, spans in parties.items():
            for span in spans:
                # a track of its own: the same span of another speaker must not be overwritten
                made[core.Segment(span.start_s, span.end_s), str(party)] = str(party)
        return made

    rate = metrics.DiarizationErrorRate(collar=collar_s, skip_overlap=False)
    whole = core.Timeline([core.Segment(0.0, duration_s)])
    details = rate(annotation(reference), annotation(found), uem=whole, detailed=True)
    parts = {name: float(details[theirs]) for name, theirs in _PARTS.items()}
    return Tally({**parts, "total": float(details["total"])})


DER = Family((*_STRICT, *_LENIENT), score_der)
