"""The programme as a document: which source plays when, in frames and exact ratios."""

from __future__ import annotations

from typing import Any

from overlaycut.assemble.programme import Programme


def timeline(programme: Programme) -> dict[str, Any]:
    """The programme as JSON values. Rates and times are written as "numerator/denominator" of seconds."""
    return {
        "version": 1,
        "width": programme.width,
        "height": programme.height,
        "rate": str(programme.rate),
        "frames": programme.frames,
        "segments": [
            {
                "name": segment.name,
                "source": str(segment.source),
                "start_frame": segment.starts,
                "frames": segment.frames,
                "source_in_seconds": str(segment.source_in),
                "speed": str(segment.speed),
                "held_frames": segment.held,
                "overlap_frames": segment.overlap,
                "fade_in_frames": segment.dip_in,
                "fade_out_frames": segment.dip_out,
                "sound_gain": round(segment.gain, 4),
                "sound": segment.has_sound,
            }
            for segment in programme.segments
        ],
    }
