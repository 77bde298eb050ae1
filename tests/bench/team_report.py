"""How long does the team report take over 10,000 stored calls? Run: ``make bench``.

Made-up results are written as analyze writes them (tests/bench/store.py) and stored once. Given are the
seconds of ``hearout report`` over them, of its parts, and of one agent's summary. To be met: 20 s.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

LIMIT_S = 20.0


def main() -> None:
    """Make the results, store them, report, print seconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=8, help="of a call; the report reads none")
    parser.add_argument(
        "--results", type=Path, help="folder of results to use; made up else, and kept if given"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = given.results or Path(work) / "results"
        if not folder.is_dir():
            _bench_store().write_results(folder, given.calls, given.turns)
        figures = measure(folder, Path(work))
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    print(
        f"{os.cpu_count()} CPUs, {memory_gb:.0f} GB, {platform.machine()}, Python {platform.python_version()}"
    )
    for name, value in figures.items():
        print(f"{name:<40} {value:10.2f}" if isinstance(value, float) else f"{name:<40} {value:>10}")
    if figures["s report"] > LIMIT_S:
        raise SystemExit(f"The report took longer than {LIMIT_S:g} s.")


def measure(folder: Path, work: Path) -> dict[str, float | int]:
    """Return the seconds of each step."""
    from pipeline.report.team import Gathered, make_report
    from pipeline.report.team.page import team_page
    from pipeline.store import open_store, sync_folder
    from pipeline.store.team import TeamRows

    figures: dict[str, float | int] = {}
    with open_store(folder) as store:
        figures["s first sync"] = timed(lambda: sync_folder(store, folder))[0]
        with store.read() as reader:
            figures["calls"] = reader.count()
            figures["verdicts"] = reader.count_rows("verdicts")
            rows = TeamRows(reader)
            figures["s calls added up"], gathered = timed(lambda: Gathered.of(rows.calls()))
            names = rows.names()
        figures["s figures"], report = timed(lambda: make_report(gathered, names))
        figures["s page"], page = timed(lambda: team_page(report))
        figures["kB of the page"] = len(page.encode()) // 1000
    figures["s report"] = timed(lambda: hearout(folder, "--out", str(work / "team.html")))[0]
    agent = next(one.name for one in report.agents if one.name)
    figures["s coaching summary"] = timed(
        lambda: hearout(folder, "--agent", agent, "--out", str(work / "agent.html"))
    )[0]
    figures["MB of memory, at most"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    return figures


def hearout(folder: Path, *words: str) -> None:
    """Report through the command line's own code."""
    import typer
    from typer.testing import CliRunner

    from pipeline.cli.report import report

    app = typer.Typer()
    app.command()(report)
    done = CliRunner().invoke(app, [str(folder), *words, "--quiet"])
    if done.exit_code:
        raise SystemExit(str(done.exception or done.output))


def timed(work: object) -> tuple[float, object]:
    """Return the seconds of a call of `work`, and what it returned."""
    began = time.perf_counter()
    result = work()  # type: ignore[operator]
    return time.perf_counter() - began, result


def _bench_store() -> object:
    """Load store.py beside this file under another name: ``store`` is also the tests' folder."""
    spec = importlib.util.spec_from_file_location("bench_store", Path(__file__).with_name("store.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path[0] = str(Path(__file__).parents[1])
    return module


if __name__ == "__main__":
    main()
