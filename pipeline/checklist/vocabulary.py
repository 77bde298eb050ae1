"""What checks can name, and how people call it."""

from __future__ import annotations

from functools import lru_cache

MEASURES = (
    "agent_talk_s",
    "customer_talk_s",
    "talk_ratio_agent",
    "talk_share_agent_of_call",
    "talk_ratio_agent_before_vent",
    "talk_ratio_agent_in_vent",
    "talk_ratio_agent_after_vent",
    "silence_s",
    "hold_s",
    "longest_silence_s",
    "silence_count",
    "interruptions_by_agent",
    "interruptions_by_customer",
    "interruptions_by_agent_in_vent",
    "interruptions_by_agent_per_min",
    "pause_interruptions_by_agent",
    "floor_taken_by_agent",
    "backchannels_by_agent",
    "backchannels_by_agent_in_vent",
    "agent_latency_median_s",
    "agent_latency_p90_s",
    "longest_agent_turn_s",
    "longest_customer_turn_s",
    "longest_uninterrupted_customer_s",
    "vent_s",
    "vent_spoken_s",
    "vent_uninterrupted_share",
    "time_to_first_solution_s",
    "solution_lead_s",
    "first_solution_s",
    "questions_by_agent",
    "clarifying_questions_before_solution",
    "agent_wpm",
    "customer_wpm",
    "agent_level_dbfs",
    "customer_level_dbfs",
    "customer_level_trend_db_per_min",
    "overlap_s",
    "overlap_share",
    "speech_agreement",
)
"""Published measures (docs/measures.md, section 4)."""

NEGATIVE_MOVES = frozenset({"blame_defensive", "dismissive", "refusal", "take_it_or_leave_it"})
"""What counts against the agent: even a faint one is shown for review."""

CUSTOMER_MOVES = frozenset(
    {"agreement", "anger", "complaint", "customer_thanks", "earlier_contact", "question", "request"}
)

_MEASURE_WORDS = {
    "talk_ratio_agent": "the agent's share of the talking",
    "talk_share_agent_of_call": "the agent's talking as a share of the call",
    "interruptions_by_agent": "interruptions by the agent",
    "interruptions_by_agent_in_vent": "interruptions by the agent in the complaint",
    "interruptions_by_agent_per_min": "interruptions by the agent a minute",
    "backchannels_by_agent": "the agent's signs of listening",
    "backchannels_by_agent_in_vent": "the agent's signs of listening in the complaint",
    "longest_agent_turn_s": "the agent's longest turn (s)",
}

_MOVE_WORDS = {
    "apology_bare": "bare “sorry”",
    "apology_specific": "apology for what happened",
    "blame_defensive": "blame or defence",
    "can_do": "word of what can be done",
    "clarifying_question": "clarifying question",
    "customer_thanks": "thanks from the customer",
    "dismissive": "dismissive line",
    "earlier_contact": "word of an earlier contact",
    "empathy": "genuine empathy",
    "empathy_formulaic": "set phrase of understanding",
    "explanation_of_why": "explanation of why",
    "follow_up": "follow-up agreed",
    "hold_request": "request to hold",
    "info_request": "request for details",
    "options": "choice of two or more",
    "promise": "definite promise",
    "promise_vague": "vague promise",
    "rapport": "personal word",
    "reassurance": "reassurance",
    "reflect_back": "complaint said back",
    "refusal": "refusal",
    "satisfaction_check": "check that the customer is happy",
    "solution_offer": "act that solves",
    "take_it_or_leave_it": "“take it or leave it”",
    "thanks_to_customer": "thanks to the customer",
    "transfer": "transfer to somebody else",
    "uses_customer_name": "customer's name",
}

_VERDICT_WORDS = {
    "vent_before_solving": "the customer's chance to say it all before solving",
    "talk_ratio": "the share of talking and listening",
}


@lru_cache(maxsize=1024)
def move_words(names: tuple[str, ...], *, joint: str = "or") -> str:
    """Return moves as people call them: "genuine empathy", "blame or defence or refusal"."""
    words = [_MOVE_WORDS.get(name, name.replace("_", " ")) for name in names]
    if len(words) < 3:
        return f" {joint} ".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def measure_words(name: str) -> str:
    """Return a measure as people call it."""
    return _MEASURE_WORDS.get(name, name.replace("_", " "))


def verdict_words(name: str) -> str:
    """Return a verdict on the whole call as people call it."""
    return _VERDICT_WORDS.get(name, name.replace("_", " "))
