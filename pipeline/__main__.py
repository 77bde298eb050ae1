"""The command ``hearout``, and ``python -m pipeline``."""

from __future__ import annotations

import os
import signal

_INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C while it is being imported, with nothing begun, ends it at once."""
    listens = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else it is ignored, as by nohup
    if listens:
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from pipeline.cli.app import main as run

    if listens:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
