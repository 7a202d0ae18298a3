"""Single pictures: stills read at full size, frames written as PNG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

from overlaycut.core.file_kinds import refuse_special
from overlaycut.core.frame import Picture
from overlaycut.errors import DecodeError, MissingInput
from overlaycut.media.files import replacing

_MAX_PIXELS = 100_000_000
"""Pixels beyond which a picture is taken for a decompression bomb; of the order of Pillow's own limit."""

_SMALLER = f"at most {_MAX_PIXELS // 1_000_000} million pixels"


def read_still(path: Path) -> Picture:
    """The sRGB picture in a file, upright by its EXIF orientation, alpha composited over black: (height, width, 3).

    Colours of another ICC profile are converted with the relative colorimetric intent and black point compensation.
    Raises MissingInput or DecodeError.
    """
    with _opened(path) as image:
        transform, _ = _to_srgb(image)
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):  # 16-bit grey, which Pillow would cut off at 255
            upright = Image.fromarray((np.clip(np.asarray(upright), 0, 65535) / 257).round().astype(np.uint8))
        alpha = upright.convert("RGBA").getchannel("A") if upright.has_transparency_data else None
        colours = upright.convert("RGB") if transform is None else transform(upright)
        if alpha is not None:
            colours.putalpha(alpha)
            colours = Image.alpha_composite(Image.new("RGBA", colours.size, (0, 0, 0, 255)), colours).convert("RGB")
        return np.array(colours)


@dataclass(frozen=True, slots=True)
class StillFacts:
    """A picture's file, apart from its pixels."""

    mime: str
    """As its content says: "image/png"."""
    has_alpha: bool
    plain: bool
    """Whether its bytes mean the pixels of `read_still` to anybody: upright, sRGB, 8 bits, opaque."""


def still_facts(path: Path) -> StillFacts:
    """What a picture's file is. Raises MissingInput or DecodeError, InputError for a pipe or a device."""
    with _opened(path) as image:
        alpha = image.has_transparency_data
        upright = image.getexif().get(ExifTags.Base.Orientation, 1) in (0, 1)
        plain = image.mode in ("RGB", "RGBA") and not alpha and upright and _to_srgb(image) == (None, None)
        return StillFacts(image.get_format_mimetype() or "", alpha, plain)  # type: ignore[attr-defined]


def profile_note(path: Path) -> str | None:
    """What is done about the ICC profile of a picture, in words; None for sRGB and for a picture without one.

    Raises MissingInput or DecodeError, InputError for a pipe or a device.
    """
    with _opened(path) as image:
        return _to_srgb(image)[1]


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    refuse_special(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit below is ours
            opened = Image.open(path)
        with opened as image:
            if image.width * image.height > _MAX_PIXELS:
                raise DecodeError(path, f"{image.width}x{image.height} is too large for a picture", hint=_SMALLER)
            yield image
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such picture", hint="check the path") from error
    except Image.DecompressionBombError as error:
        raise DecodeError(path, "is too large for a picture", hint=_SMALLER) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise DecodeError(path, "not readable as a picture", hint="PNG, JPEG or WebP") from error


_MODES = {"RGB": "RGB", "RGBA": "RGB", "P": "RGB", "PA": "RGB", "L": "L", "LA": "L", "CMYK": "CMYK"}
"""Pillow's mode → the one in which its colours are converted."""

_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
"""The colour space that a profile must be of for that."""


def _to_srgb(image: Image.Image) -> tuple[Callable[[Image.Image], Image.Image] | None, str | None]:
    """The conversion of an image's colours, None where there is none to be done, and what has to be said about it."""
    data = image.info.get("icc_profile")
    if not data:
        return None, None
    mode = _MODES.get(image.mode, "")
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = ImageCms.getProfileDescription(profile).strip() or "without a name"
        space = profile.profile.xcolor_space.strip()
        if "srgb" in name.lower():
            return None, None
        if _SPACES.get(mode) != space:
            return None, f"its ICC profile ({name}) is for {space}, not for {image.mode} pixels: taken as sRGB"
        transform = ImageCms.buildTransform(
            profile,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError) as error:
        return None, f"its ICC profile cannot be used ({error}): taken as sRGB"

    def convert(picture: Image.Image) -> Image.Image:
        converted = ImageCms.applyTransform(picture.convert(mode), transform)
        assert converted is not None  # it would be, if converted in place
        return converted

    return convert, f"its ICC profile ({name}) is converted to sRGB (relative colorimetric)"


def write_png(out: Path, picture: Picture) -> None:
    """Write an RGB or RGBA picture as PNG, whole or not at all."""
    with replacing(out) as part:
        Image.fromarray(picture).save(part)
