"""Read a dialogue: YAML with marks inside the text. The format is described in samples/README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

MARK = re.compile(r"\{([^}]*)\}|[/~]")
_AGENT = (
    "greeting empathy empathy_formulaic apology_specific apology_bare blame_defensive dismissive "
    "clarifying_question info_request solution_offer options take_it_or_leave_it refusal explanation_of_why "
    "can_do follow_up promise promise_vague reassurance reflect_back thanks_to_customer uses_customer_name "
    "rapport hold_request transfer satisfaction_check closing"
)
_CUSTOMER = "complaint anger earlier_contact request question agreement customer_thanks"
AGENT_MOVES, CUSTOMER_MOVES = frozenset(_AGENT.split()), frozenset(_CUSTOMER.split())
SPEAKERS = {"A": "agent", "C": "customer"}


@dataclass
class Mark:
    """A place inside a text: a pause of so many seconds, a named anchor, a cut or an open end."""

    char: int
    kind: str  # pause | anchor | cut | open
    seconds: float = 0.0
    name: str = ""


@dataclass
class Line:
    """One line of a dialogue, as written."""

    speaker: str
    text: str  # without marks, everything that would have been said
    marks: list[Mark]
    moves: list[str] = field(default_factory=list)
    id: str = ""
    gap: float | None = None  # after the end of `ref`; negative: overlap
    at: str = ""  # start at this anchor …
    plus: float = 0.0  # … plus so many seconds
    after_start: float | None = None  # start so long after the start of `ref`
    ref: str = ""
    backchannel: bool = False
    event: str = ""
    of: str = ""
    non_event: str = ""
    speed: float = 0.0
    gain_db: float = 0.0
    breath: bool = False
    stop: float = 0.0  # where the cut is, in seconds from the first sound; else found from the text

    @property
    def end_mark(self) -> Mark | None:
        """The cut or open end, where there is one."""
        return next((m for m in self.marks if m.kind in ("cut", "open")), None)

    @property
    def heard(self) -> str:
        """What of the text is heard."""
        mark = self.end_mark
        if mark is None:
            return self.text
        part = self.text[: mark.char].rstrip()
        inside = mark.char < len(self.text) and self.text[mark.char - 1 : mark.char + 1].isalpha()
        return part + "-" if inside and mark.kind == "cut" else part


@dataclass
class Sound:
    """Something that is not speech: a hold, key clicks, a ring tone."""

    kind: str  # hold | keys | ring
    seconds: float
    gap: float = 0.0
    fill: str = "silence"
    channel: str = "agent"


@dataclass
class Dialogue:
    """A whole call, as written."""

    call_id: str
    title: str
    voices: dict[str, str]
    speeds: dict[str, float]
    agent_channel: str
    audio: dict[str, Any]
    items: list[Line | Sound]
    vents: list[dict[str, str]]
    checklists: dict[str, dict[str, str]]
    lead_s: float
    tail_s: float


def parse_text(raw: str) -> tuple[str, list[Mark]]:
    """Split a text from its marks."""
    plain, marks, last = "", [], 0
    raw = " ".join(raw.split())
    for match in MARK.finditer(raw):
        plain += raw[last : match.start()]
        inner = match.group(1)
        after_space = plain.endswith(" ")
        if inner is None:
            marks.append(Mark(len(plain), "cut" if match.group() == "/" else "open"))
        elif re.fullmatch(r"[0-9.]+", inner):
            marks.append(Mark(len(plain), "pause", seconds=float(inner)))
        else:
            marks.append(Mark(len(plain), "anchor", name=inner))
        last = match.end()
        if after_space and raw[last : last + 1] == " ":
            last += 1
    return plain + raw[last:], marks


def _line(key: str, entry: dict[str, Any], speed: float) -> Line:
    text, marks = parse_text(str(entry.pop(key)))
    moves = entry.pop("moves", [])
    moves = moves.split() if isinstance(moves, str) else list(moves)
    known = AGENT_MOVES if key == "A" else CUSTOMER_MOVES
    if unknown := set(moves) - known:
        raise ValueError(f"unknown moves {sorted(unknown)} in {text!r}")
    entry.setdefault("speed", speed)
    backchannel = bool(entry.pop("bc", False))
    return Line(SPEAKERS[key], text, marks, moves, backchannel=backchannel, **entry)


def load(path: Path) -> Dialogue:
    """Read one dialogue."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    speeds = {role: float(raw.get("speeds", {}).get(role, 1.0)) for role in ("agent", "customer")}
    items: list[Line | Sound] = []
    for entry in raw["lines"]:
        key = next((k for k in ("A", "C") if k in entry), "")
        items.append(_line(key, entry, speeds[SPEAKERS[key]]) if key else Sound(**entry))
    return Dialogue(
        call_id=path.stem,
        title=raw["title"],
        voices=raw["voices"],
        speeds=speeds,
        agent_channel=raw["agent_channel"],
        audio=raw.get("audio", {}),
        items=items,
        vents=raw.get("vents", []),
        checklists=raw.get("checklists", {}),
        lead_s=float(raw.get("lead_s", 0.5)),
        tail_s=float(raw.get("tail_s", 0.6)),
    )
