"""Every threshold of the speech stage, with its unit in the name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.timeline.bounds import OutOfBoundsError, check_numbers

_SHARE = (0.0, 1.0)
_BAND_MIN_HZ = 500.0
_BOUNDS = {
    "band_low_hz": (0.0, 7500.0),
    "band_high_hz": (500.0, 8000.0),
    "noise_reach_s": (1.0, 3600.0),
    "likelihood_memory": (0.0, 0.999),
    "likelihood_ratio": (0.001, 100.0),
    "tone_concentration": _SHARE,
    "music_steadiness": _SHARE,
    "noise_concentration": _SHARE,
    "leak_delay_max_ms": (0.0, 1000.0),
    "echo_likeness": _SHARE,
    "echo_delay_max_ms": (0.0, 2000.0),
    "background_db": (0.0, 200.0),
    "background_near_db": (0.0, 200.0),
    "word_covered": _SHARE,
}


@dataclass(frozen=True)
class SpeechSettings:
    """Thresholds of speech detection.

    Parameters
    ----------
    band_low_hz, band_high_hz : float
        The speech band: what a telephone line carries.
    noise_reach_s : float
        The noise at a time is taken from this long before to this long after.
    noise_unrest : float
        By how much of its spread (dB per dB beyond that of steady noise) a restless noise is raised.
    noise_follow : float
        On a noisy line, a noise that swells and fades is followed up to this many times its unrest.
    dynamic_range_db : float
        What lies further below the loud frames of its channel is not speech.
    energy_rise_db : float
        The energy witness hears what stands this much above the floor.
    likelihood_memory : float
        Decision-directed weight of the frame before, 0 to 1 (Sohn et al.: 0.92 to 0.99).
    likelihood_ratio : float
        Mean log-likelihood ratio at which a frame speaks neither for nor against speech. In steady noise
        alone 99.9 % of the frames stay below 0.18, the median is 0.045.
    likelihood_witness : float
        Ratio at which the statistical witness alone would say speech.
    evidence_high : float
        Most that a frame can say for speech (log-odds).
    evidence_low_clean, evidence_low_noisy : float
        Most that a frame can say against it, on a clean and on a noisy line (log-odds): in noise quiet
        sounds drown, so a frame that looks like noise says little.
    clean_contrast_db, noisy_contrast_db : float
        Contrast (loud frames over noise) at and above which a line is clean, and at and below which noisy.
    neural_weight : float
        Weight of the neural witness's log-odds on a noisy line; on a clean one it has no say over edges.
    unrest_ratio, unrest_neural : float
        A restless noise is not what the statistical witness supposes: per dB of unrest its ratio counts
        from a level higher by this (log), and the neural witness's denial weighs more by this.
    switch_cost : float
        Cost of one change between silence and speech (log-odds).
    trim_per_db, trim_max_db : float
        Edges are cut to frames this much above the floor: so much per dB of contrast above
        `noisy_contrast_db`, at most so much.
    min_speech_s : float
        Shorter sounds are not speech.
    silero_level_dbfs : float
        Level to which loud frames are brought for the neural witness.
    silero_probability : float
        Probability at which the neural witness says speech.
    segmentation : {"off", "on", "auto"}
        Whether pyannote segmentation-3.0, of the optional extra, is a further neural witness: never, always,
        or where it is installed. Off by default: the same call gives the same result whatever is installed.
    segmentation_probability : float
        Probability at which that witness says speech.
    segmentation_weight : float
        Weight of its log-odds on a noisy line; less where the noise is restless, for it hears a babble too.
    dispute_probability : float
        Where the neural witness stays below this for `dispute_reach_s` to either side, it denies speech.
    dispute_reach_s : float
        See above.
    tone_concentration, music_steadiness, noise_concentration : float
        Texture of what is denied: above the first it is tones, above the second music, below the third noise
        (see `pipeline.speech.texture`).
    texture_contrast_db : float
        A sound's texture counts as its own where it stands this much above the line's noise.
    leak_factor : float
        How much of the predicted leak counts as noise (power factor; 1 = just the prediction).
    leak_confidence : float
        A leak is believed from here on, 0 to 1.
    leak_delay_max_ms : float
        Longest delay that is searched.
    echo_likeness : float
        A leak that is out of phase with its source, an acoustic echo, is believed from this correlation of
        the levels on, 0 to 1; without any it stays below 0.3.
    echo_delay_max_ms : float
        Its longest delay.
    background_db : float
        On a party's own channel, a group of utterances this far below the party's is other people's.
    background_near_db : float
        What is at most this far below is the party's, and what lies between the two may be either's: from
        `dynamic_range_db` on all are the party's.
    word_confidence : float
        Recognised words count as a witness from here on, 0 to 1.
    word_max_s : float
        A longer word confirms nothing, unless it is a number: it was stretched over what is no speech.
    word_covered : float
        A word of which this share lies in found speech confirms no more.
    word_reach_s : float
        A word confirms sounds up to this far from it.
    word_lone_max_s : float
        Utterances shorter than this that one witness alone hears need a word.
    """

    band_low_hz: float = 250.0
    band_high_hz: float = 3500.0
    noise_reach_s: float = 30.0
    noise_unrest: float = 1.0
    noise_follow: float = 2.0
    dynamic_range_db: float = 40.0
    energy_rise_db: float = 6.0
    likelihood_memory: float = 0.92
    likelihood_ratio: float = 0.1
    likelihood_witness: float = 0.3
    evidence_high: float = 3.0
    evidence_low_clean: float = 0.7
    evidence_low_noisy: float = 0.1
    clean_contrast_db: float = 32.0
    noisy_contrast_db: float = 15.0
    neural_weight: float = 0.1
    unrest_ratio: float = 0.25
    unrest_neural: float = 0.15
    switch_cost: float = 4.0
    trim_per_db: float = 0.15
    trim_max_db: float = 6.0
    min_speech_s: float = 0.05
    silero_level_dbfs: float = -36.0
    silero_probability: float = 0.3
    segmentation: Literal["off", "on", "auto"] = "off"
    segmentation_probability: float = 0.5
    segmentation_weight: float = 0.1
    dispute_probability: float = 0.12
    dispute_reach_s: float = 0.3
    tone_concentration: float = 0.9
    music_steadiness: float = 0.73
    noise_concentration: float = 0.33
    texture_contrast_db: float = 12.0
    leak_factor: float = 2.0
    leak_confidence: float = 0.3
    leak_delay_max_ms: float = 320.0
    echo_likeness: float = 0.6
    echo_delay_max_ms: float = 600.0
    background_db: float = 15.0
    background_near_db: float = 10.0
    word_confidence: float = 0.5
    word_max_s: float = 1.2
    word_covered: float = 0.25
    word_reach_s: float = 0.3
    word_lone_max_s: float = 0.5

    def __post_init__(self) -> None:
        check_numbers(self, **_BOUNDS)
        if self.band_high_hz - self.band_low_hz < _BAND_MIN_HZ:
            raise OutOfBoundsError(
                "band_high_hz", self.band_high_hz, f"{_BAND_MIN_HZ:g} or more above band_low_hz"
            )
        if self.clean_contrast_db <= self.noisy_contrast_db:
            raise OutOfBoundsError("clean_contrast_db", self.clean_contrast_db, "above noisy_contrast_db")
