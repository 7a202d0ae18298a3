"""Single pictures: stills read at full size, frames written as PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from overlaycut.core.frame import Picture
from overlaycut.errors import DecodeError, MissingInput
from overlaycut.media.files import replacing

_MAX_PIXELS = 100_000_000
"""Pixels beyond which a picture is taken for a decompression bomb; of the order of Pillow's own limit."""


def read_still(path: Path) -> Picture:
    """The RGB picture in a file, upright by its EXIF orientation, alpha laid on black: (height, width, 3).

    Raises MissingInput or DecodeError.
    """
    try:
        with Image.open(path) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise DecodeError(path, f"{image.width}x{image.height} is too large for a still")
            upright = ImageOps.exif_transpose(image)
            if upright.mode.startswith("I"):  # 16-bit grey, which Pillow would cut off at 255
                upright = Image.fromarray((np.clip(np.asarray(upright), 0, 65535) / 257).round().astype(np.uint8))
            if upright.has_transparency_data:
                layered = upright.convert("RGBA")
                upright = Image.alpha_composite(Image.new("RGBA", layered.size, (0, 0, 0, 255)), layered)
            return np.array(upright.convert("RGB"))
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingInput(path, "no such picture", hint="check the path") from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise DecodeError(path, "not readable as a picture", hint="PNG, JPEG or WebP") from error


def write_png(out: Path, picture: Picture) -> None:
    """Write an RGB or RGBA picture as PNG, whole or not at all."""
    with replacing(out) as part:
        Image.fromarray(picture).save(part)
