"""Speech of each party against the label, in 10 ms frames: precision, recall, F1.

Both sides are joined at pauses shorter than 0.3 s first, as labels and results are published, so that a
setting of the result does not matter here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pipeline.evaluate.metric import Family, Metric, Score, Tally
from pipeline.timeline import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis

FRAME_S = 0.01
JOIN_S = 0.3
PartyName = Literal["agent", "customer"]
PARTIES: tuple[PartyName, ...] = ("agent", "customer")
NOT_SEPARATED = "agent and customer are not told apart in this result"
NO_SPEECH = "no speech in the label"
_TINY_S = 1e-6  # times are published to 1 ms: what is smaller is binary noise
_SWAP_MARGIN = 0.2


def joined(pairs: Iterable[Iterable[float]]) -> SpanSet:
    """Return spans given as ``[start_s, end_s]`` with pauses shorter than 0.3 s bridged."""
    return SpanSet.from_pairs(pairs).bridged(JOIN_S - _TINY_S)


def frames(spans: SpanSet) -> SpanSet:
    """Return `spans` in units of 10 ms frames: frame ``i`` is in if its middle ``(i + 0.5) * 10 ms`` is."""
    edges = ((_frame(span.start_s), _frame(span.end_s)) for span in spans)
    return SpanSet(Span(first, end) for first, end in edges if end > first)


def _frame(time_s: float) -> int:
    """Return the first frame whose middle is not before `time_s`."""
    return math.ceil(round(time_s / FRAME_S - 0.5, 4))


def frame_confusion(reference: SpanSet, hypothesis: SpanSet) -> Tally:
    """Count 10 ms frames of speech.

    Parameters
    ----------
    reference, hypothesis : SpanSet
        In seconds.

    Returns
    -------
    Tally
        Parts: ``tp`` in both, ``fp`` in the hypothesis alone, ``fn`` in the reference alone.
    """
    ref, hyp = frames(reference), frames(hypothesis)
    both = (ref & hyp).duration_s
    counts = {"tp": both, "fp": hyp.duration_s - both, "fn": ref.duration_s - both}
    return Tally({name: float(round(count)) for name, count in counts.items()})


def f1(tally: Tally) -> float | None:
    """Return ``2 tp / (2 tp + fp + fn)``; ``None`` without speech in the reference."""
    tp, fp, fn = _counts(tally)
    return 2 * tp / (2 * tp + fp + fn) if tp + fn > 0 else None


def precision(tally: Tally) -> float | None:
    """Return ``tp / (tp + fp)``; ``None`` without speech in the reference or in the hypothesis."""
    tp, fp, fn = _counts(tally)
    return tp / (tp + fp) if tp + fn > 0 and tp + fp > 0 else None


def recall(tally: Tally) -> float | None:
    """Return ``tp / (tp + fn)``; ``None`` without speech in the reference."""
    tp, _, fn = _counts(tally)
    return tp / (tp + fn) if tp + fn > 0 else None


def _counts(tally: Tally) -> tuple[float, float, float]:
    return tally.parts.get("tp", 0.0), tally.parts.get("fp", 0.0), tally.parts.get("fn", 0.0)


def labelled_speech(label: Label) -> dict[PartyName, SpanSet]:
    """Return the joined speech of those parties that are labelled."""
    given = {party: getattr(label.speech, party, None) for party in PARTIES}
    return {party: joined(pairs) for party, pairs in given.items() if pairs is not None}


def found_speech(analysis: Analysis) -> dict[PartyName, SpanSet] | None:
    """Return each party's joined speech in a result; ``None`` where the parties are not told apart."""
    speech = analysis.speech
    if speech.other and not (speech.agent or speech.customer):
        return None
    return {"agent": joined(speech.agent), "customer": joined(speech.customer)}


def why_no_speech(label: Label, analysis: Analysis) -> str:
    """Return why the speech can't be compared; empty when it can, for one party at least."""
    if not labelled_speech(label):
        return "speech is not labelled"
    return NOT_SEPARATED if found_speech(analysis) is None else ""


def _metrics(party: PartyName | None) -> tuple[Metric, Metric, Metric]:
    suffix = f"_{party}" if party else ""
    channels = () if party else tuple(f"speech_f1_{one}" for one in PARTIES)
    meaning = f"2 TP / (2 TP + FP + FN) in 10 ms frames, {party}; pauses < 0.3 s joined on both sides."
    if not party:
        meaning = "As above, both parties together; mean and worst are over channels."
    return (
        Metric(
            f"speech_f1{suffix}",
            f"F1\n{party or 'both'}",
            meaning,
            "1",
            "high",
            f1,
            NO_SPEECH,
            column=party is not None,
            spread_over=channels,
        ),
        Metric(
            f"speech_precision{suffix}",
            "precision",
            "Share of the found speech that is labelled.",
            "1",
            "high",
            precision,
            "no speech in the label or in the result",
        ),
        Metric(
            f"speech_recall{suffix}",
            "recall",
            "Share of the labelled speech that was found.",
            "1",
            "high",
            recall,
            NO_SPEECH,
        ),
    )


_GROUPS: dict[PartyName | None, tuple[Metric, ...]] = {party: _metrics(party) for party in (*PARTIES, None)}


def score_speech(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score the speech of the parties that are labelled; the figure for both needs both."""
    reference, found = labelled_speech(label), found_speech(analysis) or {}
    reason = why_no_speech(label, analysis) or "this party's speech is not labelled"
    tallies: dict[PartyName | None, Tally] = {
        party: frame_confusion(spans, found[party]) for party, spans in reference.items() if party in found
    }
    if len(tallies) == len(PARTIES):
        tallies[None] = tallies["agent"] + tallies["customer"]
    return {
        metric.name: metric.score(tallies[party]) if party in tallies else Score.none(reason)
        for party, metrics in _GROUPS.items()
        for metric in metrics
    }


def looks_swapped(label: Label, analysis: Analysis) -> bool:
    """Tell whether the parties fit the label much better the other way round."""
    reference, found = labelled_speech(label), found_speech(analysis)
    if found is None or len(reference) < len(PARTIES):
        return False
    agent, customer = reference["agent"], reference["customer"]
    straight = f1(frame_confusion(agent, found["agent"]) + frame_confusion(customer, found["customer"]))
    crossed = f1(frame_confusion(agent, found["customer"]) + frame_confusion(customer, found["agent"]))
    return straight is not None and crossed is not None and crossed > straight + _SWAP_MARGIN


SPEECH = Family(tuple(metric for group in _GROUPS.values() for metric in group), score_speech)
