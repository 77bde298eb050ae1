"""From a file's name and bytes to captions: which reader it is, and what is wrong with a file."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.timeline.tables import read_table
from pipeline.words.transcripts.caption import Caption, Captions
from pipeline.words.transcripts.cues import read_srt, read_vtt
from pipeline.words.transcripts.grids import read_textgrid
from pipeline.words.transcripts.segments import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LIST = (
    "VTT and SRT captions, Praat's TextGrid, CSV (start, end, speaker, text), and JSON of hearout or Whisper"
)


def read_csv(text: str) -> Captions:
    """Read a table with the columns start, end, speaker and text.

    Raises
    ------
    ValueError
        Naming the line.
    """
    try:
        rows = read_table(io.StringIO(text))
    except csv.Error as error:
        raise ValueError(f"it is no table ({error})") from error
    return Captions(tuple(Caption(row.span, row.text, row.speaker) for row in rows))


_READERS: dict[str, Callable[[str], Captions]] = {
    ".vtt": read_vtt,
    ".srt": read_srt,
    ".textgrid": read_textgrid,
    ".csv": read_csv,
    ".json": read_json,
}
ENDINGS = tuple(_READERS)
"""Endings of the files that can be read, in lower case."""


def read_captions(name: str, content: bytes) -> Captions:
    """Read a transcript.

    Parameters
    ----------
    name : str
        File name, fit to be printed: its ending says what it is.
    content : bytes

    Returns
    -------
    Captions
        At least one, each with a word.

    Raises
    ------
    InputError
        If it is of no known kind, broken, or holds no words.
    """
    ending = PurePath(name).suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        raise InputError(f"{name} is no transcript that can be read.", f"Those are: {_LIST}.")
    try:
        found = reader(_decoded(content))
    except ValueError as error:
        raise InputError(f"{name} can't be read: {error}.", "Export it again where it was made.") from error
    found = replace(found.spoken(), language=_code(found.language))
    if not found.captions:
        raise InputError(f"{name} holds no words.", "Import a transcript with what was said.")
    return found


def _decoded(content: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if content.startswith(bom)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError("it is not text in UTF-8 or UTF-16") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _code(language: str) -> str:
    """Return a language's code: ``en`` of ``en-GB`` and of ``English``, as some recognisers write it."""
    code = language.strip().lower().replace("_", "-").partition("-")[0]
    return "en" if code == "english" else code
