"""Fit the shipped moves and write the fit beside them: ``python -m pipeline.moves.fit``, or ``make fit``.

A fit that is shipped spares each machine a minute at the first call, and is the same on all of them.
"""

from __future__ import annotations

import sys

from pipeline.files import write_atomic
from pipeline.moves.classifier import fit, fit_bytes, fit_key, shipped_fit
from pipeline.moves.config import load_moves
from pipeline.moves.embedding import MiniLmEmbedder

_LANGUAGES = ("en",)


def main() -> None:
    """Write the fit of each language."""
    from pipeline.weights.store import resolve

    embedder = MiniLmEmbedder(resolve("minilm", offline=True).path)
    for language in _LANGUAGES:
        config = load_moves(language)
        path = shipped_fit(language)
        write_atomic(path, fit_bytes(fit(config, embedder), fit_key(config, embedder)))
        path.chmod(0o644)  # it is no call's data
        print(f"{path}: {path.stat().st_size // 1000} kB", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    main()
