"""Which addresses may be opened: https, hosts that the table names, none within private networks."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

from overlaycut.errors import BadAnswer


@dataclass(frozen=True, slots=True)
class Allowed:
    """The addresses that one service may lead to.

    base: of its API, "https://host". hosts: of its results, "*.host" for any subdomain. A base on the loopback
    interface, which a test sets, is the only address without https.
    """

    base: str
    hosts: tuple[str, ...] = ()
    _resolved: set[str] = field(default_factory=set, compare=False, repr=False)

    def checked(self, url: str) -> str:
        """The address to open: `url`, with https in the place of http.

        Raises BadAnswer for an address that may not be opened; the message has no query, which may be signed.
        """
        import httpx

        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, TypeError) as error:
            raise BadAnswer("the service gave an address that is none", hint="nothing was opened") from error
        if self._is_base(parsed):
            return url
        if parsed.scheme == "http" and parsed.port is None:
            parsed = parsed.copy_with(scheme="https")
        told = f"{parsed.scheme}://{parsed.host}{parsed.path}"[:200]
        if parsed.scheme != "https" or parsed.port not in (None, 443) or parsed.userinfo:
            raise BadAnswer(f"{told}: only plain https addresses are opened", hint="nothing was opened")
        if not self._is_listed(parsed.host.lower().rstrip(".")):
            hint = "if the service says that it is its own, add it to `hosts` in your providers.toml"
            raise BadAnswer(f"{told}: the host {parsed.host} is not one of this service's", hint=hint)
        return str(parsed)

    def is_base(self, url: str) -> bool:
        """Whether an address is on the host of the API, which alone gets the key."""
        import httpx

        return self._is_base(httpx.URL(url))

    async def resolved(self, url: str) -> None:
        """Raises BadAnswer when the host of a checked address leads into a private network."""
        import httpx

        parsed = httpx.URL(url)
        if parsed.host in self._resolved or (parsed.scheme == "http" and self._is_base(parsed)):
            return
        try:
            found = await asyncio.get_running_loop().getaddrinfo(parsed.host, 443, type=socket.SOCK_STREAM)
        except OSError:
            return  # the connection will say so
        if private := _not_public(str(one[4][0]) for one in found):
            raise BadAnswer(f"{parsed.host} leads to {private}, a private address", hint="nothing was opened")
        self._resolved.add(parsed.host)

    def _is_base(self, parsed: object) -> bool:
        import httpx

        assert isinstance(parsed, httpx.URL)
        base = httpx.URL(self.base)
        return (parsed.scheme, parsed.host, parsed.port, parsed.userinfo) == (base.scheme, base.host, base.port, b"")

    def _is_listed(self, host: str) -> bool:
        return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in self.hosts)


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
