"""How lettering is judged in clips that generators and cameras made, beside what a person saw in them.

`real_lettering.toml` says what there is to find: regions, states, first damaged frames, in two halves and a later set.
Tuning clips may be looked at while rules are made; test clips are only run for the report; the later set, in which
nothing is broken, was labelled when some test clips had been looked at. A labelled region is found when a region of the
plan overlaps its box in the labelled frame; where several do, the worst state counts.

1. Broken lettering (warped or invented): the share that is called neither stable nor protected.
2. Stable lettering: the share that is called anything else; what is not found counts as not called.
3. By how many frames the onset of broken lettering is missed.
4. With `--own-still`: regions whose state changes when the clip's first frame is given as the still.

    python benchmarks/real_lettering.py --clips FOLDER… [--half tuning|test|later|all] [--own-still] [--jobs 1]
"""

from __future__ import annotations

import argparse
import dataclasses
import multiprocessing
import statistics
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

import overlaycut
from common import print_environment
from overlaycut.core.geometry import Quad
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.media import Clip

_LABELS = Path(__file__).with_suffix(".toml")
_OVERLAP = 0.3
"""Share of the smaller of a box and a found region that both must have in common."""
_BROKEN = ("warped", "lost", "invented")
"""States in which something is to be done, the worst first."""


@dataclasses.dataclass(frozen=True)
class Label:
    """One region as a person sees it."""

    frame: int
    box: tuple[int, int, int, int]
    """x, y, width, height, in pixels of the clip."""
    text: str
    state: str
    onset: int | None = None
    hidden: tuple[tuple[int, int], ...] = ()
    sure: bool = True

    @classmethod
    def of(cls, values: dict[str, Any]) -> Label:
        """From a table of the file of labels."""
        return cls(**{**values, "box": tuple(values["box"]), "hidden": tuple(map(tuple, values.get("hidden", [])))})


@dataclasses.dataclass(frozen=True)
class Verdict:
    """One labelled region beside what the analysis made of it."""

    file: str
    half: str
    label: Label
    state: str
    """Of the region found there; "not found" when there is none."""
    onset: int | None
    reason: str
    state_with_still: str | None = None
    """State with the clip's first frame as the still; None when that was not tried."""

    def __str__(self) -> str:
        late = ""
        if self.onset is not None and self.label.onset is not None:
            late = f" onset {self.onset - self.label.onset:+d}"
        still = "" if self.state_with_still in (None, self.state) else f" [own still: {self.state_with_still}]"
        doubt = "" if self.label.sure else " (not counted)"
        return (
            f"{self.half:6s} {self.file:36s} {self.label.text[:18]:18s} {self.label.state:9s} → {self.state:9s}"
            f"{late}{still}{doubt}  {self.reason}"
        )


@dataclasses.dataclass(frozen=True)
class Job:
    """A clip to be analysed."""

    clip: Path
    half: str
    labels: tuple[Label, ...]
    own_still: bool


def main() -> None:
    """Print every verdict, then both columns."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, nargs="+", required=True, help="folders that are searched for the clips")
    parser.add_argument("--half", choices=("tuning", "test", "later", "all"), default="all")
    parser.add_argument("--own-still", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    wanted = parser.parse_args()
    print_environment()
    jobs, absent = jobs_of(wanted.clips, wanted.half, own_still=wanted.own_still)
    with multiprocessing.get_context("spawn").Pool(wanted.jobs) as pool:
        verdicts = []
        for some in pool.imap(judge, jobs):
            for verdict in some:
                print(verdict, flush=True)
            verdicts += some
    for file in absent:
        print(f"not there: {file}", file=sys.stderr)
    for half in ("tuning", "test", "later"):
        print(summary(half, [one for one in verdicts if one.half == half]))


def jobs_of(folders: Sequence[Path], half: str, *, own_still: bool) -> tuple[list[Job], list[str]]:
    """The labelled clips that are in the folders, and the names of those that are not."""
    found = {path.name: path for folder in folders for path in folder.rglob("*") if path.is_file()}
    clips = [clip for clip in tomllib.loads(_LABELS.read_text())["clip"] if half in (clip["half"], "all")]
    jobs = [
        Job(found[clip["file"]], clip["half"], tuple(Label.of(region) for region in clip["region"]), own_still)
        for clip in clips
        if clip["file"] in found
    ]
    return jobs, [clip["file"] for clip in clips if clip["file"] not in found]


def judge(job: Job) -> list[Verdict]:
    """Analyse a clip, and hold what was found against its labels."""
    plan = overlaycut.analyze(job.clip, cache=False)
    again = _with_own_still(job.clip) if job.own_still else None
    verdicts = []
    for label in job.labels:
        state, onset, reason = worst(matches(label, plan))
        other = None if again is None else worst(matches(label, again))[0]
        verdicts.append(Verdict(job.clip.name, job.half, label, state, onset, reason, other))
    return verdicts


def _with_own_still(path: Path) -> EditPlan:
    with tempfile.TemporaryDirectory() as folder:
        still = Path(folder) / "first.png"
        Image.fromarray(next(Clip(path).frames()).rgb()).save(still)
        return overlaycut.analyze(path, still=still, cache=False)


def matches(label: Label, plan: EditPlan) -> list[RegionPlan]:
    """Regions of the plan that lie in the label's box in its frame, or in the nearest frame of their lives."""
    x, y, width, height = label.box
    box = Quad.of(np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], dtype=float))
    return [region for region in plan.regions if _shared(box, _quad_near(region, label.frame)) >= _OVERLAP]


def _quad_near(region: RegionPlan, frame: int) -> Quad:
    return region.quads[min(region.quads, key=lambda at: abs(at - frame))]


def _shared(one: Quad, other: Quad) -> float:
    a, b = (quad.array().astype(np.float32) for quad in (one, other))
    both = float(cv2.intersectConvexConvex(a, b)[0])
    return both / max(min(abs(one.area), abs(other.area)), 1e-9)


def worst(regions: Iterable[RegionPlan]) -> tuple[str, int | None, str]:
    """The state that counts, its onset and its reason."""
    ranked = sorted(regions, key=lambda region: (*_BROKEN, "stable").index(region.state))
    if not ranked:
        return "not found", None, ""
    first = ranked[0]
    state = "protected" if any(region.protected for region in ranked) else first.state
    return state, first.onset_frame, first.reason


def summary(half: str, verdicts: Sequence[Verdict]) -> str:
    """The figures of one half, of labels that are sure."""
    sure = [verdict for verdict in verdicts if verdict.label.sure]
    broken = [verdict for verdict in sure if verdict.label.state in _BROKEN]
    caught = [verdict for verdict in broken if verdict.state in _BROKEN]
    stable = [verdict for verdict in sure if verdict.label.state == "stable"]
    wrong = [verdict for verdict in stable if verdict.state in _BROKEN]
    unseen = [verdict for verdict in stable if verdict.state == "not found"]
    marks = [verdict for verdict in sure if verdict.label.state == "protected"]
    kept = [verdict for verdict in marks if verdict.state == "protected"]
    late = [abs(one.onset - one.label.onset) for one in caught if None not in (one.onset, one.label.onset)]
    changed = [one for one in sure if one.state_with_still not in (None, one.state)]
    onset = f"{statistics.median(late):g} frames" if late else "none"
    return (
        f"{half}: broken found {len(caught)} of {len(broken)}; stable called otherwise {len(wrong)} of {len(stable)}, "
        f"not found {len(unseen)}; marks {len(kept)} of {len(marks)}; onset missed by {onset} in the median; "
        f"other state with own still {len(changed)} of {len(sure)}"
    )


if __name__ == "__main__":
    main()
