"""A decoded call: int16 samples per channel at 16 kHz, on disk, read in slices.

The samples lie in private temporary files that have no name any more once they are open, so nothing personal
stays behind after a crash. Slices are read with ``pread``, not mapped: a map would count towards the
resident memory as it is walked, and ``pread`` is safe from several threads.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from pipeline.timeline.notes import Note

RATE_HZ = 16_000
"""The one rate at which everything after decoding works."""

_SAMPLE_BYTES = 2
_BLOCK_S = 10.0


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What the file was before it was decoded.

    Parameters
    ----------
    name : str
        File name without folders.
    sha256 : str
        Digest of the file's bytes, in hex; empty for samples that came from no file.
    container, codec : str
        FFmpeg's names, such as ``wav`` and ``pcm_mulaw``.
    rate_hz : int
        Sampling rate of the file.
    channels : int
        Number of channels of the file.
    sample_format : str
        FFmpeg's name of the decoded sample format, such as ``s16`` or ``fltp``.
    bits : int or None
        Bits per sample as coded; ``None`` where the codec has no such thing (MP3, Opus, …).
    duration_s : float or None
        What the container says; ``None`` if it does not say, or only guesses.
    """

    name: str
    sha256: str
    container: str
    codec: str
    rate_hz: int
    channels: int
    sample_format: str
    bits: int | None = None
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel on disk.

    Parameters
    ----------
    file : binary file
        Raw little-endian int16 at 16 kHz.
    n_samples : int
        How many.
    clipped_samples : int
        How many samples were clipped, counted at the file's own rate.
    """

    file: BinaryIO
    n_samples: int
    clipped_samples: int


class Recording:
    """The samples of one call, per channel; a context manager.

    Parameters
    ----------
    channels : list of Channel
        Left, then right; all equally long.
    source : SourceInfo
        Where they came from.
    warnings : tuple of Note
        What was noticed while decoding.
    """

    rate_hz = RATE_HZ

    def __init__(
        self, channels: Sequence[Channel], source: SourceInfo, warnings: tuple[Note, ...] = ()
    ) -> None:
        self._channels = tuple(channels)
        self.n_samples = channels[0].n_samples
        self.source = source
        self.warnings = warnings

    @classmethod
    def from_samples(
        cls, samples: np.ndarray, rate_hz: int = RATE_HZ, name: str = "samples", folder: Path | None = None
    ) -> Self:
        """Make a recording of samples in memory, resampled to 16 kHz where needed.

        Parameters
        ----------
        samples : numpy.ndarray
            Shape ``(channels, n)`` or ``(n,)``; int16, or float between -1 and 1.
        rate_hz : int
            Their sampling rate.
        name : str
            Stands for the file name.
        folder : Path, optional
            Where the temporary files go; the system's place unless given.

        Raises
        ------
        ValueError
            If the shape or the type is another.
        """
        planes = np.atleast_2d(samples)
        if planes.ndim != 2 or not 1 <= planes.shape[0] <= 2:
            raise ValueError(
                f"samples have the shape (channels, n) with 1 or 2 channels, not {samples.shape}"
            )
        if planes.dtype != np.int16 and not np.issubdtype(planes.dtype, np.floating):
            raise ValueError(f"samples are int16 or float, not {planes.dtype}")
        source = SourceInfo(
            name=name,
            sha256="",
            container="",
            codec="",
            rate_hz=rate_hz,
            channels=planes.shape[0],
            sample_format=str(planes.dtype),
            bits=16 if planes.dtype == np.int16 else None,
            duration_s=planes.shape[1] / rate_hz,
        )
        from pipeline.audio.writer import RecordingWriter  # it makes recordings, so it imports this file

        with RecordingWriter(planes.shape[0], folder) as writer:
            step = int(_BLOCK_S * rate_hz)
            for start in range(0, planes.shape[1], step):
                writer.write(planes[:, start : start + step].T, rate_hz)
            return cls(writer.finish(), source)

    @property
    def channels(self) -> int:
        """Number of channels, 1 or 2."""
        return len(self._channels)

    @property
    def duration_s(self) -> float:
        """Length in seconds, as decoded."""
        return self.n_samples / self.rate_hz

    def read(self, channel: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the samples ``start`` to ``stop`` of one channel.

        Parameters
        ----------
        channel : int
            0 is the left channel, 1 the right.
        start, stop : int
            In samples, half-open; cut to the recording's bounds.

        Returns
        -------
        numpy.ndarray
            int16, shape ``(stop - start,)``; its own memory, empty where the bounds leave nothing.

        Raises
        ------
        IndexError
            If there is no such channel.
        ValueError
            If the recording is closed.
        """
        if not 0 <= channel < self.channels:
            raise IndexError(f"channel {channel} of a recording with {self.channels}")
        start = max(0, start)
        stop = self.n_samples if stop is None else min(stop, self.n_samples)
        block = np.empty(max(0, stop - start), dtype="<i2")
        view = memoryview(block.data).cast("B") if block.size else memoryview(b"")
        done = 0
        while done < len(view):
            got = os.preadv(
                self._channels[channel].file.fileno(), [view[done:]], start * _SAMPLE_BYTES + done
            )
            if got == 0:
                raise ValueError("the recording's temporary file is shorter than it was")
            done += got
        return block

    def blocks(
        self, channel: int, block_s: float = 60.0, overlap_s: float = 0.0
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Walk through one channel, block by block.

        Parameters
        ----------
        channel : int
            0 is the left channel, 1 the right.
        block_s : float
            Length of a block in seconds; the last may be shorter.
        overlap_s : float
            How much of a block's end comes again at the start of the next, in seconds.

        Yields
        ------
        tuple of int and numpy.ndarray
            First sample of the block, and the block (int16). Nothing for an empty recording.

        Raises
        ------
        ValueError
            If the overlap is negative or not shorter than the block.
        """
        size, overlap = round(block_s * self.rate_hz), round(overlap_s * self.rate_hz)
        if not 0 <= overlap < size:
            raise ValueError(f"an overlap of {overlap_s} s does not fit blocks of {block_s} s")
        start = 0
        while start < self.n_samples:
            stop = min(start + size, self.n_samples)
            yield start, self.read(channel, start, stop)
            if stop == self.n_samples:
                return
            start = stop - overlap

    def clipped_samples(self, channel: int) -> int:
        """Return how many samples of a channel were clipped, counted at the rate of the source."""
        return self._channels[channel].clipped_samples

    def close(self) -> None:
        """Let the samples go; harmless when done twice."""
        for channel in self._channels:
            channel.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
