"""What a stage of one call leaves behind, so that nothing is computed twice.

An artifact is a JSON file ``stages/NAME.json`` in the call's folder: what it was made from (a key over
input, options and models) and the data. A stage whose key is unchanged is read instead of run.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from pipeline.files import private_folder, write_atomic, write_new

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STAGES_FOLDER = "stages"


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a JSON-like value, the same for the same content."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _stored(key: str, data: Any, elapsed_s: float) -> bytes:
    stored = {"key": key, "elapsed_s": round(elapsed_s, 3), "data": data}
    return json.dumps(stored, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


class Artifacts:
    """The stored stages of one call.

    Parameters
    ----------
    folder : Path
        The call's folder, ``DIR/<call-id>``; made on first writing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / STAGES_FOLDER
        self.made: list[str] = []
        """Names of the stages that were run, not read, by this object."""
        self.elapsed_s: dict[str, float] = {}
        """Seconds that each stage took when it was run, now or earlier."""

    def read(self, name: str, key: str | None = None) -> Any | None:
        """Return a stage's data, or ``None`` if it is missing, damaged or made from something else.

        Parameters
        ----------
        name : str
        key : str, optional
            Without one any stored data will do.
        """
        try:
            stored = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
            if key is not None and stored["key"] != key:
                return None
            self.elapsed_s[name] = float(stored["elapsed_s"])
            return stored["data"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, name: str, key: str, data: Any, elapsed_s: float) -> None:
        """Store a stage's data and how long it took to make.

        Raises
        ------
        OutputError
            If it can't be written.
        """
        private_folder(self.folder)
        write_atomic(self.folder / f"{name}.json", _stored(key, data, elapsed_s))
        self.elapsed_s[name] = elapsed_s

    def write_first(self, name: str, key: str, data: Any) -> bool:
        """Store a stage's data unless some are stored; of several who try at once one does. Tell whether.

        Raises
        ------
        OutputError
            If it can't be written.
        """
        private_folder(self.folder)
        return write_new(self.folder / f"{name}.json", _stored(key, data, 0.0))

    def get(self, name: str, key: str, make: Callable[[], Any]) -> Any:
        """Return a stage's data, made now only if nothing made from the same is stored."""
        data = self.read(name, key)
        if data is None:
            began = time.perf_counter()
            data = make()
            self.made.append(name)
            self.write(name, key, data, time.perf_counter() - began)
        return data

    def file(self, name: str) -> Path | None:
        """Return the path of a stored binary, or ``None`` if there is nothing that can be read."""
        path = self.folder / name
        try:
            return path if path.stat().st_size and os.access(path, os.R_OK) else None
        except OSError:
            return None

    def write_bytes(self, name: str, content: bytes) -> None:
        """Store a binary beside the stages.

        Raises
        ------
        OutputError
            If it can't be written.
        """
        private_folder(self.folder)
        write_atomic(self.folder / name, content)
