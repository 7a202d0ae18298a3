"""Fake services on the loopback interface."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_services import Services
from generating import Generator


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def generator(services: Services, tmp_path: Path) -> Generator:
    return Generator(services, tmp_path)
