from __future__ import annotations

import pytest

from pipeline.languages import language_pack
from pipeline.timeline import Role, Span, SpanSet, TurnKind
from pipeline.timeline.tables import TransferOffsets, read_table, table_timeline, transfer_offsets

TABLE = """\
start,end,speaker,text
0.0,2.0,ann,Where did you go on Sunday
2.2,4.0,bob,"To the sea, with the kids"
3.8,6.0,ann,We were there as well
4.5,4.8,bob,mm hm
6.5,8.0,bob,Then we must have met
"""


def test_a_table_becomes_a_timeline():
    timeline = table_timeline(read_table(TABLE.splitlines()), language=language_pack("en"))
    assert timeline.speech[Role.AGENT] == SpanSet.of((0, 2), (3.8, 6))
    assert timeline.duration_s == 8.0
    assert [t.text for t in timeline.turns_of(Role.CUSTOMER)] == [
        "To the sea, with the kids",
        "Then we must have met",
    ]
    assert [t.text for t in timeline.turns_of(Role.CUSTOMER, TurnKind.BACKCHANNEL)] == ["mm hm"]


def test_offsets_between_turns_leave_backchannels_out():
    offsets = transfer_offsets(table_timeline(read_table(TABLE.splitlines()), language=language_pack("en")))
    assert offsets.offsets_s == pytest.approx((0.2, -0.2, 0.5))
    assert offsets.median_s == pytest.approx(0.2)
    assert offsets.mean_s == pytest.approx(0.5 / 3)
    assert offsets.share_negative == pytest.approx(1 / 3)
    assert offsets.sd_s == pytest.approx(0.3512, abs=1e-3)


def test_offsets_of_many_calls_are_put_together_not_averaged():
    both = TransferOffsets((0.2, -0.2)) + TransferOffsets((0.5,))
    assert both.offsets_s == (0.2, -0.2, 0.5)
    assert TransferOffsets(()).median_s is None
    assert TransferOffsets((1.0,)).sd_s is None


def test_roles_may_be_given_and_more_than_two_speakers_need_them():
    rows = read_table([*TABLE.splitlines(), "9,10,cat,hello"])
    with pytest.raises(ValueError, match="3 speakers"):
        table_timeline(rows)
    timeline = table_timeline(rows, {"bob": Role.AGENT, "ann": Role.CUSTOMER})
    assert timeline.speech[Role.OTHER] == SpanSet.of((9, 10))
    assert timeline.speech[Role.CUSTOMER][0] == Span(0, 2)


def test_columns_in_any_order_and_without_text():
    rows = read_table(["Speaker,End,note,Start", "a,2,x,1"])
    assert (rows[0].span, rows[0].speaker, rows[0].text) == (Span(1, 2), "a", "")


@pytest.mark.parametrize(
    "lines",
    [
        ["start;end;speaker;text", "61,5;62,25;ann;yes, please"],
        ["start\tend\tspeaker\ttext", "1:01.5\t00:01:02.250\tann\tyes, please"],
        ["start,end,speaker,text", '"61,5",62.25,ann,"yes, please"'],
    ],
)
def test_tables_as_spreadsheets_write_them(lines):
    (row,) = read_table(lines)
    assert (row.span, row.speaker, row.text) == (Span(61.5, 62.25), "ann", "yes, please")


@pytest.mark.parametrize("time", ["", "soon", "nan", "-1", "1:2:3:4", "1.2.3", ":5"])
def test_what_is_no_time_is_refused(time):
    with pytest.raises(ValueError, match="line 2: a time is no number"):
        read_table(["start,end,speaker", f"{time},9999,a"])


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["start,end"], "line 1.*speaker"),
        (["start,end,speaker", "0,1,a", "2,x,a"], "line 3"),
        (["start,end,speaker", "2,1,a"], "line 2.*span"),
        ([], "line 1"),
    ],
)
def test_a_mistake_names_its_line(lines, says):
    with pytest.raises(ValueError, match=says):
        read_table(lines)


def test_an_empty_table_is_an_empty_call():
    assert table_timeline(()).turns == ()
