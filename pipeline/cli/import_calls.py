"""``hearout import``: calls whose transcripts were made elsewhere, with their recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli import options
from pipeline.cli.calls import Run
from pipeline.cli.console import Terminal
from pipeline.cli.groups import takes_groups
from pipeline.cli.overrides import ImportOverrides, overlay
from pipeline.errors import InputError, UsageError
from pipeline.identity import printable_name

if TYPE_CHECKING:
    from pipeline.stages.call import Outcome

EXAMPLES = options.examples(
    ("hearout import call.vtt", "captions, and call.wav (or .flac, .mp3, …) beside them"),
    ("hearout import call.json --audio recordings/4711.wav", "the recording has another name"),
    (
        "hearout import transcripts/*.srt --recordings recordings",
        "recordings in a folder of their own",
    ),
    ("hearout import call.TextGrid --out results --agent-channel left", "the agent is on the left channel"),
)


@takes_groups
def import_calls(
    file: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help=(
                "Transcripts: VTT or SRT captions, Praat's TextGrid, CSV (start, end, speaker, text), JSON "
                "of Whisper and its like, or an analysis.json."
            ),
            show_default=False,
        ),
    ],
    *,
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio",
            metavar="RECORDING",
            help="The recording of FILE, if that is one.",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option(
            "--recordings",
            metavar="DIR",
            help="Where the recordings are, each named like its transcript.",
            show_default="beside FILE",
            rich_help_panel=options.HOW,
        ),
    ] = None,
    out: options.Out = options.DEFAULT_OUT,
    no_audio: options.NoAudio = False,
    audio_beside: options.AudioBeside = False,
    config: options.Config = None,
    given: ImportOverrides,
    offline: options.Offline = False,
    json_: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Take the words of calls from transcripts made elsewhere, everything else from their recordings.

    Who speaks when, voices and levels are heard in the recording; on two
    channels speakers named in the transcript are matched with the voices.
    The results are as those of [cyan]hearout analyze[/cyan], and replace them.
    """
    from pipeline.settings import load_settings

    if audio is not None and recordings is not None:
        raise UsageError("--audio and --recordings exclude each other.", "Give one of them.")
    if audio is not None and len(file) > 1:
        raise UsageError(
            "--audio is the recording of one transcript, and several are given.",
            "Import them one by one, or name the folder of their recordings with --recordings.",
        )
    if recordings is not None and not recordings.is_dir():
        raise UsageError(f"--recordings: {printable_name(str(recordings))} is no folder.")
    terminal = Terminal(json=json_, quiet=quiet, verbose=verbose)
    settings = overlay(load_settings(config), given)
    run = Run(
        out,
        settings,
        terminal,
        offline=offline,
        page_audio=options.page_audio(no_audio=no_audio, beside=audio_beside),
        recognises=False,
    )
    taken: dict[Path, str] = {}

    def one(path: Path) -> Outcome:
        from pipeline.stages.transcripts import find_recording, read_transcript

        transcript = read_transcript(path)
        recording = audio if audio is not None else find_recording(path, transcript, recordings)
        place = recording.resolve()
        if place in taken:
            raise InputError(
                f"{transcript.name} is of the same recording as {taken[place]}.", "Import one of them."
            )
        done = run.analyze(recording, transcript)
        taken[place] = transcript.name
        return done

    run.all(file, one)
