"""The optional neural witness: recorded raw outputs, its import, and the real model where it is there."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from speech.scoring import f1
from speech.signals import RATE, Memory, load_sample, noise

from pipeline.errors import MissingComponentError
from pipeline.speech import SpeechSettings, detect_speech, pyannote_model, torchaudio_import
from pipeline.speech.frames import spans_of
from pipeline.speech.segmentation import CHUNK, speech_probabilities
from pipeline.weights.store import resolve

RECORDED = Path(__file__).parent / "recorded" / "segmentation_pause_jumper_20s.npz"
GAIN = 10 ** (-36 / 20) / 0.1
INSTALLED = all(find_spec(name) for name in ("torch", "torchaudio", "pyannote"))
needs_mono = pytest.mark.skipif(not INSTALLED, reason="the extra 'mono' is not installed")


@pytest.fixture(scope="module")
def call():
    return load_sample("pause_jumper").cut(0, 20)


class Recorded:
    """The raw outputs of both channels, three chunks each, in their order."""

    name = "segmentation"
    digest = "recorded"

    def __init__(self) -> None:
        with np.load(RECORDED) as stored:
            self._scores = stored["scores"].astype(np.float32)

    def probabilities(self, recording, channel, gain):
        left = list(self._scores[3 * channel : 3 * channel + 3])
        return speech_probabilities(
            recording, channel, gain, lambda chunks: np.stack([left.pop(0) for _ in chunks])
        )


def scores(probability: float | np.ndarray, n: int, frames: int = 589) -> np.ndarray:
    """What the model would say: `probability` of somebody, shared out among six sets of speakers."""
    somebody = np.broadcast_to(probability, frames)
    classes = np.stack([1 - somebody, *[somebody / 6] * 6], axis=1)
    return np.log(np.maximum(np.stack([classes] * n), 1e-9)).astype(np.float32)


class TestProbabilities:
    def test_recorded_outputs_find_the_speech(self, call):
        for channel, truth in enumerate(call.truth):
            found = Recorded().probabilities(Memory(call.samples), channel, GAIN)
            assert found.shape == (2000,)
            assert f1(spans_of(found > 0.5, 20.0), truth) > 0.93

    @pytest.mark.parametrize("n", [0, 1, 160, 16_000, 160_000, 160_001, 400_000])
    def test_any_length(self, n):
        found = speech_probabilities(Memory(np.zeros((1, n))), 0, 1.0, lambda c: scores(0.7, len(c)))
        assert found.shape == (-(-n // 160),)
        assert np.allclose(found, 0.7, atol=1e-5)

    def test_chunks_overlap_by_half_and_are_averaged(self):
        said = iter([0.2, 0.6, 1.0])
        found = speech_probabilities(
            Memory(noise(20 * RATE, 70, 1e-3)),
            0,
            1.0,
            lambda c: np.concatenate([scores(next(said), 1) for _ in c]),
        )
        assert found[[100, 700, 1200, 1900]] == pytest.approx([0.2, 0.4, 0.8, 1.0], abs=1e-4)

    def test_the_models_frames_are_spread_over_the_chunk(self):
        later = np.arange(589) >= 589 / 2
        found = speech_probabilities(
            Memory(np.zeros((1, 10 * RATE))), 0, 1.0, lambda c: scores(later.astype(float), len(c))
        )
        assert np.flatnonzero(found > 0.5)[0] == pytest.approx(CHUNK / 2, abs=1)

    def test_the_model_sees_the_level_that_was_asked_for(self):
        seen = []
        samples = noise(10 * RATE, 71, 1e-4) + 0.05

        def model(chunks):
            seen.append(chunks)
            return scores(0.0, len(chunks))

        speech_probabilities(Memory(samples), 0, 4.0, model)
        assert seen[0].dtype == np.float32
        assert seen[0].mean() == pytest.approx(0, abs=1e-4)
        assert seen[0].std() == pytest.approx(0.04, rel=0.05)

    def test_memory_does_not_grow_with_the_call(self):
        call = Memory(np.zeros((1, 300 * RATE)))
        speech_probabilities(call, 0, 1.0, lambda c: scores(0.5, len(c)))
        assert call.most_read <= 10 * RATE

    def test_not_a_number_is_no_speech(self):
        found = speech_probabilities(
            Memory(np.zeros((1, RATE))), 0, 1.0, lambda c: np.full((len(c), 589, 7), np.nan)
        )
        assert not found.any()

    @pytest.mark.parametrize("step", [0.0, -0.5, 1.1])
    def test_a_step_out_of_range_is_refused(self, step):
        with pytest.raises(ValueError, match="step"):
            speech_probabilities(Memory(np.zeros((1, 10))), 0, 1.0, lambda c: scores(0, len(c)), step)


class TestAsWitness:
    def test_it_is_off_unless_asked_for(self, call):
        assert SpeechSettings().segmentation == "off"
        for channel in detect_speech(Memory(call.samples)).channels:
            assert set(channel.witnesses) == {"energy", "likelihood", "silero"}

    def test_it_joins_the_others_and_leaves_a_clean_line_as_it_is(self, call):
        without = detect_speech(Memory(call.samples))
        found = detect_speech(Memory(call.samples), further=(Recorded(),))
        for before, after, truth in zip(without.channels, found.channels, call.truth, strict=True):
            assert after.spans == before.spans
            assert f1(after.witnesses["segmentation"], truth) > 0.93
            assert after.agreement != before.agreement

    def test_on_a_noisy_line_it_is_right_where_the_others_hesitate(self, call):
        """It says what it heard on the clean line; the decision comes nearer to the truth."""
        noisy = call.samples + [noise(20 * RATE, 72 + c, call.power(c) / 4) for c in (0, 1)]
        without, found = (detect_speech(Memory(noisy), further=w).channels for w in ((), (Recorded(),)))
        gained = [f1(a.spans, t) - f1(b.spans, t) for b, a, t in zip(without, found, call.truth, strict=True)]
        assert sum(gained) > 0.005
        assert min(gained) > -0.005


PACKAGE = "a_torchaudio"
BROKEN = "raise {error}('the compiled extension does not load')"
HEALTHY = "_IS_TORCHAUDIO_EXT_AVAILABLE = True\ndef fail_if_no_align(f): return f"
TOP = "from . import _extension\nfrom {package}._extension import _IS_TORCHAUDIO_EXT_AVAILABLE as COMPILED\n"


class TestTorchaudioImport:
    @pytest.fixture
    def install(self, tmp_path, monkeypatch):
        """Install a package of the same build under another name."""

        def make(extension: str, top: str = TOP.format(package=PACKAGE)) -> None:
            (tmp_path / PACKAGE / "_extension").mkdir(parents=True)
            (tmp_path / PACKAGE / "__init__.py").write_text(top)
            (tmp_path / PACKAGE / "_extension" / "__init__.py").write_text(extension)
            importlib.invalidate_caches()

        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.setattr(torchaudio_import, "PACKAGE", PACKAGE)
        monkeypatch.setattr(torchaudio_import, "EXTENSION", PACKAGE + "._extension")
        yield make
        for name in [n for n in sys.modules if n.split(".")[0] == PACKAGE]:
            del sys.modules[name]

    def test_where_the_extension_loads_nothing_is_touched(self, install):
        install(HEALTHY)
        package = torchaudio_import.import_torchaudio()
        assert package.COMPILED is True
        assert package._extension.__file__

    @pytest.mark.parametrize("error", ["OSError", "RuntimeError"])
    def test_where_it_does_not_a_stand_in_takes_its_place(self, install, error):
        install(BROKEN.format(error=error))
        package = torchaudio_import.import_torchaudio()
        assert package.COMPILED is False
        assert package._extension._load_lib("any") is False
        assert package._extension.fail_if_no_align(len) is len
        assert torchaudio_import.import_torchaudio() is package

    def test_another_fault_is_not_hidden(self, install):
        install(HEALTHY, "raise OSError('something else')")
        with pytest.raises(ImportError, match="something else"):
            torchaudio_import.import_torchaudio()
        assert PACKAGE not in sys.modules
        assert PACKAGE + "._extension" not in sys.modules

    def test_not_installed_is_said_as_such(self, install):
        with pytest.raises(ModuleNotFoundError):
            torchaudio_import.import_torchaudio()


class TestModel:
    def test_without_the_extra_the_remedy_is_named(self, monkeypatch, tmp_path):
        def missing():
            raise ModuleNotFoundError("No module named 'torchaudio'")

        monkeypatch.setattr(pyannote_model, "import_torchaudio", missing)
        with pytest.raises(MissingComponentError, match=r"hearout\[mono\]"):
            pyannote_model.load_segmentation(tmp_path, "0")

    @needs_mono
    @pytest.mark.filterwarnings("ignore:Detected pickle protocol")
    def test_code_in_a_weights_file_is_not_run(self, tmp_path):
        class Trap:
            def __reduce__(self):
                return (os.mkdir, (str(tmp_path / "sprung"),))

        (tmp_path / pyannote_model.WEIGHTS).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(MissingComponentError, match="models pull segmentation"):
            pyannote_model.load_segmentation(tmp_path, "0")
        assert not (tmp_path / "sprung").exists()

    @needs_mono
    def test_the_real_model_on_a_sample(self, call):
        try:
            found = resolve("segmentation-3.0", offline=True)
        except MissingComponentError:
            pytest.skip("the weights of segmentation-3.0 are not in the store")
        import torch

        before = torch.get_num_threads()
        witness = pyannote_model.load_segmentation(found.path, "checked", threads=1)
        for channel, truth in enumerate(call.truth):
            real = witness.probabilities(Memory(call.samples), channel, GAIN)
            recorded = Recorded().probabilities(Memory(call.samples), channel, GAIN)
            assert np.abs(real - recorded).max() < 0.05
            assert f1(spans_of(real > 0.5, 20.0), truth) > 0.93
        assert torch.get_num_threads() == before
        from pyannote.audio.telemetry.metrics import is_metrics_enabled

        assert not is_metrics_enabled()


def test_the_room_imports_no_torch():
    heavy = ["torch", "torchaudio", "pyannote", "lightning", "onnxruntime", "faster_whisper"]
    code = f"import sys, pipeline.speech; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
