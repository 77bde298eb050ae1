"""Checklists: every line of a coaching system as a check that is decided with proof (docs/checklists.md)."""

from pipeline.checklist.checks import Judge
from pipeline.checklist.coach import CoachNote, coach_note
from pipeline.checklist.compare import ChecklistChange, ItemChange, compare_parts
from pipeline.checklist.describe import describe
from pipeline.checklist.finding import Finding
from pipeline.checklist.heard import not_heard, unheard_of
from pipeline.checklist.load import (
    LoadedChecklist,
    find_checklist,
    known_moves,
    load_checklist,
    load_checklists,
    shipped_names,
)
from pipeline.checklist.model import Checklist, json_schema
from pipeline.checklist.score import ChecklistResult, ItemResult, score_checklists
from pipeline.checklist.view import Context, OtherCall

__all__ = [
    "Checklist",
    "ChecklistChange",
    "ChecklistResult",
    "CoachNote",
    "Context",
    "Finding",
    "ItemChange",
    "ItemResult",
    "Judge",
    "LoadedChecklist",
    "OtherCall",
    "coach_note",
    "compare_parts",
    "describe",
    "find_checklist",
    "json_schema",
    "known_moves",
    "load_checklist",
    "load_checklists",
    "not_heard",
    "score_checklists",
    "shipped_names",
    "unheard_of",
]
