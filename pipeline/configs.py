"""Where the shipped configuration lies, and reading YAML into dataclasses with errors a person can use."""

from __future__ import annotations

import difflib
import re
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import yaml

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
        raise UsageError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not text in UTF-8.") from error
    try:
        node = yaml.compose(text, Loader=_safe())
        data = yaml.load(text, Loader=_loader()) or {}  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: {_yaml_problem(error)}.", "See configs/ for examples.") from error
    if others and isinstance(data, dict):
        data = {key: value for key, value in data.items() if key not in others}
    _refuse_unknown(path, kind, data, node)
    try:
        return TypeAdapter(kind).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
        line = _line_of(node, first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        problem = _WORDING.get(first["type"], first["msg"][0].lower() + first["msg"][1:])
        raise UsageError(f"{path}, line {line}: {where or 'the file'}: {problem}{more}.") from error


_SECTION = "must hold lines such as 'name: value'"
_LIST = "must be a list, such as [one, two]"
_WORDING = {  # of pydantic's kinds of errors, where its own words are a programmer's
    "dataclass_type": _SECTION,
    "dict_type": _SECTION,
    "model_type": _SECTION,
    "tuple_type": _LIST,
    "list_type": _LIST,
    "string_type": "must be text",
}


def _refuse_unknown(
    path: Path, kind: Any, data: Any, node: yaml.Node | None, at: tuple[str, ...] = ()
) -> None:
    """Refuse keys that a dataclass does not have: pydantic would pass over them in silence."""
    if not (is_dataclass(kind) and isinstance(data, dict)):
        return
    types = get_type_hints(kind)
    for key, value in data.items():
        if key not in types:
            close = difflib.get_close_matches(str(key), types, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Known here: {', '.join(sorted(types))}."
            where = ".".join((*at, str(key)))
            line = _line_of(node, (*at, str(key)))
            raise UsageError(f"{path}, line {line}: there is no setting {where}.", hint)
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
