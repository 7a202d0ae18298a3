"""Analysers: frames into findings, before anybody decides anything.

An `Analyser` is shown every frame of a clip in order and asked once: `LetteringAnalyser` for text, `FaceAnalyser` for
faces and who they are, `FaceSpotter` and `SubjectSpotter` for the places that faces and the subject take,
`SubjectAnalyser` for what a clip without faces shows, `ThingAnalyser` for things of which references are given,
`QualityAnalyser` for the moving picture, `BarsAnalyser` for padding,
`InsetAnalyser` for pictures in the picture. `register` finds the still in the first frame,
`panels` and `matched` take storyboards apart, `track_area` follows what a person drew.
"""

from overlaycut.analyse.area_track import track_area
from overlaycut.analyse.bars import BarsAnalyser
from overlaycut.analyse.faces import FaceAnalyser, faces_in, reference_signature
from overlaycut.analyse.insets import InsetAnalyser
from overlaycut.analyse.lettering import LetteringAnalyser, LetteringParameters
from overlaycut.analyse.presence import FaceSpotter
from overlaycut.analyse.quality import QualityAnalyser
from overlaycut.analyse.register import registered_in
from overlaycut.analyse.shots import CutDetector
from overlaycut.analyse.storyboard import matched, panels
from overlaycut.analyse.subject import SubjectAnalyser
from overlaycut.analyse.subject_places import SubjectSpotter, subject_of_still
from overlaycut.analyse.things import ThingAnalyser, View, reference_view
from overlaycut.core.analyser import Analyser, watched

__all__ = [
    "Analyser",
    "BarsAnalyser",
    "CutDetector",
    "FaceAnalyser",
    "FaceSpotter",
    "InsetAnalyser",
    "LetteringAnalyser",
    "LetteringParameters",
    "QualityAnalyser",
    "SubjectAnalyser",
    "SubjectSpotter",
    "ThingAnalyser",
    "View",
    "faces_in",
    "matched",
    "panels",
    "reference_signature",
    "reference_view",
    "registered_in",
    "subject_of_still",
    "track_area",
    "watched",
]
