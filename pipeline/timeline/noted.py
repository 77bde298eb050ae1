"""Thresholds that note what they are compared with: a value on the same side of all that decides the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _typeshed import DataclassInstance

    Settings = TypeVar("Settings", bound=DataclassInstance)

_ROUNDING = 1e-6  # what a sum of a few times may be off by, and far more


class NotedThreshold(float):
    """A threshold that is a number and notes what it is compared with, sums with it included.

    Any other calculation with it is noted as a comparison with itself, which no other value withstands.

    Parameters
    ----------
    value : float
    notes : list of float
        Gets what it is compared with.
    beyond : float
        By how much it exceeds the threshold, where it is a sum.
    """

    __slots__ = ("_beyond", "_notes")
    _beyond: float
    _notes: list[float]

    def __new__(cls, value: float, notes: list[float], beyond: float = 0.0) -> NotedThreshold:  # noqa: D102
        made = float.__new__(cls, value)
        made._notes, made._beyond = notes, beyond
        return made

    def __lt__(self, other: float) -> bool:
        self._notes.append(other - self._beyond)
        return float.__lt__(self, other)

    def __le__(self, other: float) -> bool:
        self._notes.append(other - self._beyond)
        return float.__le__(self, other)

    def __gt__(self, other: float) -> bool:
        self._notes.append(other - self._beyond)
        return float.__gt__(self, other)

    def __ge__(self, other: float) -> bool:
        self._notes.append(other - self._beyond)
        return float.__ge__(self, other)

    def __add__(self, other: float) -> NotedThreshold:
        return NotedThreshold(float.__add__(self, other), self._notes, self._beyond + other)

    __radd__ = __add__

    def _used(self, result: float) -> float:
        self._notes.append(float.__sub__(self, self._beyond))
        return result

    def __sub__(self, other: float) -> float:
        return self._used(float.__sub__(self, other))

    def __rsub__(self, other: float) -> float:
        return self._used(float.__rsub__(self, other))

    def __mul__(self, other: float) -> float:
        return self._used(float.__mul__(self, other))

    __rmul__ = __mul__

    def __truediv__(self, other: float) -> float:
        return self._used(float.__truediv__(self, other))

    def __rtruediv__(self, other: float) -> float:
        return self._used(float.__rtruediv__(self, other))


def noting(settings: Settings, names: Iterable[str]) -> tuple[Settings, dict[str, list[float]]]:
    """Return settings whose thresholds of these names note what they are compared with, and their notes."""
    notes: dict[str, list[float]] = {name: [] for name in names}
    noted: dict[str, Any] = {
        name: NotedThreshold(getattr(settings, name), own) for name, own in notes.items()
    }
    return replace(settings, **noted), notes


def apart(one: float, other: float) -> tuple[float, float]:
    """Return between what two thresholds may come out differently."""
    low, high = (one, other) if one < other else (other, one)
    return low - _ROUNDING, high + _ROUNDING


def told_apart(one: float, other: float, compared: Sequence[float]) -> bool:
    """Tell whether two thresholds may come out differently against any of what they are compared with."""
    low, high = apart(one, other)
    for value in compared:  # noqa: SIM110 - a generator would take thrice as long
        if low <= value <= high:
            return True
    return False
