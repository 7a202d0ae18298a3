"""Layers with alpha for editors: ProRes 4444, VP9 in WebM, or a sequence of PNGs."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import av
from PIL import Image

from overlaycut.core.frame import Picture
from overlaycut.errors import NoPicture, OutputError
from overlaycut.media.audio import RATE
from overlaycut.media.codecs import PRORES_QUANTISER, tag
from overlaycut.media.encode import WrittenFile, ticks
from overlaycut.media.ffmpeg import url_of, writing
from overlaycut.media.files import replacing
from overlaycut.media.outputs import record

FrameTimes = Iterable[tuple[Fraction, Fraction]]
"""When each picture begins and how long it lasts, in seconds."""


class _Movie(NamedTuple):
    """Container, codec and options of one kind of file."""

    container: str
    codec: str
    pixels: str
    options: dict[str, str]
    muxing: dict[str, str]


_MOVIES = MappingProxyType(
    {
        # 16 bits of alpha; editors expect the vendor "apl0" in a ProRes file.
        ".mov": _Movie(
            "mov",
            "prores_ks",
            "yuva444p10le",
            {"profile": "4444", "alpha_bits": "16", "vendor": "apl0", **PRORES_QUANTISER},
            {"movie_timescale": str(RATE)},
        ),
        # libvpx keeps no alternate reference frames where there is alpha; crf 4 keeps faint edges of alpha.
        ".webm": _Movie(
            "webm",
            "libvpx-vp9",
            "yuva420p",
            {"crf": "4", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1", "auto-alt-ref": "0"},
            {},
        ),
    }
)

_SCRIPT = "frames.ffconcat"
_IN_FOLDER = re.compile(rf"\d{{6,}}\.png|{re.escape(_SCRIPT)}")
"""The files of a folder of PNGs."""

ALPHA_KINDS = (*_MOVIES, "a folder")
"""What `write_alpha` writes, by the end of the name: a name without one is a folder of PNGs."""


def write_alpha(pictures: Iterator[Picture], out: Path, *, times: FrameTimes, tick: Fraction) -> WrittenFile:
    """Straight-alpha RGBA pictures, one for each (at, lasts) of `times`, whole or not at all.

    A .mov is ProRes 4444 (10 bits of colour, 16 of alpha), a .webm VP9 with alpha (its clock counts milliseconds),
    both BT.709 limited; a name without an end becomes a folder of PNGs with `frames.ffconcat`, which has their lengths.
    Raises OutputError for another name and for a place that cannot be written, NoPicture when there is no frame.
    """
    if not out.suffix:
        return _write_folder(pictures, out, times)
    return _write_movie(pictures, out, _movie(out), times, tick)


def alpha_outputs(out: Path) -> list[Path]:
    """What `write_alpha` replaces: the movie, or the pictures that a folder already holds.

    Raises OutputError for another kind of movie, and for a folder that holds anything else.
    """
    if out.suffix:
        _movie(out)
        return [out]
    _refuse_occupied(out)
    return sorted({out / _SCRIPT, *(out.iterdir() if out.is_dir() else ())})


def _movie(out: Path) -> _Movie:
    kind = _MOVIES.get(out.suffix.lower())
    if kind is None:
        raise OutputError(
            f"{out}: a layer with alpha is not written as {out.suffix.lower()}", hint="a .mov, a .webm or a folder"
        )
    return kind


def _refuse_occupied(folder: Path) -> None:
    """Raises OutputError for what is no folder of numbered PNGs and no place for one."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir() or not all(_IN_FOLDER.fullmatch(path.name) and path.is_file() for path in folder.iterdir()):
        raise OutputError(f"{folder}: is there already", hint="name a new folder, or an empty one")


def _write_movie(
    pictures: Iterator[Picture], out: Path, kind: _Movie, times: FrameTimes, tick: Fraction
) -> WrittenFile:
    timed = zip(pictures, times, strict=True)
    first = next(timed, None)
    if first is None:
        raise NoPicture(out, "nothing to write: there is no frame")
    with replacing(out) as part, writing(out):
        with av.open(url_of(part), "w", format=kind.container, container_options=kind.muxing) as container:
            stream = container.add_stream(kind.codec, rate=(1 / first[1][1]).limit_denominator(1001))
            assert isinstance(stream, av.VideoStream)
            stream.height, stream.width = first[0].shape[:2]
            stream.pix_fmt = kind.pixels
            context = stream.codec_context
            context.options = dict(kind.options)
            context.time_base = tick
            tag(context)
            count, end = 0, Fraction(0)
            last, given = None, None
            for picture, (at, lasts) in chain([first], timed):
                if given is None or picture is not last:
                    last = picture  # in threads libswscale spoils the first pixels of a slice, now and then
                    given = av.VideoFrame.from_ndarray(picture, format="rgba").reformat(
                        format=kind.pixels, dst_colorspace="ITU709", dst_color_range="MPEG", threads=1
                    )
                given.pts, given.time_base, given.duration = ticks(at, tick), tick, ticks(lasts, tick)
                container.mux(stream.encode(given))
                count, end = count + 1, at + lasts
            container.mux(stream.encode(None))
        size = part.stat().st_size
    return WrittenFile(out, count, end, size)


def _write_folder(pictures: Iterator[Picture], out: Path, times: FrameTimes) -> WrittenFile:
    """PNGs named by their number in a folder that is new, empty, or holds nothing but such files."""
    _refuse_occupied(out)
    out = Path(os.path.realpath(out))
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    with writing(out):
        try:
            part.mkdir(parents=True)
            count, end, size = 0, Fraction(0), 0
            script = ["ffconcat version 1.0"]
            last: tuple[Picture, Path] | None = None
            for picture, (at, lasts) in zip(pictures, times, strict=True):
                path = part / f"{count:06d}.png"
                if last is not None and last[0] is picture:
                    shutil.copyfile(last[1], path)
                else:
                    Image.fromarray(picture).save(path, compress_level=1)
                last = picture, path
                size += path.stat().st_size
                script += [f"file {path.name}", f"duration {float(lasts):.9f}"]
                count, end = count + 1, at + lasts
            if not count:
                raise NoPicture(out, "nothing to write: there is no frame")
            (part / _SCRIPT).write_text("\n".join(script) + "\n", encoding="utf-8")
            if os.path.isdir(out):
                for path in out.iterdir():
                    path.unlink()
                out.rmdir()
            os.replace(part, out)
            record(*out.iterdir())
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return WrittenFile(out, count, end, size)
