"""The words of a call, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.timeline.notes import Note
from pipeline.timeline.spans import Span
from pipeline.timeline.words import Word, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Transcript:
    """What was recognised on each channel.

    Parameters
    ----------
    words : mapping of int to tuple of Word
        By channel; sorted and disjoint in time.
    language : str
        Code, such as "en"; empty if there was nothing to tell it from.
    language_probability : float
        How sure, 0 to 1; 1 if it was given.
    dropped : mapping of str to int
        Words left out, by reason (see `pipeline.words.cleaning.REASONS`).
    notes : tuple of Note
        What a person should know about it.
    """

    words: Mapping[int, tuple[Word, ...]]
    language: str
    language_probability: float
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return JSON types; times in whole milliseconds, a word as ``[text, start, end, confidence]``."""
        return {
            "language": self.language,
            "language_probability": round(self.language_probability, 4),
            "words": {
                str(channel): [list(_row(word)) for word in words]
                for channel, words in sorted(self.words.items())
            },
            "dropped": dict(sorted(self.dropped.items())),
            "notes": [note.to_dict() for note in self.notes],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Transcript:
        """Read what `to_dict` wrote.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it is something else.
        """
        return cls(
            words={int(channel): _words(rows) for channel, rows in data["words"].items()},
            language=data["language"],
            language_probability=data["language_probability"],
            dropped=dict(data["dropped"]),
            notes=tuple(
                Note(note["code"], note["message"], Span(*note["span"]) if "span" in note else None)
                for note in data["notes"]
            ),
        )


def _row(word: Word) -> tuple[str, int, int, float]:
    start = round(word.start_s * 1000)
    return word.text, start, max(start + 1, round(word.end_s * 1000)), round(word.confidence, 4)


def _words(rows: Sequence[Sequence[Any]]) -> tuple[Word, ...]:
    if not rows:
        return ()
    texts, starts, ends, confidences = zip(*rows, strict=True)
    return words_of(texts, [ms / 1000 for ms in starts], [ms / 1000 for ms in ends], confidences)
