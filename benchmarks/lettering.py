"""How well lettering is judged: drawn clips with known truth, re-made stable clips, and what the analysis costs.

1. Over clips drawn by lot (samples/simulator, fixed seeds): state of every region, warped against not warped (F1),
   frames by which the onset is missed, and how far the quads' corners lie from the truth, in pixels of 1080×1920.
2. Over the same scenes with nothing wrong, re-encoded, re-scaled, re-timed, blurred, panned and turned: regions that
   are called anything but stable.
3. Whether states change when a clip is encoded anew at another crf, and whether a second run says the same.
4. Without the still, but with the words given (`--text`): states of the regions that were there from the start.
5. Time of `overlaycut analyze` over that of x264's medium encode by the ffmpeg command, in turns.
6. Lines of 12 to 34 px on small signs, each intact, with one letter that melts, and melting as a whole; no still.
7. Kinds that a reader does not read (lettering_kinds.py): curved, mirrored, emblems, logos, single letters, lines of 8
   to 16 px; each intact, melting and redrawn; no still.
8. Prints on surfaces that bend (lettering_bodies.py): on bodies that turn, and on cloth in waves, which is only run for
   the report; each intact, melting and redrawn; no still.
9. Small lines that come nearer, go away, turn on a can or are half covered in their own colour (lettering_small.py);
   each intact, and melting or redrawn; no still. The second half is only run for the report.

    python benchmarks/lettering.py [--clips 64] [--size 1080x1920] [--frames 60] [--keep FOLDER] [--jobs 2] [--parts 17]
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import itertools
import multiprocessing
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from multiprocessing.pool import Pool
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

from PIL import Image

import lettering_bodies
import lettering_small
import overlaycut
from common import print_environment, used
from lettering_kinds import KINDS, TEST, KindScene, pictures, scenes
from overlaycut.analyse.lettering.geometry import overlap
from overlaycut.core.geometry import Quad, mapped
from overlaycut.core.plan import EditPlan, RegionPlan
from overlaycut.media import Clip
from passthrough import theirs
from simulator import Region, Scene, Truth, random_scene, simulate, write_clip
from simulator.lettering import ink_width
from simulator.scene import Backdrop, Camera, Fault, Lettering, Motion, Surface

RATE = Fraction(24)
LONG = 120
"""Frames of the longer clips that costs are measured on: five seconds, what most providers deliver."""
REMADE = 16
"""Scenes of which stable versions are made."""
_SEEN = 0.4
"""Visibility of a region in the truth from which on its corners are held against it."""
_CLEAR, _LONG = 0.7, 8
"""Visibility, and frames of it after the damage is done, without which nobody could see that anything is wrong."""
_BROKEN = ("warped", "lost", "invented")
_SAME = 0.3
"""Intersection over union from which on a found region is the drawn one."""


@dataclasses.dataclass(frozen=True)
class Score:
    """One drawn region and what was said about it."""

    seed: int
    text: str
    truth: str
    found: str
    onset: int | None
    corners: tuple[float, ...]
    judgeable: bool
    why: str

    def __str__(self) -> str:
        off = f"{statistics.fmean(self.corners):.2f} px" if self.corners else "no quads"
        late = "" if self.onset is None else f", onset {self.onset:+d}"
        return f"{self.seed:3d} {self.text:16s} {self.truth:9s} found {self.found:9s} {off}{late}  {self.why}"


@dataclasses.dataclass(frozen=True)
class Job:
    """A scene to be drawn and judged, and where its files are."""

    seed: int
    folder: Path
    size: tuple[int, int]
    frames: int
    restless: bool = False
    """Whether surfaces bend, and focus comes and goes."""

    @property
    def scene(self) -> Scene:
        """What is to be drawn."""
        width, height = self.size
        return random_scene(self.seed, width=width, height=height, frames=self.frames, fps=RATE, restless=self.restless)

    @property
    def clip(self) -> Path:
        """The clip as it came back."""
        return self.folder / f"{self.seed}.mp4"

    @property
    def still(self) -> Path:
        """The still it was made from."""
        return self.folder / f"{self.seed}.png"

    @property
    def truth(self) -> Path:
        """What is known of it."""
        return self.folder / f"{self.seed}.json"

    @property
    def intact(self) -> Path:
        """The clip with nothing wrong, nearly lossless."""
        return self.folder / f"{self.seed}-intact.mp4"


def draw(job: Job) -> None:
    """Write a job's files, unless an earlier run left them."""
    if job.truth.exists():
        return
    drawn = simulate(job.scene)
    Image.fromarray(drawn.still()).save(job.still)
    write_clip(job.clip, drawn.frames(), RATE)
    if job.seed < REMADE:
        write_clip(job.intact, drawn.frames("clean"), RATE, crf=8, preset="veryfast")
    job.truth.write_text(drawn.truth().to_json())


def judge_by_words(job: Job) -> list[Score]:
    """Every region that the clip begins with, beside what the analysis said that knew its words and no still."""
    draw(job)
    truth = Truth.from_json(job.truth.read_text())
    texts = [region.expected for region in truth.regions if region.expected is not None]
    plan = overlaycut.analyze(job.clip, texts=texts, cache=False)
    there = [region for region in truth.regions if region.expected is not None]
    return [scored(job, region, best_match(region, plan)) for region in there]


def judge(job: Job) -> list[Score]:
    """Every drawn region of a job beside what the analysis said."""
    draw(job)
    truth = Truth.from_json(job.truth.read_text())
    plan = overlaycut.analyze(job.clip, still=job.still, cache=False)
    return [scored(job, region, best_match(region, plan)) for region in truth.regions]


def best_match(region: Region, plan: EditPlan) -> RegionPlan | None:
    """The found region that lies where the drawn one does."""
    ranked = sorted(plan.regions, key=lambda found: shared(region, found))
    return ranked[-1] if ranked and shared(region, ranked[-1]) > _SAME else None


def shared(region: Region, found: RegionPlan) -> float:
    """Mean intersection over union of a drawn and a found region in up to seven frames of the found one's life."""
    frames = sorted(found.quads)
    chosen = frames[:: max(1, len(frames) // 7)]
    return statistics.fmean(_shared(Quad.of(np.array(region.frames[i].quad)), found.quads[i]) for i in chosen)


def _shared(one: Quad, other: Quad) -> float:
    a, b = (q.array().astype(np.float32) for q in (one, other))
    both = float(cv2.intersectConvexConvex(a, b)[0])
    return both / max(abs(one.area) + abs(other.area) - both, 1e-9)


def scored(job: Job, region: Region, found: RegionPlan | None) -> Score:
    """One region's score."""
    clear = judgeable(region)
    if found is None:
        return Score(job.seed, region.text, region.state, "not found", None, (), clear, "")
    onset = None
    if region.onset_frame is not None and found.onset_frame is not None and found.state == region.state:
        onset = found.onset_frame - region.onset_frame
    return Score(
        job.seed,
        region.text,
        region.state,
        found.state,
        onset,
        tuple(corner_errors(job, region, found)),
        clear,
        found.reason,
    )


def judgeable(region: Region) -> bool:
    """Whether a region is in view before its fault and again when the fault is fully there."""
    if region.state == "stable":
        return True
    seen = [frame.visibility >= _CLEAR for frame in region.frames]
    there = {
        "warped": [frame.corruption >= 0.5 for frame in region.frames],
        "lost": [frame.presence <= 0.5 for frame in region.frames],
        "invented": [frame.presence >= 0.5 for frame in region.frames],
    }[region.state]
    after = sum(s and t for s, t in zip(seen, there, strict=True))
    return after >= _LONG and (region.state == "invented" or any(seen[: region.onset_frame]))


def corner_errors(job: Job, region: Region, found: RegionPlan) -> Iterator[float]:
    """Mean distance of a frame's four corners from where the surface took the reference quad, for frames in view."""
    if found.reference_quad is None or found.expected_from != "still":
        return
    per_pixel = 1080 / min(job.size)
    for index, quad in found.quads.items():
        drawn = region.frames[index]
        if drawn.visibility >= _SEEN:
            there = mapped(drawn.homography, found.reference_quad.array())
            yield per_pixel * float(np.linalg.norm(there - quad.array(), axis=1).mean())


Pictures = Iterable[np.ndarray]


def _pan(pictures: Pictures) -> Iterator[np.ndarray]:
    for index, picture in enumerate(pictures):
        moved = np.float64([[1.06, 0, -0.03 * picture.shape[1] + 0.6 * index], [0, 1.06, -0.4 * index]])
        yield cv2.warpAffine(picture, moved, picture.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def _turn(pictures: Pictures) -> Iterator[np.ndarray]:
    for index, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        turned = cv2.getRotationMatrix2D((width / 2, height / 2), 4 * np.sin(index / 20), 1.05)
        yield cv2.warpAffine(picture, turned, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def _blurred(pictures: Pictures) -> Iterator[np.ndarray]:
    for picture in pictures:
        yield cv2.GaussianBlur(picture, (0, 0), min(picture.shape[:2]) / 900)


def _scaled(pictures: Pictures) -> Iterator[np.ndarray]:
    for picture in pictures:
        height, width = picture.shape[:2]
        yield cv2.resize(picture, (2 * (width * 2 // 6), 2 * (height * 2 // 6)), interpolation=cv2.INTER_AREA)


def _half_the_frames(pictures: Pictures) -> Iterator[np.ndarray]:
    for index, picture in enumerate(pictures):
        if index % 2 == 0:
            yield picture


def _as_they_are(pictures: Pictures) -> Iterator[np.ndarray]:
    yield from pictures


REMAKES: dict[str, tuple[Callable[[Pictures], Iterator[np.ndarray]], Fraction, int]] = {
    "as drawn": (_as_they_are, RATE, 20),
    "crf 32": (_as_they_are, RATE, 32),
    "scaled to 2/3": (_scaled, RATE, 23),
    "half the frames": (_half_the_frames, RATE / 2, 23),
    "at 30 fps": (_as_they_are, Fraction(30), 23),
    "blurred": (_blurred, RATE, 23),
    "panned": (_pan, RATE, 23),
    "turned": (_turn, RATE, 23),
}


def false_alarms(job: Job) -> list[tuple[str, int, int, str]]:
    """Per remake: its name, regions found, those not called stable, and what was said of them."""
    draw(job)
    result = []
    for name, (change, rate, crf) in REMAKES.items():
        remade = job.folder / f"{job.seed}-remade.mp4"
        write_clip(remade, change(frame.rgb() for frame in Clip(job.intact).frames()), rate, crf=crf, preset="fast")
        regions = overlaycut.analyze(remade, still=job.still, cache=False).regions
        wrong = [f"{r.expected} {r.state}: {r.reason}" for r in regions if r.state != "stable"]
        result.append((name, len(regions), len(wrong), "; ".join(wrong)))
        remade.unlink()
    return result


def repeated(job: Job) -> tuple[int, int, bool]:
    """Regions whose state a new encode at crf 28 changes, regions compared, and whether two runs say the same."""
    draw(job)
    first, second = (overlaycut.analyze(job.clip, still=job.still, cache=False) for _ in range(2))
    anew = job.folder / f"{job.seed}-anew.mp4"
    write_clip(anew, (frame.rgb() for frame in Clip(job.clip).frames()), RATE, crf=28)
    other = overlaycut.analyze(anew, still=job.still, cache=False)
    anew.unlink()
    before = {r.expected: r.state for r in first.regions if r.expected}
    after = {r.expected: r.state for r in other.regions if r.expected}
    both = before.keys() & after.keys()
    return sum(before[k] != after[k] for k in both), len(both), first == second


LINES = ("CRISPERIA", "MOUNTAIN TEA", "harbour lane", "OLIVE OIL 750")
"""What the small signs of part 6 read."""
SIZES = (12, 16, 22, 34)
"""Their font sizes in pixels; capitals are 0.7 of these, detected lines about as high."""


@dataclasses.dataclass(frozen=True)
class SmallLine:
    """One small sign."""

    number: int
    text: str
    size: int
    fault: str
    """"none", "letter" or "line"."""

    @property
    def scene(self) -> Scene:
        """What is to be drawn: 480 x 320, two seconds."""
        fonts = ("Inter-Bold.otf", "Vollkorn-ExtraBold.ttf", "BebasNeue-Bold.otf")
        letter = next(at for at in range(self.number % len(self.text), -1, -1) if self.text[at] != " ")
        part = (letter / len(self.text) + 0.01, (letter + 1) / len(self.text) - 0.01)
        fault = None if self.fault == "none" else Fault(
            kind="warped", onset=12, ramp=8, strength=1.2, seed=self.number,
            part=part if self.fault == "letter" else (0.0, 1.0),
        )  # fmt: skip
        font = fonts[self.number % 3]
        width, height = int(max(ink_width(self.text, font, self.size) * 1.3, 120)), max(self.size * 3, 80)
        line = Lettering(
            name="line", text=self.text, centre=(width / 2, height / 2), size=self.size, font=font, fault=fault
        )
        sign = Surface(
            name="sign", body="sign", x=(480 - width) / 2, y=(320 - height) / 2, width=width, height=height,
            colour=(40, 60, 90), motion=Motion(drift=(6, 3), sway=(5, 3), turn=2, tilt=(2, 4)), lettering=(line,),
        )  # fmt: skip
        return Scene(
            width=480, height=320, frames=48, fps=RATE, still_width=480, still_height=320, seed=self.number, noise=1.5,
            backdrop=Backdrop(kind="brick", seed=self.number), surfaces=(sign,),
            camera=Camera(pan=(4, 2), zoom=0.03, shake=0.8, seed=self.number),
        )  # fmt: skip


def judge_small(line: SmallLine) -> tuple[SmallLine, str, str]:
    """A small sign with the worst state of what was found on it, and the reason."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "line.mp4"
        write_clip(clip, simulate(line.scene).frames(), RATE, crf=23)
        regions = overlaycut.analyze(clip, cache=False).regions
    worst = sorted(regions, key=lambda region: region.state == "stable")
    if not worst:
        return line, "not found", ""
    return line, worst[0].state if worst[0].judged else "not judged", worst[0].reason


def print_small(found: Sequence[tuple[SmallLine, str, str]]) -> None:
    """By size and fault, how many are told, and what was said of the others."""
    for fault, right in (("none", "stable"), ("letter", "warped"), ("line", "warped")):
        of_it = [one for one in found if one[0].fault == fault]
        by_size = {size: [said == right for line, said, _ in of_it if line.size == size] for size in SIZES}
        told = ", ".join(f"{size} px {sum(hits)} of {len(hits)}" for size, hits in by_size.items())
        print(f"small lines, fault {fault}: called {right}: {told}")
        for line, said, reason in of_it:
            if said != right:
                print(f"    {line.text} {line.size} px: {said}: {reason}")


def judge_kind(scene: KindScene) -> tuple[KindScene, str, str]:
    """A scene of part 7 with the worst state of what was found at its lettering, and the reason."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "kind.mp4"
        write_clip(clip, pictures(scene), RATE, crf=20)
        return scene, *worst_at(scene.box, overlaycut.analyze(clip, cache=False).regions)


def judge_body(scene: lettering_bodies.BodyScene) -> tuple[lettering_bodies.BodyScene, str, str]:
    """The same of a scene of part 8."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "body.mp4"
        lettering_bodies.write(scene, clip)
        return scene, *worst_at(scene.box, overlaycut.analyze(clip, cache=False).regions)


def judge_changing(scene: lettering_small.SmallScene) -> tuple[lettering_small.SmallScene, str, str]:
    """The same of a scene of part 9."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "small.mp4"
        lettering_small.write(scene, clip)
        return scene, *worst_at(scene.box, overlaycut.analyze(clip, cache=False).regions)


def worst_at(box: tuple[float, float, float, float], regions: Iterable[RegionPlan]) -> tuple[str, str]:
    """The worst state of the regions that lie in `box` (x, y, width, height) where they begin, and its reason."""
    x, y, width, height = box
    there = Quad.of(np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], dtype=float))
    here = [one for one in regions if overlap(there, one.quads[min(one.quads)]) > _SAME]
    worst = sorted(here, key=lambda region: (region.state == "stable", not region.judged))
    if not worst:
        return "not found", ""
    return worst[0].state if worst[0].judged else "not judged", worst[0].reason


def print_bodies(half: str, found: Sequence[tuple[lettering_bodies.BodyScene, str, str]]) -> None:
    """How many of each fault were told, and intact ones called otherwise."""
    print(f"prints on surfaces that bend, {half}:")
    for fault in ("none", "melted", "redrawn"):
        said = collections.Counter(state for scene, state, _ in found if scene.fault == fault)
        print(f"  {fault:8s} " + ", ".join(f"{count} {state}" for state, count in said.most_common()))


def print_changing(half: str, found: Sequence[tuple[lettering_small.SmallScene, str, str]]) -> None:
    """By kind: intact ones called otherwise or not judged, and broken ones told."""
    print(f"small lines that change, {half}:")
    for kind in lettering_small.KINDS:
        intact = [said for scene, said, _ in found if scene.kind == kind and scene.fault == "none"]
        broken = [said for scene, said, _ in found if scene.kind == kind and scene.fault != "none"]
        print(
            f"  {kind:12s} intact called otherwise {sum(said in _BROKEN for said in intact)} of {len(intact)}, not "
            f"judged {intact.count('not judged')}; broken told {sum(said in _BROKEN for said in broken)} of "
            f"{len(broken)}, not judged {broken.count('not judged')}"
        )


def print_kinds(found: Sequence[tuple[KindScene, str, str]]) -> None:
    """By kind: how many are found, how many intact ones called otherwise, and broken ones told."""
    for kind in KINDS:
        of_it = [(scene, said, reason) for scene, said, reason in found if scene.kind == kind]
        intact = [said for scene, said, _ in of_it if scene.fault == "none"]
        print(f"{kind:9s} found {sum(said != 'not found' for _, said, _ in of_it)} of {len(of_it)}; intact called "
              f"otherwise {sum(said in _BROKEN for said in intact)} of {len(intact)}; told: " + ", ".join(
              f"{fault} {sum(said in _BROKEN for scene, said, _ in of_it if scene.fault == fault)} of {len(intact)}"
              for fault in ("melted", "redrawn")))  # fmt: skip


def cost(jobs: Sequence[Job], ffmpeg: str) -> list[float]:
    """Time of the analysis over that of the plain encode, a ratio per job."""
    ratios = []
    for job in jobs:
        draw(job)
        out = job.folder / "plain.mp4"
        encode = used(theirs(ffmpeg, job.clip, out, "medium")).wall
        command = [
            sys.executable,
            "-m",
            "overlaycut",
            "analyze",
            str(job.clip),
            "--still",
            str(job.still),
            "--no-cache",
        ]
        analysis = used([*command, "-o", str(job.folder / "plan.json")]).wall
        ratios.append(analysis / encode)
        print(f"  analysis {analysis:.1f} s, encode {encode:.1f} s, ratio {analysis / encode:.2f}", flush=True)
    return ratios


def print_states(scores: Sequence[Score]) -> None:
    """The share of regions whose state was told, and the others."""
    scores = [score for score in scores if score.judgeable]
    wrong = [s for s in scores if s.truth != s.found and not (s.truth == "stable" and s.found == "not found")]
    print(
        f"by their words alone: right state for {1 - len(wrong) / len(scores):.1%} of {len(scores)} regions (goal 95 %)"
    )
    for score in wrong:
        print("  " + str(score))


def print_scores(scores: Sequence[Score]) -> None:
    """Totals, then every region that was not judged as it was drawn."""
    hidden = [score for score in scores if not score.judgeable]
    scores = [score for score in scores if score.judgeable]
    print(f"left out: {len(hidden)} regions whose fault is hidden or in view for under {_LONG} frames; of these "
          f"{sum(s.truth == s.found for s in hidden)} were found all the same")  # fmt: skip
    table = collections.Counter((score.truth, score.found) for score in scores)
    names = ("stable", "warped", "lost", "invented", "not found")
    print(f"{'drawn as':10s}" + "".join(f"{name:>11s}" for name in names))
    for truth in names[:-1]:
        print(f"{truth:10s}" + "".join(f"{table[truth, found]:11d}" for found in names))
    hits = table["warped", "warped"]
    called = sum(n for (_, found), n in table.items() if found == "warped")
    drawn = sum(n for (truth, _), n in table.items() if truth == "warped")
    print(f"warped: precision {hits / max(called, 1):.3f}, recall {hits / drawn:.3f}, "
          f"F1 {2 * hits / (called + drawn):.3f} (goal 0.95)")  # fmt: skip
    right = [s.truth == s.found or (s.truth == "stable" and s.found == "not found") for s in scores]
    print(f"right state: {statistics.fmean(right):.1%} of {len(scores)} regions (goal 95 %)")
    onsets = sorted(abs(s.onset) for s in scores if s.onset is not None and s.truth != "invented")
    print(f"onset: off by {statistics.median(onsets)} frames in the median, {onsets[int(0.9 * len(onsets))]} at the "
          f"90th percentile of {len(onsets)} (goals 2 and 6)")  # fmt: skip
    means = sorted(statistics.fmean(s.corners) for s in scores if s.corners)
    every = [e for s in scores for e in s.corners]
    print(f"corners: mean {statistics.fmean(every):.2f} px over {len(every)} quads (goal 1.5); by region median "
          f"{statistics.median(means):.2f}, 90th percentile {means[int(0.9 * len(means))]:.2f}, "
          f"worst {means[-1]:.2f}")  # fmt: skip
    for score, good in zip(scores, right, strict=True):
        far = score.corners and statistics.fmean(score.corners) > 1.5
        late = score.onset is not None and abs(score.onset) > 6
        if not good or far or late:
            print("  " + str(score))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--size", default="1080x1920")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="keep the drawn clips here, and use those that are there")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--parts", default="123456789")
    wanted = parser.parse_args()
    width, height = map(int, wanted.size.split("x"))
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None and "5" in wanted.parts:
        raise SystemExit("this benchmark compares with the ffmpeg command: install it from your system's packages")
    print_environment(ffmpeg)
    with tempfile.TemporaryDirectory() as temporary:
        folder = wanted.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        jobs = [Job(seed, folder, (width, height), wanted.frames) for seed in range(wanted.clips)]
        with multiprocessing.get_context("spawn").Pool(wanted.jobs, _one_thread) as pool:
            if "1" in wanted.parts:
                print(f"{len(jobs)} clips of {wanted.size}, {wanted.frames} frames")
                print_scores([score for scores in pool.imap(judge, jobs) for score in scores])
            if "2" in wanted.parts:
                print_alarms([alarm for alarms in pool.imap(false_alarms, jobs[:REMADE]) for alarm in alarms])
            if "3" in wanted.parts:
                changes, compared, same = zip(*pool.imap(repeated, jobs[:REMADE]), strict=True)
                print(f"other states after a new encode: {sum(changes)} of {sum(compared)} regions (goal 0); "
                      f"a second run says the same: {all(same)}")  # fmt: skip
            if "4" in wanted.parts:
                print_states([score for scores in pool.imap(judge_by_words, jobs) for score in scores])
            judge_by_size_and_kind(wanted.parts, pool)
        if "5" in wanted.parts and ffmpeg is not None:
            for frames in (wanted.frames, LONG):
                part = folder if frames == wanted.frames else folder / str(frames)
                part.mkdir(exist_ok=True)
                ratio = statistics.median(cost([Job(seed, part, (width, height), frames) for seed in range(5)], ffmpeg))
                print(f"analysis / encode of {frames} frames: median {ratio:.2f} (goal 1.0)")


def judge_by_size_and_kind(parts: str, pool: Pool) -> None:
    """Parts 6 to 9."""
    if "6" in parts:
        drawn = itertools.product(SIZES, LINES, ("none", "letter", "line"))
        signs = [SmallLine(number, text, size, fault) for number, (size, text, fault) in enumerate(drawn, 1)]
        print_small(list(pool.imap(judge_small, signs)))
    if "7" in parts:
        kinds = []
        for scene, said, reason in pool.imap(judge_kind, scenes()):
            print(f"{scene.kind:9s} {scene.number} {scene.fault:8s} {said:10s} {reason}", flush=True)
            kinds.append((scene, said, reason))
        for name, test in (("tuning", False), ("test", True)):
            print(f"{name}:")
            print_kinds([one for one in kinds if (one[0].number == TEST) is test])
    if "8" in parts:
        _judge_halves(lettering_bodies, judge_body, print_bodies, pool)
    if "9" in parts:
        _judge_halves(lettering_small, judge_changing, print_changing, pool)


def _judge_halves(drawn: ModuleType, judge: Callable[..., Any], printed: Callable[..., None], pool: Pool) -> None:
    """Judge and print the scenes of a module that draws two halves."""
    for half in drawn.STYLES:
        found = []
        for scene, said, reason in pool.imap(judge, drawn.scenes(half)):
            print(f"{half} {scene.kind:12s} {scene.number} {scene.fault:8s} {said:10s} {reason}", flush=True)
            found.append((scene, said, reason))
        printed(half, found)


def print_alarms(alarms: Sequence[tuple[str, int, int, str]]) -> None:
    """Totals by remake, and what was said wrongly."""
    for name in REMAKES:
        of_it = [alarm for alarm in alarms if alarm[0] == name]
        print(f"{name:16s} {sum(a[2] for a in of_it):3d} of {sum(a[1] for a in of_it)} stable regions called otherwise")
        for alarm in of_it:
            if alarm[2]:
                print(f"    {alarm[3]}")
    print(f"false alarms: {sum(a[2] for a in alarms) / max(sum(a[1] for a in alarms), 1):.2%} (goal at most 1 %)")


def _one_thread() -> None:
    cv2.setNumThreads(1)


if __name__ == "__main__":
    main()
