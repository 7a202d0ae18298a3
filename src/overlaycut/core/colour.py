"""Y'CbCr in 8-bit limited range: the matrices that everything in luma and chroma shares."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

YcbcrMatrix: TypeAlias = Literal["bt709", "bt601"]
"""Matrix of a frame's samples: ITU-R BT.709-6, item 3.2, or BT.601-7, item 2.5.1."""

_WEIGHTS: dict[YcbcrMatrix, tuple[float, float]] = {"bt709": (0.2126, 0.0722), "bt601": (0.299, 0.114)}
"""Luma weights of R' and B'; that of G' is the rest."""


def _from_rgb(kr: float, kb: float) -> NDArray[np.float64]:
    kg = 1 - kr - kb
    return np.array(
        [
            [219 * kr, 219 * kg, 219 * kb],
            [-112 * kr / (1 - kb), -112 * kg / (1 - kb), 112],
            [112, -112 * kg / (1 - kr), -112 * kb / (1 - kr)],
        ]
    )


RGB_TO_YCBCR_BY: dict[YcbcrMatrix, NDArray[np.float64]] = {name: _from_rgb(*pair) for name, pair in _WEIGHTS.items()}
"""From R'G'B' of 0..1 to levels of luma, Cb and Cr beyond those of `BLACK`: (3, 3), float64 (BT.709-6, items 3.4 and
4.6; BT.601-7, items 2.5.2 and 2.5.3)."""

CHROMA_TO_BT709: dict[YcbcrMatrix, NDArray[np.float64]] = {
    name: (RGB_TO_YCBCR_BY["bt709"] @ np.linalg.inv(matrix))[1:, 1:] for name, matrix in RGB_TO_YCBCR_BY.items()
}
"""From (Cb, Cr) around 0 by a matrix to those by BT.709: (2, 2), float64. Luma has no share in it, as grey
has no chroma by either."""

RGB_TO_YCBCR = RGB_TO_YCBCR_BY["bt709"]
"""The one of BT.709."""

BLACK = np.array([16, 128, 128], np.float32)
"""Luma, Cb and Cr of black, (3,): limited range puts luma on 16..235 and chroma on 16..240 around 128 (item 4.6)."""
