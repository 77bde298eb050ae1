"""Run the command: as a process of its own, as people do, or an app of it in this one, which is quicker."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

if TYPE_CHECKING:
    from pathlib import Path

    import typer
    from click.testing import Result


def hearout(*words: object, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "120", "NO_COLOR": "1", **environment}
    command = [sys.executable, "-m", "pipeline", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=cwd, check=False)


def invoke(app: typer.Typer, *words: object, columns: int = 120, **options: Any) -> Result:
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": str(columns)}, **options)
