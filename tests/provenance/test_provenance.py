"""What files say of themselves: XMP, upload sheets, and content credentials made offline."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from mp4_clips import write_mp4
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.errors import DecodeError, ExitCode, MissingInput, MissingPart, OutputError, UsageError
from overlaycut.media import Clip
from overlaycut.provenance import (
    SOURCE_TYPES,
    Action,
    AiFlag,
    Certificate,
    Ingredient,
    Upload,
    UploadSheet,
    can_be_ingredient,
    carried_credentials,
    credentials_of,
    embed_xmp,
    local_certificate,
    require_signing,
    sign,
    source_type_of,
    upload_sheet_text,
)

TOOL = ("overlaycut", "0.0")
COMPOSITE = SOURCE_TYPES["compositeWithTrainedAlgorithmicMedia"]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_mp4(tmp_path / "clip.mp4")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate(*local_certificate(tmp_path_factory.mktemp("certificate")))


# XMP -----------------------------------------------------------------------------------------------------------


def test_the_statement_is_read_back_and_moves_nothing(clip: Path) -> None:
    before = clip.read_bytes()
    assert source_type_of(clip) is None
    embed_xmp(clip, "compositeWithTrainedAlgorithmicMedia", tool='a "quoted" <tool> & more')
    assert source_type_of(clip) == COMPOSITE
    assert clip.read_bytes()[: len(before)] == before
    facts = read_mp4(clip)
    assert facts.extras == ("xmp",) and facts.moov_first
    assert sum(1 for _ in Clip(clip).frames()) == 30


@pytest.mark.parametrize("junk", [b"", b"\0\0\0\x01uuid", b"\0\0\0\x02free", b"\xff\xff\xff\xffuuid" + b"x" * 40])
def test_what_is_no_box_states_nothing(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "junk.mp4"
    path.write_bytes(junk)
    assert source_type_of(path) is None


def test_broken_xmp_is_told(clip: Path) -> None:
    embed_xmp(clip, "trainedAlgorithmicMedia", tool="x")
    clip.write_bytes(clip.read_bytes().replace(b"</x:xmpmeta>", b"</y:xmpmeta>"))
    with pytest.raises(DecodeError, match="XMP"):
        source_type_of(clip)


# Sheets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flag", ["post_info.is_aigc", None])
def test_a_sheet_says_what_the_form_asks(flag: str | None) -> None:
    sheet = UploadSheet.of(
        Upload(title="Cold Brew", text="Since 1998", hashtags=("coffee", "#brew", " # ")),
        AiFlag(field=flag, where="Direct Post", source="docs"),
        platform="TikTok", file="tiktok.mp4",
        digital_source_type=COMPOSITE, content_credentials="none", duration=8.0,
    )  # fmt: skip
    assert sheet.hashtags == ("#coffee", "#brew")
    assert sheet.ai_flag == ({} if flag is None else {flag: True})
    assert sheet.as_json()["cover_seconds"] == 4.0
    text = upload_sheet_text(sheet)
    for word in ("tiktok.mp4", "Cold Brew", "Since 1998", "#coffee #brew", COMPOSITE, "Direct Post"):
        assert word in text
    assert ("API flag: none" in text) == (flag is None)


# Content credentials -------------------------------------------------------------------------------------------


def test_a_signed_file_holds_and_plays(tmp_path: Path, clip: Path, certificate: Certificate) -> None:
    still = tmp_path / "still.png"
    Image.new("RGB", (32, 32), "red").save(still)
    made = Action("c2pa.created", source_type=SOURCE_TYPES["trainedAlgorithmicMedia"])
    sign(still, certificate=certificate, title="still.png", ingredients=[], actions=[made], tool=TOOL)
    out = write_mp4(tmp_path / "out.mp4")
    times = [frame.at for frame in Clip(out).frames()]
    embed_xmp(out, "compositeWithTrainedAlgorithmicMedia", tool="x")
    credentials = sign(
        out,
        certificate=certificate,
        title="out.mp4",
        ingredients=[Ingredient("clip-1", clip, "parentOf"), Ingredient("still-1", still, "componentOf")],
        actions=[
            Action("c2pa.opened", of=("clip-1",)),
            Action("c2pa.placed", "lettering", of=("still-1",)),
            Action("c2pa.edited", "repaired", source_type=COMPOSITE),
            Action("c2pa.cropped"), Action("c2pa.resized"), Action("c2pa.transcoded"),
        ],
        tool=TOOL,
    )  # fmt: skip
    assert credentials == credentials_of(out)
    assert credentials.state == "Valid" and credentials.holds and credentials.problems == ()
    assert credentials.actions[:3] == ("c2pa.opened", "c2pa.placed", "c2pa.edited")
    assert credentials.ingredients == ("clip.mp4", "still.png")
    assert "not on a trust list" in credentials.summary
    facts = read_mp4(out)
    assert facts.moov_first and set(facts.extras) == {"c2pa", "xmp"}
    assert all(track.edits is None for track in facts.tracks)
    assert [frame.at for frame in Clip(out).frames()] == times
    assert source_type_of(out) == COMPOSITE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "out.mp4", "still.png"]
    again = carried_credentials(still)
    assert again is not None and again.title == "still.png"


def test_what_is_written_after_signing_breaks_it(tmp_path: Path, clip: Path, certificate: Certificate) -> None:
    made = Action("c2pa.created", source_type=COMPOSITE)
    sign(clip, certificate=certificate, title="a", ingredients=[], actions=[made], tool=TOOL)
    embed_xmp(clip, "trainedAlgorithmicMedia", tool="x")
    broken = credentials_of(clip)
    assert broken.state == "Invalid" and not broken.holds
    assert broken.summary.startswith("broken")


def test_a_file_without_credentials(clip: Path, tmp_path: Path) -> None:
    assert carried_credentials(clip) is None
    with pytest.raises(DecodeError, match="no content credentials"):
        credentials_of(clip)
    with pytest.raises(MissingInput):
        carried_credentials(tmp_path / "none.mp4")
    (tmp_path / "a.webm").write_bytes(b"\x1aE\xdf\xa3")
    assert carried_credentials(tmp_path / "a.webm") is None
    assert not can_be_ingredient(tmp_path / "a.webm")


def test_deeds_that_make_no_manifest_leave_the_file_as_it_was(clip: Path, certificate: Certificate) -> None:
    before = clip.read_bytes()
    with pytest.raises(OutputError, match="cannot be signed") as caught:
        sign(clip, certificate=certificate, title="a", ingredients=[], actions=[Action("c2pa.cropped")], tool=TOOL)
    assert caught.value.hint
    assert clip.read_bytes() == before
    assert [path.name for path in clip.parent.iterdir()] == ["clip.mp4"]


def test_the_local_certificate_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    chain, key = local_certificate(tmp_path / "data")
    before = chain.read_bytes(), key.read_bytes()
    assert local_certificate(tmp_path / "data") == (chain, key)
    assert (chain.read_bytes(), key.read_bytes()) == before
    assert chain.read_bytes().count(b"BEGIN CERTIFICATE") == 2
    if sys.platform != "win32":
        assert key.stat().st_mode & 0o077 == 0


def dated(folder: Path, *, begins: int, ends: int) -> Certificate:
    """A self-signed chain that is valid from `begins` to `ends` days from now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "dated")])
    chain = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now + timedelta(days=begins)).not_valid_after(now + timedelta(days=ends))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    certificate = Certificate(folder / "dated.pem", folder / "dated-key.pem")
    certificate.chain.write_bytes(chain.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    certificate.key.write_bytes(private)
    return certificate


@pytest.mark.parametrize(
    ("begins", "ends", "said"), [(-20, -10, "expired on"), (10, 20, "is not valid before")], ids=["expired", "early"]
)
def test_a_certificate_out_of_its_time_is_refused(tmp_path: Path, begins: int, ends: int, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        require_signing(dated(tmp_path, begins=begins, ends=ends))
    assert caught.value.exit_code == ExitCode.USAGE and caught.value.hint


def test_a_certificate_and_another_key_are_refused(tmp_path: Path, certificate: Certificate) -> None:
    other = dated(tmp_path, begins=-1, ends=9)
    with pytest.raises(UsageError, match="is not the key of"):
        require_signing(Certificate(certificate.chain, other.key))
    with pytest.raises(UsageError, match="no PEM certificate"):
        require_signing(Certificate(other.key, other.key))
    with pytest.raises(UsageError, match="no PEM key"):
        require_signing(Certificate(other.chain, other.chain))
    with pytest.raises(MissingInput):
        require_signing(Certificate(tmp_path / "none.pem", other.key))


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "c2pa", None)
    yield


def test_without_the_extra_the_command_that_installs_it_is_told(
    without_extra: None, clip: Path, certificate: Certificate
) -> None:
    for work in (lambda: require_signing(certificate), lambda: carried_credentials(clip)):
        with pytest.raises(MissingPart) as caught:
            work()
        assert caught.value.exit_code == ExitCode.MISSING_PART
        assert "pip install 'overlaycut[c2pa]'" in caught.value.hint


def test_the_clapper_stays_in_time_through_signing(tmp_path: Path, certificate: Certificate) -> None:
    path = write_mp4(tmp_path / "a.mp4")
    before = [(track.starts, track.ends) for track in read_mp4(path).tracks]
    embed_xmp(path, "trainedAlgorithmicMedia", tool="x")
    made = Action("c2pa.created", source_type=COMPOSITE)
    sign(path, certificate=certificate, title="a", ingredients=[], actions=[made], tool=TOOL)
    assert [(track.starts, track.ends) for track in read_mp4(path).tracks] == before
    assert before[0][0] == before[1][0] == Fraction(0)
