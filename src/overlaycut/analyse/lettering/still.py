"""The reference picture: its text, and how it looks in the geometry of the clip's first frame.

It is the still, or the first frame itself: where there is no still, and where the still shows nothing but that frame.
One picture is judged in one way, whether it was given or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np

from overlaycut.analyse.lettering.expected import ExpectedTexts
from overlaycut.analyse.lettering.geometry import ClipGeometry, overlap, share_in_picture
from overlaycut.analyse.lettering.parameters import LetteringParameters
from overlaycut.analyse.lettering.unread import UnreadLettering
from overlaycut.core.edit_distance import folded, likeness
from overlaycut.core.findings import Registration, TextSource
from overlaycut.core.frame import Frame, Picture, Plane
from overlaycut.core.geometry import Homography, Quad
from overlaycut.models import DetectedText, TextReader, upright


class StillReference:
    """The reference picture with the lines of text that it shows.

    picture: RGB. registration: its place in the first frame. found: the lines that were detected in it.
    unread: finds lettering that cannot be read; None to go without. first: the first frame, where the picture is that
    frame.
    """

    def __init__(
        self,
        picture: Picture,
        registration: Registration,
        found: Sequence[DetectedText],
        *,
        reader: TextReader,
        expected: ExpectedTexts,
        unread: UnreadLettering | None = None,
        first: Frame | None = None,
        parameters: LetteringParameters,
    ) -> None:
        self._still, self._reader, self._parameters = picture, reader, parameters
        self.registration = registration
        self.is_first_frame = first is not None
        self.source: TextSource = "still" if first is None else "first frame"
        self.frame = first or Frame.from_rgb(picture, index=0, at=Fraction(0), lasts=Fraction(1))
        """It as a frame."""
        self.lines = [line for line in found if expected.is_text(line)]
        """Its lettering, in its pixels; what could not be read has no text."""
        # A whole label is sometimes detected as one letter; that is no text in its place.
        self._text = [line for line in found if len(folded(line.text)) >= 2 or expected.is_text(line)]
        others: Sequence[DetectedText] = ()
        if unread is not None:
            lettering, others = unread.among(picture, [line for line in found if not expected.is_text(line)])
            self.lines += lettering[: parameters.unread.most]
            self._text += lettering
        self.found = [line for line in found if line not in others]
        """Lines that were detected in it and may be lettering."""
        self._from_clip: Homography = np.asarray(np.linalg.inv(registration.matrix), dtype=np.float64)

    @property
    def least_confidence(self) -> float:
        """Confidence from which on a reading of it is what the text should read."""
        detection = self._parameters.detection
        return detection.known_confidence if self.is_first_frame else detection.least_confidence

    def luma_in(self, picture: Plane, geometry: ClipGeometry) -> Plane:
        """The still's luma in the geometry of the reduced first frame; the frame itself where the still ends."""
        if self.is_first_frame:
            return picture
        rows, columns = picture.shape
        shrink = np.diag([columns / geometry.width, rows / geometry.height, 1.0])
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        matrix = np.linalg.inv(half) @ shrink @ self.registration.matrix @ half
        grey = cv2.cvtColor(self._still, cv2.COLOR_RGB2GRAY)
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        if scale < 1:
            # The low-pass that reduction by `scale` needs against aliasing.
            grey = cv2.GaussianBlur(grey, (0, 0), 0.45 * np.sqrt(1 / scale**2 - 1) + 0.05)
        laid = cv2.warpPerspective(grey, matrix, (columns, rows), flags=cv2.INTER_LINEAR)
        covered = cv2.warpPerspective(np.full_like(grey, 255), matrix, (columns, rows), flags=cv2.INTER_NEAREST)
        return np.where(covered > 0, laid, picture).astype(np.uint8)

    def shows(self, line: DetectedText) -> DetectedText | None:
        """A line of the first frame as the still shows it, in its pixels; None where it reads otherwise, or not at all.

        A detector passes over lines at one size of the picture that it finds at another.
        """
        there = line.quad.mapped(self._from_clip)
        if share_in_picture(there, self._still.shape[1], self._still.shape[0]) < 0.95:
            return None
        read = self._reader.read([upright(self._still, there)])[0]
        if read.confidence < self._parameters.detection.least_confidence:
            return None
        alike = likeness(read.text, line.text) >= self._parameters.regions.same_words
        return replace(line, quad=there, text=read.text, confidence=read.confidence) if alike else None

    def lacks(self, line: DetectedText, quad: Quad) -> bool:
        """Whether the still shows the place of `quad` (in the first frame) and has no text like `line` there."""
        detection = self._parameters.detection
        if (
            line.confidence < detection.known_confidence
            or len(folded(line.text)) < 3
            or quad.size[1] < self._parameters.judge.least_height_px
        ):
            return False
        there = quad.mapped(self._from_clip)
        if share_in_picture(there, self._still.shape[1], self._still.shape[0]) < 0.95:
            return False
        if any(overlap(one.quad, there) > 0.2 for one in self._text):
            return False
        read = self._reader.read([upright(self._still, there)])[0]
        alike = likeness(read.text, line.text) > self._parameters.regions.other_words
        return not (read.confidence >= detection.least_confidence and alike)


def is_shown_as_given(
    still: Picture, frame: Frame, registration: Registration, parameters: LetteringParameters
) -> bool:
    """Whether the first frame shows an RGB still as it is, pixel on pixel, but for what a codec changes."""
    limits = parameters.detection
    height, width = still.shape[:2]
    if (width, height) != (frame.width, frame.height):
        return False
    corners = Quad((0, 0), (width, 0), (width, height), (0, height))
    moved = corners.mapped(registration.matrix).array() - corners.array()
    if np.linalg.norm(moved, axis=1).max() > limits.same_still_px:
        return False
    given = Frame.from_rgb(still, index=0, at=frame.at, lasts=frame.lasts, matrix=frame.matrix)
    apart = cv2.absdiff(given.y, frame.y).astype(np.float32)
    cells = (max(1, width // limits.same_still_cell_px), max(1, height // limits.same_still_cell_px))
    return bool(cv2.resize(apart, cells, interpolation=cv2.INTER_AREA).max() <= limits.same_still_levels)
