"""Faces are found, followed, cut off at hard cuts, and looked at closely where they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from overlaycut.analyse.chroma import chroma_histogram
from overlaycut.analyse.faces import FaceAnalyser, faces_in, reference_signature, reliance
from overlaycut.core.cast import CastReport, Face
from overlaycut.core.colour import RGB_TO_YCBCR_BY
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box, Point
from people import ANNA, BERT, CARL, ColourFinder, ColourIdentity, Person, face_at, facts, frames, picture


def seen(
    pictures: list[Picture], finder: ColourFinder | None = None, identity: ColourIdentity | None = None
) -> CastReport:
    analyser = FaceAnalyser(finder or ColourFinder(), identity or ColourIdentity(), facts())
    for frame in frames(pictures):
        analyser.see(frame)
    return analyser.result()


def test_a_walking_face_is_one_track() -> None:
    report = seen([picture([Person(ANNA, 20 + 2 * n)]) for n in range(72)])
    (track,) = report.tracks
    assert report.model == "colours" and report.crowd == 1 and report.frames == 72
    assert track.sightings[0].index == 0 and track.sightings[-1].index >= 66
    for sighting in track.sightings:
        assert abs(sighting.box.x - (20 + 2 * sighting.index)) <= 2
        assert abs(sighting.box.h - 64) <= 3


def test_between_searches_faces_are_only_followed() -> None:
    finder = ColourFinder()
    report = seen([picture([Person(ANNA, 40)])] * 72, finder)
    assert finder.searches == 4
    assert len(report.tracks[0].sightings) >= 20


def test_two_people_are_two_tracks_and_keep_their_colours() -> None:
    report = seen([picture([Person(ANNA, 30 + n), Person(BERT, 220 - n)]) for n in range(48)])
    assert len(report.tracks) == 2 and report.crowd == 2
    for track, colour in zip(sorted(report.tracks, key=lambda t: t.sightings[0].box.x), (ANNA, BERT), strict=True):
        vector = np.mean([s.signature.vector for s in track.embedded if s.signature], axis=0) * 255
        assert np.argmax(vector) == np.argmax(colour)


def test_a_hard_cut_ends_every_track() -> None:
    first = [picture([Person(ANNA, 40)], ground=40)] * 24
    elsewhere = picture([Person(ANNA, 40)], ground=200)
    elsewhere[150:, :, :] = 20
    elsewhere[:150, 160:, :] = np.linspace(0, 255, 160, dtype=np.uint8)[None, :, None]
    second = [elsewhere] * 24
    report = seen(first + second)
    assert report.cuts == (24,)
    assert [track.shot for track in report.tracks] == [0, 1]
    assert max(s.index for s in report.tracks[0].sightings) < 24


def test_a_calm_face_costs_a_vector_a_second_and_a_changing_one_more() -> None:
    calm, restless = ColourIdentity(), ColourIdentity()
    seen([picture([Person(ANNA, 40)])] * 96, identity=calm)
    mixed = [tuple(a + (b - a) * n / 95 for a, b in zip(ANNA, BERT, strict=True)) for n in range(96)]
    seen([picture([Person(colour, 40)]) for colour in mixed], identity=restless)
    assert calm.embedded == 4 + 4
    assert restless.embedded > 9


def test_no_face_is_no_track() -> None:
    report = seen([picture([])] * 30)
    assert report.tracks == () and report.crowd == 0


def test_a_face_that_no_second_look_confirms_is_none() -> None:
    assert seen([picture([Person(ANNA, 40)])] + [picture([])] * 29).tracks == ()


def test_a_face_in_profile_is_seen_but_costs_no_vector() -> None:
    class Profile(ColourFinder):
        def find(self, picture: Picture, *, smallest: int) -> list[Face]:
            return [replace(face, points=_shut(face)) for face in super().find(picture, smallest=smallest)]

        def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
            found = super().follow(picture, boxes)
            return [None if face is None else replace(face, points=_shut(face)) for face in found]

    identity = ColourIdentity()
    (track,) = seen([picture([Person(ANNA, 40)])] * 48, Profile(), identity).tracks
    assert len(track.sightings) > 8 and track.embedded == () and identity.embedded == 0


def _shut(face: Face) -> tuple[Point, Point, Point, Point, Point]:
    """The five points with the eye that is not seen guessed beside the other, and the nose between them."""
    a, b, nose, left, right = face.points
    middle = (a[0] + b[0]) / 2
    first, second = ((middle + 0.5 * (x - middle), y) for x, y in (a, b))
    return first, second, nose, left, right


def test_a_black_clip_and_one_frame() -> None:
    assert seen([np.zeros((240, 320, 3), np.uint8)] * 10).tracks == ()
    (track,) = seen([picture([Person(ANNA, 40)])]).tracks
    assert len(track.sightings) == 1 and track.embedded


def test_of_a_hundred_faces_all_are_counted_and_the_largest_told_apart() -> None:
    crowd = [Person(CARL, 4 + 31 * (n % 10), 2 + 23 * (n // 10), 20) for n in range(100)]
    crowd[0] = replace(crowd[0], side=22)
    report = seen([picture(crowd)] * 30)
    assert report.crowd == 100
    assert len(report.tracks) <= 16
    assert sum(bool(track.embedded) for track in report.tracks) <= 8
    assert any("of up to 100" in note for note in report.notes)


@pytest.mark.parametrize("spoil", ["turned", "profile", "tiny", "blurred"])
def test_a_poor_view_is_relied_on_less(spoil: str) -> None:
    rng = np.random.default_rng(1)
    crisp = rng.integers(0, 255, (150, 150, 3), dtype=np.uint8)
    good = face_at(Box(50, 50, 100, 100))
    before = reliance(good, crisp)
    assert before == pytest.approx(1.0)
    if spoil == "turned":
        a, b, nose, d, e = good.points
        after = reliance(replace(good, points=(a, b, (nose[0] + 18, nose[1]), d, e)), crisp)
    elif spoil == "profile":
        after = reliance(replace(good, points=_shut(good)), crisp)
    elif spoil == "tiny":
        after = reliance(face_at(Box(50, 50, 40, 40)), crisp)
    else:
        after = reliance(good, np.linspace(0, 255, 150 * 150 * 3).reshape(150, 150, 3).astype(np.uint8))
    assert after < 0.5


def test_colours_are_told_apart_whatever_the_light() -> None:
    grey = np.full((20, 20), 128, np.uint8)
    red, blue = (chroma_histogram(grey - 20, grey + 40, "bt709"), chroma_histogram(grey + 40, grey - 20, "bt709"))
    assert red.sum() == pytest.approx(1) and np.sqrt(red * red).sum() == pytest.approx(1)
    assert np.sqrt(red * blue).sum() < 0.05


def test_colours_are_the_same_by_either_matrix() -> None:
    rgb = np.random.default_rng(3).uniform(0.3, 0.7, (400, 3)) * [1.0, 0.6, 0.5]
    by = {name: np.rint(rgb @ matrix.T + [16, 128, 128]).astype(np.uint8) for name, matrix in RGB_TO_YCBCR_BY.items()}
    new, old = (chroma_histogram(by[name][:, 1], by[name][:, 2], name) for name in ("bt709", "bt601"))
    mixed = chroma_histogram(by["bt601"][:, 1], by["bt601"][:, 2], "bt709")
    assert np.sqrt(new * old).sum() >= 0.99 > 0.98 > np.sqrt(new * mixed).sum()


def test_references_say_how_many_faces_they_show() -> None:
    finder, identity = ColourFinder(), ColourIdentity()
    assert reference_signature(finder, identity, picture([])) == (0, None)
    two = reference_signature(finder, identity, picture([Person(ANNA, 20), Person(BERT, 150)]))
    assert two[0] == 2
    count, signature = reference_signature(
        finder, identity, picture([Person(ANNA, 20, side=120), Person(BERT, 200, side=44)])
    )
    assert count == 1 and signature is not None and np.argmax(signature.vector) == 0
    assert [
        face.box.w for face, _ in faces_in(finder, identity, picture([Person(ANNA, 20), Person(BERT, 150, side=80)]))
    ] == [80, 64]
