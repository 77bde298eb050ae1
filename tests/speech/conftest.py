"""The sample calls that the tests of this room work on."""

from __future__ import annotations

import numpy as np
import pytest
from speech.signals import RATE, Call, load_sample


@pytest.fixture(scope="session")
def clean_call() -> Call:
    """Return 40 s of a call with a line noise 30 dB down, without any leak."""
    return load_sample("pause_jumper").cut(0, 40)


@pytest.fixture(scope="session")
def voices(clean_call: Call) -> Call:
    """Return the same with exact silence between the parties' lines: only voices."""
    mask = np.zeros(clean_call.samples.shape)
    for channel, truth in enumerate(clean_call.truth):
        for span in truth:
            mask[channel, int(span.start_s * RATE) : int(span.end_s * RATE)] = 1.0
    return Call(clean_call.samples * mask, clean_call.truth)
