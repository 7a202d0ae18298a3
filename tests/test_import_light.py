"""Importing the package, or asking the command line for help, loads nothing that is slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"av", "cv2", "numpy", "onnxruntime", "rapidocr", "dlib", "pydantic", "PIL", "skimage", "jinja2", "httpx"}


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after `code`."""
    tell = "\nimport sys; print('\\n'.join(sorted(sys.modules)), file=sys.stderr)"
    said = subprocess.run([sys.executable, "-c", code + tell], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    return {line.split(".")[0] for line in said.stderr.splitlines()}


@pytest.mark.parametrize("code", ["import overlaycut", "import overlaycut.cli", "import overlaycut.errors"])
def test_importing_loads_nothing_heavy(code: str) -> None:
    loaded = loaded_by(code)
    assert "overlaycut" in loaded
    assert loaded & HEAVY == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    loaded = loaded_by("import sys; from overlaycut.cli.app import run; assert run(['--help']) == 0")
    assert loaded & HEAVY == set()


def test_the_list_of_heavy_modules_can_be_seen() -> None:
    """Guards the tests above: what they look for is found when it is there."""
    assert {"numpy", "av", "overlaycut"} <= loaded_by("import overlaycut.media")
