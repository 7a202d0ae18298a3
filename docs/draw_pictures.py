"""Draws the pictures of docs from the shipped samples.

For docs/repair.md before above and after below, at several times; for docs/lettering.md what the analysis saw.

python docs/draw_pictures.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import overlaycut
from overlaycut.core.geometry import Box
from overlaycut.core.plan import Cover, Typeset
from overlaycut.media import Clip

ROOT = Path(__file__).resolve().parents[1]
TIMES = (0.2, 0.45, 0.65, 0.95)
"""Shares of the clip's length."""
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
            report = overlaycut.clean(clip, out, still=still, texts=texts)
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
    draw_designs()
    draw_seen()


def draw_designs() -> None:
    """A melted label covered in each style, some with words on them, and its words set anew."""
    folder = ROOT / "samples" / "product-label"
    clip, still = folder / "clips" / "01.mp4", folder / "stills" / "01.png"
    plan = overlaycut.analyze(clip, still=still, texts=["COLD BREW", "SINCE 1998"])
    melted = next(region for region in plan.regions if region.changes)
    around = Box.around(quad.box() for quad in melted.quads.values()).grown(60)
    wanted = [round(share * (plan.clip.frames - 1)) for share in TIMES]
    rows = [np.hstack([f.patch(around) for f in Clip(clip).frames() if f.index in wanted])]
    for design in DESIGNS:
        region = melted.model_copy(update={"edit": melted.span, "decided_by": "person", **design})
        with tempfile.TemporaryDirectory() as work:
            out = Path(work) / "out.mp4"
            overlaycut.clean(clip, out, still=still, plan=plan.model_copy(update={"regions": (region,)}))
            rows.append(np.hstack([f.patch(around) for f in Clip(out).frames() if f.index in wanted]))
    sheet = Image.fromarray(np.vstack(rows))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "designs.jpg", quality=86)


def draw_seen() -> None:
    """What `analyze --debug` draws of one shot, at three times."""
    folder = ROOT / "samples" / "three-shot-story"
    with tempfile.TemporaryDirectory() as work:
        overlaycut.analyze(folder / "clips" / "01.mp4", still=folder / "stills" / "01.png", debug=Path(work))
        pictures = sorted(Path(work).iterdir())
        chosen = [Image.open(pictures[n]) for n in (0, len(pictures) // 2, -1)]
        sheet = Image.fromarray(np.hstack([np.asarray(picture) for picture in chosen]))
    sheet = sheet.resize((1400, round(sheet.height * 1400 / sheet.width)), Image.Resampling.LANCZOS)
    sheet.save(ROOT / "docs" / "pictures" / "seen.jpg", quality=86)


if __name__ == "__main__":
    main()
