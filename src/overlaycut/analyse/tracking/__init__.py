"""Planar tracking of text: one `SurfaceTracker` per line of text, one `TrackObservation` per frame.

`fit_trajectory` smooths the observations of a life, `camera_motion` measures the motion of the whole picture.
"""

from overlaycut.analyse.tracking.camera_motion import camera_motion
from overlaycut.analyse.tracking.observation import BentLikeness, TrackObservation
from overlaycut.analyse.tracking.parameters import CameraMotionParameters, TrackerParameters, TrajectoryParameters
from overlaycut.analyse.tracking.tracker import SurfaceTracker
from overlaycut.analyse.tracking.trajectory import fit_trajectory

__all__ = [
    "BentLikeness",
    "CameraMotionParameters",
    "SurfaceTracker",
    "TrackObservation",
    "TrackerParameters",
    "TrajectoryParameters",
    "camera_motion",
    "fit_trajectory",
]
