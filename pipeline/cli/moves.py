"""``hearout moves``: which moves there are, how right they are found, and what to label next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import completion, options
from pipeline.cli.console import Terminal
from pipeline.errors import MissingComponentError, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.moves import MovesConfig, MoveSpec
    from pipeline.moves.embedding import Embedder
    from pipeline.moves.scoring import Miss, MovesScore

_MISSES_SHOWN = 40
_TEXT_SHOWN = 140

app = typer.Typer(
    name="moves",
    help="See, test and improve the moves: greeting, complaint, empathy, apology, offer, refusal …",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings=options.HELP_NAMES,
    pretty_exceptions_show_locals=False,
)


Language = Annotated[
    str,
    typer.Option("--language", metavar="CODE", help="Language of the moves.", rich_help_panel=options.HOW),
]
RulesOnly = Annotated[
    bool,
    typer.Option("--rules-only", help="Patterns alone, no sentence model.", rich_help_panel=options.HOW),
]


@app.command(
    "list",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout moves list", "all moves and how they are decided"),
        ("hearout moves list --moves our-moves --json", "with your own, for scripts"),
    ),
)
def list_moves(
    folders: options.Moves = None, language: Language = "en", as_json: options.Json = False
) -> None:
    """List the moves: who makes them, what they are, how they are decided."""
    config = _config(language, folders)
    if as_json:
        _print_json({"language": config.language, "moves": [_row(spec) for spec in config.moves]})
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("move", "speaker", "mode", "exemplars", "definition"):
        table.add_column(title, justify="right" if title == "exemplars" else "left")
    for spec in sorted(config.moves, key=lambda spec: (spec.speaker, spec.id)):
        name = f"{spec.id} −" if spec.negative else spec.id
        table.add_row(name, spec.speaker, spec.mode, str(len(spec.exemplars)), spec.definition)
    out = Terminal().out
    out.print(table)
    out.print("− counts against the agent, and only where patterns and classifier agree.")


@app.command(
    "show",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(("hearout moves show complaint", "one move")),
)
def show_move(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="From 'hearout moves list'.", autocompletion=completion.move)
    ],
    folders: options.Moves = None,
    language: Language = "en",
    as_json: options.Json = False,
) -> None:
    """Show one move: definition, patterns, exemplars, context."""
    config = _config(language, folders)
    _known(name, config)
    spec = config.by_id[name]
    full = {
        **_row(spec),
        "patterns": spec.patterns,
        "not_patterns": spec.not_patterns,
        "context": spec.context.model_dump(exclude_defaults=True),
        "exemplars": [entry.text for entry in spec.exemplars],
        "counter_exemplars": spec.counter_exemplars,
    }
    if as_json:
        _print_json(full)
        return
    out = Terminal().out
    out.print(f"{spec.id} ({spec.speaker}, mode {spec.mode})", style="bold", markup=False)
    out.print(spec.definition, markup=False)
    for title in ("context", "patterns", "not_patterns", "exemplars", "counter_exemplars"):
        value = full[title]
        rows = [f"{key}: {item}" for key, item in value.items()] if isinstance(value, dict) else value
        if rows:
            out.print(f"\n{title.replace('_', ' ')}", style="bold")
        for row in rows:
            out.print(f"  {row}", markup=False, soft_wrap=True)


@app.command(
    "test",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout moves test labelled.jsonl", "precision, recall, F1 and the misses"),
        ("hearout moves test labels/ --json", "over label files *.truth.json, for scripts"),
    ),
)
def score_labelled(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="JSONL of {text, speaker, labels}, a label file *.truth.json, or a folder of those.",
            show_default=False,
        ),
    ],
    folders: options.Moves = None,
    language: Language = "en",
    rules_only: RulesOnly = False,
    offline: options.Offline = False,
    misses: Annotated[
        int,
        typer.Option("--misses", min=0, help="How many misses to list.", rich_help_panel=options.SAY),
    ] = _MISSES_SHOWN,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Compare the moves that are found with labels: precision, recall, F1 per move; the misses below.

    Only what is found as a sure move is a claim; what is unsure counts as not found.
    In a JSONL file each utterance stands alone; in a label file the call around counts too.
    """
    from pipeline.moves.labelled import read_labelled
    from pipeline.moves.scoring import score_moves

    terminal = Terminal(json=as_json, quiet=quiet)
    config = _config(language, folders)
    calls = read_labelled(file)
    embedder, cache = _embedder(terminal, offline=offline, rules_only=rules_only)
    score = score_moves(calls, config, embedder, cache)
    if score.unknown:
        terminal.warn(f"Labels that are no moves count as missed: {', '.join(sorted(score.unknown))}.")
    if as_json:
        _print_json(score.to_json())
        return
    _print_score(score, terminal)
    _print_misses(score.misses, misses, terminal)


@app.command(
    "suggest",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout moves suggest hearout-results", "what to label next"),
        ("hearout moves suggest hearout-results --json > label-me.jsonl", "lines to correct and test with"),
    ),
)
def suggest_moves(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Results of [cyan]hearout analyze[/cyan], or label files."),
    ],
    folders: options.Moves = None,
    language: Language = "en",
    rules_only: RulesOnly = False,
    offline: options.Offline = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, help="How many.", rich_help_panel=options.SAY)
    ] = 30,
    move: Annotated[
        str | None,
        typer.Option(
            "--move",
            metavar="NAME",
            help="Only this move.",
            rich_help_panel=options.SAY,
            autocompletion=completion.move,
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="JSONL to correct, and nothing else.", rich_help_panel=options.SAY),
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Name the sentences nearest to a threshold: a label for these teaches most."""
    from pipeline.moves.suggest import read_calls, suggest

    terminal = Terminal(json=as_json, quiet=quiet)
    config = _config(language, folders)
    if move is not None:
        _known(move, config)
    calls = read_calls(folder)
    embedder, cache = _embedder(terminal, offline=offline, rules_only=rules_only)
    found = [s for s in suggest(calls, config, embedder, cache) if move in {None, s.move.name}][:limit]
    if as_json:
        for row in found:
            typer.echo(json.dumps(row.to_dict(), ensure_ascii=False))
        return
    rows = [
        ((row.move.name, row.move.state, f"{row.move.confidence:.2f}", row.where), row.move.text)
        for row in found
    ]
    _print_said(("move?", "now", "sure", "where"), rows, terminal)


def _config(language: str, folders: Sequence[Path] | None) -> MovesConfig:
    from pipeline.moves import load_moves

    config = load_moves(language, folders or ())
    if not config.moves:
        raise UsageError(
            f"No moves are defined for the language {language}.",
            "Write some, and name their folder with --moves.",
        )
    return config


def _known(name: str, config: MovesConfig) -> None:
    if name in config.by_id:
        return
    near = did_you_mean(name, config.by_id)
    raise UsageError(f"There is no move {name}.", near or f"Known: {', '.join(config.by_id)}.")


def _embedder(terminal: Terminal, *, offline: bool, rules_only: bool) -> tuple[Embedder | None, Path | None]:
    """Return the sentence model, or nothing with a warning where it can't be had."""
    if rules_only:
        return None, None
    from pipeline.moves.embedding import MiniLmEmbedder, default_cache
    from pipeline.weights.store import resolve

    try:
        model = resolve("minilm", offline=offline, notify=terminal.say)
        return MiniLmEmbedder(model.path), default_cache()
    except MissingComponentError as error:
        terminal.warn(f"Patterns alone are used, more is missed: {error.message} {error.remedy}")
        return None, None


def _row(spec: MoveSpec) -> dict[str, Any]:
    return {
        "name": spec.id,
        "speaker": spec.speaker.value,
        "mode": spec.mode.value,
        "negative": spec.negative,
        "definition": spec.definition,
        "exemplar_count": len(spec.exemplars),
        "source": spec.source,
    }


def _print_score(score: MovesScore, terminal: Terminal) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("move", "precision", "recall", "F1", "n"):
        table.add_column(title, justify="left" if title == "move" else "right")
    for name, counts in [*score.moves.items(), ("all", score.micro)]:
        figures = (counts.precision, counts.recall, counts.f1)
        style = "bold" if name == "all" else ""
        table.add_row(name, *("–" if x is None else f"{x:.2f}" for x in figures), str(counts.n), style=style)
    terminal.out.print(table)
    terminal.out.print(f"{score.utterances} utterances; n counts the labels.")


def _print_misses(misses: Sequence[Miss], limit: int, terminal: Terminal) -> None:
    if not misses or not limit:
        return
    rows = []
    for miss in misses[:limit]:
        found = "–" if miss.found is None else f"{miss.found.state} {miss.found.confidence:.2f}"
        rows.append(((miss.move, miss.kind, found, miss.utterance.where), miss.utterance.turn.text))
    terminal.out.print(f"\n{len(misses)} misses, {min(limit, len(misses))} shown", style="bold")
    _print_said(("move", "", "found as", "where"), rows, terminal)


def _print_said(heads: Sequence[str], rows: Sequence[tuple[Sequence[str], str]], terminal: Terminal) -> None:
    """Print what is known of each sentence in columns, and the sentence below: it takes the whole width."""
    from rich.padding import Padding
    from rich.text import Text

    wide = [max(map(len, column)) for column in zip(heads, *(cells for cells, _ in rows), strict=True)]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(f"{cell:{width}}" for cell, width in zip(cells, wide, strict=True)).rstrip()

    terminal.out.print(Text(line(heads), "bold"), soft_wrap=True)
    for cells, said in rows:
        terminal.out.print(Text(line(cells)), soft_wrap=True)
        terminal.out.print(Padding(Text(_shortened(said), "dim"), (0, 0, 0, 4)))


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else f"{text[: _TEXT_SHOWN - 1]}…"


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
