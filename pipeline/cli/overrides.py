"""What the command line lays over the settings: the same for every command that analyses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.settings import Settings


@dataclass(frozen=True)
class Overrides:
    """What was given on the command line; ``None`` changes nothing."""

    agent_channel: str | None = None
    language: str | None = None
    model: str | None = None
    device: str | None = None
    no_transcript: bool = False
    max_duration_h: float | None = None
    agent_speaker: str | None = None
    speakers: str | None = None
    diarizer: str | None = None
    fast: bool = False
    checklists: tuple[str, ...] = ()


def overlay(settings: Settings, given: Overrides) -> Settings:
    """Return the settings with the command line's values over them.

    Raises
    ------
    UsageError
        If a value is not one of those that are understood.
    """
    if given.agent_channel is not None:
        if given.agent_channel not in ("left", "right", "auto"):
            raise UsageError(f"--agent-channel takes left, right or auto, not {given.agent_channel!r}.")
        settings = replace(settings, agent_channel=given.agent_channel)  # type: ignore[arg-type]  # checked
    settings = _on_one_channel(settings, given)
    settings = replace(settings, checklists=given.checklists or settings.checklists)
    words: dict[str, Any] = {"language": given.language, "model": given.model, "device": given.device}
    try:
        settings = replace(
            settings,
            words=replace(settings.words, **{k: v for k, v in words.items() if v is not None}),
            transcript=settings.transcript and not given.no_transcript,
        )
        if given.max_duration_h is not None:
            limit_s = given.max_duration_h * 3600
            settings = replace(settings, audio=replace(settings.audio, max_duration_s=limit_s))
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    return settings


def _on_one_channel(settings: Settings, given: Overrides) -> Settings:
    """Lay over what is for recordings whose parties share a channel."""
    if given.agent_speaker is not None:
        known = get_args(_agent_speakers())
        if given.agent_speaker not in known:
            raise UsageError(
                f"--agent-speaker takes first, A, B, … {known[-1]} or auto, not {given.agent_speaker!r}."
            )
        settings = replace(settings, agent_speaker=given.agent_speaker)  # type: ignore[arg-type]  # checked
    changed: dict[str, Any] = {"diarizer": given.diarizer} if given.diarizer is not None else {}
    if given.speakers is not None:
        if given.speakers != "auto" and not given.speakers.isdecimal():
            raise UsageError(f"--speakers takes a number or auto, not {given.speakers!r}.")
        changed["speakers"] = "auto" if given.speakers == "auto" else int(given.speakers)
    try:
        diarization = replace(settings.diarization, **changed)
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    return replace(settings, diarization=diarization.fast() if given.fast else diarization)


def _agent_speakers() -> Any:
    from pipeline.settings import AgentSpeaker

    return AgentSpeaker
