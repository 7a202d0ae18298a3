"""How much a clip has of the still that it was made from."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.chroma import chroma_histogram
from overlaycut.analyse.quality.parameters import QualityParameters
from overlaycut.analyse.register import register
from overlaycut.core.cast import Vector
from overlaycut.core.colour import BLACK, RGB_TO_YCBCR
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Homography, scaling
from overlaycut.vision.thumbnails import reduced, small_rgb


class StillFidelity:
    """Structure of the first frame and colours of all frames, compared with the still.

    still: RGB; first: the first frame; prior: a guess of the map from the still's pixels to the frame's; the sizes,
    (width, height), are of the pictures that are compared.
    """

    def __init__(
        self,
        still: Picture,
        first: Frame,
        *,
        prior: Homography | None = None,
        detail_size: tuple[int, int],
        colour_size: tuple[int, int],
        parameters: QualityParameters,
    ) -> None:
        self._colour_size, self._parameters = colour_size, parameters
        picture = small_rgb(first, detail_size)
        if prior is not None:
            prior = scaling(detail_size[0] / first.width, detail_size[1] / first.height) @ prior
        found = register(still, picture, prior=prior)
        self.found = found is not None
        """Whether the still lies in the first frame; else it is compared as if it filled it."""
        self.squeeze = ""
        """In words, how the still lies in the clip, where that is not simply the same."""
        if found is None:
            laid = cv2.resize(still, detail_size, interpolation=cv2.INTER_AREA)
            seen = np.ones(laid.shape[:2], dtype=bool)
        else:
            self.squeeze = "" if found.note == "the same" or found.note.startswith("scaled to") else found.note
            laid = cv2.warpPerspective(still, found.matrix, detail_size, flags=cv2.INTER_AREA)
            inside = np.full(still.shape[:2], 255, dtype=np.uint8)
            seen = cv2.warpPerspective(inside, found.matrix, detail_size) > 250
        one, other = (
            cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (np.asarray(laid, np.uint8), picture)
        )
        self.structure = _ssim(one, other, seen) * float(seen.mean())
        """How much the first frame has of the still, 0..1."""
        chroma = np.rint(laid[seen] / 255.0 @ RGB_TO_YCBCR[1:].T + BLACK[1:]).astype(np.uint8)
        self._still_colours = chroma_histogram(chroma[:, 0], chroma[:, 1], "bt709")
        self._colours: list[Vector] = []

    def see(self, frame: Frame) -> None:
        """Take in the colours of a frame."""
        u, v = (reduced(plane, self._colour_size) for plane in (frame.u, frame.v))
        self._colours.append(chroma_histogram(u, v, frame.matrix))

    def colours(self, clean: list[int]) -> float:
        """Likeness of the colours in the least like of the `clean` moments, 0..1 (Bhattacharyya's coefficient).

        clean: frame numbers; colours are those of the sampled frame at or before each.
        """
        places = sorted({n // self._parameters.sharp_stride for n in clean})
        kept = [float(np.sqrt(self._still_colours * self._colours[n]).sum()) for n in places]
        return float(np.quantile(kept, self._parameters.palette_quantile))


def _ssim(one: NDArray[np.float32], other: NDArray[np.float32], seen: NDArray[np.bool_]) -> float:
    """SSIM (Wang et al., 2004) at a quarter of the size, where a pixel of misplacement hardly matters."""
    small = (max(one.shape[1] // 4, 16), max(one.shape[0] // 4, 16))
    a, b = (cv2.resize(p, small, interpolation=cv2.INTER_AREA) for p in (one, other))
    where = cv2.resize(seen.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST) > 0

    def local(p: cv2.typing.MatLike) -> cv2.typing.MatLike:
        return cv2.GaussianBlur(p, (0, 0), 1.5)

    ma, mb = local(a), local(b)
    va, vb, vab = local(a * a) - ma * ma, local(b * b) - mb * mb, local(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return float(np.clip(alike[where].mean(), 0, 1)) if where.any() else 0.0
