"""A remark about a recording or a result, for people and machines: `Note`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.timeline.spans import Span

_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Note:
    """One warning, as the result file lists it.

    Parameters
    ----------
    code : str
        Stable name in snake_case, for machines, such as ``silent_channel``.
    message : str
        One sentence for people: what is the matter, with the numbers; never what was said in the call.
    span : Span, optional
        Where in the recording it applies; ``None``: to all of it.

    Raises
    ------
    ValueError
        If the code is not snake_case or the message is empty or longer than a line.
    """

    code: str
    message: str
    span: Span | None = None

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise ValueError(f"a note's code is snake_case, not {self.code!r}")
        if not self.message.strip() or "\n" in self.message:
            raise ValueError(f"a note's message is one line of text, not {self.message!r}")

    def to_dict(self, digits: int = 3) -> dict[str, object]:
        """Return ``{code, message, span?}``; times in seconds, rounded to `digits` decimals."""
        row: dict[str, object] = {"code": self.code, "message": self.message}
        if self.span is not None:
            row["span"] = [round(self.span.start_s, digits), round(self.span.end_s, digits)]
        return row
