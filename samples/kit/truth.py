"""The label file of a call, from the placed clean speech and from what its dialogue says is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.place import OUT_RATE, Placed, Span, Stage, spans_of

if TYPE_CHECKING:
    from kit.dialogue import Dialogue

SOLVING = {"solution_offer", "options", "refusal", "take_it_or_leave_it"}
COUNTING = ("interruption", "pause_interruption")
SILENCE_MIN_S = 3.0
Json = dict[str, Any]


def shared(a: list[Span], b: list[Span], start: float, end: float) -> float:
    """Seconds inside [start, end] in which both parties speak."""
    total = 0.0
    for s1, e1 in a:
        for s2, e2 in b:
            total += max(0.0, min(e1, e2, end) - max(s1, s2, start))
    return round(total, 2)


def _target(stage: Stage, x: Placed) -> Placed:
    """The line of the other party that an event is about."""
    others = [p for p in stage.lines if p.line.speaker != x.line.speaker]
    if x.line.of:
        return next(p for p in others if p.line.id == x.line.of)
    main = [p for p in others if not p.line.backchannel]
    before = [p for p in main if p.start <= x.start + 1e-9]
    return before[-1] if before else main[0]


def _turn_end(stage: Stage, x: Placed) -> float:
    """End of the turn that a line opens: its party's next lines, until the other has a line."""
    end = x.end
    for p in stage.lines:
        if p.start <= x.start or p.line.backchannel:
            continue
        if p.line.speaker != x.line.speaker:
            break
        end = max(end, p.end)
    return end


def _event(stage: Stage, x: Placed, kind: str, speech: dict[str, list[Span]]) -> Json:
    y = _target(stage, x)
    index = {id(p): i for i, p in enumerate(stage.lines)}
    if kind == "pause_interruption":
        end = _turn_end(stage, x)
    elif kind == "backchannel":
        end = x.end
    else:
        end = min(x.end, y.end)
    mark = y.line.end_mark
    cut = mark is not None and mark.kind == "cut"
    event: Json = {
        "type": kind,
        "by": x.line.speaker,
        "of": y.line.speaker,
        "start_s": round(x.start, 2),
        "end_s": round(end, 2),
        "overlap_s": shared(speech["agent"], speech["customer"], x.start, end),
        "line": index[id(x)],
        "of_line": index[id(y)],
    }
    if kind in COUNTING:
        event["floor_taken"] = kind == "pause_interruption" or (cut and y.end - x.start <= 1.0)
    return event


def events_of(stage: Stage, speech: dict[str, list[Span]]) -> list[Json]:
    """All events of section 2, as meant; overlaps behind a finished line are terminal."""
    found = []
    for x in stage.lines:
        kind = "backchannel" if x.line.backchannel else x.line.event
        if not kind:
            y = _target(stage, x)
            mark = y.line.end_mark
            cut = mark is not None and mark.kind == "cut"
            if y.start < x.start < y.end - 1e-9 and not cut:
                kind = "terminal_overlap"
        if kind:
            found.append(_event(stage, x, kind, speech))
    return found


def _holds_and_silences(stage: Stage, speech: dict[str, list[Span]]) -> list[Json]:
    """Stretches of three seconds and more in which nobody speaks; those with a hold in them are holds."""
    everything = sorted(speech["agent"] + speech["customer"])
    found, clock = [], 0.0
    for start, end in [*everything, (stage.duration, stage.duration)]:
        if start - clock >= SILENCE_MIN_S:
            inside = [s for s in stage.sounds if s.sound.kind == "hold" and clock < s.end and s.start < start]
            held = inside[0] if inside else None
            event: Json = {"type": "hold" if held else "silence", "by": "agent" if held else None}
            event |= {"start_s": round(clock, 2), "end_s": round(start, 2)}
            if held:
                event["fill"] = held.sound.fill
            found.append(event)
        clock = max(clock, end)
    return found


def _vents(stage: Stage, dialogue: Dialogue, events: list[Json]) -> list[Json]:
    by_id = {p.line.id: p for p in stage.lines if p.line.id}
    vents = []
    for vent in dialogue.vents:
        start, end = by_id[vent["from"]].start, by_id[vent["to"]].end
        inside = [e for e in events if e["by"] == "agent" and start <= e["start_s"] < end + 0.7]
        vents.append(
            {
                "start_s": round(start, 2),
                "end_s": round(end, 2),
                "ended_by": vent["ended_by"],
                "agent_interruptions": sum(e["type"] in COUNTING for e in inside),
                "agent_backchannels": sum(e["type"] == "backchannel" and e["start_s"] < end for e in inside),
            }
        )
    return vents


def _first(stage: Stage, moves: set[str]) -> float | None:
    for p in stage.lines:
        long_why = moves is SOLVING and "explanation_of_why" in p.line.moves and p.end - p.start > 5.0
        if p.line.speaker == "agent" and (moves & set(p.line.moves) or long_why):
            return round(p.start, 2)
    return None


def _line_entry(i: int, placed: Placed, voices: dict[str, str]) -> Json:
    line, mark = placed.line, placed.line.end_mark
    entry: Json = {
        "i": i,
        "speaker": line.speaker,
        "voice": voices[line.speaker],
        "text": line.heard,
        "start_s": round(placed.start, 2),
        "end_s": round(placed.end, 2),
        "moves": line.moves,
        "backchannel": line.backchannel,
        "cut": mark is not None and mark.kind == "cut",
    }
    if mark is not None:
        entry["full_text"] = line.text
        entry["open"] = mark.kind == "open"
    return entry


def truth_of(stage: Stage, measured: Json) -> Json:
    """The whole label file."""
    dialogue = stage.dialogue
    speech = {role: spans_of(stage, role) for role in ("agent", "customer")}
    events = events_of(stage, speech)
    talk = {role: round(sum(b - a for a, b in spans), 2) for role, spans in speech.items()}
    vents = _vents(stage, dialogue, events)
    counting = [
        {"type": e["type"], "by": e["by"], "of": e["of"], "at_s": e["start_s"], "overlap_s": e["overlap_s"]}
        | {key: e[key] for key in ("floor_taken", "line", "of_line")}
        for e in events
        if e["type"] in COUNTING
    ]
    terminal = [
        {"by": e["by"], "of": e["of"], "line": e["line"], "of_line": e["of_line"]}
        | {"at_s": e["start_s"], "overlap_s": e["overlap_s"]}
        for e in events
        if e["type"] == "terminal_overlap"
    ]
    index = [p for p in stage.lines if p.line.non_event]
    return {
        "call_id": dialogue.call_id,
        "title": dialogue.title,
        "audio": f"{dialogue.call_id}.dual.flac",
        "duration_s": stage.duration,
        "sample_rate": OUT_RATE,
        "agent_channel": dialogue.agent_channel,
        "voices": dialogue.voices,
        "lines": [_line_entry(i, p, dialogue.voices) for i, p in enumerate(stage.lines)],
        "speech": {role: [list(span) for span in spans] for role, spans in speech.items()},
        "interruptions": counting,
        "pause_interruptions_labelled": True,
        "terminal_overlaps": terminal,
        "events": sorted(events + _holds_and_silences(stage, speech), key=lambda e: float(e["start_s"])),
        "non_events": [
            {"kind": p.line.non_event, "by": p.line.speaker}
            | {"start_s": round(p.start, 2), "end_s": round(p.end, 2)}
            for p in index
        ],
        "vent": {k: vents[0][k] for k in ("start_s", "end_s")} if vents else None,
        "vents": vents,
        "first_solution_s": _first(stage, SOLVING),
        "first_apology_s": _first(stage, {"apology_specific", "apology_bare"}),
        "first_apology_specific_s": _first(stage, {"apology_specific"}),
        "first_empathy_s": _first(stage, {"empathy"}),
        "first_followup_s": _first(stage, {"follow_up"}),
        "talk_s": talk,
        "talk_ratio_agent": round(talk["agent"] / max(0.01, sum(talk.values())), 3),
        "audio_conditions": dialogue.audio | {"measured": measured},
        "checklists": dialogue.checklists,
    }
