from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from overlaycut.core.frame import Picture
from overlaycut.core.geometry import mapped
from overlaycut.errors import UsageError
from overlaycut.generation.still_fit import StillLimits, chosen_ratio, fitted_still, ratio_of

RUNWAY = StillLimits(ratios=(Fraction(16, 9), Fraction(9, 16), Fraction(1)), most_bytes=5 << 20)


def ramp(width: int, height: int) -> Picture:
    """Red grows to the right, green downward: a pixel tells where it came from."""
    x = np.linspace(0, 255, width)[None, :].repeat(height, axis=0)
    y = np.linspace(0, 255, height)[:, None].repeat(width, axis=1)
    return np.dstack([x, y, np.full_like(x, 90)]).round().astype(np.uint8)


def noise(width: int, height: int) -> Picture:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def test_a_still_that_fits_keeps_its_very_pixels() -> None:
    still = ramp(720, 1280)
    made = fitted_still(still, RUNWAY)
    assert (made.picture == still).all()
    assert (made.matrix == np.eye(3)).all()
    assert not made.notes
    assert (np.array(Image.open(io.BytesIO(made.data))) == still).all()


def test_another_ratio_is_refused_without_a_choice() -> None:
    with pytest.raises(UsageError) as error:
        fitted_still(ramp(600, 800), RUNWAY, wanted=Fraction(9, 16))
    assert error.value.problem == "the still is 600x800, the model takes 9:16"
    assert "loses 25%" in error.value.hint


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("size", [(600, 800), (1280, 720), (1001, 1333), (333, 777)])
def test_the_map_leads_to_where_a_pixel_went(fit: str, size: tuple[int, int]) -> None:
    still = ramp(*size)
    limits = StillLimits(ratios=(Fraction(9, 16), Fraction(1)), divisor=16, least_side_px=400, most_side_px=1300)
    made = fitted_still(still, limits, fit=fit, wanted=Fraction(9, 16))  # type: ignore[arg-type]
    width, height = made.size
    assert width % 16 == height % 16 == 0
    assert 400 <= width <= 1300
    assert 400 <= height <= 1300
    points = np.array([[size[0] * a, size[1] * b] for a in (0.3, 0.5, 0.7) for b in (0.3, 0.5, 0.7)])
    there = mapped(made.matrix, points)
    for (x, y), (u, v) in zip(points, there, strict=True):
        if 4 <= u < width - 4 and 4 <= v < height - 4:
            red, green, _ = made.picture[int(v), int(u)].astype(float)
            assert red == pytest.approx(x / size[0] * 255, abs=2.5)
            assert green == pytest.approx(y / size[1] * 255, abs=2.5)
    scale = made.matrix[0, 0]
    assert made.matrix[1, 1] == scale  # letters keep their shape
    if fit == "pad":
        corners = mapped(made.matrix, np.array([[0, 0], [size[0], size[1]]], dtype=float))
        lost = scale * np.array(size) * 0.02 + 16
        assert (corners[0] >= -lost).all()
        assert (corners[1] <= np.array([width, height]) + lost).all()


def test_what_is_padded_goes_on_softly_and_the_still_is_kept() -> None:
    still = ramp(600, 600)
    made = fitted_still(still, StillLimits(ratios=(Fraction(9, 16),)), fit="pad")
    assert made.size == (600, 1067)
    top = round(made.matrix[1, 2])
    assert (made.picture[top : top + 600] == still).all()
    assert made.picture[:top].std() > 0
    assert "padded" in made.notes[0]


def test_large_stills_become_jpeg_then_smaller() -> None:
    still = noise(640, 640)
    first = fitted_still(still, StillLimits(most_bytes=900_000))
    assert first.mime == "image/jpeg"
    assert len(first.data) <= 900_000
    assert first.size == (640, 640)
    second = fitted_still(still, StillLimits(most_bytes=200_000, jpeg=False))
    assert second.mime == "image/png"
    assert second.size[0] < 640
    assert len(second.data) <= 200_000
    with pytest.raises(UsageError, match="larger than the 20000 bytes"):
        fitted_still(still, StillLimits(most_bytes=20_000, least_side_px=500))


def test_a_last_frame_gets_the_size_of_the_first() -> None:
    made = fitted_still(ramp(1080, 1920), RUNWAY, size=(720, 1280))
    assert made.size == (720, 1280)
    with pytest.raises(UsageError, match="model takes 9:16"):
        fitted_still(ramp(1000, 1000), RUNWAY, size=(720, 1280))


def test_too_small_is_enlarged_and_said() -> None:
    made = fitted_still(ramp(90, 160), StillLimits(least_side_px=300))
    assert min(made.size) >= 300
    assert made.notes == (f"90x160 sent as {made.size[0]}x{made.size[1]}",)


def test_limits_that_exclude_everything_are_said() -> None:
    with pytest.raises(UsageError, match="no size of ratio"):
        fitted_still(ramp(100, 1000), StillLimits(least_side_px=300, most_side_px=320))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(40, 400), st.integers(40, 400), st.sampled_from(["crop", "pad"]), st.sampled_from([1, 2, 8, 16]),
    st.sampled_from([(), (Fraction(16, 9), Fraction(9, 16)), (Fraction(1), Fraction(4, 3))]),
)  # fmt: skip
def test_whatever_is_made_keeps_the_limits(
    width: int, height: int, fit: str, divisor: int, ratios: tuple[Fraction, ...]
) -> None:
    limits = StillLimits(
        ratios=ratios, least_ratio=Fraction(2, 5), most_ratio=Fraction(5, 2),
        least_side_px=96, most_side_px=256, divisor=divisor,
    )  # fmt: skip
    made = fitted_still(ramp(width, height), limits, fit=fit)  # type: ignore[arg-type]
    across, down = made.size
    assert made.picture.shape == (down, across, 3)
    assert 96 <= across <= 256
    assert 96 <= down <= 256
    assert across % divisor == down % divisor == 0
    wanted = chosen_ratio(Fraction(width, height), limits)
    assert across / down == pytest.approx(float(wanted), rel=max(0.02, 2 * divisor / min(across, down)))
    assert made.matrix[0, 0] == made.matrix[1, 1] > 0
    centre = mapped(made.matrix, np.array([[width / 2, height / 2]]))[0]
    assert centre == pytest.approx([across / 2, down / 2], abs=1.0 + made.matrix[0, 0])


@pytest.mark.parametrize(
    ("text", "ratio"),
    [
        ("9:16", Fraction(9, 16)),
        ("1280:720", Fraction(16, 9)),
        ("720x1280", Fraction(9, 16)),
        ("auto", None),
        ("9:0", None),
    ],
)
def test_ratios_are_read(text: str, ratio: Fraction | None) -> None:
    assert ratio_of(text) == ratio
