"""A brand's logo in a corner of the safe area."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from overlaycut.captions.sprites import Sprite, coloured
from overlaycut.captions.style import Logo
from overlaycut.core.file_kinds import refuse_special
from overlaycut.core.frame import Layer
from overlaycut.core.geometry import Box
from overlaycut.errors import DecodeError


class DrawnLogo(NamedTuple):
    """A logo as a layer for frames and as a sprite for an overlay."""

    layer: Layer
    sprite: Sprite


def logo_box(logo: Logo, safe: Box) -> Box:
    """The box of a logo: `width` of the safe area, in its corner. Raises DecodeError when it is not a picture."""
    return _placed(logo, safe, _opened(logo).size)


def logo_layer(logo: Logo, safe: Box) -> DrawnLogo:
    """A logo, scaled and in its place. Raises DecodeError when it is not a picture."""
    image = _opened(logo)
    box = _placed(logo, safe, image.size)
    small = image.convert("RGBa").resize((box.w, box.h), Image.Resampling.LANCZOS).convert("RGBA")
    rgba = np.array(small)
    rgba[..., 3] = np.rint(rgba[..., 3] * logo.opacity).astype(np.uint8)
    return DrawnLogo(Layer.from_rgba(rgba, x=box.x, y=box.y), coloured(rgba, box))


def _opened(logo: Logo) -> Image.Image:
    refuse_special(logo.image)
    try:
        with Image.open(logo.image) as image:
            return image.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise DecodeError(logo.image, "not readable as a picture", hint="PNG, JPEG or WebP") from error


def _placed(logo: Logo, safe: Box, size: tuple[int, int]) -> Box:
    wide = max(round(logo.width * safe.w), 1)
    high = max(min(round(wide * size[1] / size[0]), safe.h), 1)
    x = safe.x if logo.corner.endswith("left") else safe.right - wide
    y = safe.y if logo.corner.startswith("top") else safe.bottom - high
    return Box(x, y, wide, high)
