from __future__ import annotations

import pytest

from pipeline.batch.items import Facts, Found
from pipeline.batch.names import NamePatterns, iso_time, name_facts, stem_of
from pipeline.batch.settings import BatchSettings

SHIPPED = NamePatterns(BatchSettings().name_patterns)


@pytest.mark.parametrize(
    ("stem", "facts"),
    [
        (
            "Auto1_GUID_000_AGENT_ChrisL_DT_2025-02-19T06-01-22_Stereo",
            Facts(agent="ChrisL", recorded_at="2025-02-19T06:01:22", metadata={"guid": "000"}),
        ),
        (
            "GUID_3f2504e0-4f89-11d3-9a0c-0305e82c3301_CUST_Ode_AGENT_Chris_L_DT_2025-02-19T06-01-22",
            Facts(
                agent="Chris_L",
                customer="Ode",
                recorded_at="2025-02-19T06:01:22",
                metadata={"guid": "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
            ),
        ),
    ],
)
def test_the_shipped_pattern_reads_names_of_contact_centres(stem, facts):
    assert SHIPPED.read(stem) == facts


def test_a_name_that_matches_nothing_is_none_never_blank():
    assert SHIPPED.read("call_01.dual") is None
    named, notes = name_facts([Found("/r/a.wav", "a.wav", 1, "1")], SHIPPED)
    assert named[0].facts == Facts()
    assert "a.wav" in notes[0]
    assert "name_patterns" in notes[0]


def test_no_warning_where_a_manifest_tells_or_no_pattern_is_set():
    told = Found("/r/a.wav", "a.wav", 1, "1", Facts(agent="Lee"))
    assert name_facts([told], SHIPPED) == ([told], [])
    plain = Found("/r/a.wav", "a.wav", 1, "1")
    assert name_facts([plain], NamePatterns(())) == ([plain], [])


def test_the_manifest_has_the_last_word_over_the_name():
    name = "x_GUID_9_AGENT_ChrisL_DT_2025-02-19T06-01-22.wav"
    found = Found(f"/r/{name}", name, 1, "1", Facts(agent="Lee", metadata={"guid": "own"}))
    (named,), notes = name_facts([found], SHIPPED)
    assert named.facts.agent == "Lee"
    assert named.facts.recorded_at == "2025-02-19T06:01:22"
    assert named.facts.metadata == {"guid": "own"}
    assert notes == []


def test_own_patterns_with_a_channel_and_further_groups():
    patterns = NamePatterns((r"^(?P<queue>[a-z]+)-(?P<call_id>\d+)-(?P<agent_channel>\w+)$",))
    assert patterns.read("billing-17-RIGHT") == Facts(
        call_id="17", agent_channel="right", metadata={"queue": "billing"}
    )
    odd = patterns.read("billing-17-middle")
    assert odd.agent_channel is None
    assert odd.metadata["agent_channel"] == "middle"


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2025-02-19T06-01-22", "2025-02-19T06:01:22"),
        ("2025-02-19 06:01:22", "2025-02-19T06:01:22"),
        ("20250219T060122Z", "2025-02-19T06:01:22+00:00"),
        ("2025-02-19", "2025-02-19"),
        ("2025-02-30", None),
        ("19.2.2025", None),
    ],
)
def test_times(text, iso):
    assert iso_time(text) == iso


@pytest.mark.parametrize("patterns", [("(?P<agent>",), ("no groups",), ("fine(?P<agent>.)", "(unnamed)")])
def test_patterns_that_can_tell_nothing_are_refused(patterns):
    with pytest.raises(ValueError, match="name_patterns"):
        BatchSettings(name_patterns=patterns)


def test_stems():
    assert [stem_of(name) for name in ("a/b.dual.wav", "c", ".hidden", "d\\e.wav")] == [
        "b.dual",
        "c",
        ".hidden",
        "e",
    ]
