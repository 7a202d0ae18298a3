"""Disclosure of deliveries: XMP in every file, an upload sheet beside it, and signed content credentials on request."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from overlaycut.api.boundary import verb
from overlaycut.api.inputs import File
from overlaycut.api.results import CarriedCredentials
from overlaycut.core.generation_record import read_record
from overlaycut.deliver import Policy
from overlaycut.errors import MissingPart, UsageError
from overlaycut.media import write_text
from overlaycut.pipeline import file_digest
from overlaycut.provenance import (
    SOURCE_TYPES,
    Action,
    AiFlag,
    Certificate,
    Credentials,
    Ingredient,
    Upload,
    UploadSheet,
    can_be_ingredient,
    carried_credentials,
    credentials_of,
    embed_xmp,
    local_certificate,
    require_signing,
    sign,
    source_type_of,
    upload_sheet_text,
)
from overlaycut.version import __version__

_TOOL = ("overlaycut", __version__)
_COMPOSITE = SOURCE_TYPES["compositeWithTrainedAlgorithmicMedia"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One clip that a programme is made of."""

    clip: Path
    still: Path | None = None
    """What it was animated from."""
    repaired: int = 0
    """Regions of lettering that were changed."""
    restored: bool = False
    """Whether the still's own pixels were put back in some of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is disclosed about a programme, and by whom it is signed."""

    upload: Upload = field(default_factory=Upload)
    sources: tuple[SourceFile, ...] = ()
    captions: bool = False
    certificate: Certificate | None = None
    """None signs nothing."""

    @property
    def tool(self) -> str:
        """What the files name as the program that made them."""
        return " ".join(_TOOL)

    def finish(self, name: str, *, cropped: bool, resized: bool) -> Callable[[Path], None]:
        """The last steps on a complete file before it gets its name: the XMP statement, then the signature."""

        def finish(path: Path) -> None:
            if self.upload.ai_generated:
                embed_xmp(path, "compositeWithTrainedAlgorithmicMedia", tool=" ".join(_TOOL))
            if self.certificate is not None:
                ingredients, actions = self._told()
                actions += [Action("c2pa.cropped")] if cropped else []
                actions += [Action("c2pa.resized")] if resized else []
                sign(
                    path,
                    certificate=self.certificate,
                    title=name,
                    ingredients=ingredients,
                    actions=[*actions, Action("c2pa.transcoded")],
                    tool=_TOOL,
                )

        return finish

    def _told(self) -> tuple[list[Ingredient], list[Action]]:
        """Ingredients and actions of the file that the programme determines."""
        named = [(f"clip-{n}", source) for n, source in enumerate(self.sources, start=1)]
        clips = [(label, source) for label, source in named if can_be_ingredient(source.clip)]
        brought_in = _COMPOSITE if self.upload.ai_generated else None
        if len(self.sources) == 1 and clips:
            ingredients = [Ingredient(clips[0][0], clips[0][1].clip, "parentOf")]
            actions = [Action("c2pa.opened", _made_by(clips[0][1].clip), of=(clips[0][0],))]
        else:
            ingredients = [Ingredient(label, source.clip, "componentOf") for label, source in clips]
            actions = [Action("c2pa.created", "joined from clips", source_type=_COMPOSITE)]
            actions += [
                Action("c2pa.placed", _made_by(source.clip) or "a clip of the programme", of=(label,))
                for label, source in clips
            ]
        for label, source in named:
            if source.still is None or not can_be_ingredient(source.still):
                continue
            name = label.replace("clip", "still")
            ingredients.append(Ingredient(name, source.still, "componentOf" if source.restored else "inputTo"))
            if source.restored:
                actions.append(Action("c2pa.placed", "the still's own lettering put back", of=(name,)))
        if repaired := sum(source.repaired for source in self.sources):
            actions.append(Action("c2pa.edited", f"lettering repaired in {repaired} region(s)", source_type=brought_in))
        if self.captions:
            actions.append(Action("c2pa.edited", "captions laid over the picture"))
        return ingredients, actions

    def carried(self) -> tuple[CarriedCredentials, ...]:
        """The content credentials of clips and stills; empty without the library that reads them."""
        paths = [path for source in self.sources for path in (source.clip, source.still) if path is not None]
        try:
            found = ((path, carried_credentials(path)) for path in paths)
            return tuple(CarriedCredentials(path=path, credentials=one) for path, one in found if one is not None)
        except MissingPart:
            return ()


def _made_by(clip: Path) -> str:
    """What generated a clip, as its record has it; empty without a record, or where the clip was changed since."""
    record = read_record(clip)
    if record is None or record.sha256 != file_digest(clip):
        return ""
    return f"a clip generated by {record.model} on {record.made_at[:10]}, task {record.task_id}"


@verb
def signing(certificate: File | None = None, key: File | None = None, *, local: bool = False) -> Certificate | None:
    """The certificate to sign with: the one that is named, a local development one, or none.

    Raises UsageError for half of a pair, for both kinds at once, for a chain that is expired or not the key's, and
    MissingPart without the extra: before any work is done.
    """
    if (certificate is None) != (key is None):
        raise UsageError("a certificate and its key go together", hint="--certificate CHAIN.pem --key KEY.pem")
    if local and certificate is not None:
        raise UsageError("signed either with a certificate or with the local one", hint="leave one of them out")
    if local:
        chosen = Certificate(*local_certificate(_data_folder()))
    elif certificate is not None and key is not None:
        chosen = Certificate(Path(certificate), Path(key))
    else:
        return None
    require_signing(chosen)
    return chosen


def _data_folder() -> Path:
    """The folder of application data: XDG's, or that of Windows."""
    base = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(base) if base else Path.home() / ".local" / "share") / "overlaycut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """What a written delivery discloses."""

    sheets: tuple[Path, ...]
    digital_source_type: str | None
    content_credentials: Credentials | None


def disclosed(statement: Statement, policy: Policy, path: Path, duration: float) -> Disclosed:
    """What a written delivery discloses, read back from the file; its upload sheets are written beside it."""
    term = source_type_of(path)
    credentials = credentials_of(path) if statement.certificate is not None else None
    sheet = UploadSheet.of(
        statement.upload,
        _ai_flag(policy),
        platform=policy.title,
        file=path.name,
        digital_source_type=term,
        content_credentials=credentials.summary if credentials else "none",
        duration=duration,
    )
    written = path.with_name(f"{path.stem}.upload.json"), path.with_name(f"{path.stem}.upload.txt")
    write_text(written[0], json.dumps(sheet.as_json(), indent=1, ensure_ascii=False) + "\n")
    write_text(written[1], upload_sheet_text(sheet))
    return Disclosed(sheets=written, digital_source_type=term, content_credentials=credentials)


def unread(statement: Statement) -> Iterator[str]:
    """Warnings about inputs that cannot be ingredients of content credentials."""
    if statement.certificate is None:
        return
    for source in statement.sources:
        for path in (source.clip, source.still):
            if path is not None and not can_be_ingredient(path):
                yield f"content credentials: {path.name} is of a kind that cannot be named as an ingredient"


def _ai_flag(policy: Policy) -> AiFlag:
    rule = policy.disclosure
    if rule is None:
        return AiFlag(field=None, where="the policy names none", source="")
    return AiFlag(field=rule.flag, where=rule.where or rule.note, source=rule.origin)
