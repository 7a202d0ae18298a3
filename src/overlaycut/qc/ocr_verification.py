"""OCR of a repaired clip: lettering that was left over, and whether what was put back reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from overlaycut.core.edit_distance import similarity
from overlaycut.core.frame import Frame
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.models import TextReader


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrVerificationParameters:
    """What is read, and which readings count; checked by benchmarks/repair.py."""

    frames: int = 5
    """Frames of each repaired span that are read, spread over its last three quarters."""
    heights_per_margin: float = 3.0
    """The lettering's height over the room around a region that is searched as well."""
    long_side: int = 640
    """Pixels of the longer side at which that is searched."""
    least_confidence: float = 0.6
    """Confidence, 0..1, below which a reading is noise: OCR finds letters in any texture."""
    least_letters: int = 2
    """Letters and digits that a reading needs to count as lettering."""
    least_readings: int = 2
    """Frames in which a leftover must be read: a single one is OCR's own noise."""
    same_text: float = 0.6
    """Similarity, 0..1, to the expected text from which a reading of a restored region is what was put back."""


@dataclass(frozen=True, slots=True)
class OcrVerificationResult:
    """What was read in the repaired regions."""

    residual: Mapping[str, tuple[str, ...]]
    """Region → lettering that is still there and should not be, in alphabetical order."""
    read: Mapping[str, str | None]
    """Region → what reads there most of the time; None when nothing does."""


class OcrVerification:
    """Reads every repaired region in a few frames of its span. Push every repaired frame."""

    def __init__(
        self,
        reader: TextReader,
        plan: EditPlan,
        *,
        parameters: OcrVerificationParameters = OcrVerificationParameters(),
    ) -> None:
        self._reader, self._parameters = reader, parameters
        self._regions = {region.id: region for region in plan.regions if region.changes}
        self._due: dict[int, list[RegionPlan]] = {}
        for region in self._regions.values():
            for frame in _sampled(region, parameters.frames):
                self._due.setdefault(frame, []).append(region)
        self._readings: dict[str, list[str]] = {name: [] for name in self._regions}

    def see(self, frame: Frame) -> None:
        """Read the regions that are due in this frame."""
        limits = self._parameters
        for region in self._due.get(frame.index, ()):
            quad = region.quads[frame.index]
            box = quad.grown(quad.size[1] / limits.heights_per_margin).box().clipped(frame.width, frame.height)
            if box is None or region.visibility.get(frame.index, 1.0) <= 0:
                continue
            found = self._reader.find(frame.patch(box), long_side=limits.long_side)
            texts = (line.text for line in found if line.confidence >= limits.least_confidence)
            self._readings[region.id].append(" ".join(texts))

    def result(self) -> OcrVerificationResult:
        """What was left over, and what reads, in the frames so far."""
        residual: dict[str, tuple[str, ...]] = {}
        read: dict[str, str | None] = {}
        for name, readings in self._readings.items():
            region = self._regions[name]
            common = Counter(text for text in readings if text).most_common(1)
            read[name] = common[0][0] if common else None
            left = Counter(text for text in readings if _is_left_over(text, region, self._parameters))
            enough = sum(left.values()) >= min(self._parameters.least_readings, len(readings))
            residual[name] = tuple(sorted(left)) if enough else ()
        return OcrVerificationResult(residual, read)


def _sampled(region: RegionPlan, count: int) -> list[int]:
    """Frames spread over the repaired span, its last one among them, its faded-in beginning left out."""
    if region.edit is None:
        return []
    frames = [frame for frame in region.edit if frame in region.quads]
    later = frames[len(frames) // 4 :]
    if len(later) <= count:
        return later
    return [later[round(n * (len(later) - 1) / (count - 1))] for n in range(count)]


def _is_left_over(text: str, region: RegionPlan, parameters: OcrVerificationParameters) -> bool:
    if sum(character.isalnum() for character in text) < parameters.least_letters:
        return False
    if region.decision == "restore" or region.typeset is not None:
        # Something may pass in front: a part of what was put back is what was put back.
        wanted = region.typeset.text if region.typeset is not None else region.expected
        return wanted is not None and max(similarity(wanted, text), similarity(text, wanted)) < parameters.same_text
    # What was erased or covered is compared with the original text: a neighbouring line in the box is not it.
    originals = [words for words in (region.read, region.expected) if words]
    return not originals or any(similarity(words, text) >= parameters.same_text for words in originals)
