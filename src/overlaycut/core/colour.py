"""BT.709 colour in 8-bit limited range: the weights and the matrix that everything in luma and chroma shares."""

from __future__ import annotations

import numpy as np

_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
"""Luma weights of R', G' and B' (ITU-R BT.709-6, item 3.2)."""

RGB_TO_YCBCR = np.array(
    [
        [219 * _KR, 219 * _KG, 219 * _KB],
        [-112 * _KR / (1 - _KB), -112 * _KG / (1 - _KB), 112],
        [112, -112 * _KG / (1 - _KR), -112 * _KB / (1 - _KR)],
    ]
)
"""From R'G'B' of 0..1 to levels of luma, Cb and Cr beyond those of `BLACK`: (3, 3), float64 (items 3.4 and 4.6)."""

BLACK = np.array([16, 128, 128], np.float32)
"""Luma, Cb and Cr of black, (3,): limited range puts luma on 16..235 and chroma on 16..240 around 128 (item 4.6)."""
