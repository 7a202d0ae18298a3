"""Verbs run in a thread while progress goes to the client, and their results as answers of the protocol."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent

from overlaycut.agents.answers import Answer
from overlaycut.api import Progress, contact_sheet
from overlaycut.errors import OverlaycutError

T = TypeVar("T")

_INTERVAL = 0.5
"""Seconds between two reports of progress."""

_KINDS = {".mp4": "video/mp4", ".mov": "video/quicktime", ".json": "application/json", ".html": "text/html"}


async def worked(context: Context, work: Callable[[Progress], T]) -> T:
    """Run a verb; its errors become those of the tool. `work` is given the progress function."""
    teller = _Teller(context)
    try:
        return await anyio.to_thread.run_sync(work, teller, abandon_on_cancel=True)
    except OverlaycutError as error:
        raise ToolError(error.one_line()) from error


class _Teller:
    """Progress of a verb, whose steps each count from 0, as one number that grows."""

    def __init__(self, context: Context) -> None:
        self._context, self._told, self._last = context, 0.0, 0.0
        self._steps: dict[str, float] = {}

    def __call__(self, step: str, done: int, total: int | None) -> None:
        share = min(done / total, 1.0) if total else 0.5
        self._steps[step] = max(self._steps.get(step, 0.0), share)
        value, now = sum(self._steps.values()), time.monotonic()
        if value <= self._told or now - self._last < _INTERVAL:
            return
        self._told, self._last = value, now
        anyio.from_thread.run(self._context.report_progress, value, None, step)


def answered(said: str, answer: Answer, *, files: Sequence[Path] = (), sheet: bytes | None = None) -> CallToolResult:
    """A result: a line, the structure, a contact sheet, and links to files in the place of their content."""
    content: list[ContentBlock] = [TextContent(type="text", text=said[:500])]
    if sheet is not None:
        content.append(ImageContent(type="image", data=base64.b64encode(sheet).decode(), mime_type="image/jpeg"))
    for path in files:
        kind = _KINDS.get(path.suffix.lower())
        content.append(ResourceLink(type="resource_link", uri=path.as_uri(), name=path.name, mime_type=kind))
    return CallToolResult(content=content, structured_content=answer.fitted().model_dump(mode="json"))


async def sheet_of(context: Context, files: Sequence[Path]) -> bytes:
    """The contact sheet of clips and pictures."""
    return await worked(context, lambda _: contact_sheet(files))
