"""The label file ``<call-id>.truth.json``: what a person, or a renderer, says is true of a call.

Public (docs/contract.md). Keys that are absent are not scored; keys that are not known are let through, since
annotators keep notes of their own; known keys are checked strictly. Times are seconds from the start.
"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  (pydantic reads the annotation)
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from pydantic_core import ErrorDetails

SUFFIX = ".truth.json"


def _forward(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[1] <= pair[0]:
        raise ValueError("the end must lie after the start")
    return pair


Seconds = Annotated[float, Field(ge=0)]
Pair = Annotated[tuple[Seconds, Seconds], AfterValidator(_forward)]
Party = Literal["agent", "customer"]
Voice = Literal["agent", "customer", "other"]
LabelVerdict = Literal["pass", "fail", "not_applicable"]
EndedBy = Literal["customer", "interruption", "solution", "hold"]


class LabelPart(BaseModel):
    """Base of all parts: known keys strict (no text for a number, no NaN), others let through."""

    model_config = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False, frozen=True)


class _Stretch(LabelPart):
    """Something with a start and an end."""

    start_s: Seconds
    end_s: Seconds

    @model_validator(mode="after")
    def _checked(self) -> Self:
        _forward((self.start_s, self.end_s))
        return self


class Line(_Stretch):
    """One line as it was heard; `full_text` is what a cut one would have become."""

    speaker: Voice
    text: str | None = None
    i: int | None = None
    moves: list[str] = Field(default_factory=list)
    backchannel: bool = False
    cut: bool = False
    full_text: str | None = None


class SpeechLabel(LabelPart):
    """Who is heard when; pauses shorter than 0.3 s bridged."""

    agent: list[Pair] | None = None
    customer: list[Pair] | None = None


class OverlapLabel(LabelPart):
    """A place where one party starts while the other speaks."""

    by: Voice
    of: Voice
    at_s: Seconds
    overlap_s: Seconds | None = None
    floor_taken: bool | None = None
    line: int | None = None
    of_line: int | None = None


class InterruptionLabel(OverlapLabel):
    """An interruption; where no pause interruption is labelled, those are not scored."""

    type: Literal["interruption", "pause_interruption"] = "interruption"


class EventLabel(_Stretch):
    """A floor event of any published type."""

    type: str = Field(min_length=1)
    by: Voice | None = None
    of: Voice | None = None


class VentLabel(_Stretch):
    """A complaint, from its first sentence to the hand-over."""

    ended_by: EndedBy | None = None


class TalkSeconds(LabelPart):
    """Seconds of speech of each party, backchannels included."""

    agent: Seconds | None = None
    customer: Seconds | None = None


class Label(LabelPart):
    """One label file.

    `scored` tells an absent key from one that is null: ``"vent": null`` says that there is none.
    """

    call_id: str = Field("", min_length=1)
    audio: str | None = None
    duration_s: Seconds | None = None
    title: str | None = None
    agent_channel: Literal["left", "right"] | None = None
    lines: list[Line] | None = None
    speech: SpeechLabel | None = None
    interruptions: list[InterruptionLabel] | None = None
    terminal_overlaps: list[OverlapLabel] | None = None
    events: list[EventLabel] | None = None
    vent: VentLabel | None = None
    vents: list[VentLabel] | None = None
    first_solution_s: Seconds | None = None
    first_apology_s: Seconds | None = None
    first_apology_specific_s: Seconds | None = None
    first_empathy_s: Seconds | None = None
    first_followup_s: Seconds | None = None
    talk_s: TalkSeconds | None = None
    talk_ratio_agent: Annotated[float, Field(ge=0, le=1)] | None = None
    checklists: dict[str, dict[str, LabelVerdict]] | None = None

    def scored(self, key: str) -> bool:
        """Tell whether the file has `key`, be it null."""
        return key in self.model_fields_set

    def matches(self, result_id: str) -> bool:
        """Tell whether a result is of this call: the same id, or one that starts with it and a dot."""
        return result_id == self.call_id or result_id.startswith(f"{self.call_id}.")


def find_labels(labels_dir: Path) -> list[Path]:
    """Return the label files in a folder and the folders below, in order of their paths.

    Raises
    ------
    UsageError
        If there is no such folder, or no label file in it.
    """
    if not labels_dir.is_dir():
        raise UsageError(f"{labels_dir}: no such folder.", "Name the folder that holds the label files.")
    found = sorted(labels_dir.rglob(f"*{SUFFIX}"))  # a folder or a broken link of that name is refused later
    if not found:
        raise UsageError(
            f"{labels_dir}: no label file in it.",
            f"Label files are named <call-id>{SUFFIX} (docs/contract.md).",
        )
    return found


def unlikely(label: Label, duration_s: float) -> Iterator[str]:
    """Yield what a label says that can't be so, though its form is right.

    Parameters
    ----------
    label : Label
    duration_s : float
        Of the call, with what may be overrun.
    """
    for key, last_s in _last_times(label):
        if last_s > duration_s:
            yield f"{key} of the label goes on to {last_s:.1f} s, after the end of the call."
    for key in ("interruptions", "terminal_overlaps", "events"):
        for k, one in enumerate(getattr(label, key) or ()):
            if one.of is not None and one.by == one.of:
                yield f"{key}[{k}] of the label is by and of the same party."


def _last_times(label: Label) -> Iterator[tuple[str, float]]:
    """Yield each key that holds times, and the last of them."""
    times: dict[str, list[float]] = {}
    if label.speech is not None:
        for party in ("agent", "customer"):
            times[f"speech.{party}"] = [end_s for _, end_s in getattr(label.speech, party) or ()]
    for key in ("lines", "events", "vents"):
        times[key] = [one.end_s for one in getattr(label, key) or ()]
    for key in ("interruptions", "terminal_overlaps"):
        times[key] = [one.at_s for one in getattr(label, key) or ()]
    times["vent"] = [label.vent.end_s] if label.vent else []
    for key in type(label).model_fields:
        if key.startswith("first_"):
            times[key] = [at_s for at_s in (getattr(label, key),) if at_s is not None]
    for key, found in times.items():
        if found:
            yield key, max(found)


def file_call_id(path: Path) -> str:
    """Return the call id that a label file's name tells."""
    return path.name.removesuffix(SUFFIX)


def load_label(path: Path) -> Label:
    """Read one label file; without a ``call_id`` it is of the call that its name tells.

    Raises
    ------
    InputError
        If it can't be read, or a key is not as published; the message names file and key, never a content.
    """
    try:
        raw = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text.", "Save the label file as UTF-8.") from error
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}).", "Check the file and its rights."
        ) from error
    try:
        label = Label.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(path, error.errors(include_url=False, include_input=False)) from error
    return label if label.call_id else label.model_copy(update={"call_id": file_call_id(path)})


_WORDING = {
    "missing": "is missing",
    "finite_number": "must be a number, not NaN or infinity",
    "string_too_short": "must not be empty",
}
_AS_PUBLISHED = "Mend the key, or leave it out if it is not to be scored (docs/contract.md, the label file)."


def _refusal(path: Path, problems: list[ErrorDetails]) -> InputError:
    """Word the first problem as one sentence; say how many more there are."""
    first = problems[0]
    if first["type"] == "json_invalid":
        return InputError(f"{path}: not JSON ({first['ctx']['error']}).", "Mend the file at that place.")
    if not first["loc"]:
        return InputError(f"{path}: a label file holds one JSON object.", _AS_PUBLISHED)
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["loc"]).lstrip(".")
    wording = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    wording = _WORDING.get(first["type"], wording)
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return InputError(f"{path}: {key} {_joined(wording)}{more}.", _AS_PUBLISHED)


def _joined(wording: str) -> str:
    """Let a wording follow the key's name: a clause of its own gets a colon."""
    return wording if wording.startswith(("is ", "must ", "should ")) else f"is no good: {wording}"
