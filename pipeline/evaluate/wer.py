"""Word error rate of each party's words against the label's lines, with the parts it was made of.

The reference is what was heard: cut lines as far as they were spoken, backchannels included. Both sides go
through OpenAI's English text normaliser (case, punctuation, fillers, contractions, spelling, most number
words), each party's lines joined in time order first, so that it does not matter how they were divided into
lines or turns. Digits that were grouped differently ("447 291", "447291") stay errors.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from pipeline.evaluate.metric import Family, Metric, Score, Tally
from pipeline.evaluate.speech import NOT_SEPARATED, PARTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pipeline.evaluate.labels import Label
    from pipeline.report.schema import Analysis


@lru_cache(maxsize=1)
def _normaliser() -> Callable[[str], str]:
    from whisper_normalizer.english import EnglishTextNormalizer

    normalise: Callable[[str], str] = EnglishTextNormalizer()
    return normalise


def normalised_words(texts: Iterable[str]) -> list[str]:
    """Return the words of joined `texts` as they are compared; what holds no letter or digit is no word."""
    words = _normaliser()(" ".join(texts)).split()
    return [word for word in words if any(sign.isalnum() for sign in word)]


def word_errors(reference: list[str], hypothesis: list[str]) -> Tally:
    """Count the errors of the best alignment (jiwer).

    Returns
    -------
    Tally
        Parts: ``substitutions``, ``deletions``, ``insertions``, ``reference_words``.
    """
    counts = {"substitutions": 0, "deletions": len(reference), "insertions": len(hypothesis)}
    if reference and hypothesis:
        from jiwer import process_words

        found = process_words(" ".join(reference), " ".join(hypothesis))
        counts = {
            "substitutions": found.substitutions,
            "deletions": found.deletions,
            "insertions": found.insertions,
        }
    return Tally(
        {name: float(count) for name, count in {**counts, "reference_words": len(reference)}.items()}
    )


def word_error_rate(tally: Tally) -> float | None:
    """Return ``(substitutions + deletions + insertions) / reference words``; ``None`` without any."""
    words = tally.parts.get("reference_words", 0.0)
    errors = sum(tally.parts.get(kind, 0.0) for kind in ("substitutions", "deletions", "insertions"))
    return errors / words if words > 0 else None


def _metric(party: str) -> Metric:
    meaning = (
        f"(substitutions + deletions + insertions) / labelled words, {party}. What was heard counts: "
        "cut lines as far as spoken, backchannels too. English text normaliser."
    )
    return Metric(
        f"wer_{party}" if party else "wer",
        f"WER\n{party or 'both'}",
        meaning if party else "As above, both parties together.",
        "1",
        "low",
        word_error_rate,
        "no words in the label",
        shown=".1%",
        column=bool(party),
    )


_METRICS = {party: _metric(party) for party in (*PARTIES, "")}


def reference_words(label: Label, party: Literal["agent", "customer"]) -> list[str] | None:
    """Return a party's labelled words in time order; ``None`` if a line of theirs has no text."""
    lines = sorted(
        (line for line in label.lines or () if line.speaker == party), key=lambda line: line.start_s
    )
    texts = [line.text for line in lines if line.text is not None]
    return normalised_words(texts) if len(texts) == len(lines) else None


def score_words(label: Label, analysis: Analysis) -> Mapping[str, Score]:
    """Score each party's words; a word under the wrong party's name is an error of both."""
    reason = _why_not(label, analysis)
    if reason:
        return {metric.name: Score.none(reason) for metric in _METRICS.values()}
    turns = sorted(analysis.turns, key=lambda turn: (turn.start_s, turn.i))
    tallies: dict[str, Tally] = {}
    for party in PARTIES:
        reference = reference_words(label, party)
        if reference is not None:
            hypothesis = normalised_words(turn.text for turn in turns if turn.role == party)
            tallies[party] = word_errors(reference, hypothesis)
    if len(tallies) == len(PARTIES):
        tallies[""] = tallies["agent"] + tallies["customer"]
    unlabelled = Score.none("lines without text in the label")
    return {
        metric.name: metric.score(tallies[party]) if party in tallies else unlabelled
        for party, metric in _METRICS.items()
    }


def _why_not(label: Label, analysis: Analysis) -> str:
    if label.lines is None:
        return "lines are not labelled"
    if lacks_words(label, analysis):
        return "no words in this result"
    with_words = {turn.role for turn in analysis.turns if turn.text.strip()}
    return NOT_SEPARATED if with_words == {"other"} else ""


def lacks_words(label: Label, analysis: Analysis) -> bool:
    """Tell whether the label has words but the result has not one (analysed without a transcript)."""
    labelled = any(line.text and line.text.strip() for line in label.lines or ())
    return labelled and not any(turn.text.strip() for turn in analysis.turns)


WORDS = Family(tuple(_METRICS.values()), score_words)
