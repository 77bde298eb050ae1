"""Draw a timeline in a test: one lane per party, one character per tenth of a second.

``=`` is speech; words are given apart, laid evenly over the unit they belong to. Lanes may be
indented; the first column is 0 s.
"""

from __future__ import annotations

from scenes import laid

from pipeline.timeline import (
    Clues,
    LanguagePack,
    Phrases,
    Role,
    Span,
    SpanSet,
    Timeline,
    TurnSettings,
    Word,
    build_timeline,
)

STEP_S = 0.1
EXACT_STEP_S = 0.125  # exact in binary: no threshold is met or missed by rounding
LISTENING = LanguagePack(
    "xx", "Drawn", backchannels=Phrases(("mm hm", "yeah", "okay", "right", "oh", "i see", "uh huh"))
)


def lane(drawing: str, step_s: float = STEP_S) -> SpanSet:
    """Read ``"  ===  =="`` as spans."""
    spans, start = [], None
    for i, sign in enumerate(f"{drawing} "):
        if sign == "=" and start is None:
            start = i
        elif sign != "=" and start is not None:
            spans.append(Span(round(start * step_s, 3), round(i * step_s, 3)))
            start = None
    return SpanSet(spans)


def spoken(speech: SpanSet, *texts: str) -> tuple[Word, ...]:
    """Lay each text's words evenly over the span of the same number; an empty text lays none."""
    return tuple(word for span, text in zip(speech, texts, strict=True) for word in laid(span, text))


def call(
    agent: str,
    customer: str,
    agent_says: tuple[str, ...] = (),
    customer_says: tuple[str, ...] = (),
    *,
    settings: TurnSettings | None = None,
    clues: Clues | None = None,
    step_s: float = STEP_S,
) -> Timeline:
    """Build a timeline from two drawn lanes; without texts no word was recognised."""
    speech = {Role.AGENT: lane(agent, step_s), Role.CUSTOMER: lane(customer, step_s)}
    words = {
        role: spoken(speech[role], *texts) if texts else ()
        for role, texts in ((Role.AGENT, agent_says), (Role.CUSTOMER, customer_says))
    }
    duration_s = max(len(agent), len(customer)) * step_s
    return build_timeline(duration_s, speech, words, LISTENING, settings or TurnSettings(), clues)
