"""How right are moves, vents, verdicts and checklists on written calls? Run: ``make bench``.

46 service calls, written with their labels by authors who had not seen this project (tests/written): 37 that
were looked at while patterns, exemplars and weights were set, and learned from; and 9 of which nobody looked
at more than the figures. Words and speech are exact here: this is about the meaning alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from written.lay import SEEN, UNSEEN, analyse

from pipeline.evaluate import EvaluateOptions, evaluate_labels
from pipeline.moves.embedding import MiniLmEmbedder
from pipeline.weights.store import resolve

FIGURES = {
    "vents, overlap with the label (IoU), mean": ("vent_iou", "mean"),
    "first solving act within 2 s": ("first_solution_within_2s", "pooled"),
    "verdict on the vent, of those decided": ("vent_verdict", "pooled"),
    "verdict on the vent unsure": ("vent_verdict_unsure", "pooled"),
    "checklist lines as labelled, of those decided": ("checklist_agreement", "pooled"),
    "checklist lines unsure": ("checklist_unsure", "pooled"),
}

WHICH = frozenset(name for name, _ in FIGURES.values())


def main() -> None:
    """Print the figures of both sets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--set", choices=("seen", "unseen"), help="one of them, call by call")
    given = parser.parse_args()
    embedder = MiniLmEmbedder(resolve("minilm", offline=True).path)
    found = {}
    for folder in (SEEN, UNSEEN):
        with tempfile.TemporaryDirectory() as out:
            labels, results = analyse(folder, Path(out), embedder)
            evaluation = evaluate_labels(EvaluateOptions(labels, results))
        totals = evaluation.totals
        found[folder.name] = {what: getattr(totals[name], how) for what, (name, how) in FIGURES.items()}
        if given.set == folder.name:
            for row in evaluation.rows:
                print(row.id, {name: score.value for name, score in row.scores.items() if name in WHICH})
    if given.json:
        print(json.dumps(found, indent=1))
        return
    print(f"{'':48}" + "".join(f"{name:>10}" for name in found))
    for what in FIGURES:
        print(f"{what:48}" + "".join(f"{figures[what]:10.3f}" for figures in found.values()))


if __name__ == "__main__":
    main()
