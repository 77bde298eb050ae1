"""From raw words to words that can be trusted: what was made up goes, the rest gets its place.

Whisper writes something for any sound: a stock phrase over music, "beep" over a ringing tone, one word over
and over, words faster than a mouth can move. It gives them away by low probabilities, impossible rates, and
places without speech.
Nothing is taken for its wording alone: a customer may well say "thank you".
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.timeline.words import Word
from pipeline.words.placing import Heard, assign, place
from pipeline.words.repetition import plain, surplus_repeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.spans import SpanSet
    from pipeline.words.packing import Window
    from pipeline.words.recognizer import RawWindow
    from pipeline.words.settings import CleaningSettings

REASONS = {
    "no_speech": "over sound that is not speech",
    "outside_speech": "where nobody speaks",
    "annotation": "signs for music and noise, names of tones",
    "artefact": "stock phrases of subtitles",
    "improbable": "too improbable to be believed",
    "repetition": "the same words over and over",
    "too_fast": "faster than anybody speaks",
    "crosstalk": "the other party's, heard through",
}
"""Why words are left out, for people; the keys are the reasons that are counted."""

_ARTEFACTS = re.compile(
    r"(thank(s| you)( so much| very much)? for (watching|listening|joining us)|thank(s| you)( so| very)? much"
    r"|thank you|you|bye( bye)*|subtitles? by .*|subtitles|captions? by .*|transcribed by .*|amaraorg.*"
    r"|(please )?(like and )?subscribe.*|see you( in the)? next (time|video)|the end|music|applause|laughter"
    r"|untertitel.*|vielen dank( fürs zuschauen)?|soustitr.*|merci davoir regardé.*"
    r"|subtítulos.*|gracias por ver.*|sottotitoli.*|legendas.*|ondertitel.*|napisy.*)"
)
_ANNOTATION = re.compile(r"^[\W_]*[♪♫♬🎵🎶]|^[\[(*].*[\])*]\W*$")
_TONE = re.compile(r"(beep|bleep|boop|ding|dong)+s?")  # what the recogniser calls tones of the line


@dataclass(frozen=True)
class Cleaned:
    """What is left.

    Parameters
    ----------
    words : tuple of Word
        Sorted, disjoint in time, each inside one stretch of the speech.
    dropped : dict of str to int
        Words left out, by reason (a key of `REASONS`); no zeros.
    """

    words: tuple[Word, ...]
    dropped: dict[str, int]


def needs_second_try(raw: RawWindow, settings: CleaningSettings) -> bool:
    """Tell whether a window came out so badly that it is worth recognising again.

    So it is if its text goes in circles, or if it is improbable although somebody seems to speak.
    """
    if not raw.words:
        return False
    if raw.compression_ratio > settings.most_compression:
        return True
    texts = [word.text for word in raw.words]
    spoken_s = raw.words[-1].end_s - raw.words[0].start_s
    if surplus_repeats(texts, settings.most_repeats, 2 + spoken_s * settings.most_words_per_s):
        return True
    return raw.avg_logprob < settings.least_logprob and not _hears_no_speech(raw, settings)


def is_no_speech(raw: RawWindow, settings: CleaningSettings) -> bool:
    """Tell whether a window holds no speech at all by the recogniser's own doubts."""
    return _hears_no_speech(raw, settings) and raw.avg_logprob < settings.no_speech_logprob


def _hears_no_speech(raw: RawWindow, settings: CleaningSettings) -> bool:
    """Tell whether the recogniser thinks so before it writes; by itself that is not enough."""
    return raw.no_speech_prob > settings.no_speech_probability


def clean(heard: Sequence[tuple[Window, RawWindow]], speech: SpanSet, settings: CleaningSettings) -> Cleaned:
    """Clean the words of one channel.

    Parameters
    ----------
    heard : sequence of (Window, RawWindow)
        The channel's windows in order, and what was recognised in them.
    speech : SpanSet
        The channel's speech, in seconds.
    settings : CleaningSettings
        What counts as made up.
    """
    dropped: Counter[str] = Counter()
    words: list[Heard] = []
    for window, raw in heard:
        if is_no_speech(raw, settings):
            dropped["no_speech"] += len(raw.words)
            continue
        silent = _hears_no_speech(raw, settings)
        for word in raw.words:
            said = plain(word.text)
            if not said or _ANNOTATION.search(word.text) or (silent and _TONE.fullmatch(said)):
                dropped["annotation"] += 1
                continue
            start_s = window.to_recording(word.start_s)
            end_s = max(start_s, window.to_recording(word.end_s, end=True))
            words.append(Heard(word.text, start_s, end_s, word.probability))
    given, outside = assign(words, speech, settings.edge_tolerance_s)
    dropped["outside_speech"] += outside
    kept: list[Word] = []
    for index in sorted(given):
        left = _believed(given[index], speech[index].duration_s, settings, dropped)
        spans = place(left, speech[index])
        kept.extend(Word(w.text, span, w.probability) for w, span in zip(left, spans, strict=True))
    return Cleaned(tuple(kept), {reason: n for reason, n in sorted(dropped.items()) if n})


def _believed(
    words: list[Heard], duration_s: float, settings: CleaningSettings, dropped: Counter[str]
) -> list[Heard]:
    """Return the words of one stretch of speech that can have been said there."""
    mean = sum(word.probability for word in words) / len(words)
    text = " ".join(filter(None, (plain(word.text) for word in words)))
    alone = duration_s > 1.0 + 0.6 * len(words)  # stock phrases come alone over long sounds
    if mean < settings.unsure_probability and alone and _ARTEFACTS.fullmatch(text):
        dropped["artefact"] += len(words)
        return []
    lost = mean < settings.unsure_probability and duration_s > 2.0 + 1.5 * len(words)
    if mean < settings.least_probability or lost:
        dropped["improbable"] += len(words)
        return []
    most_words = 2 + duration_s * settings.most_words_per_s
    surplus = set(surplus_repeats([word.text for word in words], settings.most_repeats, most_words))
    dropped["repetition"] += len(surplus)
    words = [word for index, word in enumerate(words) if index not in surplus]
    if len(words) > most_words:
        ranked = sorted(range(len(words)), key=lambda index: -words[index].probability)
        stays = set(ranked[: int(most_words)])
        dropped["too_fast"] += len(words) - len(stays)
        words = [word for index, word in enumerate(words) if index in stays]
    return words
