"""Labels and results made by hand, for the tests of `hearout evaluate`."""

from __future__ import annotations

import json

from pipeline.evaluate import Label
from pipeline.report.schema import Analysis


def label(call_id="call_01", **keys):
    """A label as a file would give it."""
    return Label.model_validate_json(json.dumps({"call_id": call_id, **keys}))


def result_data(
    agent=(), customer=(), *, call_id="call_01", other=(), says=(), measures=None, duration_s=10.0
):
    """A result file's content; `says` holds ``(role, start_s, end_s, text)``."""
    talk = {"agent": sum(e - s for s, e in agent), "customer": sum(e - s for s, e in customer)}
    both = talk["agent"] + talk["customer"]
    if measures is None:
        measures = {
            "agent_talk_s": talk["agent"],
            "customer_talk_s": talk["customer"],
            "talk_ratio_agent": talk["agent"] / both if both else None,
        }
    return {
        "schema": "hearout.analysis/1",
        "call": {
            "id": call_id,
            "source": f"{call_id}.flac",
            "sha256": "0" * 64,
            "duration_s": duration_s,
            "sample_rate_hz": 8000,
            "channels": 2,
            "layout": "dual",
        },
        "engine": {
            "version": "0.0.0",
            "settings": {},
            "settings_sha256": "0" * 64,
            "models": {},
            "device": "cpu",
            "elapsed_s": {},
        },
        "quality": {},
        "roles": {party: {"confidence": 1.0, "why": "channel given"} for party in ("agent", "customer")},
        "speech": {"agent": list(agent), "customer": list(customer), "other": list(other)},
        "turns": [
            {"i": i, "role": role, "start_s": s, "end_s": e, "text": text, "words": [], "kind": "turn"}
            for i, (role, s, e, text) in enumerate(says)
        ],
        "events": [],
        "vent": None,
        "measures": measures,
        "measure_details": {
            name: {"parts": {}, "spans": [], "reason": "nobody speaks in this call"}
            for name, value in measures.items()
            if value is None
        },
        "verdicts": {},
        "checklists": [],
        "warnings": [],
    }


def result(*args, **keys):
    """The same as the schema's model."""
    return Analysis.model_validate_json(json.dumps(result_data(*args, **keys)))


def write_label(folder, call_id, **keys):
    """Write ``<call_id>.truth.json`` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{call_id}.truth.json"
    path.write_text(json.dumps({"call_id": call_id, **keys}), encoding="utf-8")
    return path


def write_result(folder, result_id, *args, **keys):
    """Write ``<result_id>/analysis.json`` and return its path."""
    path = folder / result_id / "analysis.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(result_data(*args, call_id=result_id, **keys)), encoding="utf-8")
    return path
