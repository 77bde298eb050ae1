from __future__ import annotations

from pipeline.timeline import Span, SpanSet, Word
from pipeline.words import Transcript, fit_words


def word(text, start_s, end_s):
    return Word(text, Span(start_s, end_s), 0.8)


def test_words_move_into_the_speech_and_those_without_any_are_counted():
    words = (word("hello", 0.9, 1.2), word("there", 1.2, 2.1), word("ghost", 5.0, 5.4))
    transcript = Transcript({0: words, 1: ()}, "en", 1.0, {"artefact": 2})
    fitted = fit_words(transcript, {0: SpanSet.of((1, 2), (8, 9)), 1: SpanSet()})
    assert [w.text for w in fitted.words[0]] == ["hello", "there"]
    assert all(1 <= w.span.start_s < w.span.end_s <= 2 for w in fitted.words[0])
    assert fitted.dropped == {"artefact": 2, "outside_speech": 1}
    assert [n.code for n in fitted.notes] == ["words_without_speech"]
    assert "ghost" not in fitted.notes[0].message


def test_nothing_changes_where_all_fits():
    transcript = Transcript({0: (word("hello", 1, 2),)}, "en", 1.0)
    assert fit_words(transcript, {0: SpanSet.of((1, 2))}) == transcript


def test_a_short_pause_belongs_to_the_speech():
    transcript = Transcript({0: (word("a", 1.5, 1.6),)}, "en", 1.0)
    assert fit_words(transcript, {0: SpanSet.of((1, 1.45), (1.65, 2))}).words[0]
