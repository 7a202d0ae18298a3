"""Connected components of masks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Mask
from overlaycut.vision.filters import opened


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """The connected components of a mask, numbered from 1; number 0 is the rest of the picture."""

    labels: NDArray[np.int32]
    """Number of the component of each pixel, (rows, columns)."""
    sizes: NDArray[np.int64]
    """Pixels of each component, (components + 1,), those of the rest first."""

    @classmethod
    def of(cls, mask: Mask, *, diagonal: bool = True) -> Components:
        """The components of a mask; `diagonal`: whether pixels that only touch at a corner are connected."""
        count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8 if diagonal else 4)
        numbers = np.asarray(labels, np.int32)
        return cls(numbers, np.bincount(numbers.ravel(), minlength=count))

    def pixels_in(self, region: Mask) -> NDArray[np.int64]:
        """Pixels of each component in `region`: (components + 1,)."""
        return np.bincount(self.labels[region], minlength=len(self.sizes))

    def chosen(self, keep: NDArray[np.bool_]) -> Mask:
        """The components for which `keep`, (components + 1,), is True."""
        keep = keep.copy()
        keep[0] = False
        mask: Mask = keep[self.labels]
        return mask


def connected_to(mask: Mask, seeds: Mask) -> Mask:
    """The components of `mask` that hold a pixel of `seeds`."""
    components = Components.of(mask)
    keep = np.zeros(len(components.sizes), np.bool_)
    keep[components.labels[seeds & mask]] = True
    return components.chosen(keep)


def larger_than(mask: Mask, pixels: float) -> Mask:
    """The components of `mask` of at least `pixels`."""
    components = Components.of(mask)
    return components.chosen(components.sizes >= pixels)


def enclosed(mask: Mask) -> Mask:
    """The gaps of `mask` that do not reach the edge of the picture."""
    labels = Components.of(~mask, diagonal=False).labels
    outer = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    gaps: Mask = ~mask & ~np.isin(labels, outer)
    return gaps


def without_pinholes(mask: Mask, radius: float) -> Mask:
    """`mask` with the gaps filled that it encloses and in which no disc of `radius` pixels fits."""
    gaps = enclosed(mask)
    return mask | (gaps & ~opened(gaps, max(round(radius), 1)))
