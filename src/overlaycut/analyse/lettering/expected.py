"""What a region should read: asked for by a person, else read from the reference picture."""

from __future__ import annotations

from collections.abc import Sequence

from overlaycut.analyse.lettering.parameters import DetectionParameters
from overlaycut.analyse.lettering.region import Region
from overlaycut.core.edit_distance import folded, is_sign, likeness, similarity
from overlaycut.core.findings import TextSource
from overlaycut.models import DetectedText


class ExpectedTexts:
    """Texts that a person asked for, each of which may have been set in several lines."""

    def __init__(self, texts: Sequence[str], *, parameters: DetectionParameters) -> None:
        self._texts = tuple(texts)
        self._parts = tuple(part for text in texts for part in _word_runs(text))
        self._limits = parameters

    def is_text(self, line: DetectedText) -> bool:
        """Whether a detected line is text rather than texture: confident, and more than a stroke or two."""
        return min(line.quad.size) >= self._limits.least_side_px and self.is_readable(line)

    def is_readable(self, line: DetectedText) -> bool:
        """The same, whatever its size."""
        if any(similarity(text, line.text) > self._limits.asked_similarity for text in self._texts):
            return True
        letters = folded(line.text)
        wide = any(map(is_sign, letters))
        enough = len(letters) >= 2 or (wide and line.confidence >= self._limits.sign_confidence)
        return line.confidence >= self._limits.least_confidence and enough

    def of(self, line: DetectedText, source: TextSource, *, least: float) -> tuple[str | None, TextSource | None]:
        """What a region that reads like `line` should read, and where that comes from.

        A text that was asked for goes first; else the line itself, from `source`, when at least `least` confident.
        """
        best, most = None, self._limits.asked_likeness
        for part in self._parts:
            alike = likeness(part, line.text)
            if alike > most:
                best, most = part, alike
        if best is not None:
            return best, "user"
        return (line.text, source) if line.confidence >= least and folded(line.text) else (None, None)

    def resolve(self, regions: Sequence[Region]) -> None:
        """Where one region reads as asked for, regions that merely resemble that text keep their own."""
        asked = [r for r in regions if r.source == "user" and r.expected is not None]
        for region in asked:
            fulfilled = {r.expected for r in asked if r is not region and r.reads(r.expected)}
            if region.expected in fulfilled and not region.reads(region.expected):
                sure = region.confidence >= self._limits.known_confidence and bool(folded(region.text))
                region.expected, region.source = (region.text, "first frame") if sure else (None, None)


def _word_runs(text: str) -> list[str]:
    """Every run of consecutive words of `text`."""
    words = text.split()
    return [" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)]
