"""Time enough for the closed-off process on a busy machine: how long it may take has a test of its own."""

import pytest

from portal.scans import sandbox


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 120.0)
