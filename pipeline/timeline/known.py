"""What starts of speech are judged by and no event threshold changes: worked out once for many settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline import onechannel, wording
from pipeline.timeline.ending import Ending, SaidAtEnd, leaves_open
from pipeline.timeline.roles import Role, plain_text
from pipeline.timeline.shift import timed
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.stretches import Stretch
    from pipeline.timeline.timeline import Timeline
    from pipeline.timeline.turns import Turn
    from pipeline.timeline.words import Word

Key = tuple[object, ...]

_LEAK_S = 0.3  # words said by both within this are one voice on two lines
_WORD_S = 0.1  # a word that ends within this of a start was said before
_PHRASE_WORDS = 8  # no phrase is longer
_MOSTLY = 0.8
_DOUBT_WINDOW_S = 0.5
_DOUBT_SHARE = 0.25
_ROUNDING = 1e-9  # what a sum of a few times may be off by, and more
NOWHERE = SpanSet()


class KnownSaid:
    """What hangs on words alone, and so is good for the same call with a party moved as well."""

    __slots__ = ("asks", "at_end", "ends_trailing", "left_open", "listens")

    def __init__(self) -> None:
        self.at_end: dict[Key, SaidAtEnd] = {}
        self.listens: dict[Key, bool] = {}
        self.asks: dict[Key, bool] = {}
        self.ends_trailing: dict[Key, bool] = {}
        self.left_open: dict[Key, bool] = {}


class Known:
    """What is known of one timeline; `mine` is what X says from a start on, `theirs` what Y says before it.

    Parameters
    ----------
    timeline : Timeline
    like : (Known, Role), optional
        What is known of the same call before that party was moved.
    """

    def __init__(self, timeline: Timeline, like: tuple[Known, Role] | None = None) -> None:
        self.timeline = timeline
        self.language = timeline.language
        self.one_channel = not timeline.clues.overlap_reliable
        self._said = KnownSaid()
        self._doubts: dict[Role, SpanSet] = {}
        self._doubted_s: dict[tuple[Stretch, Stretch, float], float] = {}
        self._disputed_of: dict[Role, dict[Key, SpanSet]] = {role: {} for role in Role}
        if like is not None:
            other, moved = like
            self._said = other._said
            self._disputed_of = {**other._disputed_of, moved: {}}
        self._shared: dict[tuple[Stretch, Stretch], SpanSet | None] = {}
        self._asks: dict[Stretch, bool] = {}
        self._trails_away: dict[tuple[Stretch, Stretch], bool] = {}
        self._leads_in: dict[tuple[Stretch, float], bool] = {}
        self._endings: dict[Key, Ending] = {}
        self._nobodys: dict[tuple[Stretch, Stretch], bool] = {}

    # -- where both are heard -----------------------------------------------------------------------

    def shared(self, mine: Stretch, theirs: Stretch) -> SpanSet | None:
        """Return where both speak; ``None`` if both are one voice on two lines."""
        if theirs.span.end_s <= mine.span.start_s:
            return NOWHERE
        key = (mine, theirs)
        if key not in self._shared:
            shared: SpanSet | None = mine.speech & theirs.speech
            if shared and wording.same_words(timed(mine.ipus), len(mine.said), theirs.words, _LEAK_S):
                shared = None
            self._shared[key] = shared
        return self._shared[key]

    def mostly_disputed(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether hardly any of the overlap is speech beyond dispute: then nobody is to blame."""
        key = (mine, theirs)
        known = self._nobodys.get(key)
        if known is None:
            shared = self.shared(mine, theirs) or NOWHERE
            least_s = _MOSTLY * shared.duration_s
            extent, doubts = shared.extent, (self._doubts_of(mine), self._doubts_of(theirs))
            known = extent is None or sum([d.overlap_s(extent) for d in doubts]) >= least_s - _ROUNDING
            if known:
                mines, others = self._disputed(mine), self._disputed(theirs)
                known = bool(mines or others) and (shared & (mines | others)).duration_s >= least_s
            self._nobodys[key] = known
        return known

    def disputed_s(self, mine: Stretch, theirs: Stretch, span: Span) -> float:
        """Return how long it is disputed in an event, or at its onset, that both speak; 0 if not for long.

        What has words is beyond dispute.
        """
        key = (mine, theirs, span.end_s)
        known = self._doubted_s.get(key)
        if known is None:
            known = 0.0
            onset = Span(span.start_s, span.start_s + _DOUBT_WINDOW_S)
            for stretch in (mine, theirs):
                doubts = self._doubts_of(stretch)
                near = doubts.meets(span.start_s, max(onset.end_s, span.end_s))
                for window in (onset, span) if near else ():
                    above_s = _DOUBT_SHARE * window.duration_s
                    if doubts.overlap_s(window) > above_s - _ROUNDING:  # it may be too much without the words
                        disputed_s = self._disputed(stretch).overlap_s(window)
                        known = max(known, disputed_s) if disputed_s > above_s else known
            self._doubted_s[key] = known
        return known

    def _doubts_of(self, stretch: Stretch) -> SpanSet:
        """Return where it is disputed that a stretch's party speaks; asked for last, as it may be moved."""
        doubts = self._doubts.get(stretch.role)
        if doubts is None:
            doubts = self._doubts[stretch.role] = self.timeline.clues.doubts.get(stretch.role, NOWHERE)
        return doubts

    def _disputed(self, stretch: Stretch) -> SpanSet:
        """Return where it is disputed that this stretch is speech, words left out."""
        of_role, key = self._disputed_of[stretch.role], (stretch.key, len(stretch.ipus))
        known = of_role.get(key)
        if known is None:
            doubts = SpanSet(self._doubts_of(stretch).overlapping(stretch.span))
            known = of_role[key] = doubts - self._beyond_dispute(stretch, doubts) if doubts else doubts
        return known

    def _beyond_dispute(self, stretch: Stretch, doubts: SpanSet) -> SpanSet:
        """Return where words say that it is the party who speaks; other people in the room have words too."""
        worded = stretch.worded(doubts)
        faint = self.timeline.clues.faint.get(stretch.role)
        return worded - faint if faint else worded

    # -- what is said -------------------------------------------------------------------------------

    def nothing_said(self, mine: Stretch) -> bool:
        """Tell whether X only listens."""
        if not mine.said and self.language is None:
            return not _is_unheard(mine) and self.only_listens(mine, ())
        if self.language is not None and len(mine.ipus) == 1:
            return mine.ipus[0].says_little(self.language)
        known = self._said.listens.get(mine.key)
        if known is None:
            known = not _is_unheard(mine) and self.only_listens(mine, mine.said)
            self._said.listens[mine.key] = known
        return known

    def only_listens(self, mine: Stretch, words: Sequence[Word]) -> bool:
        """Tell whether nothing but signs of listening was said, or (with a recogniser) nothing but noise."""
        if not words and self.language is None:
            return mine.speech.duration_s <= self.timeline.settings.backchannel_max_s
        return wording.only_listening(words, self.language)

    def listens_until(self, mine: Stretch, time_s: float) -> bool:
        """Tell whether X's words up to `time_s` are only signs of listening that lead into X's turn."""
        if self.language is None:
            return False
        key = (mine, time_s)
        known = self._leads_in.get(key)
        if known is None:
            early = []
            for word, start_s, end_s in timed(mine.ipus):
                if start_s >= time_s:
                    break
                if (start_s + end_s) / 2 < time_s:
                    early.append(word)
            known = bool(early) and self.language.listening.cover(plain_text(early))
            self._leads_in[key] = known
        return known

    def _ends_trailing(self, theirs: Stretch) -> bool:
        """Tell whether Y's last words may be the end of a tail; most are not."""
        known = self._said.ends_trailing.get(theirs.key)
        if known is None:
            last = plain_text(theirs.said[-_PHRASE_WORDS:])
            known = self.language is not None and bool(last) and self.language.trailing.end(last)
            self._said.ends_trailing[theirs.key] = known
        return known

    def only_reacts(self, words: Sequence[Word]) -> bool:
        """Tell whether nothing but signs of listening and reactions was said."""
        return self.language is not None and self.language.reacting.cover(plain_text(words))

    def trails_away(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether what Y says from X's start on holds nothing but listening, laughter and partings.

        Looked at from the last mark or pause before X's start: "great" may end a sentence as well.
        """
        if not self._ends_trailing(theirs):
            return False
        key = (mine, theirs)
        known = self._trails_away.get(key)
        if known is None:
            tail = plain_text(theirs.said_from(mine.span.start_s + _WORD_S))
            known = self.language is not None and self.language.trailing.cover(tail)
            if known and self.language is not None and self.language.objections.cover(tail):
                known = False  # "no, no, no" is no tail
            self._trails_away[key] = known
        return known

    def asks(self, mine: Stretch, turn: Turn | None) -> bool:
        """Tell whether what X says to the end of the turn is only a question, or a sentence of apology."""
        known = self._asks.get(mine)
        if known is None:
            key: Key = mine.key
            if turn is not None:
                key = (*mine.key[:2], turn.ipus[-1].heard_at_s, len(turn.ipus))
            known = self._said.asks.get(key)
            if known is None:
                words = said_in_turn(mine, turn)
                known = self._said.asks[key] = wording.only_asks(words, self.language)
            self._asks[mine] = known
        return known

    def said_at_end(
        self, mine: Stretch, theirs: Stretch, end_s: float, following: Stretch | None
    ) -> SaidAtEnd:
        """Return what words tell of Y's ending at `end_s`; `following`: what Y says next."""
        units = theirs.begun_by(end_s)
        key = (mine.key, theirs.key, units, following.key if following else None)
        known = self._said.at_end.get(key)
        if known is None:
            known = self._said.at_end[key] = SaidAtEnd(
                theirs.said_in(units), mine.said, following.said if following else (), self.language
            )
        return known

    def left_open(self, theirs: Stretch, units: int) -> bool:
        """Tell whether Y's first so many units leave a sentence open."""
        key = (theirs.key, units)
        known = self._said.left_open.get(key)
        if known is None:
            known = self._said.left_open[key] = leaves_open(theirs.said_in(units), self.language)
        return known

    def ending(
        self,
        mine: Stretch,
        theirs: Stretch,
        end_s: float,
        following: Stretch | None,
        *,
        shared_s: float = 0.0,
        restarts: bool = False,
    ) -> Ending:
        """Judge how Y ended at `end_s`."""
        key = (mine, theirs, end_s, following, shared_s, restarts)
        known = self._endings.get(key)
        if known is None:
            mixed = None
            if self.one_channel and shared_s > 0:
                words = [word for unit in theirs.ipus[: theirs.begun_by(end_s)] for word in unit.words]
                mixed = onechannel.as_recognised(words, mine.speech)
            said = self.said_at_end(mine, theirs, end_s, following)
            known = said.ending(theirs.voice_at(end_s), shared_s, restarts=restarts, mixed=mixed)
            self._endings[key] = known
        return known


def said_in_turn(mine: Stretch, turn: Turn | None) -> tuple[Word, ...]:
    """Return what X says from a start to the end of the turn."""
    if turn is None:
        return mine.said
    return tuple([w for u in turn.ipus if u.span.start_s >= mine.span.start_s for w in u.said])


def _is_unheard(stretch: Stretch) -> bool:
    return any(unit.unheard for unit in stretch.ipus)
