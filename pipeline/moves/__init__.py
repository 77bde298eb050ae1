"""What was done in a call: greeting, complaint, empathy, apology, offer … by files that a QA team edits.

Heavy libraries (ctranslate2, tokenizers, numpy) are imported only where a sentence model is used.
"""

from pipeline.moves.config import Mode, MovesConfig, MoveSpec, load_moves
from pipeline.moves.find import NO_MOVES, CallContext, find_moves, notes
from pipeline.moves.settings import MoveSettings

__all__ = [
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
