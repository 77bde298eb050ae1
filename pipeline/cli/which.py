"""Which calls: the days and names that a user gives, and what is said when they fit nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection

WHICH = "Which calls"
_ALIKE = 0.4  # a name of a few letters is mistyped sooner than an option


@dataclass(frozen=True)
class Period:
    """Days that calls were recorded on, as a group of options; a call without a date is outside of any."""

    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only calls from this day on: 2026-10-01.", rich_help_panel=WHICH),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Only calls up to this day, it included.", rich_help_panel=WHICH),
    ] = None

    def days(self) -> tuple[date | None, date | None]:
        """Return the first and the last day.

        Raises
        ------
        UsageError
            If one is no date, or the last comes before the first.
        """
        first, last = _day("--since", self.since), _day("--until", self.until)
        if first and last and last < first:
            raise UsageError(f"--until {last} is before --since {first}.", "Give them the other way round.")
        return first, last


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} takes a day such as 2026-10-01, not {text!r}.") from None


def find_agent(names: Collection[str], asked: str) -> str:
    """Return the agent who is meant; upper case doesn't matter where it is clear.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    plain = asked.strip()
    if plain in names:
        return plain
    alike = [name for name in names if name.casefold() == plain.casefold()]
    if len(alike) == 1:
        return alike[0]
    remedy = "A manifest, or a pattern for the file names, says who the agent is."
    raise UsageError(
        f"No call is of an agent named {asked!r}.",
        did_you_mean(asked, names, alike=_ALIKE) if names else remedy,
    )


def find_call(ids: Collection[str], asked: str) -> str:
    """Return the call that is meant.

    Raises
    ------
    UsageError
        If there is none of that id.
    """
    if asked in ids:
        return asked
    raise UsageError(f"There is no result of a call {asked!r}.", did_you_mean(asked, ids, alike=_ALIKE))
