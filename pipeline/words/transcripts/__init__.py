"""Transcripts made elsewhere: captions, TextGrids, tables and other recognisers' JSON, as words of a call.

The doors are `read_captions`, from a file's bytes to captions, and `place_captions`, from captions to words
on the channels of a recording. Pure: no file is touched here.
"""

from __future__ import annotations

from pipeline.words.transcripts.caption import Caption, Captions
from pipeline.words.transcripts.place import Sound, place_captions
from pipeline.words.transcripts.read import ENDINGS, read_captions

__all__ = ["ENDINGS", "Caption", "Captions", "Sound", "place_captions", "read_captions"]
