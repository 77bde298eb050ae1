"""``hearout swap-roles``: agent and customer of a stored call the other way round."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import options
from pipeline.cli.console import Terminal
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.report.schema import RoleInfo

EXAMPLES = options.examples(
    ("hearout swap-roles hearout-results/call_01", "the agent is the other one; run it again to go back"),
    ("hearout swap-roles hearout-results/call_01 --json | jq .agent", "for scripts"),
)


def swap_roles(
    call: Annotated[
        Path,
        typer.Argument(
            metavar="DIR/CALL", help="Folder of one call, as analyze wrote it.", show_default=False
        ),
    ],
    json_: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Exchange agent and customer of a stored call and score it again: no audio, no model.

    For a call whose roles came out the wrong way round. Result and page are written anew; the
    choice is stored with them, and a rescore keeps it.
    """
    from pipeline.batch.lock import locked_call
    from pipeline.stages.rescore import call_folders
    from pipeline.stages.swap import swap_roles as swap

    folders = call_folders(call)
    if folders != [call]:
        raise UsageError(f"{call}: holds {len(folders)} calls.", f"Name one, such as {folders[0]}.")
    terminal = Terminal(json=json_, quiet=quiet)
    with locked_call(call):
        done = swap(call)
        done.write()
    roles = done.after.roles
    if terminal.json:
        typer.echo(
            json.dumps(_document(call.name, roles.agent, roles.customer), ensure_ascii=False, indent=1)
        )
    elif not terminal.quiet:
        agent, customer = _place(roles.agent), _place(roles.customer)
        terminal.out.print(f"{call.name}: the agent is now {agent}, the customer {customer}.", markup=False)


def _place(role: RoleInfo) -> str:
    return f"on the {role.channel} channel" if role.channel else f"speaker {role.speaker}"


def _document(call_id: str, agent: RoleInfo, customer: RoleInfo) -> dict[str, Any]:
    return {"id": call_id, "agent": asdict(agent), "customer": asdict(customer)}
