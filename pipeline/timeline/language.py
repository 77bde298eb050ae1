"""What the timing rules need to know of a language: data from a language pack, no code per language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from pipeline.timeline.roles import RoleCues


@dataclass(frozen=True)
class Phrases:
    """A list of words and short phrases in plain text (lower case, no punctuation but apostrophes)."""

    items: tuple[str, ...] = ()

    @cached_property
    def _any(self) -> str:
        return "(?:" + "|".join(map(re.escape, sorted(self.items, key=len, reverse=True))) + ")"

    @cached_property
    def _only_these(self) -> re.Pattern[str]:
        return re.compile(f"(?:{self._any}(?: |$))+")

    @cached_property
    def _inside(self) -> re.Pattern[str]:
        return re.compile(f"(?:^|(?<= )){self._any}(?= |$)")

    @cached_property
    def _at_end(self) -> re.Pattern[str]:
        return re.compile(f"(?:^| ){self._any}$")

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
        return bool(self.items) and bool(plain) and self._only_these.fullmatch(plain) is not None

    def within(self, plain: str) -> bool:
        """Tell whether one of these phrases occurs anywhere in `plain`, as whole words."""
        return bool(self.items) and self._inside.search(plain) is not None

    def start(self, plain: str) -> bool:
        """Tell whether `plain` begins with one of these phrases, as whole words."""
        return bool(self.items) and self._inside.match(plain) is not None

    def end(self, plain: str) -> bool:
        """Tell whether `plain` ends with one of these phrases, as whole words."""
        return bool(self.items) and self._at_end.search(plain) is not None

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
    fillers : Phrases
        Hesitations; they carry no matter of their own.
    leaves_open : Phrases
        Words that hardly ever end a sentence: conjunctions, articles, possessives, hesitations.
    may_leave_open : Phrases
        Words that leave a sentence open about as often as they end one: auxiliaries, prepositions.
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
    hold_requests : Phrases
        What announces that the line goes quiet.
    roles : RoleCues
        What tells an agent from a customer.
    """

    code: str
    name: str
    backchannels: Phrases = field(default_factory=Phrases)
    laughter: Phrases = field(default_factory=Phrases)
    fillers: Phrases = field(default_factory=Phrases)
    leaves_open: Phrases = field(default_factory=Phrases)
    may_leave_open: Phrases = field(default_factory=Phrases)
    resumption: Phrases = field(default_factory=Phrases)
    objections: Phrases = field(default_factory=Phrases)
    answers: Phrases = field(default_factory=Phrases)
    question_starters: Phrases = field(default_factory=Phrases)
    apologies: Phrases = field(default_factory=Phrases)
    hold_requests: Phrases = field(default_factory=Phrases)
    roles: RoleCues = field(default_factory=RoleCues)

    @cached_property
    def listening(self) -> Phrases:
        """What makes no turn: backchannels, laughter and noises."""
        return self.backchannels + self.laughter

    @cached_property
    def grammar_words(self) -> frozenset[str]:
        """Single words without matter of their own."""
        lists = (self.backchannels, self.fillers, self.leaves_open, self.may_leave_open, self.answers)
        return frozenset(word for phrases in lists for item in phrases.items for word in item.split())
