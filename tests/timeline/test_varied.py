"""Judging starts again under other thresholds: what is left out could not have changed anything."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.languages import language_pack
from pipeline.timeline import Clues, EventFinder, FloorSettings, Role, Span, SpanSet, TurnSettings, Word
from pipeline.timeline import build_timeline as build

SAYINGS = (
    "and so I told them because the",
    "that is all.",
    "could I have the number?",
    "I'm so sorry.",
    "yeah",
    "no, as I was saying it was broken",
    "we can send a new one",
)
LINES = st.lists(st.tuples(st.integers(1, 14), st.integers(1, 24), st.sampled_from(SAYINGS)), max_size=7)


def said(lines) -> tuple[SpanSet, tuple[Word, ...], SpanSet]:
    """Lay lines behind each other: pause and length in twelfths of a second; every third is disputed."""
    at, spans, words = 0.0, [], []
    for pause, length, text in lines:
        span = Span(at + pause / 12, at + (pause + length) / 12)
        step = span.duration_s / len(text.split())
        words += [
            Word(word, Span(span.start_s + k * step, span.start_s + (k + 1) * step), 0.9)
            for k, word in enumerate(text.split())
        ]
        spans.append(span)
        at = span.end_s
    return SpanSet(spans), tuple(words), SpanSet(spans[::3])


@given(LINES, LINES, st.booleans(), st.sampled_from([(0.8, 1.2), (0.1, 5.0)]))
def test_a_threshold_that_no_comparison_tells_apart_changes_nothing(agent, customer, with_pack, factors):
    heard = {Role.AGENT: said(agent), Role.CUSTOMER: said(customer)}
    timeline = build(
        40.0,
        {role: own[0] for role, own in heard.items()},
        {role: own[1] for role, own in heard.items()},
        language_pack("en") if with_pack else None,
        TurnSettings(),
        Clues(doubts={role: own[2] for role, own in heard.items()}),
    )
    settings, within = FloorSettings(), SpanSet.of((0.5, 15.0))
    judged = EventFinder(timeline).judged_starts(settings, Role.AGENT, within)
    assert judged.events == EventFinder(timeline).starts(settings, Role.AGENT, within)
    found = {(name, factor): starts for name, factor, starts in judged.varied(factors)}
    assert list(found) == [(field.name, factor) for field in fields(settings) for factor in factors]
    for (name, factor), starts in found.items():
        varied = replace(settings, **{name: getattr(settings, name) * factor})
        assert starts == EventFinder(timeline).starts(varied, Role.AGENT, within)
