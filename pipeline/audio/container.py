"""What a file says of itself, before it is decoded: is it there, what does it look like, how long is it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

# Formats without a stated length: FFmpeg guesses from the bit rate of the first packets.
_GUESSED = frozenset(
    {"aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "loas", "g722", "g723_1", "g726", "g729", "gsm"}
)
_MAGIC = (
    (0, b"RIFF", "a WAV file"),
    (0, b"RF64", "a WAV file"),
    (0, b"fLaC", "a FLAC file"),
    (0, b"OggS", "an Ogg file"),
    (0, b"ID3", "an MP3 file"),
    (0, b"\xff\xfb", "an MP3 file"),
    (0, b"\xff\xf3", "an MP3 file"),
    (4, b"ftyp", "an MP4 file"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM file"),
    (0, b"FORM", "an AIFF file"),
    (0, b".snd", "an AU file"),
    (0, b"#!AMR", "an AMR file"),
)
_HEAD_BYTES = 1 << 16
# Recorders that stream write 0 or a number near 2 or 4 GiB where the size of the data should stand.
_PLACEHOLDER_BYTES = 0x7FFF0000


@dataclass(frozen=True, slots=True)
class Stated:
    """The length that a container states.

    Parameters
    ----------
    duration_s : float
        In seconds; 0.0 if it states none.
    exact : bool
        Whether it is stated; a guess from the bit rate is not.
    of_stream : bool
        Whether it is the audio stream's own, and not that of the whole file with its video.
    """

    duration_s: float
    exact: bool
    of_stream: bool


def shown_name(path: Path) -> str:
    """Return the file's name without folders, fit for one line of a message."""
    name = path.name or str(path)
    return "".join(sign if sign.isprintable() else "?" for sign in name)


def clock(seconds: float) -> str:
    """Return a length for people: ``12.3 s`` below a minute, else ``m:ss`` or ``h:mm:ss``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def check_file(path: Path) -> None:
    """Refuse what is no readable, non-empty file.

    Raises
    ------
    InputError
        With the reason.
    """
    name = shown_name(path)
    try:
        status = path.stat()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise InputError(f"{name} is a link to a file that does not exist.", "Mend the link.") from error
        pattern = any(sign in path.name for sign in "*?[")
        remedy = (
            "A pattern in quotes is for 'hearout batch'; here the shell has to see it." if pattern else ""
        )
        raise InputError(f"{name} does not exist.", remedy or "Check its name and its folder.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{name} can't be read: {reason}.", "Check the file and its rights.") from error
    if stat.S_ISDIR(status.st_mode):
        raise InputError(
            f"{name} is a folder, not a recording.",
            "Name the recordings in it; 'hearout batch FOLDER' takes them all.",
        )
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{name} is not a regular file.", "Save the recording as a file.")
    if status.st_size == 0:
        raise InputError(f"{name} is empty (0 bytes).", "Copy it again from the recorder.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{name} can't be read: you have no right to.", "Check the file's rights.")


def looks_like(path: Path) -> str | None:
    """Return what the first bytes say the file is, such as ``a FLAC file``; ``None`` if they say nothing."""
    with path.open("rb") as file:
        head = file.read(16)
    for offset, magic, kind in _MAGIC:
        if head[offset:].startswith(magic):
            return kind
    return None


def stated_length(path: Path, container: Any, stream: Any) -> Stated:
    """Return the length that the container states for its audio.

    Parameters
    ----------
    path : Path
        The file.
    container, stream : av.container.InputContainer, av.audio.stream.AudioStream
        As opened by PyAV.
    """
    names = set(container.format.name.split(","))
    if "wav" in names and (length_s := _wav_length_s(path, stream)) is not None:
        return Stated(length_s, exact=True, of_stream=True)
    exact = not names & _GUESSED and not ("mp3" in names and not _mp3_has_frame_count(path))
    if stream.duration is not None and stream.duration > 0:
        return Stated(float(stream.duration * stream.time_base), exact, of_stream=True)
    if container.duration is not None and container.duration > 0:
        return Stated(container.duration / 1e6, exact, of_stream=False)
    return Stated(0.0, exact=False, of_stream=True)


def _mp3_has_frame_count(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(10)
        if head.startswith(b"ID3"):  # its size: four times seven bits
            size = 0
            for byte in head[6:10]:
                size = size << 7 | byte & 0x7F
            file.seek(10 + size)
        else:
            file.seek(0)
        frames = file.read(4096)
    return any(tag in frames for tag in (b"Xing", b"Info", b"VBRI"))


def _wav_length_s(path: Path, stream: Any) -> float | None:
    """Return the length by the size that a WAV file's data chunk claims.

    FFmpeg cuts that claim to the size of the file, and so hides that the rest is missing.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head.startswith(b"RIFF") or head[8:12] != b"WAVE":
        return None
    at, bytes_per_s = 12, 0
    while at + 8 <= len(head):
        kind, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        if kind == b"fmt ":
            bytes_per_s = int.from_bytes(head[at + 16 : at + 20], "little")
        if kind == b"data":
            known = 0 < size < _PLACEHOLDER_BYTES and bytes_per_s > 0
            return size / bytes_per_s if known else None
        at += 8 + size + size % 2
    return None


def ogg_is_cut_off(path: Path) -> bool:
    """Tell whether an Ogg file lacks the end-of-stream mark on its last page (RFC 3533)."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return False
        file.seek(max(0, path.stat().st_size - _HEAD_BYTES - 512))
        tail = file.read()
    at = tail.rfind(b"OggS")
    return at >= 0 and at + 5 < len(tail) and not tail[at + 5] & 0x04
