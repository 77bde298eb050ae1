"""Praat's TextGrid, read by praatio: a tier is a speaker, ``X words`` has the times of the words of X."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pipeline.words.transcripts.caption import Caption, Captions, by_speaker, is_spoken, span_of, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.words.placing import Heard

_WORDS = re.compile(r"(?:(.*?)(?:\s*-)?\s+)?words", re.IGNORECASE)
_OTHER = re.compile(r"(?:.*\s)?(?:speech|phones|phonemes|syllables|vent|events)", re.IGNORECASE)
_SILENCES = frozenset({"sil", "sp", "spn", "<eps>"})  # what forced aligners call them
_KINDS = frozenset({"turn", "backchannel"})  # labels of an export without transcript

Entry = tuple[float, float, str]


def read_textgrid(text: str) -> Captions:
    """Read a TextGrid, in Praat's long or short text format.

    Raises
    ------
    ValueError
        If it is something else, or a time is none.
    """
    tiers = _tiers(text)
    with_words = {name: match[1] or "" for name in tiers if (match := _WORDS.fullmatch(name))}
    captions: list[Caption] = []
    sounds = 0
    for name, entries in tiers.items():
        if name in with_words:
            spoken = [one for one in entries if is_spoken(one[2])]
            sounds += len(entries) - len(spoken)
            captions += by_speaker((("", word) for one in spoken for word in _timed(one)), with_words[name])
        elif name not in with_words.values():
            captions += [Caption(span_of(start_s, end_s), label, name) for start_s, end_s, label in entries]
    if all(one.text in _KINDS for one in captions):
        return Captions(())
    return Captions(tuple(captions), sounds=sounds)


def _timed(entry: Entry) -> list[Heard]:
    start_s, end_s, label = entry
    return timed(label, start_s, end_s)


def _tiers(text: str) -> dict[str, Sequence[Entry]]:
    """Return the labelled intervals of the tiers that may hold what was said, by tier."""
    from praatio.utilities.errors import PraatioException
    from praatio.utilities.textgrid_io import parseTextgridStr

    if "ooTextFile" not in text.partition("\n")[0]:
        raise ValueError("line 1: this is no TextGrid of Praat")
    try:
        grid: dict[str, Any] = parseTextgridStr(text)
        found: dict[str, Sequence[Entry]] = {}
        for tier in grid["tiers"]:
            name = tier["name"].strip()
            if tier["class"] != "IntervalTier" or _OTHER.fullmatch(name):
                continue
            entries = [(float(start), float(end), str(label)) for start, end, label in tier["entries"]]
            found[name] = [one for one in entries if one[2].strip().lower() not in _SILENCES]
    except (PraatioException, ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("its tiers are damaged") from error
    return found
