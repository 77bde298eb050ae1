"""The measures that exports have a column for: unit and meaning, as in docs/measures.md.

The list is stable: a measure that this version doesn't make yet has an empty column.
"""

from __future__ import annotations

MEASURES: dict[str, tuple[str, str]] = {
    "agent_talk_s": ("s", "speech of the agent, backchannels included"),
    "customer_talk_s": ("s", "speech of the customer, backchannels included"),
    "talk_ratio_agent": ("0–1", "agent / (agent + customer)"),
    "talk_share_agent_of_call": ("0–1", "agent / duration of the call"),
    "talk_ratio_agent_before_vent": ("0–1", "talk_ratio_agent before the vent"),
    "talk_ratio_agent_in_vent": ("0–1", "talk_ratio_agent in the vent"),
    "talk_ratio_agent_after_vent": ("0–1", "talk_ratio_agent after the vent"),
    "silence_s": ("s", "length of all silences"),
    "silence_count": ("count", "silences"),
    "longest_silence_s": ("s", "longest silence"),
    "hold_s": ("s", "length of all holds"),
    "agent_latency_median_s": ("s", "from the end of a customer's turn to the agent's next, median"),
    "agent_latency_p90_s": ("s", "the same, 90th percentile"),
    "longest_agent_turn_s": ("s", "longest turn of the agent"),
    "longest_customer_turn_s": ("s", "longest turn of the customer"),
    "longest_uninterrupted_customer_s": ("s", "longest part of a customer's turn without an interruption"),
    "interruptions_by_agent": ("count", "events that count against the agent"),
    "interruptions_by_customer": ("count", "events that count against the customer"),
    "interruptions_by_agent_per_min": ("1/min", "over the customer's speech"),
    "interruptions_by_agent_in_vent": ("count", "interruptions_by_agent in the vent"),
    "pause_interruptions_by_agent": ("count", "those that started in a pause"),
    "floor_taken_by_agent": ("count", "those in which the customer gave way"),
    "backchannels_by_agent": ("count", "signs of listening with a recognised word"),
    "backchannels_by_agent_in_vent": ("count", "backchannels_by_agent in the vent"),
    "vent_s": ("s", "length of the first vent"),
    "vent_spoken_s": ("s", "the customer's speech in it"),
    "vent_uninterrupted_share": ("0–1", "share of that speech without an interruption"),
    "first_solution_s": ("s", "start of the agent's first solving act"),
    "time_to_first_solution_s": ("s", "from the vent's start to the first solving act"),
    "solution_lead_s": ("s", "from the vent's end to the first solving act; negative = too soon"),
    "questions_by_agent": ("count", "questions in the agent's turns"),
    "clarifying_questions_before_solution": ("count", "clarifying questions before the first solving act"),
    "agent_wpm": ("words/min", "the agent's words over speech time"),
    "customer_wpm": ("words/min", "the customer's words over speech time"),
    "agent_level_dbfs": ("dBFS", "RMS of the agent over active speech"),
    "customer_level_dbfs": ("dBFS", "RMS of the customer over active speech"),
    "customer_level_trend_db_per_min": ("dB/min", "trend of the customer's level against their own"),
    "overlap_s": ("s", "both are heard"),
    "overlap_share": ("0–1", "both are heard, of the time in which anybody is"),
    "speech_agreement": ("0–1", "frame agreement of the independent speech detectors"),
}
