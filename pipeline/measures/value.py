"""A measured number that brings its proof along."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.timeline import Span, SpanSet


@dataclass(frozen=True, slots=True)
class MeasureValue:
    """One number with the parts it was made of and the spans that a person can play.

    Parameters
    ----------
    value : float or None
        ``None`` when it can't be measured; never a stand-in such as 0.
    parts : mapping of str to float
        What the formula takes; team figures are summed from these, never averaged from ratios.
    spans : tuple of Span
        Where it can be heard, in order; may overlap.
    reason : str
        Why there is no value; empty when there is one.
    """

    value: float | None
    parts: Mapping[str, float] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.reason):
            raise ValueError("a measure has either a value or a reason why not")

    @classmethod
    def undefined(cls, reason: str, **parts: float) -> MeasureValue:
        """Return a measure without a value, and why."""
        return cls(None, parts, (), reason)

    @classmethod
    def total(cls, spans: SpanSet, name: str = "seconds", **parts: float) -> MeasureValue:
        """Return the length of `spans` in seconds; the sum is itself the part `name`."""
        return cls(spans.duration_s, {name: spans.duration_s, **parts}, tuple(spans))

    @classmethod
    def ratio(cls, numerator: tuple[str, float], denominator: tuple[str, float], reason: str) -> MeasureValue:
        """Return numerator / denominator with both named as parts; undefined when the denominator is 0.

        Parameters
        ----------
        numerator, denominator : (name, value)
        reason : str
            Why it is undefined if the denominator is 0.
        """
        parts = dict((numerator, denominator))
        if denominator[1] <= 0:
            return cls.undefined(reason, **parts)
        return cls(numerator[1] / denominator[1], parts)
