"""How well the forecast of a repair predicts what comes of it.

The clips of benchmarks/gates.py are repaired as `clean` would with their plan. Each repair has a forecast of its
quality, made before it is rendered; the gates and the PSNR against the truth, inside the mask, are made of its pixels.
Printed are the rank correlation of forecast and PSNR, how often a repair that passes its gates has a better forecast
than one that fails, and what came of the repairs of each class of forecast. Limits are set on the tuning half only.

    python benchmarks/forecast.py [--scenes 10] [--half tuning] [--cache FOLDER]
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from scipy.stats import spearmanr

from common import print_environment
from gate_samples import Half, Sample, cached_samples
from overlaycut.core.plan import EditPlan
from overlaycut.models.text_segmentation import text_segmenter
from overlaycut.qc.gates import PixelGates
from overlaycut.repair.estimate.estimation import estimate_repairs

CLASSES = (0.0, 0.3, 0.6, 0.9, 1.01)
"""Limits of the classes of forecast quality."""


@dataclass(frozen=True)
class Outcome:
    """One repair: what was foreseen, and what was measured."""

    half: Half
    sample: str
    decision: str
    quality: float
    notes: tuple[str, ...]
    psnr: float
    """Decibels of luma inside the mask, all frames together."""
    failed: tuple[str, ...]

    def __str__(self) -> str:
        failed = ", ".join(self.failed) or "passed"
        return f"{self.sample:30s} forecast {self.quality:.2f} PSNR {self.psnr:5.1f} {failed} ({'; '.join(self.notes)})"


def outcome(sample: Sample, half: Half) -> Outcome:
    """One sample, repaired and measured."""
    plan = EditPlan(clip=sample.record, regions=(sample.region, *sample.others))
    estimates = estimate_repairs(plan, reference=sample.still, frames=lambda: iter(sample.frames))
    gates = PixelGates(plan, reference=sample.still, segmenter=text_segmenter(threads=1))
    errors, pixels = 0.0, 0
    for after, truth, mask in zip(estimates.over(iter(sample.frames)), sample.truth, sample.masks, strict=True):
        gates.see(after)
        if sample.region.edit is not None and after.frame.index in sample.region.edit and mask.any():
            due = cv2.cvtColor(truth, cv2.COLOR_RGB2GRAY).astype(float)
            made = cv2.cvtColor(after.frame.rgb(), cv2.COLOR_RGB2GRAY).astype(float)
            errors, pixels = errors + float(((made - due)[mask] ** 2).sum()), pixels + int(mask.sum())
    forecast = estimates.forecasts["r1"]
    psnr = 10 * np.log10(255**2 / max(errors / max(pixels, 1), 1e-3))
    failed = tuple(gate.gate for gate in gates.result()["r1"] if gate.status == "fail")
    return Outcome(half, sample.name, sample.region.decision, forecast.quality, forecast.notes, float(psnr), failed)


def scene_outcomes(job: tuple[Half, int], *, cache: Path | None) -> list[Outcome]:
    """Every repair of one scene."""
    cv2.setNumThreads(1)
    half, seed = job
    return [outcome(sample, half) for sample in cached_samples(half, seed, cache)]


def report(outcomes: Sequence[Outcome]) -> None:
    """Print how forecast and measurement agree."""
    for half in ("tuning", "test"):
        found = [one for one in outcomes if one.half == half]
        if len(found) < 3:
            continue
        quality, psnr = np.array([one.quality for one in found]), np.array([one.psnr for one in found])
        passed = np.array([not one.failed for one in found])
        pairs = quality[passed][:, None] - quality[~passed][None]
        better = float(np.mean((pairs > 0) + 0.5 * (pairs == 0))) if pairs.size else float("nan")
        print(
            f"{half}: {len(found)} repairs, {int(passed.sum())} pass; rank correlation with PSNR "
            f"{spearmanr(quality, psnr).statistic:.2f}; better forecast of those that pass {better:.2f} (0.5 is chance)"
        )
        for low, high in pairwise(CLASSES):
            inside = (quality >= low) & (quality < high)
            if inside.any():
                print(
                    f"  forecast {low:.1f} to {min(high, 1):.1f}: {int(inside.sum()):3d} repairs, "
                    f"{100 * passed[inside].mean():3.0f}% pass, PSNR {np.median(psnr[inside]):.1f} dB in the median"
                )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=10, help="scenes of each half")
    parser.add_argument("--half", choices=("tuning", "test", "both"), default="both")
    parser.add_argument("--cache", type=Path, help="where drawn clips are kept for the next run")
    args = parser.parse_args()
    print_environment()
    halves: tuple[Half, ...] = ("tuning", "test") if args.half == "both" else (args.half,)
    outcomes = []
    with multiprocessing.Pool(2) as pool:
        jobs = [(half, seed) for half in halves for seed in range(args.scenes)]
        for found in pool.imap(partial(scene_outcomes, cache=args.cache), jobs):
            outcomes += found
            for one in found:
                print(one, flush=True)
    report(outcomes)


if __name__ == "__main__":
    main()
