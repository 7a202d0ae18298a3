"""The report page as a reader has it: opened from disk, wiped, read by keyboard; it loads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page as Tab

import chromium
from overlaycut.report import Page, Plot, RegionMoment, ShotSection, Stretch, jpeg, page
from overlaycut.report.pictures import loop

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.EXECUTABLE is None, reason="no Chromium is installed")]

RED, BLUE = (220, 30, 30), (30, 30, 220)


def flat(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((90, 160, 3), colour, np.uint8)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with a wipe from red to blue, a loop of both, and a plot that is bad in its second half."""
    before, after = (jpeg(flat(colour), width=160, quality=95) for colour in (RED, BLUE))
    moving = loop([flat(RED), flat(BLUE)], seconds=0.1, width=160, quality=90)
    plot = Plot(
        title="legibility of BREW", unit="", seconds=2.0, low=0, high=1, samples=[(0.0, 1.0), (2.0, 0.1)],
        bad=(Stretch(1.0, 2.0),),
    )  # fmt: skip
    shot = ShotSection(
        name="shot-01", clip="a.mp4", moments=(RegionMoment("r1", 3, 0.1, before, after, moving),), plots=(plot,),
        regions=[], gates_detail={"r1": []}, notes=("a note",),
    )  # fmt: skip
    made = Page(title="story", version="1", ok=True, verdict="Every gate passed.", shots=(shot,))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(made), encoding="utf-8")
    return path.as_uri()


def colours(tab: Tab, tmp_path: Path) -> tuple[np.ndarray, np.ndarray]:
    """What the wipe shows a quarter from its left, and a quarter from its right."""
    from PIL import Image

    shown = tmp_path / "wipe.png"
    tab.locator(".wipe").screenshot(path=shown)
    picture = np.asarray(Image.open(shown).convert("RGB"))
    row = picture[picture.shape[0] // 2]
    return row[len(row) // 4], row[3 * len(row) // 4]


def is_near(found: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(found.astype(int) - colour).max() < 40)


def test_the_wipe_moves_by_keyboard_and_by_pointer(browser: chromium.Chromium, address: str, tmp_path: Path) -> None:
    with browser.page() as tab:
        tab.goto(address)
        left, right = colours(tab, tmp_path)
        assert is_near(left, RED) and is_near(right, BLUE)
        wipe = tab.get_by_role("slider", name="Wipe of r1")
        wipe.press("Home")
        left, right = colours(tab, tmp_path)
        assert is_near(left, BLUE) and is_near(right, BLUE)
        assert wipe.get_attribute("aria-valuetext") == "0 % before, 100 % after"
        box = tab.locator(".wipe").bounding_box()
        assert box is not None
        tab.mouse.click(box["x"] + 0.98 * box["width"], box["y"] + box["height"] / 2)
        left, right = colours(tab, tmp_path)
        assert is_near(left, RED) and is_near(right, RED)


def test_the_bad_stretch_is_marked_where_it_is(browser: chromium.Chromium, address: str) -> None:
    with browser.page() as tab:
        tab.goto(address)
        plot = tab.get_by_role("img", name="bad from 1.00 to 2.00 s")
        whole, mark = plot.bounding_box(), plot.locator(".mark").bounding_box()
        assert whole is not None and mark is not None
        assert mark["x"] == pytest.approx(whole["x"] + whole["width"] / 2, abs=1.5)
        assert mark["width"] == pytest.approx(whole["width"] / 2, abs=1.5)
        assert mark["height"] == pytest.approx(whole["height"], abs=1.5)


def test_motion_can_be_stopped_and_is_where_less_of_it_is_wanted(browser: chromium.Chromium, address: str) -> None:
    with browser.page() as tab:
        tab.goto(address)
        button, image = tab.locator(".loop button"), tab.locator(".loop img")
        moving = image.get_attribute("src")
        button.press("Enter")
        assert button.inner_text() == "play" and (image.get_attribute("src") or "").startswith("data:image/png")
        button.press("Enter")
        assert image.get_attribute("src") == moving
    with browser.page(reduced_motion="reduce") as tab:
        tab.goto(address)
        tab.get_by_role("button", name="play").wait_for()


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_sticks_out_and_nothing_is_asked_for(
    browser: chromium.Chromium, address: str, width: int, scheme: str
) -> None:
    asked: list[str] = []
    with browser.page(viewport={"width": width, "height": 800}, color_scheme=scheme) as tab:
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        back = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        light = int(back.removeprefix("rgb(").split(",")[0]) > 127
        assert light == (scheme == "light")
    assert [one for one in asked if not one.startswith("data:")] == [address]


def test_on_paper_both_pictures_stand_beside_each_other_and_everything_is_open(
    browser: chromium.Chromium, address: str
) -> None:
    with browser.page() as tab:
        tab.goto(address)
        tab.emulate_media(media="print")
        before, after = (tab.locator(".wipe img").nth(n).bounding_box() for n in (0, 1))
        assert before is not None and after is not None
        assert after["x"] >= before["x"] + before["width"]
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert tab.evaluate("[...document.querySelectorAll('details')].every(one => one.open)")
