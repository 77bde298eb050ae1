"""Options that several commands share: declared once, so that they mean the same everywhere."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from pipeline.cli.app import app
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import Overrides, overlay
from pipeline.errors import UsageError
from pipeline.moves import MoveSettings
from pipeline.settings import Settings


def declared(command):
    return {name: one for one in command.params for name in one.opts}


COMMANDS = get_command(app).commands


def alike(one):
    return one.opts, one.metavar, one.help, one.default, getattr(one, "show_default", None)


def test_commands_that_analyse_have_the_same_options_over_the_settings():
    given = {f"--{name.replace('_', '-')}" for name in inspect.signature(Overrides).parameters}
    analyze, batch, watch = (declared(COMMANDS[name]) for name in ("analyze", "batch", "watch"))
    assert len(given) == 12
    for name in given:
        assert alike(analyze[name]) == alike(batch[name]) == alike(watch[name])


@pytest.mark.parametrize("name", ["batch", "watch", "export", "report"])
def test_the_database_is_named_alike(name):
    found = declared(COMMANDS[name])
    assert alike(found["--db"]) == alike(declared(COMMANDS["batch"])["--db"])
    assert "--database" not in found


def test_own_moves_are_named_alike():
    found = [
        declared(COMMANDS[group].commands[name])["--moves"]
        for group, name in (("moves", "list"), ("moves", "test"), ("checklists", "show"))
    ]
    found.append(declared(COMMANDS["analyze"])["--moves"])
    assert len({str(alike(one)) for one in found}) == 1


def test_own_moves_are_laid_over_the_settings_and_looked_at_before_anything_runs(tmp_path):
    ours = tmp_path / "ours"
    ours.mkdir()
    assert overlay(Settings(), Overrides(moves=[ours])).moves.folders == (str(ours),)
    kept = Settings(moves=MoveSettings(folders=(str(ours),)))
    assert overlay(kept, Overrides()).moves == kept.moves
    with pytest.raises(UsageError, match=r"no folder .*theirs"):
        overlay(Settings(), Overrides(moves=[tmp_path / "theirs"]))
    (ours / "upsell.yaml").write_text("id: upsell\nspeaker: nobody\n")
    with pytest.raises(UsageError, match=r"upsell\.yaml, line 2"):
        overlay(kept, Overrides())


@dataclass(frozen=True)
class Tone:
    loud: Annotated[bool, typer.Option("--loud")] = False
    words: Annotated[list[str] | None, typer.Option("--word")] = None


def test_a_group_arrives_as_one_value_with_its_defaults():
    heard = []
    own = typer.Typer()

    @own.command()
    @takes_groups
    def say(name: str, *, tone: Tone, times: Annotated[int, typer.Option()] = 1) -> None:
        """Say it."""
        heard.append((name, tone, times))

    assert CliRunner().invoke(own, ["Ann", "--word", "a", "--word", "b", "--times", "3"]).exit_code == 0
    assert CliRunner().invoke(own, ["Lee", "--loud"]).exit_code == 0
    assert heard == [("Ann", Tone(words=["a", "b"]), 3), ("Lee", Tone(loud=True), 1)]


@pytest.mark.parametrize("command", ["analyze", "batch", "watch", "export", "report"])
@pytest.mark.parametrize("out", ["", " "])
def test_an_empty_out_is_not_the_folder_one_is_in(command, out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [command, ".", "--out", out])
    assert isinstance(done.exception, UsageError)
    assert done.exception.message == "--out is empty."
    assert not list(tmp_path.iterdir())
