"""Dense flow: right where it can be, and never the end of the process, whatever the shape of the picture."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import pytest

from overlaycut.vision.dense_flow import DenseFlow, Preset

SHAPES = [
    *((low, wide) for low in (1, 2, 7, 8, 12, 15, 16, 20, 24, 28, 31, 32, 40) for wide in (1, 16, 90, 320, 640, 3750)),
    *((tall, narrow) for tall in (64, 320, 3750) for narrow in (1, 2, 7, 12, 31, 32)),
]

SCRIPT = """
import sys
import numpy as np
from overlaycut.vision.dense_flow import DenseFlow
preset, finest, *shapes = sys.argv[1:]
flow = DenseFlow(preset, finest_scale=None if finest == "None" else int(finest))
for shape in shapes:
    rows, columns = map(int, shape.split("x"))
    picture = np.random.default_rng(rows).integers(0, 256, (rows, columns)).astype(np.uint8)
    print(shape, flush=True)
    assert flow.between(picture, np.roll(picture, 1, axis=1)).shape == (rows, columns, 2)
"""


@pytest.mark.parametrize(("preset", "finest"), [("ultrafast", None), ("fast", 0), ("medium", None)])
def test_no_shape_ends_the_process(preset: str, finest: int | None) -> None:
    words = [preset, str(finest), *(f"{rows}x{columns}" for rows, columns in SHAPES)]
    done = subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout.split()[-1:], done.stderr[-500:])
    assert len(done.stdout.split()) == len(SHAPES)


@pytest.mark.parametrize("rows", [20, 31, 32, 90])
@pytest.mark.parametrize("preset", ["ultrafast", "fast", "medium"])
def test_a_shift_is_found_in_low_pictures_too(rows: int, preset: Preset) -> None:
    noise = np.random.default_rng(3).normal(0, 1, (rows, 340)).astype(np.float32)
    smooth = cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2), None, 20, 235, cv2.NORM_MINMAX).astype(np.uint8)
    flow = DenseFlow(preset).between(smooth[:, 10:-10], smooth[:, 8:-12])
    inner = flow[2:-2, 20:-20]
    assert np.median(inner[..., 0]) == pytest.approx(2, abs=0.5)
    assert abs(np.median(inner[..., 1])) < 0.3
