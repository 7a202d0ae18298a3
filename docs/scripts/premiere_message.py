"""The message of a hand-over to the Premiere panel beside this file: media to import, markers in ticks.

overlaycut handover project.toml -o handover --for premiere --json > handover.json
python premiere_message.py handover.json > message.json

Paste message.json into the panel. Ticks are whole: 254 016 000 000 to the second, which every broadcast rate divides.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

TICKS = 254_016_000_000
"""Premiere's units of time in a second."""

MEDIA = ("clip", "framed", "plate", "matte", "captions", "stem", "still")


def message(report: dict[str, Any]) -> dict[str, Any]:
    """The panel's message for what `overlaycut handover --json` printed."""
    rate = Fraction(report["rate"])
    frame = TICKS / rate
    if frame.denominator != 1:
        raise ValueError(f"{rate} frames per second do not fall on Premiere's ticks")
    return {
        "version": 1,
        "files": [str(Path(one["path"]).resolve()) for one in report["files"] if one["kind"] in MEDIA],
        "markers": [
            {
                "name": one["name"], "comment": one["note"], "start": str(one["frame"] * int(frame)),
                "duration": str(int(frame)),
            }
            for one in report["markers"]
        ],
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(message(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), indent=1))
