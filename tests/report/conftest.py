"""Results built by hand for the reports, a tone as Ogg Opus, and a browser to open pages in."""

from __future__ import annotations

import base64
import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.report.page import PageMedia, render_page
from pipeline.report.schema import SCHEMA_ID, Analysis
from pipeline.timeline import SpanSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

Line = tuple[str, float, float, str]

LINES: list[Line] = [
    ("agent", 0.5, 4.0, "Good morning, Northgate Energy, you are speaking with Emma. How can I help?"),
    (
        "customer",
        4.4,
        19.0,
        "Morning. Your engineer was booked for Tuesday, I took the morning off, and nobody came.",
    ),
    ("agent", 11.0, 11.6, "Okay."),
    (
        "customer",
        19.5,
        33.0,
        "Then I was told he had been and nobody answered. I was sitting in the front room!",
    ),
    ("agent", 32.6, 41.0, "I am sorry, Mr Carver. We missed that visit and then we put the blame on you."),
    ("customer", 41.5, 43.0, "Yes. Thank you."),
    ("agent", 47.5, 60.0, "I can send our own team tonight at six, or tomorrow at eight. Which suits you?"),
    ("customer", 60.6, 66.0, "Tonight. Definitely tonight."),
    ("agent", 66.5, 80.0, "Tonight it is. I will ring you myself at ten tomorrow to hear whether it works."),
    ("customer", 80.5, 84.0, "Ring me on this number."),
    ("agent", 84.4, 88.0, "I will. Keep everyone warm until six."),
]


def _words(line: Line) -> list[dict[str, Any]]:
    """Spread a line's words evenly over it; every seventh is one the recogniser was unsure of."""
    _, start_s, end_s, text = line
    words = text.split()
    step = (end_s - start_s) / max(1, len(words))
    return [
        {
            "text": word,
            "start_s": round(start_s + i * step, 3),
            "end_s": round(start_s + (i + 0.9) * step, 3),
            "confidence": 0.31 if i % 7 == 6 else 0.94,
        }
        for i, word in enumerate(words)
    ]


def _measured(value: float | None, reason: str = "", spans: list[Any] | None = None, **parts: float) -> Any:
    return value, {"parts": parts, "spans": spans or [], "reason": reason or None}


def _measures(speech: dict[str, SpanSet], lines: list[Line], duration_s: float) -> dict[str, Any]:
    agent, customer = speech["agent"], speech["customer"]
    anybody = agent | customer | speech["other"]
    talk, longest = agent.duration_s + customer.duration_s, {}
    for role in ("agent", "customer"):
        spans = [(line[1], line[2]) for line in lines if line[0] == role]
        top = max(spans, key=lambda span: span[1] - span[0], default=None)
        longest[role] = _measured(top[1] - top[0], spans=[top]) if top else _measured(None, f"no {role} turn")
    apart = bool(agent or customer)
    why = "nobody speaks in this call" if not anybody else "agent and customer are not told apart"
    return {
        "agent_talk_s": _measured(agent.duration_s) if apart else _measured(None, why),
        "customer_talk_s": _measured(customer.duration_s) if apart else _measured(None, why),
        "talk_ratio_agent": _measured(agent.duration_s / talk) if talk else _measured(None, why),
        "talk_share_agent_of_call": (
            _measured(agent.duration_s / duration_s) if talk else _measured(None, why)
        ),
        "longest_agent_turn_s": longest["agent"],
        "longest_customer_turn_s": longest["customer"],
        "agent_latency_median_s": _measured(0.45) if talk else _measured(None, why),
        "silence_count": _measured(1),
        "silence_s": _measured(4.5, nobody_s=duration_s - anybody.duration_s),
        "longest_silence_s": _measured(4.5, spans=[(43.0, 47.5)]),
        "overlap_s": _measured((agent & customer).duration_s) if apart else _measured(None, why),
    }


def _build(
    lines: list[Line] | None = None, duration_s: float = 90.0, confidence: float = 0.95, **parts: Any
) -> Analysis:
    lines = LINES if lines is None else lines
    speech = {
        role: SpanSet.of(*((line[1], line[2]) for line in lines if line[0] == role))
        for role in ("agent", "customer", "other")
    }
    measures = _measures(speech, lines, duration_s)
    call = {
        "id": "call_07",
        "source": "call_07.flac",
        "sha256": "0" * 64,
        "duration_s": duration_s,
        "sample_rate_hz": 8000,
        "channels": 2,
        "layout": "dual",
    }
    role = {"confidence": confidence, "why": "greets with a company's name"}
    whole = {
        "schema": SCHEMA_ID,
        "call": call | parts.pop("call", {}),
        "engine": {
            "version": "0.0.0",
            "settings": {},
            "settings_sha256": "a" * 64,
            "models": {},
            "device": "cpu",
            "elapsed_s": {},
        },
        "quality": {},
        "roles": {"agent": {"channel": "left", **role}, "customer": {"channel": "right", **role}},
        "speech": {name: spans.pairs(3) for name, spans in speech.items()},
        "turns": [
            {
                "i": i,
                "role": line[0],
                "start_s": line[1],
                "end_s": line[2],
                "text": line[3],
                "words": _words(line),
                "kind": "backchannel" if line[2] - line[1] < 1 else "turn",
            }
            for i, line in enumerate(lines)
        ],
        "events": [],
        "vent": None,
        "measures": {name: value for name, (value, _) in measures.items()},
        "measure_details": {name: detail for name, (_, detail) in measures.items()},
        "verdicts": {},
        "checklists": [],
        "warnings": [],
    }
    return Analysis.model_validate(whole | parts)


@pytest.fixture
def build_call() -> Callable[..., Analysis]:
    """Return the builder: lines, duration, confidence of the roles, and parts to replace."""
    return _build


@pytest.fixture
def two_party() -> Analysis:
    """A plain call of 90 s, as this version makes it: no events, no verdicts."""
    warnings = [
        {"code": "clipped", "message": "The customer's channel is clipped.", "span": (12.0, 13.0)},
        {"code": "clipped", "message": "The customer's channel is clipped.", "span": (20.0, 21.0)},
    ]
    return _build(warnings=warnings)


@pytest.fixture
def silent() -> Analysis:
    """Nobody speaks: every measure of the parties is null."""
    warning = {"code": "no_speech", "message": "No speech was found in this recording."}
    return _build([], 30.0, warnings=[warning])


@pytest.fixture
def mono() -> Analysis:
    """One channel, the parties not told apart."""
    lines = [("other", start_s, end_s, text) for _, start_s, end_s, text in LINES]
    warning = {"code": "role_unsure", "message": "Agent and customer are not told apart."}
    return _build(lines, confidence=0.0, call={"layout": "mono", "channels": 1}, warnings=[warning])


@pytest.fixture
def hostile() -> Analysis:
    """What was said tries to be markup, script, a terminal's command, or text in another direction."""
    lines = [
        ("agent", 1.0, 6.0, "</script><script>window.hacked=1</script> <img src=x onerror=window.hacked=1>"),
        (
            "customer",
            7.0,
            12.0,
            "\"quoted\" 'single' & <!-- {{ 7*7 }} {% raw %} \u2028 \u2029 </style> \\u003c",
        ),
        ("agent", 13.0, 18.0, "שלום עולם \u202eturned\u202c مرحبا 12:30"),
        ("customer", 19.0, 24.0, "emoji 👩‍👩‍👧 🙃 and \x1b[31mred\x1b[0m \x07 bell"),
        ("agent", 25.0, 25.5, ""),
    ]
    event = {"type": "<b>odd</b>", "start_s": 3.0, "end_s": 4.0, "by": "agent"}
    warning = {"code": "odd", "message": "<script>window.hacked=1</script>"}
    call = {"id": "<script>window.hacked=1</script>", "agent": "</title><b>Eve"}
    return _build(lines, 30.0, call=call, warnings=[warning], events=[event])


EVENTS: list[dict[str, Any]] = [
    {
        "type": "vent",
        "by": "customer",
        "start_s": 4.4,
        "end_s": 33.0,
        "spoken_s": 28.0,
        "ended_by": "customer",
        "interruptions": 1,
        "lead_s": 14.5,
        "confidence": 0.95,
        "why": {"sentences": 4.0, "spoken_s": 28.0, "interruptions": 1.0, "lead_s": 14.5},
    },
    {
        "type": "backchannel",
        "by": "agent",
        "of": "customer",
        "start_s": 11.0,
        "end_s": 11.6,
        "overlap_s": 0.6,
        "confidence": 0.9,
        "why": {"spoken_s": 0.6, "words": 1.0},
    },
    {
        "type": "interruption",
        "by": "agent",
        "of": "customer",
        "start_s": 32.6,
        "end_s": 33.0,
        "overlap_s": 0.4,
        "floor_taken": True,
        "confidence": 0.55,
        "why": {"shared_s": 0.4, "yields_after_s": 0.4, "goes_on_s": 8.4, "cut_off": 0.61, "voice": 1.2},
    },
    {"type": "silence", "start_s": 43.0, "end_s": 47.5, "why": {"seconds": 4.5}},
    {"type": "first_solution", "by": "agent", "start_s": 47.5, "end_s": 60.0, "confidence": 0.9, "why": {}},
    {"type": "something_new", "by": "customer", "start_s": 60.6, "end_s": 61.0},
]


def _with_moves(lines: list[Line], moves: dict[int, list[tuple[str, float]]]) -> list[dict[str, Any]]:
    """Return turns of which some do something; a move spans its whole turn."""
    turns = _build(lines).model_dump(mode="json")["turns"]
    for i, named in moves.items():
        turn = turns[i]
        turn["moves"] = [
            {
                "name": name,
                "confidence": sure,
                "span": [turn["start_s"], turn["end_s"]],
                "text": turn["text"],
            }
            for name, sure in named
        ]
    return turns


def _checklists(part: dict[str, Any]) -> list[dict[str, Any]]:
    def item(name: str, verdict: str, **more: Any) -> dict[str, Any]:
        return part | {"id": name, "title": name.capitalize(), "verdict": verdict} | more

    signs = {"reason": "Signs of listening: 1, where at least 1 is wanted.", "measured": 1, "target": 1}
    says = [{"span": (32.6, 41.0), "text": "We missed that visit and then we put the blame on you."}]
    leap = [
        item("listen", "fail", items=[item("signs_of_listening", "pass", **signs)]),
        item("empathize", "not_applicable", reason="There is nothing to check.", evidence=[]),
        item("apologize", "pass", reason="Apology for what happened at 0:32.", evidence=says),
        item("problem_solve", "unsure", confidence=0.5, reason="Perhaps an act that solves at 0:47."),
    ]
    last = [item("listen", "fail"), item("thank", "fail", reason="No thanks to the customer.")]
    return [
        {
            "name": "leap",
            "title": "LEAP",
            "score": 0.5,
            "score_range": (0.25, 0.75),
            "verdict": "unsure",
            "items": leap,
        },
        {
            "name": "last",
            "title": "LAST",
            "score": 0.0,
            "score_range": (0.0, 0.0),
            "verdict": "fail",
            "items": last,
        },
    ]


@pytest.fixture
def eventful() -> Analysis:
    """A call with all that a result can hold: a vent, events, moves, verdicts, two checklists."""
    evidence = [{"span": (32.6, 33.0), "text": "I am sorry, Mr Carver."}]
    part: dict[str, Any] = {
        "confidence": 0.9,
        "reason": "The agent cut in once while the customer complained, at 0:32.",
        "evidence": evidence,
    }
    moves = {
        1: [("complaint", 0.9)],
        4: [("apology_specific", 0.9), ("empathy", 0.55)],
        6: [("options", 0.95)],
        8: [("follow_up", 0.9)],
    }
    talk = {
        "verdict": "pass",
        "confidence": 0.95,
        "reason": "The agent had 53 % of the talking, within the limit of 60 %.",
        "evidence": [{"span": (4.4, 19.0), "text": ""}],
        "would_flip": [],
    }
    return _build(
        turns=_with_moves(LINES, moves),
        events=EVENTS,
        vent={
            "start_s": 4.4,
            "end_s": 33.0,
            "spoken_s": 28.0,
            "uninterrupted_share": 0.9,
            "ended_by": "customer",
            "first_solution_s": 47.5,
            "lead_s": 14.5,
            "confidence": 0.95,
            "why": "",
        },
        verdicts={
            "vent_before_solving": part
            | {"verdict": "unsure", "would_flip": ["floor.yield_s +20%", "edges -0.05 s"]},
            "talk_ratio": talk,
        },
        checklists=_checklists(part),
        coach={
            "text": "You apologized (0:32). One thing to work on: let them finish (play 0:32).",
            "play": (32.6, 33.0),
        },
    )


@pytest.fixture(scope="session")
def opus() -> bytes:
    """90 s of a quiet tone as Ogg Opus."""
    import av
    import numpy as np

    rate, out = 8000, io.BytesIO()
    with av.open(out, "w", format="ogg") as box:
        stream = box.add_stream("libopus", rate=rate, layout="mono")
        stream.bit_rate = 12000
        for second in range(90):
            at = np.arange(second * rate, (second + 1) * rate)
            tone = (np.sin(2 * np.pi * 220 * at / rate) * 3000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, second * rate
            box.mux(stream.encode(frame))
        box.mux(stream.encode(None))
    return out.getvalue()


@pytest.fixture
def media(opus: bytes) -> PageMedia:
    """The tone, and a waveform of 50 points a second."""
    import numpy as np

    random = np.random.default_rng(7)
    points = {
        role: base64.b64encode(bytes(random.integers(0, 200, 90 * 50).tolist())).decode()
        for role in ("agent", "customer")
    }
    return PageMedia(opus, waveform=points, points_per_s=50)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it, else as Playwright has it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with playwright.sync_playwright() as running:
        path = found or running.chromium.executable_path
        if not Path(path).exists():
            pytest.skip("no Chromium on this machine: install the package chromium")
        launched = running.chromium.launch(executable_path=path, args=["--mute-audio"])
        yield launched
        launched.close()


class Opened:
    """A page in the browser, with all it complained of and all it asked for."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page, self.folder = page, folder
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def time(self) -> float:
        """Where the cursor was put last, in seconds, as the link says."""
        return float(self.page.evaluate("location.hash").removeprefix("#t="))

    def shot(self, name: str, **options: Any) -> None:
        """Leave a picture to be looked at."""
        self.page.screenshot(path=str(self.folder / f"{name}.png"), **options)


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Return a function that writes a result's page to a file and opens it."""
    folder = Path(os.environ.get("HEAROUT_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    contexts = []

    def open_it(
        analysis: Analysis,
        media: PageMedia | None = None,
        *,
        size: tuple[int, int] = (1280, 800),
        link: str = "",
        wait: bool = True,
        beside: bytes | None = None,
        **options: Any,
    ) -> Opened:
        path = tmp_path / "timeline.html"
        if media and media.audio_beside and beside:
            (tmp_path / media.audio_beside).write_bytes(beside)
        path.write_bytes(bytes(render_page(analysis, media)))
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
        contexts.append(context)
        opened = Opened(context.new_page(), folder)
        opened.page.set_default_timeout(10_000)
        opened.page.goto(path.as_uri() + link)
        opened.page.wait_for_selector("html[data-ready]", state="attached")
        if wait and media and (media.audio or beside):
            opened.page.wait_for_selector("#play:enabled")
        return opened

    yield open_it
    for context in contexts:
        context.close()
