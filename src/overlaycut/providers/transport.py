"""Calls over httpx: the key goes in here and nowhere else, foreign exceptions end here.

No redirects of calls, no proxies for the loopback interface, a cap on what an answer may hold.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from overlaycut.errors import BadAnswer, NetworkError
from overlaycut.providers.addresses import Allowed, is_loopback
from overlaycut.providers.calls import Answer, Call
from overlaycut.providers.keys import Secret

if TYPE_CHECKING:
    import httpx

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

    base: of the service's API, "https://host", or http on the loopback interface. client: shared between services;
    None for one of its own.
    """

    def __init__(
        self, allowed: Allowed, secret: Secret, parameters: TransportParameters, client: httpx.AsyncClient | None = None
    ) -> None:
        self.allowed = allowed
        self.parameters = parameters
        self._secret = secret
        self._client = client
        self._owns = client is None
        self.skew = 0.0
        """Seconds that this machine's clock is ahead of the service's, as of the last answer."""

    async def send(self, call: Call) -> Answer:
        """Send a call once.

        Raises NetworkError when there is no answer, BadAnswer for a redirect or an answer that is too large.
        """
        async with self.stream(call) as response:
            if response.is_redirect:
                raise BadAnswer(f"{_told(call.url)} redirects a call", hint="the service's address may have changed")
            body = await _read(response, call.answer_limit)
        headers = dict(response.headers)
        return _answer(response.status_code, headers, body)

    @asynccontextmanager
    async def stream(self, call: Call) -> AsyncIterator[httpx.Response]:
        """The answer to a call, its body not read yet."""
        import httpx

        url = self.allowed.checked(call.url)
        if not self._has_proxy(url):
            await self.allowed.resolved(url)
        request = self._request(call, url)
        try:
            response = await self.client.send(request, stream=True)
            try:
                self._note_clock(response.headers.get("date", ""))
                yield response
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise self._network_error(error, url) from error
        except httpx.InvalidURL as error:
            raise BadAnswer("the service gave an address that is none", hint="nothing was opened") from error

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
        """Close connections that are not shared."""
        if self._owns and self._client is not None:
            await self._client.aclose()
            self._client = None

    @property
    def client(self) -> httpx.AsyncClient:
        """The client; its first use makes one that is not shared."""
        if self._client is None:
            self._client = new_client(self.allowed.base)
        return self._client

    def _request(self, call: Call, url: str) -> httpx.Request:
        headers = dict(call.headers)
        if call.auth is not None:
            if not self.allowed.is_base(url):
                raise BadAnswer(f"{_told(url)}: a call with the key to another host", hint="nothing was sent")
            name, value = self._secret.header(call.auth)
            headers[name] = value
        body: dict[str, Any] = {}
        if call.json is not None:
            body["json"] = call.json
        if call.parts:
            body["data"] = {one.name: one.value for one in call.parts if not one.file}
            body["files"] = [(one.name, (one.file, one.value, one.mime)) for one in call.parts if one.file]
        timeout = {
            "connect": self.parameters.connect_seconds, "read": call.patience, "write": 60.0, "pool": None,
        }  # fmt: skip
        return self.client.build_request(call.method, url, headers=headers, extensions={"timeout": timeout}, **body)

    def _has_proxy(self, url: str) -> bool:
        """Whether a proxy resolves the host's name; the client's own answer is not public, the environment's is."""
        from urllib.request import getproxies, proxy_bypass

        host = urlsplit(url).hostname or ""
        proxies = getproxies()
        return bool(proxies.get("https") or proxies.get("all")) and not proxy_bypass(host)

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


def new_client(base: str = "") -> httpx.AsyncClient:
    """A client for services; one whose base is on the loopback interface takes no proxies from the environment."""
    import httpx

    logger = logging.getLogger("httpx")
    if _without_queries not in logger.filters:
        logger.addFilter(_without_queries)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=30)
    here = bool(base) and is_loopback(base)
    # http on the loopback interface needs no certificates; loading them takes longer than all calls of a test.
    return httpx.AsyncClient(follow_redirects=False, limits=limits, trust_env=not here, verify=not here)


def _without_queries(record: logging.LogRecord) -> bool:
    """Takes queries, which may be signed, out of the addresses that httpx logs."""
    record.msg, record.args = _QUERY.sub("", record.getMessage()), ()
    return True


_QUERY = re.compile(r"(?<=[^\s?])\?[^\s\"]+")


async def _read(response: httpx.Response, limit: int) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > limit:
            raise BadAnswer(
                f"{_told(str(response.url))}: an answer of more than {limit} bytes", hint="nothing was kept"
            )
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
