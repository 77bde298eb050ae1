"""Writes the samples of a recording: any rate in, int16 at 16 kHz out, to unnamed temporary files."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

import numpy as np

from pipeline.audio.clipping import FlatTops
from pipeline.audio.recording import RATE_HZ, Channel
from pipeline.errors import OutputError
from pipeline.files import NO_SPACE

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

_FULL_SCALE = 32768.0
_COPY_BYTES = 1 << 20


class _Resampler(Protocol):
    def resample_chunk(self, x: np.ndarray, last: bool = False) -> np.ndarray: ...


class RecordingWriter:
    """Takes samples at any rate, block by block, and makes the files of a `Recording`; a context manager.

    Left without `finish`, it removes what it has written.

    Parameters
    ----------
    channels : int
        Number of channels.
    folder : Path, optional
        Where the temporary files go; the system's place unless given.

    Raises
    ------
    OutputError
        If the folder cannot be written, now or later.
    """

    def __init__(self, channels: int, folder: Path | None = None) -> None:
        self._folder = folder
        self._files: list[BinaryIO] = []
        self._flat_tops = [FlatTops() for _ in range(channels)]
        self._rate_hz = 0
        self._resampler: _Resampler | None = None
        self._seconds_before = 0.0  # written at other rates than the present one
        self._samples_in = 0  # at the present rate
        self.n_samples = 0
        try:
            for _ in range(channels):
                self._files.append(self._new_file())
        except BaseException:
            self.close()
            raise

    @property
    def channels(self) -> int:
        """Number of channels."""
        return len(self._files)

    @property
    def taken_s(self) -> float:
        """Seconds taken so far; some may still be in the resampler."""
        return self._seconds_before + (self._samples_in / self._rate_hz if self._rate_hz else 0.0)

    def write(self, block: np.ndarray, rate_hz: int) -> None:
        """Append samples; when the rate changes, the resampler starts anew, without a gap.

        Parameters
        ----------
        block : numpy.ndarray
            Shape ``(n, channels)``; int16, or float between -1 and 1 (what lies beyond is clipped).
        rate_hz : int
            Sampling rate of this block.
        """
        if rate_hz != self._rate_hz:
            self._flush()
            self._rate_hz = rate_hz
            self._resampler = _resampler(rate_hz, self.channels)
        self._samples_in += len(block)
        for channel, tops in enumerate(self._flat_tops):
            tops.take(block[:, channel], rate_hz)
        if self._resampler is None:
            self._append(block)
        else:
            self._append(self._resampler.resample_chunk(_as_float(block)))

    def widen(self) -> None:
        """Go from one channel to two: both have had the same samples so far."""
        rate_hz = self._rate_hz
        self._flush()
        copy = self._new_file()
        try:
            self._files[0].seek(0)
            while chunk := self._files[0].read(_COPY_BYTES):
                copy.write(chunk)
        except OSError as error:
            copy.close()
            raise self._output_error(error) from error
        self._files.append(copy)
        self._flat_tops.append(deepcopy(self._flat_tops[0]))
        self._rate_hz = rate_hz
        self._resampler = _resampler(rate_hz, self.channels) if rate_hz else None

    def finish(self) -> list[Channel]:
        """Hand over the channels."""
        self._flush()
        try:
            for file in self._files:
                file.flush()  # readers go past the buffer
        except OSError as error:
            raise self._output_error(error) from error
        files, self._files = self._files, []
        return [
            Channel(file, self.n_samples, tops.clipped())
            for file, tops in zip(files, self._flat_tops, strict=True)
        ]

    def _flush(self) -> None:
        if self._resampler is not None:
            tail = self._resampler.resample_chunk(np.zeros((0, self.channels), np.float32), last=True)
            self._append(tail)
        self._seconds_before = self.taken_s
        self._samples_in = 0
        self._rate_hz = 0
        self._resampler = None

    def _append(self, block: np.ndarray) -> None:
        if not len(block):
            return
        samples = _as_int16(block)
        try:
            for channel, file in enumerate(self._files):
                file.write(np.ascontiguousarray(samples[:, channel]).data)
        except OSError as error:
            raise self._output_error(error) from error
        self.n_samples += len(block)

    def _new_file(self) -> BinaryIO:
        try:
            return cast("BinaryIO", tempfile.TemporaryFile(dir=self._folder))
        except OSError as error:
            raise self._output_error(error) from error

    def _output_error(self, error: OSError) -> OutputError:
        place = self._folder or tempfile.gettempdir()
        reason = error.strerror or str(error)
        elsewhere = "name another folder with --out" if self._folder else "set TMPDIR to another folder"
        mend = f"Free space there (230 MB per hour of two-channel audio), or {elsewhere}."
        if error.errno not in NO_SPACE:
            mend = f"Check the rights there, or {elsewhere}."
        return OutputError(f"The decoded audio can't be kept in {place}: {reason}.", mend)

    def close(self) -> None:
        """Remove what has been written and not been handed over."""
        for file in self._files:
            with suppress(OSError):  # nothing here is wanted any more
                file.close()
        self._files = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _resampler(rate_hz: int, channels: int) -> _Resampler | None:
    if rate_hz == RATE_HZ:
        return None
    import soxr

    return cast("_Resampler", soxr.ResampleStream(rate_hz, RATE_HZ, channels, dtype="float32", quality="HQ"))


def _as_float(block: np.ndarray) -> np.ndarray:
    if block.dtype == np.int16:
        return block.astype(np.float32) / np.float32(_FULL_SCALE)
    return np.ascontiguousarray(block, dtype=np.float32)


def _as_int16(block: np.ndarray) -> np.ndarray:
    if block.dtype == np.int16:
        return block.astype("<i2", copy=False)
    scaled: np.ndarray = np.rint(block * np.float32(_FULL_SCALE))
    clipped: np.ndarray = np.clip(np.nan_to_num(scaled), -_FULL_SCALE, _FULL_SCALE - 1)
    return clipped.astype("<i2")
