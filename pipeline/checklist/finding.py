"""What came of one check, and how findings are put together: all, any, not. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pipeline.measures.verdict import Evidence, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

UNSURE_BELOW = 0.6
EVIDENCE_MAX = 6
_REASONS_MAX = 3


class Finding(NamedTuple):
    """A check's outcome, with what was measured where something was.

    Parameters
    ----------
    outcome : Outcome
    confidence : float
        0 to 1.
    reason : str
        One plain sentence.
    evidence : tuple of Evidence
    measured, target : float or None
        Value and limit of a comparison.
    """

    outcome: Outcome
    confidence: float
    reason: str
    evidence: tuple[Evidence, ...] = ()
    measured: float | None = None
    target: float | None = None

    def against(self, measured: float, target: float) -> Finding:
        """Return it with what was measured, and the limit."""
        return Finding(self.outcome, self.confidence, self.reason, self.evidence, measured, target)

    def verdict(self) -> Verdict:
        """Return it as a verdict."""
        return Verdict(self.outcome, self.confidence, self.reason, self.evidence)


def decided(passes: bool, confidence: float, reason: str, evidence: Sequence[Evidence]) -> Finding:
    """Return pass or fail; unsure where the confidence is too low or there is nothing to play."""
    outcome = Outcome.PASS if passes else Outcome.FAIL
    if confidence < UNSURE_BELOW or not evidence:
        outcome = Outcome.UNSURE
    return Finding(outcome, confidence, reason, tuple(evidence))


def unsure(reason: str, evidence: Sequence[Evidence] = (), confidence: float = 0.5) -> Finding:
    """Return what could not be decided, and why."""
    return Finding(Outcome.UNSURE, confidence, reason, tuple(evidence))


def not_applicable(reason: str) -> Finding:
    """Return what the call gives no occasion for."""
    return Finding(Outcome.NOT_APPLICABLE, 1.0, reason)


def all_of(findings: Sequence[Finding]) -> Finding:
    """Fail if one fails, else unsure if one is unsure, else pass; what does not apply is left out."""
    return _joined(findings, Outcome.FAIL, Outcome.PASS)


def any_of(findings: Sequence[Finding]) -> Finding:
    """Pass if one passes, else unsure if one is unsure, else fail; what does not apply is left out."""
    return _joined(findings, Outcome.PASS, Outcome.FAIL)


def opposite_of(finding: Finding) -> Finding:
    """Turn pass and fail round."""
    turned = {Outcome.PASS: Outcome.FAIL, Outcome.FAIL: Outcome.PASS}
    return finding._replace(outcome=turned.get(finding.outcome, finding.outcome))


def _joined(findings: Sequence[Finding], one_is_enough: Outcome, all_needed: Outcome) -> Finding:
    """Join: one finding of the first outcome decides; the second takes all of them.

    A finding that decides alone is as sure as the surest of its kind. What takes all of them is as sure as
    the least sure one.
    """
    heard = [finding for finding in findings if finding.outcome is not Outcome.NOT_APPLICABLE]
    if not heard:
        return findings[0]
    deciding = [finding for finding in heard if finding.outcome is one_is_enough]
    if deciding:
        surest = max(deciding, key=lambda finding: finding.confidence)
        return _told(one_is_enough, deciding, surest, max)
    doubtful = [finding for finding in heard if finding.outcome is Outcome.UNSURE]
    if doubtful:
        return _told(Outcome.UNSURE, doubtful, doubtful[0], min)
    return _told(all_needed, heard, heard[0], min)


def _told(
    outcome: Outcome, findings: Sequence[Finding], leading: Finding, worth: Callable[[list[float]], float]
) -> Finding:
    ordered = [leading, *(finding for finding in findings if finding is not leading)]
    reasons = list(dict.fromkeys([finding.reason.rstrip(".") for finding in ordered]))
    evidence = tuple(dict.fromkeys([one for finding in ordered for one in finding.evidence]))
    number = next((finding for finding in ordered if finding.measured is not None), leading)
    return Finding(
        outcome,
        worth([finding.confidence for finding in findings]),
        "; ".join([reasons[0], *map(uncapitalized, reasons[1:_REASONS_MAX])]) + ".",
        evidence[:EVIDENCE_MAX],
        number.measured,
        number.target,
    )


def capitalized(text: str) -> str:
    """Return `text` with a capital first."""
    return text[:1].upper() + text[1:]


def uncapitalized(text: str) -> str:
    """Return `text` with a small letter first."""
    return text[:1].lower() + text[1:]
