"""What `probe` says of deliveries: bars, squeezed stills, slow cadence, silence, too small."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from draw import Tone, colour_planes, draw_clip
from overlaycut.api import probe
from overlaycut.api.intake import remarks
from overlaycut.core.geometry import Box
from overlaycut.core.intake import Intake
from overlaycut.media import write_png
from people import facts

PLAIN = Intake(
    picture=Box(0, 0, 320, 240), squeeze=None, still_size=None, cadence=24.0, silent=False, credentials=False
)


def textured(width: int, height: int, seed: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rough = cv2.resize(rng.integers(20, 235, (height // 8, width // 8, 3), dtype=np.uint8), (width, height))
    return np.asarray(np.clip(rough.astype(int) + rng.integers(-20, 20, (height, width, 1)), 16, 240), dtype=np.uint8)


def test_a_fit_delivery_needs_no_word() -> None:
    assert remarks(PLAIN, facts()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"picture": Box(0, 40, 320, 160)}, "padded: bars around a picture of 320x160 at 0,40"),
        ({"still_size": (1080, 1920), "squeeze": "the same"}, "another aspect"),
        ({"still_size": (640, 480), "squeeze": "squeezed: 0.500 across, 0.700 down"}, "squeezed"),
        ({"still_size": (640, 480)}, "not found"),
        ({"cadence": 8.0}, "moves at about 8.0 pictures a second, shown at 24.00"),
        ({"silent": True}, "silence"),
    ],
)
def test_each_mismatch_is_said(change: dict, said: str) -> None:
    assert any(said in text for text in remarks(replace(PLAIN, **change), facts()))


def test_size_and_bits() -> None:
    said = remarks(PLAIN, replace(facts(), bits=10), target=(1080, 1920))
    assert said == ["smaller than the target: 320x240, wanted 1080x1920", "10 bits a sample: brought to 8"]
    assert remarks(PLAIN, facts(), target=(320, 240)) == []


def test_a_padded_squeezed_slow_and_silent_clip(tmp_path: Path) -> None:
    still = textured(640, 480)
    write_png(tmp_path / "still.png", still)
    pictures = []
    for n in range(24):
        shown = np.full((320, 320, 3), 0, dtype=np.uint8)
        moved = np.roll(cv2.resize(still, (320, 200), interpolation=cv2.INTER_AREA), 2 * (n // 3), axis=1)
        shown[60:260] = moved
        pictures.append(colour_planes(shown, "yuv420p"))
    path = tmp_path / "clip.mp4"
    draw_clip(path, pictures, tick=Fraction(1, 24), tone=Tone(click=None))
    (file,) = probe([path], still=tmp_path / "still.png", target=(1080, 1920)).files
    said = "; ".join(file.warnings)
    for word in (
        "padded: bars around a picture of 320x200",
        "another aspect",
        "squeezed",
        "pictures a second",
        "smaller",
    ):
        assert word in said
    assert "silence" not in said and file.intake.credentials is False
    assert file.intake.cadence == pytest.approx(8, rel=0.2)
    assert file.intake.picture == Box(0, 60, 320, 200)
