"""Agents: the verbs as tools of the Model Context Protocol.

The only package that imports the SDK (`mcp`, an optional extra), and only when a server is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from overlaycut.errors import MissingPart

INSTALL = "pip install 'overlaycut[mcp]'"


def serve(roots: Sequence[Path]) -> None:
    """Serve the tools on stdin and stdout until the client leaves; files outside `roots` are out of reach.

    Raises MissingPart without the extra.
    """
    try:
        from overlaycut.agents.server import server
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise MissingPart("the SDK of the Model Context Protocol is not installed", hint=INSTALL) from error
    server(roots).run("stdio")
