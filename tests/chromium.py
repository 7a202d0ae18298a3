"""A headless Chromium that is driven over its DevTools pipe: what a player shows of a clip."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
"""None where none is installed."""
SECONDS = 60.0
"""The longest that a reply may take."""

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


class Chromium:
    """A browser with one empty page of the scheme file:, from which every file can be read.

    Pictures are converted by shaders, in software: without a graphics processor Chromium takes libyuv, whose BT.709 is
    up to 10 levels off in saturated blue.

    Raises
    ------
    TimeoutError
        Where it does not answer within SECONDS.
    RuntimeError
        Where it cannot do what it was asked to, or ends.
    """

    def __init__(self, folder: Path) -> None:
        page = folder / "empty.html"
        page.write_text("<!doctype html><body></body>", encoding="utf-8")
        options = (
            "--headless=new", "--no-sandbox", "--no-first-run", "--disable-dev-shm-usage", "--use-gl=angle",
            "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist",
            "--enable-gpu-rasterization", "--disable-background-networking", "--force-color-profile=srgb",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}", "--remote-debugging-pipe",
        )  # fmt: skip
        # DevTools speaks on descriptors 3 and 4.
        words = ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh", str(EXECUTABLE), *options]
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._received, self._number = b"", 0
        self._session: str | None = None
        self._events: set[str] = set()
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self._ask("Page.navigate", url=page.as_uri())
        until = time.monotonic() + SECONDS
        while "Page.loadEventFired" not in self._events:
            self._next(until)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def pixels(self, clip: Path, places: list[tuple[float, float]]) -> list[list[int]]:
        """Red, green and blue of a frame in the middle of a clip, at places in parts of its width and height."""
        script = _SHOW.replace("PLACES", json.dumps(places)).replace("SOURCE", json.dumps(clip.as_uri()))
        said = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise RuntimeError(said["exceptionDetails"]["exception"]["description"])
        return said["result"]["value"]

    def _ask(self, method: str, **words: Any) -> Any:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": words}
        if self._session is not None:
            message["sessionId"] = self._session
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        until = time.monotonic() + SECONDS
        while True:
            reply = self._next(until)
            if reply.get("id") == self._number:
                if "error" in reply:
                    raise RuntimeError(reply["error"]["message"])
                return reply["result"]

    def _next(self, until: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, until - time.monotonic()))
            if not ready:
                raise TimeoutError("Chromium does not answer")
            data = os.read(self._process.stdout.fileno(), 1 << 16)
            if not data:
                raise RuntimeError("Chromium ended")
            self._received += data
        message, self._received = self._received.split(b"\0", 1)
        said: dict[str, Any] = json.loads(message)
        self._events.add(said.get("method", ""))
        return said
