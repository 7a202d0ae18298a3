"""The network among the fills of a plate, on surfaces whose truth is drawn here."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from overlaycut.core.frame import Mask
from overlaycut.errors import MissingPart
from overlaycut.models import thin_hole_fill
from overlaycut.repair.fill import plate
from overlaycut.repair.fill.inpainting import InpaintingParameters, biharmonic, pattern_fill, structure_fill
from overlaycut.repair.fill.learned import improved
from overlaycut.repair.fill.plate import filled
from overlaycut.resources import folder
from overlaycut.vision.filters import FloatImage

ROWS, COLUMNS = 96, 220


def words() -> Mask:
    """A word of bold letters, grown by two pixels."""
    sheet = Image.new("L", (COLUMNS, ROWS))
    font = ImageFont.truetype(folder("fonts") / "Inter-Bold.otf", 48)
    ImageDraw.Draw(sheet).text((COLUMNS / 2, ROWS / 2), "Linen", 255, font=font, anchor="mm", stroke_width=2)
    return np.asarray(sheet) >= 128


HOLE = words()
ALL = np.ones_like(HOLE)


def canvas(luma: np.ndarray) -> FloatImage:
    return np.dstack([luma.clip(16, 235), np.full_like(luma, 118), np.full_like(luma, 136)]).astype(np.float32)


def cloth() -> FloatImage:
    """Folds, a weave, and the unevenness of its threads."""
    rows, columns = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    weave = np.sin((rows + columns / 3) * 2 * np.pi / 9) * np.sin((columns - rows / 5) * 2 * np.pi / 7)
    uneven = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 1, (ROWS, COLUMNS)), (0, 0), 2)
    return canvas(125 + 30 * np.sin(columns / 37 + rows / 60) + 14 * weave + 60 * uneven)


def stones() -> FloatImage:
    """Flat stones with dark joints."""
    rng = np.random.default_rng(9)
    places, levels = rng.uniform(0, 1, (70, 2)) * (ROWS, COLUMNS), rng.uniform(70, 190, 70)
    grid = np.stack(np.mgrid[0:ROWS, 0:COLUMNS], axis=-1)[:, :, None]
    far = np.sort(np.hypot(*np.moveaxis(grid - places, -1, 0)), axis=-1)
    nearest = np.argmin(np.hypot(*np.moveaxis(grid - places, -1, 0)), axis=-1)
    joint = np.clip((far[..., 1] - far[..., 0]) / 5, 0, 1)
    return canvas(cv2.GaussianBlur(40 + (levels[nearest] - 40) * joint, (0, 0), 1))


def inked(picture: FloatImage) -> FloatImage:
    return np.where(HOLE[..., None], np.float32(16), picture).astype(np.float32)


def psnr(made: FloatImage, truth: FloatImage) -> float:
    return float(10 * np.log10(255**2 / np.mean(np.square(made - truth)[HOLE][:, 0])))


def telea(picture: FloatImage) -> FloatImage:
    return cv2.inpaint(picture.astype(np.uint8), HOLE.astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(np.float32)


def by_network(picture: FloatImage) -> FloatImage:
    sparse = InpaintingParameters()
    structure, pattern = structure_fill(sparse)(picture, HOLE), pattern_fill(sparse)(picture, HOLE)
    return improved(structure, pattern, HOLE, thin_hole_fill(threads=1))


def test_the_network_is_nearer_to_the_truth_than_what_knows_no_texture() -> None:
    made = by_network(inked(cloth()))
    assert psnr(made, cloth()) > psnr(biharmonic(inked(cloth()), HOLE), cloth()) + 1
    assert psnr(made, cloth()) > psnr(telea(inked(cloth())), cloth()) + 1


@pytest.mark.parametrize("surface", [cloth, stones])
def test_a_hole_whose_edge_is_tinged_is_not_filled_with_the_tinge(surface: Callable[[], FloatImage]) -> None:
    truth = surface()
    ink = cv2.GaussianBlur(HOLE.astype(np.float32), (0, 0), 1.2)[..., None]
    seen = (truth * (1 - ink) + 16 * ink).astype(np.float32)
    plate_, _ = filled(seen, HOLE, usable=ALL)
    assert psnr(plate_, truth) > psnr(structure_fill(InpaintingParameters())(seen, HOLE), truth) + 2


def test_the_same_plate_twice() -> None:
    once, again = (filled(inked(cloth()), HOLE, usable=ALL) for _ in range(2))
    assert (once[0] == again[0]).all() and once[1] == again[1]


def test_what_lies_under_the_hole_is_not_seen() -> None:
    white = np.where(HOLE[..., None], np.float32(235), cloth()).astype(np.float32)
    assert (filled(white, HOLE, usable=ALL)[0] == filled(inked(cloth()), HOLE, usable=ALL)[0]).all()


def test_nothing_known_and_nothing_missing_are_left_alone() -> None:
    def never(*_: object) -> FloatImage:
        raise AssertionError("asked")

    picture = cloth()
    for hole in (ALL, ~ALL):
        assert improved(picture, picture, hole, never) is picture


def test_a_plate_without_the_weights_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> object:
        raise MissingPart("overlaycut is installed without its weights", hint="install it again")

    monkeypatch.setattr(plate, "thin_hole_fill", missing)
    with pytest.raises(MissingPart, match="weights"):
        filled(inked(cloth()), HOLE, usable=ALL)
