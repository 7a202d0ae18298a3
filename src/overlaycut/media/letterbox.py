"""Pictures whose size or aspect differs from the first one's, fitted into its size without distortion."""

from __future__ import annotations

from fractions import Fraction

import av
import av.filter


class Letterbox:
    """Fits pictures into `width` x `height` coded pixels of shape `pixel_aspect`, black around them."""

    def __init__(self, width: int, height: int, pixel_aspect: Fraction, pix_fmt: str) -> None:
        self._width, self._height, self._pixel_aspect, self._pix_fmt = width, height, pixel_aspect, pix_fmt
        self._graphs: dict[tuple[int, int, str, Fraction], av.filter.Graph] = {}

    def fits(self, picture: av.VideoFrame, pixel_aspect: Fraction) -> bool:
        """Whether a picture has that size, shape and format already."""
        form = picture.width, picture.height, picture.format.name, pixel_aspect
        return form == (self._width, self._height, self._pix_fmt, self._pixel_aspect)

    def __call__(self, picture: av.VideoFrame, pixel_aspect: Fraction) -> av.VideoFrame:
        """The picture, whole, at the size of the others; pixel_aspect: the shape of its own pixels."""
        key = picture.width, picture.height, picture.format.name, pixel_aspect
        if key not in self._graphs:
            self._graphs[key] = self._graph(picture, pixel_aspect)
        graph = self._graphs[key]
        pts, duration, picture.pts = picture.pts, picture.duration, None
        graph.vpush(picture)
        fitted = graph.vpull()
        fitted.pts, fitted.duration = pts, duration or 0
        return fitted

    def _graph(self, picture: av.VideoFrame, pixel_aspect: Fraction) -> av.filter.Graph:
        shown = Fraction(picture.width, picture.height) * pixel_aspect / self._pixel_aspect
        width = min(Fraction(self._width), self._height * shown)
        columns, rows = (
            max(min(round(side / 2) * 2, most), 1)
            for side, most in ((width, self._width), (width / shown, self._height))
        )
        graph = av.filter.Graph()
        nodes = [
            graph.add(
                "buffer",
                f"video_size={picture.width}x{picture.height}:pix_fmt={picture.format.name}:time_base=1/1"
                f":pixel_aspect=1/1:colorspace={int(picture.colorspace)}:range={int(picture.color_range)}",
            ),
            graph.add("scale", f"w={columns}:h={rows}:flags=lanczos+accurate_rnd:interl=-1"),
            graph.add("pad", f"w={self._width}:h={self._height}:x=(ow-iw)/2:y=(oh-ih)/2:color=black"),
            graph.add("format", self._pix_fmt),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes).configure()
        return graph
