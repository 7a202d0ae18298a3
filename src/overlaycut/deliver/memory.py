"""How many encoders fit into the memory that is free."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.media import PictureCodec

_BYTES_PER_PIXEL: dict[PictureCodec, int] = {"h264": 190, "hevc": 260, "av1": 520, "prores": 60}
"""What an encoder at preset medium holds for each pixel of its picture: look-ahead, references and what waits for it.

Measured at 1080×1920 (benchmarks/delivery.py), rounded up.
"""

_OURS = 400_000_000
"""Decoder, frames on their way, sound, and the program itself."""


def encoders_at_once(sizes: Sequence[tuple[int, int, PictureCodec]], free: int | None) -> int:
    """How many encoders of these (width, height, codec) may run together in `free` bytes, at least 1.

    All of them where nobody knows what is free.
    """
    if free is None:
        return max(len(sizes), 1)
    largest = max((w * h * _BYTES_PER_PIXEL[codec] for w, h, codec in sizes), default=1)
    return max(min((free - _OURS) // largest, len(sizes)), 1)


def free_memory(root: Path = Path("/")) -> int | None:
    """Bytes that can be had without swapping, as Linux tells it and a control group limits it; None elsewhere."""
    available = _meminfo(root / "proc/meminfo")
    group = root / "sys/fs/cgroup"
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if available is None or limit is None or used is None:
        return available
    return max(min(available, limit - used), 0)


def _meminfo(path: Path) -> int | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), None)
    return None if found is None else int(found) * 1024


def _number(path: Path) -> int | None:
    """The number in a file of a control group; None for "max" and where there is none."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
