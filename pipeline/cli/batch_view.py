"""A batch as a person or a machine watches it: a live picture, a line a minute, or JSON lines."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.batch import events
from pipeline.batch.tally import Tally
from pipeline.cli.console import counted
from pipeline.timeline.plain import duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.live import Live

    from pipeline.cli.console import Terminal

_A_MINUTE_S = 60.0
_NAMES = {
    events.Note: "note",
    events.Started: "started",
    events.More: "more",
    events.CallStarted: "call_started",
    events.CallDone: "call_done",
    events.CallFailed: "call_failed",
    events.CallAgain: "call_again",
    events.CallTwice: "duplicate",
}


class View(Protocol):
    """Draws events."""

    def __call__(self, event: events.Event) -> None:
        """Take an event."""
        ...


@contextmanager
def view_for(terminal: Terminal, echo: Callable[[str], None]) -> Iterator[View]:
    """Choose the view for a terminal.

    Parameters
    ----------
    terminal : Terminal
    echo : callable
        Writes one line to stdout.
    """
    view: View
    if terminal.json:
        yield JsonView(echo)
    elif terminal.quiet:
        yield _nothing
    elif terminal.err.is_terminal:
        view = LiveView(terminal)
        with view.shown():
            yield view
    else:

        def say(line: str) -> None:
            terminal.err.print(line, style="dim", markup=False, soft_wrap=True)  # a log's lines stay whole

        yield LineView(say)


def _nothing(event: events.Event) -> None:
    """Draw nothing."""


class JsonView:
    """One JSON object a line: ``{"event": …, "at": …, …}`` (docs/batch.md)."""

    def __init__(self, echo: Callable[[str], None], now: Callable[[], datetime] | None = None) -> None:
        self._echo = echo
        self._now = now or (lambda: datetime.now(UTC))

    def __call__(self, event: events.Event) -> None:
        """Take an event."""
        if isinstance(event, events.Ended):
            self._write("summary", event.summary.to_dict())
        elif type(event) in _NAMES:
            self._write(_NAMES[type(event)], asdict(event))

    def _write(self, name: str, content: dict[str, Any]) -> None:
        at = self._now().isoformat(timespec="milliseconds")
        self._echo(json.dumps({"event": name, "at": at, **content}, ensure_ascii=False))


class LineView:
    """For logs: what goes wrong at once, where it stands once a minute."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._tally = Tally(clock)
        self._next_s: float | None = None

    def __call__(self, event: events.Event) -> None:
        """Take an event."""
        self._tally.take(event)
        for line in lines_of(event):
            self._say(line)
        if isinstance(event, events.Started):
            self._next_s = self._clock() + _A_MINUTE_S
        elif self._next_s is not None and self._clock() >= self._next_s:
            self._next_s = self._clock() + _A_MINUTE_S
            if self._tally.at_work:
                self._say(state_line(self._tally))


class LiveView:
    """For terminals: counts, speed and the calls at work, drawn anew as they change."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._tally = Tally()
        self._step = ""
        self._live: Live | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw while the body runs; gone afterwards."""
        from rich.live import Live

        with Live(
            get_renderable=self.picture, console=self._terminal.err, refresh_per_second=4, transient=True
        ) as self._live:
            yield
        self._live = None

    def __call__(self, event: events.Event) -> None:
        """Take an event."""
        self._tally.take(event)
        if isinstance(event, events.Step):
            of = f" {event.completed:.0f}/{event.total:.0f}" if event.total else ""
            self._step = f"{event.name}{of}"
        elif isinstance(event, events.Started):
            self._step = ""
        if isinstance(event, events.Ended):
            return
        for line in lines_of(event):
            self._terminal.say(line)

    def picture(self) -> Any:
        """Return what is shown now."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        tally = self._tally
        if self._step:
            return Text(f"{self._step} …", style="dim")
        if not tally.to_do:
            return Text("waiting for recordings …" if tally.began else "", style="dim")
        rows = Table.grid(padding=(0, 2))
        for name, stage, share in list(tally.at_work.values()):
            how_far = f"{share:4.0%}" if share is not None else ""
            rows.add_row(Text(name, overflow="ellipsis", no_wrap=True), Text(stage, style="dim"), how_far)
        total = tally.audio_s or 1.0
        bar = Table.grid()  # ends its line, which a bar of its own does not
        bar.add_row(ProgressBar(total=total, completed=min(total, tally.audio_done_s), width=40))
        return Group(bar, Text(state_line(tally)), rows)


def state_line(tally: Tally) -> str:
    """Return where a run stands, in one line."""
    parts = [f"{tally.done} of {tally.to_do} calls", _hours(tally.audio_done_s, tally.audio_s)]
    if tally.speed is not None:
        parts.append(f"{tally.speed:.1f} × real time")
    if tally.left_s is not None and tally.done < tally.to_do:
        parts.append(f"about {duration(tally.left_s)} left")
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    return " · ".join(parts)


def _hours(done_s: float, all_s: float) -> str:
    return f"{done_s / 3600:.2f} of {all_s / 3600:.2f} h of audio"


def lines_of(event: events.Event) -> list[str]:
    """Return what is said at once of an event, for people."""
    if isinstance(event, events.Note):
        return [event.message]
    if isinstance(event, events.CallFailed):
        return [f"failed: {event.what} {event.remedy}".rstrip()]
    if isinstance(event, events.CallAgain):
        return [f"{event.name}: its worker was lost ({event.what}); another one gets it."]
    if isinstance(event, events.Started) and event.workers:
        memory = f"planned for {event.memory_mb} MB together"
        earlier = f" ({event.done} done earlier)" if event.done else ""
        audio = f", {duration(event.audio_s)} of audio" if event.audio_s >= 1 else ""
        work = f"{counted(event.to_do, 'call')} to do{earlier}{audio}; " if event.to_do else ""
        each = " each" if event.workers > 1 else ""
        workers = f"{counted(event.workers, 'worker')} with {counted(event.threads, 'thread')}{each}"
        return [f"{work}{workers}, {memory}."]
    if isinstance(event, events.More):
        return [f"{event.to_do} new, {duration(event.audio_s)} of audio."]
    return []
