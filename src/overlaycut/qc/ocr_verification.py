"""Reading a repaired clip again: what is left that should not be, and whether what was put back reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from overlaycut.core.edit_distance import similarity
from overlaycut.core.frame import Frame
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.models import Reader

_LOOKS = 5
"""Frames of each repaired span that are read."""

_LONG_SIDE = 640
"""Pixels at which the surroundings of a region are searched."""

_SURE = 0.6
"""Confidence of a reading below which it is noise: OCR finds letters in any texture."""

_LETTERS = 2
"""Letters that a reading needs to count as lettering that was left over."""

_TWICE = 2
"""Looked-at frames in which a leftover must be read: one alone is OCR's own flicker."""

_SAME = 0.6
"""Similarity to the expected text from which a reading of a restored region is what was put back."""


@dataclass(frozen=True, slots=True)
class OcrVerificationResult:
    """What reading again found."""

    residual: dict[str, tuple[str, ...]]
    """Region → lettering that is still there and should not be."""
    read: dict[str, str | None]
    """Region → what reads there now most of the time; None when nothing does."""


class OcrVerification:
    """Reads every repaired region in a few frames of its span as they pass."""

    def __init__(self, reader: Reader, plan: EditPlan) -> None:
        self._reader = reader
        self._regions = {region.id: region for region in plan.regions if region.changes}
        self._wanted: dict[int, list[RegionPlan]] = {}
        for region in self._regions.values():
            for frame in _looks(region):
                self._wanted.setdefault(frame, []).append(region)
        self._heard: dict[str, list[str]] = {name: [] for name in self._regions}

    def see(self, frame: Frame) -> None:
        """Read the regions whose turn it is in this repaired frame."""
        for region in self._wanted.get(frame.index, ()):
            quad = region.quads[frame.index]
            box = quad.grown(quad.size[1] / 3).box().clipped(frame.width, frame.height)
            if box is None or region.visibility.get(frame.index, 1.0) <= 0:
                continue
            found = [f for f in self._reader.find(frame.patch(box), long_side=_LONG_SIDE) if f.confidence >= _SURE]
            self._heard[region.id].append(" ".join(f.text for f in found))

    def result(self) -> OcrVerificationResult:
        """What was left over, and what reads."""
        residual, read = {}, {}
        for name, heard in self._heard.items():
            region = self._regions[name]
            common = Counter(text for text in heard if text).most_common(1)
            read[name] = common[0][0] if common else None
            left = Counter(text for text in heard if _is_left_over(text, region))
            residual[name] = tuple(sorted(left)) if sum(left.values()) >= min(_TWICE, len(heard)) else ()
        return OcrVerificationResult(residual, read)


def _looks(region: RegionPlan) -> list[int]:
    """Frames spread over the repaired span, its last one among them, its faded-in beginning left out."""
    if region.edit is None:
        return []
    frames = [frame for frame in region.edit if frame in region.quads]
    later = frames[len(frames) // 4 :]
    if len(later) <= _LOOKS:
        return later
    return [later[round(n * (len(later) - 1) / (_LOOKS - 1))] for n in range(_LOOKS)]


def _is_left_over(text: str, region: RegionPlan) -> bool:
    letters = sum(character.isalnum() for character in text)
    if letters < _LETTERS:
        return False
    if region.decision == "restore" or region.typeset is not None:
        # Something may pass in front: a part of what was put back is what was put back.
        wanted = region.typeset.text if region.typeset is not None else region.expected
        return wanted is not None and max(similarity(wanted, text), similarity(text, wanted)) < _SAME
    # What was erased or covered is compared with what stood there: a neighbouring line in the box is not it.
    stood = [words for words in (region.read, region.expected) if words]
    return not stood or any(similarity(words, text) >= _SAME for words in stood)
