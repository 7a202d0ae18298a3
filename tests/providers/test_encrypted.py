"""Calls over TLS: a certificate that is trusted, one that is not, and one of another time."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fake_services import Services, clip
from generating import Generator
from overlaycut.errors import NetworkError
from overlaycut.providers import TaskState, transport


def certificate(folder: Path, *, begins: datetime) -> Path:
    """A certificate of localhost that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "localhost.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """What is trusted in the place of the usual certificates."""
    context = ssl.create_default_context()
    monkeypatch.setattr(transport, "_certificates", lambda: context)
    return context


def serving(pem: Path) -> Services:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return Services(tls=context)


def test_a_clip_over_tls(tmp_path: Path, trusted: ssl.SSLContext) -> None:
    pem = certificate(tmp_path, begins=datetime.now(UTC) - timedelta(days=1))
    trusted.load_verify_locations(pem)
    with serving(pem) as services:
        result = Generator(services, tmp_path).one("runway", "push in [cut]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert result.paths[0].read_bytes() == clip("runway-1")


@pytest.mark.parametrize("days", [-1, 10])
def test_a_certificate_that_is_not_good_is_told(tmp_path: Path, trusted: ssl.SSLContext, days: int) -> None:
    """One that nobody trusts, and one that begins in ten days, as all do where the clock is behind."""
    pem = certificate(tmp_path, begins=datetime.now(UTC) + timedelta(days=days))
    if days > 0:
        trusted.load_verify_locations(pem)
    with serving(pem) as services:
        result = Generator(services, tmp_path).one("runway")
        assert services.seen == []
    assert isinstance(result.error, NetworkError) and "clock" in result.error.hint
    assert (result.state, result.error.exit_code) == (TaskState.PLANNED, 4)
