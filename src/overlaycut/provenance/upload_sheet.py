"""The upload sheet: what has to be entered when a file is uploaded, and the platform's AI flag, as JSON and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from overlaycut.core.checks import check_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The post that goes with a programme, the same on every platform."""

    title: str = ""
    text: str = ""
    """The caption under the post."""
    hashtags: tuple[str, ...] = ()
    """With or without their sign."""
    ai_generated: bool = True

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AiFlag:
    """How a platform is told that a picture was made with AI."""

    field: str | None
    """The field of its API that is set; None where no API has one."""
    where: str
    """The request that carries it, or what to do where there is none."""
    source: str
    """Where this is documented, and when that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSheet:
    """One delivery's sheet."""

    platform: str
    file: str
    title: str
    text: str
    hashtags: tuple[str, ...]
    ai_generated: bool
    ai_flag: dict[str, bool]
    """The platform's own field and its value; empty where no API of the platform has one."""
    ai_flag_where: str
    """The request that carries it, or what to do where there is none."""
    ai_flag_source: str
    digital_source_type: str | None
    """As in the file's XMP."""
    content_credentials: str
    """State of its content credentials."""
    cover_seconds: float
    """Where a cover picture can be taken: the middle."""

    @classmethod
    def of(
        cls,
        upload: Upload,
        flag: AiFlag,
        *,
        platform: str,
        file: str,
        digital_source_type: str | None,
        content_credentials: str,
        duration: float,
    ) -> UploadSheet:
        """The sheet of a file of `duration` seconds for a platform with that flag."""
        return cls(
            platform=platform,
            file=file,
            title=upload.title,
            text=upload.text,
            hashtags=tuple(f"#{tag.lstrip('#')}" for tag in upload.hashtags if tag.strip("# ")),
            ai_generated=upload.ai_generated,
            ai_flag={} if flag.field is None else {flag.field: upload.ai_generated},
            ai_flag_where=flag.where,
            ai_flag_source=flag.source,
            digital_source_type=digital_source_type,
            content_credentials=content_credentials,
            cover_seconds=round(duration / 2, 2),
        )

    def as_json(self) -> dict[str, Any]:
        """The sheet as plain values."""
        return asdict(self)


def upload_sheet_text(sheet: UploadSheet) -> str:
    """The sheet as text, one field a line."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: UploadSheet) -> Iterator[str]:
    yield f"{sheet.platform}: {sheet.file}"
    yield ""
    yield f"Title: {sheet.title or '(none)'}"
    yield f"Text: {sheet.text or '(none)'}"
    yield f"Hashtags: {' '.join(sheet.hashtags) or '(none)'}"
    yield f"Cover: at {sheet.cover_seconds:.2f} s"
    yield ""
    yield f"Made with AI: {'yes' if sheet.ai_generated else 'no'}"
    for flag, value in sheet.ai_flag.items():
        yield f"API flag: {flag} = {str(value).lower()} ({sheet.ai_flag_where})"
    if not sheet.ai_flag:
        yield f"API flag: none. {sheet.ai_flag_where}"
    yield f"Source of the flag: {sheet.ai_flag_source}"
    yield f"XMP DigitalSourceType: {sheet.digital_source_type or '(none)'}"
    yield f"Content credentials: {sheet.content_credentials}"
