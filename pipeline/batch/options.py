"""What one run is told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.batch.messages import WorkerSpec
from pipeline.batch.settings import BatchSettings
from pipeline.stages.call import PageAudio

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.settings import Settings

LOCAL_MODELS = "pipeline.batch.local:make_local_models"
NO_DATABASE = "none"


@dataclass(frozen=True)
class BatchOptions:
    """What to analyse, where to, and how.

    Parameters
    ----------
    source : str
        See `list_source`.
    out : Path
        Folder of the results.
    settings : Settings
        What shapes the results.
    batch : BatchSettings
        What doesn't.
    models : str
        ``module:name`` of what makes a worker's models, called with `offline` and `threads`.
    offline, retry_failed : bool
        Fetch no model; pages carry the audio; try again what failed earlier.
    database : str or None
        See `open_store`; ``None``: hearout.sqlite in `out`, ``"none"``: no database.
    """

    source: str
    out: Path
    settings: Settings
    batch: BatchSettings = field(default_factory=BatchSettings)
    models: str = LOCAL_MODELS
    offline: bool = False
    page_audio: PageAudio = PageAudio.INSIDE
    retry_failed: bool = False
    database: str | None = None

    def worker(self, threads: int = 1) -> WorkerSpec:
        """Return what a worker is made for."""
        return WorkerSpec(self.models, self.settings, self.out, self.offline, self.page_audio, threads)
