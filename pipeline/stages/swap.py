"""A stored call with agent and customer exchanged, on a person's word: no audio, no model."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.report.assemble import CHANNEL_NAMES
from pipeline.stages.checklists import kept
from pipeline.stages.laid_out import lay_out
from pipeline.stages.rescore import Rescored, Thresholds, read_stored, score_again

if TYPE_CHECKING:
    from pathlib import Path


def swap_roles(folder: Path) -> Rescored:
    """Score a call again with the roles the other way round; nothing is written yet.

    The choice is stored with the result as the setting ``agent_channel`` or ``agent_speaker``, so a later
    rescore keeps it, and a second swap takes it back.

    Parameters
    ----------
    folder : Path
        The call's folder, ``DIR/<call-id>``.

    Raises
    ------
    InputError
        If what is stored is not in order, or the parties are not told apart.
    """
    stored = read_stored(folder)
    roles = lay_out(stored.call, stored.settings).roles
    if roles is None:
        raise InputError(
            f"{folder}: agent and customer are not told apart in this call, so they can't be exchanged.",
            "Analyse the recording again with the extra for mono calls: pip install 'hearout[mono]'",
        )
    thresholds = Thresholds.of(stored.settings)
    labels = stored.call.labels
    if labels:
        thresholds = replace(thresholds, agent_speaker=labels[roles.customer])  # type: ignore[arg-type]  # one of them
    else:
        thresholds = replace(thresholds, agent_channel=CHANNEL_NAMES[roles.customer])  # type: ignore[arg-type]  # one of them
    own = kept(folder, stored.result.engine.checklists)
    return score_again(folder, thresholds, checklists=own)
