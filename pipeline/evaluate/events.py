"""Floor events against the label: who interrupted whom, what was taken for it, which type became which.

Matching rule: a labelled and a found event by the same party are the same if their starts are at most 1 s
apart; one-to-one, as many pairs as there can be. Where a label holds no pause interruption, those are not
scored: found ones count neither way. Events of a confidence below 0.6 are what hearout calls unsure; every
F1 stands twice, with all found events and with the sure ones only.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pipeline.evaluate.metric import Family, Metric, Score, Tally, confusion, confusion_part
from pipeline.evaluate.speech import NOT_SEPARATED, PARTIES, PartyName, found_speech
from pipeline.timeline import UNSURE_BELOW, EventType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.evaluate.labels import EventLabel, Label
    from pipeline.report.schema import Analysis, Event

MATCH_S = 1.0
BACKCHANNEL_S = 0.5
NONE = "none"
_TINY_S = 1e-6  # times are published to 1 ms: what is smaller is binary noise
_NOTHING = "no interruption in the label or in the result"
_PAUSE = EventType.PAUSE_INTERRUPTION.value
_COUNTING = (EventType.INTERRUPTION.value, _PAUSE)
_QUIET = (EventType.SILENCE.value, EventType.HOLD.value)
_OF_THE_CALL = (EventType.VENT.value, EventType.FIRST_SOLUTION.value, EventType.TRANSFER.value)
_BETWEEN = tuple(kind.value for kind in EventType if kind.value not in (*_QUIET, *_OF_THE_CALL))


def count_matches(labelled: Sequence[float], found: Sequence[float], within_s: float = MATCH_S) -> int:
    """Return the largest number of one-to-one pairs of starts that are at most `within_s` apart."""
    ours, theirs = sorted(labelled), sorted(found)
    i = j = pairs = 0
    while i < len(ours) and j < len(theirs):
        if abs(ours[i] - theirs[j]) <= within_s + _TINY_S:
            pairs, i, j = pairs + 1, i + 1, j + 1
        elif ours[i] < theirs[j]:
            i += 1
        else:
            j += 1
    return pairs


def detection(labelled: Sequence[float], found: Sequence[float]) -> Tally:
    """Return ``tp`` (pairs), ``fp`` (found alone) and ``fn`` (labelled alone) of two lists of starts."""
    tp = count_matches(labelled, found)
    return Tally({"tp": float(tp), "fp": float(len(found) - tp), "fn": float(len(labelled) - tp)})


def f1(tally: Tally) -> float | None:
    """Return ``2 tp / (2 tp + fp + fn)``; ``None`` where nothing is labelled and nothing found."""
    tp, fp, fn = (tally.parts.get(name, 0.0) for name in ("tp", "fp", "fn"))
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn > 0 else None


def precision(tally: Tally) -> float | None:
    """Return ``tp / (tp + fp)``; ``None`` where nothing is found."""
    tp, fp = tally.parts.get("tp", 0.0), tally.parts.get("fp", 0.0)
    return tp / (tp + fp) if tp + fp > 0 else None


def recall(tally: Tally) -> float | None:
    """Return ``tp / (tp + fn)``; ``None`` where nothing is labelled."""
    tp, fn = tally.parts.get("tp", 0.0), tally.parts.get("fn", 0.0)
    return tp / (tp + fn) if tp + fn > 0 else None


def taken_share(tally: Tally) -> float | None:
    """Return the share of labelled backchannels that were taken for an interruption."""
    return tally.ratio("taken", "backchannels")


def type_agreement(tally: Tally) -> float | None:
    """Return the share of labelled events that were found with the same type."""
    labelled = same = 0.0
    for (label, found), count in confusion(tally).items():
        labelled += count if label != NONE else 0.0
        same += count if label == found else 0.0
    return same / labelled if labelled > 0 else None


def _party_metrics(party: PartyName | None) -> tuple[Metric, ...]:
    suffix, who = (f"_{party}", f"by the {party}") if party else ("", "by either party")
    rule = f"{who}: starts within {MATCH_S:g} s, one-to-one"
    unlabelled = "pause interruptions count where the label has any"
    column = party is not None
    return (
        Metric(
            f"interruptions_f1{suffix}",
            f"cut in F1\n{party or 'both'}",
            f"2 TP / (2 TP + FP + FN) of interruptions {rule}; {unlabelled}.",
            "1",
            "high",
            f1,
            _NOTHING,
            column=column,
        ),
        Metric(
            f"interruptions_precision{suffix}",
            "precision",
            f"Share of the interruptions found {who} that are labelled.",
            "1",
            "high",
            precision,
            "no interruption in the result",
        ),
        Metric(
            f"interruptions_recall{suffix}",
            "recall",
            f"Share of the interruptions labelled {who} that were found.",
            "1",
            "high",
            recall,
            "no interruption in the label",
        ),
        Metric(
            f"interruptions_f1_sure{suffix}",
            "sure only",
            f"F1 as above, {who}, with the found events whose confidence is at least {UNSURE_BELOW:g}.",
            "1",
            "high",
            f1,
            _NOTHING,
        ),
    )


_PAUSE_PRECISION = Metric(
    "pause_interruption_precision",
    "in pauses\nprecision",
    "Share of the found pause interruptions that are labelled as such; where the label has any.",
    "1",
    "high",
    precision,
    "no pause interruption in the result",
)
_TAKEN = Metric(
    "backchannels_as_interruptions",
    "taken for\ncutting in",
    f"Share of labelled backchannels with a found interruption by that party within {BACKCHANNEL_S:g} s "
    "of their start.",
    "1",
    "low",
    taken_share,
    "no backchannel in the label",
    shown=".1%",
)
_TYPES = Metric(
    "event_type_agreement",
    "types",
    f"Share of labelled events found by the same party within {MATCH_S:g} s with the same type.",
    "1",
    "high",
    type_agreement,
    "no event in the label",
)
_GROUPS: dict[PartyName | None, tuple[Metric, ...]] = {
    party: _party_metrics(party) for party in (*PARTIES, None)
}


def score_events(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score what a label says of interruptions, backchannels and events; what it leaves out is not scored."""
    if found_speech(analysis) is None:
        return {metric.name: Score.none(NOT_SEPARATED) for metric in EVENTS.metrics}
    return {
        **_score_interruptions(label, analysis),
        _TAKEN.name: _score_backchannels(label, analysis),
        _TYPES.name: _score_types(label, analysis),
    }


def _score_interruptions(label: Label, analysis: Analysis) -> dict[str, Score]:
    if label.interruptions is None:
        unlabelled = Score.none("interruptions are not labelled")
        metrics = [metric for group in _GROUPS.values() for metric in group]
        return {metric.name: unlabelled for metric in (*metrics, _PAUSE_PRECISION)}
    with_pauses = any(one.type == _PAUSE for one in label.interruptions)
    counting = _COUNTING if with_pauses else _COUNTING[:1]
    found = [event for event in analysis.events if event.type in counting]
    every, sure, pauses = Tally(), Tally(), Tally()
    scores: dict[str, Score] = {}
    for party in PARTIES:
        labelled = [one for one in label.interruptions if one.by == party]
        own = [event for event in found if event.by == party]
        at = [one.at_s for one in labelled]
        all_of = detection(at, [event.start_s for event in own])
        sure_of = detection(at, [event.start_s for event in own if _is_sure(event)])
        pauses += detection(
            [one.at_s for one in labelled if one.type == _PAUSE],
            [event.start_s for event in own if event.type == _PAUSE],
        )
        every, sure = every + all_of, sure + sure_of
        scores |= _party_scores(party, all_of, sure_of)
    scores |= _party_scores(None, every, sure)
    unlabelled = Score.none("no pause interruption is labelled")
    scores[_PAUSE_PRECISION.name] = _PAUSE_PRECISION.score(pauses) if with_pauses else unlabelled
    return scores


def _party_scores(party: PartyName | None, every: Tally, sure: Tally) -> dict[str, Score]:
    return {metric.name: metric.score(sure if "_sure" in metric.name else every) for metric in _GROUPS[party]}


def _is_sure(event: Event) -> bool:
    return float(event.row.get("confidence", 1.0)) >= UNSURE_BELOW


def _score_backchannels(label: Label, analysis: Analysis) -> Score:
    """Count labelled backchannels whose start lies within 0.5 s of a counting event by the same party."""
    if label.lines is None:
        return Score.none("lines are not labelled")
    lines = [line for line in label.lines if line.backchannel]
    cuts = [event for event in analysis.events if event.type in _COUNTING]
    taken = sum(
        any(
            cut.by == line.speaker and abs(cut.start_s - line.start_s) <= BACKCHANNEL_S + _TINY_S
            for cut in cuts
        )
        for line in lines
    )
    return _TAKEN.score(Tally({"taken": float(taken), "backchannels": float(len(lines))}))


def _score_types(label: Label, analysis: Analysis) -> Score:
    """Fill the confusion table of one call; what is not between two parties stands in it
    only where labels hold such.
    """
    if label.events is None:
        return Score.none("events are not labelled")
    labelled = {one.type for one in label.events}
    wanted = {*_BETWEEN, *(_QUIET if labelled.intersection(_QUIET) else ()), *labelled}
    found = [event for event in analysis.events if event.type in wanted]
    pairs = match_types(label.events, found)
    cells = Counter((label.events[i].type, found[j].type) for i, j in pairs)
    matched_i, matched_j = {i for i, _ in pairs}, {j for _, j in pairs}
    cells.update((one.type, NONE) for i, one in enumerate(label.events) if i not in matched_i)
    cells.update((NONE, one.type) for j, one in enumerate(found) if j not in matched_j)
    parts = {confusion_part(a, b): float(count) for (a, b), count in sorted(cells.items())}
    return _TYPES.score(Tally(parts))


def match_types(labelled: Sequence[EventLabel], found: Sequence[Event]) -> list[tuple[int, int]]:
    """Pair labelled and found events: same party, starts within 1 s; same types first, then the nearest.

    Of a dual start the party says nothing, as it is nobody's fault; a hold or a silence has none in a result.
    """
    dual, quiet = EventType.DUAL_START.value, set(_QUIET)
    candidates = sorted(
        (ours.type != theirs.type, abs(ours.start_s - theirs.start_s), i, j)
        for i, ours in enumerate(labelled)
        for j, theirs in enumerate(found)
        if abs(ours.start_s - theirs.start_s) <= MATCH_S + _TINY_S
        and (ours.by == theirs.by or dual in (types := {ours.type, theirs.type}) or types <= quiet)
    )
    pairs: dict[int, int] = {}
    for _, _, i, j in candidates:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return sorted(pairs.items())


EVENTS = Family(
    (*(metric for group in _GROUPS.values() for metric in group), _PAUSE_PRECISION, _TAKEN, _TYPES),
    score_events,
)
CONFUSION = _TYPES.name
