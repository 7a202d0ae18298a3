"""Verdicts on generated clips that were written beside them, read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

VERDICT_FILE = "verdict.json"
"""In a shot's folder: the last verdict, which `costs` reckons usable seconds by."""


def usable_seconds(folder: Path) -> float | None:
    """What the last verdict in a shot's folder says; None where there is none, or something else."""
    try:
        document = json.loads((folder / VERDICT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    value = document.get("usable_seconds") if isinstance(document, Mapping) else None
    return float(value) if isinstance(value, int | float) else None
