"""The model hub, at pinned revisions, through huggingface_hub (imported when needed; telemetry off)."""

from __future__ import annotations

import errno
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.identity import file_digest
from pipeline.weights.progress import watched
from pipeline.weights.sources import Fetched, Job, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.weights.spec import HubSource, ModelFile

_REQUEST_S = 5.0  # one question to the hub
_ANSWER_S = 10.0  # the same with name look-up and handshake, which have time-outs of their own
_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}
_unreachable: list[str] = []  # remembered for the process, so that nobody waits twice


def forget() -> None:
    """Forget that the hub could not be reached."""
    _unreachable.clear()


def from_hub(job: Job) -> list[Fetched]:
    """Fetch files from the hub into the working folder.

    Raises
    ------
    SourceError
        The hub has no such model, can't be reached, or refuses.
    OSError
        No space left, or no right to write.
    """
    hub = job.spec.hub
    if hub is None:
        raise SourceError("the hub does not have it")
    if _unreachable:
        raise SourceError(_unreachable[0])
    library = _library()
    return [_fetch(library, hub, file, job) for file in job.wanted]


def _library() -> Any:
    # Read at import. Xet would speak to further hosts; plain HTTPS serves mirrors and proxies as well.
    for name in ("HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_UPDATE_CHECK"):
        os.environ[name] = "1"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    import huggingface_hub
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True  # where it was imported before us
    constants.HF_HUB_DISABLE_XET = True
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    return huggingface_hub


def _token() -> str | bool:
    # From the environment only: never one that lies about on disk.
    return os.environ.get("HF_TOKEN") or os.environ.get("HUGGING_FACE_HUB_TOKEN") or False


def _fetch(library: Any, hub: HubSource, file: ModelFile, job: Job) -> Fetched:
    folder = job.work / "hub"

    def size_there() -> int | None:
        url = library.hf_hub_url(hub.repo, file.name, revision=hub.revision)
        size: int | None = library.get_hf_file_metadata(url, token=_token(), timeout=_REQUEST_S).size
        return size

    try:
        size = _in_time(size_there)
        with watched(folder, f"{job.spec.name}: {file.name}", size, job.progress):
            got = library.hf_hub_download(
                hub.repo,
                file.name,
                revision=hub.revision,
                local_dir=folder,
                token=_token(),
                etag_timeout=_REQUEST_S,
            )
        target = job.work / file.name
        Path(got).replace(target)
        target.chmod(0o600)
        return Fetched(file.name, target, file_digest(target), target.stat().st_size)
    except Exception as error:  # whatever the library and the network stacks below it raise
        raise _mapped(error, hub, file) from error


def _in_time(ask: Callable[[], int | None]) -> int | None:
    """Ask the hub, with a limit that also covers what has no time-out of its own, such as name look-up."""
    outcome: list[int | Exception | None] = []

    def work() -> None:
        try:
            outcome.append(ask())
        except Exception as error:  # noqa: BLE001  (handed to the caller's thread)
            outcome.append(error)

    thread = threading.Thread(target=work, name="hub-question", daemon=True)
    thread.start()
    thread.join(_ANSWER_S)
    if not outcome:
        raise TimeoutError(f"no answer within {_ANSWER_S:.0f} s")
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _mapped(error: Exception, hub: HubSource, file: ModelFile) -> Exception:
    """The library's error as ours."""
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        return error
    reason = _refusal(error, hub, file)
    if reason is None:
        reason = f"it can't be reached ({_brief(error)})"
        _unreachable.append(reason)
    return SourceError(reason)


def _refusal(error: Exception, hub: HubSource, file: ModelFile) -> str | None:
    """Why the hub, which was reached, does not give a file; None where it was not reached."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set"
    if isinstance(error, errors.GatedRepoError) or (hub.gated and status in (401, 403)):
        return f"{hub.repo} asks for an account: accept its terms there and set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError | errors.RevisionNotFoundError):
        return f"{hub.repo} at revision {hub.revision[:8]} is not there"
    if isinstance(error, errors.EntryNotFoundError) and status is not None:
        return f"{hub.repo} has no {file.name} at revision {hub.revision[:8]}"
    return None if status is None else f"{hub.repo}: the hub answered with HTTP {status}"


def _brief(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return (text[0] if text else type(error).__name__)[:120]
