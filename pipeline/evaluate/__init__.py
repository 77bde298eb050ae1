"""How right the tool is: results against label files. No audio, no model."""

from pipeline.evaluate.labels import Label, find_labels, load_label
from pipeline.evaluate.metric import Family, Metric, Row, Score, Tally, Total
from pipeline.evaluate.run import Analyze, EvaluateOptions, Evaluation, evaluate_labels, load_result

__all__ = [
    "Analyze",
    "EvaluateOptions",
    "Evaluation",
    "Family",
    "Label",
    "Metric",
    "Row",
    "Score",
    "Tally",
    "Total",
    "evaluate_labels",
    "find_labels",
    "load_label",
    "load_result",
]
