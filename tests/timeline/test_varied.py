"""Judging starts again under other thresholds: what is left out could not have changed anything."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import laid

from pipeline.languages import language_pack
from pipeline.timeline import Clues, EventFinder, FloorSettings, Role, Span, SpanSet, TurnSettings, Word
from pipeline.timeline import build_timeline as build
from pipeline.timeline.noted import noting, told_apart
from pipeline.timeline.shift import shifted

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
        words += laid(span, text)
        spans.append(span)
        at = span.end_s
    return SpanSet(spans), tuple(words), SpanSet(spans[::3])


def heard(agent, customer, with_pack=True):
    both = {Role.AGENT: said(agent), Role.CUSTOMER: said(customer)}
    return build(
        40.0,
        {role: own[0] for role, own in both.items()},
        {role: own[1] for role, own in both.items()},
        language_pack("en") if with_pack else None,
        TurnSettings(),
        Clues(doubts={role: own[2] for role, own in both.items()}),
    )


@given(LINES, LINES, st.booleans(), st.sampled_from([(0.8, 1.2), (0.1, 5.0)]))
def test_a_threshold_that_no_comparison_tells_apart_changes_nothing(agent, customer, with_pack, factors):
    timeline = heard(agent, customer, with_pack)
    settings, within = FloorSettings(), SpanSet.of((0.5, 15.0))
    judged = EventFinder(timeline).judged_starts(settings, Role.AGENT, within)
    assert judged.events == EventFinder(timeline).starts(settings, Role.AGENT, within)
    found = {(name, factor): starts for name, factor, starts in judged.varied(factors)}
    assert list(found) == [(field.name, factor) for field in fields(settings) for factor in factors]
    for (name, factor), starts in found.items():
        varied = replace(settings, **{name: getattr(settings, name) * factor})
        assert list(starts) == EventFinder(timeline).starts(varied, Role.AGENT, within)


@given(LINES, LINES, st.booleans(), st.sampled_from([-0.6, -0.05, 0.05, 0.3]))
def test_a_finder_that_knows_what_was_said_finds_the_same_in_a_moved_call(agent, customer, with_pack, by_s):
    timeline, settings = heard(agent, customer, with_pack), FloorSettings()
    finder = EventFinder(timeline)
    finder.events(settings)
    moved = shifted(timeline, Role.AGENT, by_s, Span(0.0, 40.0))
    assert finder.moved(moved, Role.AGENT).events(settings) == EventFinder(moved).events(settings)


def test_a_threshold_notes_what_it_is_compared_with():
    noted, notes = noting(FloorSettings(yield_s=1.0), ["yield_s", "contest_s"])
    early_s, late_s = 0.4, 12.5
    assert early_s < noted.yield_s
    assert late_s > 11.0 + noted.yield_s
    assert max(0.25, noted.yield_s) == 1.0
    assert notes["yield_s"] == pytest.approx([0.4, 1.5, 0.25])
    assert not notes["contest_s"]
    assert noted.contest_s - 0.1 == pytest.approx(0.4)
    assert notes["contest_s"] == [0.5]  # another value gives another difference


def test_thresholds_are_told_apart_by_what_lies_between_them():
    assert told_apart(1.0, 1.2, [0.5, 1.1])
    assert told_apart(1.0, 0.8, [1.0])
    assert not told_apart(1.0, 1.2, [0.5, 1.3, float("inf")])
