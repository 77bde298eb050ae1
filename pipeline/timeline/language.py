"""What the timing rules need to know of a language: data from a language pack, no code per language."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from pipeline.timeline.roles import RoleCues


@dataclass(frozen=True)
class Phrases:
    """A list of words and short phrases in plain text: lower case, no punctuation but apostrophes.

    The texts that are looked through are plain as well (`plain_text`): single blanks between the words.
    """

    items: tuple[str, ...] = ()

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.items)

    @cached_property
    def _by_first(self) -> dict[str, dict[int, set[str]]]:
        """The items by their first word, then by their number of words."""
        found: dict[str, dict[int, set[str]]] = {}
        for item in self.items:
            parts = item.split(" ")
            found.setdefault(parts[0], {}).setdefault(len(parts), set()).add(item)
        return found

    @cached_property
    def _by_last(self) -> dict[str, dict[int, set[str]]]:
        """The items by their last word, then by their number of words."""
        found: dict[str, dict[int, set[str]]] = {}
        for item in self.items:
            parts = item.split(" ")
            found.setdefault(parts[-1], {}).setdefault(len(parts), set()).add(item)
        return found

    def _lengths_at(self, words: list[str], at: int) -> list[int]:
        """Return how many words each item has that stands at word `at`."""
        lengths = self._by_first.get(words[at])
        if lengths is None:
            return []
        return [n for n, items in lengths.items() if " ".join(words[at : at + n]) in items]

    def cover(self, plain: str) -> bool:
        """Tell whether `plain` consists of these phrases and nothing else, in any order and number.

        Examples
        --------
        >>> Phrases(("oh", "i see", "okay")).cover("oh i see okay")
        True
        >>> Phrases(("oh", "i see", "okay")).cover("oh i can see")
        False
        >>> Phrases(("okay",)).cover("")
        False
        """
        if not plain:
            return False
        if plain in self._known:  # mostly a single one
            return True
        words = plain.split(" ")
        if words[0] not in self._by_first:
            return False
        reached = {0}  # every place that items, one behind the other, lead to
        for at in range(len(words)):
            if at in reached:
                reached.update(at + n for n in self._lengths_at(words, at))
            elif max(reached) < at:
                return False
        return len(words) in reached

    def within(self, plain: str) -> bool:
        """Tell whether one of these phrases occurs anywhere in `plain`, as whole words."""
        return self.among(plain.split(" "))

    def among(self, words: list[str]) -> bool:
        """Tell whether one of these phrases occurs anywhere among the words of a plain text."""
        known = self._by_first
        if known.keys().isdisjoint(words):
            return False
        return any(word in known and self._lengths_at(words, at) for at, word in enumerate(words))

    def begin(self, plain: str) -> bool:
        """Tell whether one of these phrases has the same first word as `plain`."""
        return plain.split(" ", 1)[0] in self._by_first

    def start(self, plain: str) -> bool:
        """Tell whether `plain` begins with one of these phrases, as whole words."""
        return bool(self._lengths_at(plain.split(" "), 0))

    def end(self, plain: str) -> bool:
        """Tell whether `plain` ends with one of these phrases, as whole words."""
        lengths = self._by_last.get(plain[plain.rfind(" ") + 1 :])
        if lengths is None:
            return False
        words = plain.split(" ")
        return any(" ".join(words[-n:]) in items for n, items in lengths.items())

    def __add__(self, other: Phrases) -> Phrases:
        return Phrases((*self.items, *other.items))


@dataclass(frozen=True)
class LanguagePack:
    """One language's words for the timing rules.

    Parameters
    ----------
    code : str
        Language code as the recogniser gives it (``en``).
    name : str
    backchannels : Phrases
        What a listener says without taking the floor.
    laughter : Phrases
        How the recogniser writes laughter and noises; never a turn either.
    reactions : Phrases
        Sympathy, encouragement and thanks in a few words. Said briefly over somebody who goes on, they leave
        the floor where it is; but unlike backchannels they are turns, whose sentences may be moves.
    partings : Phrases
        What is said at the end of a call, thanks and wishes included: it leaves nothing to be said.
    fillers : Phrases
        Hesitations; they carry no matter of their own.
    leaves_open : Phrases
        Words that hardly ever end a sentence: conjunctions, articles, possessives, hesitations.
    may_leave_open : Phrases
        Words that leave a sentence open about as often as they end one: auxiliaries, prepositions.
    closes : Phrases
        Words behind which hardly anything of the sentence comes.
    resumption : Phrases
        How somebody says that they had not finished.
    objections : Phrases
        How a turn begins that does not accept what the other said, or takes the matter back.
    answers : Phrases
        How an answer begins: it shows that the other's turn was accepted as one.
    question_starters : Phrases
        How a question begins when the recogniser puts no question mark.
    apologies : Phrases
        What makes a sentence an apology.
    identifying : Phrases
        What a question asks for that identifies the caller; it clarifies nothing.
    hold_requests : Phrases
        What announces that the line goes quiet.
    roles : RoleCues
        What tells an agent from a customer.
    """

    code: str
    name: str
    backchannels: Phrases = field(default_factory=Phrases)
    laughter: Phrases = field(default_factory=Phrases)
    reactions: Phrases = field(default_factory=Phrases)
    partings: Phrases = field(default_factory=Phrases)
    fillers: Phrases = field(default_factory=Phrases)
    leaves_open: Phrases = field(default_factory=Phrases)
    may_leave_open: Phrases = field(default_factory=Phrases)
    closes: Phrases = field(default_factory=Phrases)
    resumption: Phrases = field(default_factory=Phrases)
    objections: Phrases = field(default_factory=Phrases)
    answers: Phrases = field(default_factory=Phrases)
    question_starters: Phrases = field(default_factory=Phrases)
    apologies: Phrases = field(default_factory=Phrases)
    identifying: Phrases = field(default_factory=Phrases)
    hold_requests: Phrases = field(default_factory=Phrases)
    roles: RoleCues = field(default_factory=RoleCues)

    @cached_property
    def listening(self) -> Phrases:
        """What makes no turn: backchannels, laughter and noises."""
        return self.backchannels + self.laughter

    @cached_property
    def reacting(self) -> Phrases:
        """What asks for no floor: signs of listening and reactions."""
        return self.listening + self.reactions

    @cached_property
    def trailing(self) -> Phrases:
        """What is said when all is said: signs of listening, laughter, partings."""
        return self.listening + self.partings

    @cached_property
    def grammar_words(self) -> frozenset[str]:
        """Single words without matter of their own."""
        lists = (self.backchannels, self.fillers, self.leaves_open, self.may_leave_open, self.answers)
        return frozenset(word for phrases in lists for item in phrases.items for word in item.split())
