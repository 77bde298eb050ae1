"""What a shell offers behind an option or a name that has been begun."""

from __future__ import annotations

import click
import pytest
from typer.main import get_command

from pipeline.cli.app import app


def offered(words, incomplete):
    """What is offered for the last of `words`, an option or an argument's metavar."""
    command, names = get_command(app), list(words)
    while isinstance(command, click.Group) or hasattr(command, "commands"):
        command = command.commands[names.pop(0)]
    (wanted,) = names
    asked = next(one for one in command.params if wanted in one.opts or one.name == wanted)
    context = command.make_context(words[-2], [], resilient_parsing=True)
    return [one.value for one in asked.shell_complete(context, incomplete)]


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        (("analyze", "--checklist"), "le", ["leap", "leap-ask-produce", "lent.yaml"]),
        (("batch", "--checklist"), "lists/", ["lists/ours.yaml"]),
        (("rescore", "--checklist"), "nowhere/x", []),
        (("analyze", "--agent-channel"), "l", ["left"]),
        (("import", "--checklist"), "las", ["last"]),
        (("analyze", "--model"), "large", ["large-v3", "large-v3-turbo"]),
        (("analyze", "--device"), "c", ["cpu", "cuda"]),
        (("checklists", "show", "name"), "la", ["last"]),
        (("moves", "show", "name"), "comp", ["complaint"]),
        (("moves", "suggest", "--move"), "apology_b", ["apology_bare"]),
        (("models", "path", "name"), "camp", ["campplus"]),
        (("export", "--format"), "t", ["textgrid"]),
        (("compare", "before"), "st", ["stored"]),
        (("compare", "after"), "lis", ["lists/"]),
    ],
)
def test_names_and_files_are_offered(words, incomplete, found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lists").mkdir()
    for name in ("lent.yaml", "lists/ours.yaml", "lists/notes.txt"):
        (tmp_path / name).write_text("name: x\n")
    assert offered(words, incomplete) == found
