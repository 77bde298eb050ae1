"""What a transcript made elsewhere says: captions, with the times and the speakers that it gives."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

from pipeline.timeline.spans import Span
from pipeline.words.placing import Heard

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHORTEST_S = 0.01  # of a caption whose end is its start, as some recognisers write them
_SOUNDS = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>|\*[^*]*\*|♪[^♪]*♪?")
_NAME = re.compile(r"\s*(?:[-–—]\s*)?([^\W_][^:\n]{0,40}):(?:\s+|$)")
_NAME_WORDS, _LONE_NAME_WORDS = 4, 2  # a longer one is no name; nor is one that comes only once
_OFTEN = 2  # so often a name stands in front of a caption, or all captions have one


@dataclass(frozen=True, slots=True)
class Caption:
    """A stretch of a transcript.

    Parameters
    ----------
    span : Span
        Seconds of the recording; rough, where the words have no times of their own.
    text : str
        What is said, the speaker's name not included.
    speaker : str
        As the transcript names them; empty if it doesn't.
    words : tuple of Heard
        The words with their own times, in order; empty if they have none.
    """

    span: Span
    text: str
    speaker: str = ""
    words: tuple[Heard, ...] = ()


@dataclass(frozen=True)
class Captions:
    """A transcript as it was read.

    Parameters
    ----------
    captions : tuple of Caption
        In the order of the file; may overlap.
    language : str
        Its code, such as "en", if the transcript says so.
    recording : str
        File name of the recording, if the transcript says so.
    sounds : int
        Captions of sounds only, such as "[music]": they are left out.
    """

    captions: tuple[Caption, ...]
    language: str = ""
    recording: str = ""
    sounds: int = 0

    def spoken(self) -> Captions:
        """Return it without captions that hold no word; those of sounds are counted."""
        kept = tuple(one for one in self.captions if is_spoken(one.text))
        empty = sum(not one.text.strip() for one in self.captions)
        sounds = self.sounds + len(self.captions) - len(kept) - empty
        return replace(self, captions=kept, sounds=sounds)


def is_spoken(text: str) -> bool:
    """Tell whether any word is left beside sounds in brackets, song and signs."""
    return any(sign.isalnum() for sign in _SOUNDS.sub(" ", text))


def words_in(text: str) -> list[str]:
    """Return the words of a text; a sign that stands alone joins the word before it."""
    words: list[str] = []
    for token in text.split():
        if any(sign.isalnum() for sign in token):
            words.append(token)
        elif words:
            words[-1] += token
    return words


def span_of(start_s: float, end_s: float) -> Span:
    """Return a caption's span; one without length gets a hundredth of a second.

    Raises
    ------
    ValueError
        If it ends before it starts, or a time is none.
    """
    if not (isfinite(start_s) and isfinite(end_s)) or start_s < 0:
        raise ValueError("a time is negative or no number")
    if end_s < start_s:
        raise ValueError("it ends before it starts")
    return Span(start_s, max(end_s, start_s + SHORTEST_S))


def heard(text: str, start_s: float, end_s: float, confidence: object = None) -> Heard:
    """Return a word with its times; how sure it is, 0 to 1, is 1 where nothing sensible is said.

    Raises
    ------
    ValueError
        If it has no text, or a time is none.
    """
    start_s, end_s = float(start_s), float(end_s)
    if not text.strip() or not (isfinite(start_s) and isfinite(end_s)) or start_s < 0:
        raise ValueError("a word has no text, or a time that is none")
    sure = float(confidence) if isinstance(confidence, int | float) else 1.0
    sure = min(1.0, max(0.0, sure)) if isfinite(sure) else 1.0
    return Heard(text.strip(), start_s, max(start_s, end_s), sure)


def timed(text: str, start_s: float, end_s: float, confidence: object = None) -> list[Heard]:
    """Return what a transcript gives as one timed word, parted at blanks by the length of its parts."""
    parts = words_in(text)
    signs = sum(map(len, parts))
    found, at = [], 0
    for part in parts:
        first_s = start_s + (end_s - start_s) * at / signs
        at += len(part)
        found.append(heard(part, first_s, start_s + (end_s - start_s) * at / signs, confidence))
    return found


def with_names(captions: Sequence[Caption]) -> tuple[Caption, ...]:
    """Take names that stand in front of captions' lines, as in ``Ann: Hello``, for their speakers.

    A colon makes no name of what stands before it only once: names come back, or stand in front of
    every caption. A caption that has a speaker keeps its text.
    """
    lines = [(k, line) for k, one in enumerate(captions) for line in one.text.split("\n") if line.strip()]
    found = [None if captions[k].speaker else _NAME.match(line) for k, line in lines]
    names = Counter(match[1].strip() for match in found if match)
    first = {k: match for (k, _), match in reversed([*zip(lines, found, strict=True)])}
    everywhere = all(match or captions[k].speaker for k, match in first.items())
    parts: list[tuple[int, Caption]] = []
    for (k, line), match in zip(lines, found, strict=True):
        own = captions[k]
        name = match[1].strip() if match else ""
        most = _NAME_WORDS if names[name] >= _OFTEN else _LONE_NAME_WORDS if everywhere else 0
        if match and len(name.split()) <= most:
            parts.append((k, replace(own, speaker=name, text=line[match.end() :])))
        elif parts and parts[-1][0] == k:
            parts[-1] = k, replace(parts[-1][1], text=f"{parts[-1][1].text}\n{line}")
        else:
            parts.append((k, replace(own, text=line)))
    return tuple(part for _, part in parts)


def by_speaker(words: Iterable[tuple[str, Heard]], speaker: str = "") -> list[Caption]:
    """Return timed words as captions, one for each stretch of one speaker.

    Parameters
    ----------
    words : iterable of (speaker, Heard)
        In order; an empty speaker is the one before, or else `speaker`.
    speaker : str
    """
    parts: list[tuple[str, list[Heard]]] = []
    for name, word in words:
        who = name or (parts[-1][0] if parts else speaker)
        if not parts or parts[-1][0] != who:
            parts.append((who, []))
        parts[-1][1].append(word)
    return [
        Caption(
            span_of(min(one.start_s for one in own), max(one.end_s for one in own)),
            " ".join(one.text for one in own),
            who,
            tuple(own),
        )
        for who, own in parts
    ]
