"""No option takes a protected mark out: not an area, a mask, a mode, nor an edited plan."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import overlaycut
from overlaycut.core.geometry import Box
from overlaycut.errors import ExitCode, UsageError
from overlaycut.media import Clip
from overlaycut.models import rapid_reader
from overlaycut.resources import folder
from policies import policy
from simulator import write_clip

pytestmark = pytest.mark.slow

WIDTH, HEIGHT, FRAMES = 480, 640, 16
LABEL = "Nimbus-generated"
"""The mark of a model that no list knows."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Box]:
    """A panning texture under a word and, in the lower right corner, a mark; and the mark's box."""
    font = ImageFont.truetype(str(min(folder("fonts").glob("*.ttf"))), 24)
    ground = np.random.default_rng(2).integers(60, 150, (20, 24, 3), np.uint8)
    wide = np.asarray(Image.fromarray(ground).resize((WIDTH + 80, HEIGHT), Image.Resampling.BICUBIC))
    pictures = []
    for index in range(FRAMES):
        picture = Image.fromarray(wide[:, 3 * index : 3 * index + WIDTH].copy())
        draw = ImageDraw.Draw(picture)
        place = (WIDTH - 270, HEIGHT - 50)
        draw.text(place, LABEL, font=font, fill=(245, 245, 245))
        draw.text((place[0], place[1] - 80), "SALE", font=font, fill=(245, 245, 245))
        pictures.append(np.asarray(picture))
    left, top, right, bottom = map(round, draw.textbbox(place, LABEL, font=font))
    path = tmp_path_factory.mktemp("marked") / "clip.mp4"
    write_clip(path, pictures, Fraction(24))
    return path, Box(left, top, right - left, bottom - top)


def refused(path: Path, out: Path, **options: object) -> str:
    with pytest.raises(UsageError, match="protected mark") as error:
        overlaycut.clean(path, out, **options)  # type: ignore[arg-type]
    assert error.value.exit_code == ExitCode.USAGE
    assert not out.exists()
    return error.value.one_line()


def test_an_area_or_a_mask_over_the_mark_is_refused_by_name(clip: tuple[Path, Box], tmp_path: Path) -> None:
    path, box = clip
    over = box.grown(12).clipped(WIDTH, HEIGHT)
    assert over is not None
    area = overlaycut.Area(over.x, over.y, over.w, over.h)
    for mode in ("auto", "erase", "cover"):
        assert "Nimbus" in refused(path, tmp_path / "out.mp4", areas=[area], mode=mode)
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[over.slices] = True
    assert "Nimbus" in refused(path, tmp_path / "out.mp4", masks=[overlaycut.MaskedArea(mask)])


def test_a_plan_in_which_somebody_took_the_protection_off_is_refused(clip: tuple[Path, Box], tmp_path: Path) -> None:
    path, _ = clip
    plan = overlaycut.analyze(path)
    (mark,) = [region for region in plan.regions if region.protected]
    taken_off = mark.model_copy(
        update={"protected": False, "decision": "erase", "edit": mark.span, "decided_by": "person", "read": None}
    )
    regions = tuple(taken_off if region is mark else region for region in plan.regions)
    assert "Nimbus" in refused(path, tmp_path / "out.mp4", plan=plan.model_copy(update={"regions": regions}))


def test_a_plan_that_calls_taking_the_mark_out_a_rules_decision_leaves_it_whole(
    clip: tuple[Path, Box], tmp_path: Path
) -> None:
    path, box = clip
    plan = overlaycut.analyze(path)
    (mark,) = [region for region in plan.regions if region.protected]
    taken_off = mark.model_copy(
        update={"protected": False, "decision": "erase", "edit": mark.span, "decided_by": "rule", "read": None}
    )
    regions = tuple(taken_off if region is mark else region for region in plan.regions)
    out = tmp_path / "out.mp4"
    report = overlaycut.clean(path, out, plan=plan.model_copy(update={"regions": regions}), lossless=True)
    assert any("is left whole" in note for note in report.plan.notes)
    assert unchanged(path, out, box)


@pytest.mark.parametrize(
    "options", [{"all_lettering": True}, {"subtitles": True}, {"mode": "erase"}, {"mode": "restore"}, {"mode": "cover"}]
)
def test_no_option_that_chooses_lettering_by_itself_takes_the_mark(
    clip: tuple[Path, Box], tmp_path: Path, options: dict[str, object]
) -> None:
    path, box = clip
    out = tmp_path / "out.mp4"
    overlaycut.clean(path, out, lossless=True, **options)  # type: ignore[arg-type]
    assert unchanged(path, out, box)


def unchanged(path: Path, out: Path, box: Box) -> bool:
    """Whether luma in `box` is the same in both clips."""
    inside = box.clipped(WIDTH, HEIGHT)
    assert inside is not None
    pairs = zip(Clip(path).frames(), Clip(out).frames(), strict=True)
    return all((before.y[inside.slices] == after.y[inside.slices]).all() for before, after in pairs)


def test_an_area_that_only_touches_the_mark_leaves_it_whole(clip: tuple[Path, Box], tmp_path: Path) -> None:
    path, box = clip
    beside = overlaycut.Area(box.x - 20, box.y - 100, 120, 108)
    out = tmp_path / "out.mp4"
    report = overlaycut.clean(path, out, areas=[beside], lossless=True)
    assert any("is left whole" in note for note in report.plan.notes)
    inside = box.clipped(WIDTH, HEIGHT)
    assert inside is not None
    word, changed = Box(box.x, box.y - 80, 60, box.h), False
    for before, after in zip(Clip(path).frames(), Clip(out).frames(), strict=True):
        assert (before.y[inside.slices] == after.y[inside.slices]).all()
        changed |= bool((before.y != after.y)[word.slices].any())
    assert changed


def test_a_mark_stays_in_the_picture_of_another_shape_with_and_without_a_plan(
    clip: tuple[Path, Box], tmp_path: Path
) -> None:
    path, _ = clip
    wide = policy(tmp_path, "wide", ("width = 108\nheight = 108", "width = 480\nheight = 200"), like="feed-1x1")
    for plan in (None, overlaycut.analyze(path)):
        report = overlaycut.export(path, [wide], tmp_path / f"{plan is None}", plan=plan)
        delivered = next(iter(Clip(tmp_path / f"{plan is None}" / "wide.mp4").frames()))
        read = [line.text for line in rapid_reader().find(delivered.patch(Box(0, 0, 480, 200)), long_side=960)]
        assert any("Nimbus" in text for text in read), (read, report.deliveries[0].warnings)
