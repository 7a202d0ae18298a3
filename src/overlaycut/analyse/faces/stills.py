"""Faces of single pictures: stills and references."""

from __future__ import annotations

from overlaycut.analyse.faces.geometry import scaled_face
from overlaycut.analyse.faces.parameters import FaceParameters
from overlaycut.analyse.faces.reliance import reliance
from overlaycut.core.cast import Face, Signature
from overlaycut.core.frame import Picture
from overlaycut.models import FaceDetector, FaceEmbedding
from overlaycut.vision.thumbnails import reduced, reduced_size


def faces_in(
    finder: FaceDetector, identity: FaceEmbedding, picture: Picture, *, parameters: FaceParameters = FaceParameters()
) -> list[tuple[Face, Signature]]:
    """The faces of an RGB picture in its pixels, largest first, with their vectors."""
    height, width = picture.shape[:2]
    long_side = 2 * parameters.long_side_px
    scale = min(1.0, long_side / max(height, width))
    small = reduced(picture, reduced_size(width, height, long_side, least=8))
    detected = finder.find(small, smallest=2 * parameters.smallest_px)
    certain = [scaled_face(face, 1 / scale) for face in detected if face.score >= parameters.certain_score]
    faces = sorted(certain, key=lambda face: -face.box.area)[: parameters.most_embedded]
    chips = [identity.chip(picture, face) for face in faces]
    least, model = parameters.least_reference_weight, identity.metric.model
    return [
        (face, Signature(model, vector, max(reliance(face, chip, parameters=parameters.reliance), least)))
        for face, chip, vector in zip(faces, chips, identity.embed(chips), strict=True)
    ]


def reference_signature(
    finder: FaceDetector, identity: FaceEmbedding, picture: Picture, *, parameters: FaceParameters = FaceParameters()
) -> tuple[int, Signature | None]:
    """How many faces a reference picture shows, passers-by not counted, and the vector of the largest."""
    faces = faces_in(finder, identity, picture, parameters=parameters)
    if not faces:
        return 0, None
    largest, signature = faces[0]
    return sum(face.box.area >= parameters.passer_by * largest.box.area for face, _ in faces), signature
