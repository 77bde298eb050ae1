"""The team report: figures over many calls, and the pages that show them (docs/report.md).

::

    calls -> Gathered (sums, in any order) -> make_report -> TeamReport -> team_page, summary_page
"""

from pipeline.report.team.call import CallNumbers, CallVent, Interruptions, ItemName
from pipeline.report.team.figures import TeamReport, TeamSettings
from pipeline.report.team.gather import Gathered
from pipeline.report.team.make import make_report

__all__ = [
    "CallNumbers",
    "CallVent",
    "Gathered",
    "Interruptions",
    "ItemName",
    "TeamReport",
    "TeamSettings",
    "make_report",
]
