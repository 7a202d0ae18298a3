"""What a provider delivered, against what was sent and what is wanted: the facts, and what to say about them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from overlaycut.analyse import BarsAnalyser, QualityAnalyser, register
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.intake import Intake
from overlaycut.media import has_credentials, samples

_SILENCE = 10 ** (-60 / 20)
"""Peak of sound, as a share of full scale, below which nobody hears it: 60 dB down."""
_SLOWER = 0.75
"""New pictures over frames, below which a rate is nominal only."""
_ASPECT = 0.02
"""Relative difference of aspects that cropping to whole blocks of 16 explains."""


class IntakeAnalyser:
    """Shown every frame of a clip in order by `see`, then asked for its `result`."""

    def __init__(self, facts: ClipFacts, *, still: Picture | None = None) -> None:
        self._facts = facts
        self._still = still
        self._bars = BarsAnalyser()
        self._quality = QualityAnalyser(facts)
        self._note: str | None = None
        self._seen = False

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        if not self._seen and self._still is not None:
            found = register(self._still, frame.rgb())
            self._note = None if found is None else found.note
        self._seen = True
        self._bars.see(frame)
        self._quality.see(frame)

    def over(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same frames, each seen on its way."""
        for frame in frames:
            self.see(frame)
            yield frame

    def result(self) -> Intake:
        """What was found; reads the file's sound as well.

        Raises ValueError when no frame was seen.
        """
        still = self._still
        return Intake(
            picture=self._bars.result(),
            squeeze=self._note,
            still_size=None if still is None else (still.shape[1], still.shape[0]),
            cadence=self._quality.result().cadence,
            silent=None if self._facts.audio is None else _silent(self._facts),
            credentials=has_credentials(self._facts.path),
        )


def remarks(intake: Intake, facts: ClipFacts, *, target: tuple[int, int] | None = None) -> list[str]:
    """What a person should know of a delivered clip, one line each; `target` is the width and height wanted."""
    said = []
    picture = intake.picture
    if (picture.w, picture.h) != (facts.width, facts.height):
        said.append(f"padded: bars around a picture of {picture.w}x{picture.h} at {picture.x},{picture.y}")
    if intake.still_size is not None:
        said += _against_still(intake, facts, intake.still_size)
    if intake.cadence is not None and facts.fps is not None and intake.cadence < _SLOWER * float(facts.fps):
        fps = float(facts.fps)
        said.append(f"moves at about {intake.cadence:.1f} pictures a second, shown at {fps:.2f}: frames repeat")
    if target is not None and (facts.width < target[0] or facts.height < target[1]):
        said.append(f"smaller than the target: {facts.width}x{facts.height}, wanted {target[0]}x{target[1]}")
    if facts.bits > 8:
        said.append(f"{facts.bits} bits a sample: brought to 8")
    if intake.silent:
        said.append("its sound is silence")
    return said


def _against_still(intake: Intake, facts: ClipFacts, size: tuple[int, int]) -> list[str]:
    said = []
    sent, got = size[0] / size[1], facts.width / facts.height
    if abs(sent / got - 1) > _ASPECT:
        said.append(f"the still is {size[0]}x{size[1]}, the clip {facts.width}x{facts.height}: another aspect")
    if intake.squeeze is None:
        said.append("the still was not found in the first frame")
    elif intake.squeeze != "the same" and not intake.squeeze.startswith("scaled"):
        said.append(f"the still is {intake.squeeze}")
    return said


def _silent(facts: ClipFacts) -> bool:
    return all(float(np.abs(block).max(initial=0.0)) < _SILENCE for block in samples(facts.path))
