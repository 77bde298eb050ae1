from __future__ import annotations

from pipeline.timeline import Span, SpanSet, Word
from pipeline.words import Transcript, fit_words
from pipeline.words.placing import Heard, assign


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


def test_a_word_over_a_pause_was_said_after_it():
    """Whisper lets the first word after a pause begin where the last one before it ended."""
    speech = SpanSet.of((0, 2), (4, 6))
    given, outside = assign([Heard("go", 1.5, 1.9, 0.9), Heard("I", 1.9, 4.2, 0.8)], speech, 0.25)
    assert {index: [w.text for w in words] for index, words in given.items()} == {0: ["go"], 1: ["I"]}
    assert outside == 0


def test_a_word_that_trails_off_was_said_before_the_pause():
    given, _ = assign([Heard("to...", 1.6, 4.2, 0.8)], SpanSet.of((0, 2), (4, 6)), 0.25)
    assert list(given) == [0]
