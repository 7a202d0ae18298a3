"""Colours as a player shows them: Chromium's pixels of a clip, of what `clean` makes of it, and of its deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import chromium
import overlaycut
from overlaycut.media import Clip

pytestmark = [pytest.mark.slow, pytest.mark.skipif(chromium.EXECUTABLE is None, reason="no Chromium is installed")]

COLOURS = ((200, 30, 60), (30, 160, 60), (40, 60, 190), (220, 200, 40), (128, 128, 128), (235, 235, 235))
"""One field each, side by side."""
TOLERANCE = 3
"""Levels: 8-bit limited range and Chromium's own conversion round a few times."""
WRONG = 10
"""Levels: the least by which a matrix that is taken for the other one moves one of the colours."""
BT601, BT709 = 6, 1
"""Matrix coefficients, primaries and transfer of H.273: SMPTE 170M, and BT.709."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


def shown(browser: chromium.Chromium, clip: Path, *, width: float = 1.0, height: float = 0.75) -> np.ndarray:
    """The centre of each field, at a height in parts of the picture's, where the fields fill a part of its width."""
    columns = [0.5 + width * ((n + 0.5) / len(COLOURS) - 0.5) for n in range(len(COLOURS))]
    return np.array(browser.pixels(clip, [(column, height) for column in columns]))


@dataclass(frozen=True)
class Drawn:
    """Fields of colour, encoded with a matrix and a range that the file names or not."""

    width: int
    height: int
    matrix: int = BT709
    tagged: bool = True
    full: bool = False
    pixels: str = "yuv420p"

    def write(self, path: Path) -> Path:
        rgb = np.zeros((self.height, self.width, 3), np.uint8)
        for number, colour in enumerate(COLOURS):
            rgb[:, number * self.width // len(COLOURS) : (number + 1) * self.width // len(COLOURS)] = colour
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=Fraction(24))
            stream.width, stream.height, stream.pix_fmt = self.width, self.height, self.pixels
            context = stream.codec_context
            context.options = {"crf": "8", "preset": "veryfast"}
            if self.tagged:
                context.colorspace = context.color_primaries = context.color_trc = self.matrix
                context.color_range = 2 if self.full else 1
            for index in range(6):
                picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                frame = picture.reformat(
                    format=self.pixels,
                    dst_colorspace={BT601: "ITU601", BT709: "ITU709"}[self.matrix],
                    dst_color_range="JPEG" if self.full else "MPEG",
                )
                frame.pts, frame.time_base = index, Fraction(1, 24)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path


CASES = {
    "untagged, 240 lines": Drawn(320, 240, BT601, tagged=False),
    "untagged, 576 lines": Drawn(320, 576, BT601, tagged=False),
    "untagged, 720 lines": Drawn(240, 720, BT709, tagged=False),
    "BT.709, 240 lines": Drawn(320, 240, BT709),
    "BT.601, 720 lines": Drawn(240, 720, BT601),
    "BT.709, full range": Drawn(320, 240, BT709, full=True),
    "BT.601, full range": Drawn(320, 240, BT601, full=True),
    "BT.601, 4:4:4": Drawn(320, 240, BT601, pixels="yuv444p"),
}


@pytest.mark.parametrize("drawn", CASES.values(), ids=CASES)
def test_a_player_shows_the_same_colours_before_and_after(
    browser: chromium.Chromium, tmp_path: Path, drawn: Drawn
) -> None:
    clip = drawn.write(tmp_path / "clip.mp4")
    before = shown(browser, clip)
    assert np.abs(before - COLOURS).max() <= TOLERANCE
    frame = next(iter(Clip(clip).frames()))
    columns = [int((n + 0.5) * frame.width / len(COLOURS)) for n in range(len(COLOURS))]
    assert np.abs(frame.rgb()[frame.height * 3 // 4, columns].astype(int) - before).max() <= TOLERANCE
    cleaned = tmp_path / "cleaned.mp4"
    overlaycut.clean(clip, cleaned, areas=[overlaycut.Area(20, 20, 120, 40)], mode="cover", cache=False)
    assert np.abs(shown(browser, cleaned) - before).max() <= TOLERANCE
    overlaycut.export(clip, ["feed-4x5"], tmp_path / "out", reframe="pad", cache=False)
    filled = min(1.0, drawn.width / drawn.height / (4 / 5))
    delivered = shown(browser, tmp_path / "out" / "feed-4x5.mp4", width=filled, height=0.5)
    assert np.abs(delivered - before).max() <= TOLERANCE


@pytest.mark.parametrize(("height", "matrix"), [(240, BT709), (720, BT601)])
def test_a_wrong_matrix_would_be_seen(browser: chromium.Chromium, tmp_path: Path, height: int, matrix: int) -> None:
    clip = Drawn(240, height, matrix, tagged=False).write(tmp_path / "clip.mp4")
    assert np.abs(shown(browser, clip) - COLOURS).max() >= WRONG
