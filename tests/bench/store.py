"""How long does the store take for 10,000 calls? Run: ``make bench``.

Made-up results are written as analyze writes them, then: the first sync (every file read), a sync with
nothing to do, one with a few changed files, reading all that a team report needs, a search, and the exports.
Given are seconds, and the sizes; with ``--url`` on a PostgreSQL server, else on an SQLite file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

from pipeline.batch.machine import cores
from pipeline.report.schema import Analysis, to_json
from pipeline.store import open_store, sync_folder

LISTS = ("leap", "leap-ask-produce", "last", "five-ideas", "ten-tips", "did-you")


def main() -> None:
    """Make the results, do it all, print seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=60, help="of a call")
    parser.add_argument("--url", help="database; an SQLite file else")
    parser.add_argument(
        "--results", type=Path, help="folder of results to use; made up else, and kept if given"
    )
    parser.add_argument("--formats", default="csv,parquet,xlsx", help="of the exports")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = given.results or Path(work) / "results"
        if not folder.is_dir():
            write_results(folder, given.calls, given.turns)
        target = given.url or str(Path(work) / "bench.sqlite")
        figures = measure(folder, target, Path(work))
        for form in filter(None, given.formats.split(",")):
            figures[f"s export {form}"] = timed(lambda form=form: export(folder, target, Path(work), form))
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    print(
        f"{os.cpu_count()} CPUs, {memory_gb:.0f} GB, {platform.machine()}, Python {platform.python_version()}"
    )
    for name, value in figures.items():
        print(f"{name:<40} {value:10.2f}" if isinstance(value, float) else f"{name:<40} {value:>10}")


def write_results(folder: Path, count: int, turns: int) -> None:
    """Write a hundred different results, again and again under other ids."""
    sys.path[0] = str(Path(__file__).parents[1])  # not this folder: this file is called store too
    from store.made import make_result

    results = []
    for number in range(min(100, count)):
        result = make_result(number, turns=turns, lists=LISTS)
        results.append(json.loads(to_json(Analysis.model_validate(result))))
    for number in range(count):
        path = folder / f"call_{number:05d}" / "analysis.json"
        path.parent.mkdir(parents=True)
        result = results[number % len(results)]
        result["call"]["id"] = path.parent.name
        path.write_text(json.dumps(result))


def measure(folder: Path, target: str, work: Path) -> dict[str, float | int]:
    """Return the seconds of each step."""
    figures: dict[str, float | int] = {}
    files = list(folder.glob("*/analysis.json"))
    figures["calls"] = len(files)
    figures["kB of a result"] = round(sum(path.stat().st_size for path in files[:100]) / 100_000)
    with open_store(target) as store:
        figures["s first sync"] = timed(lambda: sync_folder(store, folder, processes=cores()))
        figures["s sync, nothing to do"] = timed(lambda: sync_folder(store, folder))
        for path in files[:100]:
            path.write_text(path.read_text().replace('"cpu"', '"gpu"', 1))
        figures["s sync, 100 changed"] = timed(lambda: sync_folder(store, folder))
        figures["s search"] = timed(lambda: store.search('"last bill" engin*', limit=100))
        with store.read() as reader:
            for name in ("calls", "measures", "events", "verdicts", "turns"):
                figures[f"{name}, rows"] = sum(1 for _ in getattr(reader, name)())
                figures[f"s {name}, read"] = timed(lambda name=name: sum(1 for _ in getattr(reader, name)()))
    figures["s a report's rows"] = sum(
        figures[f"s {name}, read"] for name in ("calls", "measures", "events", "verdicts")
    )
    figures["s open, close"] = timed(lambda: open_store(target).close())
    if (work / "bench.sqlite").exists():
        figures["MB of the database"] = round((work / "bench.sqlite").stat().st_size / 1e6)
    return figures


def export(folder: Path, target: str, work: Path, form: str) -> None:
    """Export everything through the command line's own code."""
    from typer.testing import CliRunner

    from pipeline.cli.app import app

    words = ["export", str(folder), "--format", form, "--out", str(work / form), "--quiet"]
    done = CliRunner().invoke(app, [*words, "--db", target])
    if done.exit_code:
        raise SystemExit(str(done.exception or done.output))


def timed(work: object) -> float:
    """Return the seconds of a call of `work`."""
    began = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
