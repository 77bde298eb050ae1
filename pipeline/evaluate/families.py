"""All kinds of figures, in the order in which they are shown. A new kind is one module and one entry here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.evaluate.checklists import CHECKLISTS
from pipeline.evaluate.der import DER
from pipeline.evaluate.edges import EDGES
from pipeline.evaluate.events import EVENTS
from pipeline.evaluate.speech import SPEECH
from pipeline.evaluate.talk import TALK
from pipeline.evaluate.vents import VENTS
from pipeline.evaluate.wer import WORDS

if TYPE_CHECKING:
    from pipeline.evaluate.metric import Family, Metric

FAMILIES: tuple[Family, ...] = (TALK, SPEECH, DER, EDGES, EVENTS, VENTS, CHECKLISTS, WORDS)
METRICS: dict[str, Metric] = {metric.name: metric for family in FAMILIES for metric in family.metrics}
DEFAULT_SORT = "speech_f1"
