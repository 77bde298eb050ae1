"""The team report and the coaching summary in a real browser: looked at, linked, narrow, printed."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from report.team.made_calls import ITEMS, make_calls

from pipeline.report.team import Gathered, make_report
from pipeline.report.team.agent import find_coaching, summary_page
from pipeline.report.team.page import Surroundings, team_page


@pytest.fixture(scope="module")
def pages():
    calls = make_calls(agents=10, weeks=7)
    gathered = Gathered.of(calls)
    report = make_report(gathered, ITEMS)
    person = next(one for one in report.agents if one.name == "Emma Clarke")
    coaching = find_coaching(report, person, gathered.total(lambda cell: cell.agent == person.name), {})
    moments = {one.call_id: 12.5 for one in report.best}
    return {
        "team": team_page(report, Surroundings(title="autumn", moments=moments)),
        "agent": summary_page(report, coaching, Surroundings(title="autumn")),
        "report": report,
    }


@pytest.fixture
def open_one(browser, tmp_path, pages):
    contexts = []

    def open_it(name, size=(1280, 900), **options):
        path = tmp_path / f"{name}.html"
        path.write_text(pages[name], encoding="utf-8")
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("request", lambda request: page.heard.append(request.url))
        page.set_default_timeout(10_000)
        page.goto(path.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()


def shot(page, name):
    folder = os.environ.get("HEAROUT_SCREENSHOTS")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_it_opens_without_a_word_and_its_links_lead_to_the_calls(open_one, pages, tmp_path):
    page = open_one("team")
    assert [one for one in page.heard if not one.startswith("data:")] == [page.url]
    first = pages["report"].best[0].call_id
    target = tmp_path / first / "timeline.html"
    target.parent.mkdir()
    target.write_text("<title>the call</title>", encoding="utf-8")
    for link in page.locator("nav a").all():
        assert page.locator(link.get_attribute("href")).count() == 1
    page.get_by_role("link", name=first).click()
    page.wait_for_url(re.compile(r"timeline\.html#t=12\.500$"))
    assert page.title() == "the call"


def test_the_numbers_behind_the_charts_can_be_opened(open_one, pages):
    page = open_one("team")
    for summary in page.locator("summary").all():
        summary.click()
    table = page.get_by_role("table", name="Over time")
    assert table.locator("tbody tr").count() == len(pages["report"].series)
    people = page.get_by_role("table", name="By agent")
    assert people.locator("tbody tr").count() == sum(one.name is not None for one in pages["report"].agents)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 1280


@pytest.mark.parametrize("name", ["team", "agent"])
def test_axe_finds_nothing_serious(open_one, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = open_one(name)
    for details in page.locator("details").all():
        details.evaluate("(node) => { node.open = true; }")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        wanted = None if scheme == "light" else {"runOnly": ["color-contrast"]}  # nothing else changes
        found = axe.Axe().run(page, context={"exclude": [["svg *"]]}, options=wanted).response
        bad = [
            (scheme, rule["id"], node["html"][:200])
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical", "moderate"}
            for node in rule["nodes"]
        ]
        assert bad == []
        assert len(found["passes"]) >= (10 if scheme == "light" else 1)
        shot(page, f"report_{name}_{scheme}")


@pytest.mark.parametrize("name", ["team", "agent"])
def test_a_phone_of_320_px_needs_no_sideways_scrolling(open_one, name):
    page = open_one(name, size=(320, 640))
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    for details in page.locator("details").all():
        details.evaluate("(node) => { node.open = true; }")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 320
    shot(page, f"report_{name}_320")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ["team", "agent"])
def test_days_below_a_chart_do_not_run_into_each_other(open_one, name, width):
    page = open_one(name, size=(width, 800))
    rows = page.locator("svg.trend").evaluate_all(
        """charts => charts.map((chart) => [...chart.querySelectorAll('text')]
          .filter((text) => /[0-9] [A-Z]/.test(text.textContent.replace('\\u00a0', ' ')))
          .map((text) => text.getBoundingClientRect()).map(({ left, right }) => [left, right]))"""
    )
    assert any(len(days) > 2 for days in rows)
    for days in rows:
        days.sort()
        assert all(before[1] + 4 < after[0] for before, after in pairwise(days))


def test_printed_the_summary_is_two_pages_and_the_report_keeps_its_charts(open_one):
    page = open_one("agent", color_scheme="dark")
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2
    page = open_one("team", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("nav").is_hidden()
    assert page.locator(".trend").first.is_visible()
