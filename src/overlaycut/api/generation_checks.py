"""What preparing a still for a model does to its lettering, before it is paid for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from overlaycut.api.generation_jobs import PlannedTask
from overlaycut.core.geometry import Quad, mapped
from overlaycut.generation.shot_requests import SentPicture
from overlaycut.media import read_still
from overlaycut.models import DetectedText, rapid_reader
from overlaycut.providers import InputRole

_SLACK_PX = 1.0
"""How far lettering may reach beyond what is sent: detectors draw their quads a little wide."""
_LONG_SIDE = 1280
"""Pixels of the longer side at which lettering is looked for, at most."""


def cut_lettering(tasks: Sequence[PlannedTask]) -> Iterator[str]:
    """Lettering of first frames that is cut off or in part, one line for each shot, still and model."""
    seen: set[tuple[str, Path, str]] = set()
    for task in tasks:
        for one in task.pictures:
            key = (task.job.shot, one.path, task.job.request.model)
            if one.role != InputRole.FIRST_FRAME or key in seen:
                continue
            seen.add(key)
            if cut := [line.text for line in _lines(one) if _is_cut(line.quad, one)]:
                texts = ", ".join(map(repr, cut))
                yield f"{key[0]}: {one.path.name}: cropped for {key[2]} it loses {texts}"


def _lines(one: SentPicture) -> tuple[DetectedText, ...]:
    """The lettering of a picture that is cropped; none for one that is sent whole, which is not looked at."""
    scale = one.matrix[0, 0]
    left, top = one.matrix[:2, 2] / scale
    return _read(one.path) if left < -_SLACK_PX or top < -_SLACK_PX else ()


@lru_cache(maxsize=32)
def _read(path: Path) -> tuple[DetectedText, ...]:
    picture = read_still(path)
    return tuple(rapid_reader().find(picture, long_side=min(_LONG_SIDE, max(picture.shape[:2]))))


def _is_cut(quad: Quad, one: SentPicture) -> bool:
    points = mapped(one.matrix, quad.array())
    return bool((points < -_SLACK_PX).any() or (points > np.array(one.size) + _SLACK_PX).any())
