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
    def _only_these(self) -> re.Pattern[str]:
        longest_first = sorted(self.items, key=len, reverse=True)
        return re.compile("(?:(?:" + "|".join(map(re.escape, longest_first)) + ")(?: |$))+")

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
    fillers : Phrases
        Hesitations; they carry no matter of their own.
    roles : RoleCues
        What tells an agent from a customer.
    """

    code: str
    name: str
    backchannels: Phrases = field(default_factory=Phrases)
    fillers: Phrases = field(default_factory=Phrases)
    roles: RoleCues = field(default_factory=RoleCues)
