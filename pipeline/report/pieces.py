"""Pieces of HTML that stand in a call's page many times: buttons that play, lines of numbers. Pure."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.report.schema import Evidence, Pair

LEAD_S = 2.0  # evidence is played from this long before: what led to it belongs to it
_AFTER_S = 0.5
_CLOCK = re.compile(r"(?<![\d:])(\d{1,2}(?::[0-5]\d){1,2})(?![\d:])")
_TO_UNIT = re.compile(r" (?:(?=(?:s|min|h|%|±)[.,;)]*(?: |\Z))|(?<=± )(?<![^ ]± ))")  # before it; after "±"
_GO = '<i class="go" aria-hidden="true"></i>'


def together(text: str) -> str:
    """Return `text` with numbers and their units kept on one line."""
    return _TO_UNIT.sub("\u00a0", text)


def timed(text: str) -> Markup:
    """Return `text` with each time in it (``1:06``) as a button that plays from there."""
    found = []
    for k, part in enumerate(_CLOCK.split(together(text))):
        if k % 2:  # digits and colons
            seconds = reduce(lambda total, figure: total * 60 + int(figure), part.split(":"), 0)
            play = f'data-play="{max(0.0, seconds - LEAD_S)}"'
            found.append(
                f'<button type="button" class="time" {play} aria-label="Play at {part}">{part}</button>'
            )
        else:
            found.append(escape(part))
    return Markup("".join(found))  # noqa: S704 - escaped above


def button(span: Pair, label: str = "", lead_s: float = LEAD_S) -> Markup:
    """Return a button that plays `span`, from `lead_s` before it, with what it is and its time."""
    named = escape(label)
    name, shown = (f"{named} ", f'<b dir="auto">{named}</b> ') if label else ("", "")
    return Markup(f"{_plays(span, f'Play {name}at', shown, lead_s)}</button>\n")  # noqa: S704 - escaped above


def evidence(proof: Iterable[Evidence]) -> Markup:
    """Return a line of a list for each: a button that plays it, with what is said there."""
    lines = []
    for one in proof:
        said = f' <span dir="auto">{escape(one.text)}</span>' if one.text else ""
        lines.append(f"<li>{_plays(one.span, 'Play the evidence at')}{said}</button></li>\n")
    return Markup("".join(lines))  # noqa: S704 - escaped above


def rows(numbers: Iterable[tuple[str, str]]) -> Markup:
    """Return the lines of a list of numbers, of each its name and value."""
    lines = [
        f"<div><dt>{escape(name)}</dt><dd>{escape(together(value))}</dd></div>\n" for name, value in numbers
    ]
    return Markup("".join(lines))  # noqa: S704 - escaped above


def _plays(span: Pair, name: str, shown: str = "", lead_s: float = LEAD_S) -> str:
    """Return a button up to its time: it plays from before `span` to a little after it."""
    at = clock(span[0])
    plays = f'data-play="{max(0.0, span[0] - lead_s):.3f}" data-until="{span[1] + _AFTER_S:.3f}"'
    return f'<button type="button" class="at"  {plays} aria-label="{name} {at}">{_GO}{shown}{at}'
