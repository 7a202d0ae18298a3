"""The folders that an agent may use."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError


class Roots:
    """Folders of the server's own, narrowed by those that the client announces."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]

    async def allowed(self, context: Context) -> Allowed:
        """What may be used in one call."""
        announced = await _announced(context)
        if not announced:
            return Allowed(self._folders)
        inside = [one for one in announced if _is_inside(one, self._folders)]
        inside += [one for one in self._folders if _is_inside(one, announced)]
        return Allowed(list(dict.fromkeys(inside)))


class Allowed:
    """The folders of one call."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    def path(self, text: str) -> Path:
        """A path of an argument, links followed; relative ones are in the first folder.

        Raises ToolError for one that lies elsewhere.
        """
        if not self._folders:
            raise ToolError("no folder is allowed: the client's roots lie outside the server's")
        full = (self._folders[0] / text).resolve()
        if not _is_inside(full, self._folders):
            named = ", ".join(map(str, self._folders))
            raise ToolError(f"{text}: lies outside the allowed folders ({named})")
        return full

    def paths(self, texts: Sequence[str]) -> list[Path]:
        """As `path`, for several."""
        return [self.path(text) for text in texts]

    def maybe(self, text: str | None) -> Path | None:
        """As `path`, for one that may be left out."""
        return None if text is None else self.path(text)

    def named(self, text: str) -> str | Path:
        """A name, or where it looks like a file its path."""
        return self.path(text) if text.endswith(".toml") else text


def _is_inside(path: Path, folders: Sequence[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


async def _announced(context: Context) -> list[Path]:
    """The client's roots; none where it has no such capability, which newer versions of the protocol do not have."""
    session = context.request_context.session
    capabilities = session.client_capabilities
    if capabilities is None or capabilities.roots is None:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = await session.list_roots()
    urls = [urlsplit(str(root.uri)) for root in found.roots]
    return [Path(unquote(url.path)).resolve() for url in urls if url.scheme == "file"]
