"""What analysers return can be stored and read back: only data, by its annotations."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from overlaycut.analyse.faces import FaceParameters
from overlaycut.analyse.lettering import LetteringParameters
from overlaycut.analyse.quality import QualityParameters
from overlaycut.analyse.subject import SubjectParameters
from overlaycut.analyse.tracking import TrackerParameters, TrackObservation
from overlaycut.core.cast import Appearance, CastReport, Character, FaceTrack, Sighting, Signature
from overlaycut.core.cues import KeepOut
from overlaycut.core.findings import Lettering, LetteringReport, Registration
from overlaycut.core.geometry import Box, Quad, Span
from overlaycut.core.intake import Intake
from overlaycut.core.quality import QualityReport
from overlaycut.core.serial import checked, pack, unpack
from overlaycut.decide import CastRules
from overlaycut.decide.ranking import RankedCandidate

KINDS = (
    Appearance, CastReport, CastRules, Character, FaceParameters, Intake, KeepOut, LetteringParameters, LetteringReport,
    QualityParameters, QualityReport, RankedCandidate, SubjectParameters, TrackObservation, TrackerParameters,
)  # fmt: skip


def restored(value: Any) -> Any:
    return unpack(type(value), pack(value))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_annotation_is_data(kind: type) -> None:
    assert checked(kind) is kind


@pytest.mark.parametrize("value", [LetteringParameters(), FaceParameters(), QualityParameters()])
def test_parameters_come_back_as_they_were(value: object) -> None:
    assert restored(value) == value


def test_a_report_on_lettering_comes_back_as_it_was() -> None:
    quads = {4: Quad((1.5, 2), (30, 2.25), (30, 9), (1, 9)), 5: Quad((2, 2), (31, 2), (31, 9), (2, 9))}
    found = Lettering(
        id="r1", kind="scene", state="warped", confidence=0.9, protected=False, expected="NORTH", expected_from="still",
        read="N0RTN", legibility=0.25, legibility_at={4: 1.0, 5: 0.25}, onset=5, span=Span(4, 6), quads=quads,
        visibility={4: 1.0, 5: 0.5}, reference_quad=None, reason="reads otherwise",
    )  # fmt: skip
    matrix = np.array([[1.1, 0, 3], [0, 1.1, -2], [0, 0, 1]])
    report = LetteringReport(
        regions=(found,), registration=Registration(matrix, 40, 0.3, "scaled"), cuts=(9,), notes=("a note",)
    )
    again = restored(report)
    assert again.regions == report.regions and again.cuts == (9,) and again.notes == ("a note",)
    assert again.registration.note == "scaled" and np.array_equal(again.registration.matrix, matrix)


def test_a_report_on_faces_comes_back_as_it_was() -> None:
    vector = np.linspace(0, 1, 128).astype(np.float32)
    seen = Sighting(3, Fraction(1, 8), Box(1, 2, 30, 40), 0.75, Signature("m", vector, 0.75), None)
    track = FaceTrack(0, 1, (seen, Sighting(4, Fraction(1, 6), Box(1, 2, 30, 40), 0.0)))
    again = restored(CastReport(model="m", tracks=(track,), cuts=(2,), crowd=1, frames=9, duration=Fraction(9, 24)))
    assert again.duration == Fraction(9, 24) and again.tracks[0].sightings[1].signature is None
    assert np.array_equal(again.tracks[0].sightings[0].signature.vector, vector)
    assert again.tracks[0].sightings[0].signature.vector.dtype == np.float32
