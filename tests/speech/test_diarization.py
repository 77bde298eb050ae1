"""Diarization: the decision from recorded raw outputs, its properties, and the real models where they are."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from speech.scoring import f1
from speech.signals import Memory, load_sample

from pipeline.errors import MissingComponentError
from pipeline.speech import SpeechSettings, detect_speech
from pipeline.speech.diarization import Diarization, DiarizationSettings, VoiceDiarizer, diarize, load_models
from pipeline.speech.diarization.clusters import Voices, find_voices
from pipeline.speech.diarization.decide import Evidence, decide, likeliest_path, where_speech
from pipeline.speech.diarization.evidence import (
    SETS,
    Turns,
    Windows,
    change_points,
    chunk_starts,
    plan_windows,
    turns_of,
)
from pipeline.speech.diarization.foreign import ForeignDiarizer, from_tracks, load_pipeline
from pipeline.timeline import Span, SpanSet
from pipeline.weights.store import resolve

RECORDED = Path(__file__).parent / "recorded" / "diarization_leap_model_40s.npz"  # sum of both channels
INSTALLED = all(find_spec(name) for name in ("torch", "torchaudio", "pyannote"))
needs_mono = pytest.mark.skipif(not INSTALLED, reason="the extra 'mono' is not installed")
# the speech detector alone says where, and overlap is taken as it comes
EXACT = DiarizationSettings(speech_min_s=60.0, overlap_trim_s=0.0, overlap_short_s=0.0)


class Replayed:
    """The raw outputs of both models, as they were recorded, whatever is asked."""

    batch = 4

    def __init__(self) -> None:
        with np.load(RECORDED) as stored:
            self._chunks = list(stored["probabilities"].astype(np.float32))
            self._voices = list(stored["embeddings"].astype(np.float32))
            self.speech = SpanSet.from_pairs(stored["speech"].tolist())
            self.recording = Memory(np.zeros((1, int(stored["samples"])), dtype=np.int16))

    def segment(self, chunks):
        return np.stack([self._chunks.pop(0) for _ in chunks])

    def embed(self, stretches):
        return np.stack([self._voices.pop(0) for _ in stretches])


def told_right(found: Diarization, truth: tuple[SpanSet, SpanSet]) -> float:
    """Return the mean F1 of the two parties, the speakers named as they fit best."""
    spans = [speaker.spans for speaker in found.speakers]
    return max(
        np.mean([f1(one, true) for one, true in zip(pair, truth, strict=True)])
        for pair in itertools.permutations(spans, 2)
    )


class TestRecorded:
    def test_both_parties_are_told_apart(self):
        models = Replayed()
        found = diarize(models.recording, 0, models.speech, models)
        assert found.labels == ("A", "B")
        assert told_right(found, load_sample("leap_model").cut(0, 40).truth) > 0.88

    def test_overlap_is_kept(self):
        models = Replayed()
        found = diarize(models.recording, 0, models.speech, models)
        agent, customer = (speaker.spans for speaker in found.speakers)
        assert (agent & customer) == found.overlap
        assert found.overlap.overlap_s(Span(35.7, 36.3)) > 0.1  # a backchannel over speech

    def test_a_change_without_a_sign_is_in_doubt(self):
        models = Replayed()
        found = diarize(models.recording, 0, models.speech, models)
        doubts = found.speakers[0].doubts | found.speakers[1].doubts
        assert 0 < doubts.duration_s < 0.1 * found.speech.duration_s
        assert all(speaker.confidence > 0.8 for speaker in found.speakers)

    def test_progress_ends_at_its_total(self):
        models = Replayed()
        seen = []
        diarize(models.recording, 0, models.speech, models, progress=lambda done, of: seen.append(done / of))
        assert seen == sorted(seen)
        assert seen[-1] == 1

    def test_stored_and_read_again(self):
        models = Replayed()
        found = diarize(models.recording, 0, models.speech, models)
        row = json.loads(json.dumps(found.to_dict()))
        assert Diarization.from_dict(row).to_dict() == found.to_dict()


def test_a_silent_recording_has_no_speakers():
    class Silent:
        batch = 4

        def segment(self, chunks):
            nobody = np.zeros((len(chunks), 589, 7), dtype=np.float32)
            nobody[:, :, 0] = 1.0
            return nobody

        def embed(self, stretches):
            raise AssertionError("there is nothing to embed")

    found = VoiceDiarizer(Silent()).diarize(
        Memory(np.zeros((1, 80_000))), 0, SpanSet(), DiarizationSettings()
    )
    assert found == Diarization(())


def calm(n_frames: int) -> Turns:
    """Return a segmentation model that hears nothing in particular."""
    return Turns(*(np.zeros(n_frames, dtype=np.float32) for _ in range(3)))


spans = st.lists(st.integers(0, 399), min_size=2, max_size=12, unique=True).map(
    lambda cuts: SpanSet(
        Span(a / 100, b / 100) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False)
    )
)


def made_evidence(speech: SpanSet, seed: int, voices: int = 2, turns: Turns | None = None) -> Evidence:
    times = plan_windows(speech, 1.0, 0.5)
    scores = np.random.default_rng(seed).normal(size=(len(times), voices))
    scores -= scores.mean(axis=1, keepdims=True)
    return Evidence(speech, turns or calm(400), times, Voices(scores, 0.2), 4.0)


def changing(overlap: float = 0.0, turns: Turns | None = None) -> Evidence:
    """Return one speaker for 2 s, then another, without a pause; `overlap` is heard about 2.2 s."""
    if turns is None:
        turns = calm(400)
        turns.overlap[200:240] = overlap
    turns.change[195:205] = 0.9
    times = np.array([[0.0, 1.0], [1.0, 2.0], [2.0, 3.0], [3.0, 4.0]])
    scores = np.array([[0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [-0.5, 0.5]])
    return Evidence(SpanSet.of((0.0, 4.0)), turns, times, Voices(scores, 0.1), 4.0)


class TestDecide:
    @settings(deadline=None)
    @given(spans, st.integers(0, 9), st.integers(1, 3))
    def test_somebody_speaks_exactly_where_there_is_speech(self, speech, seed, voices):
        found = decide(made_evidence(speech, seed, voices), EXACT)
        assert found.speech == speech
        for speaker in found.speakers:
            assert not speaker.doubts - speaker.spans
            assert 0 <= speaker.confidence <= 1

    @settings(deadline=None)
    @given(spans, st.integers(0, 9))
    def test_other_names_for_the_voices_change_nothing(self, speech, seed):
        one = made_evidence(speech, seed)
        other = Evidence(one.speech, one.turns, one.times, Voices(one.voices.scores[:, ::-1], 0.2), 4.0)
        assert decide(one, EXACT) == decide(other, EXACT)

    @settings(deadline=None)
    @given(spans, st.integers(0, 9))
    def test_where_the_model_hears_two_both_speak(self, speech, seed):
        turns = calm(400)
        turns.overlap[100:200] = 0.9
        found = decide(made_evidence(speech, seed, turns=turns), EXACT)
        if len(found.speakers) == 2:
            both = found.speakers[0].spans & found.speakers[1].spans
            assert both == speech.within(Span(1.0, 2.0))

    @pytest.mark.parametrize(("probability", "length_s"), [(0.3, 0.08), (0.5, 0.14), (0.9, 0.25), (0.2, 0.0)])
    def test_a_short_overlap_is_as_long_as_is_to_be_expected(self, probability, length_s):
        found = decide(changing(overlap=probability), DiarizationSettings())
        (first, second), overlap = found.speakers, found.overlap
        assert overlap.duration_s == pytest.approx(length_s, abs=0.011)
        if overlap:
            assert overlap.extent.middle_s == pytest.approx(2.2, abs=0.01)
            assert first.spans == SpanSet.of((0.0, overlap.extent.end_s))
            assert second.spans == SpanSet.of((overlap.extent.start_s, 4.0))

    def test_overlap_away_from_the_change_is_left_as_it_is(self):
        turns = calm(400)
        turns.overlap[300:340] = 0.9
        found = decide(changing(turns=turns), DiarizationSettings())
        assert found.overlap == SpanSet.of((3.05, 3.35))

    def test_what_may_be_overlap_draws_a_change_out_of_the_pause_before(self):
        #         0    1    2    3    4     A, a pause, some more of A; then B in what may be overlap
        speech = SpanSet.of((0.0, 1.5), (1.8, 4.0))
        times = np.array([[0.0, 1.0], [0.5, 1.5], [1.8, 2.8], [2.3, 3.3], [3.0, 4.0]])
        scores = np.array([[0.5, -0.5], [0.5, -0.5], [0.05, -0.05], [-0.2, 0.2], [-0.5, 0.5]])
        turns = calm(400)
        unsigned = decide(Evidence(speech, turns, times, Voices(scores, 0.1), 4.0), DiarizationSettings())
        assert unsigned.speakers[1].spans == SpanSet.of((1.8, 4.0))
        turns.overlap[225:265] = 0.5
        found = decide(Evidence(speech, turns, times, Voices(scores, 0.1), 4.0), DiarizationSettings())
        assert found.overlap.duration_s == pytest.approx(0.14)
        assert found.speakers[0].spans.extent.end_s == pytest.approx(found.overlap.extent.end_s)

    def test_a_change_snaps_to_the_pause(self):
        #         0    1    2    3    4
        speech = SpanSet.of((0.0, 1.9), (2.2, 4.0))
        times = np.array([[0.0, 1.0], [0.9, 1.9], [2.2, 3.2], [3.0, 4.0]])
        scores = np.array([[0.5, -0.5], [0.3, -0.3], [-0.3, 0.3], [-0.5, 0.5]])
        found = decide(Evidence(speech, calm(400), times, Voices(scores, 0.1), 4.0), EXACT)
        assert [speaker.spans for speaker in found.speakers] == [SpanSet.of((0, 1.9)), SpanSet.of((2.2, 4))]
        assert not any(speaker.doubts for speaker in found.speakers)

    def test_a_voice_hardly_ahead_is_in_doubt(self):
        speech = SpanSet.of((0.0, 1.0), (2.0, 3.0))
        times = np.array([[0.0, 1.0], [2.0, 3.0]])
        scores = np.array([[0.5, -0.5], [-0.05, 0.05]])
        sure, unsure = decide(Evidence(speech, calm(400), times, Voices(scores, 0.1), 4.0), EXACT).speakers
        assert not sure.doubts
        assert unsure.doubts == unsure.spans
        assert unsure.confidence < 0.3 < sure.confidence

    def test_what_the_detector_missed_is_added_where_the_model_is_sure(self):
        turns = calm(1000)
        turns.speech[300:400] = 0.95
        turns.speech[700:710] = 0.95  # too short
        turns.speech[800:900] = 0.5  # not sure
        heard = where_speech(SpanSet.of((1.0, 2.0)), turns, DiarizationSettings(), 10.0)
        assert heard == SpanSet.of((1.0, 2.0), (3.05, 3.95))


def brute(gains: np.ndarray, costs: np.ndarray) -> float:
    """Return the best sum over all paths, one by one."""
    n, count = gains.shape
    return max(
        sum(gains[i, k] - (costs[i] if i and path[i - 1] != k else 0) for i, k in enumerate(path))
        for path in itertools.product(range(count), repeat=n)
    )


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 3))
def test_the_path_is_the_likeliest_of_all(seed, n, count):
    random = np.random.default_rng(seed)
    gains, costs = random.normal(size=(n, count)), random.uniform(0, 2, size=n)
    path = likeliest_path(gains, costs)
    total = sum(
        gains[i, k] - (costs[i] if i and path[i - 1] != k else 0) for i, k in enumerate(path.tolist())
    )
    assert total == pytest.approx(brute(gains, costs))


@settings(deadline=None)
@given(spans, st.floats(0.2, 2.0), st.floats(0.1, 1.0), st.lists(st.floats(0, 4), max_size=6).map(sorted))
def test_windows_cover_the_speech_and_nothing_else(speech, window_s, share, cuts):
    times = plan_windows(speech, window_s, window_s * share, cuts=cuts)
    covered = SpanSet(Span(a, b) for a, b in times.tolist()).bridged(1e-6)
    stretches = speech.bridged(0.3)
    assert all(b - a <= window_s + 1e-9 for a, b in times.tolist())
    assert len(covered) == len(stretches)
    for one, other in zip(covered, stretches, strict=True):
        assert one.start_s == pytest.approx(other.start_s)
        assert one.end_s == pytest.approx(other.end_s)


def test_no_window_reaches_over_a_change():
    times = plan_windows(SpanSet.of((0.0, 4.0)), 1.0, 0.5, cuts=[0.1, 1.7, 1.9, 3.8])
    assert not any(a < 1.7 < b for a, b in times.tolist())
    assert any(a < 3.8 < b for a, b in times.tolist())  # what is behind it is too short for a voice
    assert (times[:, 1] - times[:, 0]).min() >= 0.4


def test_a_change_is_where_it_is_heard_most():
    turns = calm(400)
    turns.change[100:120] = 0.5
    turns.change[110] = 0.8
    turns.overlap[250:260] = 0.45
    turns.overlap[300:310] = 0.2  # not sure enough
    assert change_points(turns) == [1.1, 2.5]


class TestTurns:
    def test_each_frame_is_in_a_chunk(self):
        for n_frames in (1, 999, 1000, 1001, 5432):
            starts = chunk_starts(n_frames, 0.5)
            assert starts[0] == 0
            assert starts[-1] + 1000 >= n_frames
        assert chunk_starts(0, 0.5) == []

    def test_a_change_of_local_speaker_is_a_change(self):
        probabilities = np.zeros((589, 7), dtype=np.float32)
        probabilities[:294, 1] = 1.0  # the first local speaker for 5 s, then the second
        probabilities[294:, 2] = 1.0
        turns = turns_of([(0, probabilities)], 1000, 0.25)
        assert abs(int(turns.change.argmax()) - 500) <= 3
        assert turns.change[300] == turns.change[700] == 0
        assert np.allclose(turns.speech, 1)
        assert np.allclose(turns.overlap, 0)

    def test_two_at_once_are_overlap(self):
        for number, members in enumerate(SETS):
            probabilities = np.zeros((589, 7), dtype=np.float32)
            probabilities[:, number] = 1.0
            turns = turns_of([(0, probabilities)], 1000, 0.25)
            assert turns.overlap.mean() == pytest.approx(float(members.sum() > 1))
            assert turns.speech.mean() == pytest.approx(float(members.sum() > 0))


def voices_of(*directions: int, each: int = 40, spread: float = 0.02, seed: int = 1) -> Windows:
    """Return windows of voices that point into different directions of a made space."""
    random = np.random.default_rng(seed)
    rows = [np.eye(192)[d] + random.normal(scale=spread, size=(each, 192)) for d in directions]
    vectors = np.concatenate(rows)
    starts = np.arange(len(vectors)) * 2.0
    return Windows(
        np.stack([starts, starts + 1], axis=1), vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    )


@pytest.mark.skipif(not find_spec("sklearn"), reason="the extra 'mono' is not installed")
class TestVoices:
    def test_two_by_default(self):
        found = find_voices(voices_of(0, 1), DiarizationSettings())
        first = found.scores[:40].argmax(axis=1)
        assert len(set(first.tolist())) == 1
        assert (found.scores[40:].argmax(axis=1) != first[0]).all()
        assert np.allclose(found.scores.sum(axis=1), 0)

    @pytest.mark.parametrize("count", [1, 2, 3, 4])
    def test_auto_counts_them(self, count):
        found = find_voices(voices_of(*range(count)), DiarizationSettings(speakers="auto"))
        assert found.count == count

    def test_one_window_is_one_voice(self):
        assert find_voices(voices_of(0, each=1), DiarizationSettings()).count == 1

    def test_no_window_is_no_voice(self):
        nothing = Windows(np.zeros((0, 2)), np.zeros((0, 192)))
        assert find_voices(nothing, DiarizationSettings()).count == 0

    def test_one_voice_asked_to_be_two_says_that_they_are_alike(self):
        found = find_voices(voices_of(0, each=80), DiarizationSettings())
        assert found.alike > DiarizationSettings().alike_cosine


class TestSettings:
    @pytest.mark.parametrize(
        "wrong", [{"speakers": 0}, {"speakers": 99}, {"segmentation_step": 0.0}, {"hop_s": 2.0}]
    )
    def test_what_makes_no_sense_is_refused(self, wrong):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            DiarizationSettings(**wrong)

    def test_fast_looks_less_often(self):
        usual, fast = DiarizationSettings(), DiarizationSettings().fast()
        assert fast.hop_s > usual.hop_s
        assert fast.speakers == usual.speakers


class TestForeign:
    def test_tracks_keep_their_overlap(self):
        speech = SpanSet.of((0.0, 2.0), (2.5, 4.0))
        found = from_tracks([(0.0, 1.6, "x"), (1.2, 4.0, "y")], speech, EXACT, 400)
        assert [speaker.spans for speaker in found.speakers] == [
            SpanSet.of((0.0, 1.6)),
            SpanSet.of((1.2, 2.0), (2.5, 4.0)),
        ]

    def test_no_tracks_are_one_speaker_where_there_is_speech(self):
        assert from_tracks([], SpanSet(), EXACT, 400) == Diarization(())

    @needs_mono
    def test_what_a_pipeline_prints_stays_off_stdout(self, capsys):
        class Tracks:
            def itertracks(self, yield_label):
                return iter([(type("Part", (), {"start": 0.0, "end": 1.0}), "_", "SPEAKER_00")])

        def pipeline(file, num_speakers):
            print("num_clusters =", num_speakers)
            assert file["waveform"].shape == (1, 32_000)
            return type(
                "Output", (), {"speaker_diarization": Tracks(), "exclusive_speaker_diarization": None}
            )

        recording = Memory(np.zeros((1, 32_000)))
        found = ForeignDiarizer(pipeline).diarize(recording, 0, SpanSet.of((0, 1)), EXACT)
        assert found.speech == SpanSet.of((0, 1))
        printed = capsys.readouterr()
        assert printed.out == ""
        assert "num_clusters" in printed.err

    @needs_mono
    def test_a_folder_that_is_no_pipeline_is_one_clear_error(self, tmp_path):
        (tmp_path / "config.yaml").write_text("pipeline:\n  name: nonsense.Nothing\n")
        with pytest.raises(MissingComponentError, match="does not load"):
            load_pipeline(str(tmp_path), "cpu")


def test_nothing_heavy_is_loaded_before_it_is_needed():
    code = (
        "import sys, pipeline.speech.diarization, pipeline.speech.diarization.foreign\n"
        "print(sorted({'torch', 'torchaudio', 'pyannote', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def models():
    try:
        segmentation, campplus = (resolve(name, offline=True) for name in ("segmentation-3.0", "campplus"))
    except MissingComponentError as error:
        pytest.skip(str(error))
    return load_models(segmentation.path, campplus.path, "cpu")


@needs_mono
class TestRealModels:
    def test_telemetry_is_off(self, models):
        import os

        assert models is not None
        assert os.environ["PYANNOTE_METRICS_ENABLED"] == "0"

    def test_stdout_stays_clean(self, models):
        """What is printed on loading and running would stand in the middle of ``--json``."""
        code = (
            "import numpy as np\n"
            "from pipeline.speech.diarization import load_models\n"
            "from pipeline.weights.store import resolve\n"
            "paths = [resolve(name, offline=True).path for name in ('segmentation-3.0', 'campplus')]\n"
            "models = load_models(*paths, 'cpu')\n"
            "noise = np.random.default_rng(0).normal(size=160_000).astype(np.float32) / 10\n"
            "models.segment(noise[None]), models.embed([noise[:16_000]])"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout == ""

    def test_a_real_mix_is_told_apart(self, models):
        call = load_sample("interrupter").cut(0, 30)
        mix = Memory(call.samples.sum(axis=0))
        speech = detect_speech(mix, SpeechSettings(), channels=(0,)).channels[0].spans
        found = diarize(mix, 0, speech, models)
        assert told_right(found, call.truth) > 0.9
        assert found.overlap
        quick = diarize(mix, 0, speech, models, DiarizationSettings().fast())
        assert told_right(quick, call.truth) > 0.85

    def test_one_voice_is_nearer_to_itself_than_to_another(self, models):
        call = load_sample("interrupter").cut(0, 30)
        stretches = []
        for channel, truth in enumerate(call.truth):
            longest = sorted(truth, key=lambda span: -span.duration_s)[:2]
            for span in longest:
                first, last = round(span.start_s * 16_000), round(span.end_s * 16_000)
                stretches.append(call.samples[channel, first:last].astype(np.float32))
        a, b, c, d = models.embed(stretches)
        assert np.allclose(np.linalg.norm([a, b, c, d], axis=1), 1, atol=1e-5)
        assert min(a @ b, c @ d) > max(a @ c, a @ d, b @ c, b @ d)

    def test_a_breath_is_too_short_for_a_voice(self, models):
        assert np.isnan(models.embed([np.zeros(800, dtype=np.float32)])).all()

    def test_another_file_is_refused(self, models, tmp_path):
        (tmp_path / "campplus_cn_en_common.pt").write_bytes(b"not weights")
        segmentation = resolve("segmentation-3.0", offline=True)
        with pytest.raises(MissingComponentError, match="voice model"):
            load_models(segmentation.path, tmp_path, "cpu")
