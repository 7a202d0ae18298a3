"""How many spoiled repairs the gates catch, and how many that are true they reject.

A true repair (benchmarks/gate_samples.py) is spoiled in known ways, each at three strengths, of which every clip gets
one. A fault counts when it can be seen: a root mean square of at least four levels within the mask.

Tuning: scenes of samples/simulator, and subtitles over them, noise and photographs. Test: other seeds, faces,
photographs and settings of the encoder. Limits (`GateParameters`) are set on the tuning half only, but for that of
`strokes`.

    python benchmarks/gates.py [--scenes 22] [--half tuning] [--kinds ghost,seam] [--cache FOLDER] [--values FILE]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from common import print_environment
from gate_samples import ERASED, RESTORED, Half, Sample, Shot, cached_samples, composited, visible
from overlaycut.core.plan import EditPlan
from overlaycut.models.text_segmentation import text_segmenter
from overlaycut.qc.gates import GateResult, PixelGates


@dataclass(frozen=True)
class Verdict:
    """One repair, judged."""

    half: Half
    decision: str
    fault: str
    """"" for the truth."""
    strength: int
    sample: str
    gates: tuple[GateResult, ...]

    @property
    def failed(self) -> bool:
        """Whether any gate failed."""
        return any(gate.status == "fail" for gate in self.gates)

    def __str__(self) -> str:
        shown = " ".join(
            f"{g.gate}{'!' if g.status == 'fail' else ''} {'-' if g.value is None else f'{g.value:.2f}'}"
            for g in self.gates
        )
        verdict = "FAIL" if self.failed else "pass"
        return f"{verdict} {self.sample:28s} {self.fault or '(none)':24s} {self.strength} {shown}"


def judged(sample: Sample, fills: Shot, masks: Sequence[np.ndarray]) -> tuple[GateResult, ...]:
    """The gates of one repair."""
    plan = EditPlan(clip=sample.record, regions=(sample.region, *sample.others))
    gates = PixelGates(plan, reference=sample.still, segmenter=text_segmenter(threads=1))
    for after in composited(sample, fills, masks):
        gates.see(after)
    return gates.result()["r1"]


def scene_verdicts(job: tuple[Half, int], *, kinds: frozenset[str], cache: Path | None) -> list[Verdict]:
    """Truths and faults of one scene."""
    cv2.setNumThreads(1)
    half, seed = job
    found = []
    for number, sample in enumerate(cached_samples(half, seed, cache)):
        decision = sample.region.decision
        found.append(Verdict(half, decision, "", 0, sample.name, judged(sample, sample.truth, sample.masks)))
        for turn, (name, fault) in enumerate((ERASED if decision == "erase" else RESTORED).items()):
            if kinds and name not in kinds:
                continue
            strength = (seed + turn + number) % 3
            fills, masks = fault(sample, strength, np.random.default_rng([seed, number, turn]))
            if visible(sample, fills, masks):
                found.append(Verdict(half, decision, name, strength, sample.name, judged(sample, fills, masks)))
    return found


def report(verdicts: Sequence[Verdict]) -> None:
    """Print what was caught, by fault, and what was rejected without one."""
    halves: tuple[Half, ...] = ("tuning", "test")
    rows: dict[tuple[str, str], dict[Half, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for one in verdicts:
        rows[one.decision, one.fault or "(none)"][one.half].append(one.failed)
        rows["all", "caught" if one.fault else "false alarms"][one.half].append(one.failed)
    print(f"{'repair':8s} {'fault':26s}" + "".join(f"{half:>18s}" for half in halves))
    for (decision, fault), found in sorted(rows.items()):
        cells = "".join(
            f"{sum(found[h]):5d} of {len(found[h]):3d} {100 * np.mean(found[h]):3.0f}%" if found[h] else f"{'-':>18s}"
            for h in halves
        )
        print(f"{decision:8s} {fault:26s}{cells}")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenes", type=int, default=22, help="scenes of each half")
    parser.add_argument("--half", choices=("tuning", "test", "both"), default="both")
    parser.add_argument("--kinds", default="", help="faults, separated by commas; all when left out")
    parser.add_argument("--cache", type=Path, help="where drawn clips are kept for the next run")
    parser.add_argument("--values", type=Path, help="where to write what every gate measured, one JSON object a line")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    args = parser.parse_args()
    print_environment()
    halves: tuple[Half, ...] = ("tuning", "test") if args.half == "both" else (args.half,)
    jobs = [(half, seed) for half in halves for seed in range(args.scenes)]
    kinds = frozenset(filter(None, args.kinds.split(",")))
    verdicts = []
    with multiprocessing.Pool(args.jobs) as pool:
        for found in pool.imap(partial(scene_verdicts, kinds=kinds, cache=args.cache), jobs):
            verdicts += found
            for one in found:
                if one.failed != bool(one.fault):
                    print(one, flush=True)
    if args.values is not None:
        lines = (
            json.dumps(
                {"sample": v.sample, "fault": v.fault, "strength": v.strength, "gates": [g.to_dict() for g in v.gates]}
            )
            for v in verdicts
        )
        args.values.write_text("\n".join(lines))
    report(verdicts)


if __name__ == "__main__":
    main()
