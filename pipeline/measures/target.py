"""How much of the talking the agent should have."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.timeline.plain import percent


@dataclass(frozen=True, slots=True)
class TalkTarget:
    """The share of the talking that the agent should have: ``ratio`` ± ``tolerance``, both 0–1."""

    ratio: float = 0.5
    tolerance: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.ratio < 1 or not 0 <= self.tolerance < 1:
            raise ValueError(f"a talk target lies between 0 and 1, not {self.ratio} ± {self.tolerance}")

    @property
    def low(self) -> float:
        """Lower edge of the band, at least 0."""
        return max(0.0, self.ratio - self.tolerance)

    @property
    def high(self) -> float:
        """Upper edge of the band, at most 1."""
        return min(1.0, self.ratio + self.tolerance)

    @property
    def wording(self) -> str:
        """The target in words: "about half", "about 40 %"."""
        return "about half" if math.isclose(self.ratio, 0.5) else f"about {percent(self.ratio)}"

    def judge(self, ratio: float) -> str:
        """Return "inside", "above" or "below" the band; its edges are inside."""
        if ratio > self.high + 1e-9:
            return "above"
        return "below" if ratio < self.low - 1e-9 else "inside"

    def comparison(self, ratio: float) -> str:
        """Return how `ratio` stands to the band, for a label: "inside the target of 50 % ± 10"."""
        band = f"the target of {percent(self.ratio)} ± {self.tolerance * 100:.0f}"
        return {
            "inside": f"inside {band}",
            "above": f"above {band}: more talking than listening",
            "below": f"below {band}: more listening than talking",
        }[self.judge(ratio)]
