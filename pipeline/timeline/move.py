"""A move: what a sentence does, as a labelled span. Found in `pipeline.moves`, used by every pure room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pipeline.timeline.roles import Role
    from pipeline.timeline.spans import Span

State = Literal["yes", "unsure"]


@dataclass(frozen=True, slots=True)
class Move:
    """What a sentence does.

    Parameters
    ----------
    name : str
    role : Role
        Who says it.
    confidence : float
        0 to 1; at least 0.6 where `state` is ``yes``, below that where it is ``unsure``.
    span : Span
        Of the sentence, seconds.
    text : str
        The sentence.
    state : {"yes", "unsure"}
        What is unsure is shown for review and counts for nothing.
    why : str
        What decided, in a few words and numbers; never what was said.
    judged : {"yes", "no"} or None
        What the optional judge says of an unsure move; marked as such, and never evidence.
    """

    name: str
    role: Role
    confidence: float
    span: Span
    text: str
    state: State = "yes"
    why: str = ""
    judged: Literal["yes", "no"] | None = None

    def __init__(  # noqa: PLR0913, PLR0917  # by hand, as of a span
        self,
        name: str,
        role: Role,
        confidence: float,
        span: Span,
        text: str,
        state: State = "yes",
        why: str = "",
        judged: Literal["yes", "no"] | None = None,
    ) -> None:
        _set_name(self, name)
        _set_role(self, role)
        _set_confidence(self, confidence)
        _set_span(self, span)
        _set_text(self, text)
        _set_state(self, state)
        _set_why(self, why)
        _set_judged(self, judged)

    @property
    def is_sure(self) -> bool:
        """Whether it counts."""
        return self.state == "yes"

    def at(self, span: Span) -> Move:
        """Return the same move at another place."""
        return Move(self.name, self.role, self.confidence, span, self.text, self.state, self.why, self.judged)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON-like values."""
        return {
            "name": self.name,
            "role": self.role.value,
            "confidence": self.confidence,
            "span": [self.span.start_s, self.span.end_s],
            "text": self.text,
            "state": self.state,
            "why": self.why,
            "judged": self.judged,
        }


_set_name, _set_role, _set_confidence, _set_span, _set_text, _set_state, _set_why, _set_judged = (
    Move.__dict__[name].__set__
    for name in ("name", "role", "confidence", "span", "text", "state", "why", "judged")  # the slots
)
