"""Every threshold and option in one place: defaults, a YAML file over them, the command line over that."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.audio import AudioSettings
from pipeline.configs import load_yaml
from pipeline.report.headline import TalkTarget
from pipeline.speech import SpeechSettings
from pipeline.timeline import FloorSettings, TurnSettings
from pipeline.words import WordSettings

AgentChannel = Literal["auto", "left", "right"]


@dataclass(frozen=True)
class Settings:
    """All that shapes a result; stored with it.

    Parameters
    ----------
    agent_channel : {"auto", "left", "right"}
        Which channel of a dual-channel recording is the agent's; ``auto`` decides by what is said.
    transcript : bool
        Whether words are recognised at all.
    audio, speech, words, turns, floor, talk
        The rooms' own settings.
    """

    agent_channel: AgentChannel = "auto"
    transcript: bool = True
    audio: AudioSettings = field(default_factory=AudioSettings)
    speech: SpeechSettings = field(default_factory=SpeechSettings)
    words: WordSettings = field(default_factory=WordSettings)
    turns: TurnSettings = field(default_factory=TurnSettings)
    floor: FloorSettings = field(default_factory=FloorSettings)
    talk: TalkTarget = field(default_factory=TalkTarget)

    def to_dict(self) -> dict[str, Any]:
        """Return all settings as plain JSON-like values."""
        return asdict(self)


def load_settings(path: Path | None) -> Settings:
    """Return the defaults with a YAML file's values laid over them.

    Parameters
    ----------
    path : Path or None
        Keys as in configs/hearout.yaml; unknown ones are refused.

    Raises
    ------
    UsageError
        Naming file, line and key.
    """
    return Settings() if path is None else load_yaml(path, Settings)
