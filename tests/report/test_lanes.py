from __future__ import annotations

from drawing import call
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.lanes import draw_lanes
from pipeline.timeline import EventType, FloorEvent, Role, Span, find_events

DRAWN = call(
    "                    ==========                    ",
    "========================================          ",
    ("I can only see that",),
    ("it was a long and very sad story about a box",),
)


def drawn(width: int = 100) -> list[str]:
    event = next(e for e in find_events(DRAWN) if e.type is EventType.INTERRUPTION)
    return draw_lanes(DRAWN, event, width)


def test_both_parties_their_words_and_the_event_at_its_place():
    lines = drawn()
    agent = next(line for line in lines if line.startswith("agent"))
    customer = next(line for line in lines if line.startswith("customer"))
    mark = next(line for line in lines if "^" in line)
    assert agent.index("█") == customer.index("█") == mark.index("^")
    assert agent.count("█") == mark.count("^") == customer.count("█")
    assert any("interruption by agent, 2.00 to 3.00 s" in line for line in lines)
    text = " ".join(lines)
    assert all(word in text for word in ("only", "see", "story", "box"))


def test_times_stand_at_their_columns():
    lines = drawn()
    customer = next(line for line in lines if line.startswith("customer"))
    column = lines[0].index("|0.0")
    assert customer[column] == "═"


def test_a_long_event_is_drawn_without_a_wall_of_words_and_says_so():
    said = ("and then they sent me away again and again and nobody ever rang me back " * 30,)
    timeline = call("=" * 40 + " " * 1000, " " * 40 + "=" * 1000, said, said)
    event = FloorEvent(EventType.VENT, Span(5.0, 100.0), Role.CUSTOMER)
    lines = draw_lanes(timeline, event, 80)
    assert not any("nobody" in line for line in lines)
    assert lines[-1].strip() == "(too long for the words; the page has them)"
    assert not any("too long" in line for line in drawn())


@given(st.integers(1, 200))
def test_no_line_is_wider_than_asked_but_for_the_least(width):
    assert all(len(line) <= max(width, 50) for line in drawn(width))


LANES = st.lists(st.sampled_from("=== "), min_size=1, max_size=100).map("".join)


@given(LANES, LANES, st.integers(50, 140))
def test_every_event_can_be_drawn(agent, customer, width):
    timeline = call(agent, customer)
    for event in find_events(timeline):
        lines = draw_lanes(timeline, event, width)
        assert all(len(line) <= width for line in lines)
        assert any("^" in line for line in lines)
