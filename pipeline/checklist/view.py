"""One call as the checks look at it: moves by name, windows, phrases, and what to play. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.checklist.finding import EVIDENCE_MAX
from pipeline.checklist.windows import EDGE_S, NO_COMPLAINT, Window, Windows
from pipeline.measures.verdict import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.checklist.model import Check
    from pipeline.measures.facts import CallFacts
    from pipeline.timeline import Move, Role, Span

QUOTE = 160


@dataclass(frozen=True)
class OtherCall:
    """Another call of the same customer, as far as the user has linked them.

    Parameters
    ----------
    call_id : str
    recorded_at : str
        As ISO 8601; for people.
    moves : tuple of Move
    """

    call_id: str
    recorded_at: str
    moves: tuple[Move, ...]


@dataclass(frozen=True)
class Context:
    """What a checklist brings along, besides its lines.

    Parameters
    ----------
    phrases : mapping of name to patterns
        For `mentions`, of the checklist's language.
    language : str or None
        Of the phrases; ``None``: they fit any.
    """

    phrases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    language: str | None = None

    @cached_property
    def key(self) -> str:
        """What it holds, as a digest: checks under equal contexts come to the same."""
        held = repr((self.language, sorted(self.phrases.items())))
        return hashlib.sha256(held.encode()).hexdigest()


class CallView:
    """What checks ask of a call.

    Parameters
    ----------
    facts : CallFacts
    context : Context
    windows : Windows
        Shared between the checklists of one call.
    """

    def __init__(self, facts: CallFacts, context: Context, windows: Windows) -> None:
        self.facts = facts
        self.context = context
        self.windows = windows

    # -- windows ----------------------------------------------------------------------------------

    def window(self, check: Check) -> Window | None:
        """Return where a check looks; ``None`` if the call has no such stretch."""
        return self.windows.get(check.within, check.first_s)

    def no_window(self, check: Check) -> str:
        """Say why there is none."""
        if self.windows.vent is None and check.within not in ("after_solving", "closing"):
            return NO_COMPLAINT
        if check.within == "later_vents":
            return "There is no second complaint."
        return "The call has no such stretch."

    # -- what to play -----------------------------------------------------------------------------

    def stretches(self, window: Window, role: Role, text: str) -> list[Evidence]:
        """Return what to play where nothing was found (`Windows.stretches`), with a word on it."""
        return [Evidence(span, text) for span in self.windows.stretches(window, role)]

    def whole(self, text: str) -> tuple[Evidence, ...]:
        """Return the whole call as evidence."""
        extent = self.facts.timeline.extent
        return (Evidence(extent, text),) if extent else ()

    def ending(self, text: str) -> tuple[Evidence, ...]:
        """Return the call's last part as evidence."""
        window = self.windows.get("closing")
        return (Evidence(window.span, text),) if window else ()

    def said(self, role: Role, span: Span) -> str:
        """Return the words of a party in a stretch."""
        turns = (turn for turn in self.facts.timeline.turns if turn.role is role and turn.span.overlaps(span))
        return quoted(
            " ".join(
                w.text
                for turn in turns
                for w in turn.words
                if w.start_s < span.end_s and span.start_s < w.end_s
            )
        )

    # -- phrases ----------------------------------------------------------------------------------

    @property
    def phrases_fit(self) -> bool:
        """Whether the phrases are of the call's language."""
        pack = self.facts.timeline.language
        return self.context.language is None or pack is None or pack.code == self.context.language

    def mentions(self, wanted: Sequence[str], move: Move) -> bool:
        """Tell whether a sentence, or the turn around it, holds all these phrases.

        The turn counts because the time is often said apart: "I'll ring you myself. Tuesday at four?"
        """
        for name in wanted:
            if not (self._says(name, move.text) or self._says(name, self.windows.text_around(move))):
                return False
        return True

    def _says(self, name: str, text: str) -> bool:
        patterns = self.context.phrases.get(name, ())
        known = self.windows.mentioned.get((patterns, text))
        if known is None:
            known = self.windows.mentioned[patterns, text] = self.windows.written(text).holds(patterns)
        return known


def starts_within(one: Span, span: Span) -> bool:
    """Tell whether something starts in a window, as well as a sentence's edges are known."""
    return span.start_s - EDGE_S <= one.start_s < span.end_s


def quotes(moves: Sequence[Move]) -> list[Evidence]:
    """Return sentences as evidence, each once."""
    if len(moves) == 1:
        return [Evidence(moves[0].span, quoted(moves[0].text))]
    found: dict[tuple[float, float], Evidence] = {}
    for move in moves:
        key = (move.span.start_s, move.span.end_s)
        if key not in found:
            found[key] = Evidence(move.span, quoted(move.text))
            if len(found) == EVIDENCE_MAX:
                break
    return list(found.values())


def quoted(text: str) -> str:
    """Return a quote of bearable length."""
    return text if len(text) <= QUOTE else f"{text[: QUOTE - 1].rstrip()}…"
