"""The page in a real browser: heard, clicked, typed at, printed, and looked at."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from msgspec import structs


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
    assert opened.page.locator("#next").is_disabled()  # there is nothing to step to
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
    assert page.locator("#lanes").get_attribute("aria-valuetext") == (
        "1:03 of 1:30, Customer speaking, agent 44\u00a0% of the talking so far"
    )
    assert page.locator(".lit").text_content() == "Definitely"
    wait_for_button(page, "Play")
    page.evaluate("location.hash = '#t=12'")
    page.wait_for_function("() => document.getElementById('clock').textContent.startsWith('0:12')")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize("link", ["#t=63.2", "#event=5"])
def test_a_link_brings_the_timeline_and_the_play_button_in_sight(open_page, eventful, media, size, link):
    page = open_page(eventful, media, link=link, size=size).page
    for part in ("#play", "#lanes"):
        box = page.locator(part).bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1]
    assert open_page(eventful, media, size=size).page.evaluate("scrollY") == 0


@pytest.mark.parametrize("width", [360, 390])
def test_on_a_phone_the_controls_stand_in_one_row(open_page, eventful, media, width):
    page = open_page(eventful, media, size=(width, 800)).page
    assert page.locator("#play").bounding_box()["y"] < page.locator("#zoom-in").bounding_box()["y"] + 40
    assert page.locator(".transport").bounding_box()["height"] < 60


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_names_of_checklists_are_not_cut_off(open_page, eventful, width):
    eventful.checklists[0].title = "LEAP (Ask, Produce), as our team asks it"
    page = open_page(eventful, size=(width, 800)).page
    cut = "nodes => nodes.filter((one) => one.scrollWidth > one.clientWidth + 1).length"
    assert page.locator(".tab b").evaluate_all(cut) == 0


def test_a_number_and_its_unit_stay_on_one_line(open_page, eventful, media):
    page = open_page(eventful, media).page
    page.evaluate("document.querySelectorAll('#moment-list details').forEach((one) => { one.open = true; })")
    page.wait_for_selector("#moment-list .numbers dd")
    lines = page.locator("#moment-list .numbers dd").evaluate_all(
        """nodes => nodes.map((node) => {
          const range = document.createRange();
          range.selectNodeContents(node);
          return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
        })"""
    )
    assert set(lines) == {1}


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


def test_a_claim_plays_its_evidence_from_2_s_before_and_stops_at_its_end(open_page, eventful, media):
    opened = open_page(eventful, media)
    page = opened.page
    page.get_by_role("button", name="fail: Listen. Play the evidence at 0:32").first.click()
    assert opened.time() == pytest.approx(30.6, abs=0.06)
    wait_for_button(page, "Pause")
    wait_for_button(page, "Play")
    assert page.locator("#clock").text_content().startswith("0:33")


def test_why_opens_the_numbers_and_what_would_flip(open_page, eventful, media):
    opened = open_page(eventful, media, size=(1280, 1700))
    page = opened.page
    page.locator(".says .why summary").click()
    assert page.locator(".says .why dl").is_visible()
    assert "yield_s 20\u00a0% higher" in page.locator(".says ul.flips").text_content()
    line = page.locator(".line.fail").first
    line.locator("summary").click()
    assert "How sure" in line.locator("dl").text_content()
    assert "yield_s 20 % higher" in line.locator("ul.flips").text_content()
    assert "Signs_of_listening" in line.locator(".finer").text_content()
    moment = page.locator("#moment-list li", has_text="Interruption")
    moment.locator("summary").click()
    assert "both spoke for0.40 s" in moment.locator("dl").text_content()
    assert "Event 3." in moment.text_content()
    opened.shot("eventful_why")


def test_all_measures_stand_below_and_why_some_have_no_value(open_page, mono):
    mono.measures["silence_s"] = 4.5678
    page = open_page(mono).page
    page.locator("#all-measures summary").click()
    rows = page.locator("#all-measures dl > div")
    rows.first.wait_for()  # it is told that it is open a little later
    assert rows.count() == len(mono.measures)
    assert "silence_s4.568" in rows.all_text_contents()
    assert "talk_ratio_agent— agent and customer are not told apart" in rows.all_text_contents()
    page.locator("#all-measures summary").click()
    page.locator("#all-measures summary").click()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert rows.count() == len(mono.measures)  # opened again it says them once


def test_checklists_are_tabs_for_mouse_and_keys(open_page, eventful, media):
    opened = open_page(eventful, media)
    page = opened.page
    assert page.locator("#checklist-0").is_visible()
    assert page.locator("#checklist-1").is_hidden()
    page.get_by_role("tab", name="LAST").click()
    assert page.locator("#checklist-0").is_hidden()
    assert page.locator("#checklist-1 .line").count() == 2
    page.get_by_role("tab", name="LAST").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="LEAP").get_attribute("aria-selected") == "true"
    assert page.locator("#clock").text_content() == "0:00 / 1:30"  # the arrows moved no cursor


def test_the_legend_filters_marks_moments_and_tags(open_page, eventful, media):
    opened = open_page(eventful, media)
    page = opened.page
    labels = [text.rsplit(" ", 1) for text in page.locator("#legend button").all_text_contents()]
    assert labels == [
        ["Vent", "1"],
        ["Interruption", "1"],
        ["First solving act", "1"],
        ["Sign of listening", "1"],
        ["Empathy", "1"],
        ["Apology", "1"],
        ["Solving", "1"],
        ["Promise", "1"],
        ["Silence", "1"],
        ["Complaint", "1"],
        ["Something new", "1"],
    ]
    opened.shot("eventful_light")
    assert page.locator("#moment-list li:visible").count() == 10  # complaints are hidden at first
    pixels = "document.getElementById('canvas').toDataURL()"
    before = page.evaluate(pixels)
    for name, tag in (("Interruption 1", "Interruption"), ("Apology 1", "Apology for what happened")):
        button = page.get_by_role("button", name=name, exact=True)
        assert page.locator(".tag", has_text=tag).is_visible()
        button.click()
        assert page.locator("#moment-list li:visible").count() == 9
        assert page.locator(".tag", has_text=tag).is_hidden()
        page.wait_for_function(f"before => {pixels} !== before", arg=before)
        button.click()
        page.wait_for_function(f"before => {pixels} === before", arg=before)
    page.get_by_role("button", name="Complaint 1", exact=True).click()
    assert page.locator("#moment-list li:visible").count() == 11


def moments_of(page):
    """What the list of moments says, shown or not: what, whose, whether it is unsure."""
    rows = (
        "rows => rows.map((row) => [...row.querySelectorAll('.what, .by, em')].map((one) => one.textContent))"
    )
    return page.locator("#moment-list li").evaluate_all(rows)


def test_events_and_moves_are_moments_in_order_of_time(open_page, eventful):
    assert moments_of(open_page(eventful).page) == [
        ["Complaint", "Customer"],
        ["Vent", "Customer"],
        ["Sign of listening", "Agent"],
        ["Interruption", "unsure", "Agent"],
        ["Apology for what happened", "Agent"],
        ["Empathy", "unsure", "Agent"],
        ["Silence"],
        ["First solving act", "Agent"],
        ["Offers a choice", "Agent"],
        ["Something new", "Customer"],
        ["Agrees a follow-up", "Agent"],
    ]


def test_a_question_counts_as_one_where_the_agent_asks_it(open_page, eventful):
    for i, role in ((4, "agent"), (1, "customer")):
        eventful.turns[i].moves = [structs.replace(eventful.turns[i].moves[0], name="question")]
        assert eventful.turns[i].role == role
    page = open_page(eventful).page
    legend = page.locator("#legend button").all_text_contents()
    assert {"Question 1", "Other 1"} <= set(legend)
    other = page.locator("#legend button", has_text="Other").get_attribute("aria-pressed")
    assert other == "false"


def test_events_keep_the_numbers_of_the_result(open_page, eventful):
    turned = eventful.model_copy(update={"events": eventful.events[::-1]})
    page = open_page(turned, link="#event=1").page
    assert page.locator("#chosen b").text_content() == "1 · Something new by the customer, 1:00"
    page.evaluate("location.hash = '#event=6'")
    page.wait_for_function("() => document.getElementById('chosen').textContent.startsWith('6 · Vent, 0:04')")


def test_an_older_result_whose_events_lack_the_vent_shows_it(open_page, eventful):
    older = eventful.model_copy(update={"events": eventful.events[1:]})
    page = open_page(older).page
    assert moments_of(page).count(["Vent", "Customer"]) == 1
    page.locator("#moment-list button", has_text="Vent").click()
    assert page.locator("#chosen b").text_content() == "Vent, 0:04"  # it has no number


def test_a_click_on_a_mark_chooses_it(open_page, eventful, media):
    page = open_page(eventful, media).page
    box = page.locator("#lanes").bounding_box()
    x = x_of(page, 32.6)[0]
    page.mouse.move(x, box["y"] + 28)
    assert "Interruption, unsure" in page.locator("#bubble").text_content()
    page.mouse.click(x, box["y"] + 28)
    assert page.evaluate("location.hash") == "#event=3"
    assert page.locator("#chosen").text_content().startswith("3 · Interruption by the agent, 0:32 (unsure)")
    wait_for_button(page, "Pause")
    wait_until_heard(page, 31)


def test_j_and_k_step_through_what_is_shown(open_page, eventful):
    page = open_page(eventful).page
    heads = []

    def press(key):
        page.keyboard.press(key)
        heads.append(page.locator("#chosen b").text_content())

    for key in "jjjjk":
        press(key)
    assert heads == [
        "1 · Vent, 0:04",
        "2 · Sign of listening by the agent, 0:11",
        "3 · Interruption by the agent, 0:32",
        "Apology for what happened by the agent, 0:32",
        "3 · Interruption by the agent, 0:32",
    ]
    assert page.locator("#moment-list .chosen").count() == 1
    page.mouse.click(*x_of(page, 62.0))
    assert page.locator("#chosen").text_content() == ""  # elsewhere: it is left
    press("k")
    assert heads[-1] == "6 · Something new by the customer, 1:00"
    page.get_by_role("button", name="Something new 1").click()
    page.mouse.click(*x_of(page, 62.0))
    page.locator("#previous").click()
    assert page.locator("#chosen b").text_content() == "Offers a choice by the agent, 0:47"


def test_speed_by_key_and_by_button(open_page, two_party, media):
    page = open_page(two_party, media).page
    page.keyboard.press("x")
    assert page.locator("#speed").text_content() == "1.5×"
    page.keyboard.press("x")
    page.keyboard.press("Shift+>")
    assert page.locator("#speed").get_attribute("aria-label") == "Speed: 1.25×"
    for _ in range(4):
        page.locator("#speed").click()
    assert page.locator("#speed").text_content() == "1×"
    page.keyboard.press("Shift+<")
    assert page.locator("#speed").text_content() == "0.75×"


def test_the_keys_are_listed_and_the_list_closes(open_page, two_party):
    opened = open_page(two_party)
    opened.page.keyboard.press("Shift+?")
    assert opened.page.locator("#keys").is_visible()
    assert "Safari from 18.4" in opened.page.locator("#keys").text_content()
    opened.page.get_by_role("button", name="Close").click()
    assert opened.page.locator("#keys").is_hidden()
    assert opened.complaints == []


def test_a_link_to_an_event_opens_at_it(open_page, eventful, media):
    opened = open_page(eventful, media, link="#event=5")
    page = opened.page
    assert page.locator("#chosen").text_content().startswith("5 · First solving act by the agent, 0:47")
    assert page.locator("#clock").text_content() == "0:45 / 1:30"  # 2 s before it
    assert page.evaluate("location.hash") == "#event=5"
    wait_for_button(page, "Play")
    page.evaluate("location.hash = '#event=99'")
    page.evaluate("location.hash = '#event=3'")
    page.wait_for_function("() => document.getElementById('clock').textContent.startsWith('0:30')")
    assert opened.complaints == []


def test_audio_beside_the_page_plays(open_page, two_party, opus, media):
    beside = type(media)(audio_beside="playback.ogg")
    opened = open_page(two_party, beside, beside=opus)
    opened.page.locator("#play").click()
    wait_until_heard(opened.page, 1)
    assert opened.complaints == []


def test_audio_that_is_not_beside_the_page_is_said(open_page, two_party, media):
    page = open_page(two_party, type(media)(audio_beside="playback.ogg")).page
    page.wait_for_function("() => document.getElementById('mute').textContent.includes('is not here')")
    assert page.locator("#play").is_disabled()


def test_the_ratio_runs_along(open_page, eventful):
    page = open_page(eventful).page
    box = page.locator("#lanes").bounding_box()
    page.mouse.click(x_of(page, 19.0)[0], box["y"] + 60)
    # until 0:19 the agent has spoken 3.5 + 0.6 s, the customer 14.6 s
    assert page.locator("#so-far").text_content() == "so far 22\u00a0%"
    page.mouse.move(x_of(page, 60.0)[0], box["y"] + box["height"] - 10)
    # from 0:30 on the agent 8.4 + 12.5 s, the customer 3 + 1.5 s
    assert "agent 82\u00a0% of the last 30 s" in page.locator("#bubble").text_content()


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
        opened.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
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
    for part in (".transport", ".transcript", ".tabs", "#cursor"):
        assert page.locator(part).is_hidden()
    for part in ("h1", ".balance", "#canvas", ".figures", "#checklist-0", "#checklist-1"):
        assert page.locator(part).first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    opened.shot("eventful_print", full_page=True)
    paper = page.pdf(prefer_css_page_size=True)
    (opened.folder / "eventful.pdf").write_bytes(paper)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) <= 2


def test_a_crowded_result_prints_on_two_pages_too(open_page, eventful, media):
    """Six checklists of six failed lines with long reasons, forty interruptions, warnings."""
    lists = eventful.checklists[0]
    line = replace(lists.items[0], items=[], reason="Something that was not found. " * 5)
    failed = replace(lists, items=[line] * 6)
    crowded = eventful.model_copy(
        update={
            "checklists": [failed] * 6,
            "events": eventful.events + [eventful.events[2]] * 40,
        }
    )
    crowded.measures["speech_agreement"] = 0.6
    opened = open_page(crowded, media)
    paper = opened.page.pdf(prefer_css_page_size=True)
    (opened.folder / "crowded.pdf").write_bytes(paper)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 2


def test_scrolling_by_hand_is_not_fought(open_page, two_party, media):
    page = open_page(two_party, media, size=(1000, 600)).page
    page.locator("#play").click()
    wait_until_heard(page, 1)
    page.mouse.move(300, 580)
    page.mouse.wheel(0, 5000)
    page.wait_for_function("() => scrollY + innerHeight >= document.scrollingElement.scrollHeight - 2")
    wait_until_heard(page, 3)
    assert page.evaluate("scrollY + innerHeight >= document.scrollingElement.scrollHeight - 2")
