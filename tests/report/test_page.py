"""The page as text: what stands in it, what must not, and that it needs nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.page import SCRIPTS, STYLES, PageMedia, _json, _together, page_data, render_page


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
    return Reader(render_page(analysis, media))


def block(reader: Reader) -> dict:
    return json.loads(reader.all("script", id="data")[0][1])


@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "hostile", "eventful"])
def test_policy_names_exactly_the_style_and_the_script_of_the_page(name, request):
    reader = read(request.getfixturevalue(name))
    policy = next(a["content"] for a, _ in reader.all("meta") if a.get("http-equiv"))
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
    links = re.findall(r"https?://[^\s\"']+", render_page(eventful, media))
    assert set(links) <= {"http://www.w3.org/2000/svg"}


def test_the_data_block_holds_the_call(two_party, media):
    data = block(read(two_party, media))
    assert data["duration"] == 90.0
    assert [role["id"] for role in data["roles"]] == ["agent", "customer"]
    assert data["speech"]["customer"][0] == [4.4, 19.0]
    first = data["turns"][0]
    assert first["words"][0] == ["Good", 0.5, 0.742, 0.94]
    assert base64.b64decode(data["wave"]["points"]["agent"]) == bytes(media.waveform["agent"])
    assert data["wave"]["perSecond"] == 50


def test_what_was_said_can_not_become_markup(hostile):
    html = render_page(hostile)
    assert "<script>window" not in html
    assert "onerror=window.hacked=1>" not in html.replace("\\u003e", "")
    assert "<b>" not in html.replace("<b>34", "").split("</head>")[0]
    assert "{{ 7*7 }}" in block(Reader(html))["turns"][1]["text"]
    raw = re.search(r'id="data">(.*?)</script>', html, re.S).group(1)
    assert not set(raw) & set("<>&\u2028\u2029")
    assert [turn["text"] for turn in json.loads(raw)["turns"]] == [turn.text for turn in hostile.turns]


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_in_a_script_element_round_trips_and_can_not_end_it(value):
    text = _json(value)
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
    reader = read(two_party)
    assert reader.text.count("The customer's channel is clipped.") == 1
    times = [a["data-play"] for a, text in reader.all("button") if text in {"0:12", "0:20"}]
    assert times == ["12.000", "20.000"]


def test_what_this_call_does_not_have_leaves_no_empty_boxes(two_party, silent):
    for analysis in (two_party, silent):
        reader = read(analysis)
        assert not [text for _, text in reader.all("h2") if text in {"Verdicts", "LEAP"}]
        assert "hidden" in reader.all("section", id="moments")[0][0]
    clean = two_party.model_copy(update={"warnings": []})
    assert "To know when reading this" not in read(clean).text


def test_verdicts_show_reason_evidence_and_what_would_flip(eventful):
    reader = read(eventful)
    text = reader.text.replace("\u00a0", " ")
    assert "Vent before solving" in text
    assert "The agent cut in once." in text
    assert "yield_s + 20 %" in text
    assert "50 %, between 25 % and 75 %" in text
    evidence = [a for a, _ in reader.all("button") if (a.get("aria-label") or "").startswith("Play the evid")]
    assert {a["data-play"] for a in evidence} == {"30.600"}  # 2 s before 32.6


def test_the_vent_becomes_an_event_once(eventful, two_party):
    kinds = [event["type"] for event in page_data(eventful, PageMedia())["events"]]
    assert kinds == ["vent", "backchannel", "interruption", "silence", "something_new"]
    listed = eventful.model_copy(update={"events": [*eventful.events, eventful.events[0].model_copy()]})
    listed.events[-1].type = "vent"
    assert [e["type"] for e in page_data(listed, PageMedia())["events"]].count("vent") == 1
    assert page_data(two_party, PageMedia())["events"] == []


def test_audio_is_embedded_as_it_is_or_said_to_be_absent(two_party, media):
    reader = read(two_party, media)
    attributes, text = reader.all("script", id="audio")[0]
    assert base64.b64decode(text) == media.audio
    assert attributes["data-mime"] == "audio/ogg; codecs=opus"
    assert "holds no audio" not in reader.text
    without = read(two_party)
    assert not without.all("script", id="audio")
    assert "This page holds no audio" in without.text


def test_measures_that_are_null_are_explained(silent, mono):
    assert "not measurable: nobody speaks in this call" in read(silent).text
    text = read(mono).text
    assert "Not measured: agent and customer are not told apart." in text
    assert "To know when reading this" not in text  # the headline says it
    assert [role["id"] for role in page_data(mono, PageMedia())["roles"]] == ["other"]


def test_a_waveform_needs_its_rate():
    with pytest.raises(ValueError, match="points per second"):
        PageMedia(waveform={"agent": [1, 2]})


def test_the_same_result_makes_the_same_page(eventful, media):
    assert render_page(eventful, media) == render_page(eventful, media)


def test_numbers_keep_their_units():
    joined = _together("It took 2 min 7 s (of 50 % ± 10), so.")
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
