"""Files that are no clip: the right class of error, one line, the contract's exit code."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from draw import Tone, draw_clip, draw_sound, flat, scenes
from mp4_clips import write_mp4
from overlaycut.errors import DecodeError, ExitCode, InputError, MissingInput, NoPicture
from overlaycut.media import Clip, samples

FASTSTART = {"movflags": "+faststart"}


def missing(path: Path) -> None:
    pass


def directory(path: Path) -> None:
    path.mkdir()


def empty(path: Path) -> None:
    path.touch()


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def zeros(path: Path) -> None:
    path.write_bytes(bytes(20_000))


def text(path: Path) -> None:
    path.write_text("<html>404 not found</html>\n" * 50)


def png(path: Path) -> None:
    Image.fromarray(flat((200, 30, 30))).save(path, format="PNG")


def jpeg(path: Path) -> None:
    Image.fromarray(flat((200, 30, 30))).save(path, format="JPEG")


def webp(path: Path) -> None:
    Image.fromarray(flat((200, 30, 30))).save(path, format="WEBP")


def sound_only(path: Path) -> None:
    draw_sound(path.with_suffix(".m4a"), Tone()).rename(path)


def song_with_cover(path: Path) -> None:
    draw_sound(path, Tone(), cover=True)


def cut_with_tables_last(path: Path) -> None:
    whole = draw_clip(path, scenes(25)).path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def cut_with_tables_first(path: Path) -> None:
    whole = draw_clip(path, scenes(25), muxing=FASTSTART).path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])


def cut_by_one_byte(path: Path) -> None:
    path.write_bytes(draw_clip(path, scenes(25), muxing=FASTSTART).path.read_bytes()[:-1])


def cut_in_the_sound(path: Path) -> None:
    tone = Tone(seconds=Fraction(3))
    path.write_bytes(draw_clip(path, scenes(5), tone=tone, muxing=FASTSTART).path.read_bytes()[:-3000])


def cut_in_the_tables(path: Path) -> None:
    whole = draw_clip(path, scenes(25), muxing=FASTSTART).path.read_bytes()
    path.write_bytes(whole[: whole.index(b"stts")])


def only_a_header(path: Path) -> None:
    path.write_bytes(draw_clip(path, muxing=FASTSTART).path.read_bytes()[:32])


def no_length(path: Path) -> None:
    """A track whose table says that it has no sample."""
    whole = bytearray(draw_clip(path).path.read_bytes())
    for name, at in ((b"stts", 8), (b"stsz", 12), (b"stco", 8), (b"stsc", 8), (b"ctts", 8), (b"stss", 8)):
        place = whole.find(name)
        if place >= 0:
            whole[place + at : place + at + 4] = bytes(4)
    path.write_bytes(bytes(whole))


CASES: list[tuple[Callable[[Path], None], type[InputError]]] = [
    (missing, MissingInput),
    (directory, MissingInput),
    (empty, DecodeError),
    (garbage, DecodeError),
    (zeros, DecodeError),
    (text, InputError),
    (png, NoPicture),
    (jpeg, NoPicture),
    (webp, NoPicture),
    (sound_only, NoPicture),
    (song_with_cover, NoPicture),
    (cut_with_tables_last, DecodeError),
    (cut_with_tables_first, DecodeError),
    (cut_by_one_byte, DecodeError),
    (cut_in_the_sound, DecodeError),
    (cut_in_the_tables, NoPicture),
    (only_a_header, DecodeError),
    (no_length, NoPicture),
]


@pytest.mark.parametrize(("make", "kind"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_what_is_no_clip_is_refused(tmp_path: Path, make: Callable[[Path], None], kind: type[InputError]) -> None:
    path = tmp_path / "clip.mp4"
    make(path)
    with pytest.raises(kind) as caught:
        Clip(path).full_facts  # noqa: B018 - reads every frame
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    assert caught.value.path == path
    assert caught.value.hint
    assert len(caught.value.one_line().splitlines()) == 1


def test_a_name_that_is_too_long_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        Clip(tmp_path / ("x" * 300 + ".mp4"))


@pytest.mark.parametrize("suffix", ["mkv", "webm"])
def test_a_cut_matroska_file_does_not_pass_for_whole(tmp_path: Path, suffix: str) -> None:
    path = draw_clip(tmp_path / f"a.{suffix}", scenes(25)).path
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(DecodeError, match=f"cut off: {len(whole) * 2 // 3} bytes are there, {len(whole)} are needed"):
        Clip(path)


def test_a_live_recording_does_not_say_where_it_ends(tmp_path: Path) -> None:
    """A stream written onto a pipe may stop anywhere: what is there is shown."""
    path = draw_clip(tmp_path / "a.webm", scenes(25), seekable=False).path
    path.write_bytes(path.read_bytes()[:-2000])
    frames = Clip(path).full_facts.frames
    assert frames is not None and 0 < frames < 25


def test_damage_in_the_middle_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", scenes(25), codec="mjpeg", pix_fmt="yuvj420p").path
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 4000] = bytes(4000)
    path.write_bytes(bytes(whole))
    try:
        facts = Clip(path).full_facts
    except DecodeError:
        return
    assert facts.frames == 25 or facts.warnings


def test_tags_that_are_not_text_do_not_matter(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", metadata={"title": "UMLAUT"}).path
    path.write_bytes(path.read_bytes().replace(b"UMLAUT", b"\xfcml\xe4ut"))
    clip = Clip(path)
    assert any("ml" in value for _, value in clip.facts.metadata)
    assert clip.full_facts.frames == 10


def with_unknown_codec(path: Path, entry: bytes) -> None:
    """Renames the sample entry of one track and its object type, as flipped bits or a codec of tomorrow would."""
    data = bytearray(path.read_bytes().replace(entry, b"zzzz"))
    if entry == b"mp4a":
        data[data.index(b"\x04\x80\x80\x80", data.index(b"esds")) + 5] = 0xFE
    path.write_bytes(data)


def test_a_picture_in_an_unknown_codec_is_refused(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "clip.mp4")
    with_unknown_codec(path, b"avc1")
    with pytest.raises(DecodeError, match="codec that FFmpeg does not know"):
        Clip(path)


def test_sound_in_an_unknown_codec_is_left_out_and_said(tmp_path: Path) -> None:
    path = write_mp4(tmp_path / "clip.mp4")
    with_unknown_codec(path, b"mp4a")
    clip = Clip(path)
    assert clip.facts.audio is None
    assert any("sound is in a codec" in warning for warning in clip.facts.warnings)
    assert list(samples(path)) == []


def test_concealed_errors_are_said(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.ts", scenes(30), codec="libx264", options={"x264-params": "log-level=none"}).path
    data = path.read_bytes()
    assert not any("damaged" in text for text in Clip(path).full_facts.warnings)
    # Where a cut falls on the end of a picture nothing is concealed, so that several are tried.
    for packets in range(len(data) * 2 // 3 // 188, len(data) * 2 // 3 // 188 + 12):
        path.write_bytes(data[: packets * 188])
        facts = Clip(path).full_facts
        if any("damaged" in text and "concealed" in text for text in facts.warnings):
            break
    else:
        pytest.fail("no cut within a picture was said")
    assert facts.frames is not None and facts.frames > 5
