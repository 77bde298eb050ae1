"""What was done in a call: greeting, complaint, empathy, apology, offer … by files that a QA team edits.

Heavy libraries (ctranslate2, tokenizers, numpy) are imported only where a sentence model is used.
"""

from pipeline.moves.config import Mode, MovesConfig, MoveSpec, load_moves
from pipeline.moves.find import NO_MOVES, CallContext, find_moves, notes
from pipeline.moves.settings import MoveSettings

FINDER_VERSION = 2  # raise it when the code, not the files, changes what is found: stored moves are made anew

__all__ = [
    "FINDER_VERSION",
    "NO_MOVES",
    "CallContext",
    "Mode",
    "MoveSettings",
    "MoveSpec",
    "MovesConfig",
    "find_moves",
    "load_moves",
    "notes",
]
