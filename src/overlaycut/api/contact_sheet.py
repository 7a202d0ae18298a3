"""A contact sheet: frames of clips side by side, as one JPEG that a person or an agent can look at."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Picture
from overlaycut.media import Clip, read_still
from overlaycut.resources import folder as shipped

_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetParameters:
    """How a sheet is laid out and kept."""

    longest: int = 1568
    """Pixels of the longer side at most: what common vision models take without scaling it down."""
    frames: int = 8
    """Of each clip, when there is only one; several share them, at least three each."""
    most_bytes: int = 200_000
    """Size of the JPEG at most; its quality is lowered to keep it."""
    gap: int = 6
    label: int = 22
    """Height of the line under each frame."""


def contact_sheet(files: Sequence[Path], *, parameters: SheetParameters = SheetParameters()) -> bytes:
    """Evenly spaced frames of clips, and pictures as they are, each with its name and time, as a JPEG.

    Raises what reading the files raises.
    """
    each = max(parameters.frames // max(len(files), 1), 3)
    shown = [cell for path in files for cell in _cells(path, each)]
    columns, width = _layout(shown, parameters)
    height = max(round(width * picture.shape[0] / picture.shape[1]) for picture, _ in shown)
    gap, label = parameters.gap, parameters.label
    rows = ceil(len(shown) / columns)
    sheet = Image.new("RGB", (columns * (width + gap) + gap, rows * (height + label + gap) + gap), (24, 24, 24))
    draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(shipped("fonts") / "Inter-Bold.otf"), label - 8)
    for number, (picture, words) in enumerate(shown):
        x, y = gap + number % columns * (width + gap), gap + number // columns * (height + label + gap)
        fitted = Image.fromarray(picture)
        fitted.thumbnail((width, height))
        sheet.paste(fitted, (x, y))
        draw.text((x, y + height + 3), words, fill=(235, 235, 235), font=font)
    return _encoded(sheet, parameters)


def _layout(shown: Sequence[tuple[Picture, str]], parameters: SheetParameters) -> tuple[int, int]:
    """Columns, and the width of each, with which frames become largest on a sheet of at most the longest side."""
    shape = max(picture.shape[0] / picture.shape[1] for picture, _ in shown)
    best = (1, 1)
    for columns in range(1, len(shown) + 1):
        rows = ceil(len(shown) / columns)
        across = (parameters.longest - parameters.gap) / columns - parameters.gap
        down = ((parameters.longest - parameters.gap) / rows - parameters.gap - parameters.label) / shape
        width = int(min(across, down, max(picture.shape[1] for picture, _ in shown)))
        if width > best[1]:
            best = columns, width
    return best


def _cells(path: Path, count: int) -> Iterator[tuple[Picture, str]]:
    """Frames of a clip with their labels, or a picture."""
    if path.suffix.lower() in _PICTURES:
        yield read_still(path), path.name
        return
    clip = Clip(path)
    total = clip.facts.frames or clip.full_facts.frames or 1
    wanted = {round(n * (total - 1) / max(count - 1, 1)) for n in range(count)}
    for frame in clip.frames():
        if frame.index in wanted:
            yield frame.rgb(), f"{path.stem[:24]} {float(frame.at):.2f} s, frame {frame.index}"


def _encoded(sheet: Image.Image, parameters: SheetParameters) -> bytes:
    for quality in (85, 75, 65, 50, 35, 20):
        out = io.BytesIO()
        sheet.save(out, "JPEG", quality=quality, optimize=True)
        if out.tell() <= parameters.most_bytes:
            break
    return out.getvalue()
