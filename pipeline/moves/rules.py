"""Written patterns: what a sentence must hold, and must not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " "})


def written(text: str) -> str:
    """Return the text as patterns see it: straight quotes, single blanks, all else as it is."""
    return " ".join(text.translate(_QUOTES).split())


@dataclass(frozen=True, slots=True)
class Patterns:
    """Patterns of which one must be found, and others of which none may be; case is ignored."""

    wanted: re.Pattern[str] | None
    unwanted: re.Pattern[str] | None

    def hit(self, text: str) -> bool:
        """Tell whether `text`, as `written`, is such a sentence."""
        if self.wanted is None or self.wanted.search(text) is None:
            return False
        return not self.unwanted_in(text)

    def unwanted_in(self, text: str) -> bool:
        """Tell whether `text`, as `written`, holds what must not be found."""
        return self.unwanted is not None and self.unwanted.search(text) is not None


def compiled(patterns: Iterable[str]) -> re.Pattern[str] | None:
    """Return one expression that finds any of the patterns; ``None`` if there are none."""
    return _compiled(tuple(patterns))


@lru_cache(maxsize=512)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
