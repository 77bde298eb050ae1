"""The page of one call: one self-contained ``timeline.html`` that a coach opens and plays.

Nothing is loaded from anywhere: style and script stand in the page under a content security policy
that names their hashes, the data is a JSON block, the audio (Ogg Opus) a base64 block that the script
turns into a blob. The script is the files of ``static/`` in the order of `SCRIPTS`, put one after another.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pipeline.report import headline as say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

    from pipeline.report.schema import Analysis, Pair

STYLES = ("base.css", "summary.css", "player.css", "transcript.css", "print.css")
SCRIPTS = (
    "format.js",
    "dom.js",
    "data.js",
    "player.js",
    "view.js",
    "marks.js",
    "palette.js",
    "lanes.js",
    "pointer.js",
    "moments.js",
    "transcript.js",
    "keyboard.js",
    "main.js",
)
_JSON_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class PageMedia:
    """What can be heard and seen of the recording itself.

    Parameters
    ----------
    audio : bytes or None
        The whole recording, as a browser plays it (Ogg Opus: Chromium, Firefox; Safari from 18.4);
        ``None``: the page says that it holds no audio and is otherwise the same.
    audio_mime : str
        Its media type.
    waveform : mapping of role to sequence of int
        Peaks 0–255, the first at 0 s, `points_per_s` of them each second; roles may be missing.
    points_per_s : float
        > 0 where there is a waveform.
    """

    audio: bytes | None = None
    audio_mime: str = "audio/ogg; codecs=opus"
    waveform: Mapping[str, Sequence[int]] = field(default_factory=dict)
    points_per_s: float = 0.0

    def __post_init__(self) -> None:
        if self.waveform and not self.points_per_s > 0:
            raise ValueError("a waveform needs its number of points per second")


def render_page(
    analysis: Analysis,
    media: PageMedia | None = None,
    *,
    title: str | None = None,
    target: say.TalkTarget | None = None,
) -> str:
    """Return the page as HTML text, to be written as UTF-8.

    Parameters
    ----------
    analysis : Analysis
    media : PageMedia, optional
        Nothing to hear, no waveform unless given.
    title : str, optional
        The call's id unless given.
    target : TalkTarget, optional
        50 % ± 10 unless given.
    """
    media, target = media or PageMedia(), target or say.TalkTarget()
    style, script = _joined(STYLES), _script()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            "media-src blob: data:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return (
        _environment()
        .get_template("timeline.html.j2")
        .render(
            title=title or analysis.call.id,
            policy=policy,
            style=style,
            script=script,
            data=_json(page_data(analysis, media)),
            audio=base64.b64encode(media.audio).decode("ascii") if media.audio else None,
            audio_mime=media.audio_mime,
            **summary(analysis, target),
        )
    )


def page_data(analysis: Analysis, media: PageMedia) -> dict[str, Any]:
    """Return what the page's script draws: times in seconds, words as ``[text, start, end, confidence]``."""
    return {
        "duration": analysis.call.duration_s,
        "roles": [
            {"id": role, "name": say.role_name(role), "person": getattr(analysis.call, role, None) or ""}
            for role in say.heard_roles(analysis)
        ],
        "speech": analysis.speech.model_dump(),
        "turns": [
            {
                "role": turn.role,
                "start": turn.start_s,
                "end": turn.end_s,
                "kind": turn.kind,
                "text": turn.text,
                "words": [[word.text, word.start_s, word.end_s, word.confidence] for word in turn.words],
            }
            for turn in analysis.turns
        ],
        "events": _events(analysis),
        "wave": {
            "perSecond": media.points_per_s,
            "points": {
                role: base64.b64encode(bytes(points)).decode() for role, points in media.waveform.items()
            },
        },
        "audio": bool(media.audio),
    }


def _events(analysis: Analysis) -> list[dict[str, Any]]:
    """Return the events, and the vent as one of them where the list doesn't hold it already."""
    found: list[dict[str, Any]] = [
        {
            "type": event.type,
            "label": say.humanize(event.type),
            "by": event.by,
            "start": event.start_s,
            "end": event.end_s,
            "unsure": say.is_unsure(event),
        }
        for event in analysis.events
    ]
    vent = analysis.vent
    if vent and all(event["type"] != "vent" for event in found):
        shade = {"type": "vent", "label": "Vent", "by": "customer", "start": vent.start_s, "end": vent.end_s}
        found.append(shade)
    return sorted(found, key=lambda event: (event["start"], event["end"]))


def summary(analysis: Analysis, target: say.TalkTarget) -> dict[str, Any]:
    """Return what the template writes above and beside the timeline, in words."""
    call, ratio = analysis.call, analysis.measures.get("talk_ratio_agent")
    people = [
        f"{role}: {name}" for role, name in (("Agent", call.agent), ("Customer", call.customer)) if name
    ]
    recorded = [call.recorded_at] if call.recorded_at else []
    return {
        "facts": [*recorded, say.duration(call.duration_s), say.LAYOUTS[call.layout], *people],
        "headline": say.headline(analysis, target),
        "details": say.details(analysis),
        "shares": say.shares(analysis) if call.duration_s else [],
        "segments": _segments(analysis),
        "ratio": ratio,
        "ratio_reason": say.reason(analysis, "talk_ratio_agent"),
        "target": target,
        "denominators": say.denominators(analysis),
        "notices": say.notices(analysis),
        "figures": say.figures(analysis),
        "verdicts": [{"title": say.humanize(name), "part": part} for name, part in analysis.verdicts.items()],
        "checklists": analysis.checklists,
        "verdict_words": say.VERDICTS,
        "all_measures": _all_measures(analysis),
        "about": _about(analysis),
    }


def _segments(analysis: Analysis) -> list[dict[str, Any]]:
    """Return the bar of the whole call, left to right, in percent."""
    heard = {share.key: (share.of_call or 0.0) * 100 for share in say.shares(analysis)}
    both = heard.get("both", 0.0)
    order = ["agent", "both", "customer", "other", "nobody"]
    found, at = [], 0.0
    for key in (key for key in order if key in heard):
        width = max(0.0, min(100.0 - at, heard[key] - (both if key in {"agent", "customer"} else 0.0)))
        found.append({"key": key, "x": round(at, 3), "width": round(width, 3)})
        at += width
    return found


def _all_measures(analysis: Analysis) -> list[tuple[str, str, str]]:
    """Return every measure as published: name, value, and why there is none."""
    found = []
    for name, value in analysis.measures.items():
        detail = analysis.measure_details.get(name)
        reason = (detail.reason or "") if detail and value is None else ""
        found.append((name, "—" if value is None else f"{value:.3f}".rstrip("0").rstrip("."), reason))
    return found


def _about(analysis: Analysis) -> list[tuple[str, str]]:
    """Return how this result came about, as label and text."""
    engine, rows = analysis.engine, []
    for role in ("agent", "customer"):
        info = getattr(analysis.roles, role)
        place = f"{info.channel} channel" if info.channel else info.speaker
        if place:
            sure = f"{info.confidence * 100:.0f} % sure"
            rows.append((role.capitalize(), f"{place}, {sure}" + (f": {info.why}" if info.why else "")))
    rows.append(("Recording", f"{analysis.call.source}, {analysis.call.sample_rate_hz / 1000:g} kHz"))
    rows += [
        (name.capitalize(), f"{model.id} ({model.sha256[:12]})") for name, model in engine.models.items()
    ]
    return [*rows, ("hearout", f"{engine.version}, settings {engine.settings_sha256[:12]}")]


def _json(data: Any) -> str:
    """Return JSON that may stand inside a script element: it holds nothing that could end it."""
    from pydantic_core import to_json

    return to_json(data).decode("utf-8").translate(_JSON_ESCAPES)


@lru_cache
def _joined(names: tuple[str, ...]) -> str:
    folder = files("pipeline.report") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@lru_cache
def _script() -> str:
    """Return the page's script: every file adds its part to one object, ``hearout``."""
    script = f'(() => {{\n"use strict";\nconst hearout = {{}};\n{_joined(SCRIPTS)}}})();\n'
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a static script would end its own element")
    return script


@lru_cache
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@lru_cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": say.clock,
        "percent": say.percent,
        "sentence": say.capitalized,
        "play": _play,
        "together": _together,
    }
    return environment


def _together(text: str) -> str:
    """Return `text` with numbers and their units kept on one line."""
    words = text.split(" ")
    joined = words[:1]
    for before, word in pairwise(words):
        unit = word.rstrip(".,;)") in {"s", "min", "h", "%", "±"} or before == "±"
        joined.append(("\u00a0" if unit else " ") + word)
    return "".join(joined)


def _play(span: Pair, lead_s: float = 0.0) -> dict[str, str]:
    """Return the attributes of a button that plays `span` from `lead_s` before it to a little after it."""
    return {"data-play": f"{max(0.0, span[0] - lead_s):.3f}", "data-until": f"{span[1] + 0.5:.3f}"}
