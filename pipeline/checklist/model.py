"""The form of a checklist's file: plain keys, no expression language (docs/checklists.md)."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

WindowName = Literal[
    "whole_call",
    "vent",
    "from_vent",
    "before_solving",
    "after_vent",
    "after_vent_before_solving",
    "after_solving",
    "before_closing",
    "closing",
    "later_vents",
]
"""Where a check looks; see `pipeline.checklist.windows`."""

Party = Literal["agent", "customer"]
Mark = Literal["vent_start", "vent_end", "first_solution", "closing"]

KINDS: dict[str, frozenset[str]] = {
    "verdict": frozenset(),
    "measure": frozenset({"at_least", "at_most", "tolerance", "margin"}),
    "move": frozenset({"by", "within", "first_s", "at_least", "at_most", "mentions", "later_calls"}),
    "no_move": frozenset({"by", "within", "first_s", "mentions"}),
    "distinct_moves": frozenset({"by", "within", "first_s", "at_least"}),
    "turns_by": frozenset({"within", "first_s", "at_least", "at_most"}),
    "questions_by": frozenset({"within", "first_s", "at_least", "at_most", "other_than"}),
    "order": frozenset(),
    "vent": frozenset(),
    "all": frozenset(),
    "any": frozenset(),
    "not": frozenset(),
}
"""Each kind of check by its main key, with the keys that may stand beside it; `when` may beside each."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _pattern(text: str) -> str:
    try:
        re.compile(text, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error})") from error
    return text


def _sentence(text: str) -> str:
    return " ".join(text.split())


_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
_Text = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_sentence)]
_Names = Annotated[tuple[_Id, ...], Field(min_length=1), BeforeValidator(_listed)]
_Pattern = Annotated[str, AfterValidator(_pattern)]
_Count = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Step(_Strict):
    """One step of an order: its first move, or a mark of the call."""

    step: _Text = Field(description="What the step is called, for people.")
    move: _Names | None = Field(None, description="The first of these moves is the step.")
    at: Mark | None = Field(None, description="Or this moment of the call is.")

    @model_validator(mode="after")
    def _one(self) -> Step:
        if (self.move is None) == (self.at is None):
            raise ValueError("a step has either 'move' or 'at'")
        return self


class Check(_Strict):
    """One check: exactly one main key, and the keys that go with it."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra={"oneOf": [{"required": [kind]} for kind in KINDS]},
    )

    verdict: Literal["vent_before_solving", "talk_ratio"] | None = Field(
        None, description="The call's verdict of this name, as it is."
    )
    measure: _Id | None = Field(None, description="A measure of docs/measures.md, compared with a target.")
    move: _Names | None = Field(None, description="One of these moves is made.")
    no_move: _Names | None = Field(None, description="None of these moves is made.")
    distinct_moves: _Names | None = Field(None, description="So many different ones of these moves are made.")
    turns_by: Party | None = Field(None, description="Turns of this party, backchannels left out.")
    questions_by: Party | None = Field(
        None, description="Sentences of this party that ask something, by their form."
    )
    order: Annotated[tuple[Step, ...], Field(min_length=2)] | None = Field(
        None, description="Those of these steps that are taken come in this order."
    )
    vent: Literal["present", "absent"] | None = Field(None, description="Whether anything is complained of.")
    all_: Annotated[tuple[Check, ...], Field(min_length=1)] | None = Field(
        None, alias="all", description="All of these hold."
    )
    any_: Annotated[tuple[Check, ...], Field(min_length=1)] | None = Field(
        None, alias="any", description="One of these holds."
    )
    not_: Check | None = Field(None, alias="not", description="This does not hold.")

    when: Check | None = Field(None, description="Where this does not hold, the check does not apply.")
    by: Party | None = Field(None, description="Whose move; else whoever makes it.")
    within: WindowName = Field("whole_call", description="Where in the call.")
    first_s: Annotated[float, Field(gt=0)] | None = Field(
        None, description="Only in the first so many seconds of the window."
    )
    at_least: _Count | None = Field(None, description="Lower limit, itself allowed.")
    at_most: _Count | None = Field(None, description="Upper limit, itself allowed.")
    tolerance: _Count = Field(0.0, description="How far beyond the limit still passes.")
    margin: _Count = Field(0.0, description="This near to the limit, on either side, is unsure.")
    mentions: Annotated[tuple[_Id, ...], BeforeValidator(_listed)] = Field(
        (), description="The sentence, or the rest of its turn, holds one of each of these phrases."
    )
    other_than: Annotated[tuple[_Id, ...], BeforeValidator(_listed)] = Field(
        (), description="Questions that do one of these moves are left out."
    )
    later_calls: bool = Field(
        False, description="Looked for in the customer's later calls instead, where they are linked."
    )

    @cached_property
    def kind(self) -> str:
        """The main key."""
        return next(kind for kind in KINDS if self._has(kind))

    @cached_property
    def key(self) -> str:
        """The check as text: the same for the same check, whichever checklist it stands in."""
        return self.model_dump_json(by_alias=True, exclude_defaults=True)

    def _has(self, kind: str) -> bool:
        return getattr(self, f"{kind}_" if kind in ("all", "any", "not") else kind) is not None

    @model_validator(mode="after")
    def _consistent(self) -> Check:
        kinds = [kind for kind in KINDS if self._has(kind)]
        if len(kinds) != 1:
            found = "has none" if not kinds else f"has {' and '.join(kinds)}"
            raise ValueError(f"a check has exactly one of {', '.join(KINDS)}; this one {found}")
        kind = kinds[0]
        given = self.model_fields_set - {kind, f"{kind}_", "when"}
        stray = sorted(given - KINDS[kind])
        if stray:
            allowed = ", ".join(sorted(KINDS[kind])) or "nothing"
            raise ValueError(f"'{stray[0]}' does not go with '{kind}'; beside it may stand {allowed}")
        limits = (self.at_least is not None) + (self.at_most is not None)
        if kind in ("measure", "turns_by", "questions_by") and limits != 1:
            raise ValueError(f"'{kind}' is compared with either 'at_least' or 'at_most'")
        if kind == "distinct_moves" and limits != 1:
            raise ValueError("'distinct_moves' needs 'at_least'")
        if kind == "move" and limits > 1:
            raise ValueError("a move is counted with either 'at_least' or 'at_most'")
        return self

    def parts(self) -> tuple[Check, ...]:
        """Return the checks that this one is composed of."""
        return self.all_ or self.any_ or ((self.not_,) if self.not_ else ())


class FinerItem(_Strict):
    """A line of the checklist."""

    id: _Id = Field(description="Names the line in results and label files.")
    title: _Text = Field(description="The line as people read it.")
    about: _Text | None = Field(None, description="What is meant, for `hearout checklists show`.")
    opposite: _Text | None = Field(None, description="What was done instead, said where the line fails.")
    check: Check | None = Field(None, description="What makes it pass.")
    not_applicable_when: Check | None = Field(None, description="Where this holds, the line does not apply.")
    unsure_when: Check | None = Field(
        None, description="Where this holds, a line that would fail is unsure: something speaks for it."
    )
    not_applicable: _Text | None = Field(
        None, description="Instead of a check: why no recording can show this."
    )
    strength: _Text | None = Field(
        None, description="The coach's words where it passes: '... let the customer say it all'."
    )
    advice: _Text | None = Field(
        None, description="The coach's words where it fails: 'hear the customer out before ...'."
    )

    @model_validator(mode="after")
    def _checkable(self) -> FinerItem:
        if (self.check is None) == (self.not_applicable is None):
            raise ValueError("a line has either 'check' or 'not_applicable' with the reason")
        if self.check is None and (self.not_applicable_when or self.unsure_when):
            raise ValueError("'not_applicable_when' and 'unsure_when' go with 'check'")
        return self


class Item(FinerItem):
    """A main line: its check alone decides; the finer lines below are shown and change nothing."""

    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(
        1.0, description="Its share of the score."
    )
    critical: bool = Field(False, description="Whether the checklist fails where this line fails.")
    items: tuple[FinerItem, ...] = Field((), description="Finer lines.")


class Checklist(_Strict):
    """One checklist."""

    name: _Name = Field(description="As --checklist takes it and results carry it.")
    title: _Text = Field(description="For people.")
    source: _Text = Field(description="Where it comes from.")
    about: _Text | None = Field(None, description="What it is for.")
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = Field(
        "en", description="Language of the phrases."
    )
    pass_mark: Annotated[float, Field(ge=0, le=1)] = Field(
        0.8, description="The score from which the whole passes."
    )
    phrases: dict[_Id, Annotated[tuple[_Pattern, ...], Field(min_length=1)]] = Field(
        default_factory=dict,
        description="Regular expressions by name, for 'mentions'; over the shipped ones.",
    )
    items: Annotated[tuple[Item, ...], Field(min_length=1)] = Field(description="The main lines.")

    @model_validator(mode="after")
    def _unique(self) -> Checklist:
        for lines in (self.items, *(item.items for item in self.items)):
            ids = [line.id for line in lines]
            twice = next((one for one in ids if ids.count(one) > 1), None)
            if twice:
                raise ValueError(f"the id {twice} stands twice")
        return self

    def checks(self) -> tuple[Check, ...]:
        """Return every check of the checklist, those inside others included."""
        found: list[Check] = []

        def walk(check: Check | None) -> None:
            if check is not None:
                found.append(check)
                for part in (*check.parts(), check.when):
                    walk(part)

        for item in self.items:
            for line in (item, *item.items):
                walk(line.check)
                walk(line.not_applicable_when)
                walk(line.unsure_when)
        return tuple(found)


class PhrasesFile(_Strict):
    """Shipped phrases of one language, for 'mentions'."""

    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    phrases: dict[_Id, Annotated[tuple[_Pattern, ...], Field(min_length=1)]]


WINDOWS: tuple[WindowName, ...] = get_args(WindowName)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a checklist's file, for editors (docs/checklist.schema.json)."""
    schema = Checklist.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "hearout.checklist/1",
        **schema,
    }
