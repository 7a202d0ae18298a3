"""Sessions of onnxruntime, and model files inside installed packages."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overlaycut.errors import MissingPart, ModelError


def machine_threads() -> int:
    """Processors that this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(len(os.sched_getaffinity(0)), 1)
    return os.cpu_count() or 1


def shipped(package: str, relative: str) -> Path:
    """A file inside an installed package, found without importing that package.

    Raises MissingPart when the package or the file is not there.
    """
    install = f"pip install --force-reinstall {package}"
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise MissingPart(f"the package {package} is not installed", hint=install)
    path = Path(spec.submodule_search_locations[0]) / relative
    if not path.is_file():
        raise MissingPart(f"{package} is installed without {relative}", hint=install)
    return path


_KEPT_VALUES = 1 << 21
"""Values of an input beyond which a run's memory is given back after it: a still is looked at once, and takes 300 MB;
a frame of 960 × 544 keeps 100 MB."""

_AGAIN = "pip install --force-reinstall rapidocr onnxruntime"


def _onnxruntime() -> Any:
    """The module, which sends nothing to its makers and keeps no identifier of the machine, as it would by itself.

    Raises MissingPart when it is not installed.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # read once, when the library is loaded
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingPart("onnxruntime is not installed", hint="pip install onnxruntime") from error
    onnxruntime.disable_telemetry_events()  # Windows has no such variable
    return onnxruntime


class Network:
    """One ONNX model on the processor. Safe to use from several threads.

    `again` is the hint of every error: the command that brings a sound model or a sound runtime.
    """

    def __init__(self, path: Path, *, threads: int, again: str = _AGAIN) -> None:
        onnxruntime = _onnxruntime()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that wait for work in a loop take two fifths of the processor time of a detection with two of them
        # (benchmarks/cost.py), which the encoder and the other jobs of the machine could use.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Fresh memory took a third of the first detection and a fifth of the others (benchmarks/cost.py), so an arena
        # keeps it between runs. Pictures come in many sizes: blocks planned for each of them would not fit the next.
        options.enable_mem_pattern = False
        self._path = path
        self._again = again
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises classes of its own, without a common base
            raise ModelError(f"{path}: not a model that onnxruntime can load", hint=again) from error
        self._input = self._session.get_inputs()[0].name
        self._once = onnxruntime.RunOptions()
        self._once.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

    @property
    def notes(self) -> dict[str, str]:
        """What the model's author wrote into the file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output of a model with one input, as float32.

        Raises ModelError when onnxruntime cannot carry the model out.
        """
        return self.outputs(batch)[0]

    def outputs(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs of a model with one input, as float32; raises as calling it does."""
        return [output.astype(np.float32, copy=False) for output in self._results({self._input: batch})]

    def run(self, inputs: dict[str, NDArray[Any]]) -> NDArray[Any]:
        """The first output for inputs by name, of the type and shape that the model gives.

        Raises ModelError when onnxruntime cannot carry the model out, or it gives no numbers.
        """
        return self._results(inputs)[0]

    def _results(self, inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        once = any(values.size > _KEPT_VALUES for values in inputs.values())
        try:
            outputs = self._session.run(None, inputs, self._once if once else None)
            results = [np.asarray(output) for output in outputs]
            if not results or any(result.dtype.kind not in "buif" for result in results):
                raise TypeError(f"outputs of {[str(result.dtype) for result in results]}")
        except Exception as error:  # as above
            raise ModelError(f"{self._path}: onnxruntime cannot run this model", hint=self._again) from error
        return results
