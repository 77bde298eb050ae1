"""The stages of one call, and the only place where the rooms are joined.

::

    source ── audio ──┬── speech ── words ── heard ──┐
                      └── playback                   ├── score (pure) ── analysis.json
                                                     │
                          settings, language pack ───┘

Each stage is options + input → a stored artifact with a key over both. A stage whose key is unchanged is
read instead of run: a second run makes no model call, and changed thresholds re-run the pure part only.
"""
