"""Groups of options: a dataclass whose fields are options, taken by a command as one parameter.

A command that several options are shared with takes them as one value, and they are declared once. Typer
sees them one by one.
"""

from __future__ import annotations

import functools
import inspect
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import Field


def takes_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command have dataclasses of options as parameters.

    Parameters
    ----------
    command : callable
        Each parameter whose type is a dataclass stands for that class's fields, which are options
        (``Annotated`` types with defaults) of different names.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}

    @functools.wraps(command)
    def front(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{one.name: given.pop(one.name) for one in fields(kind)})
        command(**given)

    parameters: list[inspect.Parameter] = []
    for name, own in inspect.signature(command).parameters.items():
        if name in groups:
            parameters += _options(groups[name])
        else:
            parameters.append(_parameter(name, own.default, hints[name]))
    front.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # inspect looks for it
    front.__annotations__ = {one.name: one.annotation for one in parameters}
    return front


def _options(group: Any) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [_parameter(one.name, _default(one), hints[one.name]) for one in fields(group)]


def _default(one: Field[Any]) -> Any:
    return inspect.Parameter.empty if one.default is MISSING else one.default


def _parameter(name: str, default: Any, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
