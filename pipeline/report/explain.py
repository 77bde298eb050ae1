"""Why an event is what it is, in words: one sentence, the deciding numbers, the thresholds. Pure.

Nothing is decided here: the numbers are those in `FloorEvent.why`, the thresholds those of the settings.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from pipeline.timeline import EventType, Role
from pipeline.timeline.plain import clock, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.measures import VentSettings
    from pipeline.timeline import Flip, FloorEvent, FloorSettings, TurnSettings

_LEAD_S = 2.0  # a listener wants to hear what came before
LOG_ODDS = "log-odds"

# What stands in `why`: what it means, and its unit.
_NUMBERS: dict[str, tuple[str, str]] = {
    "shared_s": ("both spoke for", "s"),
    "yields_after_s": ("{of} spoke on for", "s"),
    "goes_on_s": ("{by} spoke for", "s"),
    "pause_s": ("pause before {by} started", "s"),
    "apart_s": ("time between the two starts", "s"),
    "joint_silence_s": ("silence before them", "s"),
    "spoken_s": ("{by} spoke for", "s"),
    "seconds": ("length", "s"),
    "lead_s": ("solving began after the end of the vent by", "s"),
    "interruptions": ("interruptions by the agent inside", "count"),
    "sentences": ("complaining sentences", "count"),
    "filled_s": ("filled with music or tones", "s"),
    "announced": ("announced by the agent", "yes"),
    "cut_off": ("chance that {of} was cut off, not finished", "1"),
    "base": ("most changes of turn are ordinary", LOG_ODDS),
    "shared": ("how long both spoke", LOG_ODDS),
    "voice": ("the voice of {of} at the end", LOG_ODDS),
    "words": ("the last words of {of}", LOG_ODDS),
    "recogniser": ("doubt about the last word", LOG_ODDS),
    "next_turn": ("what {of} said next", LOG_ODDS),
    "restarts": ("{of} spoke on at once", LOG_ODDS),
    "end_drop_db": ("level of the last 0.1 s against before", "dB"),
    "end_fall_s": ("how long the voice had fallen away", "s"),
    "end_pitch_ratio": ("pitch at the end over the usual", "1"),
    "disputed_s": ("doubt: it is disputed who spoke for", "s"),
    "reacts": ("{by} only showed sympathy or thanked", "yes"),
    "trails_away": ("{of} only trailed away or took leave", "yes"),
    "no_words_s": ("doubt: no word was recognised where {of} was heard for", "s"),
    "answers_early": ("doubt: {of} had asked, and had probably finished", "yes"),
    "no_language_pack": ("doubt: no language pack, the words count for nothing", "yes"),
    "one_channel": ("doubt: both are on one channel", "yes"),
    "delay_s": ("doubt: shared speech within the line's delay of", "s"),
    "reclaims_after_s": ("doubt: {by} had just lost the floor; own pause", "s"),
    "just_begun_s": ("doubt: {of} had just begun, before", "s"),
    "only_voice": ("doubt: nothing but the voice speaks for a cut-off", "yes"),
    "came_back_s": ("doubt: {of} had stopped, and came back after", "s"),
}
_FORMATS = {"s": "%.2f s", "dB": "%.2f dB", "1": "%.2f", "count": "%.0f", LOG_ODDS: "%+.2f"}
_DOUBTS = {
    "disputed_s": "it is disputed who spoke",
    "no_words_s": "no word was recognised in what the other is heard with",
    "answers_early": "it may be an early answer to a question",
    "no_language_pack": "there is no language pack for these words",
    "one_channel": "both are on one channel",
    "delay_s": "the shared speech is within the line's delay",
    "reclaims_after_s": "it may be taking back the floor just lost",
    "just_begun_s": "the other had only just begun",
    "only_voice": "nothing but the voice speaks for a cut-off",
    "came_back_s": "the other had stopped and came back",
}
_THRESHOLDS: dict[EventType, tuple[str, ...]] = {
    EventType.BACKCHANNEL: ("backchannel_max_s", "resume_s"),
    EventType.DUAL_START: ("dual_start_s", "joint_silence_s", "restart_s", "yield_s"),
    EventType.TERMINAL_OVERLAP: ("terminal_s", "contest_s", "yield_s", "overlap_min_s"),
    EventType.INTERRUPTION: (
        "overlap_min_s",
        "terminal_s",
        "contest_s",
        "yield_s",
        "false_start_s",
        "dual_start_s",
        "restart_s",
    ),
    EventType.FALSE_START: ("false_start_s", "contest_s", "yield_s"),
    EventType.PAUSE_INTERRUPTION: ("mid_pause_s", "overlap_min_s", "restart_s", "false_start_s"),
    EventType.OVERLAP_OTHER: ("overlap_min_s", "terminal_s", "contest_s", "yield_s", "false_start_s"),
    EventType.SILENCE: ("silence_min_s", "hold_min_s"),
    EventType.HOLD: ("silence_min_s", "hold_min_s"),
    EventType.VENT: ("vent_min_s", "vent_return_s"),
    EventType.FIRST_SOLUTION: ("explanation_min_s",),
}


class Thresholds(Protocol):
    """The settings that events are judged by."""

    @property
    def turns(self) -> TurnSettings:
        """Of turns, silences and holds."""
        ...

    @property
    def floor(self) -> FloorSettings:
        """Of floor events."""
        ...

    @property
    def vent(self) -> VentSettings:
        """Of vents."""
        ...


class Number(NamedTuple):
    """One deciding number: its key, what it means, its unit (``yes``: it holds) and value."""

    name: str
    meaning: str
    unit: str
    value: float

    @property
    def text(self) -> str:
        """The value as people read it."""
        return number_text(self.value, self.unit)


class Told(NamedTuple):
    """What is told of an event: its kind, the parties as sentences name them, and what decided."""

    kind: EventType
    by: str
    of: str
    overlap_s: float
    floor_taken: bool
    is_sure: bool
    why: Mapping[str, float]

    @property
    def sentence(self) -> str:
        """One plain sentence that says why the event is what it is."""
        said = _SENTENCES[self.kind](self)
        if self.kind.counts and not self.is_sure:
            doubts = [words for name, words in _DOUBTS.items() if name in self.why]
            return f"{said}; not sure{': ' + ', '.join(doubts) if doubts else ''}."
        return f"{said}."

    def number(self, name: str) -> float:
        """Return a number that decided, 0 where it is none of them."""
        return self.why.get(name, 0.0)

    def s(self, name: str) -> str:
        """Return it as seconds in words."""
        return f"{self.why.get(name, 0.0):.2f} s"

    @property
    def chance(self) -> str:
        """How probably the other was cut off."""
        return percent(self.number("cut_off"))


def sentence(event: FloorEvent) -> str:
    """Return one plain sentence that says why the event is what it is."""
    by, of = party(event.by), party(event.of)
    told = Told(event.type, by, of, event.overlap_s, event.floor_taken, event.is_sure, event.why)
    return told.sentence


def party(role: Role | str | None) -> str:
    """Return a party as sentences name it."""
    return f"the {role}" if role is not None else "nobody"


def _backchannel(event: Told) -> str:
    what = "a sign of listening" if event.number("words") else "a sound without a recognised word"
    return f"{_upper(event.by)} gave {what} of {event.s('spoken_s')} and left the floor to {event.of}"


def _dual_start(event: Told) -> str:
    return f"Both started within {event.s('apart_s')} after a silence of {event.s('joint_silence_s')}"


def _terminal_overlap(event: Told) -> str:
    base = f"{_upper(event.by)} started {event.overlap_s:.2f} s before {event.of} ended"
    if "trails_away" in event.why:
        return f"{base}, who only trailed away or took leave"
    if "cut_off" not in event.why:
        return f"{base}, which is an ordinary change of turns"
    return f"{base}, who had probably finished (chance of a cut-off {event.chance})"


def _interruption(event: Told) -> str:
    both = f"{_upper(event.by)} came in while {event.of} spoke; both spoke for {event.overlap_s:.2f} s"
    if "cut_off" in event.why and event.floor_taken:
        return f"{both}, then {event.of} stopped (chance of a cut-off {event.chance})"
    return f"{both}, and {event.by} went on all the same"


def _false_start(event: Told) -> str:
    return f"{_upper(event.by)} stopped after {event.s('goes_on_s')} and left the floor to {event.of}"


def _pause_interruption(event: Told) -> str:
    return (
        f"{_upper(event.by)} came in in a pause of {event.s('pause_s')}, though {event.of} was probably "
        f"not done (chance {event.chance})"
    )


def _overlap_other(event: Told) -> str:
    if "reacts" in event.why:
        reacted = f"{_upper(event.by)} showed sympathy or thanked for {event.s('goes_on_s')}"
        return f"{reacted} while {event.of} went on"
    if "trails_away" in event.why:
        return f"Both spoke for {event.overlap_s:.2f} s; {event.of} only trailed away or took leave"
    return f"Both spoke for {event.overlap_s:.2f} s, and no rule says that one cut the other off"


def _silence(event: Told) -> str:
    return f"Nobody spoke for {event.s('seconds')}"


def _hold(event: Told) -> str:
    filled = event.number("filled_s") >= event.number("seconds") / 2
    why = "announced by the agent" if event.number("announced") else "filled with music or tones"
    reason = f", {why}" if event.number("announced") or filled else ""
    return f"Nobody spoke for {event.s('seconds')}{reason}"


def _vent(event: Told) -> str:
    cuts = event.number("interruptions")
    cut_in = f"cut in {cuts:.0f} times" if cuts > 1 else "cut in once" if cuts else "did not cut in"
    complained = f"The customer complained for {event.s('seconds')}; the agent {cut_in}"
    lead_s = event.why.get("lead_s")
    if lead_s is None:
        return f"{complained} and never began to solve"
    side = "after" if lead_s >= 0 else "before"
    began = f"began to solve {abs(lead_s):.2f} s {side} the end of it"
    return f"{complained} and {began}"


def _first_solution(event: Told) -> str:
    return "The first sentence with which the agent solves, offers, explains at length or refuses"


def _transfer(event: Told) -> str:
    return "The call goes to somebody else"


_SENTENCES = {
    EventType.BACKCHANNEL: _backchannel,
    EventType.DUAL_START: _dual_start,
    EventType.TERMINAL_OVERLAP: _terminal_overlap,
    EventType.INTERRUPTION: _interruption,
    EventType.FALSE_START: _false_start,
    EventType.PAUSE_INTERRUPTION: _pause_interruption,
    EventType.OVERLAP_OTHER: _overlap_other,
    EventType.SILENCE: _silence,
    EventType.HOLD: _hold,
    EventType.VENT: _vent,
    EventType.FIRST_SOLUTION: _first_solution,
    EventType.TRANSFER: _transfer,
}


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def numbers(event: FloorEvent) -> list[Number]:
    """Return the deciding numbers with plain names, in the order in which they were weighed."""
    by, of = party(event.by), party(event.of)
    return [Number(name, *meaning(name, str(event.type), by, of), value) for name, value in event.why.items()]


@lru_cache(maxsize=1024)
def meaning(name: str, kind: str, by: str, of: str) -> tuple[str, str]:
    """Return what a number means that decided on an event of this kind, and its unit."""
    if name == "words" and kind == EventType.BACKCHANNEL:
        return "recognised words", "count"
    means, unit = _NUMBERS.get(name, (name.replace("_", " "), "1"))
    return means.format(by=by, of=of), unit


def number_text(value: float, unit: str) -> str:
    """Return a deciding number as people read it."""
    if unit == "yes":
        return "yes" if value else "no"
    return _FORMATS[unit] % value


def thresholds(event: FloorEvent, settings: Thresholds) -> dict[str, float]:
    """Return the thresholds that this type of event is judged by, seconds, by their names in the settings."""
    known: Mapping[str, float] = {
        f"{part}.{name}": value
        for part in ("turns", "floor", "vent")
        for name, value in asdict(getattr(settings, part)).items()
    }
    wanted = _THRESHOLDS.get(event.type, ())
    return {name: value for name, value in known.items() if name.partition(".")[2] in wanted}


def flip_sentence(flip: Flip, floor: FloorSettings) -> str:
    """Return what a changed threshold would make of the event."""
    now = getattr(floor, flip.threshold)
    becomes = f"{_kind(flip.becomes)}" if flip.becomes else "no event"
    return f"floor.{flip.threshold} at {flip.value_s:.2f} s instead of {now:.2f} s: {becomes}"


def _kind(kind: EventType) -> str:
    return kind.value.replace("_", " ")


def listen_at(event: FloorEvent) -> str:
    """Return where to hear it: the page, a moment before the event."""
    return f"timeline.html#t={max(0.0, event.span.start_s - _LEAD_S):.1f}"


def row(number: int, event: FloorEvent) -> list[str]:
    """Return an event's line in the list: number, time, type, by whom, how sure, why."""
    by = event.by.value if event.by else ""
    return [
        str(number),
        clock(event.span.start_s),
        _kind(event.type),
        by,
        percent(event.confidence),
        sentence(event),
    ]


def to_dict(number: int, event: FloorEvent) -> dict[str, Any]:
    """Return an event for machines: as the result file has it, its number, its sentence, where to hear it.

    Who has no part in it is left out.
    """
    row = {name: value for name, value in event.to_dict().items() if value is not None}
    return {"n": number, **row, "sentence": sentence(event), "listen": listen_at(event)}
