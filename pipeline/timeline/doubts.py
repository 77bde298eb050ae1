"""Where the hearing itself is in doubt, so that nothing certain may rest on what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline.ending import CUT_OFF
from pipeline.timeline.events import EventType, FloorSettings
from pipeline.timeline.spans import Span
from pipeline.timeline.stretches import says_within

if TYPE_CHECKING:
    from pipeline.timeline.draft import Draft
    from pipeline.timeline.known import Known
    from pipeline.timeline.stretches import Floor, Stretch

UNSURE = 0.55
_LONG_AGO_S = 1.0  # who began then has not just begun, whatever the threshold
_SAID = ("words", "recogniser", "next_turn")  # evidence of an ending, beside the voice
_WORDLESS_S = 1.0  # speech of this length has words


class Doubts:
    """Lowers the confidence of what counts, and names the doubt; see `StartJudge` for the parameters."""

    def __init__(self, floor: Floor, settings: FloorSettings, known: Known) -> None:
        self.floor = floor
        self.settings = settings
        self.known = known
        self.timeline = floor.timeline

    def lower(self, made: Draft, mine: Stretch, theirs: Stretch) -> None:
        """Lower the confidence where the hearing itself is in doubt, and name the doubt."""
        known = self.known
        if (
            made.type is EventType.INTERRUPTION
            and not known.one_channel
            and known.mostly_disputed(mine, theirs)
        ):
            made.judged(EventType.OVERLAP_OTHER, UNSURE)
            made.question = False
            return
        doubts = self._of_hearing(made, mine, theirs) | self._of_what_happened(made, mine, theirs)
        if doubts:
            made.confidence = min(made.confidence, UNSURE)
            made.why.update(doubts)

    def _of_hearing(self, made: Draft, mine: Stretch, theirs: Stretch) -> dict[str, float]:
        """Return what is doubtful about what is heard."""
        doubts: dict[str, float] = {}
        known, clues = self.known, self.timeline.clues
        disputed_s = known.disputed_s(mine, theirs, made.span)
        if disputed_s:
            doubts["disputed_s"] = disputed_s
        if known.language is None:
            doubts["no_language_pack"] = 1.0
        if clues.delay_s > 0 and made.overlap_s <= 2 * clues.delay_s:  # within a round trip
            doubts["delay_s"] = clues.delay_s
        if known.one_channel:  # an overlap may be lost, and who begins behind a pause be mistaken
            doubts["one_channel"] = 1.0
        wordless_s = self._wordless_s(made, mine, theirs)
        if wordless_s:
            doubts["no_words_s"] = wordless_s
        return doubts

    def _of_what_happened(self, made: Draft, mine: Stretch, theirs: Stretch) -> dict[str, float]:
        """Return why X may have had reason to start, or Y have been done."""
        doubts: dict[str, float] = {}
        start_s = mine.span.start_s
        before = self.floor.stretch_before(mine.role, start_s)
        if before is not None:
            own_pause_s = start_s - before.span.end_s
            if own_pause_s < self.timeline.settings.resume_s and theirs.span.start_s < before.span.end_s:
                doubts["reclaims_after_s"] = own_pause_s
        begun_s = self._last_begun_s(theirs, start_s)
        if start_s - begun_s < self.settings.restart_s:
            doubts["just_begun_s"] = start_s - begun_s
        back_s = self._came_back_s(made, mine, theirs)
        if back_s:
            doubts["came_back_s"] = back_s
        if _answers_early(made, theirs):
            doubts["answers_early"] = 1.0
        if self._only_voice(made):
            doubts["only_voice"] = 1.0
        return doubts

    def _only_voice(self, made: Draft) -> bool:
        """Tell whether of all that is known of the ending nothing but the voice speaks for a cut-off.

        A last consonant lost in the line's noise sounds the same.
        """
        rests_on_ending = made.why.get("cut_off", 0.0) >= CUT_OFF and made.overlap_s < self.settings.contest_s
        if made.type is not EventType.INTERRUPTION or not rests_on_ending:
            return False
        return made.why.get("voice", 0.0) > 0 and all(made.why.get(name, 0.0) <= 0 for name in _SAID)

    def _wordless_s(self, made: Draft, mine: Stretch, theirs: Stretch) -> float:
        """Return how long Y's sound is that X starts over, if it is long and no word was recognised in it.

        It may be crying, a cough or a television.
        """
        if made.type is not EventType.INTERRUPTION or self.known.language is None:
            return 0.0
        begun = theirs.begun_by(mine.span.start_s)
        first = begun - 1
        if theirs.ipus[first].said and theirs.ipus[first].span.end_s <= made.span.end_s:
            return 0.0
        while first > 0 and _pause_s(theirs, first) < self.timeline.settings.speech_join_s:
            first -= 1
        sound = Span(theirs.ipus[first].span.start_s, made.span.end_s)
        if sound.duration_s < _WORDLESS_S or says_within(theirs.ipus[first:begun], sound):
            return 0.0
        return sound.duration_s

    def _came_back_s(self, made: Draft, mine: Stretch, theirs: Stretch) -> float:
        """Return how long after X's start Y came back, if Y had first stopped and had probably finished.

        Then X came in on an ending, and only what Y said next makes a contest of it.
        """
        start_s = mine.span.start_s
        speaking = theirs.speech.at(start_s)
        if made.type is not EventType.INTERRUPTION or made.why.get("cut_off", 0.0) >= CUT_OFF or not speaking:
            return 0.0
        stopped_s, back_s = speaking.end_s, theirs.speech.next_start(speaking.end_s)
        shared_s = stopped_s - start_s
        if (
            back_s is None
            or shared_s >= self.settings.contest_s
            or back_s - start_s <= self.settings.restart_s
        ):
            return 0.0
        ending = self.known.ending(mine, theirs, stopped_s, None, shared_s=shared_s)
        return back_s - start_s if ending.cut_off < CUT_OFF else 0.0

    def _last_begun_s(self, theirs: Stretch, start_s: float) -> float:
        """Return where Y last began before X: a pause behind a closed sentence looks like an ending to X."""
        for k in range(theirs.begun_by(start_s) - 1, 0, -1):
            begun_s = theirs.ipus[k].span.start_s
            if start_s - begun_s >= _LONG_AGO_S:
                break
            if _pause_s(theirs, k) >= self.settings.restart_s:
                return theirs.span.start_s if self.known.left_open(theirs, k) else begun_s
        return theirs.span.start_s


def _answers_early(made: Draft, theirs: Stretch) -> bool:
    """Tell whether Y asked, had likely asked all and stopped for X: to answer a bit early is no offence."""
    had_finished = made.type is EventType.INTERRUPTION and made.why.get("cut_off", 1.0) < CUT_OFF
    return had_finished and made.floor_taken and bool(theirs.said) and "?" in theirs.said[-1].text[-3:]


def _pause_s(stretch: Stretch, unit: int) -> float:
    """Return the pause before a stretch's unit."""
    return stretch.ipus[unit].span.start_s - stretch.ipus[unit - 1].span.end_s
