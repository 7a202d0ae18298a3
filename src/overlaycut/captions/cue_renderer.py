"""A placed cue in time: which of its parts are seen at a moment, in which pose, and the canvas that they make.

Parts are drawn once, when they are first needed. The canvas of a cue is kept from moment to moment; only the boxes of
parts that have changed are laid anew. A cue at rest costs nothing but its blending.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from overlaycut.captions.fonts import EMOJI
from overlaycut.captions.layout import Placed, PlacedWord
from overlaycut.captions.motion import GONE, REST, Pose, entering, glided, leaving, share, swelling
from overlaycut.captions.paint import Brush
from overlaycut.captions.sprites import Sprite, blank, clear, cut, lay, posed, reach
from overlaycut.captions.style import Style
from overlaycut.core.geometry import Box

Key: TypeAlias = tuple[str | int | float | None, ...]


class Part(NamedTuple):
    """Something that is seen: which sprite, in which pose about which middle, and how much of it."""

    key: Key
    pose: Pose
    middle: tuple[float, float]
    edge: float | None = None
    """Where it is cut off, as a column of the picture; None shows all of it."""
    left: bool = True
    """Which side of the edge is seen."""


class CueRenderer:
    """One cue on its way through time. Moments are asked for in any order; forward is cheapest."""

    def __init__(self, placed: Placed, style: Style) -> None:
        self._placed, self._style = placed, style
        self._brush = Brush(placed, style)
        self._words = [word for line in placed.lines for word in line.words]
        self._order = sorted(range(len(self._words)), key=lambda n: self._words[n].start)
        self._sprites: dict[Key, Sprite | None] = {}
        self._boxes: dict[Part, Box] = {}
        self._parts: tuple[Part, ...] = ()
        travel = round(placed.size)
        inside = _inside(placed.box.grown(travel), placed.bounds)
        self.canvas = blank(inside)
        """What is seen of the cue, changed in place by `move_to`."""
        left, right = min(line.x for line in placed.lines), max(line.x + line.width for line in placed.lines)
        self._middle = ((left + right) / 2, placed.box.y + placed.box.h / 2)

    @property
    def placed(self) -> Placed:
        """The cue."""
        return self._placed

    def move_to(self, at: Fraction, scrim: tuple[str, float] | None = None) -> list[Box]:
        """Bring the canvas to a moment, with a scrim of a colour and strength; the boxes that have changed."""
        parts = tuple(self._seen(at, scrim))
        if parts == self._parts:
            return []
        changed = set(parts) ^ set(self._parts)
        boxes = {part: self._box(part) for part in (*self._parts, *parts)}
        dirty = _joined([boxes[part] for part in changed])
        for box in dirty:
            clear(self.canvas, box)
            for part in parts:
                if boxes[part].overlap(box):
                    sprite = self._drawn(part)
                    if sprite is not None:
                        lay(self.canvas, sprite, box)
        self._parts = parts
        return dirty

    def at_rest(self) -> tuple[Sprite, list[tuple[Sprite, tuple[str, ...]]]]:
        """What lies below the letters when nothing moves, and every word's letters with the colours they may have."""
        ground = blank(self.canvas.box)
        for key in (("panel",), *(("under", n, 1.0) for n in range(len(self._words)))):
            if (sprite := self._sprite(key)) is not None:
                lay(ground, sprite, ground.box)
        faces = []
        for n, word in enumerate(self._words):
            if all(piece.face.path.name == EMOJI for piece in word.pieces):
                continue  # a picture is not read
            own = word.colour or self._style.fill
            active = self._style.active
            colours = {own} if active.plate or active.colour is None else {own, active.colour}
            sprite = self._sprite(("face", n, own, 1.0))
            assert sprite is not None
            faces.append((sprite, tuple(sorted(colours))))
        return ground, faces

    def _seen(self, at: Fraction, scrim: tuple[str, float] | None) -> Iterator[Part]:
        cue, style = self._placed.cue, self._style
        leave = leaving(style.leave.move, share(at, cue.end - Fraction(style.leave.seconds), style.leave.seconds))
        whole = leave
        if style.reveal == "cue":
            whole = leave.then(entering(style.enter.move, share(at, cue.start, style.enter.seconds)))
        if scrim is not None and scrim[1] > 0:
            yield Part(("scrim", scrim[0]), Pose(opacity=scrim[1] * whole.opacity), self._middle)
        if style.panel is not None:
            yield Part(("panel",), whole, self._middle)
        poses = [self._pose(word, at, whole) for word in self._words]
        if style.active.plate is not None and (plate := self._plate(at, whole)) is not None:
            yield plate
        scales = [self._scale(n, at) for n in range(len(self._words))]
        for layer in ("under", "face"):
            for n, word in enumerate(self._words):
                pose = poses[n]
                if pose.opacity <= 0:
                    continue
                drawn, grown = scales[n]
                pose = pose._replace(scale=pose.scale * grown)
                middle = self._middle if style.reveal == "cue" and whole.scale != 1 else self._brush.middle(word)
                if layer == "under":
                    yield Part(("under", n, drawn), pose, middle)
                else:
                    yield from self._faces(n, word, at, pose, middle, drawn)

    def _faces(
        self, n: int, word: PlacedWord, at: Fraction, pose: Pose, middle: tuple[float, float], drawn: float
    ) -> Iterator[Part]:
        """The letters of a word: in one colour, or in two while one sweeps over the other."""
        style = self._style
        own = word.colour or style.fill
        waiting = own if word.colour else style.waiting.colour or own
        said = style.active.colour or own
        if at < word.start:
            pose = pose._replace(opacity=pose.opacity * style.waiting.opacity)
            yield Part(("face", n, waiting, drawn), pose, middle)
        elif at >= word.end:
            yield Part(("face", n, said if style.active.stays else own, drawn), pose, middle)
        elif not style.active.sweep:
            yield Part(("face", n, said, drawn), pose, middle)
        else:
            done = float((at - word.start) / (word.end - word.start))
            backward = word.pieces[0].right_to_left
            edge = word.ink.left + (word.ink.right - word.ink.left) * (1 - done if backward else done)
            yield Part(("face", n, said, drawn), pose, middle, edge, not backward)
            yield Part(("face", n, waiting, drawn), pose, middle, edge, backward)

    def _pose(self, word: PlacedWord, at: Fraction, whole: Pose) -> Pose:
        if self._style.reveal == "cue":
            return whole
        if at < word.start:
            return GONE
        return whole.then(entering(self._style.enter.move, share(at, word.start, self._style.enter.seconds)))

    def _scale(self, n: int, at: Fraction) -> tuple[float, float]:
        """At which scale a word is drawn, and how much that is scaled on its way there."""
        active, word = self._style.active, self._words[n]
        if active.scale == 1 or at < word.start or not self._placed.cue.words:
            return 1.0, 1.0
        if at < word.end:
            reached = swelling(active.scale, share(at, word.start, active.seconds))
            return active.scale, reached / active.scale
        done = share(at, word.end, active.seconds)
        return 1.0, 1.0 + (active.scale - 1) * (1 - glided(done))

    def _plate(self, at: Fraction, whole: Pose) -> Part | None:
        """The box of the word that is being said, or was said last."""
        spoken = [n for n in self._order if self._words[n].start <= at]
        if not spoken or not self._placed.cue.words:
            return None
        n, word = spoken[-1], self._words[spoken[-1]]
        middle = self._brush.middle(word)
        if len(spoken) < 2 or not self._style.active.glide:
            grown = share(at, word.start, self._style.active.seconds)
            pose = whole.then(Pose(opacity=min(2 * grown, 1.0), scale=swelling(0.8, 1 - glided(grown))))
            return Part(("plate", n), pose, middle)
        done = glided(share(at, word.start, self._style.active.seconds))
        if done >= 1:
            return Part(("plate", n), whole, middle)
        return Part(("slide", spoken[-2], n, done), whole, middle)

    def _sprite(self, key: Key) -> Sprite | None:
        if key not in self._sprites:
            self._sprites[key] = self._painted(key)
        return self._sprites[key]

    def _painted(self, key: Key) -> Sprite | None:
        kind, *rest = key
        if kind == "panel":
            return self._brush.panel()
        if kind == "scrim":
            return self._brush.scrim(str(rest[0]))
        n = int(rest[0] or 0)
        if kind == "plate":
            return self._brush.plate(self._words[n])
        if kind == "under":
            return self._brush.under(n, self._words[n], float(rest[1] or 1))
        return self._brush.face(n, self._words[n], str(rest[1]), float(rest[2] or 1))

    def _drawn(self, part: Part) -> Sprite | None:
        if part.key[0] == "slide":
            sprite: Sprite | None = self._slid(part)
        else:
            sprite = self._sprite(part.key)
        if sprite is None:
            return None
        if part.edge is not None:
            sprite = cut(sprite, part.edge, left=part.left)
        return sprite if part.pose == REST else posed(sprite, part.pose, part.middle, self._placed.size)

    def _slid(self, part: Part) -> Sprite:
        """A box between two words; on another line it is the new word's at once."""
        _, before, n, done = part.key
        old, new = (self._words[int(number or 0)] for number in (before, n))
        return self._brush.plate_between(old, new, float(done or 0))

    def _box(self, part: Part) -> Box:
        if part not in self._boxes:
            if len(self._boxes) > 4096:
                self._boxes.clear()
            sprite = self._slid(part) if part.key[0] == "slide" else self._sprite(part.key)
            box = Box(self.canvas.box.x, self.canvas.box.y, 2, 2) if sprite is None else sprite.box
            self._boxes[part] = reach(box, part.pose, part.middle, self._placed.size)
        return self._boxes[part]


def _joined(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap, as one each, so that nothing is laid twice."""
    apart: list[Box] = []
    for box in boxes:
        while touching := [other for other in apart if other.overlap(box)]:
            box = Box.around([box, *touching])
            apart = [other for other in apart if other not in touching]
        apart.append(box)
    return apart


def _inside(box: Box, bounds: Box) -> Box:
    """The part of `box` in `bounds`, drawn in to whole chroma samples."""
    x, y = max(box.x, bounds.x), max(box.y, bounds.y)
    right, bottom = min(box.right, bounds.right), min(box.bottom, bounds.bottom)
    x, y, right, bottom = x + x % 2, y + y % 2, right - right % 2, bottom - bottom % 2
    return Box(x, y, max(right - x, 2), max(bottom - y, 2))
