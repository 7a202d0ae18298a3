"""Calls over httpx: the key goes in here and nowhere else, foreign exceptions end here.

No redirects of calls, no proxies for the loopback interface, a cap on what an answer may hold.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from overlaycut.errors import BadAnswer, NetworkError
from overlaycut.providers.addresses import Allowed, is_loopback
from overlaycut.providers.calls import Answer, Call
from overlaycut.providers.keys import Secret
from overlaycut.version import __version__

if TYPE_CHECKING:
    import httpx

_AGENT = f"overlaycut/{__version__}"
_WRITE_SECONDS = 60.0
"""Seconds without a byte that could be sent."""
_MOST, _IDLE = 64, 4
"""Connections to a service, and those of them that are kept while nothing is sent. Every call looks at all idle ones,
with a system call each: 35 of them doubled the cost of a poll (benchmarks/providers.py)."""
_KEPT = 30.0
"""Seconds that an idle connection is kept."""
_SHOWN = 2000
"""Characters kept of an answer that is no JSON."""
_LARGEST_SKEW = 120.0
"""Seconds that this machine's clock may differ from a service's before it is worth saying."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportParameters:
    """How long is waited for connections, and how often what failed is sent again."""

    connect_seconds: float = 15.0
    """Seconds for a connection; 1..60."""
    attempts: int = 6
    """Times a call is sent that may be sent again; 1..20. Services' own packages send 3 to 10 times."""
    first_pause: float = 0.5
    """Seconds before the second attempt, doubled each time; 0.01..10."""
    longest_pause: float = 30.0
    """Seconds; also the most that a service may ask for in Retry-After without ending the attempts."""
    jitter: float = 0.5
    """Share of a pause that is random, so that many clients do not come back at once; 0..1. Runway's advice."""


class Transport:
    """Sends the calls of one service.

    It uses httpx's transport without httpx's client, which would keep cookies, log addresses with their signatures and
    cost as much again for every poll.
    """

    def __init__(self, allowed: Allowed, secret: Secret, parameters: TransportParameters) -> None:
        self.allowed = allowed
        self.parameters = parameters
        self._secret = secret
        self._proxies = {} if is_loopback(allowed.base) else getproxies()
        self._open: dict[str, httpx.AsyncHTTPTransport] = {}
        """Connections, by the proxy that they go through."""
        self.skew = 0.0
        """Seconds that this machine's clock is ahead of the service's, as of the last answer."""

    async def send(self, call: Call) -> Answer:
        """Send a call once.

        Raises NetworkError when there is no answer, BadAnswer for a redirect or an answer that is too large.
        """
        async with self.stream(call) as response:
            if response.is_redirect:
                raise BadAnswer(f"{_told(call.url)} redirects a call", hint="the service's address may have changed")
            body = await _read(response, call)
        return _answer(response.status_code, dict(response.headers), body)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[httpx.Response]:
        """The answer to a call, its body not read yet."""
        import httpx

        url = self.allowed.checked(call.url)
        proxy = self._proxy(url.host)
        if not proxy:
            await self.allowed.resolved(url)
        request = self._request(call, url)
        try:
            response = await self._connections(proxy).handle_async_request(request)
            try:
                self._note_clock(response.headers.get("date", ""))
                yield response
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._network_error(error, call.url) from error

    def redacted(self, text: str) -> str:
        """What a service said, without keys and signatures."""
        return self._secret.redacted(text)

    def clock_hint(self) -> str:
        """What to say of this machine's clock; empty when it is right, or nobody knows."""
        if abs(self.skew) <= _LARGEST_SKEW:
            return ""
        ahead = "ahead of" if self.skew > 0 else "behind"
        return f"this machine's clock is {abs(self.skew) / 60:.0f} minutes {ahead} the service's; set it"

    async def close(self) -> None:
        """Close connections."""
        for connections in self._open.values():
            await connections.aclose()
        self._open.clear()

    def _connections(self, proxy: str) -> httpx.AsyncHTTPTransport:
        import httpx

        if proxy not in self._open:
            limits = httpx.Limits(max_connections=_MOST, max_keepalive_connections=_IDLE, keepalive_expiry=_KEPT)
            # http on the loopback interface needs no certificates; loading them takes longer than a test's calls.
            verify = False if is_loopback(self.allowed.base) else _certificates()
            self._open[proxy] = httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=proxy or None)
        return self._open[proxy]

    def _request(self, call: Call, url: httpx.URL) -> httpx.Request:
        import httpx

        headers = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": _AGENT, **call.headers}
        if call.auth is not None:
            if not self.allowed.is_base(url):
                raise BadAnswer(f"{_told(call.url)}: a call with the key to another host", hint="nothing was sent")
            name, value = self._secret.header(call.auth)
            headers[name] = value
        body: dict[str, Any] = {}
        if call.json is not None:
            body["json"] = call.json
        if call.parts:
            body["data"] = {one.name: one.value for one in call.parts if not one.file}
            body["files"] = [(one.name, (one.file, one.value, one.mime)) for one in call.parts if one.file]
        connect = self.parameters.connect_seconds
        timeout = {"connect": connect, "read": call.patience, "write": _WRITE_SECONDS, "pool": None}
        return httpx.Request(call.method, url, headers=headers, extensions={"timeout": timeout}, **body)

    def _proxy(self, host: str) -> str:
        """The environment's proxy for a host; empty where there is none. A proxy resolves names by itself."""
        proxy = self._proxies.get("https") or self._proxies.get("all") or ""
        return "" if not proxy or proxy_bypass(host) else proxy

    def _note_clock(self, date: str) -> None:
        try:
            self.skew = time.time() - parsedate_to_datetime(date).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            self.skew = 0.0

    def _network_error(self, error: httpx.HTTPError, url: str) -> NetworkError:
        import httpx

        unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
        said = self.redacted(str(error)) or type(error).__name__
        hint = "check the connection, then run the same command again: nothing is paid twice"
        if _is_certificate(error):
            hint = "check this machine's clock and its certificates"
        return NetworkError(f"{_told(url)}: {said}", hint=hint, sent=not isinstance(error, unsent))


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates that are trusted; loaded once."""
    import httpx

    return httpx.create_ssl_context()


async def _read(response: httpx.Response, call: Call) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > call.answer_limit:
            said = f"{_told(call.url)}: an answer of more than {call.answer_limit} bytes"
            raise BadAnswer(said, hint="nothing was kept")
        pieces.append(piece)
    return b"".join(pieces)


def _answer(status: int, headers: dict[str, str], body: bytes) -> Answer:
    try:
        return Answer(status=status, headers=headers, body=json.loads(body))
    except (ValueError, RecursionError):
        return Answer(status=status, headers=headers, text=body[:_SHOWN].decode("utf-8", "replace"))


def _told(url: str) -> str:
    """An address without its query, which may be signed."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:200]


def _is_certificate(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(seen):
            return True
        seen = seen.__cause__ or seen.__context__
    return False
