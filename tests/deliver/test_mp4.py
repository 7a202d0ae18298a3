from __future__ import annotations

import struct
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mp4_clips import write_mp4
from overlaycut.core.facts import Colour
from overlaycut.deliver import entries, h264
from overlaycut.deliver.check import check
from overlaycut.deliver.containers import container_of
from overlaycut.deliver.mp4 import read_mp4
from overlaycut.deliver.mp4_facts import Mp4Facts
from overlaycut.deliver.policy import load_policy
from overlaycut.errors import DecodeError, InputError, MissingInput

BT709 = Colour("bt709", "bt709", "bt709", "tv")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mp4(tmp_path_factory.mktemp("plain") / "plain.mp4")


@pytest.fixture(scope="module")
def plain_bytes(plain: Path) -> bytes:
    return plain.read_bytes()


def test_facts_of_a_drawn_file(plain: Path) -> None:
    facts = read_mp4(plain)
    assert (facts.container, facts.brand, facts.bytes) == ("mp4", "iso4", plain.stat().st_size)
    assert facts.order == ("ftyp", "moov", "free", "mdat")
    assert facts.moov_first
    assert not facts.fragmented
    assert facts.duration == 1
    (track,), (sound,) = facts.pictures, facts.sounds
    assert (track.handler, track.entry, track.codec, track.edits) == ("vide", "avc1", "h264", None)
    assert (track.samples, track.starts, track.ends, track.duration) == (30, 0, 1, 1)
    assert [Fraction(count * ticks, track.timescale) for count, ticks in track.deltas] == [1]
    picture = track.picture
    assert picture is not None
    assert (picture.width, picture.height, picture.rotation) == (108, 192, 0)
    assert (picture.profile, picture.chroma, picture.bits, picture.progressive) == ("high", "4:2:0", 8, True)
    assert (picture.rate, picture.constant) == (30, True)
    assert (picture.sync, picture.gops, picture.open_at) == ((0, 15), (15, 15), ())
    assert picture.colour == BT709
    assert picture.parameters is not None
    assert (picture.parameters.width, picture.parameters.height) == (108, 192)
    assert picture.parameters.colour == BT709
    assert picture.parameters.tick == Fraction(1, 60)
    assert (sound.codec, sound.starts, sound.ends) == ("aac-lc", 0, 1)
    assert sound.sound is not None
    assert (sound.sound.rate, sound.sound.channels) == (48000, 2)


def test_an_edit_list_is_read_and_honoured(tmp_path: Path) -> None:
    facts = read_mp4(write_mp4(tmp_path / "a.mp4", muxing={}))
    (track,) = facts.pictures
    assert track.edits is not None
    assert track.edits[0].media_time == 2 * track.timescale // 30
    assert (track.starts, track.ends) == (0, 1)
    assert not facts.moov_first


def test_frames_that_reorder_without_an_edit_list_start_late(tmp_path: Path) -> None:
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", muxing={"use_editlist": "0"}, layout=None)).pictures
    assert track.edits is None
    assert track.starts == Fraction(2, 30)


def test_a_late_sound_is_an_empty_edit(tmp_path: Path) -> None:
    (sound,) = read_mp4(write_mp4(tmp_path / "a.mp4", muxing={}, sound_late=Fraction(1, 4))).sounds
    assert sound.edits is not None
    assert sound.edits[0].media_time is None
    assert sound.starts == pytest.approx(Fraction(1, 4), abs=0.001)


def test_uneven_frames(tmp_path: Path) -> None:
    ticks = [n + (n >= 10) + (n >= 20) for n in range(30)]
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", ticks=ticks)).pictures
    assert track.picture is not None
    assert track.picture.constant is False
    assert track.picture.rate == Fraction(29 * 30, 31)


def test_milliseconds_are_even_enough(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mp4", rate=Fraction(1000), ticks=[round(n * 1000 / 30) for n in range(30)])
    (track,) = read_mp4(path).pictures
    assert track.picture is not None
    assert track.picture.constant
    assert track.picture.rate == pytest.approx(30, abs=0.02)


def test_open_gops_are_told_from_closed_ones(tmp_path: Path) -> None:
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", x264="open-gop=1")).pictures
    assert track.picture is not None
    assert track.picture.sync[0] == 0
    assert track.picture.open_at == track.picture.sync[1:] != ()


@pytest.mark.parametrize(
    ("pixel_format", "chroma", "bits"),
    [("yuv420p", "4:2:0", 8), ("yuv422p", "4:2:2", 8), ("yuv444p", "4:4:4", 8), ("yuv420p10le", "4:2:0", 10)],
)
def test_chroma_and_depth(tmp_path: Path, pixel_format: str, chroma: str, bits: int) -> None:
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", pixel_format=pixel_format, frames=3)).pictures
    assert track.picture is not None
    assert (track.picture.chroma, track.picture.bits) == (chroma, bits)


@pytest.mark.parametrize("size", [(64, 64), (108, 192), (722, 406), (128, 66)])
def test_cropping(tmp_path: Path, size: tuple[int, int]) -> None:
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", size=size, frames=2, layout=None)).pictures
    assert track.picture is not None
    assert track.picture.parameters is not None
    assert (track.picture.parameters.width, track.picture.parameters.height) == size


def test_interlaced(tmp_path: Path) -> None:
    (track,) = read_mp4(write_mp4(tmp_path / "a.mp4", size=(128, 192), x264="tff=1", frames=3)).pictures
    assert track.picture is not None
    assert track.picture.progressive is False
    assert track.picture.parameters is not None
    assert track.picture.parameters.height == 192


def test_pixel_aspect_and_full_range(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "a.mp4", pixel_aspect=Fraction(4, 3), full_range=True, frames=3)
    (track,) = read_mp4(path).pictures
    assert track.picture is not None
    assert track.picture.pixel_aspect == Fraction(4, 3)
    assert track.picture.parameters is not None
    assert track.picture.parameters.sample_aspect == Fraction(4, 3)
    assert track.picture.parameters.full_range
    assert track.picture.colour == Colour("bt709", "bt709", "bt709", "pc")


def test_quicktime_sound_and_container(tmp_path: Path) -> None:
    facts = read_mp4(write_mp4(tmp_path / "a.mov", layout="mono", sound_rate=44100))
    assert (facts.container, container_of(facts.path)) == ("mov", "mov")
    (sound,) = facts.sounds
    assert sound.codec == "aac-lc"
    assert sound.sound is not None
    assert (sound.sound.rate, sound.sound.channels) == (44100, 1)


def test_fragments_are_said_not_guessed(tmp_path: Path) -> None:
    facts = read_mp4(write_mp4(tmp_path / "a.mp4", muxing={"movflags": "+frag_keyframe+empty_moov"}))
    assert facts.fragmented
    (track,) = facts.pictures
    assert track.samples == 0
    assert track.picture is not None
    assert (track.picture.rate, track.picture.constant, track.picture.open_at) == (None, None, None)


def test_metadata_boxes_are_listed(tmp_path: Path, plain_bytes: bytes) -> None:
    def uuid(user_type: str) -> bytes:
        return struct.pack(">I4s", 28, b"uuid") + bytes.fromhex(user_type) + b"here"

    path = tmp_path / "a.mp4"
    other = "000102030405060708090a0b0c0d0e0f"
    c2pa, xmp = "d8fec3d61b0e483c92975828877ec481", "be7acfcb97a942e89c71999491e3afac"
    path.write_bytes(plain_bytes + uuid(c2pa) + uuid(xmp) + uuid(other))
    assert read_mp4(path).extras == ("c2pa", "xmp", f"uuid:{other}")


def test_a_64_bit_box_and_one_to_the_end(tmp_path: Path, plain_bytes: bytes) -> None:
    at = plain_bytes.index(b"free\x00") - 4
    head, mdat = plain_bytes[:at], plain_bytes[at + 8 :]
    # The 8 bytes of the free box go into the header of the box that follows, so that no offset moves.
    path = tmp_path / "a.mp4"
    path.write_bytes(head + struct.pack(">I4sQ", 1, b"mdat", len(mdat) + 8) + mdat[8:])
    assert read_mp4(path).order == ("ftyp", "moov", "mdat")
    path.write_bytes(plain_bytes[: at + 8] + struct.pack(">I4s", 0, b"mdat") + mdat[8:])
    assert read_mp4(path).pictures[0].samples == 30


def test_kinds_of_aac() -> None:
    assert entries._aac(bytes.fromhex("1190")) == (2, 48000, 2)
    assert entries._aac(bytes.fromhex("1210")) == (2, 44100, 2)
    assert entries._aac(bytes.fromhex("119056e500")) == (2, 48000, 2)
    # 24 kHz core with explicit, then with backward-compatible band replication; then parametric stereo.
    assert entries._aac(bytes.fromhex("2b118800")) == (5, 48000, 2)
    assert entries._aac(bytes.fromhex("131056e59880")) == (5, 48000, 2)
    assert entries._aac(bytes.fromhex("eb098800")) == (29, 48000, 2)


def test_exp_golomb_numbers() -> None:
    bits = h264.Bits(bytes([0b1_010_011_0, 0b0100_0010, 0b1_0000000]), "SPS")
    assert [bits.ue(), bits.ue(), bits.ue(), bits.ue(), bits.se()] == [0, 1, 2, 3, -2]


def outcome(path: Path) -> Mp4Facts | str:
    """The facts, or the class of the error that a person gets; anything else fails the test."""
    try:
        return read_mp4(path)
    except DecodeError as error:
        return error.one_line()


def test_missing_empty_and_other_files(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        read_mp4(tmp_path / "none.mp4")
    with pytest.raises(MissingInput):
        container_of(tmp_path)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    for read in (read_mp4, container_of):
        with pytest.raises(DecodeError):
            read(empty)
    text = tmp_path / "text.mp4"
    text.write_text("no video at all", encoding="utf-8")
    for read in (read_mp4, container_of):
        with pytest.raises(DecodeError):
            read(text)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1aE\xdf\xa3\x9f", "matroska"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"GIF89a", "gif"),
        (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00mif1miaf", "heif"),
        (b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ", "mov"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x08mdat", "mov"),
        ((b"G" + bytes(187)) * 4, "mpeg-ts"),
    ],
)
def test_containers_are_called_by_their_name(tmp_path: Path, head: bytes, name: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(head)
    assert container_of(path) == name


def test_every_truncation_is_an_error(tmp_path: Path, plain_bytes: bytes) -> None:
    path = tmp_path / "a.mp4"
    for length in [*range(1, 4000, 61), *range(4000, len(plain_bytes), 997)]:
        path.write_bytes(plain_bytes[:length])
        assert isinstance(outcome(path), str), length


def test_a_cut_file_says_where_it_ends(tmp_path: Path, plain_bytes: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(plain_bytes[:-1])
    with pytest.raises(DecodeError, match=rf"ends at byte {len(plain_bytes) - 1}, inside its 'mdat' box"):
        read_mp4(path)


@pytest.mark.parametrize(
    ("kind", "offset", "value"),
    [
        ("stsz", 8, 0xFFFFFFFF),
        ("stsz", 4, 0x7FFFFFFF),
        ("stts", 4, 0xFFFFFFFF),
        ("stts", 8, 0xFFFFFFFF),
        ("ctts", 4, 0x7FFFFFFF),
        ("ctts", 8, 0x7FFFFFFF),
        ("stss", 8, 0),
        ("stss", 8, 999),
        ("stsc", 8, 5),
        ("stsc", 12, 0xFFFFFFFF),
        ("stco", 4, 0xFFFFFFFF),
        ("stco", 8, 0xFFFFFFFF),
        ("mdhd", 12, 0),
        ("mvhd", 12, 0),
        ("stsd", 8, 0xFFFFFFFF),
        ("trak", -8, 0xFFFFFF),
        ("trak", -8, 3),
        ("mdia", -4, 0),
    ],
)
def test_numbers_that_lie(tmp_path: Path, plain_bytes: bytes, kind: str, offset: int, value: int) -> None:
    at = plain_bytes.index(kind.encode()) + 4 + offset
    path = tmp_path / "a.mp4"
    path.write_bytes(plain_bytes[:at] + struct.pack(">I", value) + plain_bytes[at + 4 :])
    began = time.monotonic()
    assert isinstance(outcome(path), str)
    assert time.monotonic() - began < 2


def test_a_number_without_end_in_the_parameter_set() -> None:
    with pytest.raises(Exception, match="no end"):
        h264.parameter_set(bytes([0x67, 100, 0, 40]) + bytes(32))


def box(kind: bytes, *contents: bytes) -> bytes:
    data = b"".join(contents)
    return struct.pack(">I4s", len(data) + 8, kind) + data


@pytest.mark.parametrize(
    "data",
    [
        box(b"ftyp", b"isom", bytes(4)) + box(b"free") * 100_001,
        box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"free") * 100_001),
        box(b"ftyp", b"isom", bytes(4))
        + box(b"moov", box(b"mvhd", bytes(12), b"\0\0\x03\xe8", bytes(80)), box(b"trak") * 101),
        box(b"ftyp", b"isom", bytes(4))
        + box(b"moov", box(b"mvhd", bytes(12), b"\0\0\x03\xe8", bytes(80)), box(b"trak")),
        box(b"ftyp", b"isom", bytes(4)) + box(b"moov") * 2,
        box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4sQ", 1, b"mdat", 1 << 63),
        box(b"ftyp", b"isom", bytes(4)) + b"\0\0\0\x01mdat",
    ],
)
def test_many_boxes_or_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    began = time.monotonic()
    assert isinstance(outcome(path), str)
    assert time.monotonic() - began < 3


def test_a_file_without_tracks_has_no_duration(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(
        box(b"ftyp", b"isom", bytes(4)) + box(b"moov", box(b"mvhd", bytes(12), b"\0\0\x03\xe8", bytes(80)))
    )
    assert read_mp4(path).duration == 0
    with pytest.raises(InputError):
        check(path, load_policy("tiktok"))


@settings(
    max_examples=250,
    deadline=2000,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_mutations_give_a_report_or_an_input_error(tmp_path: Path, plain_bytes: bytes, data: st.DataObject) -> None:
    tables = plain_bytes.index(b"mdat")
    mutated = bytearray(plain_bytes)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, tables))
        new = data.draw(st.binary(min_size=1, max_size=8) | st.sampled_from([bytes(4), b"\xff" * 4, b"\xff" * 8]))
        mutated[at : at + len(new)] = new
    path = tmp_path / "a.mp4"
    path.write_bytes(mutated[: data.draw(st.sampled_from([len(mutated), len(mutated) // 2, tables]))])
    try:
        report = check(path, load_policy("shorts"))
    except InputError:
        return
    assert {one.status for one in report.checks} <= {"pass", "fail", "n/a"}


@settings(max_examples=300, deadline=1000, derandomize=True, database=None)
@given(nal=st.binary(min_size=0, max_size=200))
def test_any_bytes_as_a_parameter_set(nal: bytes) -> None:
    try:
        found = h264.parameter_set(b"\x67" + nal)
    except h264.Malformed:
        return
    assert found.width > 0
    assert found.height > 0


@pytest.mark.footage
def test_real_files_agree_with_ffmpeg(footage: Path) -> None:
    files = sorted(path for path in footage.rglob("*") if path.suffix.lower() in (".mp4", ".mov"))
    assert files
    for path in files:
        facts = read_mp4(path)
        with av.open(str(path), metadata_errors="replace") as container:
            video = container.streams.video[0]
            packets = [packet for packet in container.demux(video) if packet.size]
            (track, *_), picture = facts.pictures, facts.pictures[0].picture
            assert picture is not None
            assert (picture.width, picture.height) == (video.width, video.height), path
            assert track.codec == video.codec_context.name, path
            assert (track.samples, track.sample_bytes) == (len(packets), sum(p.size for p in packets)), path
            assert picture.sync == tuple(n for n, packet in enumerate(packets) if packet.is_keyframe), path
            steps = {b - a for a, b in zip(*(sorted(p.pts for p in packets)[n:] for n in (0, 1)), strict=False)}
            assert picture.constant == (len(steps) <= 1), path
            assert track.starts == pytest.approx(video.start_time * video.time_base, abs=0.002), path
            if picture.parameters is not None and picture.parameters.colour is not None:
                assert picture.parameters.colour.matrix == {1: "bt709", 6: "smpte170m"}[video.codec_context.colorspace]
