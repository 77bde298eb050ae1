"""The edge of the plan: what it must know of models, files and folders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.batch.journal import place_key
from pipeline.batch.plan import Known, Plan, alike, make_plan
from pipeline.batch.worker import make_models
from pipeline.identity import call_id_for, file_digest
from pipeline.stages.artifacts import digest_of
from pipeline.stages.call import RESULT
from pipeline.stages.diarizers import check_diarizer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from pipeline.batch.items import Found
    from pipeline.batch.journal import Entry
    from pipeline.batch.options import BatchOptions
    from pipeline.settings import Settings

    Progress = Callable[[str, float, float | None], None]

_READERS = 4  # files read at the same time: disks and networks have latency


class Planner:
    """Makes plans for a folder of results.

    Parameters
    ----------
    options : BatchOptions
    entries : mapping of place to Entry
        The journal; looked at anew for each plan.
    """

    def __init__(self, options: BatchOptions, entries: Mapping[str, Entry]) -> None:
        self._options = options
        self._entries = entries
        self._keys: dict[str, tuple[Found, str]] = {}

    @cached_property
    def run_key(self) -> str:
        """Digest of what shapes all results of this run: program, settings, models.

        Raises
        ------
        MissingComponentError
            If a model can't be had.
        UsageError
            If a checklist is not in order, or there is no such diarizer.
        """
        options = self._options
        check_diarizer(options.settings.diarization.diarizer)
        models = make_models(options.worker())
        ids: list[object] = [models.silero_id(), models.segmentation_id(options.settings)]
        if options.settings.transcript:
            ids += [models.whisper_id(options.settings), models.sentences_id(options.settings)]
        return digest_of(
            [__version__, options.settings.to_dict(), ids, _own(options.settings), options.page_audio.value]
        )

    def key_of(self, found: Found) -> str:
        """Return the digest of all that shapes a call's result, but for the recording itself."""
        known = self._keys.get(found.place)
        if known is None or known[0].facts != found.facts:
            known = self._keys[found.place] = found, digest_of([self.run_key, found.facts.to_dict()])
        return known[1]

    def plan(
        self, found: Sequence[Found], progress: Progress, taken: Collection[str] = (), *, retry_failed: bool
    ) -> Plan:
        """Decide what is to be done with recordings; contents are read only where sizes are alike.

        Parameters
        ----------
        found : sequence of Found
        progress : callable
            Called with (step, completed, total).
        taken : collection of str
            Call ids that are given to others.
        retry_failed : bool
        """
        digests = self._digests(alike(found, self._entries), progress)
        known = Known(
            self._entries,
            self.key_of,
            self._has_result,
            self._is_free,
            retry_failed=retry_failed,
            taken=taken,
        )
        return make_plan(found, known, digests)

    def _digests(self, found: Sequence[Found], progress: Progress) -> dict[str, str]:
        digests = {}
        with ThreadPoolExecutor(_READERS) as readers:
            for k, (one, sha256) in enumerate(zip(found, readers.map(_digest, found), strict=True)):
                progress("comparing recordings of one size", k, len(found))
                if sha256:
                    digests[one.place] = sha256
        return digests

    def _has_result(self, call_id: str) -> bool:
        return (self._options.out / call_id / RESULT).is_file()

    def _is_free(self, call_id: str, found: Found) -> bool:
        """Tell whether no folder of that name is there, or one of the same recording (see `call_id_for`)."""
        out = self._options.out
        if not (out / call_id).exists():
            return True
        if found.is_remote:
            return place_key(found.place) in self._entries
        return call_id_for(Path(found.place), out, given=call_id) == call_id


def _own(settings: Settings) -> list[str]:
    """Return digests of the user's own checklists and moves: the shipped ones come with the version."""
    if not settings.checklists and not settings.moves.folders:
        return []
    from pipeline.stages.checklists import checklists_of

    files = [path for folder in settings.moves.folders for path in sorted(Path(folder).rglob("*.y*ml"))]
    return [*(one.digest for one in checklists_of(settings)), *(file_digest(path) for path in files)]


def _digest(found: Found) -> str:
    try:
        return file_digest(Path(found.place))
    except OSError:
        return ""  # what is wrong with it is said when its turn comes
