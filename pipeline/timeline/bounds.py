"""What numbers a setting may have, by the unit in its name."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from math import inf, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Bounds = tuple[float, float]

_SHARE = (0.0, 1.0)
_BY_UNIT: dict[str, Bounds] = {
    "_db": (-200.0, 200.0),
    "_dbfs": (-200.0, 0.0),
    "_logprob": (-inf, 0.0),
    "_share": _SHARE,
    "_probability": _SHARE,
    "_confidence": _SHARE,
}


class OutOfBoundsError(ValueError):
    """A setting's number is none that it may have.

    Parameters
    ----------
    name : str
        The setting's own name.
    value : float
    allowed : str
        What may stand there: "0 or more".
    """

    def __init__(self, name: str, value: float, allowed: str) -> None:
        super().__init__(f"{name} is {allowed}, not {value:g}")
        self.name = name
        self.reason = f"must be {allowed}, not {value:g}"


def check_numbers(settings: DataclassInstance, **own: Bounds) -> None:
    """Refuse numbers that make no sense, of any dataclass of settings: call it in ``__post_init__``.

    Parameters
    ----------
    settings : dataclass
        All its numbers are checked: 0 or more, unless the unit at the end of a name says otherwise.
    **own : (least, most)
        Bounds of single fields in place of those; a bound itself is allowed, unless it is infinite.

    Raises
    ------
    OutOfBoundsError
        For the first number that is infinite, no number, or out of its bounds.
    """
    for name, usual in _usual_bounds(type(settings)):
        value = getattr(settings, name)
        if type(value) in (int, float):  # nothing else: numbers that note their comparisons note none here
            least, most = own.get(name) or usual
            if not (isfinite(value) and least <= value <= most):
                allowed = _allowed(least, most) if isfinite(value) else "a finite number"
                raise OutOfBoundsError(name, value, allowed)


@cache
def _usual_bounds(kind: type[DataclassInstance]) -> tuple[tuple[str, Bounds], ...]:
    """Return the names of a dataclass's fields with the bounds that their units have."""
    names = [part.name for part in fields(kind)]
    return tuple([(name, _BY_UNIT.get(name[name.rfind("_") :], (0.0, inf))) for name in names])


def _allowed(least: float, most: float) -> str:
    if most == inf:
        return f"{least:g} or more"
    return f"{most:g} or less" if least == -inf else f"{least:g} to {most:g}"
