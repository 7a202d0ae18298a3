"""Where files lie: those of the package, in an installed wheel or a checkout, and those that are kept for the user."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs

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


def user_folder(kind: Literal["cache", "data", "state"]) -> Path:
    """The platform's folder for what is kept for the user; it need not be there, and may not be writable.

    Where the user has no home folder, it is a place where nothing can be: "~" is no folder in the working directory.
    """
    nowhere = Path(os.path.abspath(os.devnull), "overlaycut")
    try:
        path = Path(getattr(platformdirs, f"user_{kind}_path")("overlaycut", appauthor=False))
    except RuntimeError:  # what platformdirs raises, as Path.home does
        return nowhere
    return path if path.is_absolute() else nowhere
