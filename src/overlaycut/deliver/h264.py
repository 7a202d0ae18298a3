"""H.264 sequence parameter sets (ITU-T H.264, 7.3.2.1.1 and Annex E)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from overlaycut.core.facts import Colour
from overlaycut.core.h273 import MATRICES, PRIMARIES, TRANSFERS
from overlaycut.media.boxes import Malformed

_HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
"""H.264 7.3.2.1.1: profiles whose parameter set gives chroma format and bit depth; the others are 8-bit 4:2:0."""

# H.264 table E-1: sample aspect ratios 1 to 16.
_SAMPLE_ASPECTS = (
    (1, 1), (12, 11), (10, 11), (16, 11), (40, 33), (24, 11), (20, 11), (32, 11), (80, 33), (18, 11), (15, 11),
    (64, 33), (160, 99), (4, 3), (3, 2), (2, 1),
)  # fmt: skip
_EXTENDED_SAR = 255


@dataclass(frozen=True, slots=True)
class ParameterSet:
    """An H.264 sequence parameter set."""

    profile_idc: int
    constraints: int
    """The byte of constraint flags, constraint_set0 highest."""
    level_idc: int
    chroma_format_idc: int
    luma_bits: int
    chroma_bits: int
    frame_mbs_only: bool
    """True when every picture is a whole frame, which is what progressive video has."""
    width: int
    """Columns after cropping."""
    height: int
    """Rows after cropping."""
    sample_aspect: Fraction | None
    colour: Colour | None
    """None when the set carries no colour description."""
    full_range: bool | None
    """None when the set does not give it, which means limited."""
    tick: Fraction | None
    """Seconds of one field at the rate that the set gives."""
    fixed_rate: bool


def named_colour(primaries: int, transfer: int, matrix: int, full: bool | None) -> Colour:
    """Codes of H.273 by name; `full` is whether the range is full, None when it is not given."""
    return Colour(
        matrix=MATRICES.get(matrix, f"code {matrix}"),
        primaries=PRIMARIES.get(primaries, f"code {primaries}"),
        transfer=TRANSFERS.get(transfer, f"code {transfer}"),
        range="unknown" if full is None else "pc" if full else "tv",
    )


class Bits:
    """Bits of a byte string, highest first, with H.264's variable-length numbers (9.1)."""

    def __init__(self, data: bytes, where: str) -> None:
        self._number = int.from_bytes(data, "big")
        self._where = where
        self.left = len(data) * 8

    def take(self, count: int) -> int:
        """The next `count` bits as a number from 0."""
        if count > self.left:
            raise Malformed(f"{self._where!r} ends too early")
        self.left -= count
        return self._number >> self.left & (1 << count) - 1

    def flag(self) -> bool:
        """The next bit."""
        return bool(self.take(1))

    def ue(self) -> int:
        """An unsigned Exp-Golomb number."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise Malformed(f"a number in {self._where!r} has no end")
        return (1 << zeros) - 1 + self.take(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def parameter_set(nal: bytes) -> ParameterSet:
    """An H.264 sequence parameter set (7.3.2.1.1) from its NAL unit, header byte included."""
    # 7.4.1: 03 after two zeros keeps a start code from appearing and is no part of the payload.
    bits = Bits(nal[1:4096].replace(b"\0\0\3", b"\0\0"), "SPS")
    if not nal or nal[0] & 31 != 7:
        raise Malformed("'avcC' holds something else for a sequence parameter set")
    profile, constraints, level = bits.take(8), bits.take(8), bits.take(8)
    bits.ue()
    chroma, luma_bits, chroma_bits, separate = 1, 8, 8, False
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        if chroma > 3:
            raise Malformed(f"chroma format {chroma} in 'SPS'")
        separate = chroma == 3 and bits.flag()
        luma_bits, chroma_bits = 8 + bits.ue(), 8 + bits.ue()
        bits.take(1)
        if bits.flag():
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    bits.ue()
    _skip_order_count(bits)
    bits.ue()
    bits.take(1)
    columns, rows = bits.ue() + 1, bits.ue() + 1
    frame_mbs_only = bits.flag()
    if not frame_mbs_only:
        bits.take(1)
    bits.take(1)
    left, right, top, bottom = (bits.ue() for _ in range(4)) if bits.flag() else (0, 0, 0, 0)
    # 7.4.2.1.1: cropping counts in chroma samples, and in pairs of rows where there may be fields.
    unit_x = 2 if chroma in (1, 2) and not separate else 1
    unit_y = (2 if chroma == 1 and not separate else 1) * (1 if frame_mbs_only else 2)
    width = columns * 16 - unit_x * (left + right)
    height = rows * (16 if frame_mbs_only else 32) - unit_y * (top + bottom)
    if width <= 0 or height <= 0:
        raise Malformed("'SPS' crops the whole picture away")
    aspect, colour, full, tick, fixed = _usability(bits) if bits.flag() else (None, None, None, None, False)
    return ParameterSet(
        profile_idc=profile,
        constraints=constraints,
        level_idc=level,
        chroma_format_idc=chroma,
        luma_bits=luma_bits,
        chroma_bits=chroma_bits,
        frame_mbs_only=frame_mbs_only,
        width=width,
        height=height,
        sample_aspect=aspect,
        colour=colour,
        full_range=full,
        tick=tick,
        fixed_rate=fixed,
    )


def _skip_scaling(bits: Bits, lists: int) -> None:
    """Past the scaling lists (7.3.2.1.1.1): six of 4x4, then of 8x8."""
    for index in range(lists):
        if not bits.flag():
            continue
        following = 8
        for _ in range(16 if index < 6 else 64):
            following = (following + bits.se()) % 256
            if not following:
                break


def _skip_order_count(bits: Bits) -> None:
    """Past the fields of picture order count."""
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.take(1)
        bits.se()
        bits.se()
        cycle = bits.ue()
        if cycle > 255:
            raise Malformed(f"a picture order cycle of {cycle} in 'SPS'")
        for _ in range(cycle):
            bits.se()


def _usability(bits: Bits) -> tuple[Fraction | None, Colour | None, bool | None, Fraction | None, bool]:
    """Sample aspect, colour, range, tick and fixed rate from the usability information (Annex E.1.1)."""
    aspect = _sample_aspect(bits) if bits.flag() else None
    if bits.flag():
        bits.take(1)
    colour = full = None
    if bits.flag():
        bits.take(3)
        full = bits.flag()
        if bits.flag():
            primaries, transfer, matrix = (bits.take(8) for _ in range(3))
            colour = named_colour(primaries, transfer, matrix, full)
    if bits.flag():
        bits.ue()
        bits.ue()
    if not bits.flag():
        return aspect, colour, full, None, False
    units, scale = bits.take(32), bits.take(32)
    return aspect, colour, full, Fraction(units, scale) if scale else None, bits.flag()


def _sample_aspect(bits: Bits) -> Fraction | None:
    index = bits.take(8)
    if index == _EXTENDED_SAR:
        across, down = bits.take(16), bits.take(16)
        return Fraction(across, down) if across and down else None
    return Fraction(*_SAMPLE_ASPECTS[index - 1]) if 1 <= index <= len(_SAMPLE_ASPECTS) else None
