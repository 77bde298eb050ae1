"""Results in a database: SQLite beside them, or PostgreSQL. The result files stay the truth.

::

    with open_store(DIR) as store:
        sync_folder(store, DIR)
        for row in store.measures(CallFilter(agent="Emma")): ...
        store.search('"last bill" refund*')
"""

from pipeline.store.database import DATABASE, MEMORY, Target, find_target
from pipeline.store.reader import (
    CallFilter,
    CallRow,
    EventRow,
    Hit,
    MeasureRow,
    MoveRow,
    Reader,
    TurnRow,
    VerdictRow,
    WarningRow,
)
from pipeline.store.rows import Stamp, StoredResult, read_result
from pipeline.store.store import Store, open_store
from pipeline.store.sync import SyncReport, result_files, sync_folder

__all__ = [
    "DATABASE",
    "MEMORY",
    "CallFilter",
    "CallRow",
    "EventRow",
    "Hit",
    "MeasureRow",
    "MoveRow",
    "Reader",
    "Stamp",
    "Store",
    "StoredResult",
    "SyncReport",
    "Target",
    "TurnRow",
    "VerdictRow",
    "WarningRow",
    "find_target",
    "open_store",
    "read_result",
    "result_files",
    "sync_folder",
]
