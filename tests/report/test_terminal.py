"""The sentences and the terminal report: right for a coach, at every width, without colours, with nulls."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from pipeline.measures import TalkTarget
from pipeline.report import headline as say
from pipeline.report.schema import CoachPart, MeasureDetail, VerdictPart
from pipeline.report.terminal import SummaryRow, plain, render_call, render_summary
from pipeline.report.vent_line import vent_line

PATHS = {"page_path": Path("out/call_07/timeline.html"), "result_path": Path("out/call_07/analysis.json")}


def printed(analysis, width=100, height=60, **options) -> str:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    render_call(analysis, console, **options)
    return console.file.getvalue()


# --- sentences ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratio", "sentence"),
    [
        (0.43, "The agent had 43 % of the talking (target: about half)."),
        (0.6, "The agent had 60 % of the talking (target: about half)."),
        (0.604, "The agent had 60.4 % of the talking, more than the target of about half (at most 60 %)."),
        (0.79, "The agent had 79 % of the talking, more than the target of about half (at most 60 %)."),
        (0.21, "The agent had 21 % of the talking, leaving the customer most of it."),
    ],
)
def test_headline_states_the_ratio_against_its_target(build_call, ratio, sentence):
    call = build_call()
    call.measures["talk_ratio_agent"] = ratio
    assert say.headline(call) == sentence


def test_headline_names_another_target(build_call):
    call = build_call()
    call.measures["talk_ratio_agent"] = 0.43
    assert say.headline(call, TalkTarget(0.4, 0.05)) == (
        "The agent had 43 % of the talking (target: about 40 %)."
    )


def test_headline_says_what_is_not_known(silent, mono, build_call):
    assert say.headline(silent) == "No speech was found in this recording (30 s)."
    assert "not told apart" in say.headline(mono)
    assert "%" not in say.headline(mono)
    one_sided = build_call([("agent", 1.0, 5.0, "Hello? Hello?")], 20.0)
    assert say.headline(one_sided) == "Only the agent is heard (4.0 s); the customer is silent throughout."
    call = build_call()
    call.measures["talk_ratio_agent"] = None
    assert say.headline(call) == "Who talked how much could not be measured."


def test_headline_is_hedged_when_the_roles_are_unsure(build_call):
    assert say.headline(build_call(confidence=0.6)).startswith(
        "If agent and customer are the right way round, the agent had"
    )
    assert say.headline(build_call(confidence=0.7)).startswith("The agent had")
    warning = {"code": "role_unsure", "message": "It is not certain who is the agent."}
    assert say.headline(build_call(warnings=[warning])).startswith("If agent")


def test_a_hedged_line_on_the_vent_is_a_sentence(build_call):
    call = build_call(confidence=0.6, events=[vent(5, 46, lead_s=3.0)])
    assert say.headline(call) == (
        "If agent and customer are the right way round, the customer vented 41 s, not interrupted; "
        "you began to solve 3.0 s after they had finished."
    )


def test_who_is_not_heard_is_not_praised_for_not_cutting_in(silent, build_call):
    for call in (silent, build_call([("agent", 1.0, 5.0, "Hello? Hello?")], 20.0)):
        call.measures |= {"interruptions_by_agent": 0.0, "interruptions_by_customer": 0.0}
        assert not [line for line in say.details(call) if "never cut in" in line]
        shown = {figure.name: figure for figure in say.figures(call)}
        assert shown["interruptions_by_agent"].text == shown["interruptions_by_customer"].text == "—"
        assert shown["interruptions_by_agent"].reason == "not both of agent and customer are heard"


def test_why_nothing_is_known_of_who_cut_in_on_one_channel_is_said_once(mono):
    mono.measures |= {"interruptions_by_agent": None}
    mono.measure_details["interruptions_by_agent"] = mono.measure_details["talk_ratio_agent"]
    (shown,) = [figure for figure in say.figures(mono) if figure.name == "interruptions_by_agent"]
    assert shown.reason == mono.measure_details["talk_ratio_agent"].reason != ""


def test_of_a_silent_recording_nobody_asks_who_is_the_agent(silent, build_call):
    warned = {"code": "role_unsure", "message": "It is not certain who is the agent."}
    quiet = build_call([], 20.0, warnings=[warned])
    assert [notice.code for notice in say.notices(quiet)] == []
    assert [notice.code for notice in say.notices(build_call(warnings=[warned]))] == ["role_unsure"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2025-02-19T06:01:22", "2025-02-19 06:01"),
        ("2025-02-19T06:01:22.5+02:00", "2025-02-19 06:01 UTC+02:00"),
        ("2025-02-19T06:01Z", "2025-02-19 06:01 UTC"),
        ("2025-02-19", "2025-02-19"),
        ("last Tuesday", "last Tuesday"),
    ],
)
def test_when_it_was_recorded_reads_as_people_write_it(written, shown):
    assert say.recorded(written) == shown


@pytest.mark.parametrize(
    ("count", "unsure", "says"),
    [
        (0, 0, "The agent had"),
        (1, 0, "The agent cut in on the customer once and had"),
        (4, 1, "The agent cut in on the customer 4 times (1 of them unsure) and had"),
        (2, 2, "The agent may have cut in on the customer twice (the audio can't decide) and had"),
    ],
)
def test_headline_leads_with_cutting_in_and_says_what_is_unsure(build_call, count, unsure, says):
    call = build_call()
    call.measures["interruptions_by_agent"] = float(count)
    call.measure_details["interruptions_by_agent"] = MeasureDetail(
        parts={"count": count, "unsure": unsure}, spans=[]
    )
    assert say.headline(call).startswith(says)


def test_details_say_only_what_was_measured(build_call, silent, eventful):
    call = build_call()
    assert say.details(call) == [
        "The longest the customer spoke in one go was 15 s.",
        "The agent usually answered after 0.5 s.",
    ]
    call.measures |= {"interruptions_by_agent": 0.0, "longest_uninterrupted_customer_s": 12.0}
    assert "The agent never cut in on the customer." in say.details(call)
    assert "The longest the customer spoke without being cut in on was 12 s." in say.details(call)
    call.measures["interruptions_by_agent"] = 2.0
    assert not [s for s in say.details(call) if "cut in on the customer" in s and "never" in s]
    assert say.details(silent) == []


@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "eventful"])
def test_the_parts_of_the_call_add_up(name, request):
    call = request.getfixturevalue(name)
    parts = {share.key: share.seconds for share in say.shares(call)}
    both = parts.pop("both", 0.0)
    assert sum(parts.values()) - both == pytest.approx(call.call.duration_s)


def test_target_edges_are_inside_and_nonsense_is_refused():
    target = TalkTarget(0.5, 0.1)
    assert [target.judge(ratio) for ratio in (0.399, 0.4, 0.6, 0.601)] == [
        "below",
        "inside",
        "inside",
        "above",
    ]
    with pytest.raises(ValueError, match="between 0 and 1"):
        TalkTarget(1.2, 0.1)


def test_notices_group_the_same_sentence(build_call, mono):
    def warning(code, message, span=None):
        return {"code": code, "message": message, "span": span}

    call = build_call(warnings=[warning("a", "x", (5, 6)), warning("b", "y"), warning("a", "x", (1, 2))])
    found = say.notices(call)
    assert [(notice.code, notice.spans) for notice in found] == [("a", ((1, 2), (5, 6))), ("b", ())]
    assert [warning.code for warning in mono.warnings] == ["role_unsure"]
    assert say.notices(mono) == []


# --- one call ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("name", ["two_party", "silent", "mono", "hostile", "eventful"])
def test_no_line_is_wider_than_the_terminal(name, width, request):
    call = request.getfixturevalue(name)
    for verbose in (False, True):
        lines = printed(call, width, verbose=verbose, **PATHS).splitlines()
        assert max(map(cell_len, lines)) <= width
        assert "timeline.html" in lines[-2]
        assert "analysis.json" in lines[-1]


def test_the_report_holds_what_a_coach_asks_for(two_party):
    text = printed(two_party, verbose=True, **PATHS)
    assert "call_07  ·  1 min 30 s  ·  two channels" in text
    assert say.headline(two_party) in text
    for label in ("Agent", "Customer", "Both at once", "Nobody", "Customer's longest turn", "Silences"):
        assert label in text
    assert "of the talking (" in text
    assert "of the whole call (" in text
    assert "Inside the target of 50 % ± 10" in text
    assert text.count("The customer's channel is clipped.") == 1
    assert "at 0:12, 0:20" in text
    assert "Verdicts" not in text


def test_the_scale_puts_the_mark_on_its_side_of_the_band(build_call):
    call = build_call()
    for ratio, pattern in ((0.2, "●─+━"), (0.5, "━●━"), (0.9, "━─+●")):
        call.measures["talk_ratio_agent"] = ratio
        scale = next(line.strip() for line in printed(call).splitlines() if "━" in line)
        assert scale.count("●") == 1
        before, after = scale.split("●")
        left, right = "━" in before, "━" in after
        assert (left, right) == {"●─+━": (False, True), "━●━": (True, True), "━─+●": (True, False)}[pattern]
        assert len(before) / (len(scale) - 1) == pytest.approx(ratio, abs=0.02)


def test_bars_are_as_long_as_the_shares(two_party):
    lines = printed(two_party).splitlines()
    bars = {line.split("  ")[1]: line.count("█") for line in lines if "█" in line}
    shares = {share.label: share.of_call for share in say.shares(two_party)}
    longest = bars["Agent"] / shares["Agent"]
    assert bars.keys() == {label for label, share in shares.items() if share}
    for label, length in bars.items():
        assert length == pytest.approx(shares[label] * longest, abs=2)


def test_turns_are_cut_to_the_height_unless_verbose(two_party):
    short = printed(two_party, height=20)
    assert "more (--verbose shows all)" in short
    assert two_party.turns[-1].text not in short
    full = " ".join(printed(two_party, height=20, verbose=True).split())
    assert "--verbose" not in full
    assert all(turn.text in full for turn in two_party.turns if len(turn.text) < 60)


def test_backchannels_are_indented(two_party):
    line = next(
        line
        for line in printed(two_party, verbose=True).splitlines()
        if line.endswith("Okay.") or "Okay. " in line
    )
    plain_line = next(
        line for line in printed(two_party, verbose=True).splitlines() if "Good morning" in line
    )
    assert line.index("Okay.") > plain_line.index("Good morning")


def test_nulls_are_explained_and_nothing_is_made_up(silent, mono):
    text = printed(silent)
    assert "not measurable: nobody speaks in this call" in text
    assert "Talk ratio" not in text
    assert "Nobody" in text
    text = printed(mono)
    assert "Speaker" in text
    assert "Customer  " not in text.split("Turns")[1]


def test_verdicts_are_shown_when_there_are_any(eventful):
    text = printed(eventful)
    assert "fail" in text
    assert "Vent before solving" in text
    assert re.search(r"LEAP .*[✓✗?·].Apologize", text)
    assert "✓ pass, ✗ fail, ? unsure, · not applicable" in text


def test_a_coach_reads_what_to_work_on(eventful):
    eventful.coach = CoachPart(
        text="You listened. One thing to work on: the apology (play 0:40).", play=(40, 42)
    )
    text = printed(eventful)
    assert "For the coach" in text
    assert "One thing to work on: the apology" in text


def test_what_was_said_can_not_steer_the_terminal(hostile):
    text = printed(hostile, verbose=True)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "</script><script>" in text
    assert "0.5 s without recognised words" in text


def test_colours_only_when_the_console_has_them(two_party):
    console = Console(
        file=io.StringIO(), width=80, force_terminal=True, color_system="standard", no_color=False
    )
    render_call(two_party, console)
    assert "\x1b[" in console.file.getvalue()
    assert "\x1b" not in printed(two_party)


def test_an_ascii_terminal_gets_ascii(two_party, eventful):
    for call in (two_party, eventful):
        out = io.BytesIO()
        console = Console(
            file=io.TextIOWrapper(out, encoding="ascii", errors="strict"), width=80, color_system=None
        )
        render_call(call, console, **PATHS)
        render_summary([SummaryRow.of(call), SummaryRow("bad.wav", failed="not audio")], console)
        console.file.flush()
        assert b"Agent" in out.getvalue()
        assert b"#" in out.getvalue()


@given(st.text())
def test_plain_text_is_one_safe_line(text):
    safe = plain(text)
    assert all(char.isprintable() or not char.isspace() for char in safe)
    assert "\n" not in safe
    assert "\x1b" not in safe
    assert plain(safe) == safe


# --- several calls -----------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_summary_has_one_line_per_call(width, two_party, silent):
    rows = [
        SummaryRow.of(two_party),
        SummaryRow.of(silent),
        SummaryRow("a_long_name_" * 10, failed="broken.wav is not audio that FFmpeg can read: " * 3),
    ]
    console = Console(file=io.StringIO(), width=width, color_system=None)
    render_summary(rows, console)
    lines = console.file.getvalue().splitlines()
    assert len(lines) == len(rows) + 1
    assert max(map(cell_len, lines)) <= width
    assert f"{two_party.measures['talk_ratio_agent'] * 100:.0f} %" in lines[1]
    assert ("inside" in lines[1]) == (width > 60)
    assert "2 warnings" in lines[1]
    assert "—" in lines[2]
    assert "1 warning" in lines[2]
    assert "failed: " in lines[3]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_summary_says_first_whether_the_customer_was_heard_out(width, eventful, two_party):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    render_summary([SummaryRow.of(eventful), SummaryRow.of(two_party)], console)
    head, with_verdict, without = console.file.getvalue().splitlines()
    at = head.index("Heard out")
    assert at < head.index("Agent")
    assert with_verdict[at:].startswith("unsure ")
    assert without[at : at + 9].strip() == ""
    assert ("Longest customer turn" in head) == (width == 120)


def test_no_rows_print_nothing():
    console = Console(file=io.StringIO())
    render_summary([], console)
    assert console.file.getvalue() == ""


def vent(start_s, end_s, interruptions=0, lead_s=None, **fields):
    return {
        "type": "vent",
        "by": "customer",
        "start_s": start_s,
        "end_s": end_s,
        "interruptions": interruptions,
        "lead_s": lead_s,
        **fields,
    }


def cut_in(at_s, confidence=0.9):
    return {"type": "interruption", "by": "agent", "of": "customer", "start_s": at_s, "end_s": at_s + 0.3,
            "confidence": confidence}  # fmt: skip


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([], ""),
        (
            [vent(5, 46, lead_s=3.0)],
            "Vented 41 s, not interrupted; you began to solve 3.0 s after they had finished.",
        ),
        (
            [vent(5, 46, 1, -12.0), cut_in(31)],
            "Vented 41 s, interrupted once at 0:31; you began to solve 12 s before they had finished.",
        ),
        (
            [vent(5, 46, 2), cut_in(31), cut_in(40)],
            "Vented 41 s, interrupted twice, first at 0:31; you never began to solve.",
        ),
        (
            [vent(5, 46, 1, 0.0), cut_in(31, confidence=0.5)],
            "Vented 41 s, perhaps interrupted once at 0:31; you began to solve as they finished.",
        ),
        (
            [vent(k, k + 0.5, int(k == 22), 1.0) for k in range(1, 31)],
            "Vented 0.5 s (22nd of 30 vents, at 0:22), perhaps interrupted once; you began to solve 1.0 s "
            "after they had finished.",
        ),
        (
            [vent(5, 15, lead_s=1.0), vent(40, 60, 1, 2.0), cut_in(50)],
            "Vented 20 s (second of 2 vents, at 0:40), interrupted once at 0:50; you began to solve 2.0 s "
            "after they had finished.",
        ),
    ],
)
def test_the_line_on_the_vent(build_call, events, line):
    call = build_call(events=events)
    assert vent_line(call) == line
    if line:
        assert say.headline(call) == line
        assert say.details(call)[0] == say.talk_sentence(call)


@pytest.mark.parametrize(("verdict", "when"), [("pass", "as"), ("fail", "0.2 s before")])
def test_solving_in_an_ordinary_change_of_turns_is_not_called_early(build_call, verdict, when):
    call = build_call(events=[vent(5, 46, lead_s=-0.2)])
    call.verdicts["vent_before_solving"] = VerdictPart(
        verdict=verdict, confidence=0.9, reason="So.", evidence=[], would_flip=[]
    )
    assert f"you began to solve {when} they" in vent_line(call)


def test_an_unsure_vent_is_said_to_be_unsure(build_call):
    call = build_call(events=[vent(5, 46, lead_s=3.0)])
    call.verdicts["vent_before_solving"] = VerdictPart(
        verdict="unsure", confidence=0.5, reason="Too close.", evidence=[], would_flip=["edges +0.05 s"]
    )
    assert vent_line(call).endswith("they had finished. This is unsure.")
