"""A thing found in a clip by its references, followed, and compared with its own opening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from overlaycut.analyse.shots import CutDetector
from overlaycut.analyse.things.comparing import Parts, laid_over, parts_alike
from overlaycut.analyse.things.finder import Place, by_colours, by_features, laid_out_alike
from overlaycut.analyse.things.parameters import ThingParameters
from overlaycut.analyse.things.views import View, colourful, colours_of, features_of, likeness, view_of
from overlaycut.core.cast import Signature, ThingLook, ThingReport, ThingTrack
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box, FloatArray, shift
from overlaycut.models import AppearanceEmbedding
from overlaycut.vision.thumbnails import reduced, reduced_size, small_rgb

KnownBy: TypeAlias = Literal["features", "last view", "colours", "nothing"]


@dataclass(slots=True, eq=False)
class _Followed:
    """A thing in one shot."""

    shot: int
    opening: View
    around: FloatArray
    """Colours of what was around it then."""
    box: Box
    """Where it was last seen, in pixels of the working picture."""
    last: View
    """As it was last seen."""
    missed: int = 0
    looks: list[ThingLook] = field(default_factory=list)


class ThingAnalyser:
    """One thing of a clip. See `core.analyser.Analyser` for how it is used.

    references: as `reference_view` makes them. appearances: a model that tells one thing from another where their
    features and colours do not; None for none.
    """

    def __init__(
        self,
        name: str,
        references: Sequence[View],
        facts: ClipFacts,
        *,
        appearances: AppearanceEmbedding | None = None,
        parameters: ThingParameters = ThingParameters(),
    ) -> None:
        self._name, self._references, self._appearances = name, references, appearances
        self._parameters = parameters
        self._size = reduced_size(facts.width, facts.height, parameters.long_side_px, least=16)
        self._clip_size = facts.width, facts.height
        self._cut_size = reduced_size(facts.width, facts.height, parameters.colour_px, least=16)
        self._cut_detector = CutDetector()
        self._shot_ends: list[Fraction] = []
        self._shots: list[_Followed] = []
        self._due = Fraction(0)
        self._ends = Fraction(0)

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        self._ends = frame.at + frame.lasts
        if self._cut_detector.see(reduced(frame.y, self._cut_size)):
            self._shot_ends.append(frame.at)
            self._due = frame.at
        if frame.at < self._due:
            return
        self._due = frame.at + self._parameters.interval
        picture = small_rgb(frame, self._size)
        if self._shots and self._shots[-1].shot == len(self._shot_ends):
            self._follow(self._shots[-1], frame, picture)
        else:
            self._search(frame, picture)

    def result(self) -> ThingReport:
        """Where the thing was seen, and how it looked."""
        references, ends = self._references, [*self._shot_ends, self._ends]
        return ThingReport(
            name=self._name,
            tracks=tuple(ThingTrack(shot=one.shot, ends=ends[one.shot], looks=tuple(one.looks)) for one in self._shots),
            size=self._clip_size,
            features=max(len(view.features.points) for view in references),
            colourful=any(colourful(view, self._parameters) for view in references),
            ends=self._ends,
            cuts=tuple(self._shot_ends),
            metric=None if self._appearances is None else self._appearances.metric,
        )

    def _search(self, frame: Frame, picture: Picture) -> None:
        """Find the thing anywhere in an RGB picture, and begin to follow it."""
        place, view = self._found(picture, self._references)
        if place is None or view is None:
            return
        opening = self._view_at(picture, place.box, view)
        if opening is None:
            return
        around = self._surroundings(picture, place.box)
        one = _Followed(len(self._shot_ends), opening, around, place.box, opening)
        self._shots.append(one)
        self._look(one, frame, picture, place, "features" if place.matrix is not None else "colours")

    def _found(self, picture: Picture, views: Sequence[View]) -> tuple[Place | None, View | None]:
        """The largest place with the features of a view, else one with the colours of a view; and the view."""
        limits = self._parameters
        seen = features_of(picture, parameters=limits)
        places = [(by_features(view, seen, self._size, parameters=limits), view) for view in views]
        sure = [(place, view) for place, view in places if place is not None]
        if sure:
            return max(sure, key=lambda one: one[0].box.area)
        for view in views:
            if colourful(view, limits):
                place = by_colours([view], picture, parameters=limits)
                if place is not None and laid_out_alike(view, picture, place.box, limits):
                    return place, view
        return None, None

    def _follow(self, one: _Followed, frame: Frame, picture: Picture) -> None:
        """Find the thing near where it was, else anywhere; else look at the place where it was."""
        place, known_by = self._near(one, picture)
        if place is None and one.missed:
            place, view = self._found(picture, [one.opening, *self._references])
            known_by = "features" if place is None or place.matrix is not None else "colours"
            if place is not None and view is not one.opening:
                place = Place(place.box, None, place.certainty)
        one.missed = 0 if place is not None else one.missed + 1
        if place is None:
            place, known_by = Place(one.box, None, 0.0), "nothing"
        self._look(one, frame, picture, place, known_by)

    def _near(self, one: _Followed, picture: Picture) -> tuple[Place | None, KnownBy]:
        limits = self._parameters
        around = one.box.grown(round(limits.near * max(one.box.w, one.box.h))).clipped(*self._size)
        if around is None:
            return None, "nothing"
        seen = features_of(np.ascontiguousarray(picture[around.slices]), parameters=limits)
        choices: tuple[tuple[View, KnownBy], ...] = ((one.opening, "features"), (one.last, "last view"))
        for view, known_by in choices:
            place = by_features(view, seen, (around.w, around.h), parameters=limits)
            if place is None or place.matrix is None or not self._plausible(one, place.box):
                continue
            box = Box(place.box.x + around.x, place.box.y + around.y, place.box.w, place.box.h)
            if known_by == "features":
                return Place(box, shift(around.x, around.y) @ place.matrix, place.certainty), known_by
            if self._is_itself(one, picture, box):
                return Place(box, None, place.certainty), known_by
            one.box = box
        return self._near_by_colours(one, picture, around), "colours"

    def _near_by_colours(self, one: _Followed, picture: Picture, around: Box) -> Place | None:
        """The place near the last one that has its colours, part by part, and those of the opening."""
        limits = self._parameters
        place = by_colours([one.last, one.opening], picture, within=around, parameters=limits)
        if place is None or not self._plausible(one, place.box) or not self._is_itself(one, picture, place.box):
            return None
        alike = any(laid_out_alike(view, picture, place.box, limits) for view in (one.last, one.opening))
        return place if alike else None

    def _plausible(self, one: _Followed, box: Box) -> bool:
        most = self._parameters.times_larger
        return 1 / most <= box.area / one.box.area <= most

    def _is_itself(self, one: _Followed, picture: Picture, box: Box) -> bool:
        """Whether a place still has the colours of the opening: what came in its place is followed as well."""
        view = self._view_at(picture, box, one.last)
        return view is not None and likeness(one.opening.colours, view.colours) >= self._parameters.itself

    def _look(self, one: _Followed, frame: Frame, picture: Picture, place: Place, known_by: KnownBy) -> None:
        limits = self._parameters
        view = self._view_at(picture, place.box, one.last)
        if view is None:
            return
        colours, detail = self._parts(one, picture, place)
        scale = self._clip_size[0] / self._size[0]
        x, y, w, h = (round(side * scale) for side in (place.box.x, place.box.y, place.box.w, place.box.h))
        around = np.maximum(one.around, self._surroundings(picture, place.box))
        strange = (one.opening.colours < limits.seen_density) & (around < limits.seen_density)
        one.looks.append(
            ThingLook(
                index=frame.index,
                at=frame.at,
                box=Box(x, y, max(w, 1), max(h, 1)),
                known_by=known_by,
                certainty=place.certainty,
                colours=likeness(one.opening.colours, view.colours),
                reference_colours=max(likeness(each.colours, view.colours) for each in self._references),
                foreign=float(view.colours[strange].sum()),
                behind=likeness(around / max(float(around.sum()), 1e-9), view.colours),
                cell_colours=colours,
                cell_detail=detail,
                signature=self._signature(view),
            )
        )
        one.box = place.box
        if known_by in ("features", "last view"):
            one.last = view

    def _parts(self, one: _Followed, picture: Picture, place: Place) -> tuple[Parts, Parts]:
        """Colours and detail of the parts of a place, where it can be laid over the opening."""
        if not one.looks:
            return parts_alike(one.opening, one.opening.picture, parameters=self._parameters)
        if place.matrix is None:
            return (), ()
        return parts_alike(one.opening, laid_over(one.opening, picture, place.matrix), parameters=self._parameters)

    def _view_at(self, picture: Picture, box: Box, like: View) -> View | None:
        """What an RGB picture shows in a box, cut out by the mask of a view; None where nothing is left."""
        inside = np.zeros(picture.shape[:2], np.uint8)
        inside[box.slices] = np.where(reduced(like.mask, (box.w, box.h)) > 127, 255, 0)
        return view_of(picture, inside, parameters=self._parameters) if inside.any() else None

    def _surroundings(self, picture: Picture, box: Box) -> FloatArray:
        """Colours around a box."""
        outside = np.full(picture.shape[:2], 255, np.uint8)
        outside[box.slices] = 0
        return colours_of(picture, outside)

    def _signature(self, view: View) -> Signature | None:
        if self._appearances is None:
            return None
        return Signature(self._appearances.metric.model, self._appearances.embed(view.picture, view.mask))
