"""A transcript made elsewhere and its recording: which file is which, and the words stage made of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.identity import RECORDINGS, printable_name
from pipeline.speech import SpeechResult
from pipeline.words.transcripts import Captions, Sound, place_captions, read_captions

if TYPE_CHECKING:
    from collections.abc import Iterable

_REVISION = 1  # of what the words stage makes of a transcript; raise it when the code changes its output


@dataclass(frozen=True)
class TranscriptFile:
    """A transcript as it was read.

    Parameters
    ----------
    name : str
        Of the file, fit to be printed.
    sha256 : str
        Of its bytes.
    captions : Captions
    """

    name: str
    sha256: str
    captions: Captions

    def check(self, duration_s: float) -> None:
        """Refuse a transcript that begins when the recording has ended.

        Raises
        ------
        InputError
        """
        if all(one.span.start_s >= duration_s for one in self.captions.captions):
            raise InputError(
                f"{self.name} does not belong to this recording: all of it lies beyond the end.",
                "Name the right recording with --audio; times count from its start.",
            )

    def key(self, language: str) -> list[Any]:
        """Return what the words are made from, besides the speech."""
        ending = Path(self.name).suffix.lower()
        return ["transcript", _REVISION, self.sha256, ending, "" if self.captions.language else language]

    def words(
        self, speech: dict[str, Any], used: Iterable[int], duration_s: float, language: str
    ) -> dict[str, Any]:
        """Return the stage ``words``, as the stage ``speech`` heard the channels used."""
        heard = SpeechResult.from_dict(speech).channels
        sounds = {c: Sound(own.spans, own.candidates) for c, own in zip(used, heard, strict=True)}
        return place_captions(self.captions, sounds, duration_s, language).to_dict()


def read_transcript(path: Path) -> TranscriptFile:
    """Read a transcript.

    Raises
    ------
    InputError
        If there is none that can be read.
    """
    name = printable_name(path.name)
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{name} is not a file.", "Name the transcripts one by one.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{name} does not exist.", "Check its name and its folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name} can't be read: {reason}.", "Check the file and its rights.") from error
    return TranscriptFile(name, hashlib.sha256(content).hexdigest(), read_captions(name, content))


def find_recording(path: Path, transcript: TranscriptFile, recordings: Path | None = None) -> Path:
    """Find the recording of a transcript: of the same name, but for the last ending.

    Parameters
    ----------
    path : Path
        The transcript's.
    transcript : TranscriptFile
        A result of hearout names its recording, which counts where none has the result's own name.
    recordings : Path, optional
        The folder to look in; by default the transcript's.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    folder = path.parent if recordings is None else recordings
    try:
        files = sorted(one for one in folder.iterdir() if one.suffix[1:].lower() in RECORDINGS)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"The folder {printable_name(folder.name)} can't be read: {reason}.") from error
    named = transcript.captions.recording
    found = [one for one in files if one.stem == path.stem] or [
        one for one in files if printable_name(one.name) == named
    ]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(printable_name(one.name) for one in found)
        raise InputError(f"{transcript.name} fits several recordings: {names}.", "Name one with --audio.")
    where = "beside it" if recordings is None else f"in {printable_name(recordings.name) or recordings}"
    raise InputError(
        f"There is no recording {where} that is named like {transcript.name}.",
        "Name it with --audio, or its folder with --recordings: verdicts are proved by what can be heard.",
    )
