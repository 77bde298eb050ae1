"""What stands on the page and on the coaching summary, and what must not."""

from __future__ import annotations

import re
import sys
import zlib
from dataclasses import replace
from datetime import date
from html import unescape

import pytest
from report.team.made_calls import ITEMS, make_calls

from pipeline.errors import MissingComponentError
from pipeline.report.team import CallNumbers, Gathered, TeamSettings, make_report
from pipeline.report.team.agent import (
    Wording,
    choose_moments,
    find_coaching,
    passes_to_tell,
    summary_page,
)
from pipeline.report.team.call import Moment
from pipeline.report.team.page import Surroundings, team_page
from pipeline.report.team.pdf import to_pdf
from pipeline.report.team.rates import difference

HOSTILE = '</style><script>alert(1)</script>"><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def calls():
    return make_calls(agents=10, weeks=8)


@pytest.fixture(scope="module")
def report(calls):
    return make_report(Gathered.of(calls), ITEMS)


def text_of(page):
    bare = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", bare).replace("\u00a0", " ")


def test_the_page_holds_no_script_and_its_policy_allows_none(report):
    page = team_page(report)
    assert "<script" not in page
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "style=" not in page


def test_names_are_text_and_links_are_quoted():
    calls = [CallNumbers(id=HOSTILE, agent=HOSTILE, team=HOSTILE, agent_ms=1, customer_ms=1)]
    found = make_report(Gathered.of(calls), ITEMS, TeamSettings(1))
    page = team_page(found, Surroundings(title=HOSTILE))
    assert "<script>alert" not in page
    assert "<img" not in page
    link = Surroundings(folder="../r/").link("a b/#?é", 3.5)
    assert link == "../r/a%20b/%23%3F%C3%A9/timeline.html#t=3.500"


def test_agents_are_listed_by_name_and_those_with_few_calls_without_a_figure(report):
    page = unescape(team_page(report))
    named = re.findall(r'<li class="person"><h3 dir="auto">([^<]+)</h3>', page)
    assert named == sorted(named, key=str.casefold)
    few = [one.name for one in report.agents if one.name and one.group is None]
    assert few
    for name in few:
        assert name not in named
        row = re.search(rf'<tr><th scope="row" dir="auto">{re.escape(name)}</th>(.*?)</tr>', page)[1]
        assert "%" not in row
        assert "fewer than 20" in text_of(row)
    assert "rank" not in text_of(page).replace("never by rank", "")


def test_every_rate_has_the_number_of_calls_and_the_unsure_beside_it(report):
    page = team_page(report)
    item = next(one for one in report.items if one.name.key == "last.solve")
    row = re.search(r'scope="row" dir="auto">Solve</th>(.*?)</tr>', page)[1]
    parts = item.rate.parts
    told = f"{text_of(row)} "
    assert f"{parts['pass']:.0f} of {parts['pass'] + parts['fail']:.0f}" in told
    assert f" {parts['unsure']:.0f} " in told
    assert f" {parts['not_applicable']:.0f} " in told


def test_what_limits_the_trust_is_said_before_the_figures(calls):
    calls = [replace(one, version=str(k % 2)) for k, one in enumerate(calls)]
    calls[:3] = [replace(one, sha256="same") for one in calls[:3]]
    page = text_of(team_page(make_report(Gathered.of(calls), ITEMS), Surroundings(failed=2)))
    before = page[: page.index("All calls, by week")]
    for told in (
        "2 results could not be read",
        "fewer than 20 calls",
        "doubtful who is the agent",
        "without a date",
        "2 versions of hearout",
        "2 recordings that were analysed before",
    ):
        assert told in before


def test_the_team_page_names_nobody_as_an_example(report):
    page = team_page(report)
    examples = page[page.index('id="examples"') : page.index('id="reading"')]
    assert examples.count("<li>") == len(report.best) + len(report.worst) > 4
    for person in report.agents:
        assert not person.name or person.name not in examples


def test_a_report_of_nothing_still_opens():
    page = text_of(team_page(make_report(Gathered(), [])))
    assert "could it be decided" in page
    assert "No call names its agent" in page


# --- one agent


def coaching_of(calls, name, wordings=None, min_calls=20):
    gathered = Gathered.of(calls)
    report = make_report(gathered, ITEMS, TeamSettings(min_calls))
    person = next(one for one in report.agents if one.name == name)
    tally = gathered.total(lambda cell: cell.agent == name)
    return report, find_coaching(report, person, tally, wordings or {})


def judged(outcomes, agent="Emma"):
    """Return calls of an agent with these outcomes: (listen, thank)."""
    return [
        CallNumbers(f"{agent} {k}", agent, verdicts=(("leap.listen", listen), ("last.thank", thank)))
        for k, (listen, thank) in enumerate(outcomes)
    ]


def test_the_goal_is_what_surely_fails_most():
    calls = judged([("fail", "fail")] * 5 + [("pass", "fail")] * 15)
    _, found = coaching_of(calls, "Emma")
    assert found.goal.name.key == "last.thank"
    assert [one.name.key for one in found.strengths] == ["leap.listen"]
    few = judged([("fail", "fail")] * 4)
    assert coaching_of(few, "Emma")[1].goal is None


def test_a_critical_item_goes_before_where_it_surely_fails():
    words = {"leap.listen": Wording("listened", "let them finish", critical=True)}
    calls = judged([("fail", "fail")] * 10 + [("pass", "fail")] * 10)
    assert coaching_of(calls, "Emma", words)[1].goal.name.key == "leap.listen"
    rarely = judged([("fail", "fail")] * 2 + [("pass", "fail")] * 18)
    assert coaching_of(rarely, "Emma", words)[1].goal.name.key == "last.thank"


def moment(call, outcome, sure, day=1):
    return Moment(call, outcome, sure, 1.0, 2.0, "words", "why", date(2026, 11, day))


def test_the_moments_are_one_that_went_well_and_two_that_did_not():
    fails = [moment("a", "fail", 0.7), moment("b", "fail", 0.91, 3), moment("c", "fail", 0.92, 2)]
    passes = [moment("d", "pass", 0.8, 4), moment("e", "pass", 0.81, 5)]
    assert [one.call_id for one in choose_moments(fails + passes)] == ["e", "b", "c"]
    assert [one.call_id for one in choose_moments(fails[:1] + passes)] == ["e", "d", "a"]
    assert [one.call_id for one in choose_moments(fails)] == ["b", "c", "a"]
    assert choose_moments([]) == ()


def test_how_many_must_pass_to_be_more_than_chance():
    needed = passes_to_tell(25, 41, 20)
    assert difference((needed, 20), (25, 41)).low > 0 >= difference((needed - 1, 20), (25, 41)).low
    assert passes_to_tell(39, 40, 20) is None


def summary(calls, name, **options):
    report, found = coaching_of(calls, name, options.pop("wordings", None), options.pop("min_calls", 20))
    moments = (Moment("call 1", "fail", 0.9, 62.5, 64.0, "No, sir.", "The agent cut in.", date(2026, 11, 3)),)
    return summary_page(report, replace(found, moments=moments), **options)


def test_the_summary_shows_the_goal_and_moments_to_play(calls):
    keys = [one.key for one in ITEMS if one.kind == "item"]
    words = {key: Wording(f"did {key}", f"do {key} more") for key in keys}
    page = summary(calls, "Emma Clarke", wordings=words, min_calls=5)
    assert 'href="call%201/timeline.html#t=60.500"' in page
    assert "No, sir." in page
    assert re.search(r"Do [\w.]+ more\.", text_of(page))
    silent = summary(calls, "Emma Clarke", transcript=False, linked=False, min_calls=5)
    assert "No, sir." not in silent
    assert "The agent cut in." not in silent
    assert 'href="call' not in silent
    assert "call 1" in silent


def test_with_few_calls_the_summary_compares_nothing():
    calls = judged([("fail", "pass")] * 8) + judged([("pass", "pass")] * 30, agent="Tom")
    page = text_of(summary(calls, "Emma"))
    assert "0 of 8 decided calls" in page
    assert "%" not in page.replace("95 %", "")
    assert "fewer than 20" in page


def test_the_summary_is_two_pages_of_pdf(calls):
    pytest.importorskip("weasyprint", exc_type=(ImportError, OSError))
    paper = to_pdf(summary(calls, "Emma Clarke", linked=False, min_calls=5))
    assert paper.startswith(b"%PDF")
    streams = re.findall(rb"/FlateDecode.*?stream\n(.*?)\nendstream", paper, re.S)
    objects = b"".join(zlib.decompress(one) for one in streams if one.startswith(b"x"))
    assert re.search(rb"/Type\s*/Pages\b", paper + objects)
    assert re.search(rb"/Count 2\b", paper + objects)


def test_without_weasyprint_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(MissingComponentError) as caught:
        to_pdf("<p>")
    assert "hearout[pdf]" in caught.value.remedy
