"""Calls written as lines ``A: …`` and ``C: …``, and move files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pipeline.moves.labelled import make_turn
from pipeline.timeline import Role, Span

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.timeline import Turn

_ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}
LINE_S = 5.0


def call(*lines: str) -> list[Turn]:
    """One turn a line, 5 s each, 1 s between."""
    turns = []
    for k, line in enumerate(lines):
        who, text = line.split(": ", 1)
        turns.append(make_turn(k, _ROLES[who], text, Span(k * 6.0, k * 6.0 + LINE_S)))
    return turns


def move_file(folder: Path, name: str, **keys: Any) -> Path:
    """Write a move's file; small ones have mode rules."""
    folder.mkdir(exist_ok=True)
    rows = {"id": name, "speaker": "agent", "definition": "A made-up move.", "mode": "rules"}
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({**rows, **keys}, sort_keys=False), encoding="utf-8")
    return path


def many(what: str, count: int) -> list[str]:
    """Distinct sentences."""
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return [f"{what} {numbers[k % 10]} {numbers[k // 10]}." for k in range(count)]
