"""A review session served on this machine: 127.0.0.1, a port of its own, a token in the address."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from types import TracebackType

import uvicorn

from overlaycut.api import ReviewSession
from overlaycut.review.application import application
from overlaycut.review.events import Events


class ReviewServer:
    """Serves one review until it is closed."""

    def __init__(self, session: ReviewSession, events: Events, *, port: int = 0) -> None:
        """Bind; port 0 takes any that is free. Raises OSError for one that is taken."""
        self._session, self._events = session, events
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self.token = secrets.token_urlsafe(24)
        app = application(session, events, self.token, self.port, events.attach)
        config = uvicorn.Config(
            app, log_level="error", access_log=False, server_header=False, timeout_graceful_shutdown=1, lifespan="on"
        )
        self._server = uvicorn.Server(config)
        self._thread: Thread | None = None

    @property
    def url(self) -> str:
        """The address of the page, with its token."""
        return f"http://127.0.0.1:{self.port}/{self.token}/"

    def serve(self) -> None:
        """Serve in this thread until it is interrupted or closed from another."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._session.close()

    def __enter__(self) -> ReviewServer:
        """Serve in a thread of its own."""
        self._thread = Thread(target=self.serve, name="review server")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving."""
        self._events.tell(None)
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join()


def review(
    project: Path | None = None,
    clips: Sequence[Path] = (),
    *,
    out: Path | None = None,
    cache: bool = True,
    port: int = 0,
) -> ReviewServer:
    """A server for the review of a project, or of clips. Raises what `ReviewSession` does."""
    events = Events()
    session = ReviewSession(project, clips, out, cache=cache, listen=events.tell)
    return ReviewServer(session, events, port=port)
