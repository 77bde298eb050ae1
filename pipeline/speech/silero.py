"""The neural witness: Silero VAD, run over the whole channel with our own loop.

The ONNX file comes with the faster-whisper wheel; its helper pads by 400 ms and joins gaps of 2 s, which
is right for transcription and wrong for timing, so only the probabilities are used.
Source: Silero Team, "Silero VAD" (2024), MIT licence.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import MissingComponentError
from pipeline.speech.frames import HOP, RATE_HZ, frame_count, read_padded

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.speech.frames import Floats, Samples

STEP = 512  # samples per decision, 32 ms
CONTEXT = 64  # samples of the step before, put in front
STATE = 128  # size of the recurrent state
# The model's memory goes astray after long music or noise and stays so for minutes (measured: after 30 s of
# hold music it missed nearly all speech that followed), so it starts anew every 8 s, a second early.
STRETCH = 256
WARM_UP = 32
# Above the telephone band most calls have nothing but the rounding of their resampling. How loud that is
# against the voice depends on the level of the recording, and the model minds it much (measured: 0.04 in
# probability on the mean between two copies 20 dB apart, 0.001 without that band).
BAND_HIGH_HZ = 3700.0
REACH = 48  # half the taps of the low-pass: 3.4 kHz is kept, 4 kHz lies 65 dB below


def model_path() -> Path:
    """Return the ONNX file inside the faster-whisper package, which is not imported for it.

    Raises
    ------
    MissingComponentError
        If the package or the file is not there.
    """
    spec = find_spec("faster_whisper")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(path for folder in folders for path in Path(folder, "assets").glob("silero_vad*.onnx"))
    if not found:
        raise MissingComponentError(
            "The voice detector's model (silero_vad, part of the faster-whisper package) is missing.",
            "Install it again with: pip install --force-reinstall faster-whisper",
        )
    return found[-1]


@lru_cache(maxsize=1)
def _low_pass() -> Floats:
    taps = np.arange(-REACH, REACH + 1)
    kernel = np.sinc(taps * 2.0 * BAND_HIGH_HZ / RATE_HZ) * np.hamming(len(taps))
    scaled: Floats = (kernel / kernel.sum()).astype(np.float32)
    return scaled


@lru_cache(maxsize=1)
def load_model() -> Callable[[Floats, Floats, Floats], tuple[Floats, Floats, Floats]]:
    """Load the model on one CPU thread: ``(input, h, c) -> (probabilities, h, c)``.

    Raises
    ------
    MissingComponentError
        If onnxruntime or the model file is missing or does not load.
    """
    path = model_path()
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingComponentError(
            "The package onnxruntime is missing.", "Install it with: pip install onnxruntime"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    try:
        session: Any = onnxruntime.InferenceSession(
            str(path), providers=["CPUExecutionProvider"], sess_options=options
        )
    except Exception as error:  # onnxruntime raises its own untyped errors
        raise MissingComponentError(
            f"The voice detector's model {path.name} does not load.",
            "Install it again with: pip install --force-reinstall faster-whisper",
        ) from error

    def run(steps: Floats, h: Floats, c: Floats) -> tuple[Floats, Floats, Floats]:
        probabilities, h, c = session.run(None, {"input": steps, "h": h, "c": c})
        return probabilities, h, c

    return run


def speech_probabilities(
    recording: Samples,
    channel: int,
    gain: float,
    model: Callable[[Floats, Floats, Floats], tuple[Floats, Floats, Floats]] | None = None,
) -> Floats:
    """Return the probability of speech in each 10 ms frame.

    Parameters
    ----------
    recording : Samples
        The call.
    channel : int
        Which channel.
    gain : float
        Factor put on the samples first, so that the level of the line does not matter.
    model : callable, optional
        In place of the real one: ``(steps (n, 576), h, c) -> (probabilities (n,), h, c)``.

    Returns
    -------
    ndarray, float32, shape (frames,)
        The model decides every 32 ms; in between, the line from one decision's middle to the next.
    """
    n_frames = frame_count(recording)
    if n_frames == 0:
        return np.zeros(0, dtype=np.float32)
    run = model or load_model()
    n_steps = -(-recording.n_samples // STEP)
    decided = np.zeros(n_steps, dtype=np.float32)
    low_pass = _low_pass()
    fresh = np.zeros((1, 1, STATE), dtype=np.float32)
    for first in range(0, n_steps, STRETCH):
        last = min(n_steps, first + STRETCH)
        early = max(0, first - WARM_UP)
        samples = read_padded(recording, channel, early * STEP - CONTEXT - REACH, last * STEP + REACH)
        samples = np.convolve(samples, low_pass, mode="valid")
        samples -= samples.mean()
        np.clip(samples * gain, -1.0, 1.0, out=samples)
        steps = np.lib.stride_tricks.sliding_window_view(samples, CONTEXT + STEP)[::STEP]
        decided[first:last] = run(np.ascontiguousarray(steps), fresh, fresh)[0][first - early :]
    decided = np.nan_to_num(decided, nan=0.0)
    middles = (np.arange(n_steps) + 0.5) * STEP
    between: Floats = np.interp((np.arange(n_frames) + 0.5) * HOP, middles, decided).astype(np.float32)
    return between
