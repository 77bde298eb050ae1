"""What the command line lays over the settings: the same for every command that analyses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pipeline.cli import options
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.settings import Settings


@dataclass(frozen=True)
class ImportOverrides:
    """What was given on the command line, as a group of options; ``None`` changes nothing.

    Nothing about how words are recognised: for commands that take them from elsewhere.
    """

    checklist: options.Checklists = None
    moves: options.Moves = None
    agent_channel: options.AgentChannel = None
    agent_speaker: options.AgentSpeaker = None
    speakers: options.Speakers = None
    diarizer: options.Diarizer = None
    fast: options.Fast = False
    language: options.Language = None
    device: options.Device = None
    max_duration: options.MaxDuration = None


@dataclass(frozen=True)
class Overrides(ImportOverrides):
    """All of it, for commands that recognise words."""

    model: options.Model = None
    no_transcript: options.NoTranscript = False


def overlay(settings: Settings, given: ImportOverrides) -> Settings:
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
    settings = _with_moves(settings, given)
    settings = replace(settings, checklists=tuple(given.checklist or ()) or settings.checklists)
    words: dict[str, Any] = {"language": given.language, "device": given.device}
    no_transcript = False
    if isinstance(given, Overrides):
        words["model"], no_transcript = given.model, given.no_transcript
    try:
        settings = replace(
            settings,
            words=replace(settings.words, **{k: v for k, v in words.items() if v is not None}),
            transcript=settings.transcript and not no_transcript,
        )
        if given.max_duration is not None:
            limit_s = given.max_duration * 3600
            settings = replace(settings, audio=replace(settings.audio, max_duration_s=limit_s))
    except ValueError as error:
        raise UsageError(f"{error}.") from error
    return settings


def _with_moves(settings: Settings, given: ImportOverrides) -> Settings:
    """Lay over the user's moves; what is wrong with them is noticed before anything runs."""
    if given.moves:
        settings = replace(settings, moves=replace(settings.moves, folders=tuple(map(str, given.moves))))
    if settings.moves.folders:
        from pipeline.moves import load_moves

        load_moves("en", [Path(folder) for folder in settings.moves.folders])
    return settings


def _on_one_channel(settings: Settings, given: ImportOverrides) -> Settings:
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
