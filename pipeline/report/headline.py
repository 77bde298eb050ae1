"""What a result says in plain sentences and figures: shared by the terminal and the page. Pure.

Nothing is computed here that the result does not hold; what could not be measured is said to be so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.measures import TalkTarget
from pipeline.report.vent_line import vent_line
from pipeline.timeline import ROLE_UNSURE_BELOW, Span, SpanSet
from pipeline.timeline.plain import duration, percent, times

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.report.schema import Analysis, Pair, RoleName

LAYOUTS = {"dual": "two channels", "dual_mono": "two identical channels", "mono": "one channel"}
VERDICTS = {"pass": "pass", "fail": "fail", "unsure": "unsure", "not_applicable": "not applicable"}
_NAMES: dict[RoleName, str] = {"agent": "Agent", "customer": "Customer", "other": "Speaker"}
_VENT_ENDS = {
    "interruption": "The complaint was cut off by the agent for good.",
    "solution": "The complaint ended as the agent began to solve over it.",
    "hold": "The complaint ended as the customer was put on hold.",
}


@dataclass(frozen=True, slots=True)
class Share:
    """One part of the call: who, for how long, and how much of the call that is (None if empty)."""

    key: str
    label: str
    seconds: float
    of_call: float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure for people: label, value in words (``—`` if not measured), why not, where to hear it."""

    name: str
    label: str
    text: str
    reason: str = ""
    span: Pair | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Warnings that say the same, with all the places they name."""

    code: str
    message: str
    spans: tuple[Pair, ...]


def role_name(role: RoleName) -> str:
    """Return the party's name for people; ``other`` is a speaker who is neither of the two for sure."""
    return _NAMES[role]


def humanize(name: str) -> str:
    """Return a snake_case name as words: ``pause_interruption`` is "Pause interruption"."""
    return name.replace("_", " ").strip().capitalize()


def capitalized(sentence: str) -> str:
    """Return `sentence` with its first letter in upper case and the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def heard_roles(analysis: Analysis) -> tuple[RoleName, ...]:
    """Return the roles to draw: agent and customer, or only ``other`` where they aren't told apart."""
    if parties_known(analysis):
        return ("agent", "customer", "other") if analysis.speech.other else ("agent", "customer")
    return ("other",)


def parties_known(analysis: Analysis) -> bool:
    """Tell whether agent and customer are told apart (always so where nobody speaks)."""
    speech = analysis.speech
    return bool(speech.agent or speech.customer or not speech.other)


def both_heard(analysis: Analysis) -> bool:
    """Tell whether agent and customer both speak: else nothing can be said of how they took turns."""
    return bool(analysis.speech.agent and analysis.speech.customer)


def anybody_heard(analysis: Analysis) -> bool:
    """Tell whether the recording holds any speech."""
    speech = analysis.speech
    return bool(speech.agent or speech.customer or speech.other)


def recorded(when: str) -> str:
    """Return when a call was recorded, to the minute; what is no time in ISO 8601 as it is written."""
    try:
        at = datetime.fromisoformat(when)
    except ValueError:
        return when
    if "T" not in when and ":" not in when:
        return when
    zone = f" {at:%Z}" if at.tzinfo else ""
    return f"{at:%Y-%m-%d %H:%M}{zone}"


def roles_unsure(analysis: Analysis) -> bool:
    """Tell whether it is doubtful who of the two is the agent."""
    confidence = min(analysis.roles.agent.confidence, analysis.roles.customer.confidence)
    warned = any(warning.code == "role_unsure" for warning in analysis.warnings)
    return parties_known(analysis) and (warned or confidence < ROLE_UNSURE_BELOW)


def headline(analysis: Analysis, target: TalkTarget | None = None) -> str:
    """Return the first sentence for a coach: on the vent, if there is one, else on the talking.

    Parameters
    ----------
    analysis : Analysis
    target : TalkTarget, optional
        Half of the talking ± 10 % unless given.
    """
    vent = vent_line(analysis)
    if not vent:
        return talk_sentence(analysis, target)
    told = f"the customer {vent[:1].lower()}{vent[1:]}"
    return _hedged(analysis, told) if roles_unsure(analysis) else vent


def talk_sentence(analysis: Analysis, target: TalkTarget | None = None) -> str:
    """Return one sentence on who cut in and who talked how much."""
    target = target or TalkTarget()
    length, speech = duration(analysis.call.duration_s), analysis.speech
    if not anybody_heard(analysis):
        return f"No speech was found in this recording ({length})."
    if not parties_known(analysis):
        return "Agent and customer are not told apart in this recording, so who talked how much is not known."
    if not both_heard(analysis):
        heard_role: RoleName = "agent" if speech.agent else "customer"
        silent = "customer" if speech.agent else "agent"
        heard = duration(_drawn(analysis, heard_role).duration_s)
        return _hedged(
            analysis, f"only the {heard_role} is heard ({heard}); the {silent} is silent throughout."
        )
    ratio = analysis.measures.get("talk_ratio_agent")
    if ratio is None:
        why = reason(analysis, "talk_ratio_agent")
        return f"Who talked how much could not be measured{': ' + why if why else ''}."
    share = _ratio_clause(ratio, target)
    cuts = _cuts(analysis)
    return _hedged(analysis, f"the agent {cuts} and {share}." if cuts else f"the agent {share}.")


def _ratio_clause(ratio: float, target: TalkTarget) -> str:
    side = target.judge(ratio)
    limit = {"above": target.high, "below": target.low}.get(side)
    had = f"had {percent(ratio, limit)} of the talking"
    if side == "above":
        return f"{had}, more than the target of {target.wording} (at most {percent(target.high)})"
    if side == "below":
        return f"{had}, leaving the customer most of it"
    return f"{had} (target: {target.wording})"


def _cuts(analysis: Analysis) -> str:
    """Return how often the agent cut in, doubts included; empty if never or not known."""
    count = analysis.measures.get("interruptions_by_agent")
    if not count:
        return ""
    detail = analysis.measure_details.get("interruptions_by_agent")
    unsure = round(detail.parts.get("unsure", 0)) if detail else 0
    if unsure >= count:
        return f"may have cut in on the customer {times(count)} (the audio can't decide)"
    doubt = f" ({unsure} of them unsure)" if unsure else ""
    return f"cut in on the customer {times(count)}{doubt}"


def _hedged(analysis: Analysis, sentence: str) -> str:
    if roles_unsure(analysis):
        return f"If agent and customer are the right way round, {sentence}"
    return capitalized(sentence)


def details(analysis: Analysis, target: TalkTarget | None = None) -> list[str]:
    """Return the sentences that follow the headline; what isn't measured is left out."""
    found = [talk_sentence(analysis, target)] if vent_line(analysis) else []
    measures = analysis.measures
    if not parties_known(analysis):
        heard = duration(_drawn(analysis, "other").duration_s)
        found.append(f"{heard} of the call's {duration(analysis.call.duration_s)} is speech.")
    uninterrupted, longest = (
        measures.get(name) for name in ("longest_uninterrupted_customer_s", "longest_customer_turn_s")
    )
    if uninterrupted is not None:
        found.append(f"The longest the customer spoke without being cut in on was {duration(uninterrupted)}.")
    elif longest is not None:
        found.append(f"The longest the customer spoke in one go was {duration(longest)}.")
    if measures.get("interruptions_by_agent") == 0 and both_heard(analysis):
        found.append("The agent never cut in on the customer.")
    if analysis.vent and analysis.vent.ended_by in _VENT_ENDS:
        found.append(_VENT_ENDS[analysis.vent.ended_by])
    latency = measures.get("agent_latency_median_s")
    if latency is not None:
        found.append(
            f"The agent usually answered {'at once' if latency < 0.3 else f'after {duration(latency)}'}."
        )
    return found


def shares(analysis: Analysis) -> list[Share]:
    """Return how the call's time is split: each party, both at once, nobody.

    The parties' shares contain what they speak at once: agent + customer − both + nobody = call.
    The seconds are the published measures where there are any, else taken from the speech spans.
    """
    length, measures = analysis.call.duration_s, analysis.measures
    found: list[tuple[str, str, float]] = []
    for role in heard_roles(analysis):
        seconds = measures.get(f"{role}_talk_s") if role != "other" else None
        if seconds is None:
            seconds = _drawn(analysis, role).duration_s
        found.append((role, role_name(role), seconds))
    if parties_known(analysis):
        both = measures.get("overlap_s")
        if both is None:
            both = (_drawn(analysis, "agent") & _drawn(analysis, "customer")).duration_s
        found.append(("both", "Both at once", both))
    detail = analysis.measure_details.get("silence_s")
    nobody = detail.parts.get("nobody_s") if detail else None
    if nobody is None:
        anybody = SpanSet(span for role in heard_roles(analysis) for span in _drawn(analysis, role))
        nobody = max(0.0, length - anybody.duration_s)
    found.append(("nobody", "Nobody", nobody))
    return [Share(key, label, seconds, seconds / length if length else None) for key, label, seconds in found]


def denominators(analysis: Analysis) -> tuple[tuple[str, str, str], ...]:
    """Return the agent's talk over both denominators; empty if there is no ratio.

    Returns
    -------
    tuple of (share, of what, parts) : tuple of str
        Such as ``("48 %", "of the talking", "52 s of 1 min 48 s")``.
    """
    ratio = analysis.measures.get("talk_ratio_agent")
    if ratio is None:
        return ()
    heard = {share.key: share.seconds for share in shares(analysis)}
    agent, customer = heard.get("agent", 0.0), heard.get("customer", 0.0)
    share = analysis.measures.get("talk_share_agent_of_call")
    found = [(percent(ratio), "of the talking", f"{duration(agent)} of {duration(agent + customer)}")]
    if share is not None:
        parts = f"{duration(agent)} of {duration(analysis.call.duration_s)}"
        found.append((percent(share), "of the whole call", parts))
    return tuple(found)


_FIGURES = (
    ("longest_customer_turn_s", "Customer's longest turn", "s"),
    ("longest_uninterrupted_customer_s", "… without being cut in on", "s"),
    ("longest_agent_turn_s", "Agent's longest turn", "s"),
    ("agent_latency_median_s", "Agent answers after (median)", "s"),
    ("agent_latency_p90_s", "… in 9 of 10 cases within", "s"),
    ("interruptions_by_agent", "Agent cuts in", "times"),
    ("interruptions_by_customer", "Customer cuts in", "times"),
    ("silence_count", "Silences", "silences"),
    ("hold_s", "On hold", "s"),
    ("agent_wpm", "Agent's pace", "wpm"),
    ("customer_wpm", "Customer's pace", "wpm"),
)


def figures(analysis: Analysis) -> list[Figure]:
    """Return the key measures that this result holds, in reading order; missing ones with their reason."""
    found = []
    for name, label, unit in _FIGURES:
        if name not in analysis.measures:
            continue
        value, detail = analysis.measures[name], analysis.measure_details.get(name)
        if name == "silence_count" and value:
            detail = analysis.measure_details.get("longest_silence_s")
        span = None
        if value and detail and name.startswith(("longest", "silence")) and len(detail.spans) == 1:
            span = detail.spans[0]
        text = "—" if value is None else _quantity(value, unit)
        if unit == "silences":
            text = _silences(analysis, value)
        why = reason(analysis, name) if value is None else ""
        if unit == "times" and value is not None and not both_heard(analysis):
            text, why = "—", "not both of agent and customer are heard"
        found.append(Figure(name, label, text, why, span))
    return found


def _silences(analysis: Analysis, count: float | None) -> str:
    if not count:
        return "—" if count is None else "none"
    total, longest = (analysis.measures.get(name) for name in ("silence_s", "longest_silence_s"))
    if count == 1 or total is None or longest is None:
        return f"{count:.0f}" if longest is None else f"{count:.0f}, {duration(longest)} long"
    return f"{count:.0f}, {duration(total)} in all, longest {duration(longest)}"


def _quantity(value: float, unit: str) -> str:
    if unit == "s":
        return duration(value)
    if unit == "times":
        return times(value)
    return f"{value:.0f} words/min" if unit == "wpm" else f"{value:.0f}"


def notices(analysis: Analysis) -> list[Notice]:
    """Return the warnings, each sentence once, with all the places it names, in first-seen order.

    What the headline says (that the parties are not told apart, that nobody speaks) is not said again.
    """
    said = set() if parties_known(analysis) and anybody_heard(analysis) else {"role_unsure"}
    grouped: dict[tuple[str, str], list[Pair]] = {}
    for warning in analysis.warnings:
        if warning.code in said:
            continue
        spans = grouped.setdefault((warning.code, warning.message), [])
        if warning.span is not None:
            spans.append(warning.span)
    return [Notice(code, message, tuple(sorted(spans))) for (code, message), spans in grouped.items()]


def reason(analysis: Analysis, name: str) -> str:
    """Return why a measure has no value; empty if it has one or none is given."""
    detail = analysis.measure_details.get(name)
    return (detail.reason or "") if detail else ""


def _drawn(analysis: Analysis, role: RoleName) -> SpanSet:
    """Return the speech of a role as the result holds it."""
    pairs: Iterable[Pair] = getattr(analysis.speech, role)
    return SpanSet(Span(start_s, end_s) for start_s, end_s in pairs if end_s > start_s)
