"""Sessions of onnxruntime: threads from the machine, files that are there, and errors that say what to install."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overlaycut.errors import MissingPart


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


class Network:
    """One ONNX model with one input, on the processor. Safe to use from several threads."""

    def __init__(self, path: Path, *, threads: int) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingPart("onnxruntime is not installed", hint="pip install onnxruntime") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The arena keeps the largest picture's memory for ever; pictures here come in many sizes.
        options.enable_cpu_mem_arena = False
        self._path = path
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises classes of its own, without a common base
            raise MissingPart(f"{path}: not a model that onnxruntime can load", hint=_AGAIN) from error
        self._input = self._session.get_inputs()[0].name

    @property
    def notes(self) -> dict[str, str]:
        """What the model's author wrote into the file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's output for `batch`, the first where it has several.

        Raises MissingPart when onnxruntime cannot carry the model out.
        """
        return self.outputs(batch)[0]

    def outputs(self, batch: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs of the model for `batch`; raises as calling it does."""
        problem = f"{self._path}: onnxruntime cannot run this model"
        try:
            found = [np.asarray(output, dtype=np.float32) for output in self._session.run(None, {self._input: batch})]
        except Exception as error:  # as above
            raise MissingPart(problem, hint=_AGAIN) from error
        if not found:
            raise MissingPart(problem, hint=_AGAIN)
        return found


_AGAIN = "pip install --force-reinstall rapidocr onnxruntime"
