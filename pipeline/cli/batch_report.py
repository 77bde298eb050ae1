"""What a batch came to, and what it would do, for people."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from pipeline.cli.console import counted
from pipeline.timeline.plain import clock, duration, percent

if TYPE_CHECKING:
    from pipeline.batch.preview import Preview
    from pipeline.batch.summary import Summary

_SHOWN = 20


def summary_rows(summary: Summary) -> list[tuple[str, str]]:
    """Return label and text of each line of the closing summary."""
    rows = [("Done", _done(summary))]
    if summary.failed or summary.failed_before:
        rows.append(("Failed", _failed(summary)))
    if summary.duplicates:
        rows.append(("Twice there", f"{summary.duplicates}, analysed once"))
    if summary.linked:
        rows.append(("Linked", f"{summary.linked}, judged with their customer's later calls"))
    if summary.not_done:
        rows.append(("Not done", f"{summary.not_done}"))
    if summary.speed is not None:
        took = f"{duration(summary.audio_s)} of audio in {duration(summary.elapsed_s)}"
        rows.append(("Speed", f"{summary.speed:.1f} × real time ({took})"))
    team = summary.team
    if team.talk_ratio_median is not None:
        rows.append(
            ("Talk ratio", f"agents {percent(team.talk_ratio_median)} (median of {team.calls} calls)")
        )
    if team.calls:
        calls = f" in {team.interrupted_calls} of {team.calls} calls" if team.interruptions_by_agent else ""
        rows.append(("Agents cut in", f"{team.interruptions_by_agent} times{calls}"))
    if team.vents:
        rows.append(("Vents", f"{team.vents_heard} of {team.vents} heard to the end"))
    return rows


def _failed(summary: Summary) -> str:
    if not summary.failed:
        return f"{summary.failed_before} earlier, not tried again"
    earlier = f", {summary.failed_before} of them earlier" if summary.failed_before else ""
    return f"{summary.failed + summary.failed_before}{earlier}"


def _done(summary: Summary) -> str:
    if summary.already_done and not summary.done:
        return f"nothing new, {summary.already_done} done earlier"
    calls = counted(summary.done, "call")
    return f"{calls}, {summary.already_done} done earlier" if summary.already_done else calls


def summary_files(summary: Summary) -> list[tuple[str, str]]:
    """Return what lies where."""
    titles = {"failures": "Failures", "duplicates": "Twice there", "database": "Database"}
    return [("Results", summary.out), *((titles[name], path) for name, path in summary.files.items())]


def next_commands(summary: Summary, again: str) -> list[tuple[str, str]]:
    """Return commands that make sense now, each with what it is for; `again` is the one that was given."""
    out = shlex.quote(summary.out)
    found = []
    if summary.not_done:
        found.append((again, "goes on where this run was ended"))
    if summary.some_failed:
        retry = again if " --retry-failed" in again else f"{again} --retry-failed"
        found.append((retry, "tries the failed ones again"))
    if summary.team.calls:
        found.append((f"hearout report {out}", "the team report"))
        found.append((f"hearout export {out} --format xlsx", "all figures as a table"))
    return found


def summary_text(summary: Summary) -> Any:
    """Return the closing summary as something that a rich console prints."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for label, text in summary_rows(summary):
        table.add_row(Text(label, style="bold"), Text(text))
    files = Table.grid(padding=(0, 2))
    for label, path in summary_files(summary):
        files.add_row(Text(label, style="dim"), Text(path, overflow="fold"))
    return Group(table, Text(""), files, Text(""))


def command_lines(summary: Summary, again: str, width: int) -> list[Any]:
    """Return the commands that make sense now, each on a line of its own that can be copied whole.

    What each is for stands beside it, or above where both don't fit into `width`.
    """
    from rich.text import Text

    from pipeline.report.headline import capitalized

    found = next_commands(summary, again)
    column = max((len(command) for command, _ in found), default=0) + 2
    lines = []
    for command, why in found:
        if column + max(len(why) for _, why in found) <= width:
            lines.append(Text.assemble((command.ljust(column), "cyan"), (why, "dim")))
        else:
            lines += [Text(f"{capitalized(why)}:", "dim"), Text(f"  {command}", "cyan")]
    return lines


def preview_text(preview: Preview, *, verbose: bool) -> Any:
    """Return what a batch would do as something that a rich console prints."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("Call", "File", "Length", "Agent", "Recorded"):
        table.add_column(heading, justify="right" if heading == "Length" else "left", overflow="fold")
    shown = preview.jobs if verbose else preview.jobs[:_SHOWN]
    for job, length_s in shown:
        facts = job.found.facts
        texts = (job.call_id, job.found.name, clock(length_s), facts.agent or "", facts.recorded_at or "")
        table.add_row(*(Text(text) for text in texts))
    lines = [Text("")]
    if len(shown) < len(preview.jobs):
        lines = [Text(f"… and {len(preview.jobs) - len(shown)} more; --verbose lists all.\n", style="dim")]
    sentence = Text(preview_sentence(preview))
    return Group(table, *lines, sentence) if preview.jobs else sentence


def preview_sentence(preview: Preview) -> str:
    """Return what a batch would do in a sentence or two."""
    plan = preview.plan
    known = (
        (len(plan.done) + len(plan.moved), "done earlier"),
        (len(plan.failed), "failed earlier"),
        (len(plan.duplicates), "there twice"),
    )
    rest = "".join(f", {count} {what}" for count, what in known if count)
    if not preview.jobs:
        return f"Nothing to do{rest}. Nothing was written."
    on = (
        f"measured on {counted(preview.measured_on, 'call')}"
        if preview.measured_on
        else "a guess: none analysed here yet"
    )
    workers = counted(preview.workers, "worker")
    return (
        f"{len(preview.jobs)} to do{rest}. {duration(preview.audio_s)} of audio, about "
        f"{duration(preview.estimate_s)} with {workers} ({on}). Nothing was written."
    )
