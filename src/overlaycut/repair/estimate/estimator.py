"""One pass over a clip that learns what a region's repair needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Mask
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.plan import Cover, RegionPlan, Typeset
from overlaycut.repair.composite.patch import Fading, Patch, RegionAppearance
from overlaycut.repair.cover import CoverSurface, Graphic, Sides, designed, graphic, is_graphic, standing
from overlaycut.repair.estimate.forecast import Forecast
from overlaycut.repair.estimate.static_text import StaticText
from overlaycut.repair.estimate.track_refinement import RefinedTrack
from overlaycut.repair.fill.flow_guided import FlowGuidedFill
from overlaycut.repair.fill.plate import Fill, borrowed, filled
from overlaycut.repair.retypeset.renderer import OriginalText, TextRenderer, original_text
from overlaycut.repair.retypeset.typesetting import retypeset
from overlaycut.repair.segment.text_colours import text_colours
from overlaycut.repair.segment.text_segmentation import TextSegmentation, elsewhere, strokes
from overlaycut.vision.deformation import Deformation
from overlaycut.vision.filters import (
    Colours,
    FloatImage,
    FloatPlane,
    blurred,
    bytes_of,
    closed,
    dilated,
    scaled,
    scaled_mask,
    smeared,
)
from overlaycut.vision.illumination import Light, LightTrack, grid_size, light_between, light_share
from overlaycut.vision.polygons import polygon_mask
from overlaycut.vision.rectification import COVER_MARGIN, MARGIN, RectifiedPlane, layer_of
from overlaycut.vision.texture import (
    BLURS,
    Noise,
    blur_between,
    edge_strength,
    noise_level,
)

LEAD_IN = 8
"""Frames before a repair that are looked at too: there the lettering is often still right."""

_DENSITY = 1.25
"""Sheet pixels to a picture pixel: patches are sampled twice on their way, and this keeps them crisp."""

_MOST_PIXELS = 700_000
_MOST_LOOKED_AT = 32_000
"""Pixels of the coarse sheet on which light and what is in front are judged in every frame."""

_SAMPLE_BYTES = 32_000_000
_MOST_SAMPLES = 24
_PAIRS = 4
"""Samples whose next frame is kept as well, to tell noise from texture."""

_LIGHT_SIGMA = 1.5
"""Frames over which light is smoothed."""

_SEEN = 0.6
"""Visibility from which a frame may serve as the picture that a region is taken from."""

_LEAST_KEPT = 0.65
"""Contrast of ink against what it should be, below which it is fading rather than lit otherwise."""

_GROWN = 0.7
"""Share of its life after which invented lettering is as it will be."""

_SAME = 0.9
"""Correlation with the reference from which a frame's lettering counts as nearly right."""

_WRITTEN = 0.02
"""Coverage from which a pixel belongs to new lettering."""

_MOST_GUESSED_BLUR = 1.1
_MOST_GRAIN = 4.0
_FOLLOWED = 0.5
"""Share of the surround that must go with the region, in the median frame, for them to be one surface."""
_ENLARGED = 1.25
"""Times that the clip may show lettering larger than its reference before it looks soft."""
_WELL_BEFORE = 2
"""Frames before the onset in which the clip's own lettering is surely right."""
_ALIKE = 0.4
"""Correlation of the reference with such a frame below which one of them is not what it is taken for."""
_BAD_GUESS = 28.0
"""Levels by which a guess is off when it shows at once: its quality is then 1/e."""
_LEAST_ROOM = 24
"""Pixels around standing lettering in which the picture's motion is seen, at least."""
_STANDS = 1.5
"""Pixels by which a region may move and still stand on the screen."""
_MOVES = 0.12
"""Share of the surround of a standing region that must change for the picture behind it to be a moving one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    index: int
    fine: NDArray[np.uint8]
    light: Light
    hidden: Mask
    """Ink, things in front and what is out of the frame, on the coarse sheet."""
    noise: Noise
    """Of the frame itself, around the region."""


class RepairEstimator:
    """Learns about one region, frame by frame in display order; `patch` makes what is laid over it."""

    def __init__(
        self,
        region: RegionPlan,
        *,
        span: Span,
        followed: RefinedTrack,
        reference: Frame | None,
        reference_is_frame: bool,
        text_renderer: TextRenderer | None = None,
        guess: Fill | None = None,
    ) -> None:
        self.span = span
        self._region = region
        self._letterer = text_renderer
        self._guess = guess
        self.font: str | None = None
        """The font of what was set anew, once `repair` has been called; None when nothing was."""
        self._agreement: float | None = None
        self._guess_error: float | None = None
        self._seen_share = 1.0
        # A rectangle that a person drew is its own limit; lettering that was found spills over its quad.
        self._drawn_by_hand = region.decided_by == "person" and region.reference_quad is None
        self._quads = quads = followed.quads
        self._bends, self._blurs = followed.bends, followed.blurs
        shown = [quads[index] for index in span if index in quads]
        # What is set around a region needs the more room the larger it is.
        margin = COVER_MARGIN if region.decision == "cover" else MARGIN
        self._fine = RectifiedPlane.around(shown, density=_DENSITY, most_pixels=_MOST_PIXELS, margin=margin)
        share = min((_MOST_LOOKED_AT / (self._fine.width * self._fine.height)) ** 0.5, 1.0)
        self._coarse = self._fine.resized(
            max(round(self._fine.width * share), 8), max(round(self._fine.height * share), 8)
        )
        # Light is smooth: half the resolution is plenty to see it by.
        half = 2 if min(self._coarse.width, self._coarse.height) > 60 else 1
        self._light_size = self._coarse.width // half, self._coarse.height // half
        self._grid = grid_size(*self._light_size, lettering_height=self._coarse.lettering[1] / half)
        self._own = self._coarse.region(grown=min(0.12 * self._coarse.lettering[1], 6) + 2)
        self._visibility = {index: region.visibility.get(index, 1.0) for index in quads}
        self._chosen = self._sampled_frames()
        self._lights: dict[int, Light] = {}
        self._touched = np.zeros((self._coarse.height, self._coarse.width), np.bool_)
        self._samples: list[_Sample] = []
        self._followed: list[float] = []
        self._held: Mask | None = None
        corners = np.array([quad.array() for quad in shown])
        still = float(np.abs(corners - np.median(corners, axis=0)).max()) < _STANDS
        goes = region.decision == "erase" or (region.decision == "restore" and region.typeset is not None)
        self._stands = still and goes
        self._screen: Box | None = None
        self._standing: StaticText | None = None
        self.ready = False
        """Whether there is a picture that the region is taken from."""
        self._strayed = np.zeros_like(self._touched)
        self._last_light: Light | None = None
        seen_there = not reference_is_frame or region.visibility.get(0, 1.0) >= _SEEN
        self.starts_at: int | None = self._best_frame()
        """The frame that the region is taken from, or None when it is taken from the reference picture."""
        if reference is not None and region.reference_quad is not None and (seen_there or region.decision == "restore"):
            self._start_from(reference, region.reference_quad)
            self.starts_at = None

    def start(self, frame: Frame) -> None:
        """Take the region from `frame`, which is the one it asked for in `starts_at`."""
        self._start_from(frame, self._quads[frame.index], self._bends.get(frame.index))

    def see(self, frame: Frame) -> None:
        """Take in one frame."""
        quad = self._quads.get(frame.index)
        if self._stands and quad is not None and frame.index in self.span:
            self._watch(frame, quad)
        if not self.ready or quad is None or self._visibility[frame.index] <= 0.02:
            return
        bend = self._bends.get(frame.index)
        seen, room = self._coarse.read(frame, quad, bend)
        # Strokes wander slowly: where they were a moment ago is no bare surface now.
        surface = room & self._bare & ~self._strayed
        light = light_between(
            self._dim,
            scaled(seen, self._light_size, area=True),
            scaled_mask(surface, self._light_size, share=0.99),
            grid=self._grid,
            before=self._last_light,
        )
        self._followed.append(light.support / max(float(surface.mean()), 1e-6))
        self._last_light = self._lights[frame.index] = light
        front = self._looks.in_front(seen, light, room=room, held=self._held)
        self._held = front
        ink = self._looks.ink_in(seen, light, region=self._own) & ~dilated(front, 2)
        if self._region.decision == "restore" and self._tells_contrast(frame.index):
            found = self._looks.contrast_in(seen, light, ink, own=self._strokes.ink)
            if found is not None and _LEAST_KEPT < found < 1 / _LEAST_KEPT:
                self._lights[frame.index] = replace(light, contrast=found)
        self._strayed = dilated(ink, self._strokes.halo_px)
        if frame.index in self.span:
            self._touched |= ink & self._reach
        if frame.index in self._chosen:
            faint = self._looks.ink_in(seen, light, region=self._own, limit=self._looks.ghost_limit)
            if self._looks.agrees(seen, self._strokes.ink):
                faint |= self._strokes.ink
            hidden = dilated(faint | front, self._strokes.halo_px + 1) | ~room
            fine, _ = self._fine.read(frame, quad, bend)
            whole = bytes_of(fine)
            self._samples.append(_Sample(frame.index, whole, light, hidden, self._noise(frame, quad)))

    def forecast(self) -> Forecast:
        """What is to be expected of the repair; to be asked after it was made."""
        notes = []
        if self._region.decision == "restore" and self._region.typeset is None:
            assert self._region.reference_quad is not None  # `prepare` sees to it
            largest = max(abs(quad.area) for quad in self._shown().values())
            scale = (largest / max(abs(self._region.reference_quad.area), 1e-6)) ** 0.5
            if scale > _ENLARGED:
                notes.append(
                    f"the picture it is taken from shows it at {1 / scale:.0%} of the clip's size: it will be soft"
                )
            if self._agreement is not None and self._agreement < _ALIKE:
                notes.append(
                    f"the reference fits the clip's own good lettering badly (correlation {self._agreement:.2f})"
                )
                return Forecast(max(self._agreement, 0.0) / 2, tuple(notes))
        if self._guess_error is not None:
            notes.append(
                f"{1 - self._seen_share:.0%} of what lies under it shows in no frame; bare surface nearby is guessed "
                f"to {self._guess_error:.0f} levels"
            )
            return Forecast(float(np.exp(-self._guess_error / _BAD_GUESS)), tuple(notes))
        return Forecast(1.0, tuple(notes))

    def repair(self) -> tuple[Patch | Graphic | FlowGuidedFill, ...]:
        """What is laid over the region from now on."""
        overlaid = self._drawn_by_hand or self._region.kind == "subtitle"
        if self._standing is None or not (overlaid or self._moves_behind()):
            return (self._patch(),)
        words = self._region.typeset
        if words is None:
            return (self._behind(),)
        return self._behind(), Graphic.of_words(self._fine, *self._newly_set(words, self._surface_fine), self._shown())

    def _patch(self) -> Patch | Graphic:
        mask = self._mask(self._touched)
        share = 0.0
        picture = self._base_picture
        words = self._region.typeset
        if self._region.decision == "erase" or (self._region.decision == "restore" and words is not None):
            picture, share = self._plate(mask)
        under = self._surface_fine
        if self._region.decision == "restore" and words is not None:
            under = picture
            picture, inked = self._newly_set(words, under)
            mask |= inked > _WRITTEN
        blur, contrast = (0.0, 1.0) if self._region.decision != "restore" else self._sharpness()
        if not any(light.contrast is not None for light in self._lights.values()):
            picture = under + contrast * (picture - under)
        alpha = self._alpha(mask)
        cover = self._region.cover or Cover()
        if self._region.decision == "cover":
            quads = self._shown()
            sides = Sides.around(mask, sheet=self._fine)
            ground = CoverSurface(self._fine, self._surface_fine, sides, self._stood(), self._ink())
            if cover.fixed:
                ground, quads = standing(ground, quads)
            words_on_it = None if words is None else self._lettered(ground.stood)
            if is_graphic(cover) or self._moves_behind():
                return graphic(cover, ground, words, words_on_it, quads)
            picture, alpha = designed(cover, ground, words, words_on_it)
        lights = LightTrack.smoothed(self._lights, sigma=_LIGHT_SIGMA) if self._lights else None
        fading = Fading(
            self.span,
            into=self._region.decision == "restore" and self._region.span.start < self.span.start,
            out_of=self._region.decision == "restore" and self._region.span.end > self.span.end,
            visibility=dict(self._visibility) if self._region.decision != "erase" else {},
        )
        part = Box.of(alpha).grown(4)
        part = part.clipped(self._fine.width, self._fine.height) or part
        cut = part.slices
        patch = Patch(
            sheet=self._fine.part(part),
            place=(part, self._fine.width, self._fine.height),
            coarse=self._coarse,
            picture=picture[cut],
            alpha=alpha[cut],
            under=under[cut] if self._region.decision == "restore" else None,
            share=light_share(picture, self._surface_fine)[cut],
            looks=self._looks,
            lights=lights,
            quads=self._shown(),
            bends=self._bends,
            fading=fading,
            blur=blur,
            blurs=self._blurs if self._region.decision == "restore" else {},
            grain=Noise(0.0, 0.0),
            borrowed=share,
        )
        return patch if self._region.decision == "cover" else patch.with_grain(self._grain(patch))

    def _shown(self) -> dict[int, Quad]:
        """Where the region is in every frame that is changed."""
        return {index: quad for index, quad in self._quads.items() if index in self.span}

    # ---- words that are set anew

    def _newly_set(self, words: Typeset, plate: FloatImage) -> tuple[FloatImage, FloatPlane]:
        """The plate with the plan's words on it, and how much of each pixel they cover."""
        stood = self._stood()
        lettering = self._lettered(stood)
        return retypeset(plate, self._base_picture, self._strokes, stood, lettering, colour=words.colour)

    def _stood(self) -> OriginalText:
        """The lettering whose place is taken, and what it may well read."""
        region = self._region
        right = self.starts_at is None or region.onset_frame is None or self.starts_at < region.onset_frame
        reads = region.expected if right else None
        return original_text(self._base_picture, self._strokes, sheet=self._fine, reads=reads)

    def _ink(self) -> Colours:
        """The colour of its ink, (3,)."""
        return text_colours(self._looks.wanted, self._strokes).face

    def _lettered(self, stood: OriginalText) -> FloatPlane:
        """The coverage of the plan's words where that stood."""
        words = self._region.typeset
        assert words is not None and self._letterer is not None  # `prepare` sees to it
        lettered = self._letterer(words.text, stood, words.font)
        self.font = lettered.font
        return lettered.coverage

    # ---- the picture that the region is taken from

    def _start_from(self, frame: Frame, quad: Quad, bend: Deformation | None = None) -> None:
        self._base_picture, valid = self._fine.read(frame, quad, bend)
        size = (self._coarse.width, self._coarse.height)
        base = scaled(self._base_picture, size, area=True)
        room = scaled(valid.astype(np.uint8), size, area=True).astype(np.bool_)
        found = strokes(base, region=self._own, valid=room, height_px=self._coarse.lettering[1])
        fine = scaled(found.surface, (self._fine.width, self._fine.height))
        self._strokes: TextSegmentation = found
        # Outside the strokes the surface keeps its detail; under them it is what spreads in from their surround.
        covered = dilated(found.ink, found.halo_px)
        clean = np.where(covered[..., None], found.surface, base)
        other = dilated(elsewhere(base, found, room), 2 + found.halo_px)
        self._bare: Mask = room & ~covered & ~other
        # Melted strokes wander by a few widths. Further out, and where something else was from the start,
        # what looks like them is not.
        wander = max(round(min(4 * found.width_px, 0.5 * self._coarse.lettering[1])), 4)
        self._reach: Mask = dilated(self._own, wander) & (covered | ~other)
        self._looks = RegionAppearance(
            surface=clean.astype(np.float32),
            wanted=base,
            colours=found.colours,
            width_px=found.width_px,
            contrast=found.contrast,
            noise=noise_level(base[..., 0], self._bare),
            ink_stays=self._region.state != "lost",
        )
        hole = scaled_mask(covered, (self._fine.width, self._fine.height), share=0.2)
        self.ready = True
        self._dim = scaled(self._looks.surface, self._light_size, area=True)
        self._surface_fine = np.where(hole[..., None], fine, self._base_picture).astype(np.float32)

    def _best_frame(self) -> int:
        """The first frame that shows the region well; for invented lettering, one by which it has grown."""
        grown = self.span.start
        if self._region.state == "invented" and self._region.onset_frame is not None:
            grown = round(self._region.onset_frame + _GROWN * (self.span.end - 1 - self._region.onset_frame))
        usable = [i for i in self.span if i in self._quads]
        best = max((self._visibility[i] for i in usable), default=0.0)
        good = [i for i in usable if self._visibility[i] >= 0.95 * best]
        return next((i for i in good if i >= grown), good[-1])

    def _tells_contrast(self, index: int) -> bool:
        """Whether the ink of a frame has its full strength: fading lettering would pass for low contrast."""
        onset = self._region.onset_frame
        return self._region.state != "lost" or (onset is not None and index < onset)

    # ---- masks

    def _mask(self, touched: Mask) -> Mask:
        """Everything that has to be replaced, on the fine sheet."""
        found = self._strokes
        ink = closed(found.ink | touched, max(round(0.5 * found.width_px), 1) if found.clear else 1)
        size = (self._fine.width, self._fine.height)
        soft = scaled(ink.astype(np.float32), size)
        scale = self._fine.width / self._coarse.width
        return dilated(soft > 0.25, max(round(found.halo_px * scale + 1), 2))

    def _alpha(self, mask: Mask) -> FloatPlane:
        feather = min(max(0.04 * self._fine.lettering[1], 1.5), 6.0)
        grown = dilated(mask, round(1.5 * feather))
        alpha = blurred(grown.astype(np.float32), 0.75 * feather)
        alpha[mask] = 1.0
        if self._drawn_by_hand:
            inside = self._fine.region(grown=-1.5 * feather).astype(np.float32)
            alpha *= blurred(inside, 0.5 * feather) * self._fine.region(grown=0)
        return np.where(alpha < 0.02, 0, alpha).astype(np.float32)

    def _moves_behind(self) -> bool:
        """Whether what lies around the region does not go with it: subtitles over a moving picture."""
        if min(len(self._followed), len(self._samples)) < 4:
            return False
        if float(np.median(self._followed)) < _FOLLOWED:
            return True
        size = (self._coarse.width, self._coarse.height)
        seen = np.stack(
            [scaled(s.light.off(s.fine.astype(np.float32)), size, area=True)[..., 0] for s in self._samples]
        )
        change = np.median(np.abs(seen - np.median(seen, axis=0)), axis=0)[self._bare]
        return bool(len(change)) and float((change > max(2.5 * self._looks.noise, 3.0)).mean()) > _MOVES

    def _behind(self) -> FlowGuidedFill:
        assert self._standing is not None and self._screen is not None
        limit = self._standing_own if self._drawn_by_hand else None
        return FlowGuidedFill(
            box=self._screen, runs=self._standing.runs(), limit=limit, span=self.span, guess=self._guess
        )

    def _watch(self, frame: Frame, quad: Quad) -> None:
        """Look at the part of the screen on which the region stands."""
        if self._screen is None:
            around = quad.grown(max(quad.size[1], _LEAST_ROOM)).box().even()
            self._screen = around.clipped(frame.width, frame.height) or around
            corners = quad.grown(0 if self._drawn_by_hand else 0.1 * quad.size[1]).array()
            corners -= (self._screen.x + 0.5, self._screen.y + 0.5)
            self._standing_own = polygon_mask(corners, (self._screen.h, self._screen.w))
            self._standing = StaticText(own=self._standing_own, height_px=quad.size[1])
        assert self._standing is not None
        self._standing.see(frame.index, frame.yuv(self._screen))

    # ---- erase

    def _plate(self, mask: Mask) -> tuple[FloatImage, float]:
        size = (self._fine.width, self._fine.height)
        unlit, hidden = [], []
        for sample in self._samples:
            plain = sample.light.off(sample.fine.astype(np.float32))
            unlit.append(bytes_of(plain))
            cover = scaled(sample.hidden.astype(np.float32), size)
            hidden.append(cover > 0.1)
        hole = dilated(mask, 8)
        least = max(3, round(0.15 * len(unlit)))
        found, known = borrowed(unlit, hidden, hole=hole, least=least)
        # What still leans towards the ink was not revealed after all.
        as_taken = Light(1.0, np.zeros((2, 2, 3), np.float32), 1.0)
        under = np.where(known[..., None], found, self._surface_fine)
        small = scaled(under, (self._coarse.width, self._coarse.height), area=True)
        ghost = self._looks.ink_in(small, as_taken, region=self._own, limit=self._looks.ghost_limit)
        known &= scaled(dilated(ghost, 1).astype(np.float32), size) < 0.1
        picture = np.where(known[..., None], found, self._base_picture)
        left = mask & ~known
        share = 1 - float(left.sum()) / max(float(mask.sum()), 1.0)
        if not left.any():
            return picture.astype(np.float32), share
        usable = scaled_mask(self._bare, size)
        usable = (usable | known) & ~left
        plate, self._guess_error = filled(picture.astype(np.float32), left, usable=usable, guess=self._guess)
        self._seen_share = share
        return plate, share

    # ---- sharpness, contrast, grain

    def _sharpness(self) -> tuple[float, float]:
        """The blur and the contrast that make the patch look like the clip's own lettering."""
        scale = self._fine.width / self._coarse.width
        size = (self._fine.width, self._fine.height)
        near = scaled_mask(self._strokes.ink, size)
        near = dilated(near, max(round(scale), 1) + 2)
        share = light_share(self._base_picture, self._surface_fine)
        fits: list[tuple[float, float, float]] = []
        edges = []
        for sample in self._samples:
            lit = sample.light.on(self._base_picture, share=share)[..., 0]
            seen = sample.fine[..., 0].astype(np.float32)
            edges.append(edge_strength(seen, near))
            known = self._blurs.get(sample.index)
            if known is None:
                blur, agreement = blur_between(lit, seen, near)
                soft = blurred(lit, blur)
            else:
                soft = smeared(lit, known * max(self._fine.quad.size) ** 2)
                blur, agreement = 0.0, blur_between(soft, seen, near, blurs=(0.0,))[1]
            a, b = soft[near], seen[near]
            a, b = a - a.mean(), b - b.mean()
            fits.append((agreement, blur, float(a @ b) / max(float(a @ a), 1e-6)))
            if self._region.onset_frame is not None and sample.index < self._region.onset_frame - _WELL_BEFORE:
                self._agreement = max(self._agreement or -1.0, agreement)
        if not fits:
            return 0.0, 1.0
        # Frames in which the lettering is nearly right say how sharp it is; melted ones would only say "blurred".
        fits = [fit for fit in sorted(fits, reverse=True) if fit[0] > _SAME][: max(len(fits) // 4, 1)]
        most = float(np.median([blur for _, blur, _ in fits])) if fits else _MOST_GUESSED_BLUR
        contrast = float(np.median([contrast for _, _, contrast in fits])) if fits else 1.0
        # And no patch is softer than what the melted strokes themselves are.
        wanted, luma = float(np.median(edges)), self._base_picture[..., 0]
        crisp = (s for s in reversed(BLURS) if s <= most and edge_strength(blurred(luma, s), near) >= wanted)
        return next(crisp, 0.0), min(max(contrast, 0.75), 1.25)

    def _noise(self, frame: Frame, quad: Quad) -> Noise:
        box = quad.grown(0.5 * quad.size[1]).box().clipped(frame.width, frame.height)
        if box is None:
            return Noise(0.0, 0.0)
        luma = frame.y[box.slices].astype(np.float32)
        return Noise.of(luma, np.ones(luma.shape, np.bool_))

    def _grain(self, patch: Patch) -> Noise:
        """The noise to add: the clip's, less what the patch brings along."""
        none = Noise(0.0, 0.0)
        if not self._samples:
            return none
        clip = Noise(
            float(np.median([sample.noise.fine for sample in self._samples])),
            float(np.median([sample.noise.half for sample in self._samples])),
        )
        quad = self._quads[self._samples[0].index]
        box = quad.grown(0.5 * quad.size[1]).box().even()
        layer = layer_of(
            patch.sheet,
            blurred(patch.picture, patch.blur),
            np.ones_like(patch.alpha),
            quad=Quad.of(quad.array() - (box.x, box.y)),
            width=box.w,
            height=box.h,
        )
        if layer is None:
            return none
        own = Noise.of(layer.y.astype(np.float32), layer.alpha == 255)
        moving = self._trembling().limited(clip.fine)
        # Texture travels with the patch; only what changes from frame to frame is made anew. Where the patch is
        # grainy itself, half of that has to do, or the two would add up to more than the clip shows.
        room = max(clip.fine**2 - own.fine**2, 0.0) ** 0.5
        return moving.limited(min(max(room, 0.5 * moving.fine), _MOST_GRAIN))

    def _trembling(self) -> Noise:
        """What changes between neighbouring frames on the bare surface, as noise in the frame's own pixels."""
        size = (self._fine.width, self._fine.height)
        bare = scaled_mask(self._bare, size)
        found = []
        for a, b in pairwise(self._samples):
            if b.index == a.index + 1:
                one, two = (s.light.off(s.fine.astype(np.float32))[..., 0] for s in (a, b))
                found.append(Noise.of((two - one) / np.float32(2**0.5), bare))
        if not found:
            return Noise(float(np.median([sample.noise.fine for sample in self._samples])), 0.0)
        response = self._response(self._quads[self._samples[0].index], bare)
        return Noise(
            float(np.median([noise.fine for noise in found])) / response.fine,
            0.5 * float(np.median([noise.half for noise in found])) / response.half,
        )

    def _response(self, quad: Quad, bare: Mask) -> Noise:
        """What white noise of one level in a frame's own pixels measures as on the sheet."""
        box = quad.grown(0.7 * quad.size[1]).box().grown(100).even()
        white = np.random.default_rng(3).normal(128, 16, (box.h, box.w))
        luma = np.clip(np.rint(white), 0, 255).astype(np.uint8)
        canvas = self._fine.read_plane(luma, Quad.of(quad.array() - (box.x, box.y)))
        found = Noise.of(canvas, bare)
        return Noise(max(found.fine / 16, 0.05), max(found.half / 16, 0.05))

    def _sampled_frames(self) -> frozenset[int]:
        room = _SAMPLE_BYTES // (self._fine.width * self._fine.height * 3)
        count = min(max(room, 6), _MOST_SAMPLES) - _PAIRS
        usable = [i for i in sorted(self._quads) if self._visibility[i] >= 0.3]
        if not usable:
            return frozenset()
        places = np.unique(np.linspace(0, len(usable) - 1, max(count, 2)).round().astype(int))
        chosen = [usable[p] for p in places]
        pairs = [i + 1 for i in chosen[:: max(len(chosen) // _PAIRS, 1)] if i + 1 in self._quads]
        return frozenset(chosen) | frozenset(pairs[:_PAIRS])
