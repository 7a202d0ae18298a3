"""What every test shares."""

from __future__ import annotations

import hashlib
import logging
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overlaycut.models import known_models

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "clips"


def pytest_configure() -> None:
    """Commands that tests start heed Ctrl-C: what shells run in the background ignores it, and hands that down."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def never_the_users(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is made for several tests at once leaves the user's cache and ledger of outputs alone as well."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OVERLAYCUT_CACHE", str(tmp_path_factory.mktemp("cache")))
        patched.setenv("OVERLAYCUT_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has an empty cache, this folder, and an empty ledger of outputs, and leaves the user's alone."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("OVERLAYCUT_CACHE", str(folder))
    monkeypatch.setenv("OVERLAYCUT_STATE", str(tmp_path_factory.mktemp("state")))
    return folder


@pytest.fixture
def footage() -> Path:
    """The folder of real clips; tests that ask for it are skipped where it is absent."""
    if not FOOTAGE.is_dir():
        pytest.skip("the folder of real clips is not here")
    return FOOTAGE


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """An empty store of models; called with a name and what draws a stand-in, it has that model, as published."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("OVERLAYCUT_MODELS", str(folder))

    def hold(name: str, draw: Callable[[Path], Path]) -> Path:
        path = draw(folder / f"{name}.onnx")
        facts = {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        rows = {n: m.model_copy(update=facts) if n == name else m for n, m in known_models().items()}
        monkeypatch.setattr("overlaycut.models.store.known_models", lambda: rows)
        monkeypatch.setattr("overlaycut.models.store.known", rows.__getitem__)
        return path

    return hold


class _Records(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_warnings_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    """The package logs a warning where it works on without something; only tests that read the log may see one."""
    records, logger = _Records(), logging.getLogger("overlaycut")
    logger.addHandler(records)
    yield
    logger.removeHandler(records)
    assert "caplog" in request.fixturenames or records.messages == []
