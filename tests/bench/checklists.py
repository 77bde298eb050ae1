"""How long do all shipped checklists take for one call? Run: ``python tests/bench/checklists.py``.

A 5-minute call is made up: 60 turns a party, two moves a sentence, one complaint, 24 interruptions. Given are
milliseconds of CPU per call (median) for scoring all checklists and for putting them as the result file holds
them, and the time to read the files, which happens once a run.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from typing import TYPE_CHECKING

from pipeline.checklist import coach_note, known_moves, load_checklists, score_checklists
from pipeline.measures import (
    CallFacts,
    EndedBy,
    Evidence,
    MeasureValue,
    Outcome,
    Vent,
    Verdict,
)
from pipeline.report.assemble import checklist_part
from pipeline.timeline import Move, Role, Span, SpanSet, TurnSettings, Word, build_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTES = 5
CUSTOMER = ("agreement", "anger", "complaint", "customer_thanks", "earlier_contact", "question", "request")
TEXT = "I will call you on Tuesday at four with what we have found out about it"


def main() -> None:
    """Make the call, score it, print milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    facts = made_up()
    began = time.perf_counter()
    checklists = load_checklists()
    read_ms = 1000 * (time.perf_counter() - began)
    results = score_checklists(facts, checklists)
    figures = {
        "checklists": len(checklists),
        "turns": len(facts.timeline.turns),
        "moves": len(facts.moves),
        "read files, once (ms)": read_ms,
        "score a call (ms)": timed(lambda: score_checklists(facts, checklists)),
        "to parts of a result (ms)": timed(lambda: [checklist_part(one) for one in results]),
        "coach's paragraph (ms)": timed(lambda: coach_note(results)),
    }
    if given.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:<28} {value:8.2f}" if isinstance(value, float) else f"{name:<28} {value:>8}")


def made_up() -> CallFacts:
    """Make up a call."""
    dice = random.Random(1)
    end_s = MINUTES * 60.0
    step_s = end_s / 120
    speech, words, moves = {}, {}, []
    names = sorted(known_moves())
    for offset, role in enumerate((Role.AGENT, Role.CUSTOMER)):
        spans = [Span(k * step_s, (k + 0.9) * step_s) for k in range(offset, 120, 2)]
        speech[role] = SpanSet(spans)
        words[role] = [word for span in spans for word in laid(TEXT.split(), span)]
        own = [name for name in names if (name in CUSTOMER) is (role is Role.CUSTOMER)]
        for span in spans:
            for name in dice.sample(own, 2):
                sure = dice.random() < 0.7
                confidence = dice.uniform(0.6, 0.95) if sure else dice.uniform(0.3, 0.58)
                moves.append(Move(name, role, confidence, span, TEXT, "yes" if sure else "unsure"))
    timeline = build_timeline(end_s, speech, words, None, TurnSettings())
    span = Span(step_s, 40 * step_s)
    spoken = speech[Role.CUSTOMER].within(span)
    vent = Vent(span, spoken, spoken, EndedBy.CUSTOMER, 0.9, confidence=0.9)
    verdict = Verdict(Outcome.PASS, 0.9, "Heard to the end.", (Evidence(span),))
    counts = ("interruptions_by_agent", "interruptions_by_agent_in_vent", "questions_by_agent")
    events = tuple(speech[Role.AGENT])[:24]
    measures = {name: MeasureValue(24.0, {"count": 24.0}, events) for name in counts}
    ordered = tuple(sorted(moves, key=lambda move: (move.span, move.name)))
    verdicts = {"vent_before_solving": verdict, "talk_ratio": verdict}
    return CallFacts(timeline, ordered, (), (vent,), measures, verdicts)


def laid(texts: list[str], span: Span) -> list[Word]:
    """Lay words evenly over a span."""
    step_s = span.duration_s / len(texts)
    return [
        Word(text, Span(span.start_s + k * step_s, span.start_s + (k + 1) * step_s), 0.9)
        for k, text in enumerate(texts)
    ]


def timed(work: Callable[[], object], times: int = 50) -> float:
    """Return the median milliseconds of a call of `work`."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return 1000 * statistics.median(took)


if __name__ == "__main__":
    main()
