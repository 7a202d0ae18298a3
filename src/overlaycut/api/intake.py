"""Inspection of a delivered clip against its still and the wanted size: measurements, and warnings about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from overlaycut.analyse import BarsAnalyser, QualityAnalyser, registered_in
from overlaycut.analyse.quality import QualityParameters
from overlaycut.core.facts import ClipFacts
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Homography
from overlaycut.core.intake import Intake
from overlaycut.media import has_credentials, samples


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeParameters:
    """Thresholds of the warnings about a delivered clip; tests/api/test_intake.py checks them."""

    silence_dbfs: float = -60.0
    """Peak level in dB of full scale below which sound is silence: the noise floor of 10 bits."""
    least_cadence: float = 0.75
    """Distinct pictures over frames, 0..1, below which a clip repeats frames."""
    aspect_tolerance: float = 0.02
    """Relative difference of aspect ratios that cropping to whole macroblocks of 16 pixels explains."""
    quality: QualityParameters = field(
        default_factory=lambda: QualityParameters(sharp_stride=1 << 30, enlarged_stride=1 << 30)
    )
    """How the cadence is measured: for it alone, so that sharpness is looked at in the first frame only."""


class IntakeAnalyser:
    """Measures bars, cadence, sound and registration of the still over one pass of a clip."""

    def __init__(
        self,
        facts: ClipFacts,
        *,
        still: Picture | None = None,
        still_prior: Homography | None = None,
        parameters: IntakeParameters = IntakeParameters(),
    ) -> None:
        self._parameters = parameters
        self._facts = facts
        self._still, self._still_prior = still, still_prior
        self._bars = BarsAnalyser()
        self._quality = QualityAnalyser(facts, parameters=parameters.quality)
        self._note: str | None = None
        self._seen = False

    def see(self, frame: Frame) -> None:
        """Take in the next frame."""
        if not self._seen and self._still is not None:
            found = registered_in(self._still, frame, prior=self._still_prior)
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
            silent=None if self._facts.audio is None else _silent(self._facts, self._parameters),
            credentials=has_credentials(self._facts.path),
        )


def remarks(
    intake: Intake,
    facts: ClipFacts,
    *,
    target: tuple[int, int] | None = None,
    parameters: IntakeParameters = IntakeParameters(),
) -> list[str]:
    """Warnings about a delivered clip, one line each; `target` is the width and height wanted."""
    warnings = []
    picture = intake.picture
    if (picture.w, picture.h) != (facts.width, facts.height):
        warnings.append(f"padded: bars around a picture of {picture.w}x{picture.h} at {picture.x},{picture.y}")
    if intake.still_size is not None:
        warnings += _against_still(intake, facts, intake.still_size, parameters)
    if (
        intake.cadence is not None
        and facts.fps is not None
        and intake.cadence < parameters.least_cadence * float(facts.fps)
    ):
        fps = float(facts.fps)
        warnings.append(f"moves at about {intake.cadence:.1f} pictures a second, shown at {fps:.2f}: frames repeat")
    if target is not None and (facts.width < target[0] or facts.height < target[1]):
        warnings.append(f"smaller than the target: {facts.width}x{facts.height}, wanted {target[0]}x{target[1]}")
    if facts.bits > 8:
        warnings.append(f"{facts.bits} bits a sample: brought to 8")
    if intake.silent:
        warnings.append("its sound is silence")
    return warnings


def _against_still(intake: Intake, facts: ClipFacts, size: tuple[int, int], parameters: IntakeParameters) -> list[str]:
    warnings = []
    sent, got = size[0] / size[1], facts.width / facts.height
    if abs(sent / got - 1) > parameters.aspect_tolerance:
        warnings.append(f"the still is {size[0]}x{size[1]}, the clip {facts.width}x{facts.height}: another aspect")
    if intake.squeeze is None:
        warnings.append("the still was not found in the first frame")
    elif intake.squeeze != "the same" and not intake.squeeze.startswith("scaled"):
        warnings.append(f"the still is {intake.squeeze}")
    return warnings


def _silent(facts: ClipFacts, parameters: IntakeParameters) -> bool:
    peak = 10 ** (parameters.silence_dbfs / 20)
    return all(float(np.abs(block).max(initial=0.0)) < peak for block in samples(facts.path))
