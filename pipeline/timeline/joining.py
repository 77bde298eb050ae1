"""Units joined into turns and signs of listening (definitions: docs/measures.md, section 1)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span
from pipeline.timeline.turns import Turn, TurnKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pipeline.timeline.language import LanguagePack
    from pipeline.timeline.turns import Ipu, TurnSettings

_TOUCH_S = 0.2  # an answer may begin in the question's last sound


def build_turns(
    units: Mapping[Role, Sequence[Ipu]], language: LanguagePack | None, settings: TurnSettings
) -> tuple[Turn, ...]:
    """Join two parties' units into turns and runs of backchannels, sorted by start.

    Parameters
    ----------
    units : mapping of Role to sequence of Ipu
        Agent and customer; a missing one never spoke. `Role.OTHER` is joined by pauses alone.
    language : LanguagePack or None
        What alone makes no turn; ``None``: any one or two words.
    settings : TurnSettings
    """
    runs: list[tuple[TurnKind, tuple[Ipu, ...]]] = []
    floor: dict[Role, Sequence[Ipu]] = dict(units)
    for role in (Role.AGENT, Role.CUSTOMER):
        mine, at = units.get(role, ()), 0
        left: list[Ipu] = []
        for first, behind in _backchannels(mine, units.get(role.opposite, ()), language, settings):
            runs.append((TurnKind.BACKCHANNEL, tuple(mine[first:behind])))
            left += mine[at:first]
            at = behind
        if at:
            floor[role] = [*left, *mine[at:]]
    for role, own in floor.items():
        if own:
            others = [floor[r] for r in floor if r is not role and r is not Role.OTHER]
            runs.extend((TurnKind.TURN, run) for run in _join(own, others, settings.turn_pause_s))
    runs.sort(key=_by_start)
    return tuple([Turn(i, run[0].role, _extent(run), run, kind) for i, (kind, run) in enumerate(runs)])


def _extent(run: Sequence[Ipu]) -> Span:
    first, last = run[0].span, run[-1].span
    return first if first is last else Span(first.start_s, last.end_s)


def _by_start(run: tuple[TurnKind, tuple[Ipu, ...]]) -> tuple[float, float, Role]:
    first = run[1][0]
    return first.span.start_s, first.span.end_s, first.role


def _join(own: Sequence[Ipu], others: Sequence[Sequence[Ipu]], pause_s: float) -> Iterable[tuple[Ipu, ...]]:
    """Runs of units with shorter pauses than `pause_s`, in which none of the others speaks."""
    edges = [([unit.span.start_s for unit in one], [unit.span.end_s for unit in one]) for one in others]
    first, last_s = 0, own[0].span.end_s
    for k, unit in enumerate(own):
        span = unit.span
        start_s = span.start_s
        if start_s > last_s:
            parted = start_s - last_s >= pause_s
            if not parted:
                for starts, ends in edges:
                    before = bisect_left(starts, start_s)
                    parted = parted or (before > 0 and ends[before - 1] > last_s)
            if parted:
                yield tuple(own[first:k])
                first = k
        last_s = span.end_s
    yield tuple(own[first:])


def _backchannels(
    mine: Sequence[Ipu], theirs: Sequence[Ipu], language: LanguagePack | None, settings: TurnSettings
) -> Iterable[tuple[int, int]]:
    """Runs of the listener's units that leave the floor where it is: the first one's place, and the end's."""
    starts, ends = [unit.span.start_s for unit in theirs], [unit.span.end_s for unit in theirs]
    for first, behind in _small_runs(mine, theirs, starts, language, settings):
        run = mine[first:behind]
        start_s, end_s = run[0].span.start_s, run[-1].span.end_s
        if sum(unit.span.duration_s for unit in run) > settings.backchannel_max_s:
            continue
        begun = bisect_right(starts, start_s)
        speaking = begun > 0 and start_s < ends[begun - 1]
        heard_s = ends[begun - 1] if begun else -math.inf
        if not speaking and start_s - heard_s >= settings.turn_pause_s:
            continue  # nobody was speaking whom this could answer
        if not speaking and first and mine[first - 1].span.end_s > heard_s:
            continue  # the listener spoke last
        following = bisect_left(starts, start_s)
        resumed = starts[following] if following < len(starts) else None
        begun = bisect_right(starts, end_s)
        goes_on = begun > 0 and end_s < ends[begun - 1]
        if not goes_on and (resumed is None or resumed - end_s > settings.resume_s):
            continue  # the speaker had finished: the short word is a turn of its own
        resumes_s = end_s if goes_on or resumed is None else resumed
        until_s = max(resumes_s, end_s + settings.speech_join_s)
        if behind < len(mine) and mine[behind].span.start_s < until_s:
            continue  # the listener speaks on, with words of substance
        yield first, behind


def _small_runs(
    mine: Sequence[Ipu],
    theirs: Sequence[Ipu],
    starts: Sequence[float],
    language: LanguagePack | None,
    settings: TurnSettings,
) -> Iterable[tuple[int, int]]:
    """Runs of units that say little, by the first one's place and the end's; `starts`: of `theirs`."""
    resume_s, most_s = settings.resume_s, settings.backchannel_max_s
    small = [
        k
        for k, unit in enumerate(mine)
        if unit.span.end_s - unit.span.start_s <= most_s and unit.says_little(language)
    ]
    first = behind = -1
    for k in small:
        span = mine[k].span
        if first >= 0 and (k > behind or span.start_s - mine[k - 1].span.end_s >= resume_s):
            yield first, behind
            first = -1
        if first < 0:
            before = bisect_left(starts, span.end_s) - 1
            if before >= 0 and _answers(mine[k], theirs[before], language, resume_s):
                continue
            first = k
        behind = k + 1
    if first >= 0:
        yield first, behind


def _answers(unit: Ipu, theirs: Ipu, language: LanguagePack | None, within_s: float) -> bool:
    """Tell whether a short word answers the question that the other has just ended: then it is a turn."""
    since_s = unit.span.start_s - theirs.span.end_s
    stopped = -_TOUCH_S <= since_s <= within_s and theirs.span.end_s <= unit.span.end_s
    return stopped and bool(unit.words) and theirs.ends_asking(language)
