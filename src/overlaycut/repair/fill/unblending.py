"""The picture under half-transparent boxes, recovered by solving for it: (seen - added) / transmission."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.repair.segment.text_box import TextBox
from overlaycut.vision.filters import bytes_of

EDGE_PX = 2
"""Pixels on both sides of a box's edge in which a codec's blur leaves neither of both pictures."""


def recovered(picture: NDArray[np.uint8], boxes: Iterable[TextBox], text: Mask) -> tuple[NDArray[np.uint8], Mask, Mask]:
    """`picture`, (rows, columns, 3), without the boxes that it shows; the pixels recovered; those still to be filled.

    text: lettering, which stays. Boxes that the picture does not show as they were measured, as while they fade, are
    to be filled whole.
    """
    made, solved, open_ = picture.astype(np.float32), np.zeros_like(text), np.zeros_like(text)
    for box in boxes:
        # How round the corners are is known roughly, so they are filled.
        whole = replace(box, radius_px=0.0).inside(text.shape, grown=EDGE_PX) & ~solved
        if not box.shows_in(picture, text):
            open_ |= whole
            continue
        inner = box.inside(text.shape)
        made[inner] = (made[inner] - np.array(box.added, np.float32)) / np.float32(box.transmission)
        rim = whole & ~box.inside(text.shape, grown=-EDGE_PX)
        solved |= inner & ~rim
        open_ |= rim
    return bytes_of(made), solved, open_ & ~solved
