"""The application behind the review page: routes, who may ask, and how much.

Everything lies below a token that only the printed address has. The Host of every request has to be this server, so
that no name of another site leads here (DNS rebinding); an Origin has to be this page; bodies are small JSON documents.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from hmac import compare_digest
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from overlaycut.api import ReviewSession, StaleEdit, read_edit
from overlaycut.errors import OverlaycutError
from overlaycut.review.events import Events

MOST_BODY = 256 << 10
"""Bytes of a request's body at most: a caption of 2000 characters with the times of its words."""

_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
    "review.css": ("review.css", "text/css; charset=utf-8"),
    "review.js": ("review.js", "text/javascript; charset=utf-8"),
    "viewer.js": ("viewer.js", "text/javascript; charset=utf-8"),
    "captions.js": ("captions.js", "text/javascript; charset=utf-8"),
    "server.js": ("server.js", "text/javascript; charset=utf-8"),
}
"""Path below the token → file of the page and its type. Nothing else is a file."""

_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """Lets requests through that have the token, this host, this origin, and a small body."""

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self._app, self._token, self._hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        refused = self._refusal(scope)
        app = self._app if refused is None else _plain(*refused)
        await app(scope, receive, answer)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get("host", "").lower() not in self._hosts:
            return 421, "another host"
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in {f"http://{host}" for host in self._hosts}:
            return 403, "another origin"
        if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return 403, "another site"
        first = scope["path"].split("/")[1] if scope["path"].startswith("/") else ""
        if not compare_digest(first.encode(), self._token.encode()):
            return 403, "no token, or another one: use the address that overlaycut review printed"
        if scope["method"] == "POST":
            return _unfit_body(headers)
        return None


def _unfit_body(headers: dict[str, str]) -> tuple[int, str] | None:
    if headers.get("content-type", "").split(";")[0].strip() != "application/json":
        return 415, "JSON is wanted"
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MOST_BODY:
        return 413, f"at most {MOST_BODY} bytes"
    return None


def _plain(status: int, words: str) -> ASGIApp:
    return JSONResponse({"error": words}, status_code=status)


async def _document(request: Request) -> Any:
    """The JSON document of a request. Raises ValueError for what is none, and for a body that is too large."""
    body = bytearray()
    async for part in request.stream():  # a chunked body has no length
        body += part
        if len(body) > MOST_BODY:
            raise OverflowError
    return json.loads(bytes(body).decode("utf-8"))


class _Pages:
    """The routes' functions."""

    def __init__(self, session: ReviewSession, events: Events) -> None:
        self._session, self._events = session, events

    def routes(self) -> list[Route]:
        numbers = "/{token}/{what}/{shot:int}"
        return [
            Route("/{token}/", self.file),
            Route("/{token}/state", self.state),
            Route("/{token}/waveform", self.waveform),
            Route("/{token}/events", self.stream),
            Route("/{token}/edit", self.edit, methods=["POST"]),
            Route("/{token}/preview", self.preview, methods=["POST"]),
            Route("/{token}/tracks/{shot:int}", self.tracks),
            Route("/{token}/caption/{cue:int}", self.caption),
            Route(numbers + "/{index:int}", self.picture),
            Route("/{token}/{name}", self.file),
        ]

    async def file(self, request: Request) -> Response:
        name = request.path_params.get("name", "")
        if name not in _FILES:
            return JSONResponse({"error": "no such page"}, status_code=404)
        path, kind = _FILES[name]
        return Response((files("overlaycut.review") / "page" / path).read_bytes(), media_type=kind)

    async def state(self, _request: Request) -> Response:
        return await _answer(self._session.state)

    async def waveform(self, _request: Request) -> Response:
        return await _answer(self._session.waveform)

    async def tracks(self, request: Request) -> Response:
        return await _answer(lambda: self._session.tracks(request.path_params["shot"]))

    async def caption(self, request: Request) -> Response:
        number, style = request.path_params["cue"], request.query_params.get("style")
        return await _answer(lambda: self._session.caption_frame(number, style))

    async def picture(self, request: Request) -> Response:
        where, session = request.path_params, self._session
        shot, index = where["shot"], min(where["index"], 1 << 24)
        candidate = request.query_params.get("candidate", "")
        if where["what"] == "frame" and (candidate.isdigit() or not candidate):
            number = int(candidate[:6]) if candidate else None
            return await _answer(lambda: session.frame(shot, index, number))
        if where["what"] == "repaired":
            return await _answer(lambda: session.repaired_frame(shot, index))
        return JSONResponse({"error": "no such picture"}, status_code=404)

    async def edit(self, request: Request) -> Response:
        return await _changed(request, lambda document: self._session.apply(read_edit(document)))

    async def preview(self, request: Request) -> Response:
        def begin(document: Any) -> dict[str, Any]:
            shot, region = document.get("shot"), document.get("region")
            if type(shot) is not int or not isinstance(region, str | None):
                raise ValueError("shot, a number, and region, a name or null")
            self._session.preview(shot, region)
            return {"begun": True}

        return await _changed(request, begin)

    async def stream(self, request: Request) -> Response:
        async def lines() -> AsyncIterator[str]:
            yield "retry: 1000\n\n"
            with self._events.listening() as waiting:
                while not await request.is_disconnected():
                    try:
                        event = await asyncio.wait_for(waiting.get(), timeout=10)
                    except TimeoutError:
                        yield ": still here\n\n"
                        continue
                    if event is None:
                        return
                    yield f"data: {json.dumps(event)}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")


async def _changed(request: Request, change: Callable[[Any], dict[str, Any]]) -> Response:
    """The answer to a change that a request's document asks for."""
    try:
        document = await _document(request)
        if not isinstance(document, dict):
            raise ValueError("an object")
    except OverflowError:
        return JSONResponse({"error": f"at most {MOST_BODY} bytes"}, status_code=413)
    except (ValueError, RecursionError, ClientDisconnect) as error:
        return JSONResponse({"error": f"no JSON document: {error}"}, status_code=400)
    return await _answer(lambda: change(document))


async def _answer(work: Callable[[], dict[str, Any] | bytes]) -> Response:
    """What a session gives, as JSON or as a JPEG; its refusals in words."""
    try:
        found = await run_in_threadpool(work)
    except StaleEdit as error:
        return JSONResponse({"error": error.one_line()}, status_code=409)
    except (OverlaycutError, ValueError) as error:
        said = error.one_line() if isinstance(error, OverlaycutError) else str(error)
        return JSONResponse({"error": said}, status_code=400)
    if isinstance(found, bytes):
        return Response(found, media_type="image/jpeg")
    return JSONResponse(found)


def application(
    session: ReviewSession, events: Events, token: str, port: int, started: Callable[[], Awaitable[None]]
) -> ASGIApp:
    """The whole application, guarded; `started` is awaited in its loop before the first request."""
    app = Starlette(routes=_Pages(session, events).routes())
    hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})
    guarded = Guard(app, token, hosts)

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, started)
        else:
            await guarded(scope, receive, send)

    return whole


async def _lifespan(receive: Receive, send: Send, started: Callable[[], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await started()
            await send({"type": "lifespan.startup.complete"})
        else:
            await send({"type": "lifespan.shutdown.complete"})
            return
