"""A certificate chain for development, made on demand: a self-made root and a leaf that signs claims.

Files signed with it validate, with an issuer on no trust list.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from overlaycut.errors import MissingPart

_YEARS = 3
_DAY = timedelta(days=1)


def local_certificate(folder: Path) -> tuple[Path, Path]:
    """A chain (leaf, then root) and the leaf's key as PEM files in `folder`, made where missing or expired.

    P-256 keys. The leaf is what the C2PA specification (2.1, 14.5) asks of a claim signer: no authority, digital
    signature, e-mail protection. The root's key is thrown away. Raises MissingPart without the `c2pa` extra.
    """
    chain, key = folder / "local-chain.pem", folder / "local-key.pem"
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
    except ImportError as error:
        raise MissingPart(
            "making a certificate needs the cryptography package", hint="pip install 'overlaycut[c2pa]'"
        ) from error

    if chain.is_file() and key.is_file():
        leaf = x509.load_pem_x509_certificates(chain.read_bytes())[0]
        if leaf.not_valid_after_utc > datetime.now(UTC) + _DAY:
            return chain, key

    def name(common: str) -> x509.Name:
        return x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "overlaycut local development"),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )

    def usage(*, signs_certificates: bool) -> x509.KeyUsage:
        return x509.KeyUsage(
            digital_signature=not signs_certificates,
            key_cert_sign=signs_certificates,
            crl_sign=signs_certificates,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )

    def builder(subject: str, public: ec.EllipticCurvePublicKey, *, authority: bool) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Local root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _YEARS * 365 * _DAY)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(usage(signs_certificates=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )

    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = builder("Local root", root_key.public_key(), authority=True).sign(root_key, hashes.SHA256())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = (
        builder("Local signer", leaf_key.public_key(), authority=False)
        .add_extension(purpose, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    folder.mkdir(parents=True, exist_ok=True)
    private = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(private)
    chain.write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    return chain, key
