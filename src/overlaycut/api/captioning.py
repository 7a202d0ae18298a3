"""`caption`: words over a clip, drawn in or as a layer with alpha."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from overlaycut.captions import Layout, captions, lay_out, load_style, overlay, read_cues
from overlaycut.core.cues import Cue, Taken
from overlaycut.core.flow import Stage, through
from overlaycut.core.geometry import Box
from overlaycut.core.progress import Progress, counted, unheard
from overlaycut.deliver import load_policy
from overlaycut.errors import UsageError
from overlaycut.media import (
    Clip,
    Encoding,
    carried_sound,
    refuse_overwriting,
    write_alpha_movie,
    write_clip,
)

_MARGIN = Fraction(1, 16)
"""Share of the short side kept free at each edge when no platform is named: 67 px of 1080, the broadcast title-safe
order of magnitude (EBU R 95: 5 %)."""


def caption(
    clip: Path | str,
    subs: Path | str,
    *,
    out: Path | str | None = None,
    alpha: Path | str | None = None,
    style: str = "clean",
    platform: str | None = None,
    progress: Progress = unheard,
) -> dict[str, Any]:
    """Draw the captions of a file on a clip, to `out` (an MP4) or alone to `alpha` (ProRes 4444 in a MOV), or both.

    With a `platform` the captions keep clear of its app's own buttons and texts.
    """
    source = Clip(clip)
    targets = [Path(path) for path in (out, alpha) if path is not None]
    if not targets:
        raise UsageError("nothing to write", hint="-o OUT.mp4, --alpha OUT.mov, or both")
    for path in targets:
        refuse_overwriting(path, [source.path, Path(subs)])
    words = read_cues(Path(subs))
    look = load_style(style)
    layout = lay_out(
        words.cues,
        width=source.facts.width,
        height=source.facts.height,
        style=look,
        safe=safe_box(source.facts.width, source.facts.height, platform),
    )
    total = source.facts.frames
    end = Fraction(0)
    if out is not None:
        frames = counted(source.frames(), progress, f"caption {source.path.name}", total)
        written = write_clip(
            through(frames, [captions(layout, look)]),
            Path(out),
            tick=source.facts.tick,
            encoding=Encoding(),
            sound=carried_sound(source.facts),
        )
        end = written.duration
    if alpha is not None:
        times = [(frame.at, frame.lasts) for frame in source.frames()]
        pictures = counted(
            overlay(layout, look, [at for at, _ in times]), progress, f"overlay {source.path.name}", len(times)
        )
        written = write_alpha_movie(pictures, Path(alpha), times=times, tick=source.facts.tick)
        end = written.duration
    return {
        **caption_report(layout, words.warnings, end),
        "out": None if out is None else str(out),
        "alpha": None if alpha is None else str(alpha),
    }


def safe_box(width: int, height: int, platform: str | None) -> Box:
    """The part of a picture in which captions may stand."""
    if platform is not None:
        return load_policy(platform).safe_box(width, height)
    inset = round(min(width, height) * _MARGIN)
    return Box(inset, inset, width - 2 * inset, height - 2 * inset)


def caption_stage(
    cues: tuple[Cue, ...], *, width: int, height: int, style: str, safe: Box, taken: Sequence[Taken] = ()
) -> tuple[Stage, Layout]:
    """A stage that draws `cues` on pictures of that size, and where they stand."""
    look = load_style(style)
    layout = lay_out(cues, width=width, height=height, style=look, safe=safe, taken=taken)
    return captions(layout, look), layout


def caption_report(layout: Layout, warnings: tuple[str, ...], end: Fraction) -> dict[str, Any]:
    """Captions as JSON values, with the contract's keys."""
    late = [
        f"cue at {float(cue.start):.2f} s begins after the end of the clip ({float(end):.2f} s)"
        for cue in (placed.cue for placed in layout.cues)
        if cue.start >= end
    ]
    return {
        "cues": [
            {
                "start": float(placed.cue.start),
                "end": float(placed.cue.end),
                "text": placed.cue.text,
                "box": [placed.box.x, placed.box.y, placed.box.w, placed.box.h],
                "lines": [line.text for line in placed.lines],
            }
            for placed in layout.cues
        ],
        "missing_glyphs": [],
        "warnings": [*warnings, *layout.warnings, *late],
    }
