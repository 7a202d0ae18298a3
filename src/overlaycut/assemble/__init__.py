"""Shots joined into a programme of one size, rate and clock, picture and sound."""

from overlaycut.assemble.programme import MixParameters, Programme, Segment, programme_frames, programme_sound
from overlaycut.assemble.timeline import timeline

__all__ = ["MixParameters", "Programme", "Segment", "programme_frames", "programme_sound", "timeline"]
