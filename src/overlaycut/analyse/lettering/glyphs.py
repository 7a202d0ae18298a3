"""The letters of a line one by one: where each stands in the reference, and how like it is in a frame.

The strokes of the reference are projected onto its baseline; the gaps between them part its letters. In a frame the
line is aligned with the reference, and each letter is looked for near its place and compared by its shape alone
(normalised cross-correlation under the blur of the reference that fits best). A letter that cannot be told, because
something covers it or because it is blurred away, says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.analyse.judge import LetterMatch
from overlaycut.analyse.lettering.in_front import ColourModel, InFront, InFrontParameters
from overlaycut.analyse.lettering.shape import LineShape
from overlaycut.core.edit_distance import folded, is_sign
from overlaycut.core.frame import Mask
from overlaycut.vision.filters import above_otsu


@dataclass(frozen=True, slots=True, kw_only=True)
class GlyphParameters:
    """How lines are split into letters, and those compared; lengths in heights of the line.

    Set by benchmarks/letters.py on drawn letters and by the tuning half of benchmarks/real_lettering.py.
    """

    least_contrast: float = 12.0
    """Levels between strokes and surface below which a line has no letters."""
    most_strokes: float = 0.65
    """Share of the line's rectangle that strokes fill, at most: else it is no line of letters."""
    blank: float = 0.04
    """Height of strokes in a column up to which it is a gap."""
    widest: float = 1.25
    """Width from which on a run of strokes is cut into several letters."""
    pitch: float = 0.7
    """Width of the letters that it is cut into."""
    narrowest: float = 0.1
    """Width below which a run of strokes belongs to its neighbour."""
    surround: float = 0.08
    """Part of what lies around a letter that is compared with it."""
    search: float = 0.2
    """Displacement from its place that is tried."""
    blurs: tuple[float, ...] = (0.02, 0.05, 0.09, 0.14)
    """Sigmas of the blur of the reference that are tried; the least is that of every picture."""
    noise_variance: float = 25.0
    """Squared levels that are added to the variance of both pictures."""
    alike: float = 0.93
    """Correlation of every letter from which on no other alignment is tried."""
    fitted_from: float = 0.8
    """Correlation below which a letter is aligned by itself."""
    most_stretched: float = 0.25
    """Change of size or shear by which that may bend it, relative to its size."""
    least_visible: float = 0.15
    """Share that the track must have in view for letters to be compared."""
    least_carried: float = 0.6
    """Mean correlation of a line in the place that the camera tells, below which it is something else that is there;
    lines that melt keep 0.7 in part 7 of benchmarks/lettering.py, what passes in front has 0.2 to 0.6."""
    doubtful: float = 0.5
    """Factor on the two limits below where the track holds the line for covered."""
    most_hidden: float = 0.5
    """Share of a letter that something in front may hide for the rest of it to be compared."""
    light: float = 0.1
    """Sigma along the line by which the light above and below it is smoothed."""
    covered_levels: float = 18.0
    """Change of the surface above or below a letter, in levels, that shows that something covers it."""
    covered_contrast: float = 0.4
    """The same at least, in parts of the contrast between strokes and surface."""
    saturated: float = 245.0
    """Luma of the surface from which on light counts as saturated."""
    least_saturated: float = 0.2
    """Share of the surface above and below a letter that it must fill."""
    in_front: InFrontParameters = field(default_factory=InFrontParameters)


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """Mean levels of the surface above and below each letter, (letters,) each."""

    above: NDArray[np.float32]
    below: NDArray[np.float32]


class PieceSheet:
    """Pieces of a reference, each a window of it, and how like them a frame is.

    reference: the whole at one scale. windows: rows and columns of each piece.
    """

    def __init__(
        self, reference: LineShape, windows: Sequence[tuple[slice, slice]], parameters: GlyphParameters
    ) -> None:
        self._reference, self._windows, self._parameters = reference, tuple(windows), parameters
        self._height = reference.parameters.height_px
        self._border = round(reference.parameters.margin * self._height)
        self._blurred = [
            cv2.GaussianBlur(reference.luma, (0, 0), max(blur * self._height, 0.3)) for blur in parameters.blurs
        ]
        self._last: cv2.typing.MatLike | None = None
        """The whole as it was compared last, aligned."""

    @property
    def reference(self) -> LineShape:
        """The whole at one scale."""
        return self._reference

    @property
    def windows(self) -> tuple[tuple[slice, slice], ...]:
        """Rows and columns of each piece in it."""
        return self._windows

    def compared(self, index: int, now: LineShape) -> LetterMatch:
        """How like their reference the pieces are in frame `index`, which shows the whole as `now`."""
        size = (self._reference.luma.shape[1], self._reference.luma.shape[0])
        shown = cv2.resize(now.luma, size, interpolation=cv2.INTER_LINEAR)
        likeness, stretch = self._likeness(self._relit(shown)), 1.0
        if likeness.min() < self._parameters.alike:
            matrix = self._reference.alignment(shown)
            aligned = self._reference.moved(shown, matrix)
            better = self._likeness(self._relit(aligned))
            if better.mean() > likeness.mean():
                widest, narrowest = np.linalg.svd(matrix[:, :2], compute_uv=False)
                shown, stretch = aligned, float(widest / max(narrowest, 1e-6))
            likeness = np.maximum(likeness, better)
        lit = self._relit(shown)
        for number in np.flatnonzero(likeness < self._parameters.fitted_from):
            likeness[number] = max(likeness[number], self._fitted(int(number), lit))
        steadiness = np.full(len(self._windows), np.nan)
        if self._last is not None:
            steadiness = self._likeness(lit, [self._softened(self._relit(self._last))])
        self._last = shown
        return LetterMatch(index, likeness, steadiness, np.ones(len(self._windows), dtype=np.bool_), stretch)

    def _relit(self, luma: cv2.typing.MatLike) -> cv2.typing.MatLike:
        """The whole in the light of the reference, as far as that is known."""
        return luma

    def _softened(self, luma: cv2.typing.MatLike) -> cv2.typing.MatLike:
        return cv2.GaussianBlur(luma, (0, 0), max(self._parameters.blurs[0] * self._height, 0.3))

    def _likeness(
        self, shown: cv2.typing.MatLike, references: Sequence[cv2.typing.MatLike] = ()
    ) -> NDArray[np.float64]:
        """Correlation of every letter with a reference at the best place near its own, (letters,)."""
        soft, against = self._softened(shown), references or self._blurred
        return np.array([self._letter(number, soft, against) for number in range(len(self._windows))])

    def _letter(self, number: int, soft: cv2.typing.MatLike, references: Sequence[cv2.typing.MatLike]) -> float:
        rows, columns = self._windows[number]
        reach = round(self._parameters.search * self._height)
        top, left = max(rows.start - reach, 0), max(columns.start - reach, 0)
        around = soft[top : rows.stop + reach, left : columns.stop + reach]
        best = -1.0
        for reference in references:
            part = reference[rows, columns]
            score = cv2.matchTemplate(around, part, cv2.TM_CCOEFF_NORMED)
            _, value, _, (x, y) = cv2.minMaxLoc(np.nan_to_num(score, nan=-1.0))
            if value > best:
                there = around[y : y + part.shape[0], x : x + part.shape[1]]
                best = max(best, self._correlation(part, there))
        return best

    def _correlation(self, one: cv2.typing.MatLike, other: cv2.typing.MatLike) -> float:
        noise = self._parameters.noise_variance
        both = float(((one - one.mean()) * (other - other.mean())).mean())
        return both / float(np.sqrt((one.var() + noise) * (other.var() + noise)))

    def _fitted(self, number: int, shown: cv2.typing.MatLike) -> float:
        """Correlation of a letter that is aligned by itself: on cloth that folds each takes its own way."""
        rows, columns = self._windows[number]
        limits, reference = self._parameters, self._blurred[1]
        part = reference[rows, columns]
        around = cv2.GaussianBlur(shown, (0, 0), limits.blurs[1] * self._height)
        matrix = np.array([[1, 0, columns.start], [0, 1, rows.start]], dtype=np.float32)
        stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 25, 1e-3)
        try:
            _, found = cv2.findTransformECC(part, around, matrix, cv2.MOTION_AFFINE, stop)
        except cv2.error:
            return -1.0
        moved = np.asarray(found)
        away = np.abs(moved[:, 2] - (columns.start, rows.start)).max()
        if np.abs(moved[:, :2] - np.eye(2)).max() > limits.most_stretched or away > 2 * limits.search * self._height:
            return -1.0
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(around, moved, part.shape[::-1], flags=how, borderMode=cv2.BORDER_REPLICATE)
        return self._correlation(part, there)


class GlyphSheet(PieceSheet):
    """The letters of a line in its reference."""

    def __init__(
        self,
        reference: LineShape,
        spans: tuple[tuple[int, int], ...],
        contrast: float,
        colours: ColourModel | None,
        names: tuple[str, ...],
        parameters: GlyphParameters,
    ) -> None:
        self.spans = spans
        """First and last column of each letter, one past the last."""
        self.names = names
        """What each letter should be, "" where that is not known."""
        self._contrast, self._colours = contrast, colours
        super().__init__(reference, _windows(reference, spans, parameters), parameters)
        self._surface = self._surface_of(reference.luma)

    @classmethod
    def of(cls, reference: LineShape, expected: str | None, parameters: GlyphParameters) -> GlyphSheet | None:
        """The letters of a line; None where none can be told apart from the surface."""
        height = reference.parameters.height_px
        border = round(reference.parameters.margin * height)
        rows, columns = reference.luma.shape
        inside: Mask = np.zeros((rows, columns), dtype=np.bool_)
        inside[border : border + height, border : columns - border] = True
        bright, _, gap = above_otsu(reference.luma, inside)
        if gap < parameters.least_contrast or not inside.any():
            return None
        level = float(np.median(reference.luma[~inside]))
        light, dark = float(reference.luma[bright].mean()), float(reference.luma[inside & ~bright].mean())
        strokes = bright if abs(light - level) > abs(dark - level) else inside & ~bright
        if strokes.sum() > parameters.most_strokes * inside.sum():
            return None
        spans = _spans(strokes, height, expected, parameters)
        if not spans:
            return None
        colours = None if reference.chroma is None else ColourModel(reference, strokes, parameters.in_front)
        return cls(reference, spans, gap, colours, _names(spans, expected), parameters)

    def seen(self, index: int, now: LineShape, front: InFront | None = None, *, doubtful: bool = False) -> LetterMatch:
        """How like their reference the letters are in frame `index`, and which of them nothing covers.

        Where something is in front, pixels of the reference stand in for it: what is left of a letter is compared.
        front: what is in front there, where that is known. doubtful: whether the track holds the line for covered.
        """
        match = self.compared(index, self._freed(now, front))
        assert self._last is not None
        covered = self._covered(self._last, front, doubtful=doubtful)
        if front is None or front.share == 0:
            return replace(match, seen=~covered)
        hidden = np.array([self._hidden(front.mask, number) for number in range(len(self._windows))])
        covered |= hidden > self._parameters.most_hidden
        # The pixels that stand in agree in full, which is taken off again.
        rest = 1 - np.minimum(hidden, self._parameters.most_hidden)
        return replace(match, likeness=1 - (1 - match.likeness) / rest, seen=~covered)

    def _hidden(self, mask: Mask, number: int) -> float:
        """Share of a letter's contrast in the reference that lies under `mask`, 0..1."""
        window = self._windows[number]
        part = self._reference.luma[window]
        energy = (part - part.mean()) ** 2
        return float(energy[mask[window]].sum() / max(float(energy.sum()), 1e-6))

    def in_front(self, now: LineShape, *, doubtful: bool) -> InFront | None:
        """What stands in front of the line; None where its colours are not known.

        doubtful: whether the track holds the line for covered; then letters beside which the surface is another count
        as covered too, by something in the colours of the line.
        """
        if self._colours is None or now.chroma is None:
            return None
        front = self._colours.in_front(self._sized(now.luma), self._sized(now.chroma))
        if not doubtful or front.share > 0:
            return front
        hidden = self._covered(self._freed(now, front).luma, front, doubtful=True)
        return replace(front, share=float(hidden.mean()))

    def _sized(self, plane: cv2.typing.MatLike) -> NDArray[np.float32]:
        size = (self._reference.luma.shape[1], self._reference.luma.shape[0])
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)

    def _freed(self, now: LineShape, front: InFront | None) -> LineShape:
        """The line in the light of the reference, whose pixels stand in for what is in front."""
        if front is None:
            return now
        rest = np.where(front.mask, self._reference.luma, self._sized(now.luma) - front.light)
        return replace(now, luma=np.asarray(rest, dtype=np.float32))

    def _blown_out(self, luma: cv2.typing.MatLike) -> NDArray[np.bool_]:
        """Letters beside which a highlight saturates that the reference does not have, or has no more, (letters,).

        Where light saturates strokes lose their contrast.
        """
        limits = self._parameters
        now, then = (self._strips(one) >= limits.saturated for one in (luma, self._reference.luma))
        return np.array([(now ^ then)[:, a:b].mean() >= limits.least_saturated for a, b in self.spans])

    # What covers letters.

    def _relit(self, luma: cv2.typing.MatLike) -> cv2.typing.MatLike:
        """The line without the change of light that the surface both above and below it shows, column by column.

        A highlight on a can is narrower than a letter. What only one of them shows is no light: a line beside it, or
        something that comes in.
        """
        above, below = self._strips(luma) - self._strips(self._reference.luma)
        limit = max(self._parameters.covered_levels, self._parameters.covered_contrast * self._contrast)
        least = np.minimum(np.minimum(np.abs(above), np.abs(below)), limit)
        return np.asarray(luma - np.where(above * below > 0, np.sign(above) * least, 0), dtype=np.float32)

    def _strips(self, luma: cv2.typing.MatLike) -> NDArray[np.float32]:
        """Levels of the surface above and below the line, (2, columns)."""
        strip = max(self._border - round(self._parameters.surround * self._height), 1)
        levels = np.stack([luma[:strip].mean(axis=0), luma[-strip:].mean(axis=0)])
        soft = cv2.GaussianBlur(levels, (0, 0), self._parameters.light * self._height, sigmaY=0.01)
        return np.asarray(soft, dtype=np.float32)

    def _surface_of(self, luma: cv2.typing.MatLike) -> _Surface:
        strip = max(self._border - round(self._parameters.surround * self._height), 1)
        above, below = luma[:strip].mean(axis=0), luma[-strip:].mean(axis=0)
        means = [
            np.array([part[first:last].mean() for first, last in self.spans], dtype=np.float32)
            for part in (above, below)
        ]
        return _Surface(*means)

    def _covered(self, shown: cv2.typing.MatLike, front: InFront | None, *, doubtful: bool) -> NDArray[np.bool_]:
        """Letters above or below which the surface is another, and those beside them, (letters,).

        The light that was taken off `shown` may excuse a change, and makes none.
        """
        now, then = self._surface_of(shown), self._surface
        limit = max(self._parameters.covered_levels, self._parameters.covered_contrast * self._contrast)
        limit *= self._parameters.doubtful if doubtful else 1.0
        off = np.stack([now.above - then.above, now.below - then.below])
        changed: NDArray[np.bool_] = (np.abs(off - np.median(off)) > limit).any(axis=0)
        if front is not None:
            lit = off + [float(front.light[0, first:last].mean()) for first, last in self.spans]
            changed &= (np.abs(lit - np.median(lit)) > limit).any(axis=0)
        changed |= self._blown_out(shown)
        beside = changed.copy()
        beside[1:] |= changed[:-1]
        beside[:-1] |= changed[1:]
        return beside


def _windows(
    reference: LineShape, spans: Sequence[tuple[int, int]], parameters: GlyphParameters
) -> list[tuple[slice, slice]]:
    """Each letter with a little of what is around it."""
    height = reference.parameters.height_px
    border, beside = round(reference.parameters.margin * height), round(parameters.surround * height)
    rows = slice(max(border - beside, 0), border + height + beside)
    most = reference.luma.shape[1]
    return [(rows, slice(max(first - beside, 0), min(last + beside, most))) for first, last in spans]


def _spans(
    strokes: Mask, height: int, expected: str | None, parameters: GlyphParameters
) -> tuple[tuple[int, int], ...]:
    """Columns of each letter: runs of strokes between gaps, wide ones cut."""
    profile = strokes.sum(axis=0)
    inked = np.flatnonzero(profile > parameters.blank * height)
    if not len(inked):
        return ()
    letters = folded(expected or "")
    if letters and all(map(is_sign, letters)):
        # Characters of Chinese and Japanese have gaps of their own, and all one width.
        edges = np.linspace(inked[0], inked[-1] + 1, len(letters) + 1).round().astype(int)
        return tuple((int(a), int(b)) for a, b in pairwise(edges))
    breaks = np.flatnonzero(np.diff(inked) > 1)
    firsts, lasts = [int(inked[0]), *inked[breaks + 1].tolist()], [*(inked[breaks] + 1).tolist(), int(inked[-1]) + 1]
    spans: list[tuple[int, int]] = []
    for first, last in zip(firsts, lasts, strict=True):
        close = spans and first - spans[-1][1] < parameters.narrowest * height
        if close and last - first < parameters.narrowest * height:
            spans[-1] = (spans[-1][0], last)
        else:
            spans += _cut(first, last, profile, height, parameters)
    return tuple(
        span for span in spans if profile[span[0] : span[1]].sum() >= 0.5 * (parameters.narrowest * height) ** 2
    )


def _cut(
    first: int, last: int, profile: NDArray[np.intp], height: int, parameters: GlyphParameters
) -> list[tuple[int, int]]:
    """A run of strokes, cut where there are least strokes when it is wider than a letter."""
    if last - first <= parameters.widest * height:
        return [(first, last)]
    count = max(round((last - first) / (parameters.pitch * height)), 2)
    reach = max(int(0.25 * (last - first) / count), 1)
    edges = [first]
    for middle in np.linspace(first, last, count + 1)[1:-1].round().astype(int):
        edges.append(int(middle - reach + np.argmin(profile[middle - reach : middle + reach + 1])))
    return list(pairwise([*edges, last]))


def _names(spans: Sequence[tuple[int, int]], expected: str | None) -> tuple[str, ...]:
    """The part of the expected text that each letter is, by its place along the line; "" where none is expected."""
    text = (expected or "").replace(" ", "")
    if not text:
        return ("",) * len(spans)
    if len(text) == len(spans):
        return tuple(text)
    whole = "".join((expected or "").split())
    first, last = spans[0][0], spans[-1][1]
    places = [(a - first, b - first) for a, b in spans]
    scale = len(whole) / max(last - first, 1)
    return tuple(whole[round(a * scale) : max(round(b * scale), round(a * scale) + 1)] for a, b in places)
