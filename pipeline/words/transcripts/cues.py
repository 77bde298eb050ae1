"""Captions: WebVTT and SRT, read by webvtt-py."""

from __future__ import annotations

import html
import io
import re
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.words.transcripts.caption import Caption, Captions, span_of, with_names

_ARROW = "-->"
_VTT_TIME = r"(?:\d+:)?\d{1,2}:\d{1,2}\.\d{1,3}"
_SRT_TIME = r"\d+:\d{1,2}:\d{1,2}[,.]\d+"
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+([^>]*))?>")
_TAG = re.compile(r"<[^>]*>")
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^>]*)?>|\{\\[^}]*\}", re.IGNORECASE)
_LANGUAGE = re.compile(r"language:\s*([A-Za-z-]+)", re.IGNORECASE)


def read_vtt(text: str) -> Captions:
    """Read WebVTT; the speaker is the voice (``<v Ann>``) or the name before a text.

    Raises
    ------
    ValueError
        Naming the line, where it is known.
    """
    if not text.startswith("WEBVTT"):
        raise ValueError("line 1: WebVTT begins with WEBVTT")
    head = text.partition("\n\n")[0].partition(_ARROW)[0]
    language = _LANGUAGE.search(head)
    captions = [part for cue in _cues(text, "vtt", _VTT_TIME) for part in _by_voice(cue)]
    return Captions(with_names(captions), language[1] if language else "")


def read_srt(text: str) -> Captions:
    """Read SRT; the speaker is the name before a text.

    Raises
    ------
    ValueError
        Naming the line, where it is known.
    """
    cues = _cues(text, "srt", _SRT_TIME)
    return Captions(with_names([Caption(cue.span, _SRT_TAG.sub("", cue.text).strip()) for cue in cues]))


def _by_voice(cue: Caption) -> list[Caption]:
    """Return a caption for each voice in a cue, all over its span."""
    before, *voices = _VOICE.split(cue.text)
    parts = [("", before), *zip(voices[::2], voices[1::2], strict=True)]
    plain = [(_plain(name or ""), _plain(said)) for name, said in parts]
    return [Caption(cue.span, said, name) for name, said in plain if said]


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()


@dataclass(frozen=True)
class _Timing:
    line: int
    start_ms: int
    end_ms: int


def _cues(text: str, form: Literal["vtt", "srt"], time: str) -> list[Caption]:
    """Return the cues with their text as it stands; whatever the reader would skip is an error."""
    timings = _timings(text, re.compile(rf"\s*({time})\s*-->\s*({time})(?=\s|$)"))
    if not timings:
        return []
    from webvtt import from_buffer
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        found = from_buffer(io.StringIO(text.strip("\n")), format=form)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise ValueError(f"line {timings[0].line}: this is no {form.upper()} caption") from error
    cues = [(_ms(one.start_time), _ms(one.end_time), one.raw_text) for one in found.captions]
    read = {(start_ms, end_ms) for start_ms, end_ms, _ in cues}
    skipped = next((one for one in timings if (one.start_ms, one.end_ms) not in read), None)
    if skipped is not None:
        raise ValueError(f"line {skipped.line}: this is no {form.upper()} caption")
    return [Caption(span_of(start_ms / 1000, end_ms / 1000), said) for start_ms, end_ms, said in cues]


def _timings(text: str, pattern: re.Pattern[str]) -> list[_Timing]:
    """Return the lines with times that a text follows."""
    lines = text.split("\n")
    found = []
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        if _ARROW not in line or line.startswith("NOTE"):
            continue
        match = pattern.match(line)
        if match is None:
            raise ValueError(f"line {number}: these are no times of a caption")
        start_ms, end_ms = map(_clock_ms, match.groups())
        if end_ms < start_ms:
            raise ValueError(f"line {number}: the caption ends before it starts")
        if following.strip():
            found.append(_Timing(number, start_ms, end_ms))
    return found


def _clock_ms(clock: str) -> int:
    *hours, minutes, seconds = clock.replace(",", ".").split(":")
    whole, _, fraction = seconds.partition(".")
    return (
        (int(hours[0]) if hours else 0) * 3_600_000
        + int(minutes) * 60_000
        + int(whole) * 1000
        + int(fraction[:3].ljust(3, "0"))
    )


def _ms(time: Any) -> int:
    milliseconds: int = time.in_milliseconds()
    return milliseconds
