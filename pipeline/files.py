"""Writing results: whole or not at all, readable by their owner only."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    Content = str | bytes | Iterable[bytes]

NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}  # what file systems without hard links say
_OF_THE_DISK = {*NO_SPACE, errno.EROFS, errno.EIO}


def private_folder(path: Path) -> Path:
    """Make a folder (and its parents) that only its owner can enter; an existing one is left as it is.

    Raises
    ------
    OutputError
        If it can't be made.
    """
    try:
        missing = [p for p in (path, *path.parents) if not p.exists()]
        nearest = next((p for p in (path, *path.parents) if p not in missing), path)
        if not nearest.is_dir():
            remedy = "Move it out of the way, or write to another folder."
            raise OutputError(f"{nearest} is a file, not a folder.", remedy)
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error
    return path


def write_new(path: Path, content: bytes) -> bool:
    """Write a file whole, unless there is one already; tell whether it was written. Mode 0600.

    Of several who write it at once, one does.

    Raises
    ------
    OutputError
        If it can't be written; nothing is left behind then.
    """
    try:
        temporary = _temporary(path, (content,), durable=True)
        try:
            os.link(temporary, path)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if path.exists():
                return False
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise output_error(path, error) from error
    return True


def write_atomic(path: Path, content: Content, *, durable: bool = True) -> None:
    """Write a file so that readers see the old one or the new one, never a half; mode 0600.

    Parameters
    ----------
    path : Path
        Its folder exists.
    content : str, bytes or iterable of bytes
        Text is written as UTF-8; pieces one after another.
    durable : bool
        Whether the file is on the disk before it takes the old one's place, so that not even a power cut can
        leave an empty one. ``False``, for what can be made again from other files, saves that wait.

    Raises
    ------
    OutputError
        If it can't be written; nothing is left behind then.
    """
    write_together({path: content}, passing=() if durable else (path,))


def write_together(files: Mapping[Path, Content], *, passing: Container[Path] = ()) -> None:
    """Write files that belong together, each as `write_atomic` does: none unless there is space for all.

    Parameters
    ----------
    files : mapping of Path to content
        They take the old ones' places in this order.
    passing : container of Path
        Those that need not be durable.

    Raises
    ------
    OutputError
        If one can't be written; all old ones are as they were then.
    """
    with ExitStack() as stack:
        written = {}
        for path, content in files.items():
            plain = content.encode("utf-8") if isinstance(content, str) else content
            pieces = (plain,) if isinstance(plain, bytes) else plain
            with _mapped(path):
                written[path] = _temporary(path, pieces, durable=path not in passing)
                stack.callback(written[path].unlink, missing_ok=True)
        for path, temporary in written.items():
            with _mapped(path):
                temporary.replace(path)
        stack.pop_all()  # none is left that would have to be taken away


@contextmanager
def _mapped(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise output_error(path, error) from error


def _temporary(path: Path, pieces: Iterable[bytes], *, durable: bool) -> Path:
    """Write what is to be a file's content beside it, mode 0600; nothing is left of it if that fails."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def of_the_disk(error: BaseException | None) -> bool:
    """Tell whether an error of writing meets every file on that disk, and not one place."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def output_error(path: Path, error: OSError) -> OutputError:
    """Map what the system said about writing `path` to one sentence."""
    if error.errno in NO_SPACE:
        return OutputError(f"{path}: no space is left to write it.", "Free some space, or write elsewhere.")
    reason = (error.strerror or str(error)).lower()
    return OutputError(f"{path} can't be written: {reason}.", "Check the rights, or write to another folder.")
