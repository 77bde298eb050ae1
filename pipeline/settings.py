"""Every threshold and option in one place: defaults, a YAML file over them, the command line over that."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from pipeline.audio import AudioSettings
from pipeline.configs import load_yaml
from pipeline.errors import InputError
from pipeline.measures import TalkTarget, VentSettings
from pipeline.moves import MoveSettings
from pipeline.speech import SpeechSettings
from pipeline.speech.diarization import DiarizationSettings
from pipeline.timeline import FloorSettings, TurnSettings
from pipeline.words import WordSettings

if TYPE_CHECKING:
    from pydantic import TypeAdapter

AgentChannel = Literal["auto", "left", "right"]
AgentSpeaker = Literal["auto", "first", "A", "B", "C", "D", "E", "F", "G", "H"]


@dataclass(frozen=True)
class Settings:
    """All that shapes a result; stored with it.

    Parameters
    ----------
    agent_channel : {"auto", "left", "right"}
        Which channel of a dual-channel recording is the agent's; ``auto`` decides by what is said.
    agent_speaker : {"auto", "first", "A", "B", ...}
        Which speaker of a recording on one channel is the agent: who speaks first, or one by name; ``auto``
        decides by what is said.
    transcript : bool
        Whether words are recognised at all.
    checklists : tuple of str
        What calls are scored against: names of shipped checklists, or files of your own, seen from the
        settings file's folder; empty: all shipped ones.
    audio, speech, diarization, words, turns, floor, moves, vent, talk
        The rooms' own settings.
    """

    agent_channel: AgentChannel = "auto"
    agent_speaker: AgentSpeaker = "auto"
    transcript: bool = True
    audio: AudioSettings = field(default_factory=AudioSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    diarization: DiarizationSettings = field(default_factory=DiarizationSettings)
    words: WordSettings = field(default_factory=WordSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    floor: FloorSettings = field(default_factory=FloorSettings)
    moves: MoveSettings = field(default_factory=MoveSettings)
    vent: VentSettings = field(default_factory=VentSettings)
    checklists: tuple[str, ...] = ()
    talk: TalkTarget = field(default_factory=TalkTarget)

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as plain JSON-like values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> Settings:
        """Read what `to_dict` gave, as a result file holds it; settings that it lacks have their defaults.

        Raises
        ------
        InputError
            If it holds a setting that this version does not know, or a value of the wrong kind; the message
            names the setting, not the file.
        """
        from pydantic import ValidationError

        unknown = _unknown(cls, data)
        if unknown:
            raise InputError(
                f"the stored settings hold {unknown}, which this version of hearout does not know.", _AGAIN
            )
        try:
            return _checker().validate_python(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "as a whole"
            raise InputError(f"the stored settings are damaged ({where}).", _AGAIN) from error


_AGAIN = "Analyse the recording again with this version."


@cache
def _checker() -> TypeAdapter[Settings]:
    from pydantic import TypeAdapter

    return TypeAdapter(Settings)


@cache
def _fields(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _unknown(kind: Any, data: Any, at: str = "") -> str:
    """Return the first key that a settings class does not have, with its place; empty if there is none."""
    if not (is_dataclass(kind) and isinstance(kind, type) and isinstance(data, dict)):
        return ""
    known = _fields(kind)
    for key, value in data.items():
        found = f"{at}{key}" if key not in known else _unknown(known[key], value, f"{at}{key}.")
        if found:
            return found
    return ""


ELSEWHERE = ("batch",)
"""Sections of a settings file that shape no result, so that they are no part of `Settings`."""


def load_settings(path: Path | None) -> Settings:
    """Return the defaults with a YAML file's values laid over them.

    Parameters
    ----------
    path : Path or None
        Keys as in configs/hearout.yaml; unknown ones are refused.

    Returns
    -------
    Settings
        Files and folders that they name as `seen_from` the file's folder.

    Raises
    ------
    UsageError
        Naming file, line and key.
    """
    return Settings() if path is None else seen_from(path, load_yaml(path, Settings, others=ELSEWHERE))


def seen_from(file: Path, settings: Settings) -> Settings:
    """Return settings with the relative paths in them as seen from their file, where they lead somewhere.

    Else they stay as written: seen from the folder that hearout runs in.
    """
    folder = file.parent

    def found(name: str, *, whole: bool) -> str:
        """`whole`: a path for sure; else it is one where it looks like one."""
        beside = folder / name
        looks = whole or name.startswith(".") or "/" in name or beside.suffix in (".yaml", ".yml")
        return str(beside) if looks and beside.exists() else name

    return replace(
        settings,
        checklists=tuple(found(name, whole=False) for name in settings.checklists),
        moves=replace(
            settings.moves, folders=tuple(found(name, whole=True) for name in settings.moves.folders)
        ),
        words=replace(settings.words, model=found(settings.words.model, whole=False)),
        diarization=replace(settings.diarization, diarizer=found(settings.diarization.diarizer, whole=False)),
    )


def settings_yaml() -> str:
    """Return all defaults as a YAML file with the docstrings as comments: configs/hearout.yaml."""
    import yaml

    head = (
        "# All settings of hearout with their defaults. To change some, copy those lines into a file of\n"
        "# your own and give it with --config FILE. This file is made from the code by: make settings\n"
    )

    def lines(value: Any, indent: str) -> Iterator[str]:
        explained: set[str] = set()
        documented = _parameters(type(value))
        for part in fields(value):
            names, text = documented.get(part.name, ((part.name,), ""))
            if text and text not in explained:
                explained.add(text)
                subject = f"{', '.join(names)}: " if len(names) > 1 else ""
                yield from textwrap.wrap(
                    subject + text, 108, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# "
                )
            inner = getattr(value, part.name)
            if is_dataclass(inner):
                yield f"{indent}{part.name}:"
                yield from lines(inner, f"{indent}  ")
            else:
                plain = list(inner) if isinstance(inner, tuple) else inner
                text = yaml.safe_dump(plain, default_flow_style=True).removesuffix("...\n").strip()
                yield f"{indent}{part.name}: {text}"

    return head + "\n".join(lines(Settings(), "")) + "\n"


def _parameters(kind: type) -> dict[str, tuple[tuple[str, ...], str]]:
    """Return what a numpy-style docstring says of each parameter: the names said together, and the text."""
    _, _, section = (inspect.getdoc(kind) or "").partition("Parameters\n----------\n")
    found = {}
    for match in re.finditer(r"^(\w[\w, ]*?)(?: :[^\n]*)?\n((?: {4}[^\n]*\n?)+)", section, re.MULTILINE):
        names = tuple(name.strip() for name in match[1].split(","))
        text = " ".join(match[2].split()).replace("``", "")
        found.update(dict.fromkeys(names, (names, text)))
    return found
