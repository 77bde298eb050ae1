"""The result file ``analysis.json``, schema ``hearout.analysis/1``: public (docs/contract.md).

Times are float seconds from the start of the recording, rounded to 1 ms; spans are
``[start_s, end_s]``, half-open. Parts that a version does not fill yet are empty or null, never missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar, dataclass_transform, get_type_hints

import msgspec
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, with_config
from pydantic_core.core_schema import (
    CoreSchema,
    TypedDictField,
    is_instance_schema,
    no_info_after_validator_function,
    plain_serializer_function_ser_schema,
    typed_dict_field,
    typed_dict_schema,
    union_schema,
    with_default_schema,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_ID: Final = "hearout.analysis/1"

Seconds = float
Pair = tuple[Seconds, Seconds]
Verdict = Literal["pass", "fail", "unsure", "not_applicable"]
RoleName = Literal["agent", "customer", "other"]


_STRICT = ConfigDict(extra="forbid", populate_by_name=True, protected_namespaces=())
T = TypeVar("T")


@dataclass_transform(kw_only_default=True)
def part(cls: type[T]) -> type[T]:
    """Make a class a part of the result: a plain value in code, checked where a result file is read.

    Unknown keys of a file are refused, so that a misspelt one is noticed.
    """
    return with_config(_STRICT)(dataclass(slots=True, kw_only=True)(cls))


@part
class Call:
    """The recording."""

    id: str
    source: Annotated[str, Field(description="file name, no folders")]
    sha256: str
    duration_s: Seconds
    sample_rate_hz: int
    channels: int
    layout: Literal["dual", "dual_mono", "mono"]
    recorded_at: str | None = None
    agent: str | None = None
    customer: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


@part
class ModelId:
    """A model that was used."""

    id: str
    sha256: str


@part
class Engine:
    """What made this result, and with which settings."""

    version: str
    settings: dict[str, Any]
    settings_sha256: str
    models: dict[str, ModelId]
    checklists: Annotated[dict[str, str], Field(description="name: SHA-256 of what it asks")] = field(
        default_factory=dict
    )
    device: str
    elapsed_s: dict[str, float]


@part
class RoleInfo:
    """Why this party has this role."""

    channel: Literal["left", "right"] | None = None
    speaker: str | None = None
    confidence: float
    why: str


@part
class Roles:
    """Agent and customer; always filled."""

    agent: RoleInfo
    customer: RoleInfo


@part
class Speech:
    """Who is heard when; pauses shorter than ``speech_join_s`` are bridged."""

    agent: list[Pair] = field(default_factory=list)
    customer: list[Pair] = field(default_factory=list)
    other: list[Pair] = field(default_factory=list)


class SmallPart(msgspec.Struct, gc=False):
    """A part of which a call has hundreds or thousands: made and written in half the time of another.

    It stands inside of other parts only: nothing looks at those again that are made in code.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let it be checked and described as every other part is."""
        kinds = get_type_hints(cls)
        fields = {one.name: _row_field(one, handler(kinds[one.name])) for one in msgspec.structs.fields(cls)}
        row = typed_dict_schema(fields, cls=cls, ref=cls.__qualname__, extra_behavior="forbid")
        as_row = plain_serializer_function_ser_schema(msgspec.structs.asdict, return_schema=row)
        return no_info_after_validator_function(lambda row: cls(**row), row, serialization=as_row)


def _row_field(of: msgspec.structs.FieldInfo, kind: CoreSchema) -> TypedDictField:
    if of.required:
        return typed_dict_field(kind)
    return typed_dict_field(with_default_schema(kind, default=of.default), required=False)


class WordPart(SmallPart):
    """A recognised word."""

    text: str
    start_s: Seconds
    end_s: Seconds
    confidence: float


class MovePart(SmallPart):
    """What a sentence does."""

    name: str
    confidence: float
    span: Pair
    text: str


@part
class TurnPart:
    """A turn, or a run of backchannels."""

    i: int
    role: RoleName
    start_s: Seconds
    end_s: Seconds
    text: str
    words: list[WordPart]
    kind: Literal["turn", "backchannel"]
    moves: list[MovePart] = field(default_factory=list)


class Event(msgspec.Struct):
    """A floor event, hold, silence, vent, …; further fields per type in docs/measures.md."""

    type: str
    start_s: Seconds
    end_s: Seconds
    by: RoleName | None
    of: RoleName | None
    row: dict[str, Any]  # all of it, as the result file holds it

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Event:
        """Make it of what the result file holds of it."""
        return cls(row["type"], row["start_s"], row["end_s"], row["by"], row["of"], row)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let it be checked and described as every other part is."""
        kinds = get_type_hints(cls)
        fields = {name: typed_dict_field(handler(kinds[name])) for name in ("type", "start_s", "end_s")}
        party = with_default_schema(handler(kinds["by"]), default=None)
        fields |= {name: typed_dict_field(party, required=False) for name in ("by", "of")}
        row = typed_dict_schema(fields, cls=cls, ref=cls.__qualname__, extra_behavior="allow")
        as_row = plain_serializer_function_ser_schema(attrgetter("row"), return_schema=row)
        made = no_info_after_validator_function(cls.from_row, row)
        return union_schema([is_instance_schema(cls), made], mode="left_to_right", serialization=as_row)


@part
class Vent:
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


@part
class MeasureDetail:
    """What a number was made of."""

    parts: dict[str, float]
    spans: list[Pair]
    reason: str | None = None


class Evidence(SmallPart):
    """A stretch that proves a verdict."""

    span: Pair
    text: str = ""


@part
class VerdictPart:
    """A verdict on the call as a whole."""

    verdict: Verdict
    confidence: float
    reason: str
    evidence: list[Evidence]
    would_flip: list[str]


@part
class ItemPart:
    """One line of a checklist."""

    id: str
    title: str
    verdict: Verdict
    confidence: float
    reason: str
    evidence: list[Evidence]
    measured: float | None = None
    target: float | None = None
    items: list[ItemPart] = field(default_factory=list)


@part
class ChecklistPart:
    """One checklist."""

    name: str
    title: str
    score: float | None
    score_range: Pair
    verdict: Verdict
    items: list[ItemPart]


@part
class CoachPart:
    """What a coach would say of the call, put together from the checklists' verdicts."""

    text: str
    play: Annotated[Pair | None, Field(description="the moment to play with the one thing to work on")] = None


@part
class WarningPart:
    """Something that a reader of the result should know."""

    code: str
    message: str
    span: Pair | None = None


class Analysis(BaseModel):
    """One call's result."""

    model_config = _STRICT

    schema_id: Literal["hearout.analysis/1"] = Field(alias="schema")
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


def to_json(analysis: Analysis) -> bytes:
    """Return the content of ``analysis.json``: a turn, an event, a measure on a line of its own."""
    return join_parts(encode_parts(analysis))


def encode_parts(analysis: Analysis) -> dict[str, bytes]:
    """Return the parts of a result by name, each as ``analysis.json`` holds it."""
    parts = vars(analysis).copy()
    parts = {"schema": parts.pop("schema_id"), **parts}
    parts["events"] = [event.row for event in analysis.events]
    return {name: _in_lines(part) for name, part in parts.items()}


def join_parts(parts: Mapping[str, bytes]) -> bytes:
    """Return the content of ``analysis.json`` from its encoded parts."""
    rows = [b"%s: %s" % (_encoder.encode(name), part) for name, part in parts.items()]
    return b"{\n%s\n}\n" % b",\n".join(rows)


def _in_lines(of: Any) -> bytes:
    if isinstance(of, list) and of:
        return b"[\n%s\n]" % b",\n".join(map(_encoder.encode, of))
    if isinstance(of, dict) and of:
        rows = [b"%s: %s" % (_encoder.encode(name), _encoder.encode(value)) for name, value in of.items()]
        return b"{\n%s\n}" % b",\n".join(rows)
    return _encoder.encode(of)


_encoder = msgspec.json.Encoder()
