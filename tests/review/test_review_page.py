"""The review page as a person has it: clicks change plans and project, tabs agree, a reload loses nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chromium
from overlaycut.review import ReviewServer, review
from reviews import FRAMES, plan_of, review_project

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.EXECUTABLE is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    with review(review_project(tmp_path)) as started:
        yield started


def visit(tab: Any, server: ReviewServer) -> None:
    tab.goto(server.url, wait_until="commit")
    tab.locator("#picture[data-frame]").wait_for()


def region(folder: Path, name: str = "r1") -> Any:
    return next((one for one in plan_of(folder).regions if one.id == name), None)


def test_a_decision_is_changed_in_the_plan_and_every_tab(
    browser: chromium.Chromium, server: ReviewServer, tmp_path: Path
) -> None:
    with browser.page() as one, browser.page() as other:
        visit(one, server)
        visit(other, server)
        one.locator("[data-region=r1]").get_by_role("radio", name="erase").check()
        chromium.until(lambda: region(tmp_path).decision == "erase")
        chromium.until(lambda: other.locator("[data-region=r1] input[value=erase]").is_checked())
        one.reload(wait_until="commit")
        one.locator("#picture[data-frame]").wait_for()
        assert one.locator("[data-region=r1] input[value=erase]").is_checked()
        assert one.locator("[data-region=r1]").get_by_text("yours").is_visible()


def test_scrubbing_shows_frames_with_their_regions(browser: chromium.Chromium, server: ReviewServer) -> None:
    with browser.page() as tab:
        visit(tab, server)
        scrub = tab.get_by_role("slider", name="Frame")
        assert scrub.get_attribute("max") == str(FRAMES - 1)
        first = tab.locator("#picture").get_attribute("src")
        scrub.press("End")
        tab.locator(f"#picture[data-frame='{FRAMES - 1}']").wait_for()
        assert tab.locator("#picture").get_attribute("src") != first
        assert tab.locator("#overlay polygon").count() == 1
        tab.get_by_label("regions").uncheck()
        assert tab.locator("#overlay polygon").count() == 0


def test_an_area_is_drawn_with_its_time(browser: chromium.Chromium, server: ReviewServer, tmp_path: Path) -> None:
    with browser.page() as tab:
        visit(tab, server)
        tab.get_by_role("button", name="draw an area").click()
        tab.locator("#stage").scroll_into_view_if_needed()
        stage = tab.locator("#stage").bounding_box()
        assert stage is not None
        tab.mouse.move(stage["x"] + 0.25 * stage["width"], stage["y"] + 0.25 * stage["height"])
        tab.mouse.down()
        tab.mouse.move(stage["x"] + 0.75 * stage["width"], stage["y"] + 0.5 * stage["height"], steps=4)
        tab.mouse.up()
        tab.get_by_label("from", exact=True).first.fill("2")
        tab.get_by_label("to", exact=True).first.fill("8")
        tab.get_by_role("button", name="cover it").click()
        chromium.until(lambda: region(tmp_path, "area-1") is not None)
        area = region(tmp_path, "area-1")
        assert (area.decision, area.edit.start, area.edit.end) == ("cover", 2, 8)
        box = area.quads[2].box()
        assert abs(box.x - 27) <= 2 and abs(box.y - 48) <= 2 and abs(box.w - 54) <= 3 and abs(box.h - 48) <= 3
        tab.get_by_role("button", name="nudge area-1 right").click()
        chromium.until(lambda: region(tmp_path, "area-1").quads[2].box().x == box.x + 2)


def test_captions_candidates_and_acceptance_reach_the_project(
    browser: chromium.Chromium, server: ReviewServer, tmp_path: Path
) -> None:
    project = tmp_path / "project.toml"

    def table() -> dict[str, Any]:
        return tomllib.loads(project.read_text(encoding="utf-8"))

    with browser.page() as tab:
        visit(tab, server)
        tab.get_by_role("button", name="Good bye").click()
        tab.get_by_role("textbox", name="Text").fill("Good day")
        tab.get_by_role("button", name="save the caption").click()
        chromium.until(lambda: "reviewed" in table()["captions"]["source"])
        assert "Good day" in (tmp_path / "words.reviewed.vtt").read_text(encoding="utf-8")
        tab.locator("#cues", has_text="Good day").wait_for()
        shown = tab.locator("#cue-picture").get_attribute("src")
        tab.locator("#style").select_option("pop")
        chromium.until(lambda: table()["captions"]["style"] == "pop")
        chromium.until(lambda: tab.locator("#cue-picture").get_attribute("src") != shown)
        chromium.until(lambda: tab.evaluate("document.getElementById('cue-picture').naturalWidth") > 0)
        tab.get_by_role("button", name="accept", exact=True).click()
        tab.get_by_role("button", name="accepted").wait_for()
        tab.get_by_role("button", name="b.mov").click()
        chromium.until(lambda: table()["shots"][0]["choice"] == "b.mov")
        tab.locator("#shot", has_text="b.mov").wait_for()
    assert "# the launch" in project.read_text(encoding="utf-8")


def test_a_caption_is_moved_on_the_waveform(browser: chromium.Chromium, server: ReviewServer, tmp_path: Path) -> None:
    with browser.page() as tab:
        visit(tab, server)
        wave = tab.locator("#wave")
        wave.scroll_into_view_if_needed()
        box = wave.bounding_box()
        assert box is not None
        at = lambda seconds: box["x"] + seconds / 1.2 * box["width"]  # noqa: E731
        tab.mouse.move(at(0.85), box["y"] + 40)
        tab.mouse.down()
        tab.mouse.move(at(0.9), box["y"] + 40, steps=4)
        tab.mouse.up()
        edited = tmp_path / "words.reviewed.vtt"
        chromium.until(edited.exists)
        assert "00:00.650 --> 00:01.150" in edited.read_text(encoding="utf-8").replace("00:00:", "00:")


def test_a_change_is_previewed_with_progress(browser: chromium.Chromium, server: ReviewServer) -> None:
    with browser.page() as tab:
        visit(tab, server)
        tab.locator("[data-region=r1]").get_by_role("radio", name="cover").check()
        tab.get_by_role("button", name="preview r1", exact=True).click()
        tab.get_by_text("the preview is ready").wait_for()
        tab.locator("#after[src^='repaired/']").wait_for()
        tab.get_by_role("radio", name="wipe").check()
        assert tab.get_by_role("slider", name="Wipe").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_nothing_sticks_out(browser: chromium.Chromium, server: ReviewServer, width: int, scheme: str) -> None:
    with browser.page(viewport={"width": width, "height": 800}, color_scheme=scheme) as tab:
        visit(tab, server)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
