"""What became of a person whose face is not seen any more: turned away, left, gone, or something else in their place.

While the face is seen, the colours of head and body and those of the background are learnt as histograms. Once it is
not, two things are measured: how much structure there still is in the person's own colours (a plain wall may have the
colour of a shirt, but it has no edges), and how much of the picture has colours that belong to neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.cast import Absence, FaceTrack, Whereabouts
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, FloatArray
from overlaycut.vision.filters import FloatImage
from overlaycut.vision.texture import gradient


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceParameters:
    """Learning and finding a person's colours.

    Limits lie between what undisturbed clips keep and what clips in which somebody vanishes or becomes something else
    show: structure 0.37 and 0.04, foreign colours 0.09 and 0.43 (docs/cast.md; tests/analyse/test_absence.py).
    """

    long_side_px: int = 96
    """Longer side of the pictures that are kept."""
    interval: Fraction = Fraction(1, 4)
    """Seconds between them; twice as long whenever there are `most` of them."""
    most: int = 480
    """Pictures that are kept at a time."""
    learnt: Fraction = Fraction(2)
    """Seconds of a track from which colours are learnt."""
    bins: int = 16
    """Of a histogram, along each axis of CIELAB."""
    chroma_gain: float = 2.0
    """By which a* and b* are spread about grey: footage fills a small part of their range."""
    smoothing: float = 0.8
    """Sigma over the histogram, in bins."""
    seen_density: float = 3e-4
    """Density of a histogram, its bins adding up to 1, below which a colour does not belong to what it is of."""
    own_ratio: float = 6.0
    """Density of a colour in the person over that in the background from which on it is the person's own."""
    edge_level: float = 1.0
    """Gradient, levels per pixel, that is noise."""
    least_background: int = 50
    """Pixels of background that are needed."""
    gone_structure: float = 0.2
    """Structure in the person's colours over that while they were seen, below which they are gone."""
    foreign_share: float = 0.25
    """Pixels of foreign colours over those of the person, above what there was before, from which on something else has
    taken the place."""
    least_pictures: int = 2
    """Pictures up to the end of the shot in which it is so."""
    edge_widths: float = 0.5
    """Distance to the picture's edge, in face widths, from which somebody walks out."""
    walked_widths: float = 0.5
    """How far they came nearer to it in the last second, at least."""


class PersonPictures:
    """Small pictures of a clip, of which colours are learnt at the end; their number is bounded."""

    def __init__(self, *, parameters: AbsenceParameters = AbsenceParameters()) -> None:
        self._parameters, self._interval, self._due = parameters, parameters.interval, Fraction(0)
        self.kept: list[tuple[Fraction, Picture]] = []
        """Time and RGB picture."""

    def due(self, at: Fraction) -> bool:
        """Whether a picture of this time is wanted."""
        return at >= self._due

    def add(self, at: Fraction, picture: Picture) -> None:
        """Keep an RGB picture."""
        self.kept.append((at, picture))
        if len(self.kept) > self._parameters.most:
            self.kept, self._interval = self.kept[::2], 2 * self._interval
        self._due = at + self._interval


def absences(
    pictures: Sequence[tuple[Fraction, Picture]],
    tracks: Sequence[FaceTrack],
    ends: Sequence[Fraction],
    size: tuple[int, int],
    *,
    parameters: AbsenceParameters = AbsenceParameters(),
) -> tuple[Absence, ...]:
    """What became of the person of every track that ends before its shot does.

    pictures: as `PersonPictures` keeps them. ends: of the shots, seconds. size: of the clip, in pixels.
    """
    found = []
    for track in tracks:
        last, until = track.sightings[-1].at, ends[track.shot]
        later = [(at, picture) for at, picture in pictures if last < at < until]
        if len(later) < parameters.least_pictures:
            continue
        person = _Person.learnt(pictures, track, size, parameters)
        if person is not None:
            found.append(_absence(person, track, [at for at, _ in later], [p for _, p in later], size))
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class _Person:
    """The colours of a person and of what is behind them."""

    own: FloatArray
    """Histograms, (bins, bins, bins)."""
    background: FloatArray
    area: float
    """Pixels of the person."""
    structure: float
    """While the face is seen, in the median."""
    foreign: float
    """The same of foreign colours, at their most."""
    parameters: AbsenceParameters

    @classmethod
    def learnt(
        cls,
        pictures: Sequence[tuple[Fraction, Picture]],
        track: FaceTrack,
        size: tuple[int, int],
        parameters: AbsenceParameters,
    ) -> _Person | None:
        """From the beginning of a track; None where there is no background, or no colour of the person's own."""
        begins = track.sightings[0].at
        own, behind, areas, seen = [], [], [], []
        for at, picture in pictures:
            sighting = min(track.sightings, key=lambda one: abs(one.at - at))
            if abs(sighting.at - at) > parameters.interval / 2 or at > begins + parameters.learnt:
                continue
            colours = _colours(picture, parameters)
            body, away = _regions(sighting.box, picture.shape[1] / size[0], colours.shape[:2])
            own.append(colours[body])
            behind.append(colours[away])
            areas.append(float(body.sum()))
            seen.append(colours)
        if not own or sum(map(len, own)) == 0 or sum(map(len, behind)) < parameters.least_background:
            return None
        histograms = [_histogram(np.concatenate(pixels), parameters) for pixels in (own, behind)]
        blank = cls(histograms[0], histograms[1], float(np.median(areas)), 1.0, 0.0, parameters)
        measured = np.array([blank.measured(colours) for colours in seen])
        structure, foreign = float(np.median(measured[:, 0])), float(measured[:, 1].max())
        if structure <= 0:
            return None
        return cls(histograms[0], histograms[1], blank.area, structure, foreign, parameters)

    def measured(self, colours: FloatImage) -> tuple[float, float]:
        """Structure in the person's own colours, and pixels of foreign colours, both over those of the person."""
        limits = self.parameters
        place = tuple(np.moveaxis(_bins(colours, limits), -1, 0))
        own, behind = self.own[place], self.background[place]
        persons = (own > limits.own_ratio * behind) & (own > limits.seen_density)
        foreign = (own <= limits.seen_density) & (behind <= limits.seen_density)
        blurred = np.asarray(cv2.GaussianBlur(colours[..., 0], (0, 0), 1.0), np.float32)
        edges = np.maximum(gradient(blurred) - limits.edge_level, 0)
        around = cv2.dilate(persons.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return float(edges[around].sum()) / self.area / self.structure, float(foreign.sum()) / self.area


def _absence(
    person: _Person,
    track: FaceTrack,
    times: Sequence[Fraction],
    pictures: Sequence[Picture],
    size: tuple[int, int],
) -> Absence:
    limits = person.parameters
    measured = [person.measured(_colours(picture, limits)) for picture in pictures]
    gone = [structure < limits.gone_structure for structure, _ in measured]
    foreign = [share - person.foreign > limits.foreign_share for _, share in measured]
    since = track.sightings[-1].at
    for there, name in ((foreign, "replaced"), (gone, "gone")):
        begins = next((n for n in range(len(there)) if all(there[n:])), None)
        if begins is not None and len(there) - begins >= limits.least_pictures:
            kind: Whereabouts = "replaced" if name == "replaced" else _gone(track, size, limits)
            sure = [
                (share - person.foreign - limits.foreign_share) / limits.foreign_share
                if name == "replaced"
                else (limits.gone_structure - structure) / limits.gone_structure
                for structure, share in measured[begins:]
            ]
            confidence = float(np.mean([0.5 + 0.5 * min(beyond, 1.0) for beyond in sure]))
            return Absence(track=track.id, since=since, kind=kind, at=times[begins], confidence=confidence)
    return Absence(track=track.id, since=since, kind="hidden", at=since)


def _gone(track: FaceTrack, size: tuple[int, int], limits: AbsenceParameters) -> Whereabouts:
    """Whether somebody who is gone has walked out of the picture or vanished in it."""
    last = track.sightings[-1]
    before = next(one.box for one in track.sightings if one.at >= last.at - 1)
    rooms = [(box.x, size[0] - box.right) for box in (before, last.box)]
    for room, now in zip(*rooms, strict=True):
        if now < limits.edge_widths * last.box.w and room - now >= limits.walked_widths * last.box.w:
            return "left"
    return "gone"


def _regions(box: Box, scale: float, shape: tuple[int, ...]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where head and trunk of the face in `box` are, and where they surely are not, in a picture of `shape`.

    Proportions of a figure: the head is an ellipse around the face, the trunk two and a half faces wide, and beside the
    head there is nothing of them.
    """
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    x, y, w, h = (side * scale for side in (box.x, box.y, box.w, box.h))
    across = np.abs(columns - (x + w / 2))
    head = (across / (0.8 * w)) ** 2 + ((rows - (y + 0.4 * h)) / (0.95 * h)) ** 2 < 1
    trunk = (across < 1.3 * w) & (rows > y + 1.15 * h) & (rows < y + 4.5 * h)
    beside = (across > 1.2 * w) & (rows < y + 0.8 * h)
    return head | trunk, beside | (across > 2.6 * w) | (rows < y - 1.2 * h)


def _colours(picture: Picture, limits: AbsenceParameters) -> FloatImage:
    """CIELAB, 8-bit ranges, with the chroma spread."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab[..., 1:] = np.clip(128 + (lab[..., 1:] - 128) * limits.chroma_gain, 0, 255)
    return np.asarray(lab, np.float32)


def _bins(colours: FloatImage, limits: AbsenceParameters) -> NDArray[np.int64]:
    return np.minimum((colours * (limits.bins / 256)).astype(np.int64), limits.bins - 1)


def _histogram(pixels: FloatImage, limits: AbsenceParameters) -> FloatArray:
    from scipy.ndimage import gaussian_filter  # takes a sixth of a second to import, which most jobs do without

    flat = np.ravel_multi_index(tuple(_bins(pixels, limits).T), (limits.bins,) * 3)
    counts = np.bincount(flat, minlength=limits.bins**3).reshape((limits.bins,) * 3).astype(np.float64)
    smooth = gaussian_filter(counts, limits.smoothing)
    return np.asarray(smooth / smooth.sum(), np.float64)
