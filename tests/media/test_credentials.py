"""Content credentials are seen by their box, and damage is no credential."""

from __future__ import annotations

from pathlib import Path

import pytest

from draw import draw_clip
from overlaycut.errors import MissingInput
from overlaycut.media import has_credentials

UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


def box(name: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4, "big") + name + payload


def test_a_plain_clip_has_none(tmp_path: Path) -> None:
    assert not has_credentials(draw_clip(tmp_path / "plain.mp4").path)


@pytest.mark.parametrize("first", [True, False])
def test_the_box_is_found(tmp_path: Path, first: bool) -> None:
    plain = draw_clip(tmp_path / "plain.mp4").path.read_bytes()
    size = int.from_bytes(plain[:4], "big")
    manifest = box(b"uuid", UUID + b"\0" * 60 + b"jumb")
    path = tmp_path / "signed.mp4"
    path.write_bytes(plain[:size] + manifest + plain[size:] if first else plain + manifest)
    assert has_credentials(path)


def test_another_uuid_and_a_large_box(tmp_path: Path) -> None:
    path = tmp_path / "other.mp4"
    large = (1).to_bytes(4, "big") + b"uuid" + (16 + 24).to_bytes(8, "big")
    path.write_bytes(box(b"ftyp", b"isom" * 2) + box(b"uuid", b"\1" * 40) + large + b"\2" * 24)
    assert not has_credentials(path)
    path.write_bytes(box(b"ftyp", b"isom" * 2) + large + UUID + b"\2" * 8)
    assert has_credentials(path)


@pytest.mark.parametrize("rest", [b"", b"\0\0\0\3uuid", b"\0\0\0\0mdat123", b"\xff\xff\xff\xfffree", b"\0\0"])
def test_damaged_boxes_end_the_search(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "damaged.mp4"
    path.write_bytes(box(b"ftyp", b"isom" * 2) + rest)
    assert not has_credentials(path)


def test_a_picture_with_jumbf(tmp_path: Path) -> None:
    path = tmp_path / "still.png"
    path.write_bytes(b"\x89PNG....caBX" + b"jumb" + b"jumd" + b"c2pa")
    assert has_credentials(path)
    with pytest.raises(MissingInput):
        has_credentials(tmp_path / "none.png")
