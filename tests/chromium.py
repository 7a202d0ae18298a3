"""A headless Chromium for tests: what a player shows of a clip, and what pages do."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
"""None where none is installed."""
MILLISECONDS = 60_000.0
"""The longest that anything may take."""

_SHOW = """(async source => {
  const video = document.createElement('video');
  video.muted = true;
  video.preload = 'auto';
  const ended = (target, name) => new Promise((good, bad) => {
    target.addEventListener(name, good, {once: true});
    target.addEventListener('error', () => bad(new Error(video.error.message)), {once: true});
  });
  const loaded = ended(video, 'loadeddata');
  document.body.append(video);
  video.src = source;
  await loaded;
  const presented = new Promise(good => video.requestVideoFrameCallback(good));
  video.currentTime = video.duration / 2;
  await presented;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const drawing = canvas.getContext('2d');
  drawing.drawImage(video, 0, 0);
  const at = ([x, y]) => drawing.getImageData(x * canvas.width, y * canvas.height, 1, 1).data;
  const pixels = PLACES.map(place => Array.from(at(place)).slice(0, 3));
  video.remove();
  return pixels;
})(SOURCE)"""
"""A frame from the middle of a clip, as a player's canvas has it, at places in parts of its width and height."""


def until(holds: Callable[[], bool], seconds: float = MILLISECONDS / 1000) -> None:
    """Wait until something holds; pages' policies forbid Playwright's own way, which evaluates text in the page."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last, "it never came to hold"
        time.sleep(0.02)


class Chromium:
    """A browser.

    Pictures are converted by shaders, in software: without a graphics processor Chromium takes libyuv, whose BT.709 is
    up to 10 levels off in saturated blue.
    """

    def __init__(self, folder: Path) -> None:
        self._empty = folder / "empty.html"
        self._empty.write_text("<!doctype html><body></body>", encoding="utf-8")
        self._playwright = sync_playwright().start()
        options = [
            "--no-sandbox", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--enable-gpu-rasterization",
            "--disable-background-networking", "--force-color-profile=srgb", "--allow-file-access-from-files",
        ]  # fmt: skip
        self._browser: Browser = self._playwright.chromium.launch(executable_path=EXECUTABLE, args=options)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._browser.close()
        self._playwright.stop()

    @contextmanager
    def page(self, **how: Any) -> Iterator[Page]:
        """An empty tab of a profile of its own; a script error or a refused resource on it fails the test.

        how: of the tab, such as viewport={"width": 390, "height": 844}, color_scheme="dark".
        """
        context = self._browser.new_context(**how)
        context.set_default_timeout(MILLISECONDS)
        tab, said = context.new_page(), []
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        try:
            yield tab
        finally:
            context.close()
        assert not said

    def pixels(self, clip: Path, places: list[tuple[float, float]]) -> list[list[int]]:
        """Red, green and blue of a frame in the middle of a clip, at places in parts of its width and height.

        The tab has the scheme file:, from which every file can be read.
        """
        script = _SHOW.replace("PLACES", json.dumps(places)).replace("SOURCE", json.dumps(clip.as_uri()))
        with self.page() as tab:
            tab.goto(self._empty.as_uri())
            found: list[list[int]] = tab.evaluate(script)
        return found
