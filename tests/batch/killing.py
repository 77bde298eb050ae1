"""A driver that is killed at a chosen moment, and workers that are: run as a program by `test_killed`.

``python killing.py SOURCE OUT``: a folder, named in the environment, holds one empty file per moment. Its
name says which: ``driver-003-fsync-5`` is "the driver, at its fifth fsync". A process takes the first that
nobody has, and leaves a mark right before it kills itself.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

POINTS = "HEAROUT_TEST_POINTS"
DRIVER_MOMENTS = ("write", "fsync", "torn", "give", "take", "put", "replace")
WORKER_MOMENTS = ("mkstemp", "fsync", "replace", "send", "recognize")


def arm(role):
    """Take a moment, if one is left for this role, and prepare to die at it."""
    for path in sorted(Path(os.environ[POINTS]).glob(f"{role}-*")):
        taken = path.with_name(f"taken-{path.name}")
        try:
            path.rename(taken)
        except FileNotFoundError:  # another process was quicker
            continue
        _, _, moment, nth = path.name.split("-")
        _Countdown(taken, int(nth)).over(moment)
        return


class _Countdown:
    """Dies at the nth time that something is about to happen."""

    def __init__(self, path, nth):
        self.path = path
        self.left = nth

    def tick(self, last_words=lambda: None):
        self.left -= 1
        if self.left == 0:
            self.path.with_name(f"fired-{self.path.name}").touch()
            last_words()
            os.kill(os.getpid(), signal.SIGKILL)

    def over(self, moment):
        from multiprocessing.connection import Connection

        from stages.made import CountingRecognizer

        import pipeline.batch.driver
        import pipeline.batch.supervisor
        from pipeline.store import Store

        if moment == "torn":
            self._torn()
            return
        owner, name = {
            "write": (os, "write"),
            "fsync": (os, "fsync"),
            "mkstemp": (tempfile, "mkstemp"),
            "replace": (Path, "replace"),
            "send": (Connection, "send"),
            "recognize": (CountingRecognizer, "recognize"),
            "give": (pipeline.batch.supervisor.Pool, "give"),
            "take": (pipeline.batch.driver.Driver, "_take"),
            "put": (Store, "put_folder"),
        }[moment]
        real = getattr(owner, name)

        def counted(*args, **kwargs):
            self.tick()
            return real(*args, **kwargs)

        setattr(owner, name, counted)

    def _torn(self):
        """Write half a line of the journal first."""
        real = os.write

        def counted(handle, data):
            if data.endswith(b"\n"):
                self.tick(lambda: real(handle, data[: len(data) // 2]))
            return real(handle, data)

        os.write = counted


def make_models(*, offline, threads):
    """Return models for workers that may be killed."""
    from batch.fakes import make_models as plain

    if threads_of_a_worker():
        arm("worker")
    return plain(offline=offline, threads=threads)


def threads_of_a_worker():
    """Tell whether this is a worker: the driver makes models, too, to know their ids."""
    import multiprocessing

    return multiprocessing.parent_process() is not None


def main():
    source, out = sys.argv[1:3]
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from batch.fakes import options

    from pipeline.batch.run import run_batch
    from pipeline.batch.stop import Stop

    arm("driver")
    run_batch(
        options(
            source,
            Path(out),
            models="batch.killing:make_models",
            batch={"workers": 2, "crashes_allowed": 1000},
        ),
        lambda _: None,
        Stop(),
    )


if __name__ == "__main__":
    main()
