"""The page in a real browser: heard, clicked, typed at, printed, and looked at."""

from __future__ import annotations

import re

import pytest


def x_of(page, time_s, duration_s=90.0):
    """Where `time_s` lies on the lanes that show the whole call: (x, y) in the viewport."""
    box = page.locator("#lanes").bounding_box()
    return box["x"] + box["width"] * time_s / duration_s, box["y"] + box["height"] / 2


def wait_until_heard(page, time_s):
    """Wait until the audio itself has come to `time_s` (the clock shows nothing else)."""
    page.wait_for_function(
        "t => { const [m, s] = document.getElementById('clock').textContent.split(' ')[0].split(':');"
        " return m * 60 + Number(s) >= t; }",
        arg=time_s,
    )


def wait_for_button(page, says):
    """Wait until the play button offers this: "Pause" while it plays."""
    page.wait_for_selector(f"#play[aria-label={says}]")


def test_it_opens_without_complaints_and_asks_for_nothing(open_page, two_party, media):
    opened = open_page(two_party, media)
    opened.page.wait_for_load_state("networkidle")
    assert opened.complaints == []
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert sum(url.startswith("file:") for url in opened.requests) == 1
    assert opened.page.locator(".turn").count() == len(two_party.turns)
    assert opened.page.locator("#legend button").count() == 0
    opened.shot("two_party_light")


def test_the_policy_stops_what_is_not_the_pages_own(open_page, two_party):
    page = open_page(two_party).page
    broken = page.evaluate(
        """async () => {
          const broken = [];
          document.addEventListener('securitypolicyviolation', (e) => broken.push(e.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'window.hacked = 1';
          document.body.append(script);
          const image = document.createElement('img');
          image.setAttribute('onerror', 'window.hacked = 1');
          image.src = 'https://example.invalid/x.png';
          document.body.append(image);
          await fetch('https://example.invalid/').catch(() => 0);
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return broken;
        }"""
    )
    assert page.evaluate("window.hacked") is None
    assert {"script-src-elem", "script-src-attr", "img-src", "connect-src"} <= set(broken)


def test_it_plays_and_the_cursor_and_the_lit_word_follow(open_page, two_party, media):
    page = open_page(two_party, media).page
    assert page.locator("#clock").text_content() == "0:00 / 1:30"
    page.locator("#play").click()
    wait_for_button(page, "Pause")
    page.wait_for_function("() => document.querySelector('.lit')?.textContent === 'morning,'")
    before = page.locator("#cursor").bounding_box()["x"]
    wait_until_heard(page, 2)
    assert page.locator("#cursor").bounding_box()["x"] > before
    assert page.locator(".turn.now .who").text_content() == "Agent"
    page.locator("#play").click()
    wait_for_button(page, "Play")


def test_a_click_on_the_lanes_plays_from_there(open_page, two_party, media):
    opened = open_page(two_party, media)
    page = opened.page
    page.mouse.click(*x_of(page, 50.0))
    assert opened.time() == pytest.approx(50.0, abs=0.2)
    wait_until_heard(page, 51)
    wait_for_button(page, "Pause")
    assert page.locator(".turn.now .who").text_content() == "Agent"


def test_a_click_on_a_word_plays_it(open_page, two_party, media):
    opened = open_page(two_party, media)
    page = opened.page
    page.locator(".w", has_text="Definitely").click()
    said = next(word for turn in two_party.turns for word in turn.words if word.text == "Definitely")
    assert opened.time() == pytest.approx(said.start_s, abs=0.06)
    page.wait_for_function("() => document.querySelector('.lit')?.textContent === 'Definitely'")
    wait_until_heard(page, said.start_s + 1)


def test_keys_play_move_and_zoom(open_page, two_party, media):
    opened = open_page(two_party, media, link="#t=20")
    page = opened.page
    page.keyboard.press("Space")
    wait_for_button(page, "Pause")
    page.keyboard.press("Space")
    wait_for_button(page, "Play")
    page.mouse.click(*x_of(page, 20.0))
    page.keyboard.press("Space")
    at = opened.time()
    page.keyboard.press("ArrowRight")
    assert opened.time() >= at + 5
    at = opened.time()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert opened.time() == pytest.approx(at - 6, abs=0.11)
    assert page.locator("#scroll").is_hidden()
    page.keyboard.press("+")
    assert page.locator("#scroll").is_visible()
    page.keyboard.press("0")
    assert page.locator("#scroll").is_hidden()
    page.locator("#lanes").focus()
    page.keyboard.press("End")
    assert opened.time() == 90.0


def test_space_on_a_focused_button_is_the_buttons(open_page, two_party, media):
    opened = open_page(two_party, media)
    opened.page.locator(".turn .at").nth(3).focus()
    opened.page.keyboard.press("Space")
    assert opened.time() == pytest.approx(two_party.turns[3].start_s, abs=0.06)
    wait_for_button(opened.page, "Pause")


def test_a_deep_link_opens_at_its_time(open_page, two_party, media):
    page = open_page(two_party, media, link="#t=63.2").page
    assert page.locator("#clock").text_content() == "1:03 / 1:30"
    assert page.locator("#lanes").get_attribute("aria-valuenow") == "63.2"
    assert page.locator("#lanes").get_attribute("aria-valuetext") == "1:03 of 1:30, Customer speaking"
    assert page.locator(".lit").text_content() == "Definitely"
    wait_for_button(page, "Play")
    page.evaluate("location.hash = '#t=12'")
    page.wait_for_function("() => document.getElementById('clock').textContent.startsWith('0:12')")


def test_zoomed_in_a_click_still_lands_where_it_points(open_page, two_party, media):
    opened = open_page(two_party, media, link="#t=40")
    page = opened.page
    box = page.locator("#lanes").bounding_box()
    x, y = x_of(page, 40.0)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    page.wait_for_selector("#scroll:visible")
    page.mouse.click(x, y)
    assert opened.time() == pytest.approx(40.0, abs=0.2)
    start = opened.time()
    page.mouse.click(box["x"] + 2, y)
    assert 0 < opened.time() < start


def test_evidence_and_warnings_play_from_their_place(open_page, eventful, media):
    opened = open_page(eventful, media)
    page = opened.page
    page.get_by_role("button", name="Play the evidence at 0:32").first.click()
    assert opened.time() == pytest.approx(30.6, abs=0.06)
    page.wait_for_function(
        "() => document.getElementById('play').ariaLabel === 'Play'"
    )  # it stops at its end
    assert page.locator("#clock").text_content().startswith("0:33")


def test_the_legend_filters_marks_and_moments(open_page, eventful, media):
    opened = open_page(eventful, media)
    page = opened.page
    labels = [text.rsplit(" ", 1) for text in page.locator("#legend button").all_text_contents()]
    assert labels == [
        ["Vent", "1"],
        ["Backchannel", "1"],
        ["Interruption", "1"],
        ["Silence", "1"],
        ["Something new", "1"],
    ]
    opened.shot("eventful_light")
    pixels = "document.getElementById('canvas').toDataURL()"
    before = page.evaluate(pixels)
    page.get_by_role("button", name="Interruption 1").click()
    assert page.locator("#moment-list li:visible").count() == 4
    page.wait_for_function(f"before => {pixels} !== before", arg=before)
    page.get_by_role("button", name="Interruption 1").click()
    page.wait_for_function(f"before => {pixels} === before", arg=before)
    box = page.locator("#lanes").bounding_box()
    page.mouse.click(x_of(page, 32.6)[0], box["y"] + 31)
    assert opened.time() == pytest.approx(30.6, abs=0.06)


def test_without_audio_the_page_stays_useful(open_page, two_party):
    opened = open_page(two_party)
    page = opened.page
    assert page.locator("#mute").text_content().startswith("This page holds no audio")
    assert page.locator("#play").is_disabled()
    page.mouse.click(*x_of(page, 50.0))
    assert page.locator("#clock").text_content() == "0:50 / 1:30"
    assert opened.complaints == []


def test_audio_that_does_not_play_is_said(open_page, two_party, media):
    broken = type(media)(b"not audio at all", waveform=media.waveform, points_per_s=media.points_per_s)
    page = open_page(two_party, broken, wait=False).page
    page.wait_for_function("() => document.getElementById('mute').textContent.includes('cannot play')")
    assert page.locator("#play").is_disabled()


def test_hostile_words_stay_words(open_page, hostile):
    opened = open_page(hostile)
    page = opened.page
    assert opened.complaints == []
    assert page.evaluate("window.hacked") is None
    assert page.locator(".turn p").first.text_content() == hostile.turns[0].text
    assert page.locator(".turn p img, .turn p script, .turn b").count() == 0
    assert page.locator(".turn p").nth(3).text_content() == hostile.turns[3].text
    assert page.evaluate("getComputedStyle(document.querySelectorAll('.turn p')[2]).direction") == "rtl"
    first, second = (page.locator(".turn p").nth(2).locator(".w").nth(i).bounding_box() for i in (0, 1))
    assert first["x"] > second["x"]
    assert page.locator(".facts strong").text_content() == "<script>window.hacked=1</script>"
    opened.shot("hostile_light", full_page=True)


@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "hostile", "eventful"])
def test_a_phone_of_320_px_needs_no_sideways_scrolling(open_page, name, request):
    opened = open_page(request.getfixturevalue(name), size=(320, 640))
    width = opened.page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 320
    heights = "nodes => Math.max(0, ...nodes.map((node) => node.getBoundingClientRect().height))"
    assert opened.page.locator("dl:not(details dl) dt, dl:not(details dl) dd").evaluate_all(heights) < 60
    opened.shot(f"{name}_320")
    opened.page.evaluate("scrollTo(0, 500)")
    opened.shot(f"{name}_320_below")


def test_controls_stay_in_sight_while_reading(open_page, two_party, media):
    for size in ((320, 640), (1280, 800)):
        page = open_page(two_party, media, size=size).page
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        box = page.locator("#play").bounding_box()
        assert 0 <= box["y"] < size[1] / 2


@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "hostile", "eventful"])
def test_axe_finds_nothing_serious(open_page, name, request, media):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    opened = open_page(request.getfixturevalue(name), media, size=(1280, 1400))
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        found = axe.Axe().run(opened.page).response
        bad = [
            (scheme, rule["id"], node["html"])
            for rule in found["violations"]
            if rule["impact"] in {"serious", "critical", "moderate"}
            for node in rule["nodes"]
        ]
        assert bad == []
        assert len(found["passes"]) > 10
        opened.shot(f"{name}_{scheme}_tall")


def test_dark_mode_changes_page_and_lanes(open_page, two_party, media):
    opened = open_page(two_party, media, color_scheme="dark")
    page = opened.page
    dark = "getComputedStyle(document.body).backgroundColor"
    pixels = "document.getElementById('canvas').toDataURL()"
    seen = page.evaluate(dark), page.evaluate(pixels)
    opened.shot("two_party_dark")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"before => {pixels} !== before", arg=seen[1])
    assert page.evaluate(dark) != seen[0]


def test_print_is_the_summary_on_two_pages_at_most(open_page, eventful, media):
    opened = open_page(eventful, media, color_scheme="dark")
    page = opened.page
    page.emulate_media(media="print")
    for part in (".transport", ".transcript", ".bottom", "#cursor"):
        assert page.locator(part).is_hidden()
    for part in ("h1", ".balance", "#canvas", ".figures", ".card"):
        assert page.locator(part).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    opened.shot("eventful_print", full_page=True)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2


def test_scrolling_by_hand_is_not_fought(open_page, two_party, media):
    page = open_page(two_party, media, size=(1000, 600)).page
    page.locator("#play").click()
    wait_until_heard(page, 1)
    page.mouse.move(300, 580)
    page.mouse.wheel(0, 5000)
    page.wait_for_function("() => scrollY + innerHeight >= document.scrollingElement.scrollHeight - 2")
    wait_until_heard(page, 3)
    assert page.evaluate("scrollY + innerHeight >= document.scrollingElement.scrollHeight - 2")
