"""Gates: measures on the pixels of a repair, each with a limit beyond which the repair failed.

All look at a few pairs of neighbouring frames of every repaired region, and need no truth: a repair is held against
the clip before it, against the surround, and, where lettering was put back, against its reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

import numpy as np

from overlaycut.core.frame import Frame, Mask, Picture
from overlaycut.core.geometry import Box, FloatArray, Homography
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.core.repaired import RepairedFrame
from overlaycut.models.text_segmentation import TextSegmenter, text_segmenter
from overlaycut.qc.contour_profile import ContourParameters, ContourProfiles
from overlaycut.qc.edges_lost import EdgesLostParameters, edges_lost
from overlaycut.qc.flicker import FlickerMeter
from overlaycut.qc.ink_leftovers import InkLeftoverParameters, ink_left
from overlaycut.qc.patterns import PatternParameters, beyond_chance, ghost
from overlaycut.qc.region_view import RegionView, ViewParameters, crop_of, filled, sampled_pairs, staying, view_of
from overlaycut.qc.restored_likeness import Likeness, LikenessParameters, RestoredReference
from overlaycut.qc.sliding import DisplacementErrors, SlidingParameters, boiled, pair_difference, slid_overall
from overlaycut.qc.strokes_left import StrokesLeftParameters, strokes_left

GateName: TypeAlias = Literal[
    "strokes",
    "ghost",
    "ink",
    "edges",
    "seam",
    "texture",
    "sliding",
    "boiling",
    "pulsing",
    "flicker",
    "likeness",
    "regression",
    "place",
    "sharpness",
]
"""What a gate looks at; `GATES` says what each is."""

Status: TypeAlias = Literal["pass", "fail", "n/a"]
"""n/a: there was nothing to measure by; that is no pass."""

GATES: Mapping[GateName, str] = {
    "strokes": "strokes of the original lettering are left",
    "ghost": "the original lettering shows through the fill",
    "ink": "strokes in the lettering's colours are left",
    "edges": "an edge of the picture breaks off in the fill",
    "seam": "the contour of the fill shows",
    "texture": "the fill is smoother than its surround",
    "sliding": "the repair slides over its surface",
    "boiling": "the fill changes from frame to frame more than its surround",
    "pulsing": "the repair's brightness changes from frame to frame",
    "flicker": "the repair flickers",
    "likeness": "the lettering is not like the reference",
    "regression": "the lettering is less like the reference than it was in the clip",
    "place": "the lettering is not where its surround has it",
    "sharpness": "the lettering is softer than its surround",
}
"""What is wrong when the gate fails, in words."""

_ERASED: tuple[GateName, ...] = (
    "strokes",
    "ghost",
    "ink",
    "edges",
    "seam",
    "texture",
    "sliding",
    "boiling",
    "pulsing",
    "flicker",
)
_TYPESET: tuple[GateName, ...] = ("sliding", "pulsing", "flicker")
_RESTORED: tuple[GateName, ...] = ("likeness", "regression", "place", "sharpness", "sliding", "pulsing", "flicker")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateParameters:
    """Limits of the gates, set by the tuning half of benchmarks/gates.py; and how each is measured."""

    most_strokes: float = 0.6
    """Strokes that the network still finds in a letter, over those that it had."""
    most_ghost: float = 0.25
    """Contrast of the original lettering in the fill, over what it had."""
    ghost_overall: float = 2.0
    """Times that the contrast of all lettering together counts against that of a single letter: chance has less."""
    most_ink: float = 0.25
    """Area of ink that is left, over the ink's area."""
    most_edges_lost: float = 0.4
    """Share of an edge that runs through the fill and is missing there; truths reach 0.31."""
    most_seam: float = 2.0
    """Levels of luma by which the contour stands out."""
    least_texture: float = 0.7
    """Texture that goes on under the letters, over that between them."""
    most_sliding: float = 0.4
    """Pixels per frame."""
    most_boiling: float = 1.4
    """Change from frame to frame over that of the surround, after its motion."""
    most_pulsing: float = 2.0
    """Levels per frame."""
    most_flicker: float = 3.0
    """Temporal error over that of the surround."""
    least_likeness: float = 0.6
    """Correlation with the reference; less is allowed where the clip's intact lettering has less."""
    likeness_slack: float = 0.12
    """By how much the correlation may stay below that of the clip's intact lettering."""
    most_regression: float = 0.08
    """By how much the correlation may be below that of the same frame before, where that was fine."""
    fine: float = 0.6
    """Correlation with the reference from which a frame of the clip was fine before; less where `likeness` asks for
    less."""
    most_displaced: float = 0.08
    """Distance from the right place, over the lettering's height."""
    least_displaced_px: float = 1.5
    """Pixels that are allowed whatever the height."""
    most_blur: float = 0.04
    """Blur that the lettering may have beyond its surround, over its height."""
    least_blur_px: float = 1.0
    """Pixels of it that are allowed whatever the height."""
    quantile: float = 0.75
    """Share of the frames that are better than the value which counts."""
    least_pairs: int = 2
    """Frames, or pairs of them, without which a measure is n/a."""
    intact_frames: int = 5
    """Frames before the repair that are looked at for the clip's intact lettering."""
    view: ViewParameters = field(default_factory=ViewParameters)
    pattern: PatternParameters = field(default_factory=PatternParameters)
    ink: InkLeftoverParameters = field(default_factory=InkLeftoverParameters)
    edges: EdgesLostParameters = field(default_factory=EdgesLostParameters)
    contour: ContourParameters = field(default_factory=ContourParameters)
    strokes: StrokesLeftParameters = field(default_factory=StrokesLeftParameters)
    motion: SlidingParameters = field(default_factory=SlidingParameters)
    likeness: LikenessParameters = field(default_factory=LikenessParameters)


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate of one region."""

    gate: GateName
    status: Status
    value: float | None
    """What was measured; None where nothing could be."""
    limit: float
    worst_frame: int | None
    """The frame in which it is worst."""

    @property
    def words(self) -> str:
        """What is wrong, with the numbers."""
        value = "" if self.value is None else f" ({self.gate} {self.value:.2f}, limit {self.limit:.2f})"
        where = "" if self.worst_frame is None else f", worst in frame {self.worst_frame}"
        return f"{GATES[self.gate]}{value}{where}"

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON values."""
        value = None if self.value is None else round(self.value, 4)
        return {
            "gate": self.gate,
            "status": self.status,
            "value": value,
            "limit": round(self.limit, 4),
            "worst_frame": self.worst_frame,
        }


_Measured: TypeAlias = tuple[float | None, int | None]
"""A value, None where nothing could be measured; and the frame in which it is worst, where one is."""


class PixelGates:
    """Measures every repaired region. Push every repaired frame, in display order.

    reference: the picture that the plan's reference quads lie in; without it, restored regions are n/a.
    segmenter: finds strokes that were left; without it that gate is n/a (see `segmenter_for`).
    """

    def __init__(
        self,
        plan: EditPlan,
        *,
        reference: Picture | None = None,
        segmenter: TextSegmenter | None = None,
        parameters: GateParameters = GateParameters(),
    ) -> None:
        still = None if reference is None else Frame.from_rgb(reference, index=0, at=Fraction(0), lasts=Fraction(1))
        self._flicker = FlickerMeter(plan)
        changed = [region for region in plan.regions if region.changes]
        kept = [region for region in plan.regions if not region.changes]
        self._regions = [_RegionGates(region, kept, still, segmenter, parameters) for region in changed]

    def see(self, after: RepairedFrame) -> None:
        """Take in one frame."""
        self._flicker.see(after)
        for region in self._regions:
            region.see(after)

    @property
    def flicker_ratio(self) -> dict[str, float | None]:
        """Region → temporal error over that of its surround; None where it cannot be measured."""
        return self._flicker.result()

    @property
    def flicker_course(self) -> dict[str, tuple[tuple[int, float], ...]]:
        """Region → (frame, temporal error inside over that of the surround) over time."""
        return self._flicker.course()

    def result(self) -> dict[str, tuple[GateResult, ...]]:
        """Region → its gates."""
        flicker = self._flicker.result()
        return {one.region.id: one.result(flicker.get(one.region.id)) for one in self._regions}


class _RegionGates:
    """What was measured of one region."""

    def __init__(
        self,
        region: RegionPlan,
        kept: Sequence[RegionPlan],
        still: Frame | None,
        segmenter: TextSegmenter | None,
        parameters: GateParameters,
    ) -> None:
        self.region, self._kept, self._parameters, self._segmenter = region, kept, parameters, segmenter
        self._kinds = _gates_of(region)
        self._firsts = frozenset(sampled_pairs(region, parameters.view)) if self._kinds else frozenset()
        self._first: tuple[RegionView, Box] | None = None
        self._values: dict[str, list[tuple[int, float]]] = {kind: [] for kind in self._kinds}
        self._segmented = _spread(sorted(self._firsts), parameters.strokes.frames)
        self._contours = ContourProfiles(parameters.contour)
        self._displacements: list[DisplacementErrors] = []
        self._ghosts: dict[int, FloatArray] = {}
        self._reference: RestoredReference | None = None
        if "likeness" in self._kinds and still is not None and region.reference_quad is not None and region.edit:
            quads = [region.quads[i] for i in region.edit if i in region.quads]
            if quads:
                self._reference = RestoredReference(still, region.reference_quad, quads, parameters.likeness)
        self._intact_at = _before(region, parameters.intact_frames)
        self._intact: list[Likeness] = []

    def see(self, after: RepairedFrame) -> None:
        index = after.frame.index
        if self._first is not None and self._first[0].index == index - 1 and index in self.region.quads:
            first, box = self._first
            second = self._view(after, box)
            track = _track(self.region, index, box, second)
            found = pair_difference(
                first, second, track, self._parameters.motion, on_track=self.region.decision == "restore"
            )
            self._add("sliding", index, found.sliding)
            if found.errors is not None:
                self._displacements.append(found.errors)
            self._add("pulsing", index, found.pulsing)
        self._first = None
        if self._reference is not None and index in self._intact_at:
            self._intact.append(
                self._reference.likeness(after.before, self.region.quads[index], self._disturbed(after))
            )
        if index in self._firsts:
            self._look(after)

    def _look(self, after: RepairedFrame) -> None:
        parameters, index = self._parameters, after.frame.index
        box = crop_of(self.region, index, after.frame.width, after.frame.height, parameters.view)
        if box is None or not after.layers:
            return
        view = self._view(after, box)
        if not view.replaced.any():
            return
        self._first = view, box
        if "ghost" in self._kinds:
            self._look_for_leftovers(view, box, after)
        if self._reference is not None:
            self._compare(self._reference, after)

    def _look_for_leftovers(self, view: RegionView, box: Box, after: RepairedFrame) -> None:
        parameters, index = self._parameters, view.index
        local, self._ghosts[index] = ghost(view, parameters.pattern)
        self._add("ghost", index, local)
        self._add("ink", index, ink_left(view, parameters.ink))
        self._contours.see(view)
        if index in self._segmented:
            self._add("edges", index, edges_lost(view, parameters.edges))
        if self._segmenter is not None and index in self._segmented:
            pictures = after.before.patch(box), after.frame.patch(box)
            quad = self.region.quads[index]
            self._add("strokes", index, strokes_left(view, pictures, quad, self._segmenter, parameters.strokes))

    def _view(self, after: RepairedFrame, box: Box) -> RegionView:
        index = after.frame.index
        kept = staying(self.region, self._kept, index, self._parameters.view)
        return view_of(after, self.region, box, self._parameters.view, kept=kept)

    def _disturbed(self, after: RepairedFrame) -> Mask:
        """Pixels by which nothing is located: those of repairs and of other lettering, which may be broken."""
        index = after.frame.index
        quads = staying(self.region, self._kept, index, self._parameters.view)
        return (after.mask > 0) | filled(quads, Box(0, 0, after.frame.width, after.frame.height))

    def _compare(self, reference: RestoredReference, after: RepairedFrame) -> None:
        index, quad = after.frame.index, self.region.quads[after.frame.index]
        disturbed = self._disturbed(after)
        now = reference.likeness(after.frame, quad, disturbed)
        was = reference.likeness(after.before, quad, disturbed, place=False)
        self._add("likeness", index, now.correlation)
        fine = was.correlation >= min(self._parameters.fine, self._limit("likeness")[0])
        self._add("regression", index, was.correlation - now.correlation if fine else None)
        self._add("place", index, now.displaced)
        intact = [one.blur for one in self._intact if one.blur is not None]
        # Nothing sharper is asked for than the surround is, or the lettering was while it was intact.
        known = [blur for blur in (now.surround_blur, float(np.median(intact)) if intact else None) if blur is not None]
        due = max(known, default=None)
        if now.blur is not None and due is not None:
            self._add("sharpness", index, _beyond(now.blur, due))

    def _add(self, kind: str, index: int, value: float | None) -> None:
        if value is not None:
            self._values[kind].append((index, value))

    def result(self, flicker: float | None) -> tuple[GateResult, ...]:
        return tuple(self._result(kind, flicker) for kind in self._kinds)

    def _result(self, kind: GateName, flicker: float | None) -> GateResult:
        limit, higher_is_worse = self._limit(kind)
        value, worst = self._measured(kind, flicker, higher_is_worse)
        return _judged(kind, value, limit, worst, higher_is_worse=higher_is_worse)

    def _measured(self, kind: GateName, flicker: float | None, higher_is_worse: bool) -> _Measured:
        if kind == "flicker":
            return flicker, None
        if kind in ("seam", "texture", "boiling"):
            return self._together(kind), None
        if kind == "ghost" and not self._values["ink"]:
            return None, None  # no strokes with colours of their own stood there
        value, worst = self._over_frames(kind, higher_is_worse)
        if kind == "ghost" and value is not None:
            whole = beyond_chance(np.mean(list(self._ghosts.values()), axis=0), self._parameters.pattern)
            value = max(value, self._parameters.ghost_overall * whole)
        if kind == "sliding" and len(self._displacements) >= self._parameters.least_pairs:
            overall = slid_overall(self._displacements, self._parameters.motion)
            value = max((one for one in (value, overall) if one is not None), default=None)
        return value, worst

    def _together(self, kind: GateName) -> float | None:
        """What is measured on all frames together."""
        if kind == "boiling":
            return boiled(self._displacements, self._parameters.motion)
        return self._contours.seam() if kind == "seam" else self._contours.texture()

    def _over_frames(self, kind: GateName, higher_is_worse: bool) -> _Measured:
        """The value that all but a quarter of the frames keep to, and the worst frame."""
        values = self._values[kind]
        # Few frames are looked at, and lettering that comes or goes shows in fewer.
        few = kind in ("strokes", "edges")
        least = 1 if few else min(self._parameters.least_pairs, max(len(self._firsts), 1))
        if len(values) < least:
            return None, None
        sign = 1 if higher_is_worse else -1
        worst = max(values, key=lambda one: sign * one[1])[0]
        # Where the picture moves the network errs in single frames.
        share = 0.5 if few else self._parameters.quantile
        return sign * float(np.quantile([sign * v for _, v in values], share)), worst

    def _limit(self, kind: GateName) -> tuple[float, bool]:
        """The limit, and whether larger values than it fail."""
        p = self._parameters
        if kind == "likeness":
            intact = [one.correlation for one in self._intact]
            own = float(np.median(intact)) - p.likeness_slack if intact else p.least_likeness
            return min(p.least_likeness, own), False
        if kind == "texture":
            return p.least_texture, False
        if kind == "place":
            height = 0.0 if self._reference is None else self._reference.height
            return max(p.most_displaced * height, p.least_displaced_px), True
        if kind == "sharpness":
            height = 0.0 if self._reference is None else self._reference.height
            return max(p.most_blur * height, p.least_blur_px), True
        limits: dict[GateName, float] = {
            "strokes": p.most_strokes,
            "ghost": p.most_ghost,
            "ink": p.most_ink,
            "edges": p.most_edges_lost,
            "seam": p.most_seam,
            "sliding": p.most_sliding,
            "boiling": p.most_boiling,
            "pulsing": p.most_pulsing,
            "flicker": p.most_flicker,
            "regression": p.most_regression,
        }
        return limits[kind], True


def segmenter_for(plan: EditPlan) -> TextSegmenter | None:
    """What the gates of a plan need to find strokes; None where it erases nothing.

    Raises MissingPart when onnxruntime or the weights are missing.
    """
    return text_segmenter() if any(region.decision == "erase" for region in plan.regions) else None


def failures(results: Mapping[str, Sequence[GateResult]]) -> dict[str, str]:
    """Region → what is wrong with it, in words; regions with nothing wrong are left out."""
    found = {name: [one.words for one in gates if one.status == "fail"] for name, gates in results.items()}
    return {name: "; ".join(words) for name, words in found.items() if words}


def _gates_of(region: RegionPlan) -> tuple[GateName, ...]:
    if region.decision == "erase":
        return _ERASED
    if region.decision == "restore":
        return _RESTORED if region.typeset is None else _TYPESET
    return ()


def _track(region: RegionPlan, index: int, box: Box, view: RegionView) -> Homography:
    """The affine motion of a region from frame `index` - 1 to `index`, in pixels of a view's crop: (2, 3)."""
    shrunk = view.reach.shape[1] / box.w
    one, two = ((region.quads[i].array() - (box.x, box.y)) * shrunk - 0.5 for i in (index - 1, index))
    fit, *_ = np.linalg.lstsq(np.column_stack([one, np.ones(4)]), two, rcond=None)
    return np.asarray(fit.T, dtype=np.float64)


def _before(region: RegionPlan, count: int) -> frozenset[int]:
    """The last frames before the repair."""
    if region.edit is None:
        return frozenset()
    earlier = [i for i in sorted(region.quads) if i < region.edit.start and region.visibility.get(i, 1.0) > 0.9]
    return frozenset(earlier[-count:])


def _spread(frames: Sequence[int], count: int) -> frozenset[int]:
    """At most `count` of some frames, evenly spread."""
    return frozenset(frames[round(n)] for n in np.linspace(0, len(frames) - 1, count)) if frames else frozenset()


def _beyond(blur: float, surround: float) -> float:
    """Blur that the lettering has beyond its surround, in pixels; negative where it is sharper."""
    return float(np.sign(blur - surround) * np.sqrt(abs(blur**2 - surround**2)))


def _judged(
    kind: GateName, value: float | None, limit: float, worst: int | None, *, higher_is_worse: bool = True
) -> GateResult:
    if value is None:
        return GateResult(kind, "n/a", None, limit, None)
    failed = value > limit if higher_is_worse else value < limit
    return GateResult(kind, "fail" if failed else "pass", value, limit, worst)
