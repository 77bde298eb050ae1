"""Other people in the room: a colleague at the next desk, a television, a roomful, heard far below the party.

They are speech to every witness, only not the party's. They are told by their level, and only where the
utterances of a channel fall into two groups, one far below the other, with next to nothing between them; or
where the noise of the line is so restless that a roomful of people must be heard in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import HOP_S, closed, moving_mean, runs, widened

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.speech.frames import Flags, Floats
    from pipeline.speech.settings import SpeechSettings

UTTERANCE_GAP = 12  # frames, 0.12 s: shorter pauses are inside an utterance
NEAR_S = 2.0  # so much speech, at least, is as loud as the party is taken to be
DEEPER_DB = 10.0  # the gap between the groups is looked for down to this far below what is near the party
GAP_DB = 2.0  # to either side of its middle next to nothing is heard:
GAP_SHARE = 0.15  # no more than this of the smaller group's time
PHRASE_GAP, PHRASE = 30, 60  # frames: what is shorter than 0.6 s may be a sign of listening, murmured
CLOSE = 80  # frames, 0.8 s: what is closer to loud speech may be part of it
FAINT_S, FAINT_COUNT = 2.0, 3  # fewer seconds or utterances are no group
INSIDE = 50  # frames, 0.5 s: what is faint for longer is not part of loud speech
ONSET, FADING = 8, 30  # frames: so long before it is loud, and after, it is faint
MOMENT = 50  # frames: what is loud for less, with others before and after, may be theirs
AROUND = 12000  # frames, two minutes: so near the party is heard, before and after, unless it has moved away


@dataclass(frozen=True)
class Background:
    """The speech that lies far below the party, shape (frames,).

    Parameters
    ----------
    others : ndarray of bool
        Other people's.
    doubtful : ndarray of bool
        Theirs, or the party's, speaking low or from further away.
    """

    others: Flags
    doubtful: Flags

    @classmethod
    def none(cls, n_frames: int) -> Background:
        """Return that nobody else is heard."""
        return cls(np.zeros(n_frames, dtype=np.bool_), np.zeros(n_frames, dtype=np.bool_))

    @property
    def low(self) -> Flags:
        """All of it."""
        return self.others | self.doubtful


def find_background(
    speech: Flags, level_db: Floats, settings: SpeechSettings, *, roomful: bool = False
) -> Background:
    """Return which of the speech on a party's channel is other people's.

    Parameters
    ----------
    speech : ndarray of bool, shape (frames,)
        All speech found on the channel.
    level_db : ndarray, shape (frames,)
    settings : SpeechSettings
    roomful : bool
        So many people talk that what is far below the party is theirs, whatever lies between.
    """
    level_db = moving_mean(level_db, 5)
    utterances = runs(closed(speech, UTTERANCE_GAP))
    if not len(utterances):
        return Background.none(len(speech))
    heard = _Utterances.of(utterances, level_db, settings.background_near_db)
    found = _set_apart(speech, level_db, heard, settings)
    if not roomful:
        return found
    others = found.others | (speech & heard.flags(heard.below_db >= settings.background_db, len(speech)))
    return Background(others, found.doubtful & ~others)


@dataclass(frozen=True)
class _Utterances:
    """What is said on a channel, in pieces: where, how loud at most, how long; and the party's own level."""

    where: NDArray[np.int64]
    peaks_db: NDArray[np.floating]
    seconds: NDArray[np.floating]
    party_db: float

    @classmethod
    def of(cls, where: NDArray[np.int64], level_db: Floats, near_db: float) -> _Utterances:
        """Measure them; the party's level is that of all that is not much below the loudest seconds."""
        peaks = np.array([level_db[first:last].max() for first, last in where.tolist()])
        seconds = (where[:, 1] - where[:, 0]) * HOP_S
        order = np.argsort(-peaks)
        loud_enough = np.cumsum(seconds[order]) >= min(NEAR_S, 0.5 * seconds.sum())
        near = peaks >= peaks[order][loud_enough.argmax()] - near_db
        return cls(where, peaks, seconds, _weighted_median(peaks[near], seconds[near]))

    @property
    def below_db(self) -> NDArray[np.floating]:
        """How far below the party each is."""
        return self.party_db - self.peaks_db

    def flags(self, which: NDArray[np.bool_], n_frames: int) -> Flags:
        """Return the frames of some of them."""
        found = np.zeros(n_frames, dtype=np.bool_)
        for first, last in self.where[which].tolist():
            found[first:last] = True
        return found


def _set_apart(speech: Flags, level_db: Floats, heard: _Utterances, settings: SpeechSettings) -> Background:
    """Return the faint ones of two groups of utterances, where there are two."""
    found = _groups(heard, settings.background_near_db)
    if found is None:
        return Background.none(len(speech))
    loud = closed(speech & (level_db >= found.edge_db), INSIDE)
    faint = speech & ~_with_edges(loud)
    if not found.apart or found.below_db < settings.background_db:
        return Background(np.zeros_like(faint), faint)
    others = faint & _between(speech & ~faint)
    return Background(others, speech & ~others & (faint | _in_doubt(loud, others)))


@dataclass(frozen=True)
class _Groups:
    """Two groups of utterances: the level between them, how far apart they are, whether in time as well."""

    edge_db: float
    below_db: float
    apart: bool


def _groups(heard: _Utterances, near_db: float) -> _Groups | None:
    """Return the groups that phrases away from the party's show, or else any faint ones; ``None`` if one."""
    utterances, peaks, seconds, party_db = heard.where, heard.peaks_db, heard.seconds, heard.party_db
    edges = party_db - near_db - np.arange(0.0, DEEPER_DB, 0.5)[::-1]
    below = peaks < edges[:, None]
    phrases = np.array([_phrases(utterances, faint & _apart(utterances, ~faint)) for faint in below])
    between_s = (np.abs(peaks - edges[:, None]) < GAP_DB) @ seconds
    for counted in (phrases, below):
        middle = _clearest(counted @ seconds, counted.sum(axis=1), ~below @ seconds, between_s)
        if middle is not None:
            faint = counted[middle]
            below_db = party_db - _weighted_median(peaks[faint], seconds[faint])
            return _Groups(float(edges[middle]), below_db, counted is phrases)
    return None


def _clearest(
    faint_s: NDArray[np.floating],
    counts: NDArray[np.int64],
    loud_s: NDArray[np.floating],
    between_s: NDArray[np.floating],
) -> int | None:
    """Return which edge has least around it, the middle one of several; ``None`` if none parts two groups."""
    groups = (faint_s >= FAINT_S) & (counts >= FAINT_COUNT)
    groups &= between_s <= GAP_SHARE * np.minimum(faint_s, loud_s)
    if not groups.any():
        return None
    clearest = np.flatnonzero(groups & (between_s <= between_s[groups].min() + 1e-6))
    return int(clearest[len(clearest) // 2])


def _apart(utterances: NDArray[np.int64], loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which utterances are not close to any loud one: a voice may be low for a while within a turn."""
    starts, ends = utterances[loud, 0], utterances[loud, 1]
    following = np.searchsorted(starts, utterances[:, 0], side="right")
    since = utterances[:, 0] - np.concatenate(([-CLOSE], ends))[following]
    until = np.concatenate((starts, [utterances[-1, 1] + CLOSE]))[following] - utterances[:, 1]
    apart: NDArray[np.bool_] = np.minimum(since, until) >= CLOSE
    return apart


def _phrases(utterances: NDArray[np.int64], which: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which of the utterances are part of a longer phrase of them."""
    kept = np.zeros_like(which)
    begin = 0
    for i, (first, last) in enumerate(utterances.tolist()):
        if not which[i] or (i and (not which[i - 1] or first - utterances[i - 1, 1] >= PHRASE_GAP)):
            begin = i
        if which[i] and last - utterances[begin, 0] >= PHRASE:
            kept[begin : i + 1] = True
    return kept


def _weighted_median(values: NDArray[np.floating], weights: NDArray[np.floating]) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= 0.5 * weights.sum()
    return float(values[order][reached.argmax()])


def _with_edges(loud: Flags) -> Flags:
    """Return loud speech with its faint beginnings and ends."""
    own = loud.copy()
    for first, last in runs(loud).tolist():
        own[max(0, first - ONSET) : last + FADING] = True
    return own


def _in_doubt(loud: Flags, others: Flags) -> Flags:
    """Return the edges of loud speech that run over into what others say, and moments in the midst of it."""
    doubt = widened(others, FADING + 1) & ~loud
    for first, last in runs(loud).tolist():
        before, after = others[max(0, first - FADING - 1) : first], others[last : last + FADING + 1]
        if last - first < MOMENT and before.any() and after.any():
            doubt[first:last] = True
    return doubt


def _between(party: Flags) -> Flags:
    """Return where the party is heard not long before, and not long after."""
    where = np.flatnonzero(party)
    if not len(where):
        return np.zeros_like(party)
    at = np.arange(len(party))
    following = np.searchsorted(where, at)
    before = (following > 0) & (at - where[np.maximum(following - 1, 0)] <= AROUND)
    after = (following < len(where)) & (where[np.minimum(following, len(where) - 1)] - at <= AROUND)
    both: Flags = before & after
    return both
