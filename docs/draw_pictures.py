"""Draws the pictures of docs from the shipped samples.

For docs/repair.md before above and after below, at several times; for docs/lettering.md what the analysis saw; for
docs/captions.md the styles, a script in each of several scripts, and words in time.

python docs/draw_pictures.py
"""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "samples"))

import overlaycut
from overlaycut.api import Area
from overlaycut.core.geometry import Box
from overlaycut.core.plan import Cover, Typeset
from overlaycut.media import Clip
from simulator import random_scene, simulate, write_clip

ROOT = Path(__file__).resolve().parents[1]
TIMES = (0.2, 0.45, 0.65, 0.95)
"""Shares of the clip's length."""
SCRIPTS = (
    ("هذا غيّر صباحي كله", "condensed"),
    ("इसने मेरी सुबह बदल दी", "outline"),
    ("แก้วนี้เปลี่ยนเช้าวันใหม่", "clean"),
    ("朝がすっかり変わりました。", "karaoke"),
    ("זה שינה לי את 100% מהבוקר", "box"),
    ("Best coffee ever ☕️🔥👩🏽‍🍳", "pill"),
)
"""What is said in which style, for docs/captions.md."""
SHEETS = {
    "restored-label": ("product-label", "01", ["COLD BREW", "SINCE 1998"]),
    "restored-behind-occluder": ("talking-head", "01", ["ORBIT RADIO", "LIVE AT NOON"]),
    "restored-poster": ("three-shot-story", "01", ["NIGHT MARKET", "OPEN DAILY"]),
    "erased-invented": ("three-shot-story", "03", ["FRESH MINT"]),
}

DESIGNS: tuple[dict[str, object], ...] = (
    {"decision": "cover", "cover": Cover(style="panel")},
    {"decision": "cover", "cover": Cover(style="blur")},
    {"decision": "cover", "cover": Cover(style="bar")},
    {
        "decision": "cover",
        "cover": Cover(style="pill", colour="#0b5cff"),
        "typeset": Typeset(text="COLD BREW", font="Inter"),
    },
    {
        "decision": "cover",
        "cover": Cover(style="bar", colour="#ffd400", fixed=True),
        "typeset": Typeset(text="NEW", font="Inter"),
    },
    {"decision": "restore", "typeset": Typeset(text="HOT TEA", font="Inter")},
)
"""What may be done to one label, from above to below."""


def main() -> None:
    """Repair each sample and write its sheet."""
    for name, (sample, shot, texts) in SHEETS.items():
        folder = ROOT / "samples" / sample
        clip, still = folder / "clips" / f"{shot}.mp4", folder / "stills" / f"{shot}.png"
        with tempfile.TemporaryDirectory() as work:
            out = Path(work) / "out.mp4"
            report = overlaycut.clean(clip, out, still=still, texts=texts, cache=False)
            changed = [region for region in report.plan.regions if region.changes]
            box = Box.around(quad.box() for region in changed for quad in region.quads.values())
            around = box.grown(round(0.6 * box.h)).clipped(report.plan.clip.width, report.plan.clip.height)
            assert around is not None
            wanted = [round(share * (report.frames_in - 1)) for share in TIMES]
            rows = [
                np.hstack([f.patch(around) for f in Clip(path).frames() if f.index in wanted]) for path in (clip, out)
            ]
        sheet = Image.fromarray(np.vstack(rows))
        sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
        sheet.save(ROOT / "docs" / "pictures" / f"{name}.jpg", quality=86)
        print(name, [(region.expected, region.decision) for region in changed], report.gates)
    draw_subtitle()
    draw_restless()
    draw_designs()
    draw_seen()
    draw_captions()


def draw_subtitle() -> None:
    """A clip, a caption burned into it, and the caption taken out again by its area alone."""
    clip = ROOT / "samples" / "three-shot-story" / "clips" / "01.mp4"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "line.txt").write_text("Wait for the last part", encoding="utf-8")
        burned, out = work / "burned.mp4", work / "out.mp4"
        report = overlaycut.caption(clip, work / "line.txt", out=burned, style="clean")
        line = Box.around(cue.box for cue in report.cues).grown(8)
        overlaycut.clean(burned, out, areas=[Area(line.x, line.y, line.w, line.h)], cache=False)
        facts = Clip(clip).full_facts
        around = line.grown(line.h // 2).even().clipped(facts.width, facts.height)
        assert around is not None and facts.frames is not None
        wanted = [round(share * (facts.frames - 1)) for share in TIMES]
        rows = [
            np.hstack([f.patch(around) for f in Clip(path).frames() if f.index in wanted])
            for path in (clip, burned, out)
        ]
    sheet = Image.fromarray(np.vstack(rows))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "erased-subtitle.jpg", quality=86)


def draw_restless() -> None:
    """A label whose lettering fades while its bottle turns and the focus hunts, the repaired clip, and the truth."""
    simulation = simulate(random_scene(4, width=540, height=960, frames=48, restless=True))
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clip, due, out = work / "clip.mp4", work / "due.mp4", work / "out.mp4"
        Image.fromarray(simulation.still()).save(work / "still.png")
        write_clip(clip, simulation.frames(), Fraction(24))
        write_clip(due, simulation.frames("clean"), Fraction(24))
        report = overlaycut.clean(clip, out, still=work / "still.png", cache=False)
        changed = [quad.box() for region in report.plan.regions if region.changes for quad in region.quads.values()]
        around = Box.around(changed).grown(40).even().clipped(540, 960)
        assert around is not None
        wanted = [12, 22, 34, 46]
        rows = [
            np.hstack([f.patch(around) for f in Clip(path).frames() if f.index in wanted]) for path in (clip, out, due)
        ]
    sheet = Image.fromarray(np.vstack(rows))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "restored-restless.jpg", quality=86)


def draw_designs() -> None:
    """A melted label covered in each style, some with words on them, and its words set anew."""
    folder = ROOT / "samples" / "product-label"
    clip, still = folder / "clips" / "01.mp4", folder / "stills" / "01.png"
    plan = overlaycut.analyze(clip, still=still, texts=["COLD BREW", "SINCE 1998"], cache=False)
    melted = next(region for region in plan.regions if region.changes)
    around = Box.around(quad.box() for quad in melted.quads.values()).grown(60)
    wanted = [round(share * (plan.clip.frames - 1)) for share in TIMES]
    rows = [np.hstack([f.patch(around) for f in Clip(clip).frames() if f.index in wanted])]
    for design in DESIGNS:
        region = melted.model_copy(update={"edit": melted.span, "decided_by": "person", **design})
        with tempfile.TemporaryDirectory() as work:
            out = Path(work) / "out.mp4"
            overlaycut.clean(clip, out, still=still, plan=plan.model_copy(update={"regions": (region,)}), cache=False)
            rows.append(np.hstack([f.patch(around) for f in Clip(out).frames() if f.index in wanted]))
    sheet = Image.fromarray(np.vstack(rows))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "designs.jpg", quality=86)


def draw_seen() -> None:
    """What `analyze --debug` draws of one shot, at three times."""
    folder = ROOT / "samples" / "three-shot-story"
    with tempfile.TemporaryDirectory() as work:
        overlaycut.analyze(
            folder / "clips" / "01.mp4", still=folder / "stills" / "01.png", debug=Path(work), cache=False
        )
        pictures = sorted(Path(work).iterdir())
        chosen = [Image.open(pictures[n]) for n in (0, len(pictures) // 2, -1)]
        sheet = Image.fromarray(np.hstack([np.asarray(picture) for picture in chosen]))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "seen.jpg", quality=86)


def draw_captions() -> None:
    """The styles; several scripts; one caption from frame to frame."""
    pictures, stills = ROOT / "docs" / "pictures", ROOT / "samples"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        overlaycut.styles(work / "styles.png")
        rows = []
        for text, style in SCRIPTS:
            sheet = work / "one.png"
            ground = stills / "three-shot-story" / "stills" / f"0{len(rows) % 3 + 1}.png"
            overlaycut.styles(sheet, names=[style], text=text, ground=ground)
            rows.append(np.asarray(Image.open(sheet)))
        (work / "words.txt").write_text("Good evening from this lovely place", encoding="utf-8")
        moments = [Fraction(n, 10) for n in (1, 7, 9, 11, 17)]
        stills_at = [(at, work / f"{n}.png") for n, at in enumerate(moments)]
        clip = stills / "talking-head" / "clips" / "01.mp4"
        report = overlaycut.caption(clip, work / "words.txt", style="pop", platform="tiktok", stills=stills_at)
        box = Box.around(cue.box for cue in report.cues).grown(60)
        crops = [np.asarray(Image.open(path).crop((box.x, box.y, box.right, box.bottom))) for _, path in stills_at]
        for target, sheet in (
            ("styles", np.asarray(Image.open(work / "styles.png"))),
            ("captions-scripts", np.vstack([np.hstack(rows[:3]), np.hstack(rows[3:])])),
            ("captions-words", np.hstack(crops)),
        ):
            image = Image.fromarray(sheet)
            image = image.resize((1400, round(image.height * 1400 / image.width)), Image.Resampling.LANCZOS)
            image.save(pictures / f"{target}.jpg", quality=86)


if __name__ == "__main__":
    main()
