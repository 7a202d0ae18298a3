"""What every test shares."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "clips"


@pytest.fixture
def footage() -> Path:
    """The folder of real clips; tests that ask for it are skipped where it is absent."""
    if not FOOTAGE.is_dir():
        pytest.skip("the folder of real clips is not here")
    return FOOTAGE


@pytest.fixture(autouse=True)
def no_errors_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing is logged as an error while a test passes."""
    yield
    assert [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR] == []
