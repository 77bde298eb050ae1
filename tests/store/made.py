"""Results made up from a seed: what a call's analysis.json holds, with every part filled."""

from __future__ import annotations

import json
import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.report.schema import SCHEMA_ID, Analysis, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.store import Store

_SAID = (
    "the engineer did not come and I was waiting all morning for a letter about my bill which is wrong again "
    "we can send somebody tonight or tomorrow at eight I am sorry that you had to call us twice about this "
    "thank you for telling me let me look at your account and see what has happened with the last payment"
)
WORDS = tuple(_SAID.split())
AGENTS = ("Emma Clarke", "Tom Hill", "Aylin Öz", "Jo O'Neill")
_SECONDS = ("agent_talk_s", "customer_talk_s", "silence_s", "longest_silence_s", "hold_s", "overlap_s")
_SECONDS += (
    "agent_latency_median_s",
    "agent_latency_p90_s",
    "longest_agent_turn_s",
    "longest_customer_turn_s",
)
_COUNTS = ("silence_count", "interruptions_by_agent", "interruptions_by_customer", "questions_by_agent")
_COUNTS += ("pause_interruptions_by_agent", "floor_taken_by_agent", "backchannels_by_agent")
_SHARES = ("talk_share_agent_of_call", "overlap_share", "speech_agreement")
_OTHER = (
    "agent_wpm",
    "customer_wpm",
    "agent_level_dbfs",
    "customer_level_dbfs",
    "interruptions_by_agent_per_min",
)
VERDICTS = ("pass", "fail", "unsure", "not_applicable")


def make_result(
    number: int = 0, *, turns: int = 12, lists: Sequence[str] = ("leap", "last"), **parts: Any
) -> dict[str, Any]:
    """Return a result, the same for the same number; `lists` are checklists, `parts` replace parts of it."""
    draw = random.Random(number)
    said = _turns(draw, turns)
    duration_s = round(said[-1]["end_s"] + 1, 3) if said else 30.0
    agent_s, customer_s = (
        round(sum(one["end_s"] - one["start_s"] for one in said if one["role"] == role), 3)
        for role in ("agent", "customer")
    )
    whole = {
        "schema": SCHEMA_ID,
        "call": {
            "id": f"call_{number:05d}",
            "source": f"call_{number:05d}.flac",
            "sha256": f"{number:064x}",
            "duration_s": duration_s,
            "sample_rate_hz": 8000,
            "channels": 2,
            "layout": "dual",
            "recorded_at": f"2025-0{1 + number % 9}-{1 + number % 28:02d}T09:{number % 60:02d}:00+02:00",
            "agent": AGENTS[number % len(AGENTS)],
            "customer": None,
            "metadata": {"queue": "billing", "case": number},
        },
        "engine": {
            "version": "0.1.0",
            "settings": {"turns": {"silence_min_s": 3.0}},
            "settings_sha256": "a" * 64,
            "models": {"words": {"id": "base", "sha256": "b" * 64}},
            "device": "cpu",
            "elapsed_s": {"audio": 0.5, "speech": 2.25, "words": 9.0},
        },
        "quality": {"agent": {"level_dbfs": -21.5}, "customer": {"level_dbfs": -18.0}},
        "roles": {
            "agent": {"channel": "left", "speaker": None, "confidence": 0.95, "why": "greets"},
            "customer": {"channel": "right", "speaker": None, "confidence": 0.95, "why": "greets"},
        },
        "speech": {
            role: [[one["start_s"], one["end_s"]] for one in said if one["role"] == role]
            for role in ("agent", "customer", "other")
        },
        "turns": said,
        "events": _events(draw, said),
        "vent": None,
        **_measures(draw, agent_s, customer_s),
        "verdicts": {"vent_before_solving": _verdict(draw, would_flip=["floor.yield_s"])},
        "checklists": [_checklist(draw, name) for name in lists],
        "warnings": [{"code": "clipped", "message": "The channel is clipped.", "span": [1.0, 2.5]}],
    }
    return json.loads(json.dumps(whole | parts))


def _turns(draw: random.Random, count: int) -> list[dict[str, Any]]:
    found, now = [], 0.5
    for i in range(count):
        words = []
        start_s = now
        for _ in range(draw.randint(1, 24)):
            length = round(draw.uniform(0.1, 0.5), 3)
            word = {"text": draw.choice(WORDS), "start_s": round(now, 3), "end_s": round(now + length, 3)}
            words.append({**word, "confidence": round(draw.uniform(0.3, 1), 3)})
            now = round(now + length + draw.choice((0.0, 0.05, 0.4)), 3)
        end_s = words[-1]["end_s"]
        text = " ".join(word["text"] for word in words)
        move = {"name": "apology", "confidence": 0.8, "span": [start_s, end_s], "text": text}
        found.append(
            {
                "i": i,
                "role": ("agent", "customer")[i % 2],
                "start_s": start_s,
                "end_s": end_s,
                "text": text,
                "words": words,
                "kind": "turn",
                "moves": [move] if i % 3 == 0 else [],
            }
        )
        now = round(end_s + draw.uniform(-0.3, 1.2), 3)
    return found


def _events(draw: random.Random, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for before, after in pairwise(said):
        if after["start_s"] < before["end_s"]:
            found.append(
                {
                    "type": draw.choice(("interruption", "terminal_overlap", "backchannel")),
                    "by": after["role"],
                    "of": before["role"],
                    "start_s": after["start_s"],
                    "end_s": before["end_s"],
                    "overlap_s": round(before["end_s"] - after["start_s"], 3),
                    "floor_taken": True,
                    "question": False,
                    "confidence": round(draw.uniform(0.4, 1), 3),
                    "why": {"shared_s": 0.2, "voice": -1.25},
                }
            )
        elif after["start_s"] - before["end_s"] > 1:
            span = {"start_s": before["end_s"], "end_s": after["start_s"]}
            found.append({"type": "silence", **span, "confidence": 1.0, "why": {}})
    return found


def _measures(draw: random.Random, agent_s: float, customer_s: float) -> dict[str, Any]:
    values: dict[str, float | None] = {name: round(draw.uniform(0, 60), 3) for name in _SECONDS}
    values |= {name: float(draw.randint(0, 5)) for name in _COUNTS}
    values |= {name: round(draw.random(), 6) for name in _SHARES}
    values |= {name: round(draw.uniform(-30, 150), 3) for name in _OTHER}
    talk_s = agent_s + customer_s
    values |= {"agent_talk_s": agent_s, "customer_talk_s": customer_s}
    values["talk_ratio_agent"] = round(agent_s / talk_s, 6) if talk_s else None
    values["longest_uninterrupted_customer_s"] = None
    details = {
        name: {"parts": {"count": 3.0, "seconds": 12.5}, "spans": [[1.0, 2.0]], "reason": None}
        for name in values
    }
    details["talk_ratio_agent"]["parts"] = {"agent_s": agent_s, "customer_s": customer_s}
    details["longest_uninterrupted_customer_s"]["reason"] = "no customer turn"
    return {"measures": values, "measure_details": details}


def _verdict(draw: random.Random, **more: Any) -> dict[str, Any]:
    return {
        "verdict": draw.choice(VERDICTS),
        "confidence": round(draw.uniform(0.5, 1), 3),
        "reason": "The agent cut in once.",
        "evidence": [{"span": [1.0, 2.5], "text": "I am sorry"}, {"span": [4.0, 5.25], "text": ""}],
        **more,
    }


def _item(draw: random.Random, name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "title": name.replace("_", " ").title(), **_verdict(draw), **more}


def _checklist(draw: random.Random, name: str) -> dict[str, Any]:
    finer = [_item(draw, "two_options", measured=2.0, target=2.0), _item(draw, "choice_left")]
    return {
        "name": name,
        "title": name.upper(),
        "score": 0.5,
        "score_range": [0.25, 0.75],
        "verdict": draw.choice(VERDICTS),
        "items": [_item(draw, "listen"), _item(draw, "problem_solve", items=finer)],
    }


def write_results(folder: Path, *numbers: int, **parts: Any) -> list[Path]:
    """Write results as analyze does; return their files."""
    return [write_result(folder, make_result(number, **parts)) for number in numbers]


def write_result(folder: Path, result: dict[str, Any], name: str | None = None) -> Path:
    """Write one result, in the schema's form."""
    path = folder / (name or result["call"]["id"]) / "analysis.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name("fresh")
    fresh.write_bytes(to_json(Analysis.model_validate(result)))
    fresh.replace(path)
    return path


def everything(store: Store) -> dict[str, list[Any]]:
    """Return all that is stored, to be compared."""
    with store.read() as reader:
        return {
            name: list(getattr(reader, name)())
            for name in ("calls", "measures", "events", "verdicts", "turns", "moves", "warnings")
        }
