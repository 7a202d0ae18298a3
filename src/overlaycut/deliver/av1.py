"""AV1 in MP4: the configuration record (AV1 in ISOBMFF 2.3.3) and the first frame of a sample (AV1 5.3, 5.9)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from overlaycut.deliver.h264 import Bits
from overlaycut.media.boxes import Fields, Malformed, View

PROFILES = ("main", "high", "professional")

_FRAME_HEADER, _FRAME = 3, 6
"""OBU types that start with a frame header (AV1 6.2.2)."""

_KEY_FRAME = 0

_MAX_OBUS = 16
"""OBUs of a sample that are looked at: before its first frame come a delimiter, a sequence header and metadata."""


def configuration(av1c: View) -> tuple[str, Fraction, str, int]:
    """Profile, level, chroma and bits of a sample from AV1CodecConfigurationRecord."""
    fields = Fields(av1c, "av1C")
    fields.take(1)
    head, form = fields.whole(1), fields.whole(1)
    profile, index = head >> 5, head & 31
    if profile >= len(PROFILES):
        raise Malformed(f"profile {profile} in 'av1C'")
    monochrome, halved_x, halved_y = form >> 4 & 1, form >> 3 & 1, form >> 2 & 1
    chroma = "4:0:0" if monochrome else {(1, 1): "4:2:0", (1, 0): "4:2:2"}.get((halved_x, halved_y), "4:4:4")
    bits = 8 if not form >> 6 & 1 else 12 if form >> 5 & 1 else 10
    # AV1 A.3: level X.Y is index (X - 2) * 4 + Y.
    return PROFILES[profile], Fraction((2 + index // 4) * 10 + index % 4, 10), chroma, bits


def starts_clean(sample: bytes) -> bool | None:
    """Whether the first frame that begins within these bytes of a sample is a shown key frame; None when none does."""
    for kind, payload in _units(sample):
        if kind in (_FRAME_HEADER, _FRAME):
            if not payload:
                return None
            bits = Bits(payload[:1], "av01")
            shows_existing, frame_type, shown = bits.flag(), bits.take(2), bits.flag()
            return not shows_existing and frame_type == _KEY_FRAME and shown
    return None


def _units(sample: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload, as far as it is there, of each open bitstream unit."""
    at = 0
    for _ in range(_MAX_OBUS):
        if at >= len(sample):
            return
        head = sample[at]
        at += 2 if head & 4 else 1
        if not head & 2:  # without a size it runs to the end of the sample
            yield head >> 3 & 15, sample[at:]
            return
        size = 0
        for byte in range(8):
            if at >= len(sample):
                return
            size |= (sample[at] & 127) << 7 * byte
            at += 1
            if not sample[at - 1] & 128:
                break
        yield head >> 3 & 15, sample[at : at + size]
        at += size
