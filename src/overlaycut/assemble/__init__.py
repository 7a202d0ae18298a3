"""Shots into a programme: one size, one rate, one clock; picture and sound joined exactly."""

from overlaycut.assemble.programme import Programme, Segment, programme_frames, programme_sound
from overlaycut.assemble.timeline import timeline

__all__ = ["Programme", "Segment", "programme_frames", "programme_sound", "timeline"]
