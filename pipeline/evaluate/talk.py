"""Talk time against the label: the ratio of the two parties, and the seconds of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluate.metric import Family, Metric, Score, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis

_NOT_MEASURED = "not measured in this result"


def ratio_error(tally: Tally) -> float | None:
    """Return the agent's talk ratio of the result minus that of the label, from seconds."""
    found = tally.ratio("result_agent_s", "result_both_s")
    labelled = tally.ratio("label_agent_s", "label_both_s")
    return None if found is None or labelled is None else found - labelled


def seconds_error(tally: Tally) -> float | None:
    """Return seconds of speech in the result minus those in the label."""
    if "result_s" not in tally.parts:
        return None
    return tally.parts["result_s"] - tally.parts["label_s"]


def share_error(tally: Tally) -> float | None:
    """Return the error in seconds as a share of the labelled seconds; ``None`` where those are 0."""
    error = seconds_error(tally)
    return None if error is None or tally.parts["label_s"] <= 0 else error / tally.parts["label_s"]


_RATIO = Metric(
    "talk_ratio_error",
    "ratio\nerror",
    "talk_ratio_agent = agent / (agent + customer), result minus label; mean and worst of absolute values.",
    "1",
    "zero",
    ratio_error,
    _NOT_MEASURED,
    shown="+.3f",
    column=True,
)


def _party_metrics(party: str) -> tuple[Metric, Metric]:
    return (
        Metric(
            f"{party}_talk_error_s",
            f"{party}\nseconds",
            f"{party}_talk_s, result minus label, in seconds.",
            "s",
            "zero",
            seconds_error,
            _NOT_MEASURED,
            shown="+.2f",
        ),
        Metric(
            f"{party}_talk_error_share",
            f"{party}\nseconds",
            "The same as a share of the labelled seconds.",
            "1",
            "zero",
            share_error,
            "no speech in the label",
            shown="+.1%",
        ),
    )


_PARTIES = {party: _party_metrics(party) for party in ("agent", "customer")}


def score_talk(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Compare the published measures of a result with the label's ``talk_ratio_agent`` and ``talk_s``."""
    scores = {_RATIO.name: _score_ratio(label, analysis)}
    for party, metrics in _PARTIES.items():
        labelled = getattr(label.talk_s, party, None)
        found = analysis.measures.get(f"{party}_talk_s")
        for metric in metrics:
            if labelled is None:
                scores[metric.name] = Score.none("talk_s is not labelled")
            elif found is None:
                scores[metric.name] = Score.none(_why_not(analysis, f"{party}_talk_s"))
            else:
                scores[metric.name] = metric.score(Tally({"result_s": found, "label_s": labelled}))
    return scores


def _score_ratio(label: Label, analysis: Analysis) -> Score:
    """Score the ratio as both sides publish it; the parts for the total are seconds, where labelled."""
    found = analysis.measures.get("talk_ratio_agent")
    if label.talk_ratio_agent is None:
        return Score.none("talk_ratio_agent is not labelled")
    if found is None:
        return Score.none(_why_not(analysis, "talk_ratio_agent"))
    return Score(found - label.talk_ratio_agent, _ratio_parts(label, analysis))


def _ratio_parts(label: Label, analysis: Analysis) -> Tally:
    agent_s, customer_s = analysis.measures.get("agent_talk_s"), analysis.measures.get("customer_talk_s")
    talk = label.talk_s
    if agent_s is None or customer_s is None or talk is None or talk.agent is None or talk.customer is None:
        return Tally()
    return Tally(
        {
            "result_agent_s": agent_s,
            "result_both_s": agent_s + customer_s,
            "label_agent_s": talk.agent,
            "label_both_s": talk.agent + talk.customer,
        }
    )


def _why_not(analysis: Analysis, measure: str) -> str:
    detail = analysis.measure_details.get(measure)
    return (detail.reason if detail else None) or _NOT_MEASURED


TALK = Family((_RATIO, *(metric for pair in _PARTIES.values() for metric in pair)), score_talk)
