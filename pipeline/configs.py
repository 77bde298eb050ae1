"""Where the shipped configuration lies, and reading YAML into dataclasses with errors a person can use."""

from __future__ import annotations

import math
import re
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pipeline.errors import UsageError, did_you_mean
from pipeline.timeline.bounds import OutOfBoundsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import yaml
    from pydantic import ValidationError

T = TypeVar("T")


@cache
def configs_dir() -> Path:
    """Return the folder of the shipped configuration, in an installed wheel or in a checkout.

    Raises
    ------
    UsageError
        If the installation lacks it.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "_configs", here.parent / "configs"):
        if (folder / "languages").is_dir():
            return folder
    raise UsageError("This installation of hearout lacks its configs folder.", "Install hearout again.")


def load_yaml(path: Path, kind: type[T], others: Collection[str] = ()) -> T:
    """Read a YAML file into a dataclass (or pydantic type), strictly.

    Parameters
    ----------
    path : Path
    kind : type
        What the file must be; unknown keys are refused.
    others : collection of str
        Keys at the top that are somebody else's, and passed over.

    Raises
    ------
    UsageError
        Naming file, line and key, and what is expected there.
    """
    import yaml
    from pydantic import TypeAdapter, ValidationError

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        known = {FileNotFoundError: "no such file", IsADirectoryError: "is a folder, not a file"}
        what = known.get(type(error), f"cannot be read ({error.strerror or error})")
        raise UsageError(f"{path}: {what}.", "Check its name, its folder and its rights.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not text in UTF-8.") from error
    try:
        node = yaml.compose(text, Loader=_safe())
        data = yaml.load(text, Loader=_loader()) or {}  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: {_yaml_problem(error)}.", "See configs/ for examples.") from error
    if others and isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in others}
    try:
        _refuse_twice(path, node)
        _refuse_unknown(path, kind, data, node)
        _refuse_infinite(path, data, node)
    except RecursionError as error:  # an anchor inside itself
        raise UsageError(f"{path}: its values are nested without end.") from error
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        raise _refusal(path, error, node) from error


def _refusal(path: Path, error: ValidationError, node: yaml.Node | None) -> UsageError:
    """Say the first thing that pydantic found wrong, with its place in the file."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = [part for part in first["loc"] if not str(part).startswith("function-")]
    problem = _WORDING.get(first["type"], first["msg"][0].lower() + first["msg"][1:])
    cause = first.get("ctx", {}).get("error")
    if isinstance(cause, OutOfBoundsError):
        place, problem = [*place, cause.name], cause.reason
    elif isinstance(cause, ValueError):
        problem = str(cause)
    line = _line_of(node, place)
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    where = ".".join(map(str, place)) or "the file"
    return UsageError(f"{path}, line {line}: {where}: {problem}{more}.")


_SECTION = "must hold lines such as 'name: value'"
_LIST = "must be a list, such as [one, two]"
_WORDING = {  # of pydantic's kinds of errors, where its own words are a programmer's
    "dataclass_type": _SECTION,
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "string_type": "must be text",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
}
_PLAIN: dict[Any, str] = {
    bool: "must be true or false",
    float: "must be a number",
    int: "must be a whole number",
    str: "must be text",
}


def _refuse_twice(path: Path, node: yaml.Node | None) -> None:
    """Refuse a key that stands twice in one mapping: YAML would silently take the later one."""
    import yaml

    seen: set[int] = set()  # anchors make one node stand in many places
    left = [node]
    while left:
        one = left.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, yaml.SequenceNode):
            left += one.value
        elif isinstance(one, yaml.MappingNode):
            _refuse_twice_in(path, one)
            left += [value for _, value in one.value]


def _refuse_twice_in(path: Path, node: yaml.MappingNode) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if isinstance(key.value, str) and key.value in first:
            before = first[key.value]
            raise UsageError(
                f"{path}, line {line}: {key.value} stands there twice, first in line {before}.", "Keep one."
            )
        if isinstance(key.value, str):
            first[key.value] = line


def _refuse_infinite(path: Path, data: Any, node: yaml.Node | None, at: tuple[str | int, ...] = ()) -> None:
    """Refuse .nan and .inf wherever they stand: no threshold is one, and JSON has no way to write them."""
    if isinstance(data, dict):
        for key, value in data.items():
            _refuse_infinite(path, value, node, (*at, str(key)))
    elif isinstance(data, list):
        for n, value in enumerate(data):
            _refuse_infinite(path, value, node, (*at, n))
    elif isinstance(data, float) and not math.isfinite(data):
        where = ".".join(map(str, at)) or "the file"
        raise UsageError(f"{path}, line {_line_of(node, at)}: {where}: must be a finite number, not {data}.")


def _refuse_unknown(
    path: Path, kind: Any, data: Any, node: yaml.Node | None, at: tuple[str, ...] = ()
) -> None:
    """Refuse keys that a dataclass does not have, which pydantic passes over, and true as a number."""
    if not (is_dataclass(kind) and isinstance(data, dict)):
        return
    types = get_type_hints(kind)
    for key, value in data.items():
        if key not in types:
            hint = did_you_mean(str(key), types, 1) or f"Known here: {', '.join(sorted(types))}."
            where = ".".join((*at, str(key)))
            line = _line_of(node, (*at, str(key)))
            raise UsageError(f"{path}, line {line}: there is no setting {where}.", hint)
        if isinstance(value, bool) != (types[key] is bool) and not is_dataclass(types[key]):
            place = (*at, str(key))
            allowed = _PLAIN.get(types[key], f"can't be {str(value).lower()}")
            raise UsageError(f"{path}, line {_line_of(node, place)}: {'.'.join(place)}: {allowed}.")
        _refuse_unknown(path, types[key], value, node, (*at, str(key)))


@cache
def _safe() -> type[yaml.SafeLoader]:
    """Return the safe loader in C where PyYAML was built with it: several times quicker."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _loader() -> type[yaml.SafeLoader]:
    """Return a safe loader in which only true and false are booleans: "yes" and "no" are words here."""
    import yaml

    class Loader(_safe()):  # type: ignore[misc]  # chosen at run time
        yaml_implicit_resolvers = {  # noqa: RUF012 - the base class's own attribute
            first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
    return Loader


def _yaml_problem(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "is not valid YAML"
    return f"line {mark.line + 1}: {problem}" if mark else str(problem)


def _line_of(node: yaml.Node | None, location: Sequence[str | int]) -> int:
    """Follow a pydantic error's location down the YAML nodes as far as it goes; 1-based."""
    import yaml

    line = 1
    for part in location:
        following = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(part):
                    line, following = key.start_mark.line + 1, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            following = node.value[part]
            line = following.start_mark.line + 1
        if following is None:
            break
        node = following
    return line
