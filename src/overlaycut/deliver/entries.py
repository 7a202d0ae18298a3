"""Sample entries: the codec and format of a track, from its header.

`avcC` and `hvcC` are those of ISO/IEC 14496-15, `av1C` that of AV1 in ISOBMFF, `esds` that of 14496-1 and 14496-3,
`colr` and `pasp` those of 14496-12 and of Apple's QuickTime File Format.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction

from overlaycut.core.facts import Colour
from overlaycut.deliver import av1
from overlaycut.deliver.h264 import Bits, ParameterSet, named_colour, parameter_set
from overlaycut.media.boxes import Boxes, Fields, Malformed, View, child_boxes, optional_box

CODECS = {
    "avc1": "h264", "avc3": "h264", "hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc",
    "vp08": "vp8", "vp09": "vp9", "av01": "av1", "mp4v": "mpeg4", "jpeg": "mjpeg", "apch": "prores",
    "apcn": "prores", "apcs": "prores", "apco": "prores", "ap4h": "prores", "ap4x": "prores",
    "Opus": "opus", "fLaC": "flac", "alac": "alac", "ac-3": "ac3", "ec-3": "eac3", ".mp3": "mp3",
    "sowt": "pcm", "twos": "pcm", "lpcm": "pcm", "ipcm": "pcm", "in24": "pcm", "fl32": "pcm", "raw ": "pcm",
}  # fmt: skip
"""Sample entry → the codec's name in FFmpeg's words."""

# H.264 A.2 and H.265 A.3.
_H264_PROFILES = {
    44: "cavlc 4:4:4", 66: "baseline", 77: "main", 88: "extended", 100: "high", 110: "high 10",
    122: "high 4:2:2", 244: "high 4:4:4",
}  # fmt: skip
_HEVC_PROFILES = {1: "main", 2: "main 10", 3: "main still picture", 4: "range extensions"}
_CHROMA = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")

_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
"""ISO/IEC 14496-3, table 1.18."""

_AAC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
"""ISO/IEC 14496-3, table 1.19; 0 is given elsewhere."""

_AAC_OBJECTS = {1: "aac-main", 2: "aac-lc", 3: "aac-ssr", 4: "aac-ltp", 5: "he-aac", 29: "he-aac-v2"}
_ESDS_OBJECTS = {0x66: "aac-main", 0x67: "aac-lc", 0x68: "aac-ssr", 0x69: "mp3", 0x6B: "mp3", 0xA5: "ac3"}
"""Object types that name the codec by themselves (ISO/IEC 14496-1, table 5)."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What is particular to a sound track."""

    rate: int
    """Samples per second."""
    channels: int
    declared_bitrate: int | None
    """Bits per second that `esds` gives as its maximum; None when it gives none."""


@dataclass(frozen=True, slots=True)
class VisualSampleEntry:
    """How pictures are stored, from a sample entry."""

    width: int
    height: int
    pixel_aspect: Fraction | None
    colour: Colour | None
    length_size: int | None = None
    """Bytes in which a NAL unit's length is written."""
    profile: str | None = None
    level: Fraction | None = None
    chroma: str | None = None
    bits: int | None = None
    progressive: bool | None = None
    parameters: ParameterSet | None = None

    @classmethod
    def read(cls, entry: str, codec: str, data: View) -> VisualSampleEntry:
        """From the contents of a VisualSampleEntry (ISO/IEC 14496-12, 12.1.3)."""
        fields = Fields(data, entry)
        fields.take(24)
        width, height = fields.whole(2), fields.whole(2)
        fields.take(50)
        boxes = child_boxes(data[78:], entry)
        aspect, colour = _pixel_aspect(boxes), _colour(boxes)
        avcc, hvcc, av1c = (optional_box(boxes, kind) for kind in ("avcC", "hvcC", "av1C"))
        if codec == "h264" and avcc is not None:
            return cls._h264(avcc, width, height, aspect, colour)
        if codec == "hevc" and hvcc is not None:
            return cls._hevc(hvcc, width, height, aspect, colour)
        if codec == "av1" and av1c is not None:
            profile, level, chroma, bits = av1.configuration(av1c)
            # AV1 has no fields: every picture is a whole frame.
            return cls(
                width, height, aspect, colour,
                profile=profile, level=level, chroma=chroma, bits=bits, progressive=True,
            )  # fmt: skip
        return cls(width, height, aspect, colour)

    @classmethod
    def _h264(
        cls, avcc: View, width: int, height: int, aspect: Fraction | None, colour: Colour | None
    ) -> VisualSampleEntry:
        """From AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1)."""
        fields = Fields(avcc, "avcC")
        fields.take(1)
        profile, constraints, level = fields.whole(1), fields.whole(1), fields.whole(1)
        length_size = (fields.whole(1) & 3) + 1
        count = fields.whole(1) & 31
        sets = [parameter_set(fields.take(fields.whole(2))) for _ in range(count)]
        if not sets:
            return cls(
                width, height, aspect, colour, length_size,
                profile=_h264_profile(profile, constraints), level=Fraction(level, 10),
            )  # fmt: skip
        first = sets[0]
        return cls(
            width, height, aspect, colour, length_size,
            profile=_h264_profile(first.profile_idc, first.constraints),
            level=Fraction(max(one.level_idc for one in sets), 10),
            chroma=_CHROMA[first.chroma_format_idc],
            bits=max(first.luma_bits, first.chroma_bits),
            progressive=all(one.frame_mbs_only for one in sets),
            parameters=first,
        )  # fmt: skip

    @classmethod
    def _hevc(
        cls, hvcc: View, width: int, height: int, aspect: Fraction | None, colour: Colour | None
    ) -> VisualSampleEntry:
        """From HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1)."""
        fields = Fields(hvcc, "hvcC")
        fields.take(1)
        profile = fields.whole(1) & 31
        fields.take(4)
        constraints = fields.whole(6)
        level = fields.whole(1)
        fields.take(3)
        chroma, luma_bits, chroma_bits = (fields.whole(1) for _ in range(3))
        fields.take(2)
        progressive, interlaced = constraints >> 47 & 1, constraints >> 46 & 1
        return cls(
            width, height, aspect, colour, (fields.whole(1) & 3) + 1,
            profile=_HEVC_PROFILES.get(profile, f"profile {profile}"),
            level=Fraction(level, 30),
            chroma=_CHROMA[chroma & 3],
            bits=max(luma_bits & 7, chroma_bits & 7) + 8,
            progressive=bool(progressive and not interlaced),
        )  # fmt: skip


def _h264_profile(profile: int, constraints: int) -> str:
    """The profile's name; constraint_set1 makes baseline the constrained kind (H.264 A.2.1.1)."""
    name = _H264_PROFILES.get(profile, f"profile {profile}")
    return f"constrained {name}" if name == "baseline" and constraints & 0x40 else name


def _pixel_aspect(boxes: Boxes) -> Fraction | None:
    pasp = optional_box(boxes, "pasp")
    if pasp is None:
        return None
    fields = Fields(pasp, "pasp")
    across, down = fields.whole(4), fields.whole(4)
    return Fraction(across, down) if across and down else None


def _colour(boxes: Boxes) -> Colour | None:
    """From the first `colr` box that names codes: `nclx`, or QuickTime's `nclc`, which has no range."""
    for kind, data in boxes:
        if kind == "colr" and bytes(data[:4]) in (b"nclx", b"nclc"):
            fields = Fields(data, "colr")
            form = fields.take(4)
            primaries, transfer, matrix = (fields.whole(2) for _ in range(3))
            full = fields.whole(1) >> 7 if form == b"nclx" else None
            return named_colour(primaries, transfer, matrix, None if full is None else bool(full))
    return None


def sound_entry(entry: str, codec: str, data: View) -> tuple[str, SoundFacts]:
    """The codec and the facts of a sound sample entry; versions 1 and 2 are QuickTime's longer forms."""
    fields = Fields(data, entry)
    fields.take(8)
    version = fields.whole(2)
    fields.take(6)
    channels = fields.whole(2)
    fields.take(6)
    rate = fields.whole(4) >> 16
    if version == 2:
        fields.take(4)
        (exact_rate,) = struct.unpack(">d", fields.take(8))
        channels = fields.whole(4)
        rate = round(exact_rate) if 0 < exact_rate < 1 << 32 else 0
    boxes = child_boxes(data[28 + {1: 16, 2: 36}.get(version, 0) :], entry, lenient=True)
    esds = optional_box(boxes, "esds")
    wave = optional_box(boxes, "wave")
    if esds is None and wave is not None:
        esds = optional_box(child_boxes(wave, "wave", lenient=True), "esds")
    if esds is None:
        return codec, SoundFacts(rate, channels, None)
    return _described(esds, codec, SoundFacts(rate, channels, None))


def _described(esds: View, codec: str, header: SoundFacts) -> tuple[str, SoundFacts]:
    """What an elementary stream descriptor adds (ISO/IEC 14496-1, 7.2.6)."""
    fields = Fields(esds, "esds")
    fields.take(4)
    _descriptor(fields, 3)
    fields.take(2)
    flags = fields.whole(1)
    fields.take(2 if flags & 0x80 else 0)
    fields.take(fields.whole(1) if flags & 0x40 else 0)
    fields.take(2 if flags & 0x20 else 0)
    _descriptor(fields, 4)
    object_type = fields.whole(1)
    fields.take(4)
    declared = fields.whole(4) or None
    fields.take(4)
    if object_type != 0x40:
        return _ESDS_OBJECTS.get(object_type, codec), SoundFacts(header.rate, header.channels, declared)
    aac = _aac(fields.take(_descriptor(fields, 5)))
    return _AAC_OBJECTS.get(aac[0], f"aac object {aac[0]}"), SoundFacts(
        aac[1] or header.rate, aac[2] or header.channels, declared
    )


def _descriptor(fields: Fields, tag: int) -> int:
    """The length of the descriptor that comes next, which has to be `tag`: 7 bits a byte, four bytes at most."""
    if fields.whole(1) != tag:
        raise Malformed(f"no descriptor {tag} in 'esds'")
    length = 0
    for _ in range(4):
        byte = fields.whole(1)
        length = length << 7 | byte & 127
        if not byte & 128:
            break
    return length


def _aac(config: bytes) -> tuple[int, int, int]:
    """Object type, samples per second and channels of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).

    Rate and channels are 0 where it does not give them. Spectral band replication shows as object type 5, with
    parametric stereo as 29; the doubled rate is what comes out.
    """
    bits = Bits(config, "esds")
    object_type = _aac_object(bits)
    rate = _aac_rate(bits)
    layout = bits.take(4)
    channels = _AAC_CHANNELS[layout] if layout < len(_AAC_CHANNELS) else 0
    if object_type in (5, 29):
        return object_type, _aac_rate(bits), 2 if object_type == 29 else channels
    # Backward-compatible signalling stands after GASpecificConfig, behind the sync word 0x2B7 (1.6.6.1).
    if object_type == 2 and layout and bits.left >= 3 + 11 + 5 + 1:
        bits.take(3)
        if bits.take(11) == 0x2B7 and _aac_object(bits) == 5 and bits.take(1):
            return 5, _aac_rate(bits), channels
    return object_type, rate, channels


def _aac_object(bits: Bits) -> int:
    object_type = bits.take(5)
    return 32 + bits.take(6) if object_type == 31 else object_type


def _aac_rate(bits: Bits) -> int:
    index = bits.take(4)
    if index == 15:
        return bits.take(24)
    return _AAC_RATES[index] if index < len(_AAC_RATES) else 0
