"""Many calls: ten thousand recordings, nothing lost.

::

    sources ─ manifest ─ names ── what there is ──┐
    journal ───────────────────── what is done ───┴── plan (pure) ── supervisor ══ workers ── stages.call
                                                                          │
    journal, failures.csv, duplicates.csv, database, summary ◄── driver ──┘

One process, the driver, plans and keeps the books; worker processes analyse, each one call at a time. A call
is written by its worker, whole or not at all, and then noted in the journal. Either may be killed at any
moment: what the journal does not hold as done is done again, and gives the same.
"""
