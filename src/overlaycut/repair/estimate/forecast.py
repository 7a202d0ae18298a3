"""Forecast of a repair's quality, before it is rendered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from overlaycut.repair.estimate.plate_estimation import Plate
from overlaycut.repair.estimate.region_geometry import RegionGeometry

LEAST_QUALITY = 0.3
"""Quality below which another method is worth trying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastParameters:
    """Limits of a good repair, and errors to be expected; set by the tuning half of benchmarks/forecast.py."""

    most_enlargement: float = 1.25
    """Size of lettering in the clip, relative to its source, beyond which it looks soft."""
    least_correlation: float = 0.4
    """Correlation of the source with the clip's intact lettering below which one of them is something else."""
    error_levels: float = 28.0
    """Expected error, in levels, at which quality is 1/e."""
    contrast_levels: float = 30.0
    """Standard deviation of lettering, in levels, of which what the reference does not explain is error."""
    unknown_correlation: float = 0.8
    """Correlation to be expected where no frame shows the clip's lettering intact: sharpness and ink are guessed."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The expected quality of one region's repair."""

    quality: float
    """0..1; 1 when nothing is known against it."""
    notes: tuple[str, ...] = ()
    """What a person should know, in words."""

    @property
    def poor(self) -> bool:
        """Whether another method is worth trying."""
        return self.quality < LEAST_QUALITY


def forecast_of(
    geometry: RegionGeometry,
    *,
    correlation: float | None,
    plate: Plate | None,
    parameters: ForecastParameters = ForecastParameters(),
) -> Forecast:
    """The forecast of a region's repair.

    correlation: as `Sharpness.correlation`. plate: the plate that was estimated for it, if any.
    """
    notes: list[str] = []
    region = geometry.region
    if region.decision == "restore" and region.typeset is None:
        assert region.reference_quad is not None  # a restored region has one
        largest = max(abs(quad.area) for quad in geometry.shown_quads().values())
        scale = (largest / max(abs(region.reference_quad.area), 1e-6)) ** 0.5
        if scale > parameters.most_enlargement:
            notes.append(
                f"the picture it is taken from shows it at {1 / scale:.0%} of the clip's size: it will be soft"
            )
        if correlation is not None and correlation < parameters.least_correlation:
            notes.append(f"the reference fits the clip's own good lettering badly (correlation {correlation:.2f})")
            return Forecast(max(correlation, 0.0) / 2, tuple(notes))
        if correlation is None:
            notes.append("no frame shows its lettering intact: sharpness and colour are guessed")
            correlation = parameters.unknown_correlation
        return _expected(parameters.contrast_levels * max(1 - correlation**2, 0.0) ** 0.5, notes, parameters)
    if plate is not None and plate.fill_error is not None:
        notes.append(
            f"{1 - plate.seen:.0%} of what lies under it shows in no frame; bare surface nearby is guessed "
            f"to {plate.fill_error:.0f} levels"
        )
        return _expected(plate.fill_error * (1 - plate.seen) ** 0.5, notes, parameters)
    return Forecast(1.0, tuple(notes))


def _expected(error_levels: float, notes: list[str], parameters: ForecastParameters) -> Forecast:
    """The forecast where that root mean square error is expected."""
    return Forecast(float(np.exp(-error_levels / parameters.error_levels)), tuple(notes))
