"""Calls of a made-up contact centre, the same for the same seed: agents who differ, weeks that change."""

from __future__ import annotations

import random
from datetime import date, timedelta

from pipeline.report.team import CallNumbers, CallVent, Interruptions, ItemName

FIRST = date(2026, 7, 27)
TEAMS = ("Billing", "Orders", "Repairs")
NAMES = (
    "Aylin Öz", "Ben Carver", "Chloé Martin", "Dmitri Orlov", "Emma Clarke", "Farid Haddad", "Grace Obi",
    "Hugo Lind", "Ines Prado", "Jo O'Neill", "Kemal Ay", "Lena Voss", "Marek Nowak", "Nia Evans",
)  # fmt: skip
LISTS = {
    "leap": ("LEAP", ("listen", "empathize", "apologize", "problem_solve")),
    "last": ("LAST", ("listen", "apologize", "solve", "thank")),
}
ITEMS = [
    ItemName("vent_before_solving", "verdict", "Vent before solving", 1),
    ItemName("talk_ratio", "verdict", "Talk ratio", 2),
]
for _list, (_title, _items) in LISTS.items():
    ITEMS.append(ItemName(_list, "checklist", _title, len(ITEMS) + 1))
    for _item in _items:
        ITEMS.append(
            ItemName(f"{_list}.{_item}", "item", _item.replace("_", " ").capitalize(), len(ITEMS) + 1)
        )
        if _item == "listen":
            told = "Gives signs of listening"
            ITEMS.append(ItemName(f"{_list}.listen.signs", "item", told, len(ITEMS) + 1))


def make_calls(agents: int = 14, weeks: int = 16, seed: int = 7, per_week: float = 4.0) -> list[CallNumbers]:
    """Return calls of named agents in three teams, some without a name, a date, or clear roles."""
    draw = random.Random(seed)
    found = []
    for k in range(agents):
        name = NAMES[k % len(NAMES)] + (f" {k // len(NAMES) + 1}" if k >= len(NAMES) else "")
        skill = draw.gauss(0.0, 0.09)
        busy = per_week * (0.2 if k % 10 == 9 else 1.3 if k % 5 == 4 else 1.0)  # some have few calls
        for week in range(weeks):
            for _ in range(max(0, round(draw.gauss(busy, 1.2)))):
                day = FIRST + timedelta(weeks=week, days=draw.randrange(6))
                chance = 0.55 + skill + 0.012 * week
                found.append(_call(draw, len(found), name, TEAMS[k % 3], day, chance))
    for _ in range(agents):
        found.append(_call(draw, len(found), None, None, None, 0.6))
    return found


def _call(
    draw: random.Random, number: int, agent: str | None, team: str | None, day: date | None, chance: float
) -> CallNumbers:
    complains = draw.random() < 0.7
    outcome = "not_applicable" if not complains else draw.choices(
        ("pass", "fail", "unsure"), (chance, 1 - chance, 0.12)
    )[0]  # fmt: skip
    customer_ms = round(draw.lognormvariate(4.9, 0.5) * 1000)
    share = min(0.9, max(0.1, draw.gauss(0.52 if outcome != "fail" else 0.58, 0.11)))
    cut = draw.choice((0, 1, 1, 2, 3)) if outcome == "fail" else draw.choice((0, 0, 0, 0, 1))
    return CallNumbers(
        id=f"call {number:05d}",
        agent=agent,
        team=team,
        recorded_on=day,
        duration_ms=round(customer_ms / (1 - share) * 1.15),
        agent_ms=round(customer_ms * share / (1 - share)),
        customer_ms=customer_ms,
        by_agent=Interruptions(cut, draw.choice((0, 0, 0, 1))),
        vent=_vent(draw, outcome, cut) if complains else None,
        verdicts=tuple(_verdicts(draw, outcome, complains)),
        heard_confidence=round(draw.uniform(0.6, 0.99), 3),
        role_confidence=0.5 if draw.random() < 0.02 else 0.95,
        warnings=frozenset(["clipped"] if draw.random() < 0.04 else []),
        sha256=f"{number:064x}",
        version="0.1.0",
        settings_sha256="a" * 64,
    )


def _vent(draw: random.Random, outcome: str, cut: int) -> CallVent:
    length_ms = round(draw.lognormvariate(3.2, 0.6) * 1000)
    if outcome != "fail":
        lead_ms = round(draw.uniform(1, 30) * 1000)
        return CallVent(length_ms, "customer", draw.choice((0.9, 0.95, 0.5)), Interruptions(0, 0), lead_ms)
    ended_by = draw.choice(("interruption", "solution", "customer"))
    length_ms = round(length_ms * 0.6)
    lead_ms = -round(draw.uniform(0.1, 0.6) * length_ms) if ended_by == "solution" else 2000
    return CallVent(length_ms, ended_by, 0.9, Interruptions(min(cut, 2), 0), lead_ms)


def _verdicts(draw: random.Random, outcome: str, complains: bool) -> list[tuple[str, str]]:
    found = [
        ("vent_before_solving", outcome),
        ("talk_ratio", draw.choice(("pass", "pass", "fail", "unsure"))),
    ]
    for name, (_, items) in LISTS.items():
        found.append((name, draw.choice(("pass", "fail", "unsure", "fail"))))
        for k, item in enumerate(items):
            said = draw.choices(("pass", "fail", "unsure"), (0.35 + 0.15 * k, 0.6 - 0.14 * k, 0.08))[0]
            found.append(
                (f"{name}.{item}", outcome if item == "listen" else said if complains else "not_applicable")
            )
            if item == "listen":
                found.append((f"{name}.listen.signs", said if complains else "not_applicable"))
    return found
