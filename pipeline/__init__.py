"""hearout: did the agent let the customer say it all before solving?

The rooms of this package are walked in one direction (see docs/architecture.md)::

    audio -> speech -> words -> timeline -> measures -> report
"""

import os

__version__ = "0.1.0"

# Libraries that send usage data by default are told not to before anything can import them: ONNX Runtime and
# pyannote.audio read these at import, and every process that uses this package comes by here.
for _name, _value in {
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}.items():
    os.environ[_name] = _value
