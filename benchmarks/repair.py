"""How good repairs are: against a known truth, beside per-frame peers that are given the same masks.

1. Drawn clips (samples/simulator, fixed seeds) with lettering that melts, vanishes or is invented. They are analysed
   and repaired as `overlaycut clean --still` would; the truth is the same clip drawn with nothing wrong and encoded
   alike.
2. With `--footage FOLDER`: clips of that folder, with a line of lettering burned in for their whole length, which is
   taken out as an `--area` would. The truth is the clip before. A background counts as moving when what lies around the
   line moves by more than 0.3 pixels per frame in the median.

3. With `--labels`: labels of two lines before a textured ground (`label_clips.py`), some of them with something that
   passes in front. Limits of the restore are set on their *tuning* half; the *test* half is only run for the report.

Peers fill the very mask of the repair in each frame by itself: OpenCV's Telea and Navier–Stokes, scikit-image's
biharmonic (every twelfth frame), and FFmpeg's delogo (the mask's bounding box) and removelogo (the union of the masks).
Everything is measured on luma, inside the truth's own mask: pixels that the fault changed, grown by two.

    python benchmarks/repair.py [--clips 24] [--size 1080x1920] [--frames 60] [--footage FOLDER] [--read 3]
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

from PIL import Image, ImageDraw, ImageFont
from skimage.metrics import mean_squared_error, structural_similarity
from skimage.restoration import inpaint_biharmonic

import overlaycut
from common import edits, print_environment
from label_clips import Half, LabelClip
from lettering import Job, best_match, corner_errors, draw
from overlaycut.api.clip_analysis import record_of
from overlaycut.api.repairing import estimation_of, repairs_of
from overlaycut.core.edit_distance import folded
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Box, Quad
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.decide import Area, area_regions
from overlaycut.media import Clip
from overlaycut.models import rapid_reader
from overlaycut.repair.composite.patch import Patch
from overlaycut.resources import folder as shipped
from simulator import Truth, simulate, write_clip

RATE = Fraction(24)
_CHANGED = 8
"""Levels by which a fault must have changed a sample for it to count."""
_MOVES = 0.3
_BIHARMONIC_EVERY = 12
_LINE = "WAIT FOR THE LAST PART"

Planes = Sequence[np.ndarray]
"""One crop of luma per frame."""


@dataclasses.dataclass(frozen=True)
class Score:
    """One repaired region, and what the peers made of it."""

    clip: str
    text: str
    decision: str
    moving: bool
    psnr: dict[str, float]
    """Method → decibels over all frames; "clip" is the fault itself."""
    ssim: dict[str, float]
    steady: dict[str, float]
    """Method → temporal error over that of the truth."""
    left_over: tuple[int, int]
    """Frames in which the reader finds lettering that the truth has not, of frames read."""
    exact: tuple[int, int]
    """Frames that read exactly as they should, of frames whose truth does."""
    characters: tuple[float, float]
    """Characters right, of characters in frames whose truth reads."""
    agreement: tuple[float, float]
    """Share of neighbouring readings that agree: repaired, truth."""
    corners: float | None
    sharpness: float = 1.0
    """Energy of the gradient over the truth's, inside the masks."""

    def __str__(self) -> str:
        names = [name for name in self.psnr if name != "clip"]
        decibels = " ".join(f"{name} {self.psnr[name]:.1f}" for name in names)
        steady = " ".join(f"{name} {self.steady[name]:.2f}" for name in names if name in self.steady)
        corners = "" if self.corners is None else f" corners {self.corners:.2f}"
        return (
            f"{self.clip:>22s} {self.text[:14]:14s} {self.decision:7s} {'moving' if self.moving else 'locked'} "
            f"was {self.psnr['clip']:.1f}: {decibels} | steady {steady} | left {self.left_over[0]}/{self.left_over[1]} "
            f"exact {self.exact[0]}/{self.exact[1]}{corners} sharp {self.sharpness:.2f}"
        )


# ---- drawn clips


def drawn(job: Job, read_every: int) -> list[Score]:
    """Every repaired region of a drawn clip."""
    cv2.setNumThreads(1)
    draw(job)
    intact = job.folder / f"{job.seed}-truth.mp4"
    if not intact.exists():
        write_clip(intact, simulate(job.scene).frames("clean"), RATE)
    plan = overlaycut.analyze(job.clip, still=job.still, cache=False)
    known = Truth.from_json(job.truth.read_text())
    scores = []
    for region in known.regions:
        found = best_match(region, plan)
        if found is None or not found.changes or region.state == "stable":
            continue
        if max(frame.visibility for frame in region.frames) < 0.4:
            continue
        # What turns on its cylinder or waves is no longer where its plane would have it.
        corners = None if job.restless else partial(corner_errors, job, region)
        scores.append(scored(str(job.seed), plan, found, job.clip, intact, read_every=read_every, corners=corners))
    return scores


# ---- drawn labels


def labelled(half: Half, seed: int, folder: Path, read_every: int) -> list[Score]:
    """Every line of a drawn label that melts and is found to; what is not restored is said."""
    cv2.setNumThreads(1)
    label = LabelClip(half, seed)
    clip, truth, still = (folder / f"{half}{seed}{end}" for end in (".mp4", "-truth.mp4", ".png"))
    if not truth.exists():
        Image.fromarray(label.still()).save(still)
        label.write(clip)
        label.write(truth, melts=False)
    plan = overlaycut.analyze(clip, still=still, mode="restore", cache=False)
    scores = []
    for line, state in enumerate(label.states):
        there = label.in_still(line)
        region = next((r for r in plan.regions if r.reference_quad and _same_place(r.reference_quad, there)), None)
        name = f"{half}{seed}.{line}"
        if region is None or not region.changes:
            if state == "warped":
                print(f"{name}: {label.words[line]} is not restored")
            continue
        if state == "stable":
            print(f"{name}: {label.words[line]} is intact, and {region.decision}d")
        off = partial(_label_errors, label)
        scores.append(scored(name, plan, region, clip, truth, read_every=read_every, corners=off))
    return scores


def _label_errors(label: LabelClip, region: RegionPlan) -> Iterator[float]:
    """Mean distance of the corners from where the card took them, frame by frame, in pixels of 1080."""
    assert region.reference_quad is not None  # a restored region has one
    for index, quad in region.quads.items():
        due = label.moved(region.reference_quad, index)
        yield 1080 / label.width * float(np.linalg.norm(due.array() - quad.array(), axis=1).mean())


def _same_place(one: Quad, other: Quad) -> bool:
    x, y = one.centre
    return bool(np.hypot(x - other.centre[0], y - other.centre[1]) < other.size[1])


# ---- burned-in lettering over footage


def burned(source: Path, folder: Path, frames: int, read_every: int) -> list[Score]:
    """A line burned into a clip and taken out again."""
    cv2.setNumThreads(1)
    clip, truth = folder / f"{source.stem}-burned.mp4", folder / f"{source.stem}-truth.mp4"
    box = _burn(source, clip, truth, frames)
    record = record_of(Clip(clip).full_facts)
    plan = EditPlan(clip=record, regions=area_regions([Area(box.x, box.y, box.w, box.h)], record, "erase"))
    region = plan.regions[0].model_copy(update={"expected": _LINE})
    return [scored(source.stem, plan, region, clip, truth, read_every=read_every, corners=None)]


def _burn(source: Path, clip: Path, truth: Path, frames: int) -> Box:
    """Write a clip with and without the line; the box that a person would draw around the line."""
    pictures = []
    for frame in Clip(source).frames():
        if frame.index >= frames:
            break
        rgb = frame.rgb()
        share = min(720 / min(rgb.shape[:2]), 1.0)
        size = tuple(round(side * share / 2) * 2 for side in rgb.shape[1::-1])
        pictures.append(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if share < 1 else rgb)
    height, width = pictures[0].shape[:2]
    em = min(0.055 * height, 1.4 * width / len(_LINE))
    font = ImageFont.truetype(shipped("fonts") / "Inter-Bold.otf", em)
    layer = Image.new("RGBA", (width, height))
    place = width / 2, 0.8 * height
    ImageDraw.Draw(layer).text(
        place, _LINE, font=font, anchor="mm", fill="white", stroke_width=round(em / 14), stroke_fill="black"
    )
    line = np.asarray(layer, np.float32)
    alpha = line[..., 3:] / 255
    facts = Clip(source).facts
    rate = facts.fps or RATE
    shown = (np.rint(p * (1 - alpha) + line[..., :3] * alpha).astype(np.uint8) for p in pictures)
    write_clip(clip, shown, rate, crf=16)
    write_clip(truth, iter(pictures), rate, crf=16)
    left, top, right, bottom = layer.getbbox() or (0, 0, width, height)
    room = round(0.25 * em)
    return Box(left - room, top - room, right - left + 2 * room, bottom - top + 2 * room)


# ---- one region


def scored(
    name: str,
    plan: EditPlan,
    region: RegionPlan,
    clip: Path,
    truth: Path,
    *,
    read_every: int,
    corners: Callable[[RegionPlan], Iterator[float]] | None,
) -> Score:
    """Repair a clip and hold one region of it, and what peers make of that, against the truth.

    corners: the errors of a region's quads, which are those by which its patch is laid.
    """
    source = Clip(clip)
    plan, repairs = repairs_of(plan, estimation_of(plan, source))
    after_all = next(one for one in plan.regions if one.id == region.id)
    patch = repairs.repairs[region.id][0] if region.id in repairs.repairs else None
    errors: list[float] = []
    if corners is not None and isinstance(patch, Patch):
        errors = list(corners(region.model_copy(update={"quads": dict(patch.quads)})))
    assert region.edit is not None
    boxes = [region.quads[i].grown(1.2 * region.quads[i].size[1]).box() for i in region.edit if i in region.quads]
    facts = source.facts
    around = Box.around(boxes).even().clipped(facts.width, facts.height)
    assert around is not None
    was, is_, due, masks, written, told = [], [], [], [], [], []
    reader = rapid_reader()
    for after, intact in zip(repairs.over(source.frames()), Clip(truth).frames(), strict=True):
        frame = after.before
        if frame.index not in region.edit:
            continue
        quad = region.quads.get(frame.index)
        if quad is None:
            continue
        before, there = frame.y[around.slices].copy(), intact.y[around.slices].copy()
        own = _inside(quad, around)
        changed = (np.abs(before.astype(int) - there) > _CHANGED) & own
        masks.append(cv2.dilate(changed.astype(np.uint8), np.ones((5, 5))).astype(bool))
        was.append(before)
        due.append(there)
        is_.append(after.frame.y[around.slices].copy())
        written.append(after.mask[around.slices] > 0)
        if (frame.index - region.edit.start) % read_every == 0:
            told.append((_read(reader, after.frame, quad), _read(reader, intact, quad)))
    steps = _steps(due)
    made = {"clip": was, "ours": is_, **_peers(was, written)}
    if region.decision == "restore":
        made = {"clip": was, "ours": is_}
    if not after_all.changes:
        print(f"{name}: {region.expected} is not written: {after_all.reason.split(';')[-1].strip()}", flush=True)
    return Score(
        name,
        region.expected or region.read or region.id,
        "set anew" if after_all.typeset is not None else after_all.decision,
        _motion(steps, masks) > _MOVES,
        {key: _psnr(planes, due, masks) for key, planes in made.items()},
        {key: _ssim(planes, due, masks) for key, planes in made.items()},
        {
            key: _unsteadiness(planes, steps, masks) / max(_unsteadiness(due, steps, masks), 1e-6)
            for key, planes in made.items()
            if all(plane is not None for plane in planes)
        },
        *_readings(told, region),
        statistics.fmean(errors) if errors else None,
        _sharpness(is_, due, masks),
    )


def _inside(quad: Quad, around: Box) -> np.ndarray:
    """Where a region's own fault may be: its quad and half its height around it."""
    plane = np.zeros((around.h, around.w), np.uint8)
    corners = quad.grown(0.5 * quad.size[1]).array() - (around.x, around.y)
    cv2.fillConvexPoly(plane, np.rint(corners * 16).astype(np.int32), 1, shift=4)
    return plane.astype(bool)


def _peers(was: Planes, written: Planes) -> dict[str, list[np.ndarray | None]]:
    whole = np.any(written, axis=0)
    fills: dict[str, Callable[[int, np.ndarray, np.ndarray], np.ndarray | None]] = {
        "telea": lambda _, p, m: cv2.inpaint(p, m.astype(np.uint8), 3, cv2.INPAINT_TELEA),
        "ns": lambda _, p, m: cv2.inpaint(p, m.astype(np.uint8), 3, cv2.INPAINT_NS),
        "biharmonic": _biharmonic,
    }
    made: dict[str, list[np.ndarray | None]] = {
        name: [fill(i, p, m) for i, (p, m) in enumerate(zip(was, written, strict=True))] for name, fill in fills.items()
    }
    if whole.any():
        box = Box.of(whole)
        x, y = max(box.x, 1), max(box.y, 1)
        w = min(box.right, whole.shape[1] - 1) - x
        h = min(box.bottom, whole.shape[0] - 1) - y
        made["delogo"] = list(_through_ffmpeg(was, f"delogo=x={x}:y={y}:w={w}:h={h}"))
        with tempfile.TemporaryDirectory() as folder:
            bitmap = Path(folder) / "mask.pgm"
            Image.fromarray(whole.astype(np.uint8) * 255).save(bitmap)
            made["removelogo"] = list(_through_ffmpeg(was, f"removelogo=f={bitmap}"))
    return made


def _biharmonic(index: int, plane: np.ndarray, hole: np.ndarray) -> np.ndarray | None:
    if index % _BIHARMONIC_EVERY or not hole.any():
        return None
    solved = inpaint_biharmonic(plane / 255, hole, split_into_regions=True)
    return np.clip(np.rint(solved * 255), 0, 255).astype(np.uint8)


def _through_ffmpeg(planes: Planes, graph: str) -> Iterator[np.ndarray]:
    height, width = planes[0].shape
    said = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{width}x{height}", "-i", "-",
         "-vf", graph, "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"],
        input=b"".join(p.tobytes() + bytes([128]) * (width * height // 2) for p in planes),
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    size = width * height
    for at in range(0, len(said), size * 3 // 2):
        yield np.frombuffer(said[at : at + size], np.uint8).reshape(height, width)


# ---- measures


def _psnr(planes: Sequence[np.ndarray | None], due: Planes, masks: Planes) -> float:
    pairs = [(p[m], d[m]) for p, d, m in zip(planes, due, masks, strict=True) if p is not None and m.any()]
    made, truth = (np.concatenate(part) for part in zip(*pairs, strict=True)) if pairs else (np.zeros(1), np.zeros(1))
    return 10 * np.log10(255**2 / max(float(mean_squared_error(truth, made)), 1e-3))


def _sharpness(planes: Planes, due: Planes, masks: Planes) -> float:
    def energy(plane: np.ndarray, mask: np.ndarray) -> float:
        across, down = (cv2.Scharr(plane, cv2.CV_32F, *order) for order in ((1, 0), (0, 1)))
        return float((across**2 + down**2)[mask].sum())

    made = sum(energy(p, m) for p, m in zip(planes, masks, strict=True))
    return (made / max(sum(energy(d, m) for d, m in zip(due, masks, strict=True)), 1e-6)) ** 0.5


def _ssim(planes: Sequence[np.ndarray | None], due: Planes, masks: Planes) -> float:
    values = []
    for p, d, m in zip(planes, due, masks, strict=True):
        if p is not None and m.any():
            _, everywhere = structural_similarity(p, d, data_range=255, full=True)
            values.append(everywhere[m])
    return float(np.mean(np.concatenate(values))) if values else 1.0


def _steps(due: Planes) -> list[np.ndarray]:
    """Where each pixel of a frame lies in the next one, as the truth moves: (rows, columns, 2)."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    rows, columns = np.indices(due[0].shape, np.float32)
    here = np.dstack([columns, rows])
    return [here + search.calc(a, b, np.zeros((*a.shape, 2), np.float32)) for a, b in pairwise(due)]


def _motion(steps: Sequence[np.ndarray], masks: Planes) -> float:
    """Median distance that the background moves in a frame, within the masks."""
    lengths = []
    for to, mask in zip(steps, masks[:-1], strict=True):
        rows, columns = np.indices(mask.shape, np.float32)
        lengths += [np.hypot(to[..., 0] - columns, to[..., 1] - rows)[mask]]
    return float(np.median(np.concatenate(lengths))) if lengths else 0.0


def _unsteadiness(planes: Planes, steps: Sequence[np.ndarray], masks: Planes) -> float:
    """Mean change of a pixel along the truth's motion, within the masks of both frames."""
    errors = []
    for a, b, to, mask, next_mask in zip(planes[:-1], planes[1:], steps, masks[:-1], masks[1:], strict=True):
        there = cv2.remap(b, to, None, cv2.INTER_LINEAR).astype(float)
        seen = cv2.remap(next_mask.astype(np.uint8), to, None, cv2.INTER_NEAREST).astype(bool) & mask
        errors.append(np.abs(there - a)[seen])
    return float(np.mean(np.concatenate(errors))) if errors else 0.0


def _read(reader: object, frame: Frame, quad: Quad) -> str:
    box = quad.grown(quad.size[1] / 3).box().clipped(frame.width, frame.height)
    if box is None:
        return ""
    found = [f for f in reader.find(frame.patch(box), long_side=640) if f.confidence >= 0.6]
    return folded(" ".join(f.text for f in sorted(found, key=lambda f: f.quad.centre[0])))


def _readings(
    told: Sequence[tuple[str, str]], region: RegionPlan
) -> tuple[tuple[int, int], tuple[int, int], tuple[float, float], tuple[float, float]]:
    wanted = folded(region.expected or "")
    if region.decision != "restore":
        left = sum(len(ours) > 1 and ours != truth for ours, truth in told)
        return (left, len(told)), (0, 0), (0.0, 0.0), (1.0, 1.0)
    good = [ours for ours, truth in told if truth == wanted]
    right = sum(max(len(wanted) - edits(ours, wanted), 0) for ours in good)
    pairs = list(pairwise(told))
    same = tuple(sum(a[k] == b[k] for a, b in pairs) / max(len(pairs), 1) for k in (0, 1))
    return (0, 0), (sum(ours == wanted for ours in good), len(good)), (right, len(wanted) * len(good)), same


# ---- what is printed


def print_scores(scores: Sequence[Score]) -> None:
    """Every region, then what the goals are about."""
    for score in scores:
        print(score)
    erased = [s for s in scores if s.decision == "erase"]
    for moving, goal in ((True, 3.0), (False, 1.5)):
        some = [s for s in erased if s.moving is moving]
        if not some:
            continue
        names = sorted({name for s in some for name in s.psnr} - {"clip", "ours"})
        print(f"erase, {'moving' if moving else 'locked'} backgrounds, {len(some)} regions:")
        for name in ("ours", *names):
            print(f"  {name:11s} PSNR {_median(s.psnr.get(name) for s in some):.2f} dB  SSIM "
                  f"{_median(s.ssim.get(name) for s in some):.4f}  temporal error "
                  f"{_median(s.steady.get(name) for s in some):.2f} of the truth's")  # fmt: skip
        gains = [s.psnr["ours"] - max(s.psnr[n] for n in names if n in s.psnr) for s in some]
        better = [s.ssim["ours"] - max(s.ssim[n] for n in names if n in s.ssim) for s in some]
        print(f"  above the best peer of each region: median {statistics.median(gains):+.2f} dB (goal {goal:+.1f}), "
              f"lowest {min(gains):+.2f}; SSIM {statistics.median(better):+.4f}")  # fmt: skip
        left, read = (sum(s.left_over[k] for s in some) for k in (0, 1))
        print(f"  frames with lettering left: {left} of {read}")
    left = collections.Counter(s.decision for s in scores if s.decision in ("set anew", "keep", "reject"))
    if left:
        print("not restored: " + ", ".join(f"{count} {what}" for what, count in sorted(left.items())))
    restored = [s for s in scores if s.decision == "restore"]
    if restored:
        exact, of = (sum(s.exact[k] for s in restored) for k in (0, 1))
        right, characters = (sum(s.characters[k] for s in restored) for k in (0, 1))
        corners = [s.corners for s in restored if s.corners is not None]
        print(f"restore, {len(restored)} regions:")
        print(f"  exact {exact / max(of, 1):.3f} of {of} frames (goal 0.95), characters "
              f"{right / max(characters, 1):.4f} (goal 0.99)")  # fmt: skip
        print(f"  neighbouring readings agree: {statistics.fmean(s.agreement[0] for s in restored):.3f}, truth "
              f"{statistics.fmean(s.agreement[1] for s in restored):.3f}")  # fmt: skip
        decibels = sorted(s.psnr["ours"] for s in restored)
        print(f"  PSNR inside: median {statistics.median(decibels):.1f} dB, 10th percentile "
              f"{decibels[len(decibels) // 10]:.1f} (goal 30), the clip "
              f"{_median(s.psnr['clip'] for s in restored):.1f}; temporal error "
              f"{_median(s.steady['ours'] for s in restored):.2f} of the truth's")  # fmt: skip
        print(f"  sharpness over the truth's: median {_median(s.sharpness for s in restored):.3f} (goal 0.95 to 1.05)")
        print(f"  corners: mean {statistics.fmean(corners):.2f} px of 1080 (goal 1.0)" if corners else "  no corners")


def _median(values: Iterator[float | None]) -> float:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else float("nan")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--size", default="1080x1920")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="keep the drawn clips here, and use those that are there")
    parser.add_argument("--footage", type=Path, help="a folder of clips to burn lettering into")
    parser.add_argument("--restless", action="store_true", help="surfaces that bend, and focus that comes and goes")
    parser.add_argument("--labels", action="store_true", help="labels of two lines, both halves")
    parser.add_argument("--only", default="", help="file names of the footage, or seeds, separated by commas")
    parser.add_argument("--read", type=int, default=3, help="read every so many frames")
    parser.add_argument("--jobs", type=int, default=2)
    wanted = parser.parse_args()
    width, height = map(int, wanted.size.split("x"))
    only = [name for name in wanted.only.split(",") if name]
    print_environment("ffmpeg")
    with tempfile.TemporaryDirectory() as temporary:
        folder = wanted.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        seeds = [int(name) for name in only if name.isdigit()] or range(wanted.clips)
        with multiprocessing.get_context("spawn").Pool(wanted.jobs) as pool:
            if wanted.labels:
                for half in ("tuning", "test"):
                    print(f"labels, {half} half:")
                    jobs = [(half, seed, folder, wanted.read) for seed in seeds]
                    print_scores([score for scores in pool.starmap(labelled, jobs, chunksize=1) for score in scores])
                return
            if wanted.footage is None:
                size = width, height
                jobs = [(Job(seed, folder, size, wanted.frames, wanted.restless), wanted.read) for seed in seeds]
                found = pool.starmap(drawn, jobs, chunksize=1)
            else:
                clips = sorted(
                    p for p in wanted.footage.iterdir() if p.suffix == ".mp4" and (not only or p.stem in only)
                )
                found = pool.starmap(burned, [(p, folder, wanted.frames, wanted.read) for p in clips], chunksize=1)
        print_scores([score for scores in found for score in scores])


if __name__ == "__main__":
    main()
