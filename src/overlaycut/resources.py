"""Where the files that come with the package lie: inside an installed wheel, or beside the source in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from overlaycut.errors import MissingPart

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["fonts", "samples"]) -> Path:
    """The folder of fonts or of sample projects.

    Raises MissingPart when neither the wheel's copy nor the checkout's is there.
    """
    for path in (_PACKAGE / f"_{name}", _PACKAGE.parents[1] / name):
        if path.is_dir():
            return path
    raise MissingPart(f"the folder of {name} is missing", hint="pip install --force-reinstall overlaycut")
