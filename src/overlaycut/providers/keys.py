"""Keys of services: from the environment or the system's keyring, into headers, and nowhere else.

A key is never part of a call's data, a log, a report or an error. What a service says is shown without it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from overlaycut.errors import MissingKey
from overlaycut.providers.calls import Auth
from overlaycut.providers.catalogue import ProviderRow

KEYRING_SERVICE = "overlaycut"
"""Under which name the system's keyring has the keys; the user name there is the variable's."""

_TOKEN_SECONDS = 1800
_TOKEN_EARLY = 5
"""Life of a signed token, and how far back it begins so that clocks may differ: the service's own figures."""
_SHORTEST = 6
"""Characters of a key; anything shorter is no key, and would be found in every text."""
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]+")
_QUERY = re.compile(r"(https?://[^\s\"'<>?]+)\?[^\s\"'<>]+")
_SIGNED = "KLING_SECRET_KEY"
"""The variable that tells a pair of keys that signs tokens."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A key, or a pair of keys, with the variables that hold it. Neither its text nor its repr has the key."""

    variables: tuple[str, ...]
    values: tuple[str, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"<{' '.join(self.variables)}>"

    def header(self, auth: Auth, *, now: float | None = None) -> tuple[str, str]:
        """Name and value of the header that shows the key to its service."""
        if len(self.values) == 2 and self.variables[1] == _SIGNED:
            value = signed_token(*self.values, now=time.time() if now is None else now)
        else:
            value = ":".join(self.values)
        return auth.header, f"{auth.prefix}{value}"

    def redacted(self, text: str) -> str:
        """The text without this key, without tokens, and without the queries of addresses, which may be signed."""
        for variable, value in zip(self.variables, self.values, strict=True):
            text = text.replace(value, f"<{variable}>")
        return _QUERY.sub(r"\1", _JWT.sub("<token>", text))


class Keys:
    """Where keys come from: an environment, then the system's keyring where its package is installed."""

    def __init__(self, environment: Mapping[str, str] | None = None, *, keyring: bool = True) -> None:
        self._environment = os.environ if environment is None else environment
        self._keyring = keyring

    def of(self, row: ProviderRow) -> Secret:
        """The key of a service.

        Raises MissingKey, which names the variables, when there is none or it is not one.
        """
        for variables in row.variables:
            names = tuple(variables.split())
            values = tuple(self._value(name) for name in names)
            if all(values):
                return Secret(names, values)
        first = row.variables[0]
        said = " and ".join(first.split())
        hint = f'export {first.split()[0]}="…", or: keyring set {KEYRING_SERVICE} {first.split()[0]}'
        raise MissingKey(f"no key for {row.title}: {said} is not set", hint=hint)

    def _value(self, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if not value and self._keyring:
            value = _from_keyring(name).strip()
        if value and (len(value) < _SHORTEST or not value.isascii() or not value.isprintable() or " " in value):
            raise MissingKey(
                f"{name} holds no key: {len(value)} characters, or some that no key has", hint="copy the key again"
            )
        return value


def signed_token(access: str, secret: str, *, now: float) -> str:
    """A token signed with HMAC-SHA256 (RFC 7519) for services that want one instead of a key."""
    head = {"alg": "HS256", "typ": "JWT"}
    claims = {"iss": access, "exp": int(now) + _TOKEN_SECONDS, "nbf": int(now) - _TOKEN_EARLY}
    said = ".".join(_base64url(json.dumps(one, separators=(",", ":")).encode()) for one in (head, claims))
    signature = hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()
    return f"{said}.{_base64url(signature)}"


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _from_keyring(name: str) -> str:
    """What the system's keyring has under a name; empty where it has nothing, or cannot be asked."""
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password(KEYRING_SERVICE, name) or ""
    except keyring.errors.KeyringError:
        return ""
