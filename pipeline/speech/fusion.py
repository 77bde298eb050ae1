"""The decision: the witnesses weighed by what each channel is like.

The statistical ratio carries it, for it proved the best single witness on clean and noisy lines alike; how
much a frame of silence may say against speech, how much the neural witness counts, and how closely the
energy trims the edges follow from the channel's contrast. What the neural witness denies stays speech unless
its texture is that of tones, music or noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.background import Background, find_background
from pipeline.speech.edges import best_path, trimmed
from pipeline.speech.frames import HOP_S, closed, moving_mean, runs, widened, without_short
from pipeline.speech.noise import noisiness

if TYPE_CHECKING:
    from pipeline.speech.frames import Flags, Floats
    from pipeline.speech.settings import SpeechSettings
    from pipeline.speech.tracks import Tracks

HEARD_AROUND = 10  # frames: words may begin and end more softly than any witness hears
JOIN = 30  # frames, 0.3 s: sounds closer than this are one utterance when they are judged
NEURAL_BIAS = 1.5  # log-odds: on band-limited speech the neural witness is even-handed at about 0.2
UNREST_MAX_DB = 5.0
UNREST_DEAF_DB = 4.0  # unrest from which a further neural witness, which hears babble as speech, is not asked
TONE = 6  # frames: the inside of a dialled tone of 80 ms
BETWEEN_TONES = 25  # frames: nobody speaks for less than 0.25 s between two tones
TEXTURE_NOISY = 8  # frames that must show a sound's texture on a noisy line
BREAK = 3  # frames, 30 ms: shorter dips are the inside of a word
STEADY = 0.76  # mean steadiness of noise: of any spectrum it has pi / 4, a voice has moved on by then
STEADY_OVER = 31  # frames that the mean is taken over
STEADY_FOR = 30  # frames, 0.3 s: the inside of a long vowel in noise may be that steady
STEADY_UNHEARD = 100  # frames, 1 s: what goes on for longer is not transcribed
NOTES_OVER = 81  # frames, 0.8 s: music in noise is steady over its notes, not at where they change
NOTES_STEADY, NOTES_CONCENTRATION = 0.7, 0.6
ROOMFUL_UNREST_DB = 3.0  # unrest from which what swells on a noisy line is other people talking
CLEAN = 0.25  # noisiness up to which the energy has the last word on pauses
PAUSE = 20  # frames, 0.2 s: longer than the closure of any stop
BREATH = 12  # frames, 0.12 s: bursts and endings of words are shorter
BREATH_GAP = 5  # frames between a breath and the word after it
BREATH_RISE_DB = 2.0  # and what is heard there at most
BREATH_BELOW_DB = 24.0  # below the loud frames
BREATH_CONCENTRATION = 0.45
BREATH_PROBABILITY = 0.3


@dataclass(frozen=True)
class Decision:
    """Flags per frame.

    Parameters
    ----------
    speech : the decision
    candidates : what any witness hears
    witnesses : each witness by itself
    background : what lies far below the party, on a channel of its own
    """

    speech: Flags
    candidates: Flags
    witnesses: dict[str, Flags]
    background: Background


def fuse(tracks: Tracks, settings: SpeechSettings, *, shared: bool = False) -> Decision:
    """Weigh the witnesses of one channel.

    Parameters
    ----------
    tracks : Tracks
    settings : SpeechSettings
    shared : bool
        Several parties share the channel, so that a faint one is nobody else.
    """
    evidence = weigh(tracks, settings)
    sounds = _decided(evidence, tracks, settings)
    steady = _steady_sounds(sounds, tracks, settings)
    strange = not_a_voice(sounds, tracks, settings) | steady
    # decided anew, so that nothing stays of them at their edges
    speech = _decided(np.where(strange, -settings.evidence_high, evidence), tracks, settings) & ~strange
    if noisiness(tracks.contrast_db, settings) <= CLEAN:
        speech = _without_breaths(speech, tracks, settings)
    background = Background.none(len(speech))
    if not shared:
        background = find_background(speech, tracks.level_db, settings, roomful=_is_roomful(tracks, settings))
    speech = without_short(speech & ~background.others, max(1, round(settings.min_speech_s / HOP_S)))
    heard = witness_flags(tracks, settings)
    anything = sounds.copy()
    for flags in heard.values():
        anything |= flags
    # a recogniser puts words into long noise, or stretches those behind it over it
    worth_hearing = widened(anything & ~without_short(steady, STEADY_UNHEARD), HEARD_AROUND)
    worth_hearing = closed(_without_background(worth_hearing, speech, background), JOIN)
    return Decision(speech, worth_hearing, heard, background)


def _without_background(worth_hearing: Flags, speech: Flags, background: Background) -> Flags:
    """Return it without what other people say between two utterances of the party; near those it stays."""
    theirs = closed(background.others, JOIN) & ~widened(speech, JOIN)
    kept = worth_hearing & ~theirs
    near = widened(theirs, JOIN)
    for first, last in runs(kept).tolist():  # the rest of theirs, too weak for speech
        if near[first:last].any() and not speech[first:last].any():
            kept[first:last] = False
    return kept


def witness_flags(tracks: Tracks, settings: SpeechSettings) -> dict[str, Flags]:
    """Return what each witness alone would say; what is explained as leak is heard by none."""
    found = {
        "energy": tracks.rise_db > settings.energy_rise_db,
        "likelihood": tracks.ratio > settings.likelihood_witness,
        "silero": (tracks.neural > settings.silero_probability) & ~tracks.leaking,
    }
    for name, probability in tracks.further.items():
        found[name] = (probability > settings.segmentation_probability) & ~tracks.leaking
    return {name: without_short(closed(flags, BREAK), 4) for name, flags in found.items()}


def weigh(tracks: Tracks, settings: SpeechSettings) -> Floats:
    """Return the log-odds of each frame that something other than noise and leak is heard."""
    noisy = noisiness(tracks.contrast_db, settings)
    low = settings.evidence_low_clean + noisy * (settings.evidence_low_noisy - settings.evidence_low_clean)
    unrest = noisy * min(tracks.unrest_db, UNREST_MAX_DB)
    relative = np.log(np.maximum(tracks.ratio, 1e-3) / settings.likelihood_ratio)
    evidence = np.clip(relative - settings.unrest_ratio * unrest, -low, settings.evidence_high)
    odds = np.where(tracks.leaking, 0.0, _log_odds(tracks.neural) + NEURAL_BIAS)
    evidence += noisy * settings.neural_weight * np.clip(odds, -1.0, 1.5)
    evidence += settings.unrest_neural * unrest * np.clip(odds, -1.0, 0.0)
    calm = max(0.0, 1.0 - tracks.unrest_db / UNREST_DEAF_DB)
    for probability in tracks.further.values():
        further = np.clip(np.where(tracks.leaking, 0.0, _log_odds(probability)), -2.0, 2.0)
        evidence += settings.segmentation_weight * noisy * calm * further
    weighed: Floats = evidence.astype(np.float32)
    return weighed


def _decided(evidence: Floats, tracks: Tracks, settings: SpeechSettings) -> Flags:
    flags = best_path(evidence, settings.switch_cost)
    margin = settings.trim_per_db * (tracks.contrast_db - settings.noisy_contrast_db)
    margin = min(settings.trim_max_db, margin)
    if margin <= 0:
        return flags
    heard = moving_mean(tracks.rise_db, 3) > margin
    if noisiness(tracks.contrast_db, settings) <= CLEAN:
        flags = flags & ~without_short(flags & ~heard, PAUSE)
    return trimmed(flags, heard)


def _without_breaths(speech: Flags, tracks: Tracks, settings: SpeechSettings) -> Flags:
    """Return the speech of a clean line without what is faint, noise, apart, and denied by the neural one."""
    still = moving_mean(tracks.rise_db, 3) <= BREATH_RISE_DB
    parts = speech & ~without_short(speech & still, BREATH_GAP)
    breaths = np.zeros_like(speech)
    for first, last in runs(parts).tolist():
        inside = slice(first, last)
        breaths[inside] = (
            last - first >= BREATH
            and tracks.rise_db[inside].max() < tracks.contrast_db - BREATH_BELOW_DB
            and tracks.neural[inside].max() < BREATH_PROBABILITY
            and tracks.texture.concentration[inside].mean() < BREATH_CONCENTRATION
        )
    if not breaths.any():
        return speech
    return trimmed(speech & ~breaths, ~still)


def _is_roomful(tracks: Tracks, settings: SpeechSettings) -> bool:
    """Tell whether what swells on the line is other people talking."""
    return tracks.unrest_db >= ROOMFUL_UNREST_DB and noisiness(tracks.contrast_db, settings) > 0.0


def _log_odds(probability: Floats) -> Floats:
    p = np.clip(probability, 0.003, 0.997)
    odds: Floats = np.log(p / (1.0 - p)).astype(np.float32)
    return odds


def not_a_voice(sounds: Flags, tracks: Tracks, settings: SpeechSettings) -> Flags:
    """Return which of the sounds are tones, music, or noises such as keys and breath."""
    out = _tones(tracks)
    denied = _denied(tracks, settings.dispute_probability, round(settings.dispute_reach_s / HOP_S))
    for first, last in runs(sounds & denied).tolist():
        if _unlike_a_voice(tracks, first, last, settings):
            out[first:last] = True
    return out


def _denied(tracks: Tracks, probability: float, reach: int) -> Flags:
    """Return where the neural witness stays below a probability for so many frames to either side."""
    return ~widened(tracks.neural >= probability, reach)


def _steady_sounds(sounds: Flags, tracks: Tracks, settings: SpeechSettings) -> Flags:
    """Return which of the sounds are noise that comes and goes, as of a car or a gust, or music in noise.

    Magnitudes of one spectral bin some time apart are independent in noise, whatever its spectrum and level:
    then the steadiness is ``E[m]^2 / E[m^2]`` of a Rayleigh distribution, pi / 4.
    """
    texture, reach = tracks.texture, STEADY_OVER // 2
    noise = moving_mean(texture.steadiness, STEADY_OVER) > STEADY
    noise &= _denied(tracks, settings.silero_probability, reach)
    notes = moving_mean(texture.steadiness, NOTES_OVER) > NOTES_STEADY
    notes &= moving_mean(texture.concentration, NOTES_OVER) > NOTES_CONCENTRATION
    notes &= _denied(tracks, settings.dispute_probability, reach)
    return without_short(sounds & noise, STEADY_FOR) | without_short(sounds & notes, NOTES_OVER)


def _tones(tracks: Tracks) -> Flags:
    """Return where a pure or double tone is held: a dial, a ring, whatever the other witnesses say."""
    held = (tracks.texture.concentration > 0.95) & (tracks.texture.hold > 0.97) & (tracks.rise_db > 10.0)
    return closed(widened(without_short(held, TONE), 4), BETWEEN_TONES)


def _unlike_a_voice(tracks: Tracks, first: int, last: int, settings: SpeechSettings) -> bool:
    rise = tracks.rise_db[first:last]
    loud = rise > max(rise.max() - 15.0, settings.texture_contrast_db)
    # in noise little sticks out, and of a voice it is the consonants, which are noise themselves
    if loud.sum() < 1 + TEXTURE_NOISY * noisiness(tracks.contrast_db, settings):
        return False
    concentration = float(tracks.texture.concentration[first:last][loud].mean())
    steadiness = float(tracks.texture.steadiness[first:last][loud].mean())
    return (
        concentration > settings.tone_concentration
        or concentration < settings.noise_concentration
        or steadiness > settings.music_steadiness
    )
