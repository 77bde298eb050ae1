"""Check the rendered files: the label file's form, the numbers against each other, the events, the sizes."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kit.dialogue import AGENT_MOVES, CUSTOMER_MOVES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]
ROLES = ("agent", "customer")
VOICE_EVENTS = (
    "backchannel",
    "dual_start",
    "terminal_overlap",
    "interruption",
    "false_start",
    "pause_interruption",
    "overlap_other",
)
EVENTS = {*VOICE_EVENTS, "hold", "silence"}
VERDICTS = {"pass", "fail", "not_applicable"}
ITEMS = {
    "leap": "listen empathize apologize problem_solve",
    "leap-ask-produce": "listen empathize ask produce",
    "last": "listen apologize solve thank",
    "five-ideas": "not_defensive listen no_bare_sorry empathize rapport",
    "ten-tips": "let_vent_first offer_alternatives not_defensive not_personal",
    "did-you": "clients_shoes reserve_judgment blow_off_steam listen_attentively listen_as_much_as_talk "
    "clarifying_questions offer_options can_do_and_why apologize agree_follow_up check_satisfaction",
}
KEYS = (
    "call_id audio duration_s agent_channel lines speech interruptions terminal_overlaps events vent vents "
    "first_solution_s first_apology_s first_apology_specific_s first_empathy_s first_followup_s talk_s "
    "talk_ratio_agent checklists pause_interruptions_labelled"
)
MAX_FILE, MAX_ALL = 1_500_000, 9_000_000
SLACK = 0.0051


def spans_ok(spans: list[list[float]], duration: float) -> bool:
    """Sorted, disjoint by at least the bridged 0.3 s, inside the call."""
    flat = [t for span in spans for t in span]
    gaps = [b[0] - a[1] for a, b in pairwise(spans)]
    inside = not flat or (flat[0] >= 0 and flat[-1] <= duration + SLACK)
    ordered = flat == sorted(flat) and all(b > a for a, b in spans)
    return ordered and inside and all(g >= 0.3 - SLACK for g in gaps)


def overlaps(a: list[list[float]], b: list[list[float]]) -> Iterator[tuple[float, float]]:
    """Stretches in which both speak."""
    for s1, e1 in a:
        for s2, e2 in b:
            if min(e1, e2) - max(s1, s2) > SLACK:
                yield max(s1, s2), min(e1, e2)


def joint_silence_before(label: Json, t: float) -> float:
    """How long nobody had spoken before `t`."""
    ends = [e for role in ROLES for s, e in label["speech"][role] if s < t - SLACK]
    return t - max(ends, default=0.0)


def check_line(li: Json, spans: list[list[float]], duration: float) -> Iterator[str]:
    """One line: inside the call, at its party's speech, with known moves."""
    known = AGENT_MOVES if li["speaker"] == "agent" else CUSTOMER_MOVES
    if not 0 <= li["start_s"] < li["end_s"] <= duration:
        yield f"line {li['i']} is not inside the call"
    for t in (li["start_s"], li["end_s"]):
        if not any(s - SLACK <= t <= e + SLACK for s, e in spans):
            yield f"line {li['i']} begins or ends outside the speech spans"
    yield from (f"line {li['i']}: move {m}" for m in li["moves"] if m not in known)
    if li["cut"] and "full_text" not in li:
        yield f"line {li['i']} is cut but has no full_text"


def check_form(label: Json) -> Iterator[str]:
    """The contract's form."""
    yield from (f"key {k} is missing" for k in KEYS.split() if k not in label)
    duration = label["duration_s"]
    for role in ROLES:
        spans = label["speech"][role]
        if not spans_ok(spans, duration):
            yield f"speech of the {role} is not sorted, disjoint and inside the call"
        if abs(sum(e - s for s, e in spans) - label["talk_s"][role]) > SLACK:
            yield f"talk_s of the {role} is not the sum of its spans"
        lines = [li for li in label["lines"] if li["speaker"] == role]
        for li in lines:
            yield from check_line(li, spans, duration)
    talk = label["talk_s"]
    if abs(label["talk_ratio_agent"] - talk["agent"] / (talk["agent"] + talk["customer"])) > 0.001:
        yield "talk_ratio_agent does not follow from talk_s"
    if [li["i"] for li in label["lines"]] != list(range(len(label["lines"]))):
        yield "lines are not numbered in order"
    for name, items in label["checklists"].items():
        for item, verdict in items.items():
            if item not in ITEMS.get(name, "").split() or verdict not in VERDICTS:
                yield f"checklist {name}.{item}: {verdict}"


def check_vents(label: Json) -> Iterator[str]:
    """Vents begin at a complaining line and end at the end of a customer line."""
    customer = [li for li in label["lines"] if li["speaker"] == "customer"]
    starts = {li["start_s"] for li in customer if {"complaint", "anger"} & set(li["moves"])}
    if (label["vent"] is None) != (not label["vents"]):
        yield "vent and vents disagree"
    for vent in label["vents"]:
        if vent["start_s"] not in starts or vent["end_s"] not in {li["end_s"] for li in customer}:
            yield f"vent {vent} does not begin and end with lines of the customer"
        if vent["ended_by"] not in ("customer", "interruption", "solution", "hold"):
            yield f"vent ended by {vent['ended_by']}"


def _misfit(e: Json, label: Json) -> str:
    """Why an event is not what its type says; empty when it is."""
    x, y = label["lines"][e["line"]], label["lines"][e["of_line"]]
    share, kind, long = e["overlap_s"], e["type"], x["end_s"] - x["start_s"]
    rest = y["end_s"] - x["start_s"]
    rules = {
        "backchannel": long <= 2.0 and x["backchannel"],
        "dual_start": 0 <= x["start_s"] - y["start_s"] <= 0.25
        and joint_silence_before(label, min(x["start_s"], y["start_s"])) >= 0.3,
        "terminal_overlap": not y["cut"] and 0.0 < share < 0.5,
        "interruption": (y["cut"] and 0.2 <= share <= 0.5 and e.get("floor_taken") is True)
        or (not y["cut"] and share >= 0.5 and rest > 0.5 and e.get("floor_taken") is False),
        "false_start": 0.28 <= long <= 0.66 and rest > long + 0.3,
        "pause_interruption": share == 0 and -0.65 <= rest <= -0.25 and y.get("open") is True,
        "overlap_other": 0.2 <= share < 0.5 and long > 0.75 and rest > long,
    }
    numbers = f"shared {share}, line of {long:.2f} s, rest {rest:.2f} s"
    return "" if rules[kind] else f"{kind} at {e['start_s']}: {numbers}"


def check_events(label: Json) -> Iterator[str]:
    """Types known, numbers fit the types, and no shared speech without an event."""
    for e in label["events"]:
        if e["type"] not in EVENTS:
            yield f"event type {e['type']}"
        elif not 0 <= e["start_s"] < e["end_s"] <= label["duration_s"]:
            yield f"event {e['type']} at {e['start_s']} is not inside the call"
        elif e["type"] in VOICE_EVENTS and (why := _misfit(e, label)):
            yield why
    voice = [e for e in label["events"] if e["type"] in VOICE_EVENTS]
    for start, end in overlaps(label["speech"]["agent"], label["speech"]["customer"]):
        if not any(e["start_s"] - 0.05 <= start and end <= e["end_s"] + 0.05 for e in voice):
            yield f"both speak from {start:.2f} to {end:.2f} s without an event"
    counting = [e for e in label["events"] if e["type"] in ("interruption", "pause_interruption")]
    if [e["start_s"] for e in counting] != sorted(e["at_s"] for e in label["interruptions"]):
        yield "interruptions and events disagree"


def check_audio(label: Json, path: Path) -> Iterator[str]:
    """The recording is what the label file says: form, length, size."""
    import soundfile

    info = soundfile.info(path)
    if (info.samplerate, info.channels, info.subtype) != (8000, 2, "PCM_16"):
        yield f"the recording is {info.samplerate} Hz, {info.channels} channels, {info.subtype}"
    if abs(info.frames / info.samplerate - label["duration_s"]) > 0.01:
        yield f"the recording lasts {info.frames / info.samplerate:.2f} s, not {label['duration_s']} s"
    if path.stat().st_size > MAX_FILE:
        yield f"the recording has {path.stat().st_size} bytes"


def check_set(counts: Counter[str], total: int) -> Iterator[str]:
    """The set as a whole: at least two of each event, not too large."""
    yield from (f"the set has only {counts[kind]} {kind}" for kind in VOICE_EVENTS if counts[kind] < 2)
    if counts["interruption by customer"] < 1:
        yield "no interruption by a customer"
    if total > MAX_ALL:
        yield f"the recordings together have {total} bytes"


def main(folder: Path, calls: set[str]) -> int:
    """Check all label files of a folder (or some calls); prints a table; 1 when something is wrong."""
    problems, counts, total = 0, Counter[str](), 0
    for path in sorted(folder.glob("*.truth.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        if calls and label["call_id"] not in calls:
            continue
        audio = folder / label["audio"]
        found = [*check_form(label), *check_vents(label), *check_events(label), *check_audio(label, audio)]
        mine = Counter(e["type"] for e in label["events"])
        counts += mine
        counts["interruption by customer"] += sum(
            e["type"] == "interruption" and e["by"] == "customer" for e in label["events"]
        )
        total += audio.stat().st_size
        listed = ", ".join(f"{kind} {n}" for kind, n in sorted(mine.items()))
        print(f"{label['call_id']:18} {label['duration_s']:7.2f} s {audio.stat().st_size:8d} B  {listed}")
        for problem in found:
            print(f"  WRONG {problem}")
        problems += len(found)
    if not calls:
        for problem in check_set(counts, total):
            print(f"WRONG {problem}")
            problems += 1
        print(f"all: {total} bytes; " + ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items())))
    return 1 if problems else 0
