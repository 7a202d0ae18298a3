"""Stills of every kind become upright RGB; pictures are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draw import QUARTERS, quarter_means, quarters
from overlaycut.errors import DecodeError, ExitCode, MissingInput, OutputError
from overlaycut.media import read_still, write_png


@pytest.fixture
def image() -> Image.Image:
    return Image.fromarray(quarters())


def test_png_is_exact(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "a.png")
    picture = read_still(tmp_path / "a.png")
    assert picture.dtype == np.uint8
    assert (picture == quarters()).all()


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp", "tiff", "gif"])
def test_other_formats(tmp_path: Path, image: Image.Image, suffix: str) -> None:
    image.save(tmp_path / f"a.{suffix}")
    assert np.abs(quarter_means(read_still(tmp_path / f"a.{suffix}")) - QUARTERS).max() < 4


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [
        (1, lambda p: p),
        (2, lambda p: p[:, ::-1]),
        (3, lambda p: p[::-1, ::-1]),
        (4, lambda p: p[::-1]),
        (5, lambda p: p.transpose(1, 0, 2)),
        (6, lambda p: np.rot90(p, -1)),
        (7, lambda p: p[::-1, ::-1].transpose(1, 0, 2)),
        (8, lambda p: np.rot90(p)),
    ],
)
def test_exif_orientation(tmp_path: Path, image: Image.Image, orientation: int, upright: object) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    assert (read_still(tmp_path / "a.png") == upright(quarters())).all()  # type: ignore[operator]


def test_alpha_is_laid_on_black(tmp_path: Path, image: Image.Image) -> None:
    image.putalpha(128)
    image.save(tmp_path / "a.png")
    assert np.abs(quarter_means(read_still(tmp_path / "a.png")) - np.array(QUARTERS) * 128 / 255).max() <= 1
    image.putalpha(0)
    image.save(tmp_path / "b.png")
    assert not read_still(tmp_path / "b.png").any()


def test_palettes_with_and_without_a_transparent_entry(tmp_path: Path, image: Image.Image) -> None:
    palette = image.convert("P", palette=Image.Palette.ADAPTIVE, colors=8)
    palette.save(tmp_path / "a.png")
    assert np.abs(quarter_means(read_still(tmp_path / "a.png")) - QUARTERS).max() < 4
    palette.save(tmp_path / "b.png", transparency=int(np.asarray(palette)[0, 0]))
    means = quarter_means(read_still(tmp_path / "b.png"))
    assert (means[0] == 0).all()
    assert np.abs(means[1:] - QUARTERS[1:]).max() < 4


@pytest.mark.parametrize("mode", ["L", "LA", "1", "CMYK", "I;16"])
def test_other_modes(tmp_path: Path, mode: str) -> None:
    ramp = np.linspace(0, 255, 64).astype(np.uint8)[None, :].repeat(8, axis=0)
    if mode == "I;16":
        Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "a.png")
    else:
        Image.fromarray(ramp).convert(mode).save(tmp_path / ("a.tiff" if mode == "CMYK" else "a.png"))
    picture = read_still(next(tmp_path.iterdir()))
    assert picture.shape == (8, 64, 3)
    assert (picture[:, 0] == 0).all() and (picture[:, -1] == 255).all()
    if mode != "1":
        assert np.abs(picture[0, :, 1].astype(int) - ramp[0]).max() <= 2


def test_an_animation_gives_its_first_picture(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "a.webp", save_all=True, append_images=[Image.new("RGB", image.size)], lossless=True)
    assert (read_still(tmp_path / "a.webp") == quarters()).all()


def test_pictures_that_cannot_be_read(tmp_path: Path, image: Image.Image) -> None:
    image.save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.jpg")
    bad = {
        "cut.png": whole[: len(whole) - 30],
        "cut.jpg": (tmp_path / "noise.jpg").read_bytes()[:1500],
        "empty.png": b"",
        "garbage.png": bytes(range(256)) * 20,
        "flipped.png": whole[:60] + bytes(20) + whole[80:],
        "text.png": b"not a picture",
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DecodeError) as caught:
            read_still(tmp_path / name)
        assert caught.value.exit_code is ExitCode.BAD_INPUT
        assert name in str(caught.value)
    for missing in (tmp_path / "nowhere.png", tmp_path, tmp_path / ("x" * 300)):
        with pytest.raises((MissingInput, DecodeError)):
            read_still(missing)


def test_a_picture_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    header = b"P6\n20000 20000\n255\n"
    (tmp_path / "bomb.ppm").write_bytes(header + bytes(100))
    with pytest.raises(DecodeError):
        read_still(tmp_path / "bomb.ppm")


@pytest.mark.parametrize("channels", [3, 4])
def test_pictures_are_written_exactly(tmp_path: Path, channels: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (9, 7, channels), dtype=np.uint8)
    write_png(tmp_path / "new" / "a.png", picture)
    with Image.open(tmp_path / "new" / "a.png") as image:
        assert (np.asarray(image) == picture).all()
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        write_png(tmp_path / "file" / "a.png", quarters())
