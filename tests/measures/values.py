"""What a measure says."""

from __future__ import annotations


def value(measures, name):
    return None if measures[name].value is None else round(measures[name].value, 6)
