"""A small I2V-like scene with its truth: a sign on a wall, filmed by a moving camera, whose lettering melts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Quad, Span, mapped
from overlaycut.core.plan import ClipRecord, Decision, EditPlan, RegionPlan

WIDTH, HEIGHT = 320, 240
WORD = Quad((70, 90), (250, 90), (250, 140), (70, 140))
"""Where the lettering lies in the still."""


@dataclass(frozen=True)
class Scene:
    """Everything that is drawn is a function of the frame's number and of `seed`."""

    frames: int = 24
    seed: int = 0
    moving: bool = True
    textured: bool = False
    melts: bool = True
    occluded: bool = False
    drift: float = 0.15
    """How much darker the last frame is than the first."""
    noise: float = 1.5
    onset: int = 4
    light_on_dark: bool = False

    def still(self) -> Picture:
        """The approved picture, at the clip's size, without noise."""
        return self._painted(self._text())

    def quad(self, t: int) -> Quad:
        """Where the lettering is in frame `t`."""
        return Quad.of(mapped(self._camera(t), WORD.array()))

    def clean(self, t: int) -> Frame:
        """Frame `t` with the still's own lettering, without noise."""
        return self._frame(t, self._painted(self._text()), noisy=False)

    def bare(self, t: int) -> Frame:
        """Frame `t` without lettering, without noise."""
        return self._frame(t, self._painted(None), noisy=False)

    def shown(self, t: int) -> Frame:
        """Frame `t` as the clip has it: melted lettering, noise."""
        return self._frame(t, self._painted(self._melted(t)), noisy=True)

    def clip(self) -> Iterator[Frame]:
        """All frames of the clip."""
        return (self.shown(t) for t in range(self.frames))

    def occluder(self, t: int) -> NDArray[np.bool_]:
        """Where the arm that passes in front is, (rows, columns)."""
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        if self.occluded:
            x = int(-60 + 440 * t / max(self.frames - 1, 1))
            cv2.line(mask, (x, HEIGHT + 10), (x + 50, 60), 1, 36)
        return mask.astype(np.bool_)

    def plan(self, decision: Decision, edit: Span | None = None, **changes: object) -> EditPlan:
        """A plan with one region that covers the lettering."""
        span = Span(0, self.frames)
        fields: dict[str, object] = {
            "id": "r1",
            "state": "warped",
            "legibility": 0.3,
            "onset_frame": self.onset,
            "span": span,
            "quads": {t: self.quad(t) for t in span},
            "reference_quad": WORD,
            "decision": decision,
            "edit": edit or span,
            "reason": "drawn",
        }
        clip = ClipRecord(
            path="scene.mp4", sha256="", width=WIDTH, height=HEIGHT, fps=24, frames=self.frames, duration=1
        )
        region = RegionPlan.model_validate(fields | changes)
        return EditPlan(clip=clip, still="still.png", regions=(region,))

    def _camera(self, t: int) -> NDArray[np.float64]:
        if not self.moving:
            return np.eye(3)
        s = t / max(self.frames - 1, 1)
        grow, turn = 1 + 0.15 * s, 0.06 * np.sin(2.5 * s)
        matrix = np.array(
            [
                [grow * np.cos(turn), -np.sin(turn), 10 * np.sin(3 * s) - 20 * s],
                [np.sin(turn), grow * np.cos(turn), 6 * s],
                [1e-4 * s, 0, 1],
            ]
        )
        return matrix

    def _text(self) -> NDArray[np.float32]:
        ink = np.zeros((HEIGHT * 2, WIDTH * 2), np.uint8)
        cv2.putText(ink, "BREWS", (150, 272), cv2.FONT_HERSHEY_SIMPLEX, 3.4, 255, 16, cv2.LINE_AA)
        return cv2.resize(ink, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255

    def _melted(self, t: int) -> NDArray[np.float32]:
        text = self._text()
        if not self.melts or t < self.onset:
            return text
        strength = 9.0 * min((t - self.onset + 1) / 10, 1.0)
        rng = np.random.default_rng(self.seed + 5)
        bend = [cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 9) for _ in "xy"]
        bend = [strength * b / float(np.abs(b).max()) * (1 + 0.2 * np.sin(t / 3)) for b in bend]
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
        return cv2.remap(text, x + bend[0].astype(np.float32), y + bend[1].astype(np.float32), cv2.INTER_LINEAR)

    def _painted(self, text: NDArray[np.float32] | None) -> Picture:
        rng = np.random.default_rng(self.seed)
        y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / np.array([HEIGHT, WIDTH]).reshape(2, 1, 1)
        base = np.array([70, 60, 52] if self.light_on_dark else [190, 170, 140], np.float32)
        wall = base + 30 * (x - 0.5)[..., None] + 20 * (y - 0.5)[..., None]
        if self.textured:
            grain = cv2.GaussianBlur(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 1.6)
            wall = wall + (14 * grain / grain.std())[..., None]
        ink = np.array([235, 230, 220] if self.light_on_dark else [40, 50, 90], np.float32)
        if text is not None:
            wall = wall + (ink - wall) * text[..., None]
        return np.clip(np.rint(wall), 0, 255).astype(np.uint8)

    def _frame(self, t: int, picture: Picture, *, noisy: bool) -> Frame:
        seen = cv2.warpPerspective(
            picture,
            _index_map(self._camera(t)),
            (WIDTH, HEIGHT),
            flags=cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REFLECT,
        ).astype(np.float32)
        x = np.arange(WIDTH)[None, :, None] / WIDTH
        s = t / max(self.frames - 1, 1)
        seen *= 1 - self.drift * s * (0.6 + 0.8 * x)
        arm = self.occluder(t)
        seen[arm] = (205, 130, 105)
        if noisy:
            seen += np.random.default_rng(1000 * self.seed + t).normal(0, self.noise, seen.shape)
        rgb = np.clip(np.rint(seen), 0, 255).astype(np.uint8)
        return Frame.from_rgb(rgb, index=t, at=Fraction(t, 24), lasts=Fraction(1, 24))


def _index_map(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(half) @ matrix @ half
