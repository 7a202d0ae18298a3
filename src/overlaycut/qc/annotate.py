"""The result of an analysis, drawn over the clip: quads on the picture, and below it a timeline of every region.

A quad is green while its lettering is right, red from the onset on, amber when it could not be judged, blue when it is
protected, grey where nothing of it can be seen. The timelines show the same over time, with legibility as a line, the
frames that will be changed underlined, and the present frame as a mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Frame, Layer, Picture
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.resources import folder

Colour: TypeAlias = tuple[int, int, int]

RIGHT: Colour = (64, 200, 96)
BROKEN: Colour = (236, 64, 56)
UNJUDGED: Colour = (240, 176, 40)
PROTECTED: Colour = (72, 144, 255)
HIDDEN: Colour = (150, 150, 150)
_BACKGROUND: Colour = (18, 18, 20)
_TEXT: Colour = (235, 235, 235)
_LEAST_VISIBLE = 0.3
"""Visibility, 0..1, below which a quad is drawn grey."""


class Annotations:
    """Draws a plan over its clip's frames; `legible`: legibility, 0..1, by region and frame, where it was measured."""

    def __init__(self, plan: EditPlan, *, legible: Mapping[str, Mapping[int, float]]) -> None:
        self._plan = plan
        self._legible = legible
        self._size = max(14, round(min(plan.clip.width, plan.clip.height) / 40))

    def over(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The frames, annotated: as wide as they were, and higher by the timelines."""
        for frame in frames:
            yield self.drawn(frame)

    def drawn(self, frame: Frame) -> Frame:
        """One frame, annotated."""
        layers = [self._outline(region, frame.index) for region in self._plan.regions if frame.index in region.quads]
        marked = frame.with_layers(*layers)
        timelines = Frame.from_rgb(self._timelines(frame.index), index=frame.index, at=frame.at, lasts=frame.lasts)
        y, u, v = (np.vstack(pair) for pair in zip(marked.planes, timelines.planes, strict=True))
        return replace(frame, y=y, u=u, v=v)

    def moments(self) -> list[int]:
        """Frames that sum the clip up: its ends, the onsets with the frame before each, and one a second."""
        count = self._plan.clip.frames
        onsets = {r.onset_frame for r in self._plan.regions if r.onset_frame is not None}
        each_second = range(0, count, max(1, round(self._plan.clip.fps)))
        return sorted({*each_second, *onsets, *(o - 1 for o in onsets if o > 0), count - 1})

    def _outline(self, region: RegionPlan, index: int) -> Layer:
        quad, label = region.quads[index], self._label(region, index)
        stroke = max(2, self._size // 8)
        text = self._font.getbbox(label)
        box = quad.box().grown(stroke + 2)
        wide, high = round(text[2]) + self._size, round(1.5 * self._size)
        left = int(np.clip(box.x, 0, max(self._plan.clip.width - wide, 0)))
        top = box.y - high if box.y >= high else box.bottom
        x, y = min(left, box.x), min(top, box.y)
        size = (max(box.right, left + wide) - x, max(box.bottom, top + high) - y)
        canvas = Image.new("RGBA", size)
        draw = ImageDraw.Draw(canvas)
        colour = _colour(region, index)
        corners = [(float(px) - x, float(py) - y) for px, py in quad.array()]
        draw.line([*corners, corners[0]], fill=(*colour, 255), width=stroke, joint="curve")
        draw.line(corners[:2], fill=(255, 255, 255, 255), width=max(1, stroke // 2))
        draw.rectangle((left - x, top - y, left - x + wide, top - y + high), fill=(*_BACKGROUND, 210))
        draw.text((left - x + self._size // 2, top - y + high // 2), label, fill=(*colour, 255), font=self._font,
                  anchor="lm")  # fmt: skip
        return Layer.from_rgba(np.asarray(canvas), x=x, y=y)

    def _label(self, region: RegionPlan, index: int) -> str:
        broken = region.onset_frame is not None and index >= region.onset_frame
        state = region.state if broken or region.state in ("stable", "invented") else "right so far"
        known = self._legible.get(region.id, {})
        near = max((frame for frame in known if frame <= index), default=None)
        legible = "" if near is None else f"  {known[near]:.2f}"
        if not region.judged and not region.protected:
            return f"{region.id} not judged"
        return f"{region.id} {'protected' if region.protected else state}{legible}"

    def _timelines(self, index: int) -> Picture:
        picture = self._timelines_alone.copy()
        left, right = self._ends
        at = left + (right - left) * (index + 0.5) / self._plan.clip.frames
        column = int(np.clip(round(at), 1, picture.shape[1] - 2))
        picture[:, column - 1 : column + 1] = 255
        return picture

    @cached_property
    def _ends(self) -> tuple[int, int]:
        """First and last column of the time axis."""
        width = self._plan.clip.width
        return round(0.38 * width), width - self._size

    @cached_property
    def _timelines_alone(self) -> Picture:
        """The timelines without the mark of the present frame."""
        row = round(2.2 * self._size)
        height = row * max(len(self._plan.regions), 1) + self._size
        canvas = Image.new("RGB", (self._plan.clip.width, height + height % 2), _BACKGROUND)
        draw = ImageDraw.Draw(canvas)
        if not self._plan.regions:
            draw.text((self._size, height // 2), "no lettering found", fill=_TEXT, font=self._font, anchor="lm")
        for number, region in enumerate(self._plan.regions):
            self._timeline(draw, region, self._size // 2 + number * row, row)
        return np.asarray(canvas)

    def _timeline(self, draw: ImageDraw.ImageDraw, region: RegionPlan, top: int, row: int) -> None:
        left, right = self._ends
        per_frame = (right - left) / self._plan.clip.frames
        low, high = top + row * 0.15, top + row * 0.8
        words = f"{region.id} {region.decision}: {_drawable(region.expected or region.read or '')}"
        draw.text((self._size, (low + high) / 2), self._shortened(words, left - 2 * self._size), fill=_TEXT,
                  font=self._font, anchor="lm")  # fmt: skip
        for index in region.span:
            x = left + per_frame * index
            dim = tuple(value // 2 for value in _colour(region, index))
            draw.rectangle((x, low, x + per_frame, high), fill=dim)
        if region.edit is not None:
            span = (left + per_frame * region.edit.start, high + 2, left + per_frame * region.edit.end, high + 5)
            draw.rectangle(span, fill=BROKEN)
        known = self._legible.get(region.id, {})
        line = [(left + per_frame * (i + 0.5), high - (high - low) * known[i]) for i in sorted(known)]
        if len(line) > 1:
            draw.line(line, fill=_TEXT, width=max(2, self._size // 10))

    def _shortened(self, words: str, width: int) -> str:
        while words and self._font.getlength(words) > width:
            words = words[:-2] + "…" if len(words) > 2 else ""
        return words

    @cached_property
    def _font(self) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(folder("fonts") / "Inter-Bold.otf", self._size)


def _colour(region: RegionPlan, index: int) -> Colour:
    if region.protected:
        return PROTECTED
    if region.visibility.get(index, 1.0) < _LEAST_VISIBLE:
        return HIDDEN
    if not region.judged:
        return UNJUDGED
    return BROKEN if region.onset_frame is not None and index >= region.onset_frame else RIGHT


def _drawable(text: str) -> str:
    """A text as far as the labels' font has it; a dot replaces each character that it lacks."""
    return "".join(c if ord(c) < 0x250 else "·" for c in text)
