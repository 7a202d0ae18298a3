"""Faces through the verbs: captions keep off them, cameras keep them in, and what a finder does wrong is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import overlaycut
from overlaycut.api import framing
from overlaycut.api.framing import composition, in_the_way, lettering, prominent
from overlaycut.api.results import CaptionReport
from overlaycut.cli.app import run
from overlaycut.core.cast import Face
from overlaycut.core.cues import KeepOut
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.core.plan import RegistrationRecord
from overlaycut.core.progress import no_progress
from overlaycut.errors import ModelError
from overlaycut.media import Clip, Encoding, write_clip
from people import ANNA, BERT, RATE, ColourFinder, Person, face_at, facts, frames, picture
from plans import plan, region
from policies import policy

TALL, WIDE = (216, 384), (384, 216)
SRT = "1\n00:00:00,100 --> 00:00:00,900\nHello there\n\n2\n00:00:00,900 --> 00:00:01,900\nyou out there\n"


class Broken(ColourFinder):
    """A finder whose model gives up at the second look."""

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        if self.searches:
            raise ModelError("onnxruntime cannot run this model")
        return super().find(picture, smallest=smallest)


class Everywhere(ColourFinder):
    """A finder that sees a face in the whole of every picture, and far beyond it."""

    def find(self, picture: Picture, *, smallest: int) -> list[Face]:
        return [face_at(Box(-500, -500, 2000, 2000))]

    def follow(self, picture: Picture, boxes: Sequence[Box]) -> list[Face | None]:
        return [face_at(box) for box in boxes]


@pytest.fixture(autouse=True)
def finder(monkeypatch: pytest.MonkeyPatch) -> None:
    found_by(monkeypatch, ColourFinder())


def found_by(monkeypatch: pytest.MonkeyPatch, finder: ColourFinder) -> None:
    monkeypatch.setattr(framing, "face_detector", lambda: finder)


def clip_of(folder: Path, people: Any, *, size: tuple[int, int], count: int = 48) -> Path:
    """A clip of `people(n)` in its frames."""
    path = folder / "clip.mp4"
    pictures = [picture(people(n), size=size) for n in range(count)]
    write_clip(frames(pictures), path, tick=1 / RATE, encoding=Encoding(preset="ultrafast", crf=8))
    return path


def subtitles(folder: Path) -> Path:
    path = folder / "words.srt"
    path.write_text(SRT, encoding="utf-8")
    return path


def captioned(clip: Path, **wanted: Any) -> CaptionReport:
    target = clip.parent / "out.srt"
    return overlaycut.caption(clip, subtitles(clip.parent), sidecars=[target], style="outline", **wanted)


def test_captions_keep_off_a_face_as_long_as_they_show(tmp_path: Path) -> None:
    def people(n: int) -> list[Person]:
        return [Person(ANNA, 40 + n, 230 + n, 90)]

    report = captioned(clip_of(tmp_path, people, size=TALL))
    for cue in report.cues:
        box = cue.box
        for n in range(round(cue.start * RATE), min(round(cue.end * RATE), 48)):
            (face,) = people(n)
            assert box.overlap(Box(face.x, face.y, face.side, face.side)) == 0
    assert not any("covers" in warning for warning in report.warnings)
    tops = {cue.box.y for cue in report.cues}
    assert len(tops) == 1, "the second cue stands where the first one stood"


def test_a_small_face_is_left_clear_without_a_word_and_a_passer_by_is_part_of_the_scene(tmp_path: Path) -> None:
    star = Person(ANNA, 110, 60, 90)
    beside = captioned(clip_of(tmp_path, lambda n: [star], size=TALL)).cues
    box = beside[0].box
    passer_by = Person(BERT, box.x + 10, box.y, 28)
    both = captioned(clip_of(tmp_path, lambda n: [star, passer_by], size=TALL)).cues
    assert [cue.box for cue in both] == [cue.box for cue in beside]
    alone = captioned(clip_of(tmp_path, lambda n: [passer_by], size=TALL))
    face = Box(passer_by.x, passer_by.y, 28, 28)
    assert all(cue.box.overlap(face) == 0 for cue in alone.cues)
    assert not any("covers" in warning for warning in alone.warnings)


def with_figure(pictures: list[Picture], box: Box) -> list[Picture]:
    """The pictures with a thing that nobody takes for a face."""
    for one in pictures:
        one[box.slices] = (
            np.random.default_rng(3)
            .integers(20, 70, (box.h // 4 + 1, box.w // 4 + 1, 1))
            .repeat(4, 0)
            .repeat(4, 1)[: box.h, : box.w]
        )
    return pictures


@pytest.mark.parametrize("verb", ["caption", "export", "run"])
def test_captions_keep_off_a_subject_that_is_no_face(tmp_path: Path, verb: str) -> None:
    place = Box(20, 250, 176, 120)
    clip = tmp_path / "clip.mp4"
    pictures = with_figure([picture([], size=TALL) for _ in range(48)], place)
    write_clip(frames(pictures), clip, tick=1 / RATE, encoding=Encoding(preset="ultrafast", crf=8))
    subs = subtitles(tmp_path)
    if verb == "caption":
        for cue in captioned(clip).cues:
            assert cue.box.overlap(place) < 0.02 * place.area
        return
    same = policy(tmp_path, "tall")
    if verb == "export":
        overlaycut.export(clip, [same], tmp_path / "out", subs=subs, style="outline", preset="ultrafast")
    else:
        job = tmp_path / "project.toml"
        shots = f'[project]\nname = "x"\noutputs = ["{same}"]\n[[shots]]\nclip = "clip.mp4"\n'
        job.write_text(f'{shots}[captions]\nsource = "{subs.name}"\nstyle = "outline"\n', encoding="utf-8")
        overlaycut.run(job, tmp_path / "out")
    (written,) = (tmp_path / "out").rglob("tall.mp4")
    frame = next(frame for frame in Clip(written).frames() if frame.at > Fraction(1, 2))
    across, down = frame.width / TALL[0], frame.height / TALL[1]
    inside = frame.rgb()[round((place.y + 8) * down) : round((place.bottom - 8) * down)]
    inside = inside[:, round((place.x + 4) * across) : round((place.right - 4) * across)]
    assert (inside.min(axis=2) > 200).mean() < 0.002, "no white letter lies on it"


def test_what_cannot_be_kept_clear_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found_by(monkeypatch, Everywhere())
    report = captioned(clip_of(tmp_path, lambda n: [], size=TALL))
    assert sum("covers a face" in warning for warning in report.warnings) == 2


def test_a_finder_that_fails_is_one_line_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clip, subs = clip_of(tmp_path, lambda n: [Person(ANNA, 40)], size=TALL), subtitles(tmp_path)
    for command in (
        ["caption", str(clip), "--subs", str(subs), "-o", str(tmp_path / "out.mp4")],
        ["export", str(clip), "--to", policy(tmp_path, "wide"), "-o", str(tmp_path / "out")],
    ):
        found_by(monkeypatch, Broken())
        assert run(command) == 5
        assert "onnxruntime cannot run" in capsys.readouterr().err
    assert not (tmp_path / "out.mp4").exists() and not list((tmp_path / "out").glob("*.mp4"))


@pytest.mark.parametrize("reframe", ["auto", "pad"])
def test_a_face_off_centre_is_in_every_delivery_and_uncovered(tmp_path: Path, reframe: str) -> None:
    clip = clip_of(tmp_path, lambda n: [Person(ANNA, 8, 70, 72)], size=WIDE)
    names = [policy(tmp_path, "tall"), policy(tmp_path, "square", like="feed-1x1")]
    options: Any = {"reframe": reframe, "subs": subtitles(tmp_path), "style": "outline", "preset": "ultrafast"}
    for delivery in overlaycut.export(clip, names, tmp_path / "out", **options).deliveries:
        for frame in Clip(delivery.path).frames():
            red = np.argwhere((frame.rgb().astype(int)[..., 0] - frame.rgb()[..., 1]) > 60)
            height, width = np.ptp(red, axis=0) + 1
            assert 0.8 < width / height < 1.25, "the square is there whole"
            area = height * width
            assert len(red) > 0.9 * area or area < 0.04 * frame.width * frame.height, "no word covers it"


def test_a_face_in_the_middle_of_nothing_does_not_move_the_camera_without_being_asked(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, lambda n: [Person(ANNA, 8, 70, 72)], size=WIDE, count=12)
    report = overlaycut.export(clip, [policy(tmp_path, "tall")], tmp_path / "out", reframe="centre", preset="ultrafast")
    (frame, *_) = Clip(report.deliveries[0].path).frames()
    assert (frame.rgb().astype(int)[..., 0] - frame.rgb()[..., 1]).max() < 60


def test_passers_by_are_not_prominent_and_small_faces_not_in_the_way() -> None:
    def face(x: int, side: int, start: int, end: int) -> KeepOut:
        return KeepOut(Box(x, 0, side, side), Fraction(start), Fraction(end), "a face")

    star, extra, alone = face(0, 200, 0, 4), face(300, 90, 1, 3), face(300, 90, 5, 6)
    assert prominent([extra, alone, star]) == (star, alone)
    assert prominent([]) == ()
    assert in_the_way([star, extra], 600, 1000) == [star]


@pytest.mark.parametrize("verb", ["export", "run"])
def test_an_inset_stays_whole_and_that_is_said(tmp_path: Path, verb: str) -> None:
    grey = np.random.default_rng(4).integers(90, 140, (18, 60, 1)).repeat(12, 0).repeat(12, 1).repeat(3, 2)
    place = Box(300, 20, 72, 60)
    pictures = [grey[:, 4 * n : 4 * n + 384].astype(np.uint8) for n in range(48)]
    for one in pictures:
        one[70:142, 8:80] = picture([Person(ANNA, 0, 0, 72)], size=(72, 72))
        one[place.slices] = (235, 235, 235)
        one[40:60, 320:350] = 30
    clip = tmp_path / "clip.mp4"
    write_clip(frames(pictures), clip, tick=1 / RATE, encoding=Encoding(preset="ultrafast", crf=8))
    square = policy(tmp_path, "square", like="feed-1x1")
    if verb == "export":
        report = overlaycut.export(clip, [square], tmp_path / "out", preset="ultrafast")
    else:
        job = tmp_path / "project.toml"
        shots = '[[shots]]\nclip = "clip.mp4"\n'
        job.write_text(f'[project]\nname = "x"\nmaster = "384x216"\noutputs = ["{square}"]\n{shots}', encoding="utf-8")
        report = overlaycut.run(job, tmp_path / "out")
    (delivery,) = report.deliveries
    assert any("an inset" in warning and "on a background" in warning for warning in delivery.warnings)
    frame = next(iter(Clip(delivery.path).frames()))
    bright = np.argwhere(frame.rgb().min(axis=2) > 200)
    (top, left), (bottom, right) = bright.min(axis=0), bright.max(axis=0) + 1
    assert abs((right - left) / (bottom - top) - place.w / place.h) < 0.15, "the white rectangle is there whole"


def test_posters_are_incidental_and_what_is_named_marked_or_large_is_not() -> None:
    poster, title = Box(10, 20, 40, 8), Box(10, 100, 80, 20)
    drawn = plan(
        region("a", poster, decision="keep", read="BOXING", expected_from="first frame"),
        region("b", poster, decision="keep", expected="COLD BREW", expected_from="user"),
        region("c", poster, decision="keep", read="AI generated", kind="mark", protected=True),
        region("d", title, decision="restore", read="SUMMER SALE", expected_from="still"),
        region("e", poster, decision="keep", read="hello", kind="subtitle"),
        region("f", poster, decision="keep", kind="watched").model_copy(update={"name": "cream jar"}),
        region("g", title, decision="erase", read="gone"),
    )
    kept = lettering(drawn, replace(facts((100, 200)), frames_counted=50))
    firm = {one.name for one in kept if one.firm}
    assert firm == {"COLD BREW", "AI generated", "SUMMER SALE", "hello", "cream jar"}
    assert {one.name for one in kept if one.required} == {"COLD BREW", "AI generated", "cream jar"}
    assert {one.name for one in kept} - firm == {"BOXING"}


def test_a_still_is_composed_around_what_it_has_in_its_middle() -> None:
    def still(x: int) -> Picture:
        drawn = picture([], size=(300, 400))
        drawn[120:280, x : x + 90] = np.random.default_rng(3).integers(150, 240, (20, 18, 3)).repeat(8, 0).repeat(5, 1)
        return drawn

    half = RegistrationRecord(matrix=[[0.25, 0, 12], [0, 0.25, 40], [0, 0, 1]], inliers=99, error_px=0.1, note="")
    found = composition(still(105), plan(registration=half))
    assert found is not None
    true = Box(12 + 105 // 4, 40 + 30, 22, 40)
    assert found.overlap(true) > 0.7 * max(found.area, true.area)
    assert composition(still(8), plan(registration=half)) is None, "it stands beside the middle"
    assert composition(still(105), plan()) is None, "nobody knows where the still lies in the clip"


@pytest.mark.footage
def test_words_under_a_real_face_and_a_camera_on_it(footage: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.undo()
    clip = footage / "ai_face" / "hunyuancustom_woman_bakery_audio.mp4"
    spotter = framing.spotter_of(Clip(clip).facts)
    for frame in Clip(clip).frames():
        spotter.see(frame)
    faces = spotter.result()
    assert faces[0].start == 0 and faces[-1].end == frame.at + frame.lasts
    report = overlaycut.export(clip, ["tiktok"], tmp_path, subs=subtitles(tmp_path), preset="ultrafast")
    written = Clip(report.deliveries[0].path)
    seen = framing.surroundings(written, no_progress, until=Fraction(5)).faces
    large = [box for box in (one.box for one in seen) if box.area > 0.04 * 1080 * 1920]
    assert large and all(box.x > 100 and box.right < 980 for box in large)
    assert not any("covers" in warning for warning in report.deliveries[0].warnings)
