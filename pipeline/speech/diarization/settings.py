"""Every threshold of diarization, with its unit in the name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from pipeline.timeline.bounds import check_numbers


@dataclass(frozen=True)
class DiarizationSettings:
    """Who speaks when on a recording whose parties share a channel.

    Parameters
    ----------
    speakers : int or "auto"
        How many voices there are. Counting them is unreliable on calls, so two are taken for granted.
    diarizer : str
        ``campplus``: segmentation-3.0 and CAM++, from the local store; ``community-1``: pyannote's published
        pipeline, whose terms you must have accepted; or the folder of a pyannote pipeline of your own.
    segmentation_step : float
        From one 10 s chunk of the segmentation model to the next, as a share of the chunk, above 0 and at
        most 1.
    window_s, hop_s : float
        A voice is told by stretches of this length, so far apart, seconds.
    speech_probability, speech_min_s : float
        What the speech detector missed is speech where the segmentation model is this sure for that long.
    overlap_probability, overlap_probability_change : float
        Two speak where the segmentation model is this sure of it: anywhere, and within `overlap_reach_s` of a
        change of speaker without a pause, where it is often so.
    overlap_reach_s : float
        See above.
    overlap_trim_s : float
        The segmentation model lets overlap start so much early and end so much late.
    overlap_share, overlap_short_s : float
        Where the probabilities of overlap around a change of speaker add up to less than the second, seconds,
        the overlap is as long as this share of the sum.
    voice_weight : float
        How much a voice that is told clearly says for each 10 ms (log-odds).
    change_cost, change_cost_pause : float
        Cost of a change of speaker (log-odds) within speech, and in a pause; the segmentation model's own
        changes cost less than the first.
    change_reach_s : float
        Such a change is looked for by what it hears this long before and after.
    change_pause_s : float
        Shorter pauses are the inside of a word.
    alike_cosine : float
        Two voices whose means are this similar (cosine) are not told apart by their sound alone.
    weak_margin : float
        A stretch is in doubt where the nearest voice is ahead of the next by less than this; 1 is the
        distance between the voices.
    weak_change_s : float
        Around a change of speaker without a pause, and without the segmentation model hearing one, this much
        to either side is in doubt.
    """

    speakers: int | Literal["auto"] = 2
    diarizer: str = "campplus"
    segmentation_step: float = 0.5
    window_s: float = 1.0
    hop_s: float = 0.5
    speech_probability: float = 0.7
    speech_min_s: float = 0.15
    overlap_probability: float = 0.6
    overlap_probability_change: float = 0.4
    overlap_reach_s: float = 0.5
    overlap_trim_s: float = 0.05
    overlap_share: float = 0.7
    overlap_short_s: float = 1.0
    voice_weight: float = 0.8
    change_cost: float = 10.0
    change_cost_pause: float = 3.0
    change_reach_s: float = 0.25
    change_pause_s: float = 0.05
    alike_cosine: float = 0.83
    weak_margin: float = 0.25
    weak_change_s: float = 0.2

    def __post_init__(self) -> None:
        check_numbers(self)
        if self.speakers != "auto" and not 1 <= self.speakers <= SPEAKERS_MAX:
            raise ValueError(f"speakers is auto or 1 to {SPEAKERS_MAX}, not {self.speakers}")
        if not 0 < self.segmentation_step <= 1:
            raise ValueError(f"segmentation_step is above 0 and at most 1, not {self.segmentation_step}")
        if not 0 < self.hop_s <= self.window_s:
            raise ValueError("hop_s is above 0 and at most window_s")

    def fast(self) -> DiarizationSettings:
        """Return these settings with fewer looks at the voices: a seventh quicker, a little rougher.

        DER (±0.25 s) of nine mixes 1.3 % in place of 1.2 %; where the voices are alike more is lost.
        """
        return replace(self, hop_s=0.75 * self.window_s)


SPEAKERS_MAX = 8
