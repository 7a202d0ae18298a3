"""The stills of a project into requests: one brief for every model, prompts of character sheets and grids."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from overlaycut.core.generation_tables import GenerateTable, StillTable, aspect
from overlaycut.errors import UsageError
from overlaycut.generation.matching import limits_of, still_ratio
from overlaycut.generation.mentions import with_mentions
from overlaycut.generation.shot_requests import SentPicture, sent_picture
from overlaycut.generation.templates import filled
from overlaycut.media import read_still
from overlaycut.providers import Catalogue, GenerationRequest, InputRole, MediaInput, ModelRow

_WHITE = 127
"""Level above which a pixel of a mask is white."""
_VIEWS = (
    "front", "three-quarter left", "left profile", "back", "three-quarter right", "right profile", "face close-up",
    "seated", "walking",
)  # fmt: skip
"""What the panels of a character sheet show, in the order in which they are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StillRequest:
    """One variant that is to be generated."""

    name: str
    take: int
    """0-based, within its model."""
    prompt: str
    request: GenerationRequest
    pictures: tuple[SentPicture, ...]
    notes: tuple[str, ...]


def still_prompt(still: StillTable, fields: Mapping[str, str]) -> str:
    """The prompt of a still: its brief, the layout of its kind, and its lettering letter by letter.

    Raises UsageError for a field without a value.
    """
    brief = filled(still.prompt, {**fields, **still.fields}).strip().rstrip(".")
    sentences = [_LAYOUTS[still.kind](brief, still.panels)]
    missing = [text for text in still.text if text not in brief]
    if missing:
        said = ", ".join(f'"{text}"' for text in missing)
        sentences.append(f"The lettering reads exactly {said}, sharp and complete, and there is no other text")
    return ". ".join(sentences) + "."


def _keyframe(brief: str, _panels: int) -> str:
    return brief


def _character_sheet(brief: str, panels: int) -> str:
    views = ", ".join(_VIEWS[:panels])
    return (
        f"Character sheet of one person: {brief}. {panels} views side by side in equal panels: {views}. The same face, "
        "hair, body and clothes in every panel, neutral pose, even light, plain light grey background, no captions"
    )


def _grid(brief: str, panels: int) -> str:
    columns = math.ceil(math.sqrt(panels))
    rows = math.ceil(panels / columns)
    return (
        f"Storyboard of {panels} equal panels in {rows} rows and {columns} columns with thin white gaps: {brief}. The "
        "same people, products and light in every panel, one moment further in each, no captions and no numbers"
    )


_LAYOUTS = {"keyframe": _keyframe, "character-sheet": _character_sheet, "grid": _grid}


def still_requests(
    still: StillTable,
    table: GenerateTable,
    models: Catalogue,
    *,
    default_ratio: Fraction,
    chosen: Sequence[str] = (),
    variants: int | None = None,
) -> tuple[StillRequest, ...]:
    """Every variant of a still by every model.

    chosen: models in the place of the project's. Raises UsageError, naming the still, for what cannot be asked for.
    """
    try:
        prompt = still_prompt(still, table.fields)
        found = []
        for name in chosen or still.model:
            row = models.model(name)
            if row.media != "image":
                raise UsageError(f"{name} makes clips, not stills", hint=f"models for stills: {_stills(models)}")
            sent = _sent(still, row)
            found += [
                _request(still, table, name, row, prompt, sent, take, default_ratio)
                for take in range(variants or still.variants)
            ]
        return tuple(found)
    except UsageError as error:
        raise UsageError(f"{still.name}: {error.problem}", hint=error.hint) from error


def _stills(models: Catalogue) -> str:
    return ", ".join(name for name, row in models.models.items() if row.media == "image" and row.ends is None)


def _request(
    still: StillTable,
    table: GenerateTable,
    name: str,
    row: ModelRow,
    prompt: str,
    sent: Sequence[tuple[SentPicture, MediaInput]],
    take: int,
    default_ratio: Fraction,
) -> StillRequest:
    references = [one for one, _ in sent if one.role == InputRole.REFERENCE]
    named = with_mentions(prompt, len(references))
    told = still.ratio or table.ratio
    request = GenerationRequest(
        model=name,
        prompt=named.text,
        inputs=tuple(one for _, one in sent),
        ratio=None if still.size else still_ratio(row, default_ratio if told is None else aspect(told)),
        size=still.size,
        extras=still.extras,
    )
    notes = [*named.notes, *(f"{one.path.name}: {said}" for one, _ in sent for said in one.notes)]
    pictures = tuple(one for one, _ in sent)
    return StillRequest(
        name=still.name, take=take, prompt=prompt, request=request, pictures=pictures, notes=tuple(notes)
    )


def _sent(still: StillTable, row: ModelRow) -> list[tuple[SentPicture, MediaInput]]:
    """The pictures of a still as one model takes them: the one to edit first, then references, then the mask."""
    paths = [*([still.edit] if still.edit else []), *still.references]
    made = [
        sent_picture(path, read_still(path), InputRole.REFERENCE, limits_of(row, None), name=f"image{n}")
        for n, path in enumerate(paths, start=1)
    ]
    if still.mask is not None and still.edit is not None:
        made.append(_mask(still.mask, still.edit, made[0][0]))
    return made


def _mask(path: Path, edited: Path, sent: SentPicture) -> tuple[SentPicture, MediaInput]:
    """A mask as services take it: of the size of what is edited, transparent where it is to change."""
    white, picture = read_still(path).max(axis=2) > _WHITE, read_still(edited)
    if white.shape != picture.shape[:2]:
        raise UsageError(
            f"{path.name} is {white.shape[1]}x{white.shape[0]}, {edited.name} {picture.shape[1]}x{picture.shape[0]}",
            hint="a mask of the same size",
        )
    width, height = sent.size
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ sent.matrix @ half
    laid = cv2.warpPerspective(white.astype(np.uint8) * 255, matrix, sent.size, flags=cv2.INTER_NEAREST)
    picture = np.zeros((height, width, 4), dtype=np.uint8)
    picture[..., 3] = 255 - np.asarray(laid, dtype=np.uint8)
    stream = BytesIO()
    Image.fromarray(picture).save(stream, "PNG")
    told = SentPicture(
        path=path,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        role=InputRole.MASK,
        size=sent.size,
        matrix=sent.matrix,
        notes=(),
    )
    return told, MediaInput(role=InputRole.MASK, data=stream.getvalue(), mime="image/png", width=width, height=height)
