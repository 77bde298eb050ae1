"""The section ``batch`` of a settings file, beside those that shape results."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from pipeline.batch.settings import BatchSettings
from pipeline.configs import load_yaml
from pipeline.settings import Settings, seen_from

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class _File(Settings):
    batch: BatchSettings = field(default_factory=BatchSettings)


def load_config(path: Path | None) -> tuple[Settings, BatchSettings]:
    """Return the settings of results, and those of the batch: they are kept apart.

    A result names all settings that shaped it, and their digest; how many workers there were is none of them.

    Parameters
    ----------
    path : Path or None
        Keys as in configs/hearout.yaml, and ``batch``; unknown ones are refused.

    Raises
    ------
    UsageError
        Naming file, line and key.
    """
    loaded = _File() if path is None else load_yaml(path, _File)
    settings = Settings(**{part.name: getattr(loaded, part.name) for part in fields(Settings)})
    return seen_from(path, settings) if path is not None else settings, loaded.batch
