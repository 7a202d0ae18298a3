"""Rendering of a placed cue over time: visible parts, their poses, and the sprite that they make.

Parts are drawn once, when they are first needed. The composite of a cue is kept between frames; only the boxes of
parts that have changed are composited anew. A cue at rest costs its blending alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from overlaycut.captions.fonts import EMOJI
from overlaycut.captions.layout import PlacedCue, PlacedWord
from overlaycut.captions.motion import (
    HIDDEN,
    REST,
    MotionParameters,
    Pose,
    ease_out,
    emphasis_scale,
    entry_pose,
    exit_pose,
    progress_at,
)
from overlaycut.captions.paint import CuePainter, PaintParameters
from overlaycut.captions.sprites import Sprite, blank, clear, composite, cut, posed, posed_box
from overlaycut.captions.style import Style
from overlaycut.core.geometry import Box

SpriteKey: TypeAlias = tuple[str | int | float | None, ...]
"""Kind of a sprite, then what it depends on: the index of a word, a colour, a scale."""

_MOST_BOXES = 4096
"""Bounding boxes that are remembered."""


class VisiblePart(NamedTuple):
    """A visible sprite, its pose about a centre, and how much of it shows."""

    key: SpriteKey
    pose: Pose
    middle: tuple[float, float]
    edge: float | None = None
    """Column of the picture at which it is cut off; None shows all of it."""
    left: bool = True
    """Whether the part to the left of the edge shows."""


class CueRenderer:
    """Renders one cue at any time; forward in time is cheapest."""

    def __init__(
        self,
        placed: PlacedCue,
        style: Style,
        *,
        motion: MotionParameters = MotionParameters(),
        paint: PaintParameters = PaintParameters(),
    ) -> None:
        self._placed, self._style, self._motion = placed, style, motion
        self._painter = CuePainter(placed, style, paint)
        self._words = [word for line in placed.lines for word in line.words]
        self._order = sorted(range(len(self._words)), key=lambda n: self._words[n].start)
        self._sprites: dict[SpriteKey, Sprite | None] = {}
        self._boxes: dict[VisiblePart, Box] = {}
        self._parts: tuple[VisiblePart, ...] = ()
        travel = round(placed.size)
        inside = _inside(placed.box.grown(travel), placed.bounds)
        self.composite = blank(inside)
        """The cue as it shows, changed in place by `move_to`."""
        left, right = min(line.x for line in placed.lines), max(line.x + line.width for line in placed.lines)
        self._middle = ((left + right) / 2, placed.box.y + placed.box.h / 2)

    @property
    def placed(self) -> PlacedCue:
        """The cue with its lines."""
        return self._placed

    def move_to(self, at: Fraction, scrim: tuple[str, float] | None = None) -> list[Box]:
        """Render the cue at a time, over a scrim (colour, strength 0..1); returns the boxes that have changed."""
        parts = tuple(self._visible(at, scrim))
        if parts == self._parts:
            return []
        changed = set(parts) ^ set(self._parts)
        boxes = {part: self._box(part) for part in (*self._parts, *parts)}
        dirty = _merged([boxes[part] for part in changed])
        for box in dirty:
            clear(self.composite, box)
            for part in parts:
                if boxes[part].overlap(box):
                    sprite = self._drawn(part)
                    if sprite is not None:
                        composite(self.composite, sprite, box)
        self._parts = parts
        return dirty

    def at_rest(self) -> tuple[Sprite, list[tuple[Sprite, tuple[str, ...]]]]:
        """The still cue without its letters, and the letters of each word with the colours that they may have."""
        ground = blank(self.composite.box)
        for key in (("panel",), *(("effects", n, 1.0) for n in range(len(self._words)))):
            if (sprite := self._sprite(key)) is not None:
                composite(ground, sprite, ground.box)
        letters = []
        for n, word in enumerate(self._words):
            if all(run.face.path.name == EMOJI for run in word.runs):
                continue  # emoji are not text
            own = word.colour or self._style.fill
            active = self._style.active
            colours = {own} if active.plate or active.colour is None else {own, active.colour}
            sprite = self._sprite(("letters", n, own, 1.0))
            assert sprite is not None
            letters.append((sprite, tuple(sorted(colours))))
        return ground, letters

    def _visible(self, at: Fraction, scrim: tuple[str, float] | None) -> Iterator[VisiblePart]:
        cue, style = self._placed.cue, self._style
        exit_start = cue.end - Fraction(style.leave.seconds)
        whole = exit_pose(style.leave.move, progress_at(at, exit_start, style.leave.seconds), self._motion)
        if style.reveal == "cue":
            done = progress_at(at, cue.start, style.enter.seconds)
            whole = whole.then(entry_pose(style.enter.move, done, self._motion))
        if scrim is not None and scrim[1] > 0:
            yield VisiblePart(("scrim", scrim[0]), Pose(opacity=scrim[1] * whole.opacity), self._middle)
        if style.panel is not None:
            yield VisiblePart(("panel",), whole, self._middle)
        if style.active.plate is not None and (plate := self._plate(at, whole)) is not None:
            yield plate
        letters: list[tuple[int, VisiblePart]] = []
        for n, word in enumerate(self._words):
            pose = self._pose(word, at, whole)
            if pose.opacity <= 0:
                continue
            drawn, grown = self._scale(n, at)
            middle = self._middle if style.reveal == "cue" and whole.scale != 1 else self._painter.middle(word)
            effects = VisiblePart(("effects", n, drawn), pose._replace(scale=pose.scale * grown), middle)
            letters.append((n, effects))
            yield effects
        for n, effects in letters:
            yield from self._letters(n, at, effects)

    def _letters(self, n: int, at: Fraction, effects: VisiblePart) -> Iterator[VisiblePart]:
        """The letters of a word, posed as its effects: in one colour, or in two while one sweeps over the other."""
        style, word = self._style, self._words[n]
        pose, middle, drawn = effects.pose, effects.middle, effects.key[2]
        own = word.colour or style.fill
        waiting = own if word.colour else style.waiting.colour or own
        spoken = style.active.colour or own
        if at < word.start:
            pose = pose._replace(opacity=pose.opacity * style.waiting.opacity)
            yield VisiblePart(("letters", n, waiting, drawn), pose, middle)
        elif at >= word.end:
            yield VisiblePart(("letters", n, spoken if style.active.stays else own, drawn), pose, middle)
        elif not style.active.sweep:
            yield VisiblePart(("letters", n, spoken, drawn), pose, middle)
        else:
            done = float((at - word.start) / (word.end - word.start))
            backward = word.runs[0].right_to_left
            edge = word.ink.left + (word.ink.right - word.ink.left) * (1 - done if backward else done)
            yield VisiblePart(("letters", n, spoken, drawn), pose, middle, edge, not backward)
            yield VisiblePart(("letters", n, waiting, drawn), pose, middle, edge, backward)

    def _pose(self, word: PlacedWord, at: Fraction, whole: Pose) -> Pose:
        if self._style.reveal == "cue":
            return whole
        if at < word.start:
            return HIDDEN
        done = progress_at(at, word.start, self._style.enter.seconds)
        return whole.then(entry_pose(self._style.enter.move, done, self._motion))

    def _scale(self, n: int, at: Fraction) -> tuple[float, float]:
        """The scale at which a word is drawn, and the factor that animates it."""
        active, word = self._style.active, self._words[n]
        if active.scale == 1 or at < word.start or not self._placed.cue.words:
            return 1.0, 1.0
        if at < word.end:
            reached = emphasis_scale(active.scale, progress_at(at, word.start, active.seconds))
            return active.scale, reached / active.scale
        done = progress_at(at, word.end, active.seconds)
        return 1.0, 1.0 + (active.scale - 1) * (1 - ease_out(done))

    def _plate(self, at: Fraction, whole: Pose) -> VisiblePart | None:
        """The box of the word that is being spoken, or was spoken last."""
        spoken = [n for n in self._order if self._words[n].start <= at]
        if not spoken or not self._placed.cue.words:
            return None
        n, word = spoken[-1], self._words[spoken[-1]]
        middle = self._painter.middle(word)
        if len(spoken) < 2 or not self._style.active.glide:
            grown = progress_at(at, word.start, self._style.active.seconds)
            pose = whole.then(Pose(opacity=min(2 * grown, 1.0), scale=emphasis_scale(0.8, 1 - ease_out(grown))))
            return VisiblePart(("plate", n), pose, middle)
        done = ease_out(progress_at(at, word.start, self._style.active.seconds))
        if done >= 1:
            return VisiblePart(("plate", n), whole, middle)
        return VisiblePart(("slide", spoken[-2], n, done), whole, middle)

    def _sprite(self, key: SpriteKey) -> Sprite | None:
        if key not in self._sprites:
            self._sprites[key] = self._painted(key)
        return self._sprites[key]

    def _painted(self, key: SpriteKey) -> Sprite | None:
        kind, *rest = key
        if kind == "panel":
            return self._painter.panel()
        if kind == "scrim":
            return self._painter.scrim(str(rest[0]))
        n = int(rest[0] or 0)
        if kind == "plate":
            return self._painter.plate(self._words[n])
        if kind == "effects":
            return self._painter.effects(n, self._words[n], float(rest[1] or 1))
        return self._painter.letters(n, self._words[n], str(rest[1]), float(rest[2] or 1))

    def _drawn(self, part: VisiblePart) -> Sprite | None:
        if part.key[0] == "slide":
            sprite: Sprite | None = self._moving_plate(part)
        else:
            sprite = self._sprite(part.key)
        if sprite is None:
            return None
        if part.edge is not None:
            sprite = cut(sprite, part.edge, left=part.left)
        return sprite if part.pose == REST else posed(sprite, part.pose, part.middle, self._placed.size)

    def _moving_plate(self, part: VisiblePart) -> Sprite:
        """The box between two words."""
        _, before, n, done = part.key
        old, new = (self._words[int(number or 0)] for number in (before, n))
        return self._painter.plate_between(old, new, float(done or 0))

    def _box(self, part: VisiblePart) -> Box:
        if part not in self._boxes:
            if len(self._boxes) > _MOST_BOXES:
                self._boxes.clear()
            sprite = self._moving_plate(part) if part.key[0] == "slide" else self._sprite(part.key)
            box = Box(self.composite.box.x, self.composite.box.y, 2, 2) if sprite is None else sprite.box
            self._boxes[part] = posed_box(box, part.pose, part.middle, self._placed.size)
        return self._boxes[part]


def _merged(boxes: list[Box]) -> list[Box]:
    """Overlapping boxes merged, so that nothing is composited twice."""
    apart: list[Box] = []
    for box in boxes:
        while touching := [other for other in apart if other.overlap(box)]:
            box = Box.around([box, *touching])
            apart = [other for other in apart if other not in touching]
        apart.append(box)
    return apart


def _inside(box: Box, bounds: Box) -> Box:
    """The part of `box` in `bounds`, reduced to whole chroma samples."""
    x, y = max(box.x, bounds.x), max(box.y, bounds.y)
    right, bottom = min(box.right, bounds.right), min(box.bottom, bounds.bottom)
    x, y, right, bottom = x + x % 2, y + y % 2, right - right % 2, bottom - bottom % 2
    return Box(x, y, max(right - x, 2), max(bottom - y, 2))
