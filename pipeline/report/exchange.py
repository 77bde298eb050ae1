"""Formats that other programs read, from one result: RTTM, Praat's TextGrid, WebVTT and SRT captions. Pure.

Times are those of the result, in seconds to the millisecond. Sources: RTTM is the NIST Rich Transcription
format (RT-09 evaluation plan, appendix A); TextGrid is Praat's long text format ("TextGrid file formats" in
its manual); WebVTT is the W3C's; SRT has no standard, it is written as SubRip does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from pipeline.report.headline import heard_roles, role_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipeline.report.schema import Analysis, Pair, RoleName, TurnPart

ExchangeFormat = Literal["rttm", "textgrid", "vtt", "srt"]
EXCHANGE_FORMATS: tuple[ExchangeFormat, ...] = get_args(ExchangeFormat)

_ENDINGS: dict[ExchangeFormat, str] = {"rttm": ".rttm", "textgrid": ".TextGrid", "vtt": ".vtt", "srt": ".srt"}
_CUE_S = 7.0  # longest caption: the usual limit for reading along
_CUE_SIGNS = 84  # two lines of 42
_CUE_PAUSE_S = 1.0  # what comes after such a pause is a caption of its own
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn what follows the other way round
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)]*$")


def file_name(call_id: str, form: ExchangeFormat) -> str:
    """Return the name of a call's file in a format."""
    return call_id + _ENDINGS[form]


def to_exchange(analysis: Analysis, form: ExchangeFormat, *, transcript: bool = True) -> str:
    """Return a result in an exchange format.

    Parameters
    ----------
    analysis : Analysis
    form : {"rttm", "textgrid", "vtt", "srt"}
    transcript : bool
        ``False``: nothing that was said. RTTM never holds any; captions are empty then.

    Returns
    -------
    str
        The text of the file.
    """
    writers: dict[ExchangeFormat, Callable[[], str]] = {
        "rttm": lambda: to_rttm(analysis),
        "textgrid": lambda: to_textgrid(analysis, transcript=transcript),
        "vtt": lambda: to_vtt(analysis, transcript=transcript),
        "srt": lambda: to_srt(analysis, transcript=transcript),
    }
    return writers[form]()


# --- RTTM


def to_rttm(analysis: Analysis) -> str:
    """Return who is heard when, a line a span, by start.

    ``SPEAKER <call-id> <channel> <start> <length> <NA> <NA> <role> <NA> <NA>``; the left channel is 1, and so
    is the only one of a mono recording. Blanks in the id become ``_``.
    """
    name = re.sub(r"\s", "_", analysis.call.id)
    lines = sorted(
        (start_s, role, end_s)
        for role in heard_roles(analysis)
        for start_s, end_s in getattr(analysis.speech, role)
    )
    return "".join(
        f"SPEAKER {name} {_channel(analysis, role)} {start_s:.3f} {_length(start_s, end_s)} "
        f"<NA> <NA> {role} <NA> <NA>\n"
        for start_s, role, end_s in lines
    )


def _channel(analysis: Analysis, role: RoleName) -> int:
    info = {"agent": analysis.roles.agent, "customer": analysis.roles.customer}.get(role)
    return 2 if info is not None and info.channel == "right" else 1


def _length(start_s: float, end_s: float) -> str:
    return f"{(round(end_s * 1000) - round(start_s * 1000)) / 1000:.3f}"  # start + length is the end again


# --- TextGrid


def to_textgrid(analysis: Analysis, *, transcript: bool = True) -> str:
    """Return the call for Praat: tiers of turns, words and speech per party, the vent, and events as points.

    Intervals of a tier follow one another without gap, as Praat wants it: what is shared by two goes to the
    earlier one, and a label for which nothing is left joins the one before. Without transcript there are no
    words, and turns are labelled by their kind.
    """
    end_s = max([analysis.call.duration_s, *_ends(analysis)], default=0.0)
    tiers: list[_Tier] = []
    for role in heard_roles(analysis):
        own = [turn for turn in analysis.turns if turn.role == role]
        said = [(turn.start_s, turn.end_s, turn.text if transcript else turn.kind) for turn in own]
        tiers.append(_Tier(role, _intervals(said, end_s)))
        if transcript:
            words = [(word.start_s, word.end_s, word.text) for turn in own for word in turn.words]
            tiers.append(_Tier(f"{role} words", _intervals(words, end_s)))
        spans: Sequence[Pair] = getattr(analysis.speech, role)
        tiers.append(_Tier(f"{role} speech", _intervals(((*span, "speech") for span in spans), end_s)))
    if analysis.vent is not None:
        label = f"vent, ended by {analysis.vent.ended_by}"
        tiers.append(_Tier("vent", _intervals([(analysis.vent.start_s, analysis.vent.end_s, label)], end_s)))
    tiers.append(_Tier("events", _points(analysis), points=True))
    head = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {_time(end_s)}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    body = [line for k, tier in enumerate(tiers, 1) for line in _tier_lines(k, tier, end_s)]
    return "\n".join([*head, *body]) + "\n"


Interval = tuple[float, float, str]


@dataclass(frozen=True)
class _Tier:
    name: str
    intervals: Sequence[Interval]
    points: bool = False


def _ends(analysis: Analysis) -> Iterator[float]:
    for turn in analysis.turns:
        yield turn.end_s
        yield from (word.end_s for word in turn.words)
    for event in analysis.events:
        yield event.start_s
    for role in heard_roles(analysis):
        yield from (end_s for _, end_s in getattr(analysis.speech, role))
    if analysis.vent is not None:
        yield analysis.vent.end_s


def _intervals(labelled: Iterable[Interval], whole_s: float) -> list[Interval]:
    """Lay labels end to end over 0 to `whole_s`, with empty ones between."""
    found: list[Interval] = []
    now = 0.0
    waiting = ""  # of a label without room that has none before it
    for start_s, end_s, label in sorted(labelled, key=lambda one: one[:2]):
        first_s, last_s = max(round(start_s, 3), now), round(end_s, 3)
        text = _joined(waiting, _one_line(label))
        waiting = ""
        if last_s > first_s:
            if first_s > now:
                found.append((now, first_s, ""))
            found.append((first_s, last_s, text))
            now = last_s
        elif found:
            found[-1] = (*found[-1][:2], _joined(found[-1][2], text))
        else:
            waiting = text
    if now < whole_s:
        found.append((now, whole_s, waiting))
    return found


def _points(analysis: Analysis) -> list[Interval]:
    """Return events by their start; those of one moment share a point."""
    found: dict[float, str] = {}
    for event in sorted(analysis.events, key=lambda one: one.start_s):
        by = f" by {event.by}" if event.by else ""
        label = f"{event.type}{by}, {event.end_s - event.start_s:.3f} s"
        found[event.start_s] = f"{found[event.start_s]}; {label}" if event.start_s in found else label
    return [(at_s, at_s, _one_line(label)) for at_s, label in found.items()]


def _tier_lines(number: int, tier: _Tier, whole_s: float) -> Iterator[str]:
    kind, each = ("TextTier", "points") if tier.points else ("IntervalTier", "intervals")
    yield f"    item [{number}]:"
    yield f'        class = "{kind}"'
    yield f'        name = "{tier.name}"'
    yield "        xmin = 0"
    yield f"        xmax = {_time(whole_s)}"
    yield f"        {each}: size = {len(tier.intervals)}"
    for k, (start_s, end_s, label) in enumerate(tier.intervals, 1):
        quoted = label.replace('"', '""')
        yield f"        {each} [{k}]:"
        if tier.points:
            yield f"            number = {_time(start_s)}"
            yield f'            mark = "{quoted}"'
        else:
            yield f"            xmin = {_time(start_s)}"
            yield f"            xmax = {_time(end_s)}"
            yield f'            text = "{quoted}"'


def _time(time_s: float) -> str:
    return f"{time_s:.3f}"


def _joined(before: str, after: str) -> str:
    return f"{before} {after}".strip()


# --- captions


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption.

    Parameters
    ----------
    start_s, end_s : float
        Seconds; `end_s` is later by at least 1 ms.
    speaker : str
        The party, with the name of the person where it is known.
    text : str
        One line.
    """

    start_s: float
    end_s: float
    speaker: str
    text: str


def cues(analysis: Analysis) -> list[Cue]:
    """Return the captions, by start: turns, cut at sentences and pauses into pieces for reading along."""
    names = {"agent": analysis.call.agent, "customer": analysis.call.customer}
    found = []
    for turn in analysis.turns:
        name = _one_line(names.get(turn.role) or "")
        speaker = f"{role_name(turn.role)} {name}".strip()
        for start_s, end_s, text in _pieces(turn):
            line = _one_line(text)
            if line:
                found.append(Cue(start_s, max(end_s, round(start_s + 0.001, 3)), speaker, line))
    return sorted(found, key=lambda cue: (cue.start_s, cue.end_s))


def to_vtt(analysis: Analysis, *, transcript: bool = True) -> str:
    """Return WebVTT captions, the speaker as the voice of each."""
    blocks = ["WEBVTT\n"]
    for n, cue in enumerate(cues(analysis) if transcript else (), 1):
        times = f"{_clock(cue.start_s)} --> {_clock(cue.end_s)}"
        blocks.append(f"{n}\n{times}\n<v {_escaped(cue.speaker)}>{_escaped(cue.text)}\n")
    return "\n".join(blocks)


def to_srt(analysis: Analysis, *, transcript: bool = True) -> str:
    """Return SRT captions, the speaker before each."""
    blocks = []
    for n, cue in enumerate(cues(analysis) if transcript else (), 1):
        times = f"{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}"
        said = f"{cue.speaker}: {cue.text}".replace("-->", "→")  # the arrow would start another caption
        blocks.append(f"{n}\n{times}\n{said}\n")
    return "\n".join(blocks)


def _pieces(turn: TurnPart) -> Iterator[Interval]:
    if not turn.words:  # words without times: of a transcript made elsewhere
        yield turn.start_s, turn.end_s, turn.text
        return
    start, signs = 0, 0
    for k, word in enumerate(turn.words):
        signs += len(word.text) + 1
        after = turn.words[k + 1] if k + 1 < len(turn.words) else None
        if after is not None:
            full = signs + len(after.text) > _CUE_SIGNS or after.end_s - turn.words[start].start_s > _CUE_S
            pause = after.start_s - word.end_s >= _CUE_PAUSE_S
            sentence = bool(_SENTENCE_END.search(word.text)) and signs > _CUE_SIGNS // 2
            if not (full or pause or sentence):
                continue
        piece = turn.words[start : k + 1]
        yield piece[0].start_s, max(one.end_s for one in piece), " ".join(one.text for one in piece)
        start, signs = k + 1, 0


def _one_line(text: str) -> str:
    """Return a text without line breaks and steering signs; runs of blanks become one."""
    return " ".join(_TURNED.sub("", _STEERING.sub(" ", text)).split())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(time_s: float, point: str = ".") -> str:
    ms = max(0, round(time_s * 1000))
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
