"""Edges: where a stretch of speech begins and ends, to the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.speech.frames import runs

if TYPE_CHECKING:
    from pipeline.speech.frames import Flags, Floats


def best_path(evidence: Floats, switch_cost: float) -> Flags:
    """Return the likeliest sequence of silence and speech: the Viterbi path of two states.

    Parameters
    ----------
    evidence : ndarray, shape (frames,)
        Log-odds of speech in each frame.
    switch_cost : float
        What each change of state costs; keeps the path from following single frames.

    Returns
    -------
    ndarray of bool, shape (frames,)
        A maximum of ``sum of evidence over speech frames - switch_cost * changes``, from silence to silence.
    """
    n = len(evidence)
    lead = [-switch_cost] * (n + 1)  # how far speech is ahead of silence before each frame
    ahead = -switch_cost
    for t, odds in enumerate(evidence.tolist()):
        lead[t] = ahead
        ahead = min(switch_cost, max(-switch_cost, ahead)) + odds
    speech = ahead > switch_cost
    path = np.zeros(n, dtype=np.bool_)
    for t in range(n - 1, -1, -1):
        path[t] = speech
        # which state the best path into this one came from
        speech = lead[t] >= -switch_cost if speech else lead[t] > switch_cost
    return path


def trimmed(flags: Flags, heard: Flags) -> Flags:
    """Return each run cut to its first and last frame that is `heard`; a run without any is dropped."""
    out = flags.copy()
    for first, last in runs(flags).tolist():
        inside = np.flatnonzero(heard[first:last])
        if len(inside) == 0:
            out[first:last] = False
        else:
            out[first : first + inside[0]] = False
            out[first + inside[-1] + 1 : last] = False
    return out
