"""Which addresses may be opened: https, hosts that the table names, none within private networks."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING

from overlaycut.errors import BadAnswer

if TYPE_CHECKING:
    import httpx


class Allowed:
    """The addresses that one service may lead to.

    base: of its API, "https://host". hosts: of its results, "*.host" for any subdomain. A base on the loopback
    interface, which a test sets, is the only address without https.
    """

    def __init__(self, base: str, hosts: Iterable[str] = ()) -> None:
        import httpx

        self.base = base
        self._hosts = tuple(hosts)
        self._origin = _origin(httpx.URL(base))
        self._public: set[str] = set()
        """Hosts that were found to be of the public internet."""

    def checked(self, url: str) -> httpx.URL:
        """The address to open: `url`, with https in the place of http.

        Raises BadAnswer for an address that may not be opened; the message has no query, which may be signed.
        """
        import httpx

        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError) as error:
            raise BadAnswer("the service gave an address that is none", hint="nothing was opened") from error
        if self.is_base(parsed):
            return parsed
        if parsed.scheme == "http" and parsed.port is None:
            parsed = parsed.copy_with(scheme="https")
        told = f"{parsed.scheme}://{parsed.host}{parsed.path}"[:200]
        if parsed.scheme != "https" or parsed.port not in (None, 443) or parsed.userinfo:
            raise BadAnswer(f"{told}: only plain https addresses are opened", hint="nothing was opened")
        if not self._is_listed(parsed.host.lower().rstrip(".")):
            hint = "if the service says that it is its own, add it to `hosts` in your providers.toml"
            raise BadAnswer(f"{told}: the host {parsed.host} is not one of this service's", hint=hint)
        return parsed

    def is_base(self, url: httpx.URL) -> bool:
        """Whether an address is on the host of the API, which alone gets the key."""
        return _origin(url) == self._origin

    async def resolved(self, url: httpx.URL) -> None:
        """Raises BadAnswer when the host of a checked address leads into a private network.

        The API's own host may: it was chosen here, not by an answer.
        """
        if url.host in self._public or self.is_base(url):
            return
        try:
            found = await asyncio.get_running_loop().getaddrinfo(url.host, 443, type=socket.SOCK_STREAM)
        except OSError:
            return  # the connection will say so
        if private := _not_public(str(one[4][0]) for one in found):
            raise BadAnswer(f"{url.host} leads to {private}, a private address", hint="nothing was opened")
        self._public.add(url.host)

    def _is_listed(self, host: str) -> bool:
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self._hosts)


def _origin(url: httpx.URL) -> tuple[str, str, int | None, bytes]:
    return url.scheme, url.host, url.port, url.userinfo


def is_loopback(base: str) -> bool:
    """Whether a base address is http on this machine, as the servers of tests are."""
    import httpx

    parsed = httpx.URL(base)
    try:
        return parsed.scheme == "http" and ipaddress.ip_address(parsed.host).is_loopback
    except ValueError:
        return False


def _not_public(addresses: Iterable[str]) -> str:
    """The first of them that is not of the public internet; empty when all are."""
    for one in addresses:
        address = ipaddress.ip_address(one.partition("%")[0])
        if not address.is_global or address.is_multicast:
            return one
    return ""
