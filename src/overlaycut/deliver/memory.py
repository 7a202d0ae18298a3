"""How many encoders fit into the free memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import psutil

from overlaycut.media import PictureCodec

_CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Where Linux mounts control groups, version 2 (Documentation/admin-guide/cgroup-v2.rst)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryParameters:
    """Estimates of memory use, measured at 1080×1920 by benchmarks/delivery.py and rounded up."""

    bytes_per_pixel: Mapping[PictureCodec, int] = field(
        default_factory=lambda: MappingProxyType({"h264": 190, "hevc": 260, "av1": 520, "prores": 60})
    )
    """Bytes that an encoder at preset medium holds per pixel of its picture: look-ahead, references, input queue."""
    process_bytes: int = 400_000_000
    """Bytes for the decoder, frames in flight, sound, and the program itself."""


def encoders_at_once(
    sizes: Sequence[tuple[int, int, PictureCodec]],
    free: int | None,
    *,
    parameters: MemoryParameters = MemoryParameters(),
) -> int:
    """How many encoders of these (width, height, codec) may run together in `free` bytes, at least 1.

    All of them where the free memory is not known (None).
    """
    if free is None:
        return max(len(sizes), 1)
    largest = max((w * h * parameters.bytes_per_pixel[codec] for w, h, codec in sizes), default=1)
    return max(min((free - parameters.process_bytes) // largest, len(sizes)), 1)


def free_memory(group: Path = _CONTROL_GROUP) -> int:
    """Bytes that can be had without swapping: what the system has available, within the control group's limit.

    psutil knows the system's figure on every platform, and no control groups.
    """
    available = int(psutil.virtual_memory().available)
    limit, used = _number(group / "memory.max"), _number(group / "memory.current")
    if limit is None or used is None:
        return available
    return max(min(available, limit - used), 0)


def _number(path: Path) -> int | None:
    """The number in a control file; None for "max" and where there is no such file."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
