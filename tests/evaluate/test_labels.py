from __future__ import annotations

import json

import pytest
from evaluate.made import write_label

from pipeline.errors import ExitCode, InputError, UsageError
from pipeline.evaluate.labels import find_labels, load_label

RENDERED = {
    "call_id": "call_02",
    "title": "Agent interrupts the vent",
    "duration_s": 79.72,
    "sample_rate": 8000,
    "agent_channel": "right",
    "voices": {"agent": "am_one", "customer": "af_two"},
    "lines": [
        {
            "i": 0,
            "speaker": "customer",
            "voice": "af_two",
            "text": "ever since then it drops out every single",
            "full_text": "ever since then it drops out every single evening",
            "start_s": 12.39,
            "end_s": 18.85,
            "moves": ["complaint"],
            "backchannel": False,
            "cut": True,
        },
        {
            "i": 1,
            "speaker": "agent",
            "voice": "am_one",
            "text": "What's the postcode?",
            "start_s": 18.54,
            "end_s": 19,
            "moves": [],
            "backchannel": False,
            "cut": False,
        },
    ],
    "speech": {"agent": [[18.54, 19.0]], "customer": [[12.39, 18.85]]},
    "interruptions": [
        {
            "by": "agent",
            "of": "customer",
            "line": 1,
            "of_line": 0,
            "at_s": 18.54,
            "overlap_s": 0.31,
            "floor_taken": True,
            "type": "interruption",
        }
    ],
    "terminal_overlaps": [
        {"by": "customer", "of": "agent", "line": 3, "of_line": 2, "at_s": 40.1, "overlap_s": 0.2}
    ],
    "pause_turns_not_interruptions": [],
    "vent": {"start_s": 6.5, "end_s": 57.5},
    "vents": [{"start_s": 6.5, "end_s": 57.5, "ended_by": "customer", "agent_interruptions": 5}],
    "first_solution_s": 31.51,
    "first_apology_s": None,
    "talk_s": {"agent": 23.97, "customer": 45.51},
    "agent_backchannel_s": 0,
    "talk_ratio_agent": 0.345,
    "audio_conditions": {"snr_db": 28.0},
    "audio": "call_02.dual.flac",
    "checklists": {"leap": {"listen": "fail"}, "did-you": {"offer_options": "not_applicable"}},
}
REAL = {
    "call_id": "repairs40",
    "audio": "repairs40.dual.flac",
    "duration_s": 245.38,
    "speech": {"agent": [[0.39, 5.8], [44.88, 50.79]], "customer": [[6.86, 9.5]]},
    "talk_s": {"agent": 11.32, "customer": 2.64},
    "talk_ratio_agent": 0.811,
    "agent_channel": "left",
    "note": "not hand-labelled",
    "vent": None,
}
CALM = {"call_id": "call_10", "vent": None, "vents": [], "interruptions": [], "agent_channel": None}
SAMPLE = {
    "call_id": "leap_model",
    "events": [
        {"type": "backchannel", "by": "agent", "of": "customer", "start_s": 13.47, "end_s": 14.09, "line": 3}
    ],
    "pause_interruptions_labelled": True,
    "interruptions": [{"type": "pause_interruption", "by": "agent", "of": "customer", "at_s": 3.0}],
}

PLAIN = {
    "call_id",
    "audio",
    "duration_s",
    "title",
    "agent_channel",
    "speech",
    "vent",
    "first_solution_s",
    "first_apology_s",
    "talk_s",
    "talk_ratio_agent",
    "checklists",
}
LISTS = {"lines", "interruptions", "terminal_overlaps", "events", "vents"}


def written(folder, content):
    path = folder / "call_77.truth.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("content", [RENDERED, REAL, CALM, SAMPLE, {"call_id": "bare"}])
def test_every_style_of_label_is_read(tmp_path, content):
    label = load_label(written(tmp_path, content))
    assert label.call_id == content["call_id"]
    again = label.model_dump(mode="json", exclude_unset=True)
    again_known = {key: value for key, value in again.items() if key in PLAIN}
    assert again_known == {key: value for key, value in content.items() if key in PLAIN}
    assert {key: len(again[key]) for key in again if key in LISTS} == {
        key: len(content[key]) for key in content if key in LISTS
    }


def test_lines_and_events_keep_what_is_needed_later(tmp_path):
    label = load_label(written(tmp_path, RENDERED))
    assert [(line.speaker, line.cut, line.moves) for line in label.lines] == [
        ("customer", True, ["complaint"]),
        ("agent", False, []),
    ]
    assert label.interruptions[0].floor_taken is True
    assert label.vents[0].ended_by == "customer"
    assert load_label(written(tmp_path, SAMPLE)).events[0].type == "backchannel"


def test_absent_and_null_are_told_apart(tmp_path):
    calm = load_label(written(tmp_path, CALM))
    assert calm.scored("vent")
    assert calm.vent is None
    assert not calm.scored("first_solution_s")


def test_a_label_without_call_id_is_of_the_call_in_its_file_name(tmp_path):
    label = load_label(written(tmp_path, {"talk_ratio_agent": 0.5, "vent": None}))
    assert label.call_id == "call_77"
    assert label.talk_ratio_agent == 0.5
    assert label.scored("vent")


def test_a_byte_order_mark_is_no_error(tmp_path):
    assert load_label(written(tmp_path, "\ufeff" + json.dumps(CALM))).call_id == "call_10"


def test_a_label_matches_its_id_and_ids_that_go_on_after_a_dot(tmp_path):
    label = load_label(written(tmp_path, {"call_id": "call_01"}))
    assert [
        name
        for name in ("call_01", "call_01.dual", "call_01.mono-2", "call_011", "call_01-2", "xcall_01")
        if label.matches(name)
    ] == ["call_01", "call_01.dual", "call_01.mono-2"]


SECRET = "my card number is"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"speech": {"agent": [[2.0, 1.0]]}}, "speech.agent[0] is no good: the end must lie after the start"),
        ({"speech": {"agent": [[0, 1], [1.5]]}}, "speech.agent[1][1] is missing"),
        ({"talk_ratio_agent": "0.4"}, "talk_ratio_agent should be a valid number"),
        ({"talk_ratio_agent": 1.4}, "talk_ratio_agent should be less than or equal to 1"),
        ('{"duration_s": NaN}', "duration_s must be a number, not NaN or infinity"),
        ({"duration_s": -1}, "duration_s should be greater than or equal to 0"),
        ({"call_id": ""}, "call_id must not be empty"),
        (
            {"lines": [{"speaker": "agnet", "text": SECRET, "start_s": 0, "end_s": 1}]},
            "lines[0].speaker should be",
        ),
        ({"lines": [{"speaker": "agent", "text": SECRET, "end_s": 1}]}, "lines[0].start_s is missing"),
        ({"lines": [{"speaker": "agent", "text": SECRET, "start_s": 3, "end_s": 1}]}, "lines[0] is no good"),
        (
            {"lines": [{"speaker": "agent", "text": [SECRET], "start_s": 3, "end_s": 4}]},
            "lines[0].text should be",
        ),
        ({"checklists": {"leap": {"listen": "unsure"}}}, "checklists.leap.listen should be 'pass'"),
        ({"vents": [{"start_s": 1, "end_s": 2, "ended_by": SECRET}]}, "vents[0].ended_by should be"),
        ('{"call_id": "call_77", "talk_s": ' + SECRET, "not JSON ("),
        ("[1, 2]", "a label file holds one JSON object"),
    ],
)
def test_a_wrong_key_is_named_with_file_and_hint_and_no_content(tmp_path, content, said):
    path = written(tmp_path, content)
    with pytest.raises(InputError) as caught:
        load_label(path)
    error = caught.value
    assert error.message.startswith(f"{path}: ")
    assert said in error.message
    assert error.message.endswith(".")
    assert error.remedy
    assert "\n" not in str(error)
    assert SECRET not in str(error)
    assert error.exit_code == ExitCode.SOME_FAILED


def test_several_wrong_keys_are_counted(tmp_path):
    path = written(tmp_path, {"duration_s": "1", "talk_ratio_agent": "2", "title": 3})
    with pytest.raises(InputError, match=r": duration_s should .* \(and 2 more\)"):
        load_label(path)


def test_what_is_no_text_is_refused(tmp_path):
    path = tmp_path / "call_01.truth.json"
    path.write_bytes(b'{"call_id": "\xff\xfe"}')
    with pytest.raises(InputError, match="not UTF-8"):
        load_label(path)
    with pytest.raises(InputError, match="cannot be read"):
        load_label(tmp_path / "gone.truth.json")


def test_labels_are_found_in_folders_below_in_order(tmp_path):
    paths = [
        write_label(tmp_path / folder, call_id)
        for folder, call_id in (("b", "one"), ("a/x", "two"), ("", "three"))
    ]
    (tmp_path / "b" / "notes.json").write_text("{}", encoding="utf-8")
    assert find_labels(tmp_path) == sorted(paths)


def test_no_folder_or_no_label_is_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        find_labels(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no label file"):
        find_labels(tmp_path)
