"""Stills of every kind become upright RGB; pictures are written whole or not at all."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from draw import QUARTERS, quarter_means, quarters
from overlaycut.errors import DecodeError, ExitCode, MissingInput, OutputError
from overlaycut.media import profile_note, read_still, write_png


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


# Colour profiles -----------------------------------------------------------------------------------------------


def icc(name: str, *, space: bytes = b"RGB ", gamma: float = 2.2) -> bytes:
    """A matrix profile with the primaries of Adobe RGB (1998), as ICC.1:2001-04 lays it out."""

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    text = name.encode() + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"wtpt": b"XYZ \0\0\0\0" + fixed(0.9642, 1, 0.8249),
        b"rXYZ": b"XYZ \0\0\0\0" + fixed(0.60974, 0.31111, 0.01947),
        b"gXYZ": b"XYZ \0\0\0\0" + fixed(0.20528, 0.62567, 0.06087),
        b"bXYZ": b"XYZ \0\0\0\0" + fixed(0.14919, 0.06322, 0.74457),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data = b"", b""
    for key, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += key + struct.pack(">II", 132 + 12 * len(tags) + len(data), len(padded))
        data += padded
    body = struct.pack(">I", len(tags)) + table + data
    head = struct.pack(">I", 128 + len(body)) + b"lcms" + bytes([2, 0x10, 0, 0]) + b"mntr" + space + b"XYZ " + bytes(12)
    return (head + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)).ljust(128, b"\0") + body


WIDE = icc("wide")


def converted(colour: tuple[int, int, int]) -> np.ndarray:
    """A colour of the profile in sRGB, by the formulas of IEC 61966-2-1 (D50 white, Bradford)."""
    to_xyz = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
    srgb = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
    linear = np.clip(np.linalg.solve(srgb, to_xyz @ (np.array(colour) / 255) ** 2.2), 0, 1)
    curved = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(curved * 255)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_profile_is_honoured_and_said(tmp_path: Path, mode: str) -> None:
    for colour in ((180, 70, 60), (60, 150, 90), (128, 128, 128), (255, 255, 255), (0, 0, 0)):
        image = Image.new("RGB", (8, 8), colour)
        image = image.quantize(2) if mode == "P" else image.convert(mode)
        image.save(tmp_path / "a.png", icc_profile=WIDE)
        assert np.abs(read_still(tmp_path / "a.png")[4, 4].astype(int) - converted(colour)).max() <= 2
    assert profile_note(tmp_path / "a.png") == "its ICC profile (wide) is converted to sRGB (relative colorimetric)"


def test_a_profile_does_not_change_what_is_transparent(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (180, 70, 60, 0)).save(tmp_path / "a.png", icc_profile=WIDE)
    assert not read_still(tmp_path / "a.png").any()


@pytest.mark.parametrize("profile", [None, icc("sRGB IEC61966-2.1")])
def test_srgb_is_left_as_it_is(tmp_path: Path, profile: bytes | None) -> None:
    Image.new("RGB", (8, 8), (180, 70, 60)).save(tmp_path / "a.png", icc_profile=profile)
    assert (read_still(tmp_path / "a.png") == (180, 70, 60)).all()
    assert profile_note(tmp_path / "a.png") is None


@pytest.mark.parametrize(
    ("profile", "said"),
    [(b"no profile at all", "cannot be used"), (WIDE[:300], "cannot be used"), (icc("ink", space=b"CMYK"), "for CMYK")],
)
def test_a_profile_that_is_none_is_said_and_left_out(tmp_path: Path, profile: bytes, said: str) -> None:
    Image.new("RGB", (8, 8), (180, 70, 60)).save(tmp_path / "a.png", icc_profile=profile)
    assert (read_still(tmp_path / "a.png") == (180, 70, 60)).all()
    note = profile_note(tmp_path / "a.png")
    assert note is not None and said in note and "taken as sRGB" in note
