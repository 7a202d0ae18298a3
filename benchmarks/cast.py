"""How well people are told apart, change is found, and candidates are ranked; what it costs.

Needs the folder of real clips beside the checkout (`--footage`). Sections, each printed by itself:

    pairs     labelled pairs of photographs at the threshold of the model's author; peers beside it
    clips     the same identity across generated clips against others, frontal and stylised
    drift     a face morphed into another, wardrobe shifted in hue; undisturbed clips with head turns
    clones    a person pasted into the frame again; two different people
    subjects  things without faces, told apart by their looks
    presence  labelled clips (cast_labels.toml), and people made to vanish or to be replaced
    things    references of things (cast_things.toml), and what is done to them
    choice    pairs of takes of which a person keeps one (rank_pairs.toml)
    rank      a clip degraded in six ways at three strengths; a frozen copy of the best
    cost      processor time over x264 medium of the same clip

    python benchmarks/cast.py [--only pairs,drift] [--footage FOLDER]

What was set on which clips, and what was changed after looking at clips that are measured here, is in docs/cast.md.
"""

from __future__ import annotations

import argparse
import csv
import re
import statistics
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from common import print_environment
from overlaycut.analyse import (
    FaceAnalyser,
    QualityAnalyser,
    SubjectAnalyser,
    ThingAnalyser,
    faces_in,
    reference_view,
)
from overlaycut.api import rank
from overlaycut.core.cast import (
    BROKEN,
    Appearance,
    CastReport,
    Character,
    Signature,
    ThingReport,
    TraitVerdict,
    centre_of,
    similarity,
)
from overlaycut.core.frame import Frame, Picture
from overlaycut.core.geometry import Box
from overlaycut.decide import CastRules, ClipCast, find_clones, judge_cast, judge_subjects, judge_thing, still_itself
from overlaycut.media import Clip, Encoding, read_still, write_clip, write_png
from overlaycut.models import dlib_face_embedding, face_detector, histogram_appearance
from spoil import (
    THING_WAYS,
    WAYS,
    beside,
    degraded,
    doubled,
    with_changed_thing,
    with_other_clothes,
    with_other_face,
    written,
)

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "clips"
RULES = CastRules()
HALVES: list[str] = []
"""Of labelled data, that are run."""

FRONTAL = {
    "00017": [f"echovideo_id00017_{n}" for n in ("0000", "0001", "0005", "0013", "0014", "0018", "0044")],
    "00018": ["echovideo_scene0004_id00018"],
    "00083": ["echovideo_scene0004_id00083"],
    "00120": ["echovideo_scene0004_id00120"],
    "00161": ["echovideo_scene0004_id00161"],
    "00744": ["echovideo_scene0004_id00744", "echovideo_3x4_id00744"],
    "00019": ["echovideo_scene0011_id00019", "echovideo_vertical_id00019"],
    "00142": ["echovideo_scene0011_id00142"],
    "00203": ["echovideo_scene0011_id00203"],
    "00389": ["echovideo_scene0011_id00389"],
    "00432": ["echovideo_scene0011_id00432"],
    "00011": ["echovideo_scene0017_id00011", "echovideo_vertical_id00011"],
    "00199": ["echovideo_scene0017_id00199"],
}
"""Identity → its clips in ai_face. Two more of 00017 hide the eyes (goggles, a headset) and are told apart below."""
HIDDEN = {"00017": ["echovideo_id00017_0024", "echovideo_id00017_0026"]}
SOURCED = {
    "mimic_hb0": ("mimic_vertical_hb0", "mimic_vertical_hb0_SOURCE.png"),
    "mimic_hb1": ("mimic_vertical_hb1", "mimic_vertical_hb1_SOURCE.png"),
    "mimic_hb2": ("mimic_vertical_hb2", "mimic_vertical_hb2_SOURCE.png"),
    "bookman": ("fantasyid_BookMan", "fantasyid_BookMan_SOURCE.jpg"),
    "cookwoman": ("fantasyid_CookWoman", "fantasyid_CookWoman_SOURCE.jpg"),
    "hunyuan": ("hunyuan_i2v_0", "hunyuan_i2v_0_SOURCE.jpg"),
}
STYLISED = (
    "ai_face/hunyuan_anime_vertical", "ai_candidates/mv2_muppet_Pika1.0", "ai_candidates/mv2_muppet_MagicVideo-V2",
    "ai_candidates/mv2_muppet_SVD-XT", "ai_candidates/show1_gallery_panda_sign", "ai_text/wan22_neon_robot",
)  # fmt: skip
FACELESS = (
    "ai_text/goku_ad_bathroom", "ai_text/goku_ad_loafer", "ai_text/vap_can_dollyzoom", "ai_face/goku_lotion_hand",
    "ai_candidates/mv2_muppet_MagicVideo-V2", "ai_candidates/mv2_muppet_Pika1.0", "ai_candidates/mv2_muppet_SVD-XT",
    "ai_candidates/show1_panda_sign_ms", "ai_candidates/show1_panda_sign_zs", "real/cockatoo", "real/mdn_flower",
    "ai_text/sparsectrl_shutterstock_dunes",
)  # fmt: skip
UNDISTURBED = (
    "echovideo_id00017_0000", "echovideo_id00017_0001", "echovideo_id00017_0005", "echovideo_id00017_0013",
    "echovideo_id00017_0044", "echovideo_scene0004_id00018", "echovideo_scene0004_id00083",
    "echovideo_scene0004_id00120", "echovideo_scene0004_id00744", "echovideo_scene0011_id00019",
    "echovideo_scene0011_id00142", "echovideo_scene0011_id00389", "echovideo_scene0011_id00432",
    "echovideo_scene0017_id00011", "echovideo_scene0017_id00199", "echovideo_vertical_id00019",
    "echovideo_3x4_id00744", "fantasyid_BookMan", "fantasyid_CookWoman", "goku_avatar_10", "goku_butcher",
    "goku_bracelet_woman", "goku_denim_woman", "hunyuancustom_man_audio", "hunyuancustom_woman_bakery_audio",
    "mimic_vertical_hb0", "mimic_vertical_hb1", "mimic_vertical_hb2", "hunyuan_i2v_0",
)  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--halves", default="tuning,report", help="of labelled data")
    parser.add_argument("--footage", type=Path, default=FOOTAGE)
    wanted = parser.parse_args()
    HALVES[:] = wanted.halves.split(",")
    if not wanted.footage.is_dir():
        raise SystemExit(f"{wanted.footage}: the folder of real clips is not here (--footage)")
    print_environment()
    for name in wanted.only.split(","):
        print(f"\n== {name}")
        SECTIONS[name](wanted.footage)


# Shared ---------------------------------------------------------------------------------------------------------


def auc(same: Iterable[float], different: Iterable[float]) -> float:
    """Chance that a same pair is more alike than a different one (Mann-Whitney), ties half."""
    one, other = np.array(list(same))[:, None], np.array(list(different))[None]
    return float(((one > other) + 0.5 * (one == other)).mean())


def watched(frames: Iterable[Frame], clip: Clip) -> CastReport:
    """The faces of frames of a clip."""
    analyser = FaceAnalyser(face_detector(), dlib_face_embedding(), clip.facts)
    for frame in frames:
        analyser.see(frame)
    return analyser.result()


def main_face(report: CastReport) -> Signature | None:
    """Who the most prominent face of a clip is, by the mean of its reliable vectors."""
    for track in sorted(report.tracks, key=lambda track: -track.prominence):
        known = [s.signature for s in track.embedded if s.signature is not None and s.weight >= RULES.reliable]
        if known:
            return centre_of(known)
    return None


def reference(path: Path) -> Signature:
    """Who the largest face of a picture is."""
    return faces_in(face_detector(), dlib_face_embedding(), read_still(path))[0][1]


# Telling apart --------------------------------------------------------------------------------------------------


def pairs(footage: Path) -> None:
    """Photographs: AUC and share right at the threshold of the model's author."""
    folder = footage / "faces_pairs" / "deepface"
    rows = list(csv.DictReader((folder / "master.csv").open()))
    names = sorted({row[key] for row in rows for key in ("file_x", "file_y")})
    known: dict[str, Signature] = {}
    started = time.perf_counter()
    for name in names:
        faces = faces_in(face_detector(), dlib_face_embedding(), read_still(folder / name))
        if faces:
            known[name] = faces[0][1]
    spent = time.perf_counter() - started
    metric = dlib_face_embedding().metric
    told = [
        (similarity(metric, known[row["file_x"]], known[row["file_y"]]), row["Decision"].strip() == "Yes")
        for row in rows
        if row["file_x"] in known and row["file_y"] in known
    ]
    right = statistics.fmean((alike >= RULES.different) == same for alike, same in told)
    area = auc((a for a, same in told if same), (a for a, same in told if not same))
    each = 1000 * spent / len(names)
    print(f"{metric.model}: {len(told)} of {len(rows)} pairs have both faces, {each:.0f} ms a picture")
    print(f"  right at {RULES.different}: {right:.2%} (limit 99 %), AUC {area:.4f} (limit 0.995)")


def clips(footage: Path) -> None:
    """Generated clips: the same identity across clips, and against references."""
    folder, metric = footage / "ai_face", dlib_face_embedding().metric
    seen: dict[str, Signature] = {}
    for name in (n for group in (FRONTAL, HIDDEN) for names in group.values() for n in names):
        clip = Clip(folder / f"{name}.mp4")
        face = main_face(watched(clip.frames(), clip))
        if face is None:
            print(f"  {name}: no reliable face")
        else:
            seen[name] = face
    owner = {name: who for who, names in FRONTAL.items() for name in names}
    told = [
        (similarity(metric, seen[a], seen[b]), owner[a] == owner[b])
        for a, b in combinations([n for n in owner if n in seen], 2)
    ]
    report("across clips, frontal", told)
    references = {who: reference(folder / f"id_{who}_SOURCE.png") for who in FRONTAL}
    report("clip against reference photograph, frontal", [
        (similarity(metric, seen[name], face), owner[name] == who)
        for name in owner if name in seen for who, face in references.items()
    ])  # fmt: skip
    hidden = [
        (similarity(metric, seen[n], references[who]), who == "00017")
        for n in HIDDEN["00017"]
        if n in seen
        for who in references
    ]
    report("the same with the eyes hidden (goggles, headset)", hidden)
    others = {}
    for who, (name, source) in SOURCED.items():
        clip = Clip(folder / f"{name}.mp4")
        face = main_face(watched(clip.frames(), clip))
        if face is not None:
            others[who] = (face, reference(folder / source))
    report("clip against the still it was made from, other providers", [
        (similarity(metric, others[a][0], others[b][1]), a == b) for a in others for b in others
    ])  # fmt: skip
    stylised(footage)


def report(what: str, told: list[tuple[float, bool]]) -> None:
    """One line of a comparison."""
    same, different = [a for a, s in told if s], [a for a, s in told if not s]
    if not same or not different:
        print(f"{what}: {len(same)} same, {len(different)} different: no AUC")
        return
    right = statistics.fmean((alike >= RULES.different) == is_same for alike, is_same in told)
    ranges = f"{len(same)} same {min(same):.2f} to {max(same):.2f}, {len(different)} different to {max(different):.2f}"
    print(f"{what}: AUC {auc(same, different):.4f}, right at {RULES.different}: {right:.1%} ({ranges})")


def stylised(footage: Path) -> None:
    """Drawn faces: how many are found at all, halves of each clip against each other."""
    metric, halves = dlib_face_embedding().metric, {}
    for name in STYLISED:
        clip = Clip(footage / f"{name}.mp4")
        tracks = sorted(watched(clip.frames(), clip).tracks, key=lambda track: -track.prominence)
        signatures = [s.signature for s in tracks[0].embedded if s.signature] if tracks else []
        if len(signatures) > 1:
            middle = len(signatures) // 2
            halves[name] = centre_of(signatures[:middle]), centre_of(signatures[middle:])
    print(f"stylised: a face found in {len(halves)} of {len(STYLISED)} clips (drawn, muppet, panda, robot)")
    report("stylised, first half against second", [
        (similarity(metric, halves[a][0], halves[b][1]), a == b) for a in halves for b in halves
    ])  # fmt: skip


def subjects(footage: Path) -> None:
    """Things without faces: halves of each clip against each other, what the vector is made of left out in turn."""
    looks = histogram_appearance()
    halves = {}
    for name in FACELESS:
        clip = Clip(footage / f"{name}.mp4")
        analyser = SubjectAnalyser(looks, clip.facts)
        for frame in clip.frames():
            analyser.see(frame)
        seen = [s.signature for track in analyser.result().tracks for s in track.embedded if s.signature is not None]
        if len(seen) > 1:
            halves[name] = centre_of(seen[: len(seen) // 2]), centre_of(seen[len(seen) // 2 :])
    colours = 6 * 8 * 8
    for what, part in (
        ("colours and edges", slice(None)),
        ("colours", slice(0, colours)),
        ("edges", slice(colours, None)),
    ):
        told = [
            (-float(np.linalg.norm(halves[a][0].vector[part] - halves[b][1].vector[part])), a == b)
            for a in halves
            for b in halves
        ]
        same, different = [d for d, s in told if s], [d for d, s in told if not s]
        print(
            f"{what}: AUC {auc(same, different):.4f}; distances of the same {-max(same):.2f} to {-min(same):.2f}, "
            f"of different {-max(different):.2f} to {-min(different):.2f}, median {-statistics.median(different):.2f}"
        )
    report(f"{looks.metric.model}, {len(halves)} clips", [
        (similarity(looks.metric, halves[a][0], halves[b][1]), a == b) for a in halves for b in halves
    ])  # fmt: skip


# Injected change ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trial:
    """One injected change: what was found of it, and when it happened."""

    name: str
    found: float | None
    """Seconds; None where it was missed."""
    halfway: float
    """When half of the other face, or of the turn of hue, is there."""
    nearer: float | None = None
    """When the model sees more of the other person's photograph than of the shot's own opening."""
    easy: bool = True
    """Whether the model tells the two people apart at all, or the clothes have a hue that can turn."""


def drift(footage: Path) -> None:
    """Morphs found and placed, false alarms, clothes; with references where a clip has any, and without."""
    folder, metric = footage / "ai_face", dlib_face_embedding().metric
    pictures = [read_still(folder / f"id_{who}_SOURCE.png") for who in ("00055", "00176", "00182", "00316")]
    known = [faces_in(face_detector(), dlib_face_embedding(), picture)[0][1] for picture in pictures]
    alarms: dict[bool, list[str]] = {True: [], False: []}
    worn_alarms, tried = [], 0
    morphs: dict[tuple[str, bool], list[Trial]] = {}
    worn: list[Trial] = []
    for number, name in enumerate(UNDISTURBED):
        clip = Clip(folder / f"{name}.mp4")
        length = float(clip.full_facts.duration or 0)
        begins = 0.4 * length
        cast = {referred: characters(folder, name) if referred else [] for referred in (True, False)}
        calm = watched(clip.frames(), clip)
        told = {referred: main_character(calm, cast[referred]) for referred in cast}
        if told[False] is None or told[False].face.verdict == "n/a":
            reason = "no face" if told[False] is None else told[False].face.reason
            print(f"  {name}: n/a ({reason})", flush=True)
            continue
        tried += 1
        for referred, one in told.items():
            alarms[referred] += [f"{name} ({one.face.reason})"] if one and one.face.verdict != "same" else []
        worn_alarms += [name] if told[False].clothes.verdict == "drift" else []
        own = main_face(calm)
        for what, turn, part, halfway in (
            ("in a second", number % 4, partial(ramp, begins=begins, lasts=1.0), begins + 0.5),
            ("over the clip", (number + 1) % 4, partial(ramp, begins=0.0, lasts=length), length / 2),
        ):
            changed = watched(with_other_face(clip, pictures[turn], part), clip)
            easy = own is not None and similarity(metric, own, known[turn]) < RULES.different
            for referred, characters_known in cast.items():
                one = main_character(changed, characters_known)
                trial = Trial(
                    name, one and seconds(one.face.first_bad), halfway, passed(changed, own, known[turn]), easy
                )
                morphs.setdefault((what, referred), []).append(trial)
        if told[False].clothes.verdict == "same":
            one = main_character(watched(with_other_clothes(clip, begins, 120), clip), [])
            worn.append(
                Trial(name, one and seconds(one.clothes.first_bad), begins + 0.5, easy=coloured(calm) >= _COLOURED)
            )
    for referred, names in alarms.items():
        how = "with references where there are any" if referred else "without references"
        print(f"undisturbed, {how}: {len(names)} of {tried} called changed ({len(names) / tried:.1%}, limit 2 %)")
        print(f"  {'; '.join(names) or 'none'}")
        for what in ("in a second", "over the clip"):
            shown(f"morphed {what}, {how}", morphs[what, referred], "the model tells the two apart")
    elsewhere(footage)
    print(f"clothes of undisturbed clips called changed: {', '.join(worn_alarms) or 'none'}")
    shown("hue of clothes turned by 120°", worn, "half of the clothes has a hue")


def elsewhere(footage: Path) -> None:
    """False alarms on clips of other folders, of which the most prominent character counts."""
    verdicts: dict[str, str] = {}
    for folder in ("ai_candidates", "ai_text", "real"):
        for path in sorted((footage / folder).glob("*.mp4")):
            clip = Clip(path)
            one = main_character(watched(clip.frames(), clip), [])
            if one is not None and one.face.verdict != "n/a":
                verdicts[path.stem] = one.face.verdict
    alarms = [name for name, verdict in verdicts.items() if verdict != "same"]
    print(f"undisturbed clips of other folders, without references: {len(alarms)} of {len(verdicts)} called changed")
    print(f"  {', '.join(alarms) or 'none'}")


_COLOURED, _HUE = 0.5, 8.0
"""Part of the area below the chin whose chroma is so many levels from grey, in clothes that have a hue."""


def shown(what: str, trials: list[Trial], easy: str) -> None:
    """Print what was found of trials, of all and of the easy ones."""
    for kind, some in (("all", trials), (f"where {easy}", [trial for trial in trials if trial.easy])):
        found = [(trial, trial.found) for trial in some if trial.found is not None]
        print(f"{what}, {kind}: found {len(found)} of {len(some)} ({len(found) / len(some):.1%}, limit 95 %)")
        for truth, off in (
            ("half-way", [abs(at - trial.halfway) for trial, at in found]),
            ("the other is nearer", [abs(at - trial.nearer) for trial, at in found if trial.nearer is not None]),
        ):
            if off:
                near, middle = sum(distance <= 0.5 for distance in off), statistics.median(off)
                print(f"  within 0.5 s of when {truth}: {near} of {len(off)}, median off {middle:.2f} s")
    missed = [f"{trial.name}{'' if trial.easy else ' *'}" for trial in trials if trial.found is None]
    print(f"  missed (*: not {easy}): {', '.join(missed) or 'none'}")


def characters(folder: Path, name: str) -> list[Character]:
    """The person of a clip by the picture that it was made from, where the folder has it."""
    who = re.search(r"id\d{5}", name)
    stems = (f"id_{who[0][2:]}_SOURCE" if who else f"{name}_SOURCE",)
    found = [path for stem in stems for path in folder.glob(f"{stem}.*")]
    return [Character("they", tuple(reference(path) for path in found))] if found else []


def passed(report: CastReport, own: Signature | None, other: Signature) -> float | None:
    """When the main face of a clip becomes more like the other than like its own undisturbed self."""
    metric = dlib_face_embedding().metric
    main = max(report.tracks, key=lambda track: track.prominence, default=None)
    if main is None or own is None:
        return None
    lead = [
        (float(s.at), similarity(metric, own, s.signature) - similarity(metric, other, s.signature))
        for s in main.embedded
        if s.signature is not None and s.weight >= RULES.reliable
    ]
    for (before, ahead), (at, behind) in pairwise(lead):
        if ahead >= 0 > behind:
            return before + (at - before) * ahead / (ahead - behind)
    return None


def coloured(report: CastReport) -> float:
    """Part of what the main face wears that has a hue, in the first look at it.

    The histogram's bins reach 40 levels to either side of grey.
    """
    main = max(report.tracks, key=lambda track: track.prominence)
    worn = next((s.clothes for s in main.sightings if s.clothes is not None), None)
    if worn is None:
        return 0.0
    bins = round(len(worn) ** 0.5)
    levels = (np.arange(bins) + 0.5) * (80 / bins) - 40
    return float(worn.reshape(bins, bins)[np.hypot(levels[:, None], levels) >= _HUE].sum())


def ramp(at: float, *, begins: float, lasts: float) -> float:
    """0 before `begins`, 1 from `lasts` seconds later on, a straight line between."""
    return min(max((at - begins) / lasts, 0.0), 1.0)


def main_character(report: CastReport, cast: list[Character]) -> Appearance | None:
    """The most prominent character of a clip, or the one of the cast."""
    return next(iter(judge_cast([ClipCast("", report)], cast, dlib_face_embedding().metric, RULES)), None)


def seconds(at: Fraction | None) -> float | None:
    """A time as a number, for printing."""
    return None if at is None else float(at)


def clones(footage: Path) -> None:
    """One person pasted in again, from another moment, mirrored or scaled; two different people."""
    folder, metric = footage / "ai_face", dlib_face_embedding().metric
    missed, tried = [], 0
    for number, name in enumerate(UNDISTURBED):
        clip = Clip(folder / f"{name}.mp4")
        copies: list[int] = []
        spoiled = doubled(clip, mirrored=bool(number % 2), scale=(1.0, 0.8, 0.65)[number % 3], pasted=copies)
        report = watched(spoiled, clip)
        if len(copies) < report.frames / 2:
            print(f"  {name}: no room for a copy", flush=True)
            continue
        tried += 1
        missed += [] if find_clones(ClipCast(name, report), metric, RULES) else [name]
    hits = tried - len(missed)
    print(f"clones: found in {hits} of {tried} ({hits / tried:.1%}, limit 95 %); missed: {missed}")
    alarms, several = [], 0
    for name in SEVERAL:
        clip = Clip(footage / f"{name}.mp4")
        report = watched(clip.frames(), clip)
        several += report.crowd > 1
        alarms += [name] if find_clones(ClipCast(name, report), metric, RULES) else []
    for one, other in zip(PEOPLE, PEOPLE[1:] + PEOPLE[:1], strict=True):
        clip = Clip(folder / f"{one}.mp4")
        report = watched(beside(clip, Clip(folder / f"{other}.mp4")), clip)
        several += report.crowd > 1
        alarms += [f"{one} beside {other}"] if find_clones(ClipCast(one, report), metric, RULES) else []
    print(
        f"different people in one frame: false alarms in {len(alarms)} of {several} clips (limit 0): {alarms or 'none'}"
    )


SEVERAL = (
    "ai_text/humo_elsa_garbled", "ai_text/humo_sneaker_tshirt", "ai_text/stepvideo_keynote_occlusion",
    "edge/nonutf8_metadata", "edge/vfr_drop3", "real/chaplin", "ai_face/echovideo_vertical_id00011",
)  # fmt: skip
"""Clips in which several people are seen."""
PEOPLE = (
    "echovideo_id00017_0000", "echovideo_scene0004_id00018", "echovideo_scene0004_id00083",
    "echovideo_scene0004_id00120", "echovideo_scene0004_id00744", "echovideo_scene0011_id00019",
    "echovideo_scene0011_id00142", "echovideo_scene0011_id00389", "echovideo_scene0011_id00432",
    "echovideo_scene0017_id00011", "echovideo_scene0017_id00199", "fantasyid_BookMan", "fantasyid_CookWoman",
)  # fmt: skip
"""Clips of one person each, all different, to be laid side by side."""


# Ranking --------------------------------------------------------------------------------------------------------


def kendall(order: list[int]) -> float:
    """Kendall's tau of an order against 0, 1, 2 and so on."""
    signs = [1 if a < b else -1 for a, b in combinations(order, 2)]
    return sum(signs) / len(signs)


RANKED = ("ai_face/goku_butcher", "ai_face/hunyuan_i2v_0", "ai_candidates/fantasytalk_end0.4")


def ranking(footage: Path) -> None:
    """Degraded copies below their original, in the order of the strength; a frozen or a black copy never first."""
    other = read_still(footage / "ai_face" / "id_00055_SOURCE.png")
    taus: dict[str, list[float]] = {way: [] for way in WAYS}
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        still = folder / "still.png"
        for source in RANKED:
            clip = Clip(footage / f"{source}.mp4")
            first = next(clip.frames())
            write_png(still, first.rgb())
            plain = written(clip, clip.frames(), folder / "plain.mp4")
            for way in WAYS:
                worse = [
                    written(clip, degraded(clip, way, strength, other), folder / f"{way}-{strength}.mp4")
                    for strength in (1, 2, 3)
                ]
                takes = [str(path) for path in (plain, *worse)]
                result = rank(takes, still=still, cache=False).ranking
                order = [takes.index(one.clip) for one in result]
                taus[way].append(kendall(order))
                print(f"  {source} {way}: {order}, scores {[one.score for one in result]}", flush=True)
            frozen = written(
                clip, (replace(f, y=first.y, u=first.u, v=first.v) for f in clip.frames()), folder / "f.mp4"
            )
            dark = written(clip, map(blackened, clip.frames()), folder / "d.mp4")
            result = rank([frozen, dark, *folder.glob("*-3.mp4")], still=still, cache=False).ranking
            wrong += {one.clip for one in result[-2:]} != {str(frozen), str(dark)}
            print(f"  {source}: frozen and black copies last: {[Path(one['clip']).name for one in result]}", flush=True)
    for way, values in taus.items():
        mean = statistics.fmean(values)
        print(f"{way}: Kendall tau {mean:.2f} over {len(values)} clips (limit 0.9), least {min(values):.2f}")
    print(f"frozen or black copies not behind the six worst: {wrong} of {len(RANKED)}")


def blackened(frame: Frame) -> Frame:
    """The frame in black."""
    return replace(frame, y=np.full_like(frame.y, 16), u=np.full_like(frame.u, 128), v=np.full_like(frame.v, 128))


LABELS = Path(__file__).with_name("cast_labels.toml")
THINGS = Path(__file__).with_name("cast_things.toml")
SPOILED = 8
"""Clips of each half in which a person is made to vanish or to be replaced."""


def labelled(path: Path, table: str, half: str) -> list[dict[str, Any]]:
    """What a person wrote down for one half of the clips."""
    return [row for row in tomllib.loads(path.read_text(encoding="utf-8"))[table] if row["half"] == half]


def presence(footage: Path) -> None:
    """Labelled clips: changes found, false alarms, clothes under occlusion; and people made to vanish."""
    stranger = frame_of(footage / "real" / "mdn_flower.mp4", 140)[60:480, 400:800]
    for half in HALVES:
        alarms, found, changed, worn, covered, people = [], [], 0, [], 0, []
        counted = 0
        for row in labelled(LABELS, "clip", half):
            path = located(footage, row["file"])
            report, verdict, clothes = main_verdict(path)
            sure = row.get("sure", True)
            broken = verdict.verdict in BROKEN
            hit = broken and abs(float(verdict.first_bad or 0) - row.get("at", 0)) <= 0.5
            said = f"{verdict.verdict} {seconds(verdict.first_bad)}{'' if sure else ' (not counted)'}"
            print(f"  {path.stem}: {row['state']} {row.get('at', '')}, said {said}; clothes {clothes}", flush=True)
            if not sure:
                continue
            if row["state"] == "present":
                counted += 1
                alarms += [path.stem] if broken else []
            else:
                changed += 1
                found += [path.stem] if hit else []
            if row.get("covered"):
                covered += 1
                worn += [path.stem] if clothes == "drift" else []
            if row["state"] == "present" and row["subject"] == "person" and report.tracks and verdict.verdict == "same":
                people.append((path, report))
        print(f"presence, {half}: {len(found)} of {changed} labelled changes found, within 0.5 s: {found}")
        print(f"  false alarms {len(alarms)} of {counted} ({len(alarms) / max(counted, 1):.1%}, limit 2 %): {alarms}")
        print(f"  clothes called changed where something is in front: {len(worn)} of {covered}: {worn}")
        for way in ("replaced", "gone"):
            able = [one for one in people if way == "replaced" or leaves_room(*one)]
            hits, timely = vanished(able[:: max(len(able) // SPOILED, 1)][:SPOILED], way, stranger)
            print(
                f"  people {way}, {half}: found {hits[0]} of {hits[1]} (limit 90 %), {timely} within 0.5 s", flush=True
            )


def main_verdict(path: Path) -> tuple[CastReport, TraitVerdict, str]:
    """Faces of a clip, the verdict on its main character or subject, and on what they wear."""
    clip = Clip(path)
    report = watched(clip.frames(), clip)
    one = main_character(report, [])
    if one is not None:
        return report, one.face, one.clothes.verdict
    nothing = TraitVerdict(verdict="n/a", reason="nothing was found")
    if report.tracks:
        return report, nothing, "n/a"
    looks = histogram_appearance()
    analyser = SubjectAnalyser(looks, clip.facts)
    thing = ThingAnalyser("subject", [reference_view(frame_of(path, 0))], clip.facts)
    for frame in clip.frames():
        analyser.see(frame)
        thing.see(frame)
    subjects = [
        still_itself(one, thing.result())
        for one in judge_subjects([ClipCast("", analyser.result())], looks.metric, RULES)
    ]
    return report, subjects[0].face if subjects else nothing, "n/a"


def vanished(people: list[tuple[Path, CastReport]], way: str, other: Picture) -> tuple[tuple[int, int], int]:
    """How many people who are made to vanish from the middle of their clip on are missed by nobody."""
    hits = timely = 0
    for path, report in people:
        clip = Clip(path)
        main = max(report.tracks, key=lambda track: track.prominence)
        begins = 0.45 * float(report.duration)
        boxes = [whole_figure(s.box) if way == "gone" else figure_of(s.box) for s in main.sightings]
        spoiled = with_changed_thing(clip, followed([s.at for s in main.sightings], boxes), way, begins, other)
        one = main_character(watched(spoiled, clip), [])
        hit = one is not None and one.face.verdict in ("replaced", "gone", "drift")
        hits += hit
        timely += one is not None and hit and abs(float(one.face.first_bad or 0) - begins - 0.25) <= 0.5
        if not hit:
            print(f"    {way}, missed: {path.stem}: {one and one.face.verdict} ({one and one.face.reason})", flush=True)
    return (hits, len(people)), timely


def figure_of(face: Box) -> Box:
    """Head and trunk of a face."""
    return Box(face.x - round(0.9 * face.w), face.y - round(0.6 * face.h), round(2.8 * face.w), round(5 * face.h))


def whole_figure(face: Box) -> Box:
    """Everything of the person of a face that may be seen, arms and hair included."""
    return Box(face.x - 2 * face.w, face.y - face.h, 5 * face.w, 12 * face.h)


def leaves_room(path: Path, report: CastReport) -> bool:
    """Whether half of the picture is background: else nothing is left to fill a person's place with."""
    clip, main = Clip(path), max(report.tracks, key=lambda track: track.prominence)
    boxes = [whole_figure(s.box).clipped(clip.facts.width, clip.facts.height) for s in main.sightings]
    return max(box.area for box in boxes if box) < 0.5 * clip.facts.width * clip.facts.height


def followed(times: list[Fraction], boxes: list[Box]) -> Callable[[float], Box]:
    """Boxes in between those of known times."""
    at = np.array([float(time) for time in times])
    sides = np.array([(box.x, box.y, box.w, box.h) for box in boxes], np.float64)

    def place(second: float) -> Box:
        x, y, w, h = (round(float(np.interp(second, at, sides[:, n]))) for n in range(4))
        return Box(x, y, max(w, 1), max(h, 1))

    return place


def frame_of(path: Path, number: int) -> Picture:
    """One frame as RGB."""
    return next(frame.rgb() for frame in Clip(path).frames() if frame.index == number)


def things(footage: Path) -> None:
    """Things of which a reference is given: found, told from others, and what is done to them."""
    other = frame_of(footage / "real" / "mdn_flower.mp4", 140)[60:480, 400:800]
    instead = frame_of(footage / "ai_text" / "vap_can_dollyzoom.mp4", 0)[90:710, 410:750]
    for half in HALVES:
        there, absent, wrong, alarms = [], 0, [], []
        done: dict[str, list[bool]] = {way: [] for way in THING_WAYS}
        for row in labelled(THINGS, "thing", half):
            x, y, w, h = row["box"]
            picture = np.ascontiguousarray(
                frame_of(located(footage, row["reference"]), row["frame"])[y : y + h, x : x + w]
            )
            clip = Clip(located(footage, row["clip"]))
            report = of_thing(clip.frames(), clip, row["name"], picture)
            verdict = judge_thing("", report).face
            print(f"  {row['name']} in {clip.path.stem}: {verdict.verdict} ({verdict.reason})", flush=True)
            if not row["there"]:
                absent += 1
                wrong += [clip.path.stem] if report.tracks else []
                continue
            there.append(bool(report.tracks))
            alarms += [clip.path.stem] if verdict.verdict in BROKEN else []
            if verdict.verdict != "same":
                continue
            looks = [look for track in report.tracks for look in track.looks]
            place = followed([look.at for look in looks], [look.box for look in looks])
            begins = 0.4 * float(clip.full_facts.duration or 0)
            for way in THING_WAYS:
                put = instead if row["name"] == "flower" else other
                spoiled = with_changed_thing(clip, place, way, begins, put)
                found = judge_thing("", of_thing(spoiled, clip, row["name"], picture)).face
                done[way].append(found.verdict in BROKEN)
                if done[way][-1] == (way in ("covered", "melt")):
                    print(f"    {way}: {found.verdict} {seconds(found.first_bad)} ({found.reason})", flush=True)
                elif not done[way][-1] and way not in ("covered", "melt"):
                    print(f"    {way}, missed: {found.verdict} ({found.reason})", flush=True)
        print(f"things, {half}: found {sum(there)} of {len(there)}")
        print(f"  found where it is not: {len(wrong)} of {absent}: {wrong}")
        print(f"  called changed and is not: {len(alarms)} of {sum(there)}: {alarms}")
        for way, hits in done.items():
            print(f"  {way}: called changed {sum(hits)} of {len(hits)}", flush=True)


def of_thing(frames: Iterable[Frame], clip: Clip, name: str, picture: Picture) -> ThingReport:
    """A thing in frames of a clip."""
    analyser = ThingAnalyser(name, [reference_view(picture)], clip.facts)
    for frame in frames:
        analyser.see(frame)
    return analyser.result()


PAIRS = Path(__file__).with_name("rank_pairs.toml")


def located(footage: Path, file: str) -> Path:
    """A labelled clip: in the folder of clips, or in that of cases beside it."""
    return footage.parent / file if file.startswith("cases/") else footage / file


def choice(footage: Path) -> None:
    """How often `rank` puts the take first that a person keeps, over pairs that were written down before."""
    pairs_read = tomllib.loads(PAIRS.read_text(encoding="utf-8"))["pair"]
    for half in HALVES:
        mine = [pair for pair in pairs_read if pair["half"] == half]
        right, tied = 0, 0
        for group in dict.fromkeys(pair["group"] for pair in mine):
            of_group = [pair for pair in mine if pair["group"] == group]
            files = list(dict.fromkeys(pair[side] for pair in of_group for side in ("better", "worse")))
            result = rank([located(footage, file) for file in files], cache=False).ranking
            places = {one.clip: number for number, one in enumerate(result)}
            for one in result:
                parts = ", ".join(f"{name} {value:.2f}" for name, value in one.parts.items() if value is not None)
                print(f"  {Path(one.clip).stem}: {one.score:.1f} ({parts}); {'; '.join((*one.faults, *one.reasons))}")
            for pair in of_group:
                better, worse = (str(located(footage, pair[side])) for side in ("better", "worse"))
                agrees = places[better] < places[worse]
                right += agrees
                tied += agrees and worse in result[places[better]].equals
                if not agrees:
                    print(f"  not: {Path(better).stem} before {Path(worse).stem} ({pair['why']})", flush=True)
        print(
            f"pairs of takes, {half}: {right} of {len(mine)} as a person ({right / len(mine):.0%}), {tied} called ties"
        )


# Cost -----------------------------------------------------------------------------------------------------------


def cost(footage: Path) -> None:
    """Processor time of faces and of quality, decode included, over x264 medium of the same clip."""
    names = ("echovideo_id00017_0000", "goku_butcher", "hunyuancustom_man_audio", "mimic_vertical_hb0", "hunyuan_i2v_0")
    ratios: dict[str, list[float]] = {}
    for name in names:
        clip = Clip(footage / "ai_face" / f"{name}.mp4")
        jobs = {"encode": encoded, "faces": faces, "faces and quality": both}
        runs = {what: [timed(partial(job, clip)) for _ in range(3)] for what, job in jobs.items()}
        base = statistics.median(runs.pop("encode"))
        shares = {what: statistics.median(times) / base for what, times in runs.items()}
        print(
            f"  {name}: encode {base:.2f} processor seconds, "
            + ", ".join(f"{what} {share:.2f}" for what, share in shares.items())
        )
        for what, share in shares.items():
            ratios.setdefault(what, []).append(share)
    for what, values in ratios.items():
        print(f"{what}: median {statistics.median(values):.2f}, worst {max(values):.2f} of the encode (limit 0.7)")


def encoded(clip: Clip) -> None:
    """The metric: decode and encode."""
    with tempfile.TemporaryDirectory() as folder:
        write_clip(clip.frames(), Path(folder) / "o.mp4", tick=clip.facts.tick, encoding=Encoding(crf=20))


def faces(clip: Clip) -> None:
    """One pass past faces, vectors included."""
    watched(clip.frames(), clip)


def both(clip: Clip) -> None:
    """One pass past faces and quality."""
    faces, quality = FaceAnalyser(face_detector(), dlib_face_embedding(), clip.facts), QualityAnalyser(clip.facts)
    for frame in clip.frames():
        faces.see(frame)
        quality.see(frame)
    faces.result()
    quality.result()


def timed(job: Callable[[], object]) -> float:
    """Processor seconds that a job takes, all threads together: others at work on the machine do not count."""
    started = time.process_time()
    job()
    return time.process_time() - started


SECTIONS: dict[str, Callable[[Path], None]] = {
    "pairs": pairs,
    "clips": clips,
    "drift": drift,
    "clones": clones,
    "subjects": subjects,
    "rank": ranking,
    "presence": presence,
    "things": things,
    "choice": choice,
    "cost": cost,
}


if __name__ == "__main__":
    main()
