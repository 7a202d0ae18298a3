"""Pictures, masks, cues and styles are taken as files and as objects, with the same outcome."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import overlaycut
from draw import colour_planes, draw_clip
from overlaycut import Area, Clip, Cue, MaskedArea, Style, UsageError
from overlaycut.captions import load_style, read_cues
from overlaycut.media import read_still, write_png

SIZE = (200, 120)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve frames of a moving ramp, 200 x 120."""
    ramp = np.linspace(40, 200, SIZE[0]).astype(np.uint8)
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    pictures = [np.repeat(np.tile(np.roll(ramp, n), (SIZE[1], 1))[..., None], 3, axis=2) for n in range(12)]
    draw_clip(path, [colour_planes(picture, "yuv420p") for picture in pictures], tick=Fraction(1, 24))
    return path


@pytest.fixture
def mask() -> np.ndarray:
    plane = np.zeros((SIZE[1], SIZE[0]), bool)
    plane[30:50, 60:100] = True
    return plane


def lumas(path: Path) -> list[np.ndarray]:
    return [frame.y for frame in Clip(path).frames()]


def test_a_still_as_an_array_gives_the_same_plan(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "still.png", Clip(clip).frame_at(0).rgb())
    by_path = overlaycut.analyze(clip, still=tmp_path / "still.png")
    by_array = overlaycut.analyze(clip, still=read_still(tmp_path / "still.png"))
    assert by_path.still == str(tmp_path / "still.png")
    assert by_array.still is not None and by_array.still.startswith("sha256:")
    assert by_array.model_copy(update={"still": by_path.still}) == by_path


def test_an_array_that_a_plan_only_names_has_to_be_given_again(clip: Path, tmp_path: Path, mask: np.ndarray) -> None:
    still = Clip(clip).frame_at(0).rgb()
    plan = overlaycut.analyze(clip, still=still)
    out = tmp_path / "out.mp4"
    with pytest.raises(UsageError, match="still was given as an array"):
        overlaycut.clean(clip, out, plan=plan)
    with pytest.raises(UsageError, match="still was given as an array"):
        overlaycut.clean(clip, out, plan=plan, still=still[:, ::-1].copy())
    done = overlaycut.clean(clip, out, plan=plan, still=still, masks=[MaskedArea(mask)])
    with pytest.raises(UsageError, match="mask was given as an array"):
        overlaycut.clean(clip, tmp_path / "again.mp4", plan=done.plan, still=still)
    assert not (tmp_path / "again.mp4").exists()


def test_a_mask_as_an_array_is_a_mask_as_a_picture(clip: Path, tmp_path: Path, mask: np.ndarray) -> None:
    write_png(tmp_path / "mask.png", np.repeat(mask[..., None] * np.uint8(255), 3, axis=2))
    written = []
    for given in (mask, tmp_path / "mask.png"):
        out = tmp_path / f"{len(written)}.mp4"
        report = overlaycut.clean(clip, out, masks=[MaskedArea(given, 0, 0.25)], lossless=True)  # type: ignore[arg-type]
        (region,) = report.plan.regions
        assert report.untouched_identical and region.span.end == 6
        written.append(lumas(out))
    assert all((one == other).all() for one, other in zip(*written, strict=True))
    assert any((one != plain).any() for one, plain in zip(written[0], lumas(clip), strict=True))


def test_an_area_is_what_its_text_says(clip: Path, tmp_path: Path) -> None:
    area = Area(60, 30, 40, 20, 0, 0.25)  # type: ignore[arg-type]
    assert area == Area.parse("60,30,40,20@0-0.25") == Area(60, 30, 40, 20, Fraction(0), Fraction(1, 4))
    report = overlaycut.clean(clip, tmp_path / "out.mp4", areas=[area])
    assert [(region.id, region.span.end) for region in report.plan.regions] == [("area-1", 6)]


def test_cues_and_a_style_as_objects_are_those_of_files(clip: Path, tmp_path: Path) -> None:
    subs = tmp_path / "words.srt"
    subs.write_text("1\n00:00:00,000 --> 00:00:00,250\nHello\n\n2\n00:00:00,250 --> 00:00:00,500\nthere\n")
    from_file = overlaycut.caption(clip, subs, sidecars=[tmp_path / "a.srt"], style="pop")
    cues = [Cue(0.25, 0.5, "there"), Cue(0, 0.25, "Hello")]  # type: ignore[arg-type]
    given = overlaycut.caption(clip, cues, sidecars=[tmp_path / "b.srt"], style=load_style("pop"))
    assert given.cues == from_file.cues
    assert read_cues(tmp_path / "a.srt").cues == read_cues(tmp_path / "b.srt").cues
    brand = tmp_path / "brand.toml"
    brand.write_text('fill = "#112233"\n')
    own = Style(font="Inter-Bold.otf", outline_width=0.2)
    assert load_style(own, brand=brand) == own.model_copy(update={"fill": "#112233"})
