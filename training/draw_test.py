"""Draws the test set: fonts and pictures that training never saw, text rendered by libass in FFmpeg, H.264 by FFmpeg.

    python training/draw_test.py --packages DIR --out DIR/test [--seed 13]

Needs an `ffmpeg` with the `ass` filter and libx264. Writes the same arrays as `draw_set.py`. The lines lie over panning
pictures, four frames each, of which the third is taken after decoding. Ground truth is rendered by libass too, white on
black: letters alone, letters with outline, all.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from fontTools.ttLib import TTCollection, TTFont
from numpy.typing import NDArray

from draw import BOX, SHADOW, SIZE
from draw_set import sample_folders
from sources import SCRIPTS, Picture, Sources, sources

Rng = np.random.Generator

LINES_PX = (11, 16, 24, 36, 52, 76, 110)
"""Native line heights of the groups."""
CRFS = (17, 23, 28, 33)
EACH = 12
"""Samples of each line height and CRF."""
_FRAMES = 4
_TAKEN = 2
_EMPTY = 0.1
"""Share of samples without text."""
_LEAST_CHANGE = 12
"""Levels by which strokes differ from the picture under them, in the median: what nobody can see is left out."""
_HIDDEN = "&HFF&"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event of the subtitle file."""

    text: str
    font: str
    size_px: float
    colours: tuple[str, str, str]
    """Of letters, outline or box, and shadow, as ASS writes them."""
    alpha: str
    outline_px: float
    shadow_px: float
    boxed: bool
    extra: str
    """Override tags for blur, rotation, spacing."""


@dataclass(frozen=True, slots=True)
class Group:
    """Samples of one native size."""

    lines: list[Line]
    native: tuple[int, int]
    """Rows and columns of the picture."""
    fonts: Path


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, required=True, help="folder of unpacked Debian packages")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--ffmpeg", default="ffmpeg")
    wanted = parser.parse_args()
    found = sources(wanted.packages, Path(), sample_folders(), "test")
    parts: dict[str, list[NDArray[np.uint8]]] = {"picture": [], "letter": [], "outline": [], "backing": []}
    with tempfile.TemporaryDirectory() as folder:
        fonts = Path(folder) / "fonts"
        fonts.mkdir()
        for path in sorted({path for files in found.fonts.values() for path, _ in files}):
            shutil.copy(path, fonts)
        for at, line_px in enumerate(LINES_PX):
            for crf in CRFS:
                rng = np.random.default_rng([wanted.seed, at, crf])
                for name, array in drawn(rng, found, line_px, crf, fonts, wanted.ffmpeg).items():
                    parts[name].append(array)
                print(line_px, crf, flush=True)
    wanted.out.mkdir(parents=True, exist_ok=True)
    for name, arrays in parts.items():
        np.save(wanted.out / f"{name}.npy", np.concatenate(arrays))


def drawn(rng: Rng, found: Sources, line_px: int, crf: int, fonts: Path, ffmpeg: str) -> dict[str, NDArray[np.uint8]]:
    """The samples of one group."""
    scale = line_px / float(np.clip(line_px, 24, 64))
    native = tuple(max(round(side * scale / 2) * 2, 16) for side in SIZE)
    group = Group([line(rng, found, line_px) for _ in range(EACH)], (native[0], native[1]), fonts)
    shots = np.concatenate([panned(rng, found.pictures, group.native) for _ in range(EACH)])
    pictures = burned(shots, group, crf, ffmpeg)
    truth_size = group.native if scale > 1 else SIZE
    letter, both, whole = (truth(group, truth_size, shown, ffmpeg) for shown in (1, 2, 3))
    boxed = np.array([line.boxed for line in group.lines])[:, None, None]
    outline = np.where(boxed, 0, np.clip(both.astype(np.int16) - letter, 0, 255)).astype(np.uint8)
    shaded = np.array([line.shadow_px > 0 for line in group.lines])[:, None, None]
    backing = np.where(boxed & (both > 127), BOX, np.where(shaded & (whole > 20), SHADOW, 0)).astype(np.uint8)
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    pictures, clean = (
        np.stack([cv2.resize(picture, SIZE[::-1], interpolation=how) for picture in taken])
        for taken in (pictures, shots[_TAKEN::_FRAMES])
    )
    changed = np.abs(pictures.astype(np.int16) - clean).max(axis=3)
    strokes = letter.astype(np.int16) + outline > 127
    visible = [
        not line.text or (mask.any() and np.median(change[mask]) > _LEAST_CHANGE)
        for line, mask, change in zip(group.lines, strokes, changed, strict=True)
    ]
    parts = {"picture": pictures, "letter": letter, "outline": outline, "backing": backing}
    return {name: part[visible] for name, part in parts.items()}


def line(rng: Rng, found: Sources, line_px: int) -> Line:
    """One event in a random style."""
    scripts = sorted(found.fonts)
    script = "latin" if rng.random() < 0.5 else scripts[rng.integers(len(scripts))]
    path, _ = found.fonts[script][rng.integers(len(found.fonts[script]))]
    words = SCRIPTS[script].split()
    rows = [" ".join(rng.choice(words, rng.integers(1, 4))) for _ in range(rng.integers(1, 3))]
    boxed = bool(rng.random() < 0.2)
    light = bool(rng.random() < 0.7)
    shades = (rng.integers(225, 256, 3), rng.integers(0, 30, 3))
    letters, rim = shades if light else shades[::-1]
    letters = rng.integers(0, 256, 3) if rng.random() < 0.3 else letters
    outlined = rng.random() < 0.75
    tags = f"\\frz{rng.normal(0, 4):.1f}\\fsp{max(rng.normal(0, 0.02), 0) * line_px:.1f}"
    if rng.random() < 0.25:
        tags += f"\\fry{rng.uniform(-20, 20):.0f}\\frx{rng.uniform(-15, 15):.0f}"
    if rng.random() < 0.25:
        tags += f"\\blur{rng.uniform(0.3, 1 + line_px / 30):.1f}"
    return Line(
        text="" if rng.random() < _EMPTY else "\\N".join(rows),
        font=family(path),
        size_px=line_px * rng.uniform(1.0, 1.4),
        colours=(_ass(letters), _ass(rim), _ass(rng.integers(0, 60, 3))),
        alpha="&H00&" if rng.random() < 0.8 else f"&H{rng.integers(20, 130):02X}&",
        outline_px=line_px * (rng.uniform(0.03, 0.12) if outlined or boxed else 0),
        shadow_px=line_px * (rng.uniform(0.03, 0.1) if rng.random() < 0.4 and not boxed else 0),
        boxed=boxed,
        extra=tags,
    )


def family(path: Path) -> str:
    """The font family's name, by which libass finds it."""
    font = TTCollection(path).fonts[0] if path.suffix.lower() == ".ttc" else TTFont(path, lazy=True)
    return (
        str(font["name"].getBestFamilyName() or path.stem)
        if font["name"].getDebugName(1) is None
        else str(font["name"].getDebugName(1))
    )


def _ass(rgb: NDArray[np.int64]) -> str:
    red, green, blue = rgb.tolist()
    return f"&H{blue:02X}{green:02X}{red:02X}&"


def panned(rng: Rng, pictures: list[Picture], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Frames of a picture that moves by up to 3 pixels a frame."""
    picture = pictures[rng.integers(len(pictures))]
    rows, columns = size
    reach = 3 * _FRAMES
    largest = min(picture.shape[0] / (rows + reach), picture.shape[1] / (columns + reach))
    zoom = min(float(np.exp(rng.uniform(np.log(0.6), np.log(4)))), largest)
    height, width = int((rows + reach) * zoom), int((columns + reach) * zoom)
    top, left = rng.integers(picture.shape[0] - height + 1), rng.integers(picture.shape[1] - width + 1)
    part = cv2.resize(
        picture[top : top + height, left : left + width],
        (columns + reach, rows + reach),
        interpolation=cv2.INTER_AREA if zoom > 1 else cv2.INTER_CUBIC,
    )
    down, right = rng.integers(0, 4, 2)
    return np.stack([part[at * down : at * down + rows, at * right : at * right + columns] for at in range(_FRAMES)])


def subtitles(group: Group, shown: int | None) -> str:
    """The subtitle file. shown: None as designed, 1 white letters, 2 with outline or box, 3 with the shadow too."""
    rows, columns = group.native
    head = (
        f"[Script Info]\nScriptType: v4.00+\nPlayResX: {columns}\nPlayResY: {rows}\nScaledBorderAndShadow: yes\n"
        "WrapStyle: 2\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, BorderStyle, Outline, Shadow, Alignment, "
        "MarginL, MarginR, MarginV\n"
    )
    styles, events = "", ""
    for at, item in enumerate(group.lines):
        border = 3 if item.boxed else 1
        styles += (
            f"Style: s{at},{item.font},{item.size_px:.1f},{border},{item.outline_px:.2f},{item.shadow_px:.2f},5,2,2,2\n"
        )
        if shown is None:
            letters, rim, shade = item.colours
            look = f"\\1c{letters}\\3c{rim}\\4c{shade}\\1a{item.alpha}\\3a{item.alpha}\\4a&H50&"
        else:
            hidden = [_HIDDEN if number >= shown else "&H00&" for number in range(3)]
            look = f"\\1c&HFFFFFF&\\3c&HFFFFFF&\\4c&HFFFFFF&\\1a{hidden[0]}\\3a{hidden[1]}\\4a{hidden[2]}"
        start, end = (f"0:{s // 60:02d}:{s % 60:02d}.00" for s in (at * _FRAMES, (at + 1) * _FRAMES))
        events += f"Dialogue: 0,{start},{end},s{at},,0,0,0,,{{{look}{item.extra}}}{item.text}\n"
    fields = "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
    return f"{head}{styles}\n[Events]\n{fields}\n{events}"


def burned(shots: NDArray[np.uint8], group: Group, crf: int, ffmpeg: str) -> NDArray[np.uint8]:
    """The third frame of every shot with its line, after H.264."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mkv"
        encoding = [
            "-pix_fmt",
            "yuv420p",
            "-c:v",
            "libx264",
            "-preset",
            "medium",
            "-crf",
            str(crf),
            "-threads",
            "1",
            str(clip),
        ]
        _render(shots, group, None, Path(folder), ffmpeg, f"format=yuv420p,{_FILTER}", encoding)
        with av.open(str(clip)) as container:
            frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.stack(frames[_TAKEN::_FRAMES])


def truth(group: Group, size: tuple[int, int], shown: int, ffmpeg: str) -> NDArray[np.uint8]:
    """Coverage by what is shown, (n, rows, columns), scaled to the size of a sample."""
    black = np.zeros((len(group.lines) * _FRAMES, *size, 3), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        raw = _render(black, group, shown, Path(folder), ffmpeg, _FILTER, ["-pix_fmt", "rgb24", "-f", "rawvideo", "-"])
    frames = np.frombuffer(raw, dtype=np.uint8).reshape(black.shape)[_TAKEN::_FRAMES, ..., 0]
    return np.stack([cv2.resize(frame, SIZE[::-1], interpolation=cv2.INTER_AREA) for frame in frames])


_FILTER = "ass=lines.ass:fontsdir=fonts"


def _render(
    frames: NDArray[np.uint8], group: Group, shown: int | None, folder: Path, ffmpeg: str, filters: str, out: list[str]
) -> bytes:
    (folder / "lines.ass").write_text(subtitles(group, shown), encoding="utf-8")
    (folder / "fonts").symlink_to(group.fonts)
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", size, "-framerate", "1", "-i", "-"]
    command = [ffmpeg, "-v", "error", "-y", *source, "-vf", filters, *out]
    return subprocess.run(command, input=frames.tobytes(), cwd=folder, check=True, capture_output=True).stdout


if __name__ == "__main__":
    main()
