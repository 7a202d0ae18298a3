"""Content credentials (C2PA): reading those of clips and stills, and signing a file that was made of them.

The one importer of c2pa-python, which is an optional extra. Signing rewrites the file, with its manifest right after
`ftyp`, and covers all other bytes with a hash: it has to be the last change of a file.
"""

from __future__ import annotations

import json
import mimetypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from overlaycut.core.checks import check_fields
from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import DecodeError, MissingInput, MissingPart, OutputError, UsageError

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_INSTALL = "pip install 'overlaycut[c2pa]'"

Relationship: TypeAlias = Literal["parentOf", "componentOf", "inputTo"]
"""The asset that was edited, one composited into it, an input of a generation (C2PA 2.1, 10.3)."""

_FORMATS = {".mov": "video/quicktime", ".m4v": "video/mp4", ".webp": "image/webp", ".avif": "image/avif"}
"""Media types that are missing from some systems' tables."""

_INGREDIENTS = {"mp4", "m4v", "mov", "avi", "png", "jpg", "jpeg", "webp", "gif", "tif", "tiff", "avif", "heic", "heif"}
"""Of what c2pa-python reads, the kinds that clips and stills come in."""

_UNTRUSTED = "signingCredential.untrusted"
"""Implied by the state: it distinguishes "Valid" from "Trusted"."""

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A signer: PEM chain, the signer's own certificate first, and its PEM key."""

    chain: Path
    key: Path

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that the signed one was made of; whatever credentials it carries go along."""

    label: str
    """The name by which actions refer to it."""
    path: Path
    relationship: Relationship


@dataclass(frozen=True, slots=True)
class Action:
    """An edit: an action of C2PA 2.1, 18.14."""

    action: str
    """"c2pa.opened", "c2pa.cropped", …"""
    description: str = ""
    of: tuple[str, ...] = ()
    """Labels of the ingredients it involved."""
    source_type: str | None = None
    """IPTC's digital source type of what it brought in, as an address."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A file's content credentials and their validation."""

    state: str
    """"Trusted", "Valid" (the issuer is not known) or "Invalid"."""
    title: str
    issuer: str
    generator: str
    """The program that signed."""
    actions: tuple[str, ...]
    ingredients: tuple[str, ...]
    """Titles."""
    problems: tuple[str, ...]
    """Codes of what failed in its own validation."""

    @property
    def holds(self) -> bool:
        """Whether the file is unchanged since it was signed."""
        return self.state in ("Valid", "Trusted")

    @property
    def summary(self) -> str:
        """One line."""
        issuer = self.issuer or "an unknown issuer"
        if self.state == "Trusted":
            return f"signed by {issuer}, trusted"
        return (
            f"signed by {issuer}, valid, issuer not on a trust list" if self.holds else f"broken ({self.problems[0]})"
        )


def require_signing(certificate: Certificate) -> None:
    """Raises what `sign` would raise for a certificate, so that it can be checked before any work."""
    _signer(_library(), certificate)


def can_be_ingredient(path: Path) -> bool:
    """Whether a file is of a kind that credentials can name as an ingredient; WebM and Matroska are not."""
    return path.suffix.lower().lstrip(".") in _INGREDIENTS


def carried_credentials(path: Path) -> Credentials | None:
    """The credentials of a clip or still; None when it has none, or is of a kind that cannot have any.

    Raises MissingPart without the extra, MissingInput when there is no such file.
    """
    c2pa = _library()
    if not path.is_file():
        raise MissingInput(path, "no such file", hint="check the path")
    try:
        reader = c2pa.Reader.try_create(str(path))
    except c2pa.C2paError:  # a container that has no place for credentials, or a store that is no manifest
        return None
    if reader is None:
        return None
    with reader:
        return _parsed(json.loads(reader.json()), str(reader.get_validation_state()))


def credentials_of(path: Path) -> Credentials:
    """The credentials of a file that has to have some. Raises DecodeError when it has none."""
    found = carried_credentials(path)
    if found is None:
        raise DecodeError(path, "carries no content credentials", hint="sign it again")
    return found


def sign(
    path: Path,
    *,
    certificate: Certificate,
    title: str,
    ingredients: Sequence[Ingredient],
    actions: Sequence[Action],
    tool: tuple[str, str],
) -> Credentials:
    """Sign the file at `path`, in place, and read the credentials back.

    title: the name it is published under. tool: name and version of the program. Raises MissingPart without the
    extra, UsageError for a certificate that is expired, not yet valid or not the key's, OutputError when the file
    cannot be signed or the credentials do not hold afterwards; the file is then as it was.
    """
    c2pa = _library()
    signer = _signer(c2pa, certificate)
    beside = path.with_name(f"{path.stem}.signed{path.suffix}")
    try:
        builder = c2pa.Builder(_manifest(title, actions, tool), c2pa.Context.from_dict(_SETTINGS))
        for one in ingredients:
            described = {"title": one.path.name, "relationship": one.relationship, "label": one.label}
            with one.path.open("rb") as stream:
                builder.add_ingredient(described, _media_type(one.path), stream)
        builder.sign_file(str(path), str(beside), signer)
        made = credentials_of(beside)
        if not made.holds:
            raise OutputError(f"{path}: its content credentials do not hold: {', '.join(made.problems)}")
        os.replace(beside, path)
        return made
    except c2pa.C2paError as error:
        raise OutputError(f"{path}: cannot be signed: {error}", hint="is the chain a signer's, leaf first?") from error
    finally:
        beside.unlink(missing_ok=True)


_SETTINGS: dict[str, Any] = {"builder": {"thumbnail": {"enabled": False}}}
"""Video thumbnails would have to be rendered, and those of stills double the manifest."""


def _library() -> Any:
    try:
        import c2pa
    except ImportError as error:
        raise MissingPart("content credentials need c2pa-python", hint=_INSTALL) from error
    return c2pa


def _manifest(title: str, actions: Sequence[Action], tool: tuple[str, str]) -> dict[str, Any]:
    listed = []
    for one in actions:
        action: dict[str, Any] = {"action": one.action}
        if one.description:
            action["description"] = one.description
        if one.source_type:
            action["digitalSourceType"] = one.source_type
        if one.of:
            action["parameters"] = {"ingredientIds": list(one.of)}
        listed.append(action)
    return {
        "claim_generator_info": [{"name": tool[0], "version": tool[1]}],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": listed}}],
    }


def _media_type(path: Path) -> str:
    return _FORMATS.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _parsed(store: dict[str, Any], state: str) -> Credentials:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    generator = (manifest.get("claim_generator_info") or [{}])[0]
    actions = [
        action.get("action", "")
        for assertion in manifest.get("assertions", [])
        if str(assertion.get("label", "")).startswith("c2pa.actions")
        for action in assertion.get("data", {}).get("actions", [])
    ]
    results = (store.get("validation_results") or {}).get("activeManifest") or {}
    codes = [str(failure.get("code", "")) for failure in results.get("failure", [])]
    return Credentials(
        state=state,
        title=manifest.get("title") or "",
        issuer=signature.get("issuer") or "",
        generator=" ".join(str(generator[key]) for key in ("name", "version") if generator.get(key)),
        actions=tuple(actions),
        ingredients=tuple(one.get("title") or "" for one in manifest.get("ingredients", [])),
        problems=tuple(code for code in codes if code != _UNTRUSTED),
    )


def _signer(c2pa: Any, certificate: Certificate) -> Any:
    """The signer of a chain and key that belong together and are valid now."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
    except ImportError as error:
        raise MissingPart("content credentials need the cryptography package", hint=_INSTALL) from error
    chain, secret = _bytes(certificate.chain), _bytes(certificate.key)
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except ValueError as error:
        raise UsageError(
            f"{certificate.chain}: holds no PEM certificate", hint="leaf first, then its issuers"
        ) from error
    try:
        key = serialization.load_pem_private_key(secret, None)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{certificate.key}: holds no PEM key without a password", hint="openssl pkcs8 -topk8 -nocrypt -in …"
        ) from error
    _refuse_outside_validity(certificate.chain, leaf)
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise UsageError(
            f"{certificate.key}: is not the key of the first certificate in {certificate.chain}",
            hint="put the signer's own certificate first, and name its key",
        )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    algorithm = getattr(c2pa.C2paSigningAlg, _algorithm(certificate.key, key))
    try:
        return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain, private, None))
    except c2pa.C2paError as error:
        raise UsageError(f"{certificate.chain}: cannot sign content credentials: {error}") from error


def _refuse_outside_validity(path: Path, leaf: x509.Certificate) -> None:
    now = datetime.now(UTC)
    if leaf.not_valid_after_utc < now:
        raise UsageError(f"{path}: expired on {leaf.not_valid_after_utc:%Y-%m-%d}", hint="renew the certificate")
    if leaf.not_valid_before_utc > now:
        raise UsageError(f"{path}: is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}", hint="check the clock")


def _algorithm(path: Path, key: PrivateKeyTypes) -> str:
    """The signature algorithm of C2PA 2.1, 13.2 that goes with a key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey):
        return "PS256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ED25519"
    raise UsageError(f"{path}: a kind of key that C2PA does not sign with", hint="P-256, P-384, P-521, RSA or Ed25519")


def _bytes(path: Path) -> bytes:
    refuse_special(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingInput(path, error.strerror or "cannot be read", hint="check the path") from error
