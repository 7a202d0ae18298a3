"""What every benchmark prints first: when, on what, with which versions."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import date
from importlib.metadata import version


def print_environment(ffmpeg: str | None = None) -> None:
    """Date, machine and versions, and FFmpeg's own version when its command is the peer."""
    packages = ("overlaycut", "av", "numpy", "opencv-python-headless", "onnxruntime", "rapidocr", "scikit-image")
    print(f"{date.today().isoformat()}  Python {platform.python_version()}  {os.cpu_count()} cores")
    print("  ".join(f"{name} {_version(name)}" for name in packages))
    if ffmpeg is not None:
        said = subprocess.run([ffmpeg, "-version"], check=True, capture_output=True, text=True).stdout
        print(said.splitlines()[0])


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "(source)"
