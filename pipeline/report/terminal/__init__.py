"""The report of one call, and the table of several, on a terminal of 60 to 200 columns.

::

    screen.py     what may stand on this terminal: safe text, its characters, its width
    drawings.py   bars and the talk ratio's scale       tables.py   measures, verdicts, checklists, warnings
    turns.py      the transcript                        call.py     all of it in order
    summary.py    the table of several calls
"""

from pipeline.report.terminal.call import render_call
from pipeline.report.terminal.screen import plain
from pipeline.report.terminal.summary import SummaryRow, render_summary

__all__ = ["SummaryRow", "plain", "render_call", "render_summary"]
