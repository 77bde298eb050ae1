"""The result file ``analysis.json``, schema ``hearout.analysis/1``: public (docs/contract.md).

Times are float seconds from the start of the recording, rounded to 1 ms; spans are
``[start_s, end_s]``, half-open. Parts that a version does not fill yet are empty or null, never missing.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_ID = "hearout.analysis/1"

Seconds = float
Pair = tuple[Seconds, Seconds]
Verdict = Literal["pass", "fail", "unsure", "not_applicable"]
RoleName = Literal["agent", "customer", "other"]


class Part(BaseModel):
    """Base of all parts: unknown keys are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())


class Call(Part):
    """The recording."""

    id: str
    source: str = Field(description="file name, no folders")
    sha256: str
    duration_s: Seconds
    sample_rate_hz: int
    channels: int
    layout: Literal["dual", "dual_mono", "mono"]
    recorded_at: str | None = None
    agent: str | None = None
    customer: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)


class ModelId(Part):
    """A model that was used."""

    id: str
    sha256: str


class Engine(Part):
    """What made this result, and with which settings."""

    version: str
    settings: dict[str, Any]
    settings_sha256: str
    models: dict[str, ModelId]
    checklists: dict[str, str] = Field(default_factory=dict, description="name: SHA-256 of what it asks")
    device: str
    elapsed_s: dict[str, float]


class RoleInfo(Part):
    """Why this party has this role."""

    channel: Literal["left", "right"] | None = None
    speaker: str | None = None
    confidence: float
    why: str


class Roles(Part):
    """Agent and customer; always filled."""

    agent: RoleInfo
    customer: RoleInfo


class Speech(Part):
    """Who is heard when; pauses shorter than ``speech_join_s`` are bridged."""

    agent: list[Pair] = Field(default_factory=list)
    customer: list[Pair] = Field(default_factory=list)
    other: list[Pair] = Field(default_factory=list)


class WordPart(Part):
    """A recognised word."""

    text: str
    start_s: Seconds
    end_s: Seconds
    confidence: float


class MovePart(Part):
    """What a sentence does."""

    name: str
    confidence: float
    span: Pair
    text: str


class TurnPart(Part):
    """A turn, or a run of backchannels."""

    i: int
    role: RoleName
    start_s: Seconds
    end_s: Seconds
    text: str
    words: list[WordPart]
    kind: Literal["turn", "backchannel"]
    moves: list[MovePart] = Field(default_factory=list)


class Event(BaseModel):
    """A floor event, hold, silence, vent, …; further fields per type in docs/measures.md."""

    model_config = ConfigDict(extra="allow")

    type: str
    start_s: Seconds
    end_s: Seconds
    by: RoleName | None = None
    of: RoleName | None = None


class Vent(Part):
    """The first complaint, from its first sentence to the hand-over."""

    start_s: Seconds
    end_s: Seconds
    spoken_s: Seconds
    uninterrupted_share: float | None
    ended_by: Literal["customer", "interruption", "solution", "hold"]
    first_solution_s: Seconds | None = None
    lead_s: Seconds | None = None
    confidence: float
    why: str


class MeasureDetail(Part):
    """What a number was made of."""

    parts: dict[str, float]
    spans: list[Pair]
    reason: str | None = None


class Evidence(Part):
    """A stretch that proves a verdict."""

    span: Pair
    text: str = ""


class VerdictPart(Part):
    """A verdict on the call as a whole."""

    verdict: Verdict
    confidence: float
    reason: str
    evidence: list[Evidence]
    would_flip: list[str]


class ItemPart(Part):
    """One line of a checklist."""

    id: str
    title: str
    verdict: Verdict
    confidence: float
    reason: str
    evidence: list[Evidence]
    measured: float | None = None
    target: float | None = None
    items: list[ItemPart] = Field(default_factory=list)


class ChecklistPart(Part):
    """One checklist."""

    name: str
    title: str
    score: float | None
    score_range: Pair
    verdict: Verdict
    items: list[ItemPart]


class CoachPart(Part):
    """What a coach would say of the call, put together from the checklists' verdicts."""

    text: str
    play: Pair | None = Field(default=None, description="the moment to play with the one thing to work on")


class WarningPart(Part):
    """Something that a reader of the result should know."""

    code: str
    message: str
    span: Pair | None = None


class Analysis(Part):
    """One call's result."""

    schema_id: Literal["hearout.analysis/1"] = Field(default="hearout.analysis/1", alias="schema")
    call: Call
    engine: Engine
    quality: dict[str, dict[str, Any]]
    roles: Roles
    speech: Speech
    turns: list[TurnPart]
    events: list[Event]
    vent: Vent | None
    measures: dict[str, float | None]
    measure_details: dict[str, MeasureDetail]
    verdicts: dict[str, VerdictPart]
    checklists: list[ChecklistPart]
    coach: CoachPart | None = None
    warnings: list[WarningPart]


def json_schema() -> dict[str, Any]:
    """Return the published JSON Schema of the result file (docs/analysis.schema.json)."""
    schema = Analysis.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def to_json(analysis: Analysis) -> str:
    """Return the text of ``analysis.json``."""
    return analysis.model_dump_json(by_alias=True, indent=1) + "\n"
