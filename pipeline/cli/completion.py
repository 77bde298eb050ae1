"""What a shell completes where an option or an argument takes a name; looked up when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

YAML = (".yaml", ".yml")


def one_of(*values: str) -> Callable[[str], list[str]]:
    """Return what completes one of these values."""

    def complete(incomplete: str) -> list[str]:
        return _begun(values, incomplete)

    return complete


def checklist(incomplete: str) -> list[str]:
    """Complete a shipped checklist, or a YAML file."""
    from pipeline.checklist import shipped_names

    return [*_begun(shipped_names(), incomplete), *_files(incomplete)]


def comparable(incomplete: str) -> list[str]:
    """Complete what `hearout compare` takes: ``stored``, a shipped checklist, or a YAML file."""
    return [*_begun(("stored",), incomplete), *checklist(incomplete)]


def move(incomplete: str) -> list[str]:
    """Complete a shipped move."""
    from pipeline.checklist import known_moves

    return _begun(sorted(known_moves()), incomplete)


def model(incomplete: str) -> list[str]:
    """Complete a model of any kind."""
    from pipeline.weights import registry

    return _begun(registry.MODELS, incomplete)


def whisper(incomplete: str) -> list[str]:
    """Complete a model that recognises words."""
    from pipeline.weights import registry
    from pipeline.weights.store import Kind

    names = [name for name, spec in registry.MODELS.items() if spec.kind is Kind.WHISPER_CT2]
    return _begun(names, incomplete)


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str) -> list[str]:
    """Return YAML files, and the folders on the way to some."""
    begun = Path(incomplete)
    folder, start = (begun, "") if incomplete.endswith("/") else (begun.parent, begun.name)
    try:
        found = sorted(path for path in folder.iterdir() if path.name.startswith(start))
    except OSError:
        return []
    files = [str(path) for path in found if path.suffix in YAML]
    return files + [f"{path}/" for path in found if path.is_dir() and not path.name.startswith(".")]
