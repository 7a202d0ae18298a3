"""Two clips in one picture: the same moment of both, of one size, as a page and as a clip."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import chromium
import overlaycut
from draw import BLUE, GREEN, RED, colour_planes, draw_clip, flat, scenes
from overlaycut.errors import OutputError, UsageError
from overlaycut.media import Clip

SIZE = (96, 128)


def clip_of(path: Path, colours: list[tuple[int, int, int]], tick: Fraction = Fraction(1, 10), size=SIZE) -> Path:
    return draw_clip(path, [colour_planes(flat(colour, size), "yuv420p") for colour in colours], tick=tick).path


def test_the_same_moment_of_both_stands_side_by_side(tmp_path: Path) -> None:
    a = clip_of(tmp_path / "a.mp4", [RED] * 5 + [GREEN] * 5)
    b = clip_of(tmp_path / "b.mp4", [BLUE] * 10 + [RED] * 10, tick=Fraction(1, 20))
    report = overlaycut.compare(a, b, tmp_path / "both.mp4")
    assert (report.frames, report.width, report.height, report.identical) == (10, *SIZE, False)
    for n, frame in enumerate(Clip(report.out).frames()):
        rgb = frame.rgb().astype(int)
        assert rgb.shape[1] == 2 * SIZE[0]
        left, right = rgb[64, 48], rgb[64, 144]
        assert np.abs(left - (RED if n < 5 else GREEN)).max() < 40
        assert np.abs(right - (BLUE if n < 5 else RED)).max() < 40


def test_the_line_of_a_wipe_moves_to_and_fro(tmp_path: Path) -> None:
    a = clip_of(tmp_path / "a.mp4", [RED] * 40)
    b = clip_of(tmp_path / "b.mp4", [BLUE] * 40)
    report = overlaycut.compare(a, b, tmp_path / "both.mp4", layout="wipe")
    shares = [float((frame.rgb()[64, :, 0] > 127).mean()) for frame in Clip(report.out).frames()]
    assert shares[0] == pytest.approx(0.5, abs=0.03)
    assert shares[10] > 0.9 and shares[30] < 0.1


def test_a_clip_is_like_itself(tmp_path: Path) -> None:
    a = draw_clip(tmp_path / "a.mp4", scenes(8), tick=Fraction(1, 10)).path
    (tmp_path / "b.mp4").write_bytes(a.read_bytes())
    report = overlaycut.compare(a, tmp_path / "b.mp4", tmp_path / "both.mp4")
    assert report.identical and report.mean_difference == 0 and report.warnings == ()


def test_another_shape_and_another_length_are_said(tmp_path: Path) -> None:
    a = clip_of(tmp_path / "a.mp4", [RED] * 10)
    b = clip_of(tmp_path / "b.mp4", [BLUE] * 5, size=(128, 96))
    report = overlaycut.compare(a, b, tmp_path / "both.mp4")
    assert report.frames == 5 and len(report.warnings) == 2


def test_other_kinds_of_files_and_inputs_are_refused(tmp_path: Path) -> None:
    a = clip_of(tmp_path / "a.mp4", [RED] * 3)
    with pytest.raises(OutputError, match="no kind of comparison"):
        overlaycut.compare(a, a, tmp_path / "both.gif")
    with pytest.raises(UsageError, match="input"):
        overlaycut.compare(a, a, a)


@pytest.mark.slow
@pytest.mark.skipif(chromium.EXECUTABLE is None, reason="no Chromium is installed")
def test_the_page_wipes_steps_and_shows_both(tmp_path: Path) -> None:
    a = clip_of(tmp_path / "a.mp4", [RED] * 5 + [GREEN] * 5)
    b = clip_of(tmp_path / "b.mp4", [BLUE] * 10)
    overlaycut.compare(a, b, tmp_path / "both.html")
    at = "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)"
    with chromium.Chromium(tmp_path) as browser, browser.page() as tab:
        tab.goto((tmp_path / "both.html").as_uri())
        chromium.until(lambda: tab.evaluate(at, [20, 60])[0] > 150)
        assert tab.evaluate(at, [80, 60])[2] > 150
        wipe = tab.get_by_role("slider", name="Wipe")
        wipe.press("Home")
        assert tab.evaluate(at, [20, 60])[2] > 150, "the second clip everywhere"
        tab.get_by_role("slider", name="Frame").press("End")
        wipe.press("End")
        chromium.until(lambda: tab.evaluate(at, [20, 60])[1] > 90)
        assert tab.locator("output").inner_text() == "0.90 s"
        tab.get_by_role("radio", name="side by side").check()
        assert tab.evaluate("document.querySelector('canvas').width") == 2 * SIZE[0]
        assert tab.evaluate(at, [140, 60])[2] > 150
        tab.get_by_role("button", name="play").click()
        tab.get_by_role("button", name="pause").wait_for()
