"""What may stand on a terminal: safe text, in characters that it can show, as wide as it is.

Nothing rests on colour alone; on a console that can't show them, drawn characters become ASCII.
What was said in the call is data: control characters are taken out, markup is never interpreted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

ROLE_STYLES = {"agent": "blue", "customer": "yellow", "other": "cyan", "both": "magenta", "nobody": "dim"}
VERDICT_STYLES = {"pass": "green", "fail": "red", "unsure": "yellow", "not_applicable": "dim"}
_WIDTH_MAX = 110
# C0 and C1 controls, and what reorders or hides text: a transcript must not steer the terminal.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_TYPOGRAPHIC = str.maketrans(
    {
        "\N{NO-BREAK SPACE}": " ",
        "·": "-",
        "“": '"',
        "”": '"',
        "—": "-",
        "–": "-",
        "…": "...",
        "±": "+/-",
        "−": "-",
        "’": "'",
    }
)


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters that reports are drawn with."""

    full: str = "█"
    empty: str = "·"
    line: str = "─"
    band: str = "━"
    mark: str = "●"
    ellipsis: str = "…"
    dash: str = "—"
    dot: str = "·"
    warn: str = "!"
    passed: str = "✓"
    failed: str = "✗"
    unsure: str = "?"
    not_applicable: str = "·"

    @classmethod
    def of(cls, console: Console) -> Glyphs:
        """Return those that a console can show."""
        return _ASCII if console.options.ascii_only else cls()

    @property
    def verdicts(self) -> dict[str, str]:
        """A mark for each verdict."""
        return {
            "pass": self.passed,
            "fail": self.failed,
            "unsure": self.unsure,
            "not_applicable": self.not_applicable,
        }


_ASCII = Glyphs("#", ".", "-", "=", "O", "...", "-", "-", "!", "+", "x", "?", "-")


def plain(text: str) -> str:
    """Return `text` on one line, without control characters or characters that turn its direction."""
    return " ".join(_UNSAFE.sub(" ", text).split())


@dataclass(frozen=True, slots=True)
class Screen:
    """A console as one call's report is laid out on it.

    Parameters
    ----------
    width : int
        Columns.
    ascii : bool
        Nothing else can be shown.
    glyphs : Glyphs
    """

    width: int
    ascii: bool
    glyphs: Glyphs

    @classmethod
    def of(cls, console: Console) -> Screen:
        """Return that of a console, no wider than lines are easily read."""
        return cls(min(console.width, _WIDTH_MAX), console.options.ascii_only, Glyphs.of(console))

    def text(self, content: str, style: str = "") -> Text:
        """Return safe text in this console's characters."""
        safe = plain(content)
        return Text(safe.translate(_TYPOGRAPHIC) if self.ascii else safe, style)

    def section(self, title: str, body: RenderableType) -> RenderableType:
        """Return an indented body under its title, with an empty line above."""
        return Group(Text(), self.text(title, "bold"), Padding(body, (0, 0, 0, 2)))


def grid() -> Table:
    """Return an empty table without lines, two spaces between its columns."""
    return Table.grid(padding=(0, 2, 0, 0))
