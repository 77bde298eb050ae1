"""JSON: hearout's own results, and segments as recognisers of the Whisper family write them."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from pipeline.words.transcripts.caption import Caption, Captions, by_speaker, heard, span_of, timed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.words.placing import Heard

_OURS = "hearout.analysis/"
_SURE = ("probability", "confidence", "score")  # names for how sure a word is


def read_json(text: str) -> Captions:
    """Read ``analysis.json``, or ``{"segments": [{"start", "end", "text", …}]}`` or such a list by itself.

    Raises
    ------
    ValueError
        Naming the line or the segment.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}: this is no JSON") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if isinstance(data, dict) and str(data.get("schema", "")).startswith(_OURS):
        return _ours(data)
    segments = data.get("segments") if isinstance(data, dict) else data
    if not isinstance(segments, list):
        raise ValueError('it has neither "turns" of a hearout result nor "segments"')
    language = data.get("language") if isinstance(data, dict) else None
    captions = [part for n, one in enumerate(segments, 1) for part in _segment(n, one)]
    return Captions(tuple(captions), language if isinstance(language, str) else "")


def _ours(data: Mapping[str, Any]) -> Captions:
    captions: list[Caption] = []
    try:
        for turn in data["turns"]:
            words = tuple(
                heard(word["text"], word["start_s"], word["end_s"], word["confidence"])
                for word in turn["words"]
            )
            captions.append(
                Caption(span_of(turn["start_s"], turn["end_s"]), turn["text"], turn["role"], words)
            )
        recording = str(data["call"]["source"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"turn {len(captions) + 1} is damaged") from error
    return Captions(tuple(captions), recording=recording)


def _segment(number: int, segment: Any) -> list[Caption]:
    try:
        speaker = _name(segment.get("speaker"))
        rows = segment.get("words") or ()
        times = [segment.get("start"), segment.get("end")]
        words = list(_words(rows, [None if one is None else float(one) for one in times]))
        if words:
            return by_speaker(words, speaker)
        if not str(segment["text"] or "").strip():
            return []
        return [Caption(span_of(*map(float, times)), str(segment["text"]).strip(), speaker)]
    except KeyError as error:
        raise ValueError(f"segment {number} has no {error}") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"segment {number} has no start and end in seconds, or no text") from error


def _name(speaker: Any) -> str:
    return "" if speaker is None else str(speaker).strip()


def _words(rows: Iterable[Any], of_segment: list[float | None]) -> Iterable[tuple[str, Heard]]:
    """Yield words with their speakers; those without times have the room between their neighbours."""
    texts = [str(row["word"] if "word" in row else row["text"]).strip() for row in rows]
    kept = [(row, text) for row, text in zip(rows, texts, strict=True) if text]
    spans = _filled([(row.get("start"), row.get("end")) for row, _ in kept], of_segment)
    for (row, text), (start_s, end_s) in zip(kept, spans, strict=True):
        sure = next((row[name] for name in _SURE if row.get(name) is not None), None)
        for word in timed(text, start_s, end_s, sure):
            yield _name(row.get("speaker")), word


def _filled(times: list[tuple[Any, Any]], of_segment: list[float | None]) -> list[tuple[float, float]]:
    """Return start and end of each word.

    Raises
    ------
    ValueError
        If a time is none, or a word has nothing to take its time from.
    """
    known = [
        None if start is None or end is None else (float(start), max(float(start), float(end)))
        for start, end in times
    ]
    if any(one is not None and not (isfinite(one[1]) and one[0] >= 0) for one in known):
        raise ValueError("a word's time is none")
    if times and not any(known) and None in of_segment:
        raise ValueError("no word has a time")
    found: list[tuple[float, float]] = []
    first = 0
    while first < len(known):
        own = known[first]
        if own is not None:
            found.append(own)
            first += 1
            continue
        last = next((k for k in range(first, len(known)) if known[k] is not None), len(known))
        following = known[last] if last < len(known) else None
        start_s = found[-1][1] if found else of_segment[0]
        end_s = following[0] if following else of_segment[1]
        start_s = (end_s or 0.0) if start_s is None else start_s
        end_s = max(start_s, start_s if end_s is None else end_s)
        step_s = (end_s - start_s) / (last - first)
        found += [(start_s + k * step_s, start_s + (k + 1) * step_s) for k in range(last - first)]
        first = last
    return found
