"""How exact the edges of speech are: errors of starts (onsets) and ends (offsets) against the label."""

from __future__ import annotations

import math
from bisect import bisect_left
from statistics import median
from typing import TYPE_CHECKING, Literal

from pipeline.evaluate.metric import Family, Metric, Score, Tally
from pipeline.evaluate.speech import NO_SPEECH, found_speech, labelled_speech, why_no_speech

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis
    from pipeline.timeline import SpanSet

REACH_S = 0.5
_TINY_S = 1e-6
_NO_PARTNER = f"no labelled edge has a partner within {REACH_S:g} s"

Edge = Literal["onset", "offset"]


def edge_errors(reference: SpanSet, hypothesis: SpanSet, edge: Edge) -> Tally:
    """Measure how far the nearest edge of the hypothesis is from each edge of the reference.

    Two edges are partners within 0.5 s. One edge of the hypothesis may be partner of several.

    Returns
    -------
    Tally
        Samples: ``hypothesis - reference`` of each partnered edge in seconds, positive = late.
        Parts: ``edges`` of the reference, ``unmatched`` ones among them.
    """
    ours, theirs = _times(reference, edge), _times(hypothesis, edge)
    errors = [_nearest(theirs, time_s) for time_s in ours]
    near = tuple(error for error in errors if error is not None)
    return Tally({"edges": float(len(ours)), "unmatched": float(len(ours) - len(near))}, near)


def _times(spans: SpanSet, edge: Edge) -> list[float]:
    return [span.start_s if edge == "onset" else span.end_s for span in spans]


def _nearest(times: Sequence[float], time_s: float) -> float | None:
    """Return the signed distance to the nearest of the sorted `times`; ``None`` beyond reach."""
    at = bisect_left(times, time_s)
    errors = [near - time_s for near in times[max(0, at - 1) : at + 1]]
    best = min(errors, key=abs, default=math.inf)
    return best if abs(best) <= REACH_S + _TINY_S else None


def median_error(tally: Tally) -> float | None:
    """Return the median of the absolute errors in seconds."""
    return median(abs(error) for error in tally.samples) if tally.samples else None


def p90_error(tally: Tally) -> float | None:
    """Return the 90th percentile (nearest rank) of the absolute errors in seconds."""
    errors = sorted(abs(error) for error in tally.samples)
    return errors[math.ceil(0.9 * len(errors)) - 1] if errors else None


def bias(tally: Tally) -> float | None:
    """Return the median of the signed errors in seconds; positive = late."""
    return median(tally.samples) if tally.samples else None


def unmatched_share(tally: Tally) -> float | None:
    """Return the share of the reference's edges without a partner."""
    return tally.ratio("unmatched", "edges")


def _metrics(kind: str, only: str = "") -> tuple[Metric, ...]:
    """Return the metrics of all edges or, with `only`, of starts or ends alone."""
    meanings: tuple[str, ...] = (
        f"Median distance from each labelled edge to the nearest found within {REACH_S:g} s, both parties.",
        "90th percentile (nearest rank) of the same distance.",
        "Median of the same distance with its sign; positive = late.",
        f"Share of labelled edges with none found within {REACH_S:g} s.",
    )
    if only:
        stems = ("median_s", "p90_s", "bias_s", "unmatched")
        meanings = tuple(f"As edge_{stem}, {only} of speech only." for stem in stems)
    column = not only
    near, p90, late, lost = meanings
    title = f"{kind}\n"
    return (
        Metric(
            f"{kind}_median_s", f"{title}median", near, "s", "low", median_error, _NO_PARTNER, column=column
        ),
        Metric(f"{kind}_p90_s", f"{title}p90", p90, "s", "low", p90_error, _NO_PARTNER, column=column),
        Metric(f"{kind}_bias_s", f"{title}bias", late, "s", "zero", bias, _NO_PARTNER, shown="+.3f"),
        Metric(
            f"{kind}_unmatched",
            f"{kind}s\nlost",
            lost,
            "1",
            "low",
            unmatched_share,
            NO_SPEECH,
            shown=".1%",
            column=column,
        ),
    )


_GROUPS = {
    "edge": _metrics("edge"),
    "onset": _metrics("onset", "starts"),
    "offset": _metrics("offset", "ends"),
}


def score_edges(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score the edges of the parties that are labelled, both parties together."""
    reference, found = labelled_speech(label), found_speech(analysis)
    reason = why_no_speech(label, analysis)
    if reason or found is None:
        return {metric.name: Score.none(reason) for metric in EDGES.metrics}
    tallies = {"onset": Tally(), "offset": Tally()}
    for party, spans in reference.items():
        tallies["onset"] += edge_errors(spans, found[party], "onset")
        tallies["offset"] += edge_errors(spans, found[party], "offset")
    tallies["edge"] = tallies["onset"] + tallies["offset"]
    return {metric.name: metric.score(tallies[kind]) for kind, group in _GROUPS.items() for metric in group}


EDGES = Family(tuple(metric for group in _GROUPS.values() for metric in group), score_edges)
