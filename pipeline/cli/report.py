"""``hearout report``: the figures of a team as one page, or the coaching summary of one agent."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal
from pipeline.cli.groups import takes_groups
from pipeline.cli.which import WHICH, Period, find_agent
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pipeline.cli.progress import StageProgress
    from pipeline.errors import InputError
    from pipeline.report.team import Gathered, TeamReport
    from pipeline.report.team.agent import Coaching, Wording
    from pipeline.report.team.page import Surroundings
    from pipeline.store import CallFilter, Reader

PAGE = "team.html"
MIN_CALLS = 20

EXAMPLES = options.examples(
    ("hearout report hearout-results", "hearout-results/team.html: all calls"),
    ("hearout report hearout-results --team Billing --since 2026-10-01", "one team's calls since October"),
    ("hearout report hearout-results --agent 'Emma Clarke' --format pdf", "two pages for one agent"),
    ("hearout report hearout-results --json | jq '.report.all'", "the numbers"),
)


@takes_groups
def report(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="Folder of results, as analyze or batch wrote it.", show_default=False
        ),
    ],
    *,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A coaching summary of this agent: three moments to play, one goal.",
            rich_help_panel=WHICH,
        ),
    ] = None,
    team: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Only calls of this team, by the manifest's column [cyan]team[/cyan].",
            rich_help_panel=WHICH,
        ),
    ] = None,
    period: Period,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="html|pdf",
            help="Of the file; pdf for a coaching summary only.",
            rich_help_panel=options.WHERE,
        ),
    ] = "html",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            parser=options.output,
            metavar="<path>",
            help="The file to write; its folder is made if missing.",
            show_default="DIR/team.html",
            rich_help_panel=options.WHERE,
        ),
    ] = None,
    min_calls: Annotated[
        int,
        typer.Option(
            "--min-calls",
            metavar="N",
            help="Agents and teams with fewer calls get no figure of their own.",
            rich_help_panel=options.HOW,
        ),
    ] = MIN_CALLS,
    config: options.Config = None,
    database: options.Database = None,
    no_transcript: Annotated[
        bool,
        typer.Option(
            "--no-transcript",
            help="No word of what was said in a coaching summary (the team page never holds any).",
            rich_help_panel=options.HOW,
        ),
    ] = False,
    json_: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Show how a team listens: one page with every rate, its likely range and the number of calls behind it.

    Agents are listed by name, never ranked. What could not be decided stands
    beside each figure. With --agent, two pages for one agent and their coach.
    docs/report.md says how the figures are made. They come from the database
    of the results, which is brought up to date first.
    """
    if form not in ("html", "pdf"):
        raise UsageError(f"--format takes html or pdf, not {form!r}.")
    if form == "pdf" and agent is None:
        raise UsageError(
            "A PDF is made of one agent's summary only.",
            "Name the agent with --agent, or print the team's page from a browser.",
        )
    if min_calls < 1:
        raise UsageError(f"--min-calls takes 1 or more, not {min_calls}.")
    if out is not None and out.is_dir():
        raise UsageError(f"{out} is a folder.", f"Name a file with --out, such as {out / PAGE}.")
    which = _Which(agent, team, *period.days())
    terminal = Terminal(json=json_, quiet=quiet)
    run = _Run(folder, which, terminal, min_calls=min_calls, config=config, transcript=not no_transcript)
    run.read(database)
    run.write(form, out)
    run.say()
    if run.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


@dataclass(frozen=True)
class _Which:
    """Which calls were asked for."""

    agent: str | None
    team: str | None
    since: date | None
    until: date | None

    @property
    def filter(self) -> CallFilter:
        """Return the filter of the calls; of an agent's summary too: it compares with all of them."""
        from pipeline.store import CallFilter

        return CallFilter(since=self.since, until=self.until)

    @property
    def told(self) -> tuple[str, ...]:
        """Return it in words."""
        from pipeline.report.team.words import day

        return (
            *([f"team {self.team}"] if self.team else []),
            *([f"since {day(self.since)}"] if self.since else []),
            *([f"until {day(self.until)}"] if self.until else []),
        )


class _Run:
    """One report: reads the store, makes the figures, writes the file."""

    def __init__(
        self,
        folder: Path,
        which: _Which,
        terminal: Terminal,
        *,
        min_calls: int,
        config: Path | None,
        transcript: bool,
    ) -> None:
        from pipeline.report.team import TeamSettings
        from pipeline.settings import load_settings
        from pipeline.store import result_files

        self.folder, self.which, self.terminal, self.transcript = folder, which, terminal, transcript
        self.settings = TeamSettings(min_calls, load_settings(config).talk)
        self.failed: tuple[tuple[str, InputError], ...] = ()
        self.moments: dict[str, float] = {}
        self.calls: dict[str | None, set[str]] = {}
        self.coaching: Coaching | None = None
        self.report: TeamReport
        self.path: Path
        if not result_files(folder):
            raise UsageError(
                f"{folder}: no results in it.", "Make some with: hearout analyze AUDIO --out DIR"
            )

    def read(self, database: str | None) -> None:
        """Bring the database up to date and take the figures from it."""
        from pipeline.batch.machine import cores
        from pipeline.cli.progress import StageProgress
        from pipeline.store import open_store, sync_folder

        progress = StageProgress(self.terminal)
        with progress.of("report"), open_store(options.database_of(self.folder, database)) as store:
            self.failed = sync_folder(store, self.folder, progress, processes=cores()).failed
            for _, error in self.failed:
                self.terminal.complain(error.message, error.remedy)
            with store.read() as reader:
                self._figures(reader, progress)

    def _figures(self, reader: Reader, progress: StageProgress) -> None:
        from pipeline.report.team import Gathered, make_report
        from pipeline.report.team.call import HEARD
        from pipeline.store import CallFilter
        from pipeline.store.team import TeamRows, read_moments

        gathered, total = Gathered(), reader.count(self.which.filter)
        rows = TeamRows(reader, self.which.filter, self.which.team)
        for k, call in enumerate(rows.calls()):
            if k % 500 == 0:
                progress("adding up calls", k, total)
            gathered.add(call)
            self.calls.setdefault(call.agent, set()).add(call.id)
        if not gathered.cells:
            told = ", ".join(self.which.told).replace("\u00a0", " ")
            raise UsageError(f"{self.folder}: no call {told or 'in it'}.", "Ask for others.")
        self.report = make_report(gathered, rows.names(), self.settings)
        if self.which.agent is not None:
            self._coach(reader, gathered, self.which.agent)
            return
        chosen = tuple(one.call_id for one in (*self.report.best, *self.report.worst))
        if chosen:
            found = read_moments(reader, HEARD, CallFilter(ids=chosen))
            self.moments = {one.call_id: one.start_s for one in found}

    def _coach(self, reader: Reader, gathered: Gathered, agent: str) -> None:
        from pipeline.report.team.agent import choose_moments, find_coaching
        from pipeline.store.team import read_moments

        people = {one.name: one for one in self.report.agents if one.name is not None}
        person = people[find_agent(people, agent)]
        tally = gathered.total(lambda cell: cell.agent == person.name)
        found = find_coaching(self.report, person, tally, _wordings(self.report))
        if found.goal is not None:
            moments = read_moments(reader, found.goal.name.key, self.which.filter, person.name)
            asked = [one for one in moments if one.call_id in self.calls[person.name]]  # of the team
            found = replace(found, moments=choose_moments(asked))
        self.coaching = found

    def write(self, form: str, out: Path | None) -> None:
        """Write the page."""
        from pipeline.files import private_folder, write_atomic
        from pipeline.report.team.agent import summary_page
        from pipeline.report.team.page import team_page
        from pipeline.report.team.pdf import to_pdf

        self.path = out or self.folder / self._name(form)
        around = self._around()
        if self.coaching is None:
            content: str | bytes = team_page(self.report, around)
        else:
            linked = form == "html"
            page = summary_page(self.report, self.coaching, around, transcript=self.transcript, linked=linked)
            content = page if linked else to_pdf(page)
        private_folder(self.path.parent)
        write_atomic(self.path, content)

    def _name(self, form: str) -> str:
        from pipeline.identity import safe_id

        if self.coaching is None:
            return PAGE
        return f"coaching-{safe_id(str(self.coaching.person.name))}.{form}"

    def _around(self) -> Surroundings:
        from pipeline.report.team.page import Surroundings

        place = self.folder.resolve()
        from_page = os.path.relpath(place, self.path.resolve().parent)
        there = "" if from_page == "." else Path(from_page).as_posix() + "/"
        return Surroundings(
            title=place.name,
            folder=there,
            chosen=self.which.told,
            failed=len(self.failed),
            moments=self.moments,
        )

    def say(self) -> None:
        """Say what was found and where it lies."""
        if self.terminal.json:
            document: dict[str, Any] = {
                "file": str(self.path),
                "failed": [
                    {"id": name, "error": error.message, "remedy": error.remedy}
                    for name, error in self.failed
                ],
            }
            if self.coaching is not None:
                document["coaching"] = self.coaching.to_dict()
            document["report"] = self.report.to_dict()
            typer.echo(json.dumps(document, ensure_ascii=False, indent=1))
            return
        out = self.terminal.out
        for line in self._lines():
            out.print(line, markup=False)
        out.print(str(self.path), style="dim", markup=False)

    def _lines(self) -> list[str]:
        from pipeline.report.team import words as say
        from pipeline.report.team.notices import headline

        if self.coaching is not None:
            goal = self.coaching.goal
            calls = say.counted(self.coaching.person.calls, "call")
            said = (goal.wording.advice or goal.name.title) if goal else "none from these calls"
            lines = [f"{self.coaching.person.name}, {calls}. One goal: {said}"]
        else:
            told = headline(self.report)
            lines = [told["title"], *([told["more"]] if told["more"] else [])]
        return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in lines]


def _wordings(found: TeamReport) -> dict[str, Wording]:
    """Return what the shipped checklists say of their items; others go by their titles."""
    from pipeline.checklist import load_checklists, shipped_names
    from pipeline.report.team.agent import Wording

    used = {item.name.checklist for item in found.items if item.name.kind == "item"}
    return {
        f"{one.checklist.name}.{item.id}": Wording(item.strength or "", item.advice or "", item.critical)
        for one in load_checklists([name for name in shipped_names() if name in used])
        for item in one.checklist.items
    }
