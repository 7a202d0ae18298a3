"""Conversion of decoded pictures to the working format by libswscale, with the stream's tags honoured.

The working format is planar 8-bit 4:2:0, BT.709 or BT.601, limited range, upright, square pixels, even size. Pictures
that are in it already pass with their samples unchanged. All others are converted in one step:

- full range to limited, BT.2020, SMPTE 240M and GBR to BT.709, 10 bits to 8, 4:2:2 and 4:4:4 to 4:2:0;
- wide gamut and HDR (PQ, HLG) through libswscale's colour management with the perceptual intent, with a warning;
- alpha is composited over black;
- quarter turns and mirroring without resampling, pixels made square by scaling, an odd last row or column doubled.

A matrix that libswscale does not have (YCgCo, ICtCp) is refused. Without a matrix tag a picture is read as browsers
read it (Chromium, media/ffmpeg/ffmpeg_common.cc): BT.601 below 720 lines, BT.709 from there on.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, cast

import av
import av.filter
import numpy as np
from av.sidedata.sidedata import SideData
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from overlaycut.core.colour import YcbcrMatrix
from overlaycut.core.facts import BT601_TAGS, BT709_TAGS, Colour, ColourTags
from overlaycut.core.frame import Plane
from overlaycut.core.h273 import MATRICES, PRIMARIES, TRANSFERS, UNSPECIFIED
from overlaycut.media.planes import planes_of

Normalize: TypeAlias = Callable[[av.VideoFrame], tuple[Plane, Plane, Plane]]
"""A decoded picture to luma, Cb and Cr in the working format."""

_RGB_MATRIX = 0
_BT601 = frozenset({5, 6})
"""Matrices of BT.601, 625 and 525 lines: the same figures."""

_HD_LINES = 720
"""Coded rows from which an untagged picture is read as BT.709."""

_SCALE_MATRICES = {
    1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020",
}  # fmt: skip
_WIDE = {int(ColorPrimaries.BT2020), int(ColorPrimaries.SMPTE431), int(ColorPrimaries.SMPTE432)}
_HDR = {int(ColorTrc.SMPTE2084), int(ColorTrc.ARIB_STD_B67)}
_ALPHA_FORMATS = ("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16", "pal8")


@dataclass(frozen=True, slots=True)
class InputNormalizer:
    """Converts the pictures of one stream to the working format; made from its first picture."""

    pix_fmt: str
    coded_width: int
    coded_height: int
    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    turn: float
    """Degrees counter-clockwise that the display matrix asks for."""
    mirrored: bool
    """Whether the display matrix swaps left and right before it turns."""
    pixel_aspect: Fraction
    has_alpha: bool
    chroma_halved: bool
    """Whether the samples are planar 8-bit 4:2:0 already."""
    interlaced: bool
    """Whether the pictures are made of two fields; they are deinterlaced before they come here."""

    @classmethod
    def to(cls, picture: av.VideoFrame, pixel_aspect: Fraction) -> InputNormalizer:
        """The normalizer for pictures like this one."""
        name = picture.format.name
        turn, mirrored = _orientation(picture)
        # Matrix 0 means RGB; on luma and chroma it is a wrong tag, as good as none.
        wrong = picture.colorspace == _RGB_MATRIX and not _is_rgb(name)
        return cls(
            pix_fmt=name,
            coded_width=picture.width,
            coded_height=picture.height,
            matrix=UNSPECIFIED if wrong else picture.colorspace,
            primaries=picture.color_primaries,
            transfer=picture.color_trc,
            full_range=picture.color_range == ColorRange.JPEG or name.startswith("yuvj"),
            turn=turn,
            mirrored=mirrored,
            pixel_aspect=pixel_aspect,
            has_alpha=name.startswith(_ALPHA_FORMATS),
            chroma_halved=name in {"yuv420p", "yuvj420p"},
            interlaced=picture.interlaced_frame,
        )

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise that pictures are turned by: 0, 90, 180 or 270."""
        return round(self.turn / 90) * 90 % 360

    @property
    def square_width(self) -> int:
        """Columns, before rotation, once pixels are square."""
        if self.pixel_aspect == 1:
            return self.coded_width
        return max(2, round(self.coded_width * self.pixel_aspect / 2) * 2)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as shown: upright, square pixels, even."""
        width, height = self.square_width, self.coded_height
        if self.rotation % 180:
            width, height = height, width
        return width + width % 2, height + height % 2

    @property
    def colour(self) -> Colour:
        """The stream's own tags, by name."""
        return Colour(
            matrix="rgb" if self.matrix == _RGB_MATRIX else MATRICES.get(self.matrix, "unknown"),
            primaries=PRIMARIES.get(self.primaries, "unknown"),
            transfer=TRANSFERS.get(self.transfer, "unknown"),
            range="pc" if self.full_range else "tv",
        )

    @property
    def read_matrix(self) -> int:
        """The matrix that the picture is read with: its tag, else what players take for its size."""
        if self.matrix != UNSPECIFIED:
            return self.matrix
        return BT709_TAGS.matrix if self.coded_height >= _HD_LINES else BT601_TAGS.matrix

    @property
    def output_matrix(self) -> YcbcrMatrix:
        """The matrix of the planes that come out."""
        return "bt601" if self.untouched and self.read_matrix in _BT601 else "bt709"

    @property
    def tags(self) -> ColourTags:
        """The tags of the planes that come out, the stream's own where it has them."""
        if not self.untouched:
            return BT709_TAGS
        default = BT601_TAGS if self.output_matrix == "bt601" else BT709_TAGS
        return ColourTags(
            primaries=default.primaries if self.primaries in (0, UNSPECIFIED) else self.primaries,
            transfer=default.transfer if self.transfer in (0, UNSPECIFIED) else self.transfer,
            matrix=self.read_matrix,
        )

    @property
    def is_hdr(self) -> bool:
        """Whether the transfer function is PQ or HLG."""
        return self.transfer in _HDR

    @property
    def refusal(self) -> str | None:
        """Why pictures cannot be converted; None where they can."""
        if self.matrix in _SCALE_MATRICES or self.matrix == UNSPECIFIED or _is_rgb(self.pix_fmt):
            return None
        name = MATRICES.get(self.matrix, f"number {self.matrix} of ITU-T H.273")
        return f"its colour matrix ({name}) cannot be converted to BT.709"

    @property
    def untouched(self) -> bool:
        """Whether samples pass as they were decoded (turned upright and padded to even at most)."""
        return (
            self.chroma_halved
            and not self.full_range
            and self.read_matrix in (BT709_TAGS.matrix, *_BT601)
            and self.primaries not in _WIDE
            and not self.is_hdr
            and self.pixel_aspect == 1
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the conversion changes or assumes, in words."""
        return (*self._colour_warnings(), *self._geometry_warnings())

    def _colour_warnings(self) -> Iterator[str]:
        rgb = _is_rgb(self.pix_fmt)
        if self.matrix == UNSPECIFIED and not rgb:
            name = "BT.601" if self.read_matrix in _BT601 else "BT.709"
            yield f"colour matrix is not tagged: read as {name}, as players read {self.coded_height} lines"
        if self.is_hdr:
            yield f"HDR ({self.colour.transfer}) is tone-mapped to BT.709 (perceptual intent)"
        elif self.primaries in _WIDE:
            yield f"wide gamut ({self.colour.primaries}) is mapped to BT.709 (perceptual intent)"
        elif self.matrix not in (Colorspace.ITU709, UNSPECIFIED, _RGB_MATRIX):
            where = " in deliveries" if self.output_matrix == "bt601" else ""
            yield f"{self.colour.matrix} is converted to BT.709{where}"
        if self.full_range and not rgb:
            yield "full range is converted to limited"
        if self.has_alpha:
            yield "alpha is laid on black"

    def _geometry_warnings(self) -> Iterator[str]:
        if self.interlaced:
            yield "interlaced: deinterlaced (bwdif), one picture for each frame"
        if abs(self.turn - round(self.turn / 90) * 90) > 1:
            yield f"a turn by {self.turn:.0f} degrees is no quarter turn: {self.rotation} is taken"
        if self.mirrored:
            yield "mirrored, as its display matrix asks"
        if self.pixel_aspect != 1:
            yield f"pixels of {self.pixel_aspect} are made square: {self.size[0]}x{self.size[1]}"
        if self.coded_width % 2 or self.coded_height % 2:
            yield f"odd size {self.coded_width}x{self.coded_height} is padded by one row or column"

    def open(self) -> Normalize:
        """A function from decoded pictures to planes in the working format, for one thread.

        Where nothing has to be converted the planes are read-only views of the picture's own memory.
        """
        graph = None if self.untouched else self._graph()

        def normalize(picture: av.VideoFrame) -> tuple[Plane, Plane, Plane]:
            if self.has_alpha:
                picture = self._on_black(picture)
            if graph is not None:
                picture.pts = None
                graph.vpush(picture)
                picture = graph.vpull()
            y, u, v = planes_of(picture)
            rows, columns = y.shape[0] % 2, y.shape[1] % 2
            if rows or columns:
                # Before the turn: chroma covers the missing row or column at the end of the coded picture.
                y = np.pad(y, ((0, rows), (0, columns)), mode="edge")
            return self._upright(y), self._upright(u), self._upright(v)

        return normalize

    def _upright(self, plane: Plane) -> Plane:
        if self.mirrored:
            plane = plane[:, ::-1]
        return np.rot90(plane, self.rotation // 90) if self.rotation else plane

    def _on_black(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The picture composited over black, as RGB."""
        untagged = self.matrix == UNSPECIFIED and self.pix_fmt.startswith("yuva")
        guess = Colorspace.ITU601 if self.read_matrix in _BT601 else Colorspace.ITU709
        source = guess if untagged else None
        rgba = picture.reformat(format="rgba", src_colorspace=source).to_ndarray()
        rgb = rgba[..., :3].astype(np.uint16) * rgba[..., 3:] + 127
        return av.VideoFrame.from_ndarray((rgb // 255).astype(np.uint8), format="rgb24")

    def _graph(self) -> av.filter.Graph:
        """One pass of libswscale to 8-bit 4:2:0, BT.709, limited range, square pixels."""
        pix_fmt = "rgb24" if self.has_alpha else self.pix_fmt
        rgb = _is_rgb(pix_fmt)
        matrix = _RGB_MATRIX if rgb else self.read_matrix
        settings = {
            "w": str(self.square_width),
            "h": str(self.coded_height),
            "flags": "lanczos+accurate_rnd+full_chroma_int",
            "in_range": "full" if self.full_range or rgb else "limited",
            "out_range": "limited",
            "out_color_matrix": "bt709",
        }
        if not rgb:
            settings["in_color_matrix"] = _SCALE_MATRICES.get(matrix, "bt709")
        if self.is_hdr or self.primaries in _WIDE:
            settings |= {"out_primaries": "bt709", "out_transfer": "bt709", "intent": "perceptual"}
        graph = av.filter.Graph()
        buffer = graph.add(
            "buffer",
            f"video_size={self.coded_width}x{self.coded_height}:pix_fmt={pix_fmt}:time_base=1/1"
            f":pixel_aspect=1/1:colorspace={matrix}:range={2 if self.full_range or rgb else 1}",
        )
        scale = graph.add("scale", ":".join(f"{key}={value}" for key, value in settings.items()))
        form = graph.add("format", "yuv420p")
        graph.link_nodes(buffer, scale, form, graph.add("buffersink")).configure()
        return graph


def _is_rgb(pix_fmt: str) -> bool:
    return pix_fmt.startswith(("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr"))


def _orientation(picture: av.VideoFrame) -> tuple[float, bool]:
    """Degrees counter-clockwise to turn a picture by, and whether to mirror it before."""
    for data in cast("Iterable[SideData]", picture.side_data):  # the stubs take it for a mapping
        if data.type == SideDataType.DISPLAYMATRIX:
            # ISO/IEC 14496-12, 6.2.2: (x, y) becomes (a x + c y, b x + d y), y pointing down.
            a, b, _, c, d = struct.unpack("5i", bytes(data)[:20])
            mirrored = a * d - b * c < 0
            if mirrored:
                a, b = -a, -b
            return math.degrees(math.atan2(-b, a)), mirrored
    return 0.0, False
