"""Input normalisation: the colours that were drawn come out, and what needs no conversion is not touched."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from draw import (
    BLUE,
    GREEN,
    QUARTERS,
    RED,
    SIZE,
    SKIN,
    UNTAGGED,
    Colour,
    Drawn,
    Tags,
    colour_planes,
    colours_of,
    draw_clip,
    flat,
    frame_of,
    number_in,
    quarter_means,
    quarters,
    raw_planes,
    scene,
    scenes,
)  # fmt: skip
from overlaycut.errors import ExitCode, UnsupportedColour
from overlaycut.media import Clip

BT601 = Tags(matrix=6, primaries=6, transfer=6)
FULL = Tags(full=True)
HALF = np.full((SIZE[1], SIZE[0]), 128, np.uint8)


def seen(clip: Clip) -> np.ndarray:
    frames = list(clip.frames())
    assert all((frame.width, frame.height) == (clip.facts.width, clip.facts.height) for frame in frames)
    return colours_of(frames)


def near(found: np.ndarray, colours: Sequence[Colour], levels: float) -> bool:
    return bool(np.abs(found - np.array(colours)).max() <= levels)


def draw_colours(path: Path, pix_fmt: str, tags: Tags, **more: object) -> Drawn:
    planes = colour_planes(quarters(), pix_fmt, matrix=tags.matrix or 6, full=bool(tags.full))
    return draw_clip(path, [planes] * 2, pix_fmt=pix_fmt, tags=tags, **more)  # type: ignore[arg-type]


# Untouched -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm"])
@pytest.mark.parametrize("tags", [Tags(), UNTAGGED, BT601, Tags(primaries=None, transfer=None)])
def test_what_has_the_form_already_is_not_touched(tmp_path: Path, name: str, tags: Tags) -> None:
    drawn = draw_clip(tmp_path / name, tags=tags)
    clip = Clip(drawn.path)
    assert clip.is_working_format
    for frame, planes in zip(clip.frames(), drawn.pictures, strict=True):
        assert all((ours == theirs).all() for ours, theirs in zip(frame.planes, planes, strict=True))


def test_lossy_samples_pass_as_ffmpeg_decodes_them(tmp_path: Path) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", codec="libx264", options={"crf": "30", "x264-params": "log-level=none"})
    for frame, planes in zip(Clip(drawn.path).frames(), raw_planes(drawn.path), strict=True):
        assert all((ours == theirs).all() for ours, theirs in zip(frame.planes, planes, strict=True))


@pytest.mark.parametrize("full", [None, True])
@pytest.mark.parametrize(
    ("size", "matrix", "name"),
    [
        ((64, 96), 6, "BT.601"), ((640, 480), 6, "BT.601"), ((720, 576), 6, "BT.601"), ((1280, 718), 6, "BT.601"),
        ((1280, 720), 1, "BT.709"), ((480, 854), 1, "BT.709"), ((64, 720), 1, "BT.709"),
    ],
)  # fmt: skip
def test_an_untagged_clip_is_read_as_players_read_it_and_says_so(
    tmp_path: Path, size: tuple[int, int], matrix: int, name: str, full: bool | None
) -> None:
    planes = colour_planes(quarters(size), "yuv420p", matrix=matrix, full=bool(full))
    tags = Tags(matrix=None, primaries=None, transfer=None, full=full)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, tags=tags).path)
    assert clip.facts.warnings[0] == f"colour matrix is not tagged: read as {name}, as players read {size[1]} lines"
    assert clip.facts.colour.matrix == "unknown"
    assert near(seen(clip), QUARTERS, 3)


def test_an_untagged_clip_on_its_side_is_read_by_its_coded_lines(tmp_path: Path) -> None:
    planes = colour_planes(quarters((1280, 720)), "yuv420p", matrix=1)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, tags=UNTAGGED, rotation=90).path)
    assert (clip.facts.height, clip.facts.matrix) == (1280, "bt709")


# Converted -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (Tags(), None),
        (UNTAGGED, "not tagged"),
        (BT601, "smpte170m is converted to BT.709"),
        (Tags(matrix=5, primaries=5, transfer=5), "bt470bg is converted to BT.709"),
        (FULL, "full range is converted"),
        (Tags(matrix=6, primaries=6, transfer=6, full=True), "full range is converted"),
    ],
    ids=["709", "untagged", "601", "470bg", "full", "601 full"],
)
def test_colours_survive_every_form(tmp_path: Path, pix_fmt: str, tags: Tags, said: str | None) -> None:
    clip = Clip(draw_colours(tmp_path / "a.mp4", pix_fmt, tags).path)
    assert near(seen(clip), QUARTERS, 3)
    assert (said is None and clip.facts.warnings == ()) or (said is not None and said in "; ".join(clip.facts.warnings))
    assert clip.facts.bits == (10 if "10" in pix_fmt else 8)
    assert clip.facts.colour.range == ("pc" if tags.full else "tv")
    untouched = pix_fmt == "yuv420p" and not tags.full
    assert clip.is_working_format is untouched


def test_black_and_white_of_full_range_reach_16_and_235(tmp_path: Path) -> None:
    for level, luma in ((0, 16), (255, 235)):
        planes = colour_planes(flat((level,) * 3), "yuv420p", full=True)
        frame = next(Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, tags=FULL).path).frames())
        assert (frame.y == luma).all() and (frame.u == 128).all() and (frame.v == 128).all()


def test_ten_bits_are_rounded_and_not_cut_off(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.arange(64, 64 + SIZE[0] * 4, 4, dtype=np.uint16) + 2, (SIZE[1], SIZE[0]))
    grey = np.full((SIZE[1] // 2, SIZE[0] // 2), 512, np.uint16)
    drawn = draw_clip(tmp_path / "a.mkv", [(ramp, grey, grey)] * 2, pix_fmt="yuv420p10le", codec="ffv1")
    frame = next(Clip(drawn.path).frames())
    assert np.abs(frame.y - ramp / 4).max() <= 0.5 + 0.5  # dithered by at most one level
    assert abs((frame.y - ramp / 4).mean()) < 0.1


def test_gbr(tmp_path: Path) -> None:
    tags = Tags(matrix=0, full=True)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [(quarters(),)] * 2, pix_fmt="rgb24", tags=tags).path)
    assert (clip.facts.pix_fmt, clip.facts.colour.matrix) == ("gbrp", "rgb")
    assert clip.facts.warnings == ()
    assert near(seen(clip), QUARTERS, 2)


def test_grey(tmp_path: Path) -> None:
    luma = colour_planes(quarters(), "yuv420p")[:1]
    drawn = draw_clip(tmp_path / "a.mkv", [luma] * 2, pix_fmt="gray", codec="ffv1", tags=Tags(full=False))
    frame = next(Clip(drawn.path).frames())
    assert np.abs(frame.rgb().astype(int) - frame.rgb().mean(axis=2, keepdims=True)).max() <= 1


def test_gif(tmp_path: Path) -> None:
    colours: list[Colour] = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    r, g, b = np.moveaxis(quarters(colours=colours), -1, 0)
    planes = (r >> 5 << 5 | g >> 5 << 2 | b >> 6,)
    ticks = [0, 5, 20, 21]
    drawn = draw_clip(
        tmp_path / "a.gif", [planes] * 4, pix_fmt="rgb8", ticks=ticks, tick=Fraction(1, 100), last=7, tags=UNTAGGED
    )
    clip = Clip(drawn.path)
    assert [frame.at for frame in clip.frames()] == drawn.times
    assert clip.full_facts.vfr
    assert near(seen(clip), colours, 4)  # the palette's own rounding


@pytest.mark.parametrize("tags", [Tags(), UNTAGGED, BT601], ids=["709", "untagged", "601"])
def test_alpha_of_webm_is_laid_on_black(tmp_path: Path, tags: Tags) -> None:
    planes = colour_planes(quarters(), "yuva420p", matrix=tags.matrix or 6, alpha=HALF)
    clip = Clip(draw_clip(tmp_path / "a.webm", [planes] * 3, pix_fmt="yuva420p", tags=tags).path)
    assert clip.facts.pix_fmt == "yuva420p"
    assert "alpha is laid on black" in clip.facts.warnings
    assert clip.full_facts.frames == 3
    assert near(seen(clip), np.array(QUARTERS) * 128 / 255, 3)  # type: ignore[arg-type]


@pytest.mark.parametrize(("codec", "pix_fmt"), [("qtrle", "argb"), ("png", "rgba")])
def test_alpha_of_mov_is_laid_on_black(tmp_path: Path, codec: str, pix_fmt: str) -> None:
    order = [HALF[..., None], quarters()] if pix_fmt == "argb" else [quarters(), HALF[..., None]]
    clip = Clip(
        draw_clip(tmp_path / "a.mov", [(np.concatenate(order, axis=2),)] * 2, pix_fmt=pix_fmt, codec=codec).path
    )
    assert clip.facts.warnings == ("alpha is laid on black",)
    assert near(seen(clip), np.array(QUARTERS) * 128 / 255, 2)  # type: ignore[arg-type]


def test_alpha_of_prores_is_laid_on_black(tmp_path: Path) -> None:
    alpha = np.full((SIZE[1], SIZE[0]), 514, np.uint16)
    planes = colour_planes(quarters(), "yuva444p10le", alpha=alpha)
    drawn = draw_clip(
        tmp_path / "a.mov", [planes] * 2, pix_fmt="yuva444p10le", codec="prores_ks", options={"profile": "4444"}
    )
    assert near(seen(Clip(drawn.path)), np.array(QUARTERS) * 514 / 1023, 3)  # type: ignore[arg-type]


# Wide, bright, and what is refused -------------------------------------------------------------------------------


@pytest.mark.slow  # libswscale takes seconds to work a gamut mapping out
def test_bt2020_light_is_brought_to_709(tmp_path: Path) -> None:
    """The primaries of BT.709, expressed in BT.2020, come back as themselves (ITU-R BT.2407)."""
    to_2020 = np.array(
        [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    )  # ITU-R BT.2087-0, item 3
    colours = np.array([RED, GREEN, BLUE, SKIN]) / 255
    linear = np.where(colours < 0.081, colours / 4.5, ((colours + 0.099) / 1.099) ** (1 / 0.45))
    wide = linear @ to_2020.T
    code = np.where(wide < 0.018, 4.5 * wide, 1.099 * wide**0.45 - 0.099)
    picture = quarters(colours=[tuple(round(c * 255) for c in row) for row in code])  # type: ignore[misc]
    planes = colour_planes(picture, "yuv420p10le", matrix=9)
    tags = Tags(matrix=9, primaries=9, transfer=14)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, pix_fmt="yuv420p10le", tags=tags).path)
    assert clip.facts.warnings == ("wide gamut (bt2020) is mapped to BT.709 (perceptual intent)",)
    # libswscale's perceptual intent draws saturated colours in to make room for wider ones, and leaves skin alone.
    assert near(seen(clip), QUARTERS, 24)
    assert near(seen(clip)[3:], [SKIN], 3)


@pytest.mark.slow
@pytest.mark.parametrize(("transfer", "name"), [(16, "smpte2084"), (18, "arib-std-b67")], ids=["PQ", "HLG"])
def test_hdr_is_tone_mapped_and_says_so(tmp_path: Path, transfer: int, name: str) -> None:
    levels = [60, 130, 190, 250]
    picture = quarters(colours=[(level,) * 3 for level in levels])
    planes = colour_planes(picture, "yuv420p10le", matrix=9)
    tags = Tags(matrix=9, primaries=9, transfer=transfer)
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, pix_fmt="yuv420p10le", tags=tags).path)
    assert clip.facts.warnings == (f"HDR ({name}) is tone-mapped to BT.709 (perceptual intent)",)
    assert clip.facts.colour.transfer == name
    found = seen(clip)
    assert np.ptp(found, axis=1).max() <= 2  # grey stays grey
    assert (np.diff(found.mean(axis=1)) > 20).all()  # brighter stays brighter
    assert not near(found, [(level,) * 3 for level in levels], 5)


def test_light_without_a_matrix_is_refused(tmp_path: Path) -> None:
    drawn = draw_colours(tmp_path / "a.mp4", "yuv444p", Tags(matrix=1))
    ycgco = draw_clip(tmp_path / "b.mp4", drawn.pictures, pix_fmt="yuv444p", tags=Tags(matrix=8))
    with pytest.raises(UnsupportedColour, match="ycgco") as caught:
        Clip(ycgco.path)
    assert caught.value.exit_code is ExitCode.BAD_INPUT
    assert str(ycgco.path) in caught.value.one_line()


# Geometry ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", [90, 180, 270, -90, -180])
def test_quarter_turns_move_samples_and_change_none(tmp_path: Path, rotation: int) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", rotation=rotation)
    clip = Clip(drawn.path)
    assert clip.facts.rotation == rotation % 360
    assert not clip.is_working_format
    for frame, planes in zip(clip.frames(), drawn.pictures, strict=True):
        turned = [np.rot90(plane, rotation // 90) for plane in planes]
        assert all((ours == theirs).all() for ours, theirs in zip(frame.planes, turned, strict=True))
    width, height = SIZE if rotation % 180 == 0 else SIZE[::-1]
    assert (clip.facts.width, clip.facts.height) == (width, height)


@pytest.mark.parametrize(
    ("matrix", "same"),
    [
        ((-1, 0, 0, 0, 1, 0, 64, 0, 1), lambda plane: plane[:, ::-1]),
        ((1, 0, 0, 0, -1, 0, 0, 96, 1), lambda plane: plane[::-1]),
        ((0, 1, 0, 1, 0, 0, 0, 0, 1), lambda plane: plane.T),
        ((0, -1, 0, -1, 0, 0, 96, 64, 1), lambda plane: plane[::-1, ::-1].T),
    ],
    ids=["left to right", "upside down", "transposed", "anti-transposed"],
)
def test_mirrored_pictures(tmp_path: Path, matrix: tuple[int, ...], same: object) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", matrix=matrix)
    clip = Clip(drawn.path)
    assert "mirrored, as its display matrix asks" in clip.facts.warnings
    assert not clip.is_working_format
    frame = next(clip.frames())
    for ours, theirs in zip(frame.planes, drawn.pictures[0], strict=True):
        assert (ours == same(theirs)).all()  # type: ignore[operator]


def test_a_turn_that_is_no_quarter_turn_is_told(tmp_path: Path) -> None:
    clip = Clip(draw_clip(tmp_path / "a.mp4", rotation=30).path)
    assert clip.facts.rotation == 0
    assert "a turn by 30 degrees is no quarter turn: 0 is taken" in clip.facts.warnings


@pytest.mark.parametrize(
    ("aspect", "rotation", "size"),
    [
        (Fraction(4, 3), 0, (86, 96)),
        (Fraction(1, 2), 0, (32, 96)),
        (Fraction(12, 11), 0, (70, 96)),
        (Fraction(4, 3), 90, (96, 86)),
        (Fraction(8, 1), 0, (512, 96)),
    ],
)
def test_pixels_are_made_square(tmp_path: Path, aspect: Fraction, rotation: int, size: tuple[int, int]) -> None:
    planes = colour_planes(quarters(), "yuv420p")
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, pixel_aspect=aspect, rotation=rotation).path)
    assert clip.facts.pixel_aspect == aspect
    assert (clip.facts.width, clip.facts.height) == size
    assert (clip.facts.coded_width, clip.facts.coded_height) == SIZE
    colours = [GREEN, SKIN, RED, BLUE] if rotation else list(QUARTERS)
    assert near(seen(clip), colours, 3)


@pytest.mark.parametrize("size", [(63, 96), (64, 95), (63, 95)])
@pytest.mark.parametrize("name", ["a.webm", "a.mkv"])
def test_odd_sizes_are_padded_by_their_edge(tmp_path: Path, size: tuple[int, int], name: str) -> None:
    codec = "ffv1" if name.endswith("mkv") else None
    drawn = draw_clip(tmp_path / name, scenes(3, size), codec=codec)
    clip = Clip(drawn.path)
    assert (clip.facts.width, clip.facts.height) == (64, 96)
    assert not clip.is_working_format
    assert clip.facts.warnings == (f"odd size {size[0]}x{size[1]} is padded by one row or column",)
    for frame, (y, u, v) in zip(clip.frames(), drawn.pictures, strict=True):
        assert (frame.y == np.pad(y, ((0, 96 - size[1]), (0, 64 - size[0])), mode="edge")).all()
        assert (frame.u == u).all() and (frame.v == v).all()


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_odd_sizes_keep_chroma_under_its_luma_when_turned(tmp_path: Path, rotation: int) -> None:
    drawn = draw_clip(tmp_path / "a.mp4", [_odd()] * 2, codec="mpeg4", options={"qscale": "1"}, rotation=rotation)
    frame = next(Clip(drawn.path).frames())
    straight = raw_planes(drawn.path)[0]
    y = np.pad(straight[0], ((0, 1), (0, 1)), mode="edge")
    for ours, theirs in zip(frame.planes, (y, *straight[1:]), strict=True):
        assert (ours == np.rot90(theirs, rotation // 90)).all()


def _odd() -> tuple[np.ndarray, ...]:
    return scene(5, (63, 95))


def test_odd_sizes_of_other_forms(tmp_path: Path) -> None:
    picture = quarters((63, 95))
    planes = colour_planes(picture, "yuv444p")
    clip = Clip(draw_clip(tmp_path / "a.mp4", [planes] * 2, pix_fmt="yuv444p").path)
    assert (clip.facts.width, clip.facts.height) == (64, 96)
    assert near(seen(clip), QUARTERS, 2)


def test_what_was_drawn_is_what_was_meant() -> None:
    """Guards this file: the formulas of `draw` and of the library agree on flat colours."""
    frame = frame_of(colour_planes(quarters(), "yuv420p"))
    assert near(quarter_means(frame.rgb()), QUARTERS, 1.5)
    assert number_in(scene(173)[0]) == 173
