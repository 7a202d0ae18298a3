"""Layers over frames: passes, patches on a rectified plane, graphics on top."""
