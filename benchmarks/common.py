"""What benchmarks share: what is printed first, what a command costs, how far two strings are apart."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from typing import NamedTuple


def print_environment(ffmpeg: str | None = None) -> None:
    """Date, machine and versions, and FFmpeg's own version when its command is the peer."""
    packages = ("overlaycut", "av", "numpy", "opencv-python-headless", "onnxruntime", "rapidocr", "scikit-image")
    print(f"{date.today().isoformat()}  Python {platform.python_version()}  {os.cpu_count()} cores")
    print("  ".join(f"{name} {_version(name)}" for name in packages))
    if ffmpeg is not None:
        said = subprocess.run([ffmpeg, "-version"], check=True, capture_output=True, text=True).stdout
        print(said.splitlines()[0])


class Used(NamedTuple):
    """What a command and its children took."""

    wall: float
    """Seconds."""
    processor: float
    """Seconds, of all cores together."""
    peak: float
    """Resident memory in MiB, of the largest process."""


def used(command: Sequence[str], *, fine: Sequence[int] = (0,)) -> Used:
    """Run a command, quietly; any exit code that is not `fine` is an error."""
    code = (
        "import resource,subprocess,sys,time;t=time.perf_counter();"
        "r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL).returncode;"
        f"assert r in {tuple(fine)!r},r;u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(time.perf_counter()-t,u.ru_utime+u.ru_stime,u.ru_maxrss/1024)"
    )
    said = subprocess.run([sys.executable, "-c", code, *command], check=True, capture_output=True, text=True)
    return Used(*(float(word) for word in said.stdout.split()))


def edits(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def _version(name: str) -> str:
    try:
        return version(name)
    except ModuleNotFoundError:
        return "(source)"
