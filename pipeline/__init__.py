"""hearout: did the agent let the customer say it all before solving?

The rooms of this package are walked in one direction (see docs/architecture.md)::

    audio -> speech -> words -> timeline -> measures -> report
"""

__version__ = "0.1.0"
