"""The page of one call: one self-contained ``timeline.html`` that a coach opens and plays.

Nothing is loaded from anywhere: style and script stand in the page under a content security policy
that names their hashes, the data is a JSON block, the audio (Ogg Opus) a base64 block that the script
turns into a blob, or a file beside the page. The script is the files of ``static/`` in the order of
`SCRIPTS`, put one after another.
"""

from __future__ import annotations

import functools
import hashlib
import html
import re
from dataclasses import dataclass, field
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec
from pybase64 import b64encode

from pipeline.measures import TalkTarget
from pipeline.report import headline as say
from pipeline.report.cards import cards, doubts, figure_rows, plays
from pipeline.report.page_data import page_data
from pipeline.report.schema import encode_parts
from pipeline.timeline.plain import duration, percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from jinja2 import Environment

    from pipeline.report.schema import Analysis

STYLES = (
    "base.css",
    "summary.css",
    "verdicts.css",
    "player.css",
    "transcript.css",
    "moments.css",
    "print.css",
)
SCRIPTS = (
    "format.js",
    "dom.js",
    "kinds.js",
    "data.js",
    "player.js",
    "view.js",
    "marks.js",
    "palette.js",
    "layout.js",
    "waves.js",
    "ratio.js",
    "lanes.js",
    "selection.js",
    "pointer.js",
    "checklists.js",
    "moments.js",
    "measures.js",
    "transcript.js",
    "keyboard.js",
    "main.js",
)
PLAYS_INSIDE = "blob:"
PLAYS_BESIDE = "'self' file:"  # a page that is opened as a file has no origin that 'self' could mean
_AUDIO_PIECE = 3 << 15  # bytes; a multiple of 3 has base64 of its own, without padding
_SLOT = re.compile(rb"<!--(\w+)-->")  # only a template can write one: "<" of all other text is escaped
_MEDIA = re.compile("media-src ([^;]+)")
_JSON_ESCAPES = {char.encode(): f"\\u{ord(char):04x}".encode() for char in "<>&\u2028\u2029"}
_PLAIN_PATH = re.compile(r"(?:\w[\w.-]*/)*\w[\w.-]*", re.ASCII)


@dataclass(frozen=True)
class PageMedia:
    """What can be heard and seen of the recording itself.

    Parameters
    ----------
    audio : bytes, Path or None
        The whole recording, as a browser plays it (Ogg Opus: Chromium, Firefox; Safari from 18.4), or the
        file that holds it, read when the page is written; ``None`` or empty: the page says that it holds no
        audio and is otherwise the same.
    audio_mime : str
        Its media type.
    waveform : mapping of role to str
        Peaks 0–255 as base64, the first at 0 s, `points_per_s` of them each second; roles may be missing.
    points_per_s : float
        > 0 where there is a waveform.
    audio_beside : str or None
        In place of `audio`: the path of a file to play, from the folder of the page, such as
        ``stages/playback.ogg``; plain names only.
    """

    audio: bytes | Path | None = None
    audio_mime: str = "audio/ogg; codecs=opus"
    waveform: Mapping[str, str] = field(default_factory=dict)
    points_per_s: float = 0.0
    audio_beside: str | None = None

    def __post_init__(self) -> None:
        if self.waveform and not self.points_per_s > 0:
            raise ValueError("a waveform needs its number of points per second")
        if self.audio_beside is not None and not _PLAIN_PATH.fullmatch(self.audio_beside):
            raise ValueError(f"the audio beside a page has a plain relative path, not {self.audio_beside!r}")
        if self.audio and self.audio_beside:
            raise ValueError("audio is in the page or beside it, not both")

    @property
    def policy(self) -> str:
        """Where the page may take media from: itself, the page's own place, or nowhere."""
        if self.audio:
            return PLAYS_INSIDE
        return PLAYS_BESIDE if self.audio_beside else "'none'"


@dataclass(frozen=True)
class Page:
    """A page as HTML in UTF-8: iterating gives its pieces, one after another.

    The audio, most of a page, is read and put into base64 in passing, never held as a whole.

    Parameters
    ----------
    before, after : tuple of bytes
        What stands before and after the audio.
    audio : bytes or Path
    """

    before: tuple[bytes, ...]
    audio: bytes | Path
    after: tuple[bytes, ...]

    def __iter__(self) -> Iterator[bytes]:
        yield from self.before
        with BytesIO(self.audio) if isinstance(self.audio, bytes) else self.audio.open("rb") as file:
            while piece := file.read(_AUDIO_PIECE):
                yield b64encode(piece)  # in a twentieth of the standard library's time
        yield from self.after

    def __bytes__(self) -> bytes:
        return b"".join(self)


def render_page(
    analysis: Analysis,
    media: PageMedia | None = None,
    *,
    title: str | None = None,
    target: TalkTarget | None = None,
    encoded: Mapping[str, bytes] | None = None,
) -> Page:
    """Return the page of a call.

    Parameters
    ----------
    analysis : Analysis
    media : PageMedia, optional
        Nothing to hear, no waveform unless given.
    title : str, optional
        The call's id unless given.
    target : TalkTarget, optional
        50 % ± 10 unless given.
    encoded : mapping of str to bytes, optional
        The parts of the result as its file holds them, where they are made already (`encode_parts`).
    """
    media, target = media or PageMedia(), target or TalkTarget()
    style, script = _style(), _script()
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(style)}'",
            f"media-src {media.policy}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    frame = (
        _environment()
        .get_template("timeline.html.j2")
        .render(
            title=title or analysis.call.id,
            policy=policy,
            audio=bool(media.audio),
            audio_beside=media.audio_beside,
            audio_mime=media.audio_mime,
            **summary(analysis, target),
        )
    )
    data = page_data(analysis, target, media.waveform, media.points_per_s, encoded or encode_parts(analysis))
    slots = {
        b"style": style,
        b"script": script,
        b"data": _json(data),
        b"audio": b"",
    }
    # what is large and ready is put in as bytes, not rendered
    parts = _SLOT.split(frame.encode())
    audio_at = parts.index(b"audio") if media.audio else len(parts)
    parts[1::2] = [slots[name] for name in parts[1::2]]
    return Page(tuple(parts[:audio_at]), media.audio or b"", tuple(parts[audio_at:]))


def media_policy(head: bytes) -> str:
    """Return whence a page with this `head` (its beginning) may take media; empty if it does not say."""
    found = _MEDIA.search(html.unescape(head.decode(errors="replace")))
    return found[1] if found else ""


def summary(analysis: Analysis, target: TalkTarget) -> dict[str, Any]:
    """Return what the template writes above and beside the timeline, in words."""
    call, ratio = analysis.call, analysis.measures.get("talk_ratio_agent")
    people = [
        f"{role}: {name}" for role, name in (("Agent", call.agent), ("Customer", call.customer)) if name
    ]
    recorded = [say.recorded(call.recorded_at)] if call.recorded_at else []
    found = cards(analysis, target)
    shares = say.shares(analysis) if call.duration_s else []
    figures = figure_rows(analysis)
    return {
        "facts": [*recorded, duration(call.duration_s), say.LAYOUTS[call.layout], *people],
        "headline": say.headline(analysis, target),
        "details": say.details(analysis, target),
        "coach": analysis.coach,
        "plays": plays(analysis),
        "vent_card": found.pop("vent_before_solving", None),
        "talk_card": found.pop("talk_ratio", None),
        "other_cards": list(found.values()),
        "shares": shares,
        "segments": _segments(shares),
        "ratio": ratio,
        "bar": None if ratio is None else _bar(ratio, target),
        "ratio_reason": say.reason(analysis, "talk_ratio_agent"),
        "target": target,
        "denominators": say.denominators(analysis),
        "doubts": doubts(analysis),
        "figures": figures,
        "unmeasured": list(dict.fromkeys([row.figure.reason for row in figures if row.figure.reason])),
        "about": _about(analysis),
    }


def _bar(ratio: float, target: TalkTarget) -> tuple[float, ...]:
    """Return the bar of the talk ratio in percent: shares, start and width of what passes, the target."""
    share = round(ratio * 100, 2)
    found = (100 - share, target.low * 100, (target.high - target.low) * 100, target.ratio * 100)
    return share, *(round(one, 2) for one in found)


def _segments(shares: Sequence[say.Share]) -> list[dict[str, Any]]:
    """Return the bar of the whole call, left to right, in percent."""
    heard = {share.key: (share.of_call or 0.0) * 100 for share in shares}
    both = heard.get("both", 0.0)
    order = ["agent", "both", "customer", "other", "nobody"]
    found, at = [], 0.0
    for key in (key for key in order if key in heard):
        width = max(0.0, min(100.0 - at, heard[key] - (both if key in {"agent", "customer"} else 0.0)))
        found.append({"key": key, "x": round(at, 3), "width": round(width, 3)})
        at += width
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


def _json(data: Any) -> bytes:
    """Return JSON that may stand inside a script element: it holds nothing that could end it."""
    text = msgspec.json.encode(data)
    for char, escaped in _JSON_ESCAPES.items():
        if char[-1:] in text:  # looking for one byte is much quicker, and mostly there is none
            text = text.replace(char, escaped)
    return text


def _joined(names: tuple[str, ...]) -> str:
    folder = files("pipeline.report") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


@functools.cache
def _style() -> bytes:
    return _joined(STYLES).encode()


@functools.cache
def _script() -> bytes:
    """Return the page's script: every file adds its part to one object, ``hearout``."""
    script = f'(() => {{\n"use strict";\nconst hearout = {{}};\n{_joined(SCRIPTS)}}})();\n'
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a static script would end its own element")
    return script.encode()


@functools.cache
def _hash(content: bytes) -> str:
    return f"sha256-{b64encode(hashlib.sha256(content).digest()).decode('ascii')}"


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from pipeline.report import pieces

    environment = Environment(
        loader=PackageLoader("pipeline.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["verdict_words"] = say.VERDICTS
    environment.filters |= {
        "percent": percent,
        "sentence": say.capitalized,
        "together": pieces.together,
        "timed": pieces.timed,
        "button": pieces.button,
        "evidence": pieces.evidence,
        "rows": pieces.rows,
    }
    return environment
