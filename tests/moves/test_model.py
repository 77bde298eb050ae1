"""The sentence model and the classifiers: conversion, cache, figures on the labelled test set."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from moves.made import call, many, move_file

from pipeline.errors import MissingComponentError
from pipeline.moves import CallContext, find_moves, load_moves
from pipeline.moves.classifier import _in_memory, fit_bytes, fit_key, fitted, shipped_fit, unit_vectors
from pipeline.moves.embedding import converted_model
from pipeline.moves.labelled import read_labelled
from pipeline.moves.scoring import score_moves
from pipeline.timeline import Role

TESTSET = Path(__file__).parent / "testset.jsonl"
NEGATIVE = ("blame_defensive", "dismissive", "take_it_or_leave_it", "refusal")


@pytest.fixture
def small(tmp_path):
    learn = {"mode": "hybrid", "counter_exemplars": many("Nothing", 8), "patterns": ["gone"]}
    move_file(tmp_path / "files", "thanks", exemplars=many("Thank you", 30), **learn)
    move_file(tmp_path / "files", "complaint", speaker="customer", exemplars=many("It broke", 30), **learn)
    return load_moves(folders=[tmp_path / "files"], shipped=False)


def test_neighbours_in_meaning_are_near(minilm):
    texts = ["My parcel never came.", "The package was not delivered.", "I love this song."]
    vectors = unit_vectors(minilm.embed(texts)[0])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3


def test_a_text_is_embedded_the_same_in_any_company(minilm):
    texts = ["Hello there.", "I have been waiting for a very long time in the rain.", "Bye."]
    together, counts = minilm.embed(texts)
    for k, text in enumerate(texts):
        alone, count = minilm.embed([text])
        assert count[0] == counts[k]
        cosine = unit_vectors(alone)[0] @ unit_vectors(together[k : k + 1])[0]
        assert cosine == pytest.approx(1, abs=1e-6)


def test_the_conversion_is_kept_owner_only_and_named_by_the_digest(minilm, minilm_folder, cache):
    folder, digest = converted_model(minilm_folder, cache)
    assert digest == minilm.digest
    stamps = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert converted_model(minilm_folder, cache)[0] == folder
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == stamps
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_folder_that_is_no_such_model_is_refused(tmp_path):
    with pytest.raises(MissingComponentError, match=r"model\.safetensors"):
        converted_model(tmp_path, tmp_path / "cache")
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(MissingComponentError, match="not a MiniLM"):
        converted_model(tmp_path, tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.bin"))


def test_a_fit_is_kept_and_a_damaged_one_is_made_again(small, words_model, tmp_path):
    def fit():
        _in_memory.clear()
        before = len(words_model.calls)
        return fitted(small, words_model, tmp_path), len(words_model.calls) - before

    first, made = fit()
    again, made_again = fit()
    assert (made, made_again) == (2, 0)
    (path,) = (tmp_path / "moves").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again[Role.AGENT].limits == first[Role.AGENT].limits
    np.testing.assert_array_equal(again[Role.CUSTOMER].weights, first[Role.CUSTOMER].weights)
    path.write_bytes(b"PK\x03\x04 cut off")
    mended, made_once_more = fit()
    assert made_once_more == 2
    assert mended[Role.AGENT].limits == first[Role.AGENT].limits


def test_the_shipped_fit_is_of_the_shipped_moves(shipped, minilm):
    with np.load(shipped_fit(shipped.language), allow_pickle=False) as arrays:
        assert arrays["key"].tobytes().decode() == fit_key(shipped, minilm), "make fit"


def test_a_fit_of_other_moves_is_not_taken(small, words_model, tmp_path):
    (tmp_path / "moves").mkdir()
    path = tmp_path / "moves" / f"{fit_key(small, words_model)}.npz"
    path.write_bytes(fit_bytes({}, "of something else"))
    _in_memory.clear()
    assert fitted(small, words_model, tmp_path)[Role.AGENT].moves
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["key"].tobytes().decode() == fit_key(small, words_model)


def test_thresholds_in_a_file_win_over_learned_ones(small, words_model):
    from dataclasses import replace

    moves = tuple(replace(m, yes=0.7, unsure=0.2) if m.id == "complaint" else m for m in small.moves)
    model = fitted(replace(small, moves=moves), words_model)[Role.CUSTOMER]
    limits = model.limits[model.moves.index("complaint")]
    assert (limits.yes, limits.unsure) == (0.7, 0.2)


def test_a_complaint_is_judged_with_the_turns_around(shipped, minilm, cache):
    context = CallContext(cache=cache)

    def surely(*around):
        turns = call(*around[:1], "C: It was my brother's wedding that day.", *around[1:])
        found = find_moves(turns, shipped, minilm, context).get(1, ())
        return next((m.confidence for m in found if m.name == "complaint"), 0.0)

    angry = surely("C: You charged me twice and nobody rings back.", "C: It's been three weeks now.")
    calm = surely("C: I like the new brochure.", "C: My sister has one too.")
    assert angry > calm


def confused_apologies(score):
    return sum(
        miss.kind == "wrong" and miss.move == "apology_bare" and "apology_specific" in miss.utterance.labels
        for miss in score.misses
    )


def test_figures_on_the_labelled_test_set(shipped, minilm, cache):
    """Only figures are compared, so that a failure prints nothing of the set."""
    score = score_moves(read_labelled(TESTSET), shipped, minilm, cache)
    figures, unknown, n, confused = (
        score.to_json(),
        score.unknown,
        score.utterances,
        confused_apologies(score),
    )
    del score
    assert not unknown
    assert n >= 300
    assert figures["micro"]["f1"] >= 0.83
    assert figures["moves"]["complaint"]["f1"] >= 0.85
    assert all(figures["moves"][name]["precision"] >= 0.85 for name in NEGATIVE)
    assert confused == 0


def test_patterns_alone_are_right_more_often_than_not(shipped):
    score = score_moves(read_labelled(TESTSET), shipped, None)
    precision = score.micro.precision
    claimed = sum(score.moves[name].right + score.moves[name].wrong for name in NEGATIVE)
    del score
    assert precision > 0.7
    assert claimed == 0


def test_a_call_of_150_turns_embeds_each_sentence_once(small, words_model):
    lines = [f"{'AC'[k % 2]}: This is turn {k}. It has two sentences." for k in range(150)]
    fitted(small, words_model)
    words_model.calls.clear()
    find_moves(call(*lines), small, words_model, CallContext())
    (texts,) = words_model.calls
    assert len(texts) == len(set(texts)) == 151


_NO_TORCH = """
import json, sys
from pathlib import Path
from pipeline.moves import CallContext, find_moves, load_moves
light = [m for m in ("numpy", "ctranslate2", "tokenizers", "rapidfuzz") if m in sys.modules]
from pipeline.moves.embedding import EmbedderOptions, MiniLmEmbedder
from pipeline.moves.labelled import make_turn
from pipeline.timeline import Role
embedder = MiniLmEmbedder(Path(sys.argv[1]), EmbedderOptions(cache=Path(sys.argv[2])))
turn = make_turn(0, Role.CUSTOMER, "My parcel never arrived and nobody called me.")
found = find_moves([turn], load_moves(), embedder, CallContext(whole=False, cache=Path(sys.argv[2])))
heavy = [m for m in ("torch", "transformers", "sklearn", "scipy") if m in sys.modules]
print(json.dumps([light, heavy, sorted(m.name for m in found[0] if m.state == "yes")]))
"""


def test_no_torch_and_nothing_heavy_before_a_model_is_wanted(minilm, minilm_folder, cache):
    command = [sys.executable, "-c", _NO_TORCH, str(minilm_folder), str(cache)]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    light, heavy, found = json.loads(output.splitlines()[-1])
    assert light == []
    assert heavy == []
    assert "complaint" in found
