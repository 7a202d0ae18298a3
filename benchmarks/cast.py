"""How well people are told apart, change is found, and candidates are ranked; what it costs.

Needs the folder of real clips beside the checkout (`--footage`). Sections, each printed by itself:

    pairs     labelled pairs of photographs at the threshold of the model's author; peers beside it
    clips     the same identity across generated clips against others, frontal and stylised
    drift     a face morphed into another, wardrobe shifted in hue; undisturbed clips with head turns
    clones    a person pasted into the frame again; two different people
    subjects  things without faces, told apart by their looks
    rank      a clip degraded in six ways at three strengths; a frozen copy of the best
    cost      time over x264 medium of the same clip

    python benchmarks/cast.py [--only pairs,drift] [--footage FOLDER]

Bands were set on clips of ai_text, ai_candidates and real; what is measured here is ai_face and faces_pairs, which
nothing was set on. The ranking's constants were set on ai_candidates.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from common import print_environment
from overlaycut.analyse import FaceAnalyser, QualityAnalyser, SubjectAnalyser, faces_in
from overlaycut.analyse.faces import small_rgb
from overlaycut.api import rank
from overlaycut.core.cast import CastReport, Signature, centre_of, similarity
from overlaycut.core.frame import Frame, Layer, Picture
from overlaycut.core.geometry import Box
from overlaycut.decide import CastRules, ClipCast, cast_of, clones_of
from overlaycut.media import Clip, Encoding, read_still, write_clip, write_png
from overlaycut.models import dlib_identity, face_finder, plain_looks

FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "clips"
RULES = CastRules()
SEEN = 30
"""Largest size of a frame's face, in pixels of height, that is no subject."""

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
    parser.add_argument("--footage", type=Path, default=FOOTAGE)
    wanted = parser.parse_args()
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
    analyser = FaceAnalyser(face_finder(), dlib_identity(), clip.facts)
    for frame in frames:
        analyser.see(frame)
    return analyser.result()


def main_face(report: CastReport) -> Signature | None:
    """Who the most prominent face of a clip is, by the mean of its reliable vectors."""
    for track in sorted(report.tracks, key=lambda track: -track.prominence):
        known = [s.signature for s in track.signed if s.signature is not None and s.weight >= RULES.reliable]
        if known:
            return centre_of(known)
    return None


def reference(path: Path) -> Signature:
    """Who the largest face of a picture is."""
    return faces_in(face_finder(), dlib_identity(), read_still(path))[0][1]


# Telling apart --------------------------------------------------------------------------------------------------


def pairs(footage: Path) -> None:
    """Photographs: AUC and share right at the threshold of the model's author."""
    folder = footage / "faces_pairs" / "deepface"
    rows = list(csv.DictReader((folder / "master.csv").open()))
    names = sorted({row[key] for row in rows for key in ("file_x", "file_y")})
    known: dict[str, Signature] = {}
    started = time.perf_counter()
    for name in names:
        faces = faces_in(face_finder(), dlib_identity(), read_still(folder / name))
        if faces:
            known[name] = faces[0][1]
    spent = time.perf_counter() - started
    yardstick = dlib_identity().yardstick
    told = [
        (similarity(yardstick, known[row["file_x"]], known[row["file_y"]]), row["Decision"].strip() == "Yes")
        for row in rows
        if row["file_x"] in known and row["file_y"] in known
    ]
    right = statistics.fmean((alike >= RULES.different) == same for alike, same in told)
    area = auc((a for a, same in told if same), (a for a, same in told if not same))
    print(f"{yardstick.model}: {len(told)} of {len(rows)} pairs have both faces; right at {RULES.different}: {right:.2%} "
          f"(limit 99 %), AUC {area:.4f} (limit 0.995), {1000 * spent / len(names):.0f} ms a picture")  # fmt: skip


def clips(footage: Path) -> None:
    """Generated clips: the same identity across clips, and against references."""
    folder, yardstick = footage / "ai_face", dlib_identity().yardstick
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
        (similarity(yardstick, seen[a], seen[b]), owner[a] == owner[b])
        for a, b in combinations([n for n in owner if n in seen], 2)
    ]
    report("across clips, frontal", told)
    references = {who: reference(folder / f"id_{who}_SOURCE.png") for who in FRONTAL}
    report("clip against reference photograph, frontal", [
        (similarity(yardstick, seen[name], face), owner[name] == who)
        for name in owner if name in seen for who, face in references.items()
    ])  # fmt: skip
    hidden = [
        (similarity(yardstick, seen[n], references[who]), who == "00017")
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
        (similarity(yardstick, others[a][0], others[b][1]), a == b) for a in others for b in others
    ])  # fmt: skip
    stylised(footage)


def report(what: str, told: list[tuple[float, bool]]) -> None:
    """One line of a comparison."""
    same, different = [a for a, s in told if s], [a for a, s in told if not s]
    if not same or not different:
        print(f"{what}: {len(same)} same, {len(different)} different: no AUC")
        return
    right = statistics.fmean((alike >= RULES.different) == is_same for alike, is_same in told)
    print(f"{what}: AUC {auc(same, different):.4f}, right at {RULES.different}: {right:.1%} ({len(same)} same {min(same):.2f} to "
          f"{max(same):.2f}, {len(different)} different {min(different):.2f} to {max(different):.2f})")  # fmt: skip


def stylised(footage: Path) -> None:
    """Drawn faces: how many are found at all, halves of each clip against each other."""
    yardstick, halves = dlib_identity().yardstick, {}
    names = ("ai_face/hunyuan_anime_vertical", "ai_candidates/mv2_muppet_Pika1.0", "ai_candidates/mv2_muppet_MagicVideo-V2",
             "ai_candidates/mv2_muppet_SVD-XT", "ai_candidates/show1_gallery_panda_sign", "ai_text/wan22_neon_robot")  # fmt: skip
    for name in names:
        clip = Clip(footage / f"{name}.mp4")
        tracks = sorted(watched(clip.frames(), clip).tracks, key=lambda track: -track.prominence)
        signed = [s.signature for s in tracks[0].signed if s.signature] if tracks else []
        if len(signed) > 1:
            middle = len(signed) // 2
            halves[name] = centre_of(signed[:middle]), centre_of(signed[middle:])
    print(f"stylised: a face found in {len(halves)} of {len(names)} clips (drawn, muppet, panda, robot)")
    report("stylised, first half against second", [
        (similarity(yardstick, halves[a][0], halves[b][1]), a == b) for a in halves for b in halves
    ])  # fmt: skip


def subjects(footage: Path) -> None:
    """Things without faces: halves of each clip against each other, what the vector is made of left out in turn."""
    names = ("ai_text/goku_ad_bathroom", "ai_text/goku_ad_loafer", "ai_text/vap_can_dollyzoom", "ai_face/goku_lotion_hand",
             "ai_candidates/mv2_muppet_MagicVideo-V2", "ai_candidates/mv2_muppet_Pika1.0", "ai_candidates/mv2_muppet_SVD-XT",
             "ai_candidates/show1_panda_sign_ms", "ai_candidates/show1_panda_sign_zs", "real/cockatoo", "real/mdn_flower",
             "ai_text/sparsectrl_shutterstock_dunes")  # fmt: skip
    looks = plain_looks()
    halves = {}
    for name in names:
        clip = Clip(footage / f"{name}.mp4")
        analyser = SubjectAnalyser(looks, clip.facts)
        for frame in clip.frames():
            analyser.see(frame)
        seen = [s.signature for track in analyser.result().tracks for s in track.signed if s.signature is not None]
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
    report(f"{looks.yardstick.model}, {len(halves)} clips", [
        (similarity(looks.yardstick, halves[a][0], halves[b][1]), a == b) for a in halves for b in halves
    ])  # fmt: skip


# Injected change ------------------------------------------------------------------------------------------------


def pasted(
    rgb: Picture, points: NDArray[np.float64], other: Picture, theirs: NDArray[np.float64], share: float
) -> Picture:
    """`share` (0..1) of another face laid over the one whose five points are given, in its light."""
    plain = np.hstack([theirs, np.ones((5, 1))])
    matrix = np.linalg.lstsq(plain, points, rcond=None)[0].T
    height, width = rgb.shape[:2]
    laid = cv2.warpAffine(other, matrix, (width, height), borderMode=cv2.BORDER_REFLECT).astype(np.float32)
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    down = mouth - eyes
    tall = float(np.linalg.norm(down))
    centre = eyes + 0.45 * down
    wide = max(float(np.linalg.norm(points[1] - points[0])), 0.8 * tall)
    mask = np.zeros((height, width), np.float32)
    cv2.ellipse(
        mask,
        (int(centre[0]), int(centre[1])),
        (int(1.05 * wide), int(1.45 * tall)),
        -np.degrees(np.arctan2(*down)),
        0,
        360,
        (1.0,),
        -1,
    )
    inside = mask > 0
    if not inside.any():
        return rgb
    mine, given = rgb[inside].astype(np.float32), laid[inside]
    laid = np.clip(
        (laid - given.mean(axis=0)) / np.maximum(given.std(axis=0), 1) * mine.std(axis=0) + mine.mean(axis=0), 0, 255
    )
    soft = cv2.GaussianBlur(mask, (0, 0), 0.12 * tall)[..., None] * share
    return np.clip(rgb + (laid - rgb) * soft, 0, 255).astype(np.uint8)


def with_other_face(clip: Clip, other: Picture, share: Callable[[float], float]) -> Iterator[Frame]:
    """The clip's frames, its largest face turned into another by `share` of the time."""
    finder = face_finder()
    theirs = faces_in(finder, dlib_identity(), other)[0][0].array()
    last: Box | None = None
    for frame in clip.frames():
        scale = 512 / max(frame.width, frame.height)
        small = small_rgb(frame, (round(frame.width * scale), round(frame.height * scale)))
        followed = [face for face in finder.follow(small, [last] if last else []) if face]
        found = followed or sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)[:1]
        last = found[0].box if found else None
        part = share(float(frame.at))
        if found and part > 0:
            around = (
                Box(*(round(v / scale) for v in (last.x, last.y, last.w, last.h)))
                .grown(round(last.h / scale))
                .clipped(frame.width, frame.height)
            )
            patch = pasted(frame.patch(around), found[0].array() / scale - (around.x, around.y), other, theirs, part)
            frame = replaced(frame, around, patch)
        yield frame


def replaced(frame: Frame, box: Box, patch: Picture) -> Frame:
    """The frame with a box of it painted over."""
    opaque = np.dstack([patch, np.full(patch.shape[:2], 255, np.uint8)])
    return frame.with_layers(Layer.from_rgba(opaque, x=box.x, y=box.y))


def with_other_clothes(clip: Clip, begins: float, degrees: float) -> Iterator[Frame]:
    """The clip's frames, hue of all below the largest face's chin turned from `begins` on over a second."""
    finder, last = face_finder(), None
    for frame in clip.frames():
        scale = 512 / max(frame.width, frame.height)
        small = small_rgb(frame, (round(frame.width * scale), round(frame.height * scale)))
        found = (
            sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)[:1] if frame.index % 4 == 0 else []
        )
        last = found[0].box if found else last
        share = float(np.clip(float(frame.at) - begins, 0, 1))
        if last is not None and share > 0:
            turn = np.radians(degrees * share)
            rows = slice(round((last.bottom + 0.15 * last.h) / scale) // 2, None)
            columns = slice(
                max(round((last.x - 1.2 * last.w) / scale) // 2, 0), round((last.right + 1.2 * last.w) / scale) // 2
            )
            u, v = frame.u.copy(), frame.v.copy()
            a, b = u[rows, columns].astype(np.float32) - 128, v[rows, columns].astype(np.float32) - 128
            u[rows, columns] = np.clip(128 + a * np.cos(turn) - b * np.sin(turn), 16, 240)
            v[rows, columns] = np.clip(128 + a * np.sin(turn) + b * np.cos(turn), 16, 240)
            frame = Frame(frame.index, frame.at, frame.lasts, frame.y, u, v)
        yield frame


def drift(footage: Path) -> None:
    """Morphs found and placed, false alarms, clothes."""
    folder, yardstick = footage / "ai_face", dlib_identity().yardstick
    others = [read_still(folder / f"id_{who}_SOURCE.png") for who in ("00055", "00176", "00182", "00316")]
    false, tried, late, over, clothes = [], 0, [], [], []
    alarms = 0
    for number, name in enumerate(UNDISTURBED):
        clip = Clip(folder / f"{name}.mp4")
        length = float(clip.full_facts.duration or 0)
        (calm,) = one_of(watched(clip.frames(), clip), name)
        if calm is None or calm.face.verdict == "n/a":
            print(f"  {name}: n/a ({'no face' if calm is None else calm.face.reason})")
            continue
        tried += 1
        if calm.face.verdict != "same":
            false.append(f"{name} ({calm.face.reason})")
        alarms += calm.clothes.verdict == "drift"
        other, begins = others[number % 4], 0.4 * length
        (quick,) = one_of(watched(with_other_face(clip, other, lambda t: float(np.clip(t - begins, 0, 1))), clip), name)
        late.append((name, found_at(quick), begins + 0.5))
        (slow,) = one_of(watched(with_other_face(clip, others[(number + 1) % 4], lambda t: t / length), clip), name)
        over.append((name, found_at(slow), length / 2))
        if calm.clothes.verdict == "same":
            (worn,) = one_of(watched(with_other_clothes(clip, begins, 120), clip), name)
            clothes.append(
                (
                    name,
                    None if worn is None or worn.clothes.first_bad is None else float(worn.clothes.first_bad),
                    begins + 0.5,
                )
            )
    print(
        f"undisturbed: {len(false)} of {tried} called changed ({len(false) / tried:.1%}, limit 2 %): {'; '.join(false) or 'none'}; clothes: {alarms}"
    )
    for what, rows in (
        ("morphed within a second", late),
        ("morphed over the whole clip", over),
        ("hue of clothes turned by 120°", clothes),
    ):
        hits = [(name, at, truth) for name, at, truth in rows if at is not None]
        off = [abs(at - truth) for _, at, truth in hits]
        missed = [name for name, at, _ in rows if at is None]
        near = sum(o <= 0.5 for o in off)
        print(f"{what}: found in {len(hits)} of {len(rows)} ({len(hits) / len(rows):.1%}, limit 95 %); first bad time within 0.5 s of "
              f"half-way in {near} of {len(hits)}, median off {statistics.median(off):.2f} s, worst {max(off):.2f} s; missed: {', '.join(missed) or 'none'}")  # fmt: skip


def one_of(report: CastReport, name: str) -> tuple[object]:
    """The most prominent character's appearance."""
    found = cast_of([ClipCast(name, report)], [], dlib_identity().yardstick, RULES)
    return (found[0] if found else None,)


def found_at(appearance: object) -> float | None:
    """When a face was first called changed."""
    if appearance is None or appearance.face.first_bad is None:
        return None
    return float(appearance.face.first_bad)


def clones(footage: Path) -> None:
    """One person pasted in again, from another moment, mirrored or scaled; two different people."""
    folder, yardstick = footage / "ai_face", dlib_identity().yardstick
    found = tried = 0
    for number, name in enumerate(UNDISTURBED):
        clip = Clip(folder / f"{name}.mp4")
        report = watched(doubled(clip, mirrored=bool(number % 2), scale=(1.0, 0.8, 0.65)[number % 3]), clip)
        if report.crowd < 2:
            print(f"  {name}: the copy has no room or no face")
            continue
        tried += 1
        hit = bool(clones_of(ClipCast(name, report), yardstick, RULES))
        found += hit
        if not hit:
            print(f"  {name}: missed")
    print(f"clones: found in {found} of {tried} ({found / max(tried, 1):.1%}, limit 95 %)")
    alarms, pairs_seen = [], 0
    people = [("ai_text", "humo_elsa_garbled"), ("ai_text", "humo_sneaker_tshirt"), ("ai_text", "stepvideo_keynote_occlusion"),
              ("edge", "nonutf8_metadata"), ("ai_face", "echovideo_vertical_id00011"), ("edge", "vfr_drop3"), ("real", "chaplin")]  # fmt: skip
    for where, name in people:
        clip = Clip(footage / where / f"{name}.mp4")
        report = watched(clip.frames(), clip)
        pairs_seen += report.crowd > 1
        if clones_of(ClipCast(name, report), yardstick, RULES):
            alarms.append(name)
    two = 0
    for a, b in zip(UNDISTURBED, UNDISTURBED[5:], strict=False):
        if a.split("_id")[-1][:5] == b.split("_id")[-1][:5]:
            continue
        clip = Clip(folder / f"{a}.mp4")
        report = watched(beside(clip, Clip(folder / f"{b}.mp4")), clip)
        two += report.crowd > 1
        if clones_of(ClipCast(a, report), yardstick, RULES):
            alarms.append(f"{a} beside {b}")
    print(
        f"two different people: false alarms in {len(alarms)} of {pairs_seen} clips with several people and {two} of two clips side by side: {alarms or 'none'}"
    )


def doubled(clip: Clip, *, mirrored: bool, scale: float) -> Iterator[Frame]:
    """The clip with its largest face and what is around it pasted in again where there is room."""
    finder, place = face_finder(), None
    held: list[Picture] = []
    for frame in clip.frames():
        if frame.index % 3 == 0 or place is None:
            factor = 512 / max(frame.width, frame.height)
            small = small_rgb(frame, (round(frame.width * factor), round(frame.height * factor)))
            found = sorted(finder.find(small, smallest=20), key=lambda face: -face.box.area)
            if found:
                box = found[0].box
                place = Box(*(round(v / factor) for v in (box.x, box.y, box.w, box.h)))
        if place is None:
            yield frame
            continue
        source = place.grown(round(0.25 * place.h)).clipped(frame.width, frame.height)
        part = frame.patch(source)
        held.append(part)
        part = held[max(len(held) - 6, 0)]
        part = part[:, ::-1] if mirrored else part
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        room_left, room_right = source.x, frame.width - source.right
        x = source.x - part.shape[1] if room_left > room_right else source.right
        x = min(max(x, 0), max(frame.width - part.shape[1], 0))
        y = min(source.y, frame.height - part.shape[0])
        there = Box(x, y, part.shape[1], part.shape[0])
        if there.overlap(place) > 0.1 * place.area:
            y = (
                min(place.bottom + 4, frame.height - part.shape[0])
                if frame.height - place.bottom > part.shape[0]
                else y
            )
            there = Box(x, y, part.shape[1], part.shape[0])
        yield replaced(frame, there, part) if there.overlap(place) <= 0.1 * place.area else frame


def beside(one: Clip, other: Clip) -> Iterator[Frame]:
    """The second clip's frames shrunk to half and laid side by side with the first's."""
    for a, b in zip(one.frames(), other.frames(), strict=False):
        width, height = a.width // 4 * 2, a.height
        halves = []
        for frame in (a, b):
            rgb = frame.rgb()
            scale = max(width / rgb.shape[1], height / rgb.shape[0]) * 0.6
            fit = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            half = np.full((height, width, 3), 90, np.uint8)
            top, left = max((height - fit.shape[0]) // 2, 0), max((width - fit.shape[1]) // 2, 0)
            cut = max((fit.shape[1] - width) // 2, 0)
            piece = fit[:height, cut : cut + width]
            half[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
            halves.append(half)
        yield Frame.from_rgb(np.hstack(halves), index=a.index, at=a.at, lasts=a.lasts)


# Ranking --------------------------------------------------------------------------------------------------------


def degraded(clip: Clip, way: str, strength: int, other: Picture) -> Iterator[Frame]:
    """The clip spoiled in one way; strength 1 can just be seen, 3 is bad."""
    rng = np.random.default_rng(5)
    length = float(clip.full_facts.duration or 1)
    if way == "morph":
        top = (0.35, 0.6, 1.0)[strength - 1]
        yield from with_other_face(clip, other, lambda t: top * min(1.0, 1.5 * t / length))
        return
    before: Frame | None = None
    for frame in clip.frames():
        y, u, v = frame.planes
        if way == "blur":
            sigma = (1.0, 2.0, 4.0)[strength - 1]
            y, u, v = (
                cv2.GaussianBlur(p, (0, 0), s) for p, s in zip(frame.planes, (sigma, sigma / 2, sigma / 2), strict=True)
            )
        elif way == "flicker":
            y = lit(y, float(rng.normal(0, (2, 5, 12)[strength - 1])))
        elif way == "exposure":
            y = lit(y, (15, 35, 70)[strength - 1] * float(frame.at) / length)
        elif way == "stutter" and before is not None and frame.index % 4 < strength:
            y, u, v = before.planes
        elif way == "jumps" and frame.index > 5 and frame.index % 12 < 6 and (frame.index // 12) < 2 * strength:
            y, u, v = (warped(p, 0.05 * max(y.shape), k) for p, k in zip((y, u, v), (1.0, 0.5, 0.5), strict=True))
        frame = Frame(frame.index, frame.at, frame.lasts, y, u, v)
        before = frame
        yield frame


def lit(plane: NDArray[np.uint8], levels: float) -> NDArray[np.uint8]:
    """Luma with light added."""
    return np.clip(plane + levels, 16, 235).astype(np.uint8)


def warped(plane: NDArray[np.uint8], amount: float, share: float) -> NDArray[np.uint8]:
    """A picture bent out of shape, as a model that lost the thread bends it."""
    rows, columns = np.indices(plane.shape, dtype=np.float32)
    wave = amount * share
    across = columns + wave * np.sin(rows / (18 * wave + 1)).astype(np.float32)
    down = rows + wave * np.cos(columns / (15 * wave + 1)).astype(np.float32)
    return cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def kendall(order: list[int]) -> float:
    """Kendall's tau of an order against 0, 1, 2, …"""
    signs = [1 if a < b else -1 for a, b in combinations(order, 2)]
    return sum(signs) / len(signs)


RANKED = (
    "ai_face/goku_butcher",
    "ai_face/hunyuan_i2v_0",
    "ai_candidates/fantasytalk_end0.4",
    "ai_text/humo_sneaker_tshirt",
)
WAYS = ("blur", "flicker", "exposure", "stutter", "jumps", "morph")


def ranking(footage: Path) -> None:
    """Degraded copies below their original, in the order of the strength; a frozen copy never first."""
    other = read_still(footage / "ai_face" / "id_00055_SOURCE.png")
    taus: dict[str, list[float]] = {way: [] for way in WAYS}
    frozen_first = black_first = 0
    with tempfile.TemporaryDirectory() as name:
        for source in RANKED:
            clip = Clip(footage / f"{source}.mp4")
            still = Path(name) / "still.png"
            first = next(clip.frames())
            write_png(still, first.rgb())
            plain = written(clip, clip.frames(), Path(name) / "plain.mp4")
            for way in WAYS:
                takes = [
                    plain,
                    *(written(clip, degraded(clip, way, s, other), Path(name) / f"{way}-{s}.mp4") for s in (1, 2, 3)),
                ]
                result = rank(takes, still=still)["ranking"]
                order = [takes.index(Path(one["clip"])) for one in result]
                taus[way].append(kendall(order))
                print(f"  {source} {way}: {order} scores {[one['score'] for one in result]}", flush=True)
            frozen = written(
                clip, (Frame(f.index, f.at, f.lasts, *first.planes) for f in clip.frames()), Path(name) / "frozen.mp4"
            )
            dark = written(
                clip,
                (
                    Frame(f.index, f.at, f.lasts, np.full_like(f.y, 16), np.full_like(f.u, 128), np.full_like(f.v, 128))
                    for f in clip.frames()
                ),
                Path(name) / "dark.mp4",
            )
            worst = [Path(name) / f"{way}-3.mp4" for way in WAYS]
            result = rank([frozen, dark, plain, *worst], still=still)["ranking"]
            frozen_first += result[0]["clip"] == str(frozen) or result[-1]["clip"] not in (str(frozen), str(dark))
            black_first += result[0]["clip"] == str(dark)
    for way, values in taus.items():
        print(
            f"{way}: Kendall tau {statistics.fmean(values):.2f} over {len(values)} clips (limit 0.9), least {min(values):.2f}"
        )
    print(f"frozen copy not among the last: {frozen_first}, black copy first: {black_first}, of {len(RANKED)}")


def written(clip: Clip, frames: Iterable[Frame], out: Path) -> Path:
    """The frames as a file of good quality."""
    write_clip(iter(frames), out, tick=clip.facts.tick, encoding=Encoding(crf=12, preset="veryfast"))
    return out


# Cost -----------------------------------------------------------------------------------------------------------


def cost(footage: Path) -> None:
    """Time of faces and of quality, decode included, over x264 medium of the same clip."""
    ratios = []
    for name in (
        "echovideo_id00017_0000",
        "goku_butcher",
        "hunyuancustom_man_audio",
        "mimic_vertical_hb0",
        "hunyuan_i2v_0",
    ):
        clip = Clip(footage / "ai_face" / f"{name}.mp4")
        runs: dict[str, list[float]] = {"encode": [], "faces": [], "faces and quality": []}
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                runs["encode"].append(
                    timed(
                        lambda: write_clip(
                            clip.frames(), Path(folder) / "o.mp4", tick=clip.facts.tick, encoding=Encoding(crf=20)
                        )
                    )
                )
            runs["faces"].append(timed(lambda: watched(clip.frames(), clip)))
            runs["faces and quality"].append(timed(lambda: both(clip)))
        base = statistics.median(runs["encode"])
        shares = {what: statistics.median(times) / base for what, times in runs.items() if what != "encode"}
        ratios.append(shares)
        print(f"  {name}: encode {base:.2f} s, " + ", ".join(f"{what} {share:.2f}" for what, share in shares.items()))
    for what in ratios[0]:
        values = [one[what] for one in ratios]
        print(f"{what}: median {statistics.median(values):.2f}, worst {max(values):.2f} of the encode (limit 0.7)")


def both(clip: Clip) -> None:
    """One pass past faces and quality."""
    faces, quality = FaceAnalyser(face_finder(), dlib_identity(), clip.facts), QualityAnalyser(clip.facts)
    for frame in clip.frames():
        faces.see(frame)
        quality.see(frame)
    faces.result()
    quality.result()


def timed(job: Callable[[], object]) -> float:
    """Seconds that a job takes."""
    started = time.perf_counter()
    job()
    return time.perf_counter() - started


SECTIONS: dict[str, Callable[[Path], None]] = {
    "pairs": pairs,
    "clips": clips,
    "drift": drift,
    "clones": clones,
    "subjects": subjects,
    "rank": ranking,
    "cost": cost,
}


if __name__ == "__main__":
    main()
