"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import completion
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.stages.call import PageAudio

WHERE = "Where to"
HOW = "How to analyse"
SAY = "What to print"

DEFAULT_OUT = Path("hearout-results")

HELP_NAMES = {"help_option_names": ["-h", "--help"]}
"""Context settings of every command: ``-h`` works."""


def examples(*lines: tuple[str, str]) -> str:
    """Return an epilog of examples: each a command and what it is for."""
    return "[bold]Examples[/bold]\n\n" + "\n\n".join(
        f"[cyan]{command}[/cyan]  [dim]{why}[/dim]" for command, why in lines
    )


def output(path: str | Path) -> Path:
    """Return what is given with ``--out``.

    Raises
    ------
    UsageError
        If it is empty, as an unset variable of a shell is: as a path it would be the folder one is in.
    """
    if not str(path).strip():
        raise UsageError("--out is empty.", "Name a folder, or leave --out away; . is the folder you are in.")
    return Path(path)


Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        parser=output,
        metavar="<path>",
        help="Folder for the results; made if missing.",
        rich_help_panel=WHERE,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", help="YAML file with settings; see configs/hearout.yaml.", rich_help_panel=HOW),
]
AgentChannel = Annotated[
    str | None,
    typer.Option(
        "--agent-channel",
        metavar="left|right|auto",
        autocompletion=completion.one_of("left", "right", "auto"),
        help="Which channel the agent is on; auto decides by what is said.",
        show_default="auto",
        rich_help_panel=HOW,
    ),
]
AgentSpeaker = Annotated[
    str | None,
    typer.Option(
        "--agent-speaker",
        metavar="first|A|B|auto",
        autocompletion=completion.one_of("first", "A", "B", "auto"),
        help="On one channel, which speaker is the agent; auto decides by what is said.",
        show_default="auto",
        rich_help_panel=HOW,
    ),
]
Checklists = Annotated[
    list[str] | None,
    typer.Option(
        "--checklist",
        metavar="NAME|FILE",
        autocompletion=completion.checklist,
        help="Score against this checklist; repeatable.",
        show_default="all shipped ones",
        rich_help_panel=HOW,
    ),
]
Speakers = Annotated[
    str | None,
    typer.Option(
        "--speakers",
        metavar="N|auto",
        help="On one channel, how many voices there are; auto counts them, which is less reliable.",
        show_default="2",
        rich_help_panel=HOW,
    ),
]
Diarizer = Annotated[
    str | None,
    typer.Option(
        "--diarizer",
        metavar="NAME|DIR",
        help=(
            "On one channel, what tells the speakers apart: campplus, community-1 (terms to accept on the "
            "hub), or the folder of a pyannote pipeline that you trust."
        ),
        show_default="campplus",
        rich_help_panel=HOW,
    ),
]
Fast = Annotated[
    bool,
    typer.Option(
        "--fast",
        help="On one channel, fewer looks at the voices: a seventh quicker, a little rougher.",
        rich_help_panel=HOW,
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE|auto",
        help="Language of the call, such as en; auto finds it.",
        show_default="auto",
        rich_help_panel=HOW,
    ),
]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|DIR",
        autocompletion=completion.whisper,
        help="Whisper model: a name from [cyan]hearout models list[/cyan], or a folder of your own.",
        show_default="base",
        rich_help_panel=HOW,
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        "--device",
        metavar="auto|cpu|cuda",
        autocompletion=completion.one_of("auto", "cpu", "cuda"),
        help="Where the models run.",
        show_default="auto",
        rich_help_panel=HOW,
    ),
]
Offline = Annotated[
    bool,
    typer.Option("--offline", help="Fetch nothing; fail if a model is missing.", rich_help_panel=HOW),
]
NoTranscript = Annotated[
    bool,
    typer.Option("--no-transcript", help="Recognise no words: timing only, and faster.", rich_help_panel=HOW),
]
Json = Annotated[
    bool, typer.Option("--json", help="Write JSON to stdout and nothing else there.", rich_help_panel=SAY)
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No tables, no progress; errors only.", rich_help_panel=SAY)
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="The whole transcript, and where the time went.", rich_help_panel=SAY
    ),
]

MaxDuration = Annotated[
    float | None,
    typer.Option(
        "--max-duration",
        metavar="HOURS",
        min=0.001,
        help="Refuse longer recordings.",
        show_default="6",
        rich_help_panel=HOW,
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--db",
        metavar="URL|FILE|none",
        help=(
            "Database of the results: [cyan]postgresql+psycopg://USER@HOST/NAME[/cyan], an SQLite file, or "
            "none to keep none."
        ),
        show_default="hearout.sqlite in the folder of results",
        rich_help_panel=WHERE,
    ),
]
Moves = Annotated[
    list[Path] | None,
    typer.Option(
        "--moves",
        metavar="DIR",
        help="Your own moves, laid over the shipped ones; repeatable, later ones win.",
        rich_help_panel=HOW,
    ),
]
NoAudio = Annotated[
    bool,
    typer.Option("--no-audio", help="Leave the audio out of the pages.", rich_help_panel=WHERE),
]
AudioBeside = Annotated[
    bool,
    typer.Option(
        "--audio-beside",
        help="Small pages that play the file in their call's folder, instead of carrying the audio.",
        rich_help_panel=WHERE,
    ),
]


def database_of(folder: Path, named: str | None) -> str | Path:
    """Return the database to read a folder's results from; without one, it is made in memory."""
    if named is None:
        return folder
    from pipeline.batch.options import NO_DATABASE
    from pipeline.store import MEMORY

    return MEMORY if named == NO_DATABASE else named


def page_audio(*, no_audio: bool, beside: bool) -> PageAudio:
    """Return where pages have their audio.

    Raises
    ------
    UsageError
        If both options are given.
    """
    from pipeline.stages.call import PageAudio

    if no_audio and beside:
        raise UsageError("--no-audio and --audio-beside exclude each other.", "Give one of them.")
    if no_audio:
        return PageAudio.NONE
    return PageAudio.BESIDE if beside else PageAudio.INSIDE
