"""Recordings behind URLs (s3://, gs://, az://, memory://, …), by fsspec and the user's own packages for it.

Credentials are fsspec's business: its configuration files, the environment, instance roles. None is stored.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pipeline.batch.items import Facts, Found, Listing, left_out
from pipeline.batch.manifest import is_manifest, read_manifest
from pipeline.errors import InputError, MissingComponentError, UsageError
from pipeline.files import output_error, private_folder
from pipeline.identity import safe_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.batch.settings import BatchSettings

_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_MARKS = (
    "ETag",
    "etag",
    "md5",
    "md5Hash",
    "content_md5",
    "checksum",
    "mtime",
    "LastModified",
    "last_modified",
    "updated",
    "created",
)
"""What file systems call the mark of a file's content or change; the first that is there is taken."""


def list_remote(url: str, settings: BatchSettings) -> Listing:
    """Find the recordings behind a URL: a folder, a pattern, a manifest or one file.

    Raises
    ------
    UsageError
        If it can't be reached, or there is nothing.
    MissingComponentError
        If its kind needs a package that isn't installed.
    """
    files, path = _file_system(url)
    try:
        if any(sign in path for sign in "*?["):
            infos = files.glob(path, detail=True)
            root = path[: min(path.index(sign) for sign in "*?[" if sign in path)].rpartition("/")[0]
            return Listing(_found(files, infos, root))
        if is_manifest(path) and files.isfile(path):
            return _manifest(files, path)
        if files.isfile(path):
            return Listing(_found(files, {path: files.info(path)}, path.rpartition("/")[0]))
        if not files.isdir(path):
            raise UsageError(f"{url}: no such folder, file or pattern.", "Check its name and your rights.")
        infos = files.find(path, detail=True)
    except UsageError:
        raise
    except Exception as error:  # each file system raises its own kinds
        raise _unreachable(url, error) from error
    wanted = tuple(f".{suffix.lower().removeprefix('.')}" for suffix in settings.suffixes)
    audio = {name: info for name, info in infos.items() if name.lower().endswith(wanted)}
    other = [name for name in infos if name not in audio]
    notes = left_out((PurePosixPath(name).suffix for name in other), len(other))
    return Listing(_found(files, audio, path), tuple(notes))


def look_at(url: str, name: str, facts: Facts) -> Found:
    """Return one remote file as it is now; a missing one, too: it will fail by itself."""
    files, path = _file_system(url)
    try:
        return _of(files, path, files.info(path), name, facts)
    except FileNotFoundError:
        return Found(url, name, None, "missing", facts, is_remote=True)
    except Exception as error:
        raise _unreachable(url, error) from error


def fetched_path(found: Found, folder: Path) -> Path:
    """Return where a remote recording is kept while it is analysed: the same place in every run."""
    from hashlib import sha256

    name = found.place.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    plain = f"{safe_id(stem)}.{safe_id(ending)}" if dot and stem else safe_id(name)
    return folder / sha256(found.place.encode()).hexdigest()[:16] / plain


def fetch(found: Found, folder: Path) -> Path:
    """Copy a remote recording to this machine, for its owner only.

    Raises
    ------
    InputError
        If it can't be fetched; the others go on.
    OutputError
        If it can't be kept.
    """
    target = fetched_path(found, folder)
    private_folder(target.parent)
    try:
        files, path = _file_system(found.place)
        source = files.open(path, "rb")
    except MissingComponentError:
        raise
    except FileNotFoundError as error:
        raise InputError(f"{found.name} does not exist.", "Take it out of the list, or upload it.") from error
    except Exception as error:
        raise _lost(found, error) from error
    try:
        with source:
            _copy(source, target, found)
    except BaseException:
        shutil.rmtree(target.parent, ignore_errors=True)
        raise
    return target


def drop_fetched(folder: Path, path: Path) -> None:
    """Remove a fetched recording and its folder."""
    if path.is_relative_to(folder):
        shutil.rmtree(path.parent, ignore_errors=True)


def _copy(source: Any, target: Path, found: Found) -> None:
    try:
        handle = target.open("wb")
    except OSError as error:
        raise output_error(target, error) from error
    with handle:
        target.chmod(0o600)
        while True:
            try:
                block = source.read(1 << 20)
            except Exception as error:
                raise _lost(found, error) from error
            if not block:
                return
            try:
                handle.write(block)
            except OSError as error:
                raise output_error(target, error) from error


def _file_system(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    scheme = url.partition("://")[0]
    try:
        files, path = url_to_fs(url)
    except ImportError as error:
        package = _PACKAGES.get(scheme)
        remedy = f"Install it with: pip install {package}" if package else f"fsspec says: {error}"
        raise MissingComponentError(f"{scheme}:// needs a package that isn't installed.", remedy) from error
    except ValueError as error:
        raise UsageError(f"{scheme}:// is no kind of URL that fsspec knows.") from error
    except Exception as error:
        raise _unreachable(url, error) from error
    return files, path


def _found(files: Any, infos: Mapping[str, Mapping[str, Any]], root: str) -> tuple[Found, ...]:
    start = root.rstrip("/") + "/"
    return tuple(
        _of(files, path, info, path.removeprefix(start), Facts())
        for path, info in sorted(infos.items())
        if info.get("type", "file") == "file" and not PurePosixPath(path).name.startswith(".")
    )


def _of(files: Any, path: str, info: Mapping[str, Any], name: str, facts: Facts) -> Found:
    mark = next((str(info[key]) for key in _MARKS if info.get(key)), "")
    size = info.get("size")
    return Found(files.unstrip_protocol(path), name, size, f"{size}-{mark}", facts, is_remote=True)


def _manifest(files: Any, path: str) -> Listing:
    rows, notes = read_manifest(files.cat_file(path), PurePosixPath(path).name)
    folder = path.rpartition("/")[0]
    found = []
    for row in rows:
        if "://" in row.path:
            found.append(look_at(row.path, row.path, row.facts))
            continue
        place = row.path if row.path.startswith("/") else f"{folder}/{row.path}"
        found.append(look_at(files.unstrip_protocol(place), row.path, row.facts))
    return Listing(tuple(found), tuple(notes))


def _unreachable(url: str, error: Exception) -> UsageError:
    return UsageError(
        f"{_without_secrets(url)}: can't be read ({type(error).__name__}).",
        "Check the address, your rights and the network.",
    )


def _lost(found: Found, error: Exception) -> InputError:
    return InputError(
        f"{found.name} can't be fetched ({type(error).__name__}).", "Try again with --retry-failed."
    )


def _without_secrets(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"
