"""What to do after a verdict: a word that scripts act on, and the command to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, TypeAlias

NextStep: TypeAlias = Literal["keep", "repair", "retry", "switch"]
"""Take it, repair its lettering, generate again with something changed, or take another model."""


def clean_command(clip: Path, *, still: str | None = None, texts: Iterable[str] = (), mode: str = "auto") -> str:
    """The command that repairs a clip beside it, as NAME.clean.mp4."""
    words = ["overlaycut", "clean", str(clip)]
    words += [] if still is None else ["--still", still]
    words += [word for text in texts for word in ("--text", text)]
    words += [] if mode == "auto" else ["--mode", mode]
    return shlex.join([*words, "-o", str(clip.with_name(f"{clip.stem}.clean.mp4"))])
