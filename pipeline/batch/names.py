"""What a file's name tells of the call: patterns as contact centres use. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.batch.items import CHANNELS, FACTS, Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.batch.items import Found

_DASHED_TIME = re.compile(r"^(\d{4}-\d\d-\d\d[T_ ]\d\d)[-_.](\d\d)[-_.](\d\d)")


class NamePatterns:
    """Regular expressions with named groups, tried in their order.

    Parameters
    ----------
    patterns : sequence of str
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def read(self, stem: str) -> Facts | None:
        """Return what a name tells, or ``None`` if no pattern is found in it.

        Parameters
        ----------
        stem : str
            File name without folders and extension.
        """
        for pattern in self._patterns:
            match = pattern.search(stem)
            if match is not None:
                said = {name: text for name, text in match.groupdict().items() if text}
                return _facts(said)
        return None


def _facts(said: dict[str, str]) -> Facts:
    known = {name: said.pop(name) for name in FACTS if name in said}
    if "recorded_at" in known:
        known["recorded_at"] = iso_time(known["recorded_at"]) or known["recorded_at"]
    if "agent_channel" in known and known["agent_channel"].lower() not in CHANNELS:
        said["agent_channel"] = known.pop("agent_channel")
    elif "agent_channel" in known:
        known["agent_channel"] = known["agent_channel"].lower()
    return Facts(**known, metadata=said)


def iso_time(text: str) -> str | None:
    """Return a date or time as ISO 8601, ``None`` if it is none; ``06-01-22`` is taken as a time of day."""
    plain = _DASHED_TIME.sub(r"\1:\2:\3", text.strip())
    try:
        if len(plain) == len("2025-02-19"):
            return datetime.fromisoformat(plain).date().isoformat()
        return datetime.fromisoformat(plain).isoformat()
    except ValueError:
        return None


def name_facts(found: Iterable[Found], patterns: NamePatterns) -> tuple[list[Found], list[str]]:
    """Lay what the names tell under what is already known.

    Returns
    -------
    list of Found
    list of str
        One note, if some names match nothing and nothing else is known of those calls.
    """
    if not patterns:
        return list(found), []
    read, silent = [], []
    for one in found:
        told = patterns.read(stem_of(one.name))
        if told is None:
            if one.facts == Facts():
                silent.append(one.name)
            read.append(one)
        else:
            read.append(replace(one, facts=one.facts.over(told)))
    if not silent:
        return read, []
    count = "One file name matches" if len(silent) == 1 else f"{len(silent)} of {len(read)} file names match"
    note = (
        f"{count} no name pattern (first: {silent[0]}), so agent and time of the call are not known; "
        "add a pattern to name_patterns in the settings, or give a manifest."
    )
    return read, [note]


def stem_of(name: str) -> str:
    """Return a file's name without folders and last extension."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, _ = last.rpartition(".")
    return stem if dot and stem else last
