"""Rules for the whole suite: no network, nothing skipped on CI, models from the local store only."""

from __future__ import annotations

import os
import socket

import pytest

NO_SKIP = os.environ.get("HEAROUT_NO_SKIP") or os.environ.get("CI")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """On CI everything can be had, so a skipped test has failed."""
    report = (yield).get_result()
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped on CI, where nothing may be skipped: {reason}"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    """Refuse connections to anywhere but this machine, so that a test that fetches fails."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _LOOPBACK:
            raise OSError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
