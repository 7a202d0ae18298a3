"""Written clips, read back: samples and times with ==, sound where it was."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from draw import (
    SIZE,
    VFR,
    Drawn,
    Extra,
    Tone,
    audio_packets,
    boxes_of,
    click_in,
    draw_clip,
    frame_of,
    raw_planes,
    scene,
    scene_frames,
    scenes,
    sound_of,
)  # fmt: skip
from overlaycut.captions.fonts import font_path
from overlaycut.core.frame import Frame
from overlaycut.errors import NoPicture, OutputError
from overlaycut.media import (
    RATE,
    Clip,
    CopiedSound,
    Encoding,
    SampledSound,
    alpha_outputs,
    carried_sound,
    common_tick,
    samples,
    write_alpha,
    write_clip,
)  # fmt: skip
from overlaycut.media.outputs import is_ours

LOSSLESS = Encoding(lossless=True, preset="ultrafast")

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60)]


def sound_in(path: Path) -> np.ndarray:
    return np.concatenate(list(samples(path)))


def carried(drawn: Drawn, out: Path, encoding: Encoding = LOSSLESS) -> None:
    clip = Clip(drawn.path)
    write_clip(clip.frames(), out, tick=clip.facts.tick, encoding=encoding, sound=carried_sound(clip.facts))


# Pictures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edit_lists", [True, False])
@pytest.mark.parametrize("start", [0, 7])
@pytest.mark.parametrize("rate", RATES, ids=str)
def test_lossless_gives_back_samples_and_times(tmp_path: Path, rate: Fraction, start: int, edit_lists: bool) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", ticks=[start + n for n in range(10)], tick=1 / rate)
    clip = Clip(drawn.path)
    encoding = Encoding(lossless=True, edit_lists=edit_lists)  # the usual preset: with B-frames
    written = write_clip(clip.frames(), tmp_path / "b.mp4", tick=clip.facts.tick, encoding=encoding)
    assert (written.frames, written.duration) == (10, 10 / rate)
    assert written.bytes == (tmp_path / "b.mp4").stat().st_size
    back = Clip(tmp_path / "b.mp4")
    frames = list(back.frames())
    assert [frame.at for frame in frames] == drawn.times
    assert [frame.lasts for frame in frames] == [1 / rate] * 10
    for frame, planes in zip(frames, drawn.pictures, strict=True):
        assert all((ours == theirs).all() for ours, theirs in zip(frame.planes, planes, strict=True))
    assert back.is_working_format
    assert back.full_facts.warnings == ()
    assert ("elst" in boxes_of(back.path)) <= edit_lists


@pytest.mark.parametrize("edit_lists", [True, False])
@pytest.mark.parametrize("tick", [Fraction(1, 30), Fraction(1001, 30000), Fraction(1, 90_000)], ids=str)
def test_variable_times_come_back(tmp_path: Path, tick: Fraction, edit_lists: bool) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", ticks=VFR, tick=tick, last=4)
    clip = Clip(drawn.path)
    encoding = Encoding(lossless=True, edit_lists=edit_lists)
    write_clip(clip.frames(), tmp_path / "b.mp4", tick=clip.facts.tick, encoding=encoding)
    back = list(Clip(tmp_path / "b.mp4").frames())
    assert [(frame.at, frame.lasts) for frame in back] == [(frame.at, frame.lasts) for frame in clip.frames()]
    assert back[-1].lasts == 4 * tick


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.gif"])
def test_times_of_coarse_clocks_come_back(tmp_path: Path, name: str) -> None:
    gif = name.endswith("gif")
    pictures = [(np.full(SIZE[::-1], n * 20, np.uint8),) for n in range(10)] if gif else scenes(10)
    tick = Fraction(1, 100) if gif else Fraction(1001, 30000)
    drawn = draw_clip(tmp_path / name, pictures, pix_fmt="rgb8" if gif else "yuv420p", tick=tick, ticks=range(0, 30, 3))
    clip = Clip(drawn.path)
    write_clip(clip.frames(), tmp_path / "b.mp4", tick=clip.facts.tick, encoding=LOSSLESS)
    for ours, theirs in zip(Clip(tmp_path / "b.mp4").frames(), clip.frames(), strict=True):
        assert (ours.at, ours.lasts) == (theirs.at, theirs.lasts)
        assert all((a == b).all() for a, b in zip(ours.planes, theirs.planes, strict=True))


def test_the_file_is_tagged_and_ready_to_stream(tmp_path: Path) -> None:
    write_clip(scene_frames(5), tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=Encoding(), comment="a note")
    facts = Clip(tmp_path / "b.mp4").facts
    assert (facts.colour.matrix, facts.colour.primaries, facts.colour.transfer, facts.colour.range) == (
        "bt709", "bt709", "bt709", "tv",
    )  # fmt: skip
    assert ("comment", "a note") in facts.metadata
    names = boxes_of(tmp_path / "b.mp4")
    assert names.index("moov") < names.index("mdat")


def test_key_frames_come_where_they_are_asked_for(tmp_path: Path) -> None:
    encoding = Encoding(gop=4, crf=20, preset="veryfast")
    write_clip(scene_frames(14), tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=encoding)
    with av.open(str(tmp_path / "b.mp4")) as container:
        keys = [index for index, picture in enumerate(container.decode(video=0)) if picture.key_frame]
    assert keys == [0, 4, 8, 12]


def test_a_rate_limit_is_kept(tmp_path: Path) -> None:
    sizes = []
    for limit in (None, 200):
        encoding = Encoding(crf=1, max_kbps=limit, preset="veryfast")
        sizes.append(write_clip(scene_frames(50), tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=encoding).bytes)
    assert sizes[1] < sizes[0] / 2


def test_a_time_between_ticks_is_refused(tmp_path: Path) -> None:
    frames = iter([frame_of(scene(0), at=Fraction(1, 7))])
    with pytest.raises(ValueError, match="whole number of ticks"):
        write_clip(frames, tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=LOSSLESS)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(NoPicture):
        write_clip(iter([]), tmp_path / "b.mp4", tick=Fraction(1, 25), encoding=LOSSLESS)
    assert list(tmp_path.iterdir()) == []


def test_common_ticks() -> None:
    ticks = [Fraction(1, 30), Fraction(1, 25), Fraction(1001, 24000)]
    tick = common_tick(ticks)
    assert all((one / tick).denominator == 1 for one in ticks)
    assert tick == Fraction(1, 24000 * 1)  # of 30, 25 and 24000


# Sound ---------------------------------------------------------------------------------------------------------

COPIES = [
    ("a.mp4", Tone()),
    ("a.mov", Tone(codec="aac", rate=44_100, layout="mono")),
    ("a.mp4", Tone(codec="libmp3lame")),
    ("a.mp4", Tone(codec="ac3")),
    ("a.mp4", Tone(codec="alac")),
    ("a.mkv", Tone()),
]


@pytest.mark.parametrize(("name", "tone"), COPIES, ids=[f"{name}-{tone.codec}" for name, tone in COPIES])
def test_sound_that_mp4_takes_is_copied_bit_for_bit(tmp_path: Path, name: str, tone: Tone) -> None:
    drawn = draw_clip(tmp_path / name, scenes(25), tone=tone)
    out = tmp_path / "out.mp4"
    carried(drawn, out)
    assert audio_packets(out) == audio_packets(drawn.path)
    before, after = Clip(drawn.path).facts.audio, Clip(out).facts.audio
    assert before is not None and after is not None
    assert (after.codec, after.rate, after.channels) == (before.codec, before.rate, before.channels)
    one, other = sound_in(drawn.path), sound_in(out)
    count = min(len(one), len(other))
    assert count >= RATE - 2048
    if name.endswith("mkv"):  # its clock of milliseconds moves sound by up to half of one
        assert abs(click_in(one) - click_in(other)) <= Fraction(1, 1000)
    else:
        assert (one[:count] == other[:count]).all()


@pytest.mark.parametrize("start", [0, 25], ids=["picture at 0", "picture at 1 s"])
@pytest.mark.parametrize(
    "offset", [Fraction(0), Fraction(1, 4), Fraction(1, 7), Fraction(-1, 4), Fraction(-1, 7)], ids=str
)
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "aac"), ("a.mp4", "libmp3lame"), ("a.mov", "pcm_s16le")])
def test_sound_stays_with_its_picture(tmp_path: Path, name: str, codec: str, offset: Fraction, start: int) -> None:
    """The click sounds half a second after the first picture, before and after."""
    if start == 0 and offset < 0:
        start = 10
    shown = Fraction(start, 25)
    tone = Tone(codec=codec, starts=shown + offset, click=shown + Fraction(1, 2))
    drawn = draw_clip(tmp_path / name, scenes(25), ticks=[start + n for n in range(25)], tone=tone)
    copied = codec in ("aac", "libmp3lame")
    before = click_in(sound_in(drawn.path))
    assert abs(before - Fraction(1, 2)) <= Fraction(1, 1000)
    out = tmp_path / "out.mp4"
    carried(drawn, out)
    assert [frame.at for frame in Clip(out).frames()] == drawn.times
    if copied:
        assert abs(click_in(sound_in(out)) - before) <= Fraction(1, RATE)
    assert abs(click_in(sound_in(out)) - Fraction(1, 2)) <= Fraction(1, 1000)
    heard = Clip(out).facts.audio
    assert heard is not None and heard.codec == {"libmp3lame": "mp3"}.get(codec, "aac")


def test_the_first_sample_that_is_heard_is_whole(tmp_path: Path) -> None:
    """Sound that began before the picture: what a decoder overlaps its first packet with comes along."""
    tone = Tone(starts=Fraction(0), click=Fraction(9, 10))
    drawn = draw_clip(tmp_path / "a.mp4", scenes(25), ticks=[10 + n for n in range(25)], tone=tone)
    carried(drawn, tmp_path / "out.mp4")
    one, other = sound_in(drawn.path), sound_in(tmp_path / "out.mp4")
    assert np.abs(one[:4096]).max() > 0.04
    assert np.abs(one[:4096] - other[:4096]).max() < 0.002


@pytest.mark.parametrize("edit_lists", [True, False])
@pytest.mark.parametrize("codec", ["libopus", "flac"])
def test_sound_that_mp4_does_not_take_becomes_aac_in_sync(tmp_path: Path, codec: str, edit_lists: bool) -> None:
    drawn = draw_clip(tmp_path / "a.mkv", scenes(25), tone=Tone(codec=codec))
    out = tmp_path / "out.mp4"
    encoding = Encoding(lossless=True, preset="ultrafast", edit_lists=edit_lists)
    carried(drawn, out, encoding)
    heard = Clip(out).facts.audio
    assert heard is not None and (heard.codec, heard.rate, heard.channels) == ("aac", RATE, 2)
    assert abs(click_in(sound_in(out)) - Fraction(1, 2)) <= Fraction(1, 1000)
    assert ("elst" in boxes_of(out)) is edit_lists


@pytest.mark.parametrize("edit_lists", [True, False])
@pytest.mark.parametrize("offset", [Fraction(-1, 5), Fraction(1, 5)], ids=str)
def test_sampled_sound_is_in_sync(tmp_path: Path, offset: Fraction, edit_lists: bool) -> None:
    tone = Tone(starts=Fraction(2, 5) + offset, click=Fraction(9, 10))
    drawn = draw_clip(tmp_path / "a.mp4", scenes(25), ticks=[10 + n for n in range(25)], tone=tone)
    clip = Clip(drawn.path)
    blocks = samples(drawn.path, duration=Fraction(1))
    encoding = Encoding(lossless=True, preset="ultrafast", edit_lists=edit_lists)
    out = tmp_path / "out.mp4"
    write_clip(clip.frames(), out, tick=clip.facts.tick, encoding=encoding, sound=SampledSound(blocks))
    assert abs(click_in(sound_in(out)) - Fraction(1, 2)) <= Fraction(1, 1000)
    assert ("elst" in boxes_of(out)) is edit_lists
    assert Clip(out).facts.audio is not None
    assert [frame.at for frame in Clip(out).frames()] == drawn.times


def test_sound_goes_with_the_picture_that_is_shown(tmp_path: Path) -> None:
    """The file's first video stream is another one, and starts 0.2 s later."""
    extras = [Extra(kind="video", first=True, late=5)]
    drawn = draw_clip(tmp_path / "a.mp4", scenes(25), tone=Tone(), extras=extras)
    assert abs(click_in(sound_in(drawn.path)) - Fraction(1, 2)) <= Fraction(1, 1000)
    carried(drawn, tmp_path / "out.mp4")
    assert abs(click_in(sound_in(tmp_path / "out.mp4")) - Fraction(1, 2)) <= Fraction(1, 1000)


def test_packets_cannot_be_placed_without_edit_lists(tmp_path: Path) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", tone=Tone())
    with pytest.raises(ValueError, match="edit list"):
        write_clip(
            scene_frames(3), tmp_path / "out.mp4", tick=Fraction(1, 25),
            encoding=Encoding(edit_lists=False), sound=CopiedSound(drawn.path, Fraction(0)),
        )  # fmt: skip
    assert not (tmp_path / "out.mp4").exists()


def test_sound_may_be_longer_or_shorter_than_the_picture(tmp_path: Path) -> None:
    for seconds in (Fraction(1, 10), Fraction(3)):
        drawn = draw_clip(tmp_path / "a.mp4", scenes(25), tone=Tone(seconds=seconds, click=None))
        carried(drawn, tmp_path / "out.mp4")
        assert audio_packets(tmp_path / "out.mp4") == audio_packets(drawn.path)
        assert Clip(tmp_path / "out.mp4").full_facts.frames == 25


# Layers --------------------------------------------------------------------------------------------------------


def test_an_alpha_movie_keeps_alpha_and_times(tmp_path: Path) -> None:
    picture = np.zeros((96, 64, 4), np.uint8)
    picture[:48] = (200, 60, 30, 255)
    picture[48:] = (30, 160, 60, 128)
    times = [(Fraction(n, 30), Fraction(1, 30)) for n in (0, 1)] + [(Fraction(2, 30), Fraction(5, 30))]
    written = write_alpha(iter([picture] * 3), tmp_path / "l.mov", times=times, tick=Fraction(1, 30))
    assert (written.frames, written.duration) == (3, Fraction(7, 30))
    clip = Clip(tmp_path / "l.mov")
    assert [frame.at for frame in clip.frames()] == [at for at, _ in times]
    assert clip.facts.pix_fmt.startswith("yuva444p")
    *_, alpha = raw_planes(tmp_path / "l.mov")[0]
    scale = (1 << (12 if "12" in clip.facts.pix_fmt else 10)) - 1
    assert abs(alpha[:40].mean() / scale - 1) < 0.002
    assert abs(alpha[56:].mean() / scale - 128 / 255) < 0.002
    rgb = next(clip.frames()).rgb()
    assert np.abs(rgb[10:40].reshape(-1, 3).mean(axis=0) - (200, 60, 30)).max() < 3


def test_alpha_is_kept_where_most_of_the_picture_is_empty(tmp_path: Path) -> None:
    """A caption on a large empty layer; libswscale in threads spoils the first pixels of a slice, now and then."""
    image = Image.new("RGBA", (1080, 1920))
    font = ImageFont.truetype(str(font_path("Inter-Bold.otf")), 120)
    ImageDraw.Draw(image).text((100, 1400), "Hello captions", font=font, fill=(255, 240, 20, 255))
    picture = np.asarray(image)
    times = [(Fraction(n, 25), Fraction(1, 25)) for n in range(2)]
    write_alpha(iter([picture] * 2), tmp_path / "l.mov", times=times, tick=Fraction(1, 25))
    for planes in raw_planes(tmp_path / "l.mov"):
        share = planes[3] / (planes[3].max() or 1)
        assert np.abs(share - picture[..., 3] / 255).max() < 0.01


def test_a_folder_of_pictures_is_replaced_whole_and_only_when_it_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "layer"
    for count in (3, 2):
        pictures = [np.full((8, 8, 4), 40 * n, np.uint8) for n in range(count)]
        times = [(Fraction(n, 30), Fraction(1, 30)) for n in range(count)]
        write_alpha(iter(pictures), folder, times=times, tick=Fraction(1, 30))
        names = sorted(path.name for path in folder.iterdir())
        assert names == [*(f"{n:06d}.png" for n in range(count)), "frames.ffconcat"]
        assert set(alpha_outputs(folder)) == set(folder.iterdir())
        assert all(map(is_ours, folder.iterdir()))
    (folder / "holiday.png").write_bytes(b"theirs")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(OutputError, match="is there already"):
        alpha_outputs(folder)
    with pytest.raises(OutputError, match="is there already"):
        write_alpha(iter(pictures), folder, times=times, tick=Fraction(1, 30))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(OutputError, match="not written as"):
        alpha_outputs(tmp_path / "layer.gif")


@pytest.mark.parametrize("size", [(16386, 16), (16, 16386)])
def test_a_picture_that_no_encoder_takes_is_refused(tmp_path: Path, size: tuple[int, int]) -> None:
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    frame = Frame.from_rgb(rgb, index=0, at=Fraction(0), lasts=Fraction(1, 25))
    with pytest.raises(OutputError, match=f"{size[0]}x{size[1]} is too large for h264"):
        write_clip(iter([frame]), tmp_path / "o.mp4", tick=Fraction(1, 25), encoding=Encoding())
    assert not list(tmp_path.iterdir())


def test_an_alpha_movie_needs_a_picture(tmp_path: Path) -> None:
    with pytest.raises(NoPicture):
        write_alpha(iter([]), tmp_path / "l.mov", times=[], tick=Fraction(1, 30))
    assert list(tmp_path.iterdir()) == []


# Failing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("broke"), KeyboardInterrupt()], ids=["error", "interrupt"])
@pytest.mark.parametrize("after", [1, 5])
def test_frames_that_break_off_leave_nothing(tmp_path: Path, error: BaseException, after: int) -> None:
    def frames() -> Iterator[Frame]:
        yield from scene_frames(after)
        raise error

    out = tmp_path / "out.mp4"
    with pytest.raises(type(error)):
        write_clip(frames(), out, tick=Fraction(1, 25), encoding=LOSSLESS)
    assert list(tmp_path.iterdir()) == []
    out.write_bytes(b"what was there")
    with pytest.raises(type(error)):
        write_clip(frames(), out, tick=Fraction(1, 25), encoding=LOSSLESS)
    assert out.read_bytes() == b"what was there"
    assert list(tmp_path.iterdir()) == [out]


def test_sound_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def blocks() -> Iterator[np.ndarray]:
        yield np.ascontiguousarray(sound_of(Tone(seconds=Fraction(1, 10), click=None)).T)
        raise RuntimeError("broke")

    with pytest.raises(RuntimeError, match="broke"):
        write_clip(
            scene_frames(25),
            tmp_path / "out.mp4",
            tick=Fraction(1, 25),
            encoding=LOSSLESS,
            sound=SampledSound(blocks()),
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("preset", ["ultrafast", "medium"])
def test_every_preset_is_high_profile(tmp_path: Path, preset: str) -> None:
    path = tmp_path / "a.mp4"
    write_clip(scene_frames(5), path, tick=Fraction(1, 25), encoding=Encoding(preset=preset))
    with av.open(str(path)) as container:
        assert container.streams.video[0].profile == "High"


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="the system does not list threads")
def test_no_encoder_leaves_threads_at_real_time_priority(tmp_path: Path) -> None:
    """SVT-AV1 raises the thread that opens it to the highest one, when root runs it."""

    def policies() -> set[int]:
        return {os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}

    seen: list[set[int]] = []

    def frames() -> Iterator[Frame]:
        chroma = np.full((64, 64), 128, np.uint8)
        for n in range(4):
            yield Frame(n, Fraction(n, 25), Fraction(1, 25), np.full((128, 128), 60 + n, np.uint8), chroma, chroma)
            seen.append(policies())

    encoding = Encoding(codec="av1", preset="ultrafast")
    write_clip(frames(), tmp_path / "a.mp4", tick=Fraction(1, 25), encoding=encoding)
    assert seen and set.union(*seen, policies()) == {os.SCHED_OTHER}
