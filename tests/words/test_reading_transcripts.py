"""Transcripts made elsewhere, as files: every format, and what is wrong with broken ones."""

from __future__ import annotations

import codecs
import json

import pytest

from pipeline.errors import InputError
from pipeline.words.transcripts import read_captions

VTT = """\
WEBVTT
Language: en-GB

NOTE a remark --> no caption

1
00:00:01.000 --> 00:00:03.500 align:start
<v Ann Lee>Good morning, <i>Northgate</i> &amp; Sons.</v>

00:04.000 --> 00:06.000
<v.loud Bob>Hello.
<v Ann Lee>Yes?

00:06.500 --> 00:07.000

intro
00:07.500 --> 00:08.000
Nobody's
"""
SRT = """\
1
00:00:01,000 --> 00:00:03,500
Ann: Good morning,
Northgate.

2
00:00:04,000 --> 00:00:06,000
Bob: Hello. <i>My number: 5</i>

3
00:00:06,500 --> 00:00:07,000
Ann: {\\an8}Yes?
- Bob: No.

4
00:00:08,000 --> 00:00:09,000
The address is: High Street
"""
CSV = 'start,end,speaker,text\n0.5,2,ann,"Good morning, Northgate"\n2.5,3,bob,Hello\n'
GRID = """\
File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 9
tiers? <exists>
size = {size}
item []:
{tiers}"""
WHISPER = {
    "text": " Hello there. Yes",
    "language": "English",
    "segments": [
        {
            "id": 0,
            "start": 1.0,
            "end": 2.0,
            "text": " Hello there.",
            "speaker": "SPEAKER_00",
            "words": [
                {"word": " Hello", "start": 1.0, "end": 1.4, "probability": 0.9},
                {"word": " there.", "start": 1.4, "end": 2.0, "probability": 0.5},
            ],
        },
        {"start": "3", "end": "4.5", "text": " Yes"},
    ],
}


def tier(number, name, *intervals, kind="IntervalTier"):
    rows = "".join(
        f'        intervals [{k}]:\n        xmin = {a}\n        xmax = {b}\n        text = "{text}"\n'
        for k, (a, b, text) in enumerate(intervals, 1)
    )
    return (
        f'    item [{number}]:\n        class = "{kind}"\n        name = "{name}"\n        xmin = 0\n'
        f"        xmax = 9\n        intervals: size = {len(intervals)}\n{rows}"
    )


def grid(*tiers):
    return GRID.format(size=len(tiers), tiers="".join(tiers))


def read(name, text):
    return read_captions(name, text.encode() if isinstance(text, str) else text)


def said(captions):
    return [
        (one.span.start_s, one.span.end_s, one.speaker, " ".join(one.text.split()))
        for one in captions.captions
    ]


def timed(captions):
    return [(w.text, w.start_s, w.end_s, w.probability) for one in captions.captions for w in one.words]


def test_vtt_has_voices_and_a_language():
    found = read("call.vtt", VTT)
    assert said(found) == [
        (1.0, 3.5, "Ann Lee", "Good morning, Northgate & Sons."),
        (4.0, 6.0, "Bob", "Hello."),
        (4.0, 6.0, "Ann Lee", "Yes?"),
        (7.5, 8.0, "", "Nobody's"),
    ]
    assert found.language == "en"


def test_srt_has_names_before_the_text_where_they_come_back():
    assert said(read("call.SRT", SRT)) == [
        (1.0, 3.5, "Ann", "Good morning, Northgate."),
        (4.0, 6.0, "Bob", "Hello. My number: 5"),
        (6.5, 7.0, "Ann", "Yes?"),
        (6.5, 7.0, "Bob", "No."),
        (8.0, 9.0, "", "The address is: High Street"),
    ]


def test_where_every_caption_has_a_name_one_that_comes_once_is_a_name():
    first = "1\n00:00:01,000 --> 00:00:02,000\nAnn: Hello: who is it?\n"
    text = first + "\n2\n00:00:03,000 --> 00:00:04,000\nBob: Me\n"
    assert [row[2:] for row in said(read("a.srt", text))] == [("Ann", "Hello: who is it?"), ("Bob", "Me")]


def test_a_table():
    assert said(read("call.csv", CSV)) == [
        (0.5, 2.0, "ann", "Good morning, Northgate"),
        (2.5, 3.0, "bob", "Hello"),
    ]


def test_a_textgrid_gives_word_times_by_its_tiers_of_words():
    text = grid(
        tier(1, "agent", (0, 1, ""), (1, 3, "Good morning"), (3, 9, "")),
        tier(2, "agent words", (0, 1, ""), (1, 2, "Good"), (2, 3, "morning there"), (3, 4, "<laugh>")),
        tier(3, "agent speech", (1, 3, "speech")),
        tier(4, "Bob", (0, 4, "sil"), (4, 5, 'He said ""hi""'), (5, 9, "[laughs]")),
        tier(5, "vent", (4, 5, "vent, ended by customer")),
    )
    found = read("call.TextGrid", text)
    assert said(found) == [(1.0, 3.0, "agent", "Good morning there"), (4.0, 5.0, "Bob", 'He said "hi"')]
    assert [(w[0], round(w[1], 3)) for w in timed(found)] == [("Good", 1), ("morning", 2), ("there", 2.583)]
    assert found.sounds == 2
    assert said(read("call.textgrid", text.encode("utf-16"))) == said(found)


def test_an_export_without_transcript_holds_no_words():
    text = grid(
        tier(1, "agent", (0, 1, "turn"), (1, 2, "backchannel")), tier(2, "agent speech", (0, 1, "speech"))
    )
    with pytest.raises(InputError, match="holds no words"):
        read("call.TextGrid", text)


def test_whispers_json_with_and_without_times_of_words():
    found = read("call.json", json.dumps(WHISPER))
    assert said(found) == [(1.0, 2.0, "SPEAKER_00", "Hello there."), (3.0, 4.5, "", "Yes")]
    assert timed(found) == [("Hello", 1.0, 1.4, 0.9), ("there.", 1.4, 2.0, 0.5)]
    assert found.language == "en"
    assert said(read("call.json", json.dumps(WHISPER["segments"]))) == said(found)


def test_words_have_speakers_of_their_own_and_those_without_times_the_room_between():
    words = [
        {"text": "In", "speaker": "A", "start": 1.0, "end": 1.2, "score": 0.7},
        {"text": "2019", "speaker": "A"},
        {"text": "we", "speaker": "A", "start": 2.0, "end": 2.2, "confidence": float("nan")},
        {"text": "Right", "speaker": "B", "start": 2.2, "end": 2.2},
        {"text": "so", "speaker": "A"},
    ]
    text = json.dumps([{"start": 1, "end": 3, "text": "", "words": words}])
    found = read("call.json", text)
    assert [(one.speaker, one.text) for one in found.captions] == [
        ("A", "In 2019 we"),
        ("B", "Right"),
        ("A", "so"),
    ]
    assert timed(found) == [
        ("In", 1.0, 1.2, 0.7),
        ("2019", 1.2, 2.0, 1.0),
        ("we", 2.0, 2.2, 1.0),
        ("Right", 2.2, 2.2, 1.0),
        ("so", 2.2, 3.0, 1.0),
    ]


def test_our_own_result():
    turn = {
        "role": "customer",
        "start_s": 1.0,
        "end_s": 2.0,
        "text": "Hello",
        "words": [{"text": "Hello", "start_s": 1.0, "end_s": 1.5, "confidence": 0.8}],
    }
    result = {"schema": "hearout.analysis/1", "call": {"source": "call_01.wav"}, "turns": [turn]}
    found = read("analysis.json", json.dumps(result))
    assert said(found) == [(1.0, 2.0, "customer", "Hello")]
    assert timed(found) == [("Hello", 1.0, 1.5, 0.8)]
    assert found.recording == "call_01.wav"


@pytest.mark.parametrize("name", ["call.vtt", "call.srt", "call.csv", "call.json", "call.TextGrid"])
@pytest.mark.parametrize("how", ["bom", "crlf", "utf-16"])
def test_bytes_as_other_systems_write_them(name, how):
    texts = {
        "call.vtt": VTT,
        "call.srt": SRT,
        "call.csv": CSV,
        "call.json": json.dumps(WHISPER),
        "call.TextGrid": grid(tier(1, "ann", (1, 2, "Grüß Gott"))),
    }
    text = texts[name]
    content = {
        "bom": codecs.BOM_UTF8 + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "utf-16": text.encode("utf-16"),
    }[how]
    assert said(read(name, content)) == said(read(name, text))


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("[music]", False),
        ("(laughs)", False),
        ("♪ la la la ♪", False),
        ("*sighs* [door] …", False),
        ("- ", False),
        ("(laughs) Yes", True),
        ("[NAME] speaking", True),
        ("5", True),
    ],
)
def test_captions_of_sounds_only_are_left_out_and_counted(text, spoken):
    table = f"start,end,speaker,text\n0,1,a,Hello\n1,2,a,{text}\n2,3,a,\n"
    found = read("a.csv", table)
    assert len(found.captions) == 1 + spoken
    assert found.sounds == (not spoken)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("call.docx", "Hello", "call.docx is no transcript that can be read"),
        ("call", "Hello", "call is no transcript that can be read"),
        ("call.vtt", "1\n00:00:01.000 --> 00:00:02.000\nHi\n", "line 1: WebVTT begins with WEBVTT"),
        ("call.vtt", "WEBVTT\n\n00:01.000 --> 00:02\nHi\n", "line 3: these are no times"),
        ("call.vtt", "WEBVTT\n\n00:03.000 --> 00:02.000\nHi\n", "line 3: the caption ends before it starts"),
        ("call.vtt", "WEBVTT\n\n00:99.000 --> 01:99.000\nHi\n", "line 3: this is no VTT caption"),
        ("call.vtt", "WEBVTT\n", "call.vtt holds no words"),
        ("call.srt", "", "call.srt holds no words"),
        ("call.srt", "00:00:01,000 --> 00:00:02,000\nHi\n", "line 1: this is no SRT caption"),
        ("call.srt", SRT + "\n00:00:11,000 --> 00:00:12,000\nHi\n", "line 19: this is no SRT caption"),
        ("call.srt", "1\n00:00:01.000 -> 2\nHi\n", "holds no words"),
        ("call.csv", "start,end,speaker,text\n0,1,a,Hi\n1,Good morning,a,b\n", "line 3: a time is no number"),
        ("call.csv", "begin,end\n", "line 1: the table has no column start, speaker"),
        ("call.csv", "start,end,speaker\n0,1,a\n", "holds no words"),
        ("call.json", '{"segments": [}', "line 1: this is no JSON"),
        ("call.json", '{"results": []}', 'neither "turns" of a hearout result nor "segments"'),
        ("call.json", '[{"start": 1, "end": 2}]', "segment 1 has no 'text'"),
        ("call.json", '[{"text": "a", "start": 1, "end": 2}, 7]', "segment 2 has no start"),
        ("call.json", '[{"text": "a", "start": null, "end": 2}]', "segment 1 has no start"),
        ("call.json", '[{"text": "a", "start": NaN, "end": 2}]', "segment 1 has no start"),
        ("call.json", '[{"text": "a", "words": [{"word": "a"}]}]', "segment 1 has no start"),
        ("call.json", '{"schema": "hearout.analysis/1", "turns": [{"role": "agent"}]}', "turn 1 is damaged"),
        ("call.json", "[" * 100_000, "nested too deeply"),
        ("call.json", "[]", "holds no words"),
        ("call.TextGrid", "Hello\n", "line 1: this is no TextGrid"),
        ("call.TextGrid", 'File type = "ooTextFile"\nitem [\n', "its tiers are damaged"),
        ("call.TextGrid", grid(tier(1, "a", (1, 2, "Hi"))).replace("xmax = 2", "xmax = two"), "damaged"),
        ("call.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nGr\xfc\xdfe\n", "not text in UTF-8"),
        ("call.json", b"\xff\xfe\x00", "not text in UTF-8"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_name_and_line(name, text, says):
    with pytest.raises(InputError) as error:
        read(name, text)
    assert error.value.message.startswith(name)
    assert says in error.value.message
    assert "\n" not in error.value.message
    assert "Hi" not in error.value.message
    assert "Good morning" not in error.value.message
    assert error.value.remedy
