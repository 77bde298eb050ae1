"""The words stage: every channel's speech, recognised together and kept apart."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from pipeline.timeline.notes import Note
from pipeline.words.cleaning import REASONS, clean, needs_second_try
from pipeline.words.leaks import leaked_words
from pipeline.words.packing import Packing, Window, plan_windows
from pipeline.words.recognizer import RawWindow, Request
from pipeline.words.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.timeline.spans import Span, SpanSet
    from pipeline.timeline.words import Word
    from pipeline.words.recognizer import Recognizer, Samples
    from pipeline.words.settings import WordSettings

    Progress = Callable[[int, int], None]

_FULL_SCALE = 32768.0
_SURE = 0.5  # a language this probable needs no more windows
_DETECTIONS = 3  # windows a channel at most
_QUIET_S = 0.05  # length of what is compared when looking for the quietest place


class Source(Protocol):
    """What is needed of a recording (`pipeline.audio.Recording`)."""

    rate_hz: int
    n_samples: int

    def read(self, channel: int, start: int, stop: int) -> np.ndarray:
        """Return int16 samples ``[start, stop)`` of a channel."""
        ...


def transcribe(
    recording: Source,
    speech: Mapping[int, SpanSet],
    settings: WordSettings,
    recognizer: Recognizer,
    progress: Progress | None = None,
) -> Transcript:
    """Recognise what is said on each channel.

    Only a few windows of audio are in memory at a time, however long the recording is. A window holds
    audio of one channel only, and its words go to that channel only.

    Parameters
    ----------
    recording : Recording
        At 16 kHz.
    speech : mapping of int to SpanSet
        By channel, where somebody may be speaking, in seconds; better too much than too little.
    settings : WordSettings
        How words are recognised.
    recognizer : Recognizer
        The model.
    progress : callable, optional
        Called with (windows done, windows in total).

    Returns
    -------
    Transcript
        With an entry for every channel of `speech`.

    Raises
    ------
    UsageError
        If the model doesn't know the language asked for.
    """
    spoken = {channel: spans.bridged(settings.bridge_s) for channel, spans in sorted(speech.items())}
    windows = _plan(recording, spoken, settings)
    language, probability = _language(recording, windows, settings, recognizer)
    request = Request(language, settings.beam_size, settings.hotwords)
    heard: dict[int, list[tuple[Window, RawWindow]]] = defaultdict(list)
    second_tries = 0
    for first in range(0, len(windows), settings.batch_windows):
        group = windows[first : first + settings.batch_windows]
        raws = recognizer.recognize([_samples(recording, window) for window in group], request)
        for window, raw in zip(group, raws, strict=True):
            if needs_second_try(raw, settings.cleaning):
                second_tries += 1
                heard[window.channel] += _again(recording, window, raw, (request, settings), recognizer)
            else:
                heard[window.channel].append((window, raw))
        if progress:
            progress(first + len(group), len(windows))
    words: dict[int, tuple[Word, ...]] = {}
    dropped: Counter[str] = Counter()
    for channel, spans in spoken.items():
        cleaned = clean(heard[channel], spans, settings.cleaning)
        words[channel] = cleaned.words
        dropped.update(cleaned.dropped)
    words, leaked = _without_leaks(recording, words, spoken, settings.cleaning.leak_level_db)
    if leaked:
        dropped["crosstalk"] += leaked
    return Transcript(words, language, probability, dict(dropped), _notes(dropped, second_tries))


def _plan(recording: Source, speech: Mapping[int, SpanSet], settings: WordSettings) -> list[Window]:
    """Return all channels' windows, by the time of their start, so that progress follows the call."""
    packing = Packing(recording.rate_hz, settings.window_s, settings.pause_kept_s)
    windows: list[Window] = []
    for channel, spans in speech.items():

        def quietest(start: int, stop: int, channel: int = channel) -> int:
            return _quietest(recording, channel, start, stop)

        windows += plan_windows(channel, spans, recording.n_samples, packing, quietest)
    return sorted(windows, key=lambda window: (window.pieces[0].start, window.channel))


def _quietest(recording: Source, channel: int, start: int, stop: int) -> int:
    size = int(_QUIET_S * recording.rate_hz)
    samples = recording.read(channel, start, stop).astype(np.float64)
    count = len(samples) // size
    if count == 0:
        return stop
    energy = (samples[: count * size].reshape(count, size) ** 2).sum(axis=1)
    return start + int(np.argmin(energy)) * size + size // 2


def _samples(recording: Source, window: Window) -> Samples:
    pieces = [recording.read(window.channel, piece.start, piece.stop) for piece in window.pieces]
    return np.concatenate(pieces).astype(np.float32) / np.float32(_FULL_SCALE)


def _language(
    recording: Source, windows: Sequence[Window], settings: WordSettings, recognizer: Recognizer
) -> tuple[str, float]:
    """Return the call's one language and how probable it is.

    If it isn't given, the fullest of each channel's first windows are heard, and more of them while
    it is unclear; each window counts by the seconds in it.
    """
    if settings.language != "auto":
        return settings.language, 1.0
    if len(recognizer.languages) == 1:
        return next(iter(recognizer.languages)), 1.0
    firsts = []
    for channel in sorted({window.channel for window in windows}):
        own = [window for window in windows if window.channel == channel][:_DETECTIONS]
        firsts.append(sorted(own, key=lambda window: -window.n_samples))
    votes: defaultdict[str, float] = defaultdict(float)
    heard_s = 0.0
    for turn in range(_DETECTIONS):
        chosen = [own[turn] for own in firsts if turn < len(own)]
        found = recognizer.detect([_samples(recording, window) for window in chosen]) if chosen else []
        for window, probabilities in zip(chosen, found, strict=True):
            heard_s += window.duration_s
            for code, probability in probabilities.items():
                votes[code] += probability * window.duration_s
        if heard_s and max(votes.values()) / heard_s >= _SURE:
            break
    if not heard_s:
        return "", 0.0
    language = min(votes, key=lambda code: (-votes[code], code))
    return language, votes[language] / heard_s


def _again(
    recording: Source,
    window: Window,
    raw: RawWindow,
    asked: tuple[Request, WordSettings],
    recognizer: Recognizer,
) -> list[tuple[Window, RawWindow]]:
    """Recognise a window once more, in two halves and without repetitions; return the better outcome."""
    request, settings = asked
    halves = _halves(window)
    found = recognizer.recognize(
        [_samples(recording, half) for half in halves], replace(request, careful=True, beam_size=5)
    )
    bad = sum(needs_second_try(one, settings.cleaning) for one in found)
    tokens = max(1, sum(len(one.words) for one in found))
    logprob = math.fsum(one.avg_logprob * len(one.words) for one in found) / tokens
    if bad == 0 or logprob > raw.avg_logprob:
        return list(zip(halves, found, strict=True))
    return [(window, raw)]


def _halves(window: Window) -> list[Window]:
    """Cut a window at the joint nearest to its middle; a window of one piece stays whole."""
    if len(window.pieces) == 1:
        return [window]
    middle = window.n_samples / 2
    cut = min(range(1, len(window.pieces)), key=lambda index: abs(window.pieces[index].at - middle))
    at = window.pieces[cut].at
    second = tuple(replace(piece, at=piece.at - at) for piece in window.pieces[cut:])
    return [
        Window(window.channel, window.pieces[:cut], window.rate_hz),
        Window(window.channel, second, window.rate_hz),
    ]


def _without_leaks(
    recording: Source,
    words: Mapping[int, tuple[Word, ...]],
    speech: Mapping[int, SpanSet],
    least_db: float,
) -> tuple[dict[int, tuple[Word, ...]], int]:
    """Return the words without those that the other channel leaked in, and how many those were."""
    if len(words) != 2:
        return dict(words), 0
    kept: dict[int, tuple[Word, ...]] = {}
    for channel, own in words.items():
        (other,) = words.keys() - {channel}

        def between(span: Span, channel: int = channel, other: int = other) -> float:
            return _level_db(recording, other, span) - _level_db(recording, channel, span)

        leaked = leaked_words(own, speech[channel], words[other], between, least_db)
        kept[channel] = tuple(word for index, word in enumerate(own) if index not in leaked)
    return kept, sum(map(len, words.values())) - sum(map(len, kept.values()))


def _level_db(recording: Source, channel: int, span: Span) -> float:
    start, stop = (round(time_s * recording.rate_hz) for time_s in (span.start_s, span.end_s))
    samples = recording.read(channel, start, stop).astype(np.float64)
    return 10 * math.log10(float(np.mean(samples**2)) + 1.0) if samples.size else 0.0


def _notes(dropped: Mapping[str, int], second_tries: int) -> tuple[Note, ...]:
    total = sum(dropped.values())
    if not total:
        return ()
    why = ", ".join(f"{count} {REASONS[reason]}" for reason, count in sorted(dropped.items()))
    again = f"; {second_tries} windows were recognised twice" if second_tries else ""
    words = "1 recognised word was" if total == 1 else f"{total} recognised words were"
    message = f"{words} left out as made up or misplaced: {why}{again}."
    return (Note("words_left_out", message),)
