from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from overlaycut.errors import MissingPart
from overlaycut.models.runtime import Network, machine_threads, shipped

MODEL = "models/PP-OCRv6_rec_small.onnx"


def test_threads_are_those_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 5}, raising=False)
    assert machine_threads() == 3


def test_a_machine_that_does_not_say_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert machine_threads() == 1


def test_files_of_packages_are_found_and_missing_ones_are_named() -> None:
    assert shipped("rapidocr", MODEL).is_file()
    with pytest.raises(MissingPart, match=r"without models/nothing\.onnx"):
        shipped("rapidocr", "models/nothing.onnx")
    with pytest.raises(MissingPart, match="no_such_package is not installed"):
        shipped("no_such_package", MODEL)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x07" * 40])
def test_a_damaged_model_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(MissingPart, match=r"model\.onnx: not a model") as caught:
        Network(path, threads=1)
    assert caught.value.hint and "pip install" in caught.value.hint


def test_an_input_of_the_wrong_shape_is_one_clear_error() -> None:
    network = Network(shipped("rapidocr", MODEL), threads=1)
    with pytest.raises(MissingPart, match="cannot run this model"):
        network(np.zeros((1, 7), dtype=np.float32))


def test_the_same_input_gives_the_same_output() -> None:
    network = Network(shipped("rapidocr", MODEL), threads=2)
    batch = np.random.default_rng(1).uniform(-1, 1, (1, 3, 48, 160)).astype(np.float32)
    assert np.array_equal(network(batch), network(batch))
    assert network.notes["character"]


class _Session:
    """Stands for onnxruntime's session: raises what it is given, or gives it back."""

    def __init__(self, outcome: object) -> None:
        self._outcome = outcome

    def get_inputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name="x")]

    def run(self, outputs: object, inputs: object) -> object:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


@pytest.mark.parametrize("outcome", [RuntimeError("out of memory"), ValueError("bad input"), [], None])
def test_a_session_that_raises_or_gives_nothing_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, outcome: object
) -> None:
    monkeypatch.setattr("onnxruntime.InferenceSession", lambda *_, **__: _Session(outcome))
    network = Network(Path("model.onnx"), threads=1)
    with pytest.raises(MissingPart, match=r"model\.onnx: onnxruntime cannot run this model") as caught:
        network(np.zeros((1, 3, 48, 160), dtype=np.float32))
    assert "pip install" in caught.value.hint
    assert "\n" not in caught.value.one_line()
