"""Written calls without audio: words on a clock at a talker's pace, and all that follows recognition.

What is tested here is the meaning: moves, vents, verdicts, checklists. Words and edges of speech are exact,
which recordings' are not; the voice at the end of a turn is missing, which recordings have.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.report.schema import to_json
from pipeline.settings import Settings
from pipeline.stages.moves import Said, StoredMoves, moves_data
from pipeline.stages.score import score
from pipeline.stages.stored import AudioFacts, HeardChannel, MovesData, SourceFacts, StoredCall
from pipeline.timeline import Span, SpanSet, VoiceFeatures, Word
from pipeline.words import Transcript

sys.path.append(str(Path(__file__).resolve().parents[2] / "samples"))
from kit.dialogue import Line, Sound, load

if TYPE_CHECKING:
    from pipeline.moves.embedding import Embedder

SEEN, UNSEEN = (Path(__file__).parent / name for name in ("seen", "unseen"))
_WORD_S, _LETTER_S = 0.126, 0.047  # a word's length: together some 200 words a minute
_GAP_S, _TAIL_S = 0.2, 1.0
_SOLVING = frozenset({"solution_offer", "options", "refusal", "take_it_or_leave_it"})
_EXPLANATION_S = 5.0
_AGENT, _CUSTOMER = 0, 1


@dataclass
class Laid:
    """A line on the call's clock; words and anchors in seconds from its start."""

    line: Line
    words: list[tuple[str, float, float]]
    anchors: dict[str, float]
    start: float = 0.0

    @property
    def end(self) -> float:
        """End of the last word."""
        return self.start + (self.words[-1][2] if self.words else 0.0)


def _spoken(line: Line) -> Laid:
    """Say a line: its words one after the other, with the pauses that are marked in it."""
    laid = Laid(line, [], {})
    marks = sorted(line.marks, key=lambda mark: mark.char)
    now = place = 0
    now = 0.0
    for written in line.heard.split():
        place = max(place, line.text.find(written.rstrip("-"), place))
        while marks and marks[0].char <= place:
            mark = marks.pop(0)
            if mark.kind == "anchor":
                laid.anchors[mark.name] = now
            now += mark.seconds
        length = (_WORD_S + _LETTER_S * len(written)) / (line.speed or 1.0)
        laid.words.append((written, now, now + length))
        now += length
        place += len(written.rstrip("-"))
    laid.anchors.update({mark.name: now for mark in marks if mark.kind == "anchor"})
    return laid


def lay(path: Path) -> tuple[Any, list[Laid]]:
    """Read a dialogue and put its lines on one clock, as samples/kit/place.py does with sound."""
    dialogue = load(path)
    clock, previous, found = dialogue.lead_s, None, []
    for item in dialogue.items:
        if isinstance(item, Sound):
            clock = max(0.0, clock + item.gap) + (item.seconds if item.kind == "hold" else 0.0)
            continue
        laid = _spoken(item)
        named = next((one for one in found if item.ref and one.line.id == item.ref), None)
        if item.at:
            on = next(
                one
                for one in reversed(found)
                if item.at in one.anchors and (not item.of or one.line.id == item.of)
            )
            laid.start = on.start + on.anchors[item.at] + item.plus
        elif item.after_start is not None and (named or previous):
            laid.start = (named or previous).start + item.after_start
        else:
            laid.start = (named.end if named else clock) + (_GAP_S if item.gap is None else item.gap)
        laid.start = max(0.0, laid.start)
        found.append(laid)
        if not item.backchannel:
            clock, previous = max(clock, laid.end), laid
    return dialogue, sorted(found, key=lambda one: (one.start, one.end))


def label_of(path: Path) -> dict[str, Any]:
    """Return the label of a written call, in the form of a label file."""
    dialogue, laid = lay(path)
    by_id = {one.line.id: one for one in laid if one.line.id}
    vents = [
        {"start_s": round(by_id[v["from"]].start, 3), "end_s": round(by_id[v["to"]].end, 3)}
        | ({"ended_by": v["ended_by"]} if "ended_by" in v else {})
        for v in dialogue.vents
    ]
    solving = [one for one in laid if one.line.speaker == "agent" and _solves(one)]
    return {
        "call_id": dialogue.call_id,
        "audio": "",
        "duration_s": round(max(one.end for one in laid) + _TAIL_S, 3),
        "agent_channel": "left",
        "vents": vents,
        "vent": {name: vents[0][name] for name in ("start_s", "end_s")} if vents else None,
        "first_solution_s": round(solving[0].start, 3) if solving else None,
        "checklists": dialogue.checklists,
    }


def _solves(one: Laid) -> bool:
    explains = "explanation_of_why" in one.line.moves and one.end - one.start > _EXPLANATION_S
    return bool(_SOLVING.intersection(one.line.moves)) or explains


def stored_call(path: Path, embedder: Embedder, settings: Settings) -> StoredCall:
    """Return a written call as its stages would leave it; agent left, customer right."""
    _, laid = lay(path)
    duration_s = max(one.end for one in laid) + _TAIL_S
    words: dict[int, list[Word]] = {_AGENT: [], _CUSTOMER: []}
    for one in laid:
        party = _AGENT if one.line.speaker == "agent" else _CUSTOMER
        words[party] += [Word(t, Span(one.start + a, one.start + b), 0.9) for t, a, b in one.words]
    words = {party: sorted(said, key=lambda word: word.span) for party, said in words.items()}
    speech = {party: SpanSet(word.span for word in said) for party, said in words.items()}
    heard = {
        party: HeardChannel(spans, 1.0, spans.duration_s, SpanSet(), tuple(VoiceFeatures() for _ in spans))
        for party, spans in speech.items()
    }
    found = moves_data(Said(duration_s, speech, words, "en"), settings.moves, lambda: embedder)
    moves = msgspec.convert(found, MovesData, str_keys=True)
    return StoredCall(
        call_id=path.stem,
        source=SourceFacts(f"{path.stem}.wav", "0" * 64),
        audio=AudioFacts(duration_s, 8000, 2, "dual", (_AGENT, _CUSTOMER), {_AGENT: {}, _CUSTOMER: {}}),
        heard=heard,
        transcript=Transcript({p: tuple(said) for p, said in words.items()}, "en", 1.0),
        moves=StoredMoves(moves.by_agent),
        moves_notes=tuple(note.to_note() for note in moves.notes),
        models={},
        elapsed_s={},
    )


def analyse(folder: Path, out: Path, embedder: Embedder) -> tuple[Path, Path]:
    """Write results and labels of a folder of dialogues; return the folders ``labels`` and ``results``."""
    settings = Settings(agent_channel="left")
    labels, results = out / "labels", out / "results"
    labels.mkdir(parents=True)
    for path in sorted(folder.glob("*.yaml")):
        (labels / f"{path.stem}.truth.json").write_text(json.dumps(label_of(path)))
        (results / path.stem).mkdir(parents=True)
        result = to_json(score(stored_call(path, embedder, settings), settings))
        (results / path.stem / "analysis.json").write_bytes(result)
    return labels, results
