"""From any file that FFmpeg reads to a `Recording`: per channel, streaming, 16 kHz."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.audio.container import (
    Stated,
    check_file,
    clock,
    looks_like,
    ogg_is_cut_off,
    shown_name,
    stated_length,
)
from pipeline.audio.frames import FrameFeed
from pipeline.audio.recording import Recording, SourceInfo
from pipeline.audio.writer import RecordingWriter
from pipeline.errors import InputError
from pipeline.timeline.notes import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Progress = Callable[[float, float | None], None]

_PROGRESS_STEP_S = 10.0
_COPY_AGAIN = "Copy it again from the recorder."
_UNNAMED = "NONE"  # FFmpeg's name of a channel whose place is not known
_IO_BUFFER = 1 << 18
# Play lists and the like make FFmpeg open further files or addresses: never from a recording.
_OPEN_OPTIONS = {"protocol_whitelist": "none"}


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """What a file must be to be taken.

    Parameters
    ----------
    max_duration_s : float
        Longer recordings are refused (``--max-duration``).
    min_duration_s : float
        Shorter ones hold no call.
    mismatch_min_s, mismatch_share : float
        Decoded and stated length may differ by the larger of these (seconds; share of the stated length)
        before it is worth a warning.
    max_missing_share : float
        If more than this share of the stated length cannot be decoded, the file is refused as truncated;
        1 takes whatever there is.
    gap_s : float
        Time stamps that jump ahead by more than this are filled with silence, as a player does.

    Raises
    ------
    ValueError
        If a bound makes no sense.
    """

    max_duration_s: float = 6 * 3600.0
    min_duration_s: float = 0.05
    mismatch_min_s: float = 1.0
    mismatch_share: float = 0.02
    max_missing_share: float = 0.1
    gap_s: float = 0.05

    def __post_init__(self) -> None:
        if not 0 <= self.min_duration_s < self.max_duration_s:
            raise ValueError(
                f"a recording may last {self.min_duration_s} to {self.max_duration_s} s: no such range"
            )
        if (
            min(self.mismatch_min_s, self.mismatch_share, self.gap_s) < 0
            or not 0 <= self.max_missing_share <= 1
        ):
            raise ValueError("tolerances are not negative, and max_missing_share lies between 0 and 1")


def open_recording(
    path: Path,
    settings: AudioSettings | None = None,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> Recording:
    """Decode a file, channel by channel, into a `Recording`.

    Parameters
    ----------
    path : Path
        The file.
    settings : AudioSettings, optional
        The defaults unless given.
    progress : callable, optional
        Called with ``(completed_s, total_s)`` now and then and at the end; the total is ``None`` where the
        container does not say.
    folder : Path, optional
        Where the decoded samples are kept (unnamed files); the system's temporary place unless given.

    Returns
    -------
    Recording
        To be closed by the caller; its ``warnings`` say what was odd.

    Raises
    ------
    InputError
        If the file is missing, unreadable, empty, no audio, damaged, truncated or too long, or has more
        than two channels.
    OutputError
        If the decoded samples can't be kept.
    """
    settings = settings or AudioSettings()
    check_file(path)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            with _opened(path, file) as container:
                job = _Decoding(path, container, settings, progress)
                return job.run(digest, folder)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(
            f"{shown_name(path)} can't be read: {reason}.", "Check the file and its rights."
        ) from error


@contextmanager
def _opened(path: Path, file: BinaryIO) -> Iterator[Any]:
    import av

    av.logging.set_level(None)  # FFmpeg's chatter never reaches the terminal
    try:
        container = av.open(file, options=dict(_OPEN_OPTIONS), buffer_size=_IO_BUFFER)
    except (av.error.FFmpegError, UnicodeDecodeError) as error:
        if kind := looks_like(path):
            raise InputError(
                f"{shown_name(path)} looks like {kind}, but is damaged or cut off: nothing can be decoded.",
                _COPY_AGAIN,
            ) from error
        raise _not_audio(path) from error
    with container:
        yield container


def _not_audio(path: Path) -> InputError:
    return InputError(
        f"{shown_name(path)} is not an audio file that FFmpeg can read.",
        "Name a recording, such as WAV, MP3 or FLAC.",
    )


class _Decoding:
    """One file on its way into a recording."""

    def __init__(
        self, path: Path, container: Any, settings: AudioSettings, progress: Progress | None
    ) -> None:
        self.name = shown_name(path)
        self.path = path
        self.container = container
        self.settings = settings
        self.progress = progress
        self.warnings: list[Note] = []
        self.errors = 0
        self.seen_end_s = 0.0
        self._reported_s = 0.0
        self.stream = self._choose_stream()
        self.stated: Stated = stated_length(path, container, self.stream)

    def run(self, digest: str, folder: Path | None) -> Recording:
        """Decode all of it."""
        if self.stated.exact and self.stated.duration_s > self.settings.max_duration_s:
            raise self._too_long(self.stated.duration_s)
        feed: FrameFeed | None = None
        writer: RecordingWriter | None = None
        try:
            for frame in self._frames():
                if feed is None or writer is None:
                    self._check_layout(frame)
                    writer = RecordingWriter(len(frame.layout.channels), folder)
                    feed = FrameFeed(
                        writer, self._origin_s(frame), self.settings.gap_s, self._filled_until_s()
                    )
                    first = frame
                elif len(frame.layout.channels) > 2:
                    self._check_layout(frame)
                feed.take(frame, after_error=self._take_error_flag())
                self._report(feed.position_s)
                if feed.position_s > self.settings.max_duration_s:
                    raise self._too_long(None)
            if feed is None or writer is None:
                raise self._nothing()
            feed.finish()
            if writer.taken_s < self.settings.min_duration_s:
                raise InputError(
                    f"{self.name} holds only {writer.taken_s * 1000:.0f} ms of audio: that is no call.",
                    _COPY_AGAIN,
                )
            self._check_length(feed)
            self.warnings.extend(feed.notes())
            if self.progress:
                self.progress(writer.taken_s, writer.taken_s)
            source = self._source(first, digest)
            return Recording(writer.finish(), source, tuple(self.warnings))
        finally:
            if writer is not None:
                writer.close()

    def _choose_stream(self) -> Any:
        streams = list(self.container.streams.audio)
        if not streams:
            raise InputError(f"{self.name} has no audio track.", "Name a recording with sound.")
        stream = self.container.streams.best("audio") or streams[0]
        if len(streams) > 1:
            names = ", ".join(_track_name(number, track) for number, track in enumerate(streams, 1))
            self.warnings.append(
                Note(
                    "several_audio_tracks",
                    f"The file has {len(streams)} audio tracks ({names}); only track "
                    f"{streams.index(stream) + 1} is used.",
                )
            )
        return stream

    def _frames(self) -> Iterator[Any]:
        """Decode packet by packet; what can't be decoded is counted and left out."""
        import av

        self._pending_error = False
        # With the stream's own length unknown, the other streams tell whether the file goes on to its end.
        packets = self.container.demux(*([self.stream] if self.stated.of_stream else []))
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.error.FFmpegError:  # the container itself breaks off
                self.errors += 1
                return
            if not self.stated.of_stream and packet.pts is not None and packet.time_base is not None:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self.seen_end_s = max(self.seen_end_s, end - (self.container.start_time or 0) / 1e6)
            if packet.stream_index != self.stream.index:
                continue
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.errors += 1
                self._pending_error = True
                continue
            yield from (frame for frame in frames if frame.samples)

    def _take_error_flag(self) -> bool:
        flag, self._pending_error = self._pending_error, False
        return flag

    def _check_layout(self, frame: Any) -> None:
        channels = [channel.name for channel in frame.layout.channels]
        if len(channels) > 2:
            named = [channel for channel in channels if channel and channel != _UNNAMED]
            names = f" ({', '.join(named)})" if len(named) == len(channels) else ""
            raise InputError(
                f"{self.name} has {len(channels)} channels{names}; a call has one or two.",
                "Export the agent's and the customer's channel alone.",
            )

    def _origin_s(self, frame: Any) -> float:
        """Return the time stamp that a player shows as 0:00."""
        if self.container.start_time is not None:
            return float(self.container.start_time) / 1e6
        return float(frame.time or 0.0)

    def _filled_until_s(self) -> float:
        """Return how far silence may be filled in: a time stamp beyond the stated end is a broken one."""
        longest_s = self.settings.max_duration_s
        length_s = self.container.duration
        return min(float(length_s) / 1e6 if length_s else longest_s, longest_s) + 1.0

    def _report(self, done_s: float) -> None:
        if self.progress and done_s - self._reported_s >= _PROGRESS_STEP_S:
            self._reported_s = done_s
            self.progress(done_s, self.stated.duration_s or None)

    def _check_length(self, feed: FrameFeed) -> None:
        settings, stated_s = self.settings, self.stated.duration_s
        if self.errors:
            self.warnings.append(
                Note("damaged_audio", f"{self.errors} damaged piece(s) of the file could not be decoded.")
            )
        if ogg_is_cut_off(self.path):
            self.warnings.append(
                Note(
                    "cut_off",
                    "The file has no end mark: the recording may have been cut off while it was written.",
                )
            )
        if not self.stated.exact:
            return
        decoded_s = feed.decoded_s if self.stated.of_stream else max(feed.decoded_s, self.seen_end_s)
        missing_s = stated_s - decoded_s
        if abs(missing_s) <= max(settings.mismatch_min_s, settings.mismatch_share * stated_s):
            return
        if missing_s > settings.max_missing_share * stated_s:
            raise InputError(
                f"{self.name} is truncated: it should last {clock(stated_s)}, but only {clock(decoded_s)} "
                "can be decoded.",
                _COPY_AGAIN,
            )
        self.warnings.append(
            Note(
                "duration_mismatch",
                f"The file says that it lasts {clock(stated_s)}, but {clock(decoded_s)} could be decoded.",
            )
        )

    def _too_long(self, duration_s: float | None) -> InputError:
        lasts = f"lasts {clock(duration_s)}, longer" if duration_s else "lasts longer"
        return InputError(
            f"{self.name} {lasts} than the {clock(self.settings.max_duration_s)} that are allowed.",
            "Raise the limit with --max-duration.",
        )

    def _nothing(self) -> InputError:
        if looks_like(self.path) is None:
            return _not_audio(self.path)
        if self.errors:
            codec = self.stream.codec_context.codec.canonical_name
            return InputError(f"{self.name} can't be decoded: its {codec} data are damaged.", _COPY_AGAIN)
        return InputError(f"{self.name} holds no audio: its length is zero.", _COPY_AGAIN)

    def _source(self, frame: Any, digest: str) -> SourceInfo:
        codec = self.stream.codec_context
        return SourceInfo(
            name=self.path.name,
            sha256=digest,
            container=self.container.format.name,
            codec=codec.codec.canonical_name,
            rate_hz=frame.sample_rate,
            channels=len(frame.layout.channels),
            sample_format=frame.format.name,
            bits=_coded_bits(codec.codec.canonical_name),
            duration_s=self.stated.duration_s if self.stated.exact else None,
        )


def _coded_bits(codec: str) -> int | None:
    if codec in ("pcm_mulaw", "pcm_alaw"):
        return 8
    match = re.match(r"pcm_[suf](\d+)", codec)
    return int(match[1]) if match else None


def _track_name(number: int, track: Any) -> str:
    title = track.metadata.get("title") or track.metadata.get("language") or ""
    return f"{number} {title}".strip()
