"""The page as text: what stands in it, what must not, and that it needs nothing from outside."""

from __future__ import annotations

import base64
import gc
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.page import SCRIPTS, STYLES, PageMedia, _json, render_page
from pipeline.report.pieces import timed, together
from pipeline.report.schema import Event


class Reader(HTMLParser):
    """All elements with their attributes and the text that follows their start tag."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.text = ""
        self.raw = False
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = []
        self.elements.append((tag, dict(attrs), self.inside))
        self.raw = tag in {"script", "style"}

    def handle_endtag(self, tag):
        self.raw, self.inside = False, []

    def handle_data(self, data):
        self.inside.append(data)
        if not self.raw:
            self.text += data

    def all(self, tag, **wanted):
        """Return (attributes, text) of the elements of that name that have these attributes."""
        return [
            (attributes, "".join(text))
            for name, attributes, text in self.elements
            if name == tag and wanted.items() <= attributes.items()
        ]


def read(analysis, media=None) -> Reader:
    return Reader(bytes(render_page(analysis, media)).decode())


def block(reader: Reader) -> dict:
    return json.loads(reader.all("script", id="data")[0][1])


def data_of(analysis) -> dict:
    return block(read(analysis))


def policy_of(reader: Reader) -> str:
    return next(attributes["content"] for attributes, _ in reader.all("meta") if attributes.get("http-equiv"))


@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "hostile", "eventful"])
def test_policy_names_exactly_the_style_and_the_script_of_the_page(name, request):
    reader = read(request.getfixturevalue(name))
    policy = policy_of(reader)
    programs = [text for attributes, text in reader.all("script") if "type" not in attributes]
    styles = [text for _, text in reader.all("style")]
    assert len(programs) == len(styles) == 1
    for kind, text in (("script-src", programs[0]), ("style-src", styles[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nothing_is_loaded_from_anywhere(eventful, media):
    reader = read(eventful, media)
    for tag, attributes, _ in reader.elements:
        for attribute in ("src", "href", "action", "data", "srcset", "style"):
            value = attributes.get(attribute)
            assert value is None or value.startswith(("#", "data:,")), (tag, attribute, value)
        assert not [name for name in attributes if name.startswith("on")]
    links = re.findall(r"https?://[^\s\"']+", bytes(render_page(eventful, media)).decode())
    assert set(links) <= {"http://www.w3.org/2000/svg"}


def test_the_data_block_holds_the_call(two_party, media):
    data = block(read(two_party, media))
    assert data["duration"] == 90.0
    assert [role["id"] for role in data["roles"]] == ["agent", "customer"]
    assert data["speech"]["customer"][0] == [4.4, 19.0]
    word = {"text": "Good", "start_s": 0.5, "end_s": 0.742, "confidence": 0.94}  # as in the result file
    assert data["turns"][0]["words"][0] == word
    assert data["wave"]["points"] == media.waveform
    assert data["wave"]["perSecond"] == 50


def test_what_was_said_can_not_become_markup(hostile):
    html = bytes(render_page(hostile)).decode()
    assert "<script>window" not in html
    assert "onerror=window.hacked=1>" not in html.replace("\\u003e", "")
    assert "<b>Eve" not in html
    assert "{{ 7*7 }}" in block(Reader(html))["turns"][1]["text"]
    raw = re.search(r'id="data">(.*?)</script>', html, re.S).group(1)
    assert not set(raw) & set("<>&\u2028\u2029")
    assert [turn["text"] for turn in json.loads(raw)["turns"]] == [turn.text for turn in hostile.turns]


@pytest.mark.parametrize("slot", ["style", "script", "data", "audio"])
def test_what_is_said_can_not_ask_for_a_part_of_the_page(build_call, slot):
    asked = f"<!--{slot}-->"
    call = build_call([("agent", 1.0, 6.0, asked)], call={"id": asked, "agent": asked, "recorded_at": asked})
    html = bytes(render_page(call, PageMedia(b"audio"), title=asked)).decode()
    assert asked not in html
    assert block(Reader(html))["turns"][0]["text"] == asked
    assert html.count(base64.b64encode(b"audio").decode()) == 1


@pytest.mark.parametrize("size", [1, 3 << 15, (3 << 15) + 1, 200_000])
def test_audio_of_any_length_is_in_the_page_whole_from_memory_or_from_a_file(two_party, tmp_path, size):
    audio = bytes(k * k % 251 for k in range(size))
    (tmp_path / "call.ogg").write_bytes(audio)
    page = bytes(render_page(two_party, PageMedia(audio)))
    assert bytes(render_page(two_party, PageMedia(tmp_path / "call.ogg"))) == page
    [(_, text)] = Reader(page.decode()).all("script", id="audio")
    assert base64.b64decode(text, validate=True) == audio


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_element_round_trips_and_can_not_end_it(value):
    text = _json(value).decode()
    assert json.loads(text) == value
    assert not set(text) & set("<>&\u2028\u2029")


def test_summary_states_ratio_target_and_both_denominators(two_party):
    text = read(two_party).text.replace("\u00a0", " ")
    talk = two_party.measures["talk_ratio_agent"]
    assert f"The agent had {talk * 100:.0f} % of the talking (target: about half)." in text
    assert "Inside the target of 50 % ± 10" in text
    assert "Agent's share of the talking" in text
    assert "Agent's share of the whole call" in text


def test_a_warning_is_said_once_with_all_its_times(two_party):
    reader, said = read(two_party), {"Play at 0:12", "Play at 0:20"}
    assert reader.text.count("The customer's channel is clipped.") == 1
    times = [a["data-play"] for a, _ in reader.all("button") if a.get("aria-label") in said]
    assert times == ["12.000", "20.000"]


def test_what_this_call_does_not_have_leaves_no_empty_boxes(two_party, silent):
    for analysis in (two_party, silent):
        reader = read(analysis)
        assert "hidden" in reader.all("section", id="checklists")[0][0]
        assert not [a for a, _ in reader.all("span") if "verdict " in (a.get("class") or "")]
        assert "hidden" in reader.all("section", id="moments")[0][0]
    clean = two_party.model_copy(update={"warnings": []})
    assert "How far to trust this" not in read(clean).text


def test_the_verdict_on_the_vent_is_read_first_and_unsure_looks_unsure(eventful):
    reader = read(eventful)
    badges = [(a["class"], text) for a, text in reader.all("span") if "verdict " in (a.get("class") or "")]
    assert badges == [("verdict unsure", "unsure"), ("verdict pass", "pass")]
    text = reader.text.replace("\u00a0", " ")
    order = ["Heard out before solving", "Vented 29 s", eventful.verdicts["vent_before_solving"].reason]
    assert [text.index(one) for one in order] == sorted(text.index(one) for one in order)


def test_why_opens_the_numbers_and_what_would_flip(eventful):
    reader = read(eventful)
    text = reader.text.replace("\u00a0", " ")
    assert "The complaint0:04 to 0:33, 29 s" in text.replace("\n", "")
    assert "First solving act0:47, 14 s after its end" in text.replace("\n", "")
    assert "the threshold floor.yield_s 20 % higher" in text
    assert "the agent's speech 0.05 s earlier" in text
    assert "Edges of speech or thresholds a little different would not turn it round." in text  # the ratio
    evidence = [a for a, _ in reader.all("button") if (a.get("aria-label") or "").startswith("Play the evid")]
    assert [a["data-play"] for a in evidence] == ["30.600", "2.400"]  # 2 s before 32.6 and 4.4


def test_buttons_play_what_the_headline_speaks_of(eventful):
    labels = {
        a["aria-label"]: a["data-play"] for a, _ in read(eventful).all("button") if a.get("class") == "at"
    }
    assert labels["Play Vent at 0:04"] == "2.400"
    assert labels["Play Interruption at 0:32"] == "30.600"
    assert labels["Play First solving act at 0:47"] == "45.500"


def test_of_several_vents_each_has_its_line(eventful):
    second = Event.from_row({**eventful.events[0].row, "start_s": 60.6, "end_s": 84.0, "interruptions": 0})
    second.row["lead_s"] = None
    two = eventful.model_copy(update={"events": [*eventful.events, second]})
    text = read(two).text.replace("\u00a0", " ").replace("\n", "")
    assert "Vent 1, 0:04 to 0:3329 s, 1 interruption, solving 14 s after its end" in text
    assert "Vent 2, 1:00 to 1:2423 s, no interruption, never solved" in text
    assert "Customer's speech in it" not in text  # would be of the first alone


def test_doubt_about_roles_channel_and_detectors_is_said_once(build_call):
    warning = {"code": "role_unsure", "message": "It is not certain who is the agent."}
    doubtful = build_call(confidence=0.55, call={"layout": "mono", "channels": 1}, warnings=[warning])
    doubtful.measures["speech_agreement"] = 0.6
    text = read(doubtful).text.replace("\u00a0", " ")
    assert text.count("How far to trust this") == 1
    assert text.count("Who is the agent is not certain (55 % sure") == 1
    assert warning["message"] not in text
    assert text.count("Both parties are on one channel") == 1
    assert text.count("The speech detectors agree on 60 % of the speech only") == 1
    assert "How far to trust this" not in read(build_call()).text


def test_an_event_brings_its_reason_and_its_numbers(eventful):
    data = data_of(eventful)
    assert [event["type"] for event in data["events"]] == [event.type for event in eventful.events]
    says, why = data["explained"][2]
    assert says.startswith("The agent came in while the customer spoke; both spoke for 0.40 s")
    assert ["both spoke for", "0.40 s"] in why
    assert ["the voice of the customer at the end", "+1.20 for a cut-off"] in why
    assert ["chance that the customer was cut off, not finished", "61 %"] in why
    assert data["explained"][5] == ["", []]  # of a later version


def test_an_event_without_some_number_is_explained_by_the_others(eventful):
    vent = eventful.events[0]
    vent.row["why"]["lead_s"] = None
    says, why = data_of(eventful)["explained"][0]
    assert says.endswith("the agent cut in once and never began to solve.")
    assert [name for name, _ in why] == [
        "complaining sentences",
        "the customer spoke for",
        "interruptions by the agent inside",
    ]


def test_checklists_go_to_the_script_with_what_would_flip_them(eventful):
    data = data_of(eventful)
    assert [one["name"] for one in data["checklists"]] == ["leap", "last"]
    listen = data["checklists"][0]["items"][0]
    assert data["flips"][listen["reason"]] == [
        "the threshold floor.yield_s 20 % higher",
        "the agent's speech 0.05 s earlier",
    ]


def test_audio_is_embedded_as_it_is_or_said_to_be_absent(two_party, media):
    reader = read(two_party, media)
    attributes, text = reader.all("script", id="audio")[0]
    assert base64.b64decode(text) == media.audio
    assert attributes["data-mime"] == "audio/ogg; codecs=opus"
    assert "holds no audio" not in reader.text
    without = read(two_party)
    assert not without.all("script", id="audio")
    assert "This page holds no audio" in without.text


def test_audio_beside_is_the_only_thing_the_page_may_load(two_party):
    reader = read(two_party, PageMedia(audio_beside="stages/playback.ogg"))
    attributes, text = reader.all("script", id="audio")[0]
    assert (attributes["data-src"], text) == ("stages/playback.ogg", "")
    assert "media-src 'self' file:;" in policy_of(reader)
    assert "holds no audio" not in reader.text
    assert "media-src 'none';" in policy_of(read(two_party))


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x.ogg", "https://a.b/x.ogg", "a b.ogg", "//h/x", "", "a/", "x.ogg\n"]
)
def test_audio_beside_has_a_plain_relative_path(path):
    with pytest.raises(ValueError, match="plain relative path"):
        PageMedia(audio_beside=path)


def test_audio_is_in_the_page_or_beside_it():
    with pytest.raises(ValueError, match="not both"):
        PageMedia(b"audio", audio_beside="playback.ogg")


def test_measures_that_are_null_are_explained(silent, mono):
    assert "not measurable: nobody speaks in this call" in read(silent).text
    text = read(mono).text
    assert "Not measured: agent and customer are not told apart." in text
    assert "How far to trust this" not in text  # the headline says it
    assert [role["id"] for role in data_of(mono)["roles"]] == ["other"]


def test_a_waveform_needs_its_rate():
    with pytest.raises(ValueError, match="points per second"):
        PageMedia(waveform={"agent": "AQI="})


def test_the_same_result_makes_the_same_page(eventful, media):
    assert render_page(eventful, media) == render_page(eventful, media)


def test_a_page_leaves_nothing_to_the_cycle_collector(eventful, media):
    render_page(eventful, media)  # templates are read once
    gc.collect()
    gc.disable()
    try:
        render_page(eventful, media)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_times_in_a_sentence_become_buttons_and_nothing_else_does():
    text = str(timed("Heard <b>twice</b> at 1:06 & 1:02:03, not at 12:30:99 or 5:7."))
    assert re.findall(r'data-play="([\d.]+)"', text) == ["64.0", "3721.0"]
    assert "&lt;b&gt;twice&lt;/b&gt; at <button" in text
    assert "not at 12:30:99 or 5:7." in text


def test_the_coachs_paragraph_stands_below_the_headline(eventful):
    reader = read(eventful)
    assert "One thing to work on: let them finish" in reader.text
    labels = {a.get("aria-label"): a.get("data-play") for a, _ in reader.all("button")}
    assert labels["Play at 0:32"] == "30.0"


def test_numbers_keep_their_units():
    joined = together("It took 2 min 7 s (of 50 % ± 10), so.")
    assert joined == "It took 2\u00a0min 7\u00a0s (of 50\u00a0%\u00a0±\u00a010), so."


def test_static_files_are_small_listed_and_build_no_markup_from_text():
    folder = files("pipeline.report") / "static"
    names = {entry.name for entry in folder.iterdir()}
    assert names == {*SCRIPTS, *STYLES}
    for name in names:
        text = (folder / name).read_text(encoding="utf-8")
        assert len(text.splitlines()) < 300, name
        banned = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3)"
        assert not re.search(banned, text), name
