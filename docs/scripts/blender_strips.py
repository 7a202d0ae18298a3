"""The cut of a hand-over as strips of Blender's video sequencer.

blender --python blender_strips.py -- handover/NAME.otio

It reads the .otio as JSON, because Blender's Python has no OpenTimelineIO. Every strip is read back.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

FIRST = 1
"""Blender's first frame."""


def add_strips(scene: Any, timeline: Path) -> list[Any]:
    """Lay the clips of all tracks on channels from 1 upwards, and set the scene's size, rate and length."""
    document = json.loads(timeline.read_text(encoding="utf-8"))
    told = document["metadata"]["overlaycut"]
    rate = Fraction(told["rate"])
    scene.render.resolution_x, scene.render.resolution_y = told["width"], told["height"]
    scene.render.fps = round(rate)
    scene.render.fps_base = float(round(rate) / rate)
    editor = scene.sequence_editor_create()
    strips = getattr(editor, "strips", None) or editor.sequences  # `sequences` before Blender 4.4
    made = []
    for channel, track in enumerate(document["tracks"]["children"], start=1):
        at = FIRST
        for item in track["children"]:
            if not item["OTIO_SCHEMA"].startswith("Clip."):
                continue  # a dissolve: the clips beside it meet in its middle
            frames = int(item["source_range"]["duration"]["value"])
            made.append(_strip(strips, timeline.parent, item, track["kind"], channel, at))
            at += frames
        scene.frame_end = max(scene.frame_end, at - 1)
    return made


def _strip(strips: Any, folder: Path, item: dict[str, Any], kind: str, channel: int, at: int) -> Any:
    reference = item["media_references"][item["active_media_reference_key"]]
    path = str(folder / unquote(reference["target_url"]))
    first, frames = (int(item["source_range"][key]["value"]) for key in ("start_time", "duration"))
    if kind == "Audio":
        strip = strips.new_sound(item["name"], path, channel, at - first)
    elif path.endswith(".png"):
        strip = strips.new_image(item["name"], path, channel, at - first)
        strip.frame_final_duration = frames
    else:
        strip = strips.new_movie(item["name"], path, channel, at - first)
        if path.endswith("captions.mov"):
            strip.blend_type = "ALPHA_OVER"
    strip.frame_offset_start = first
    strip.frame_final_end = at + frames
    if (strip.frame_final_start, strip.frame_final_end) != (at, at + frames):
        raise RuntimeError(f"{item['name']}: Blender has frames {strip.frame_final_start} to {strip.frame_final_end}")
    return strip


if __name__ == "__main__":
    import bpy

    add_strips(bpy.context.scene, Path(sys.argv[sys.argv.index("--") + 1]))
