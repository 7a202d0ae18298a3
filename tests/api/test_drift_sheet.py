"""The contact sheet of `drift`: what changed first, in four pictures, with a box where it changed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from draw import colour_planes, draw_clip
from overlaycut.api.drift_sheet import DriftSheetParameters, drift_sheet, sheet_rows
from overlaycut.core.cast import (
    Appearance,
    CastReport,
    FaceTrack,
    IdentityVerdict,
    Sighting,
    SimilaritySample,
    TraitVerdict,
)
from overlaycut.core.frame import Picture
from overlaycut.core.geometry import Box
from overlaycut.media import Clip, write_png

COUNT, RATE = 24, 8
FACE = Box(60, 30, 40, 50)
PARAMETERS = DriftSheetParameters()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every frame of one grey, lighter from frame to frame, so that it can be told which one is shown."""
    path = tmp_path_factory.mktemp("sheet") / "a.mp4"
    greys = [np.full((120, 160, 3), 40 + 8 * n, np.uint8) for n in range(COUNT)]
    draw_clip(path, [colour_planes(grey, "yuv420p") for grey in greys], tick=Fraction(1, RATE))
    return path


def appearance(clip: Path, verdict: IdentityVerdict, first_bad: Fraction | None, *, worn: bool = False) -> Appearance:
    after = Fraction(9) if first_bad is None else first_bad
    series = tuple(
        SimilaritySample(Fraction(n, 4), 0.9 if Fraction(n, 4) < after else 0.5 - 0.02 * n, 1.0) for n in range(10)
    )
    face = TraitVerdict(verdict=verdict, reason="why", first_bad=first_bad, confidence=0.9, series=series)
    clothes = TraitVerdict(verdict="drift" if worn else "same", reason="other", first_bad=Fraction(1), series=series)
    return Appearance(
        character="maya 雅", clip=str(clip), tracks=(3,), seen=10, face=face, clothes=clothes, centre=None
    )


def report(until: int = 10) -> CastReport:
    seen = tuple(Sighting(2 * n, Fraction(n, 4), FACE, 1.0) for n in range(until))
    return CastReport(model="m", tracks=(FaceTrack(3, 0, seen),), duration=Fraction(3))


def cells(sheet: Picture, row: int) -> list[Picture]:
    """The four pictures of a row of a sheet."""
    width = (PARAMETERS.width - PARAMETERS.gap) // 4 - PARAMETERS.gap
    height = round(width * 120 / 160)
    each = PARAMETERS.title + 2 * PARAMETERS.words + 5 * PARAMETERS.gap + height
    top = row * each + PARAMETERS.title + PARAMETERS.words + 2 * PARAMETERS.gap
    lefts = [PARAMETERS.gap + n * (width + PARAMETERS.gap) for n in range(4)]
    return [sheet[top : top + height, left : left + width] for left in lefts]


def grey(picture: Picture) -> int:
    """Which frame of the clip a picture shows."""
    return round((float(np.median(picture[:8])) - 40) / 8)


def edge(picture: Picture, colour: tuple[int, int, int]) -> bool:
    """Whether the box of FACE is drawn in a colour."""
    scale = picture.shape[1] / 160
    x, y = round((FACE.x + 20) * scale), round(FACE.y * scale)
    return bool((np.abs(picture[y - 3 : y + 8, x].astype(int) - colour).sum(axis=1) < 60).any())


def test_a_drift_is_shown_from_its_reference_to_its_worst_frame(clip: Path, tmp_path: Path) -> None:
    write_png(tmp_path / "maya.png", np.full((120, 160, 3), (10, 20, 200), np.uint8))
    rows = sheet_rows(
        [appearance(clip, "drift", Fraction(9, 8))], {str(clip): report()}, {"maya 雅": [tmp_path / "maya.png"]}, {}
    )
    (row,) = rows
    assert row.title == "maya 雅 in a.mp4: drift from 1.12 s, 90% sure" and row.bad
    assert [m.what for m in row.moments] == [
        "reference maya.png", "last good, 1.00 s", "first changed, 1.25 s", "worst, 2.25 s: 0.32 alike",
    ]  # fmt: skip
    sheet = drift_sheet(rows, {str(clip): Clip(clip)})
    reference, good, first, worst = cells(sheet, 0)
    assert abs(reference[60, 60].astype(int) - (10, 20, 200)).max() < 4
    assert (grey(good), grey(first), grey(worst)) == (8, 10, 18)
    assert edge(good, PARAMETERS.good) and edge(first, PARAMETERS.bad) and edge(worst, PARAMETERS.bad)


def test_who_vanishes_is_shown_to_the_end_of_the_clip(clip: Path) -> None:
    rows = sheet_rows([appearance(clip, "gone", Fraction(3, 2))], {str(clip): report(6)}, {}, {})
    (row,) = rows
    assert [m.what for m in row.moments] == ["last good, 1.25 s", "first changed, 1.50 s", "at the end"]
    good, first, end, _ = cells(drift_sheet(rows, {str(clip): Clip(clip)}), 0)
    assert (grey(good), grey(first), grey(end)) == (10, 12, 23)


def test_what_changed_comes_first_and_clothes_have_a_row_of_their_own(clip: Path) -> None:
    steady = appearance(clip, "same", None)
    rows = sheet_rows([steady, appearance(clip, "same", None, worn=True)], {str(clip): report()}, {}, {})
    assert [row.bad for row in rows] == [True, False, False] and rows[0].title.startswith("clothes of maya")
    worn = [m.box for m in rows[0].moments]
    assert all(box is not None and box.y > FACE.bottom for box in worn)
    assert [m.what.split(",")[0] for m in rows[1].moments] == ["opening", "least alike (0.90)", "last"]
    assert drift_sheet(rows, {str(clip): Clip(clip)}).shape[1] == PARAMETERS.width


def test_nobody_is_said_on_a_sheet_as_well() -> None:
    sheet = drift_sheet([], {})
    assert sheet.shape[0] < 60 and sheet.max() > 200
