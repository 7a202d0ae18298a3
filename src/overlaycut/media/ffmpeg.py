"""Opening media with FFmpeg, and the translation of its errors into this package's."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import av
import av.container
import av.stream
import av.video.stream

from overlaycut.core.file_kinds import refuse_special
from overlaycut.errors import DecodeError, MissingInput, NoPicture, OutputError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
_NOT_WRITABLE |= {errno.ENAMETOOLONG, errno.ELOOP}

# FFmpeg names the demuxers of single pictures image2 or <codec>_pipe; a clip renamed from a PNG ends up there.
_STILL_FORMATS = ("image2", "_pipe")


LOCAL_ONLY = MappingProxyType({"protocol_whitelist": "file"})
"""Options with which FFmpeg opens files alone, those that a playlist or a session description names included."""


def url_of(path: Path) -> str:
    """A path as FFmpeg's URL of a local file: no name is taken for a protocol, an option or a pattern."""
    return f"file:{path}"


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns what FFmpeg raises while `path` is read into an InputError."""
    try:
        yield
    except av.FFmpegError as error:
        problem = error.strerror or type(error).__name__
        if isinstance(error, av.InvalidDataError):
            problem = "not readable as media, or damaged"
        raise DecodeError(path, problem, hint="fetch or export the file again") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns what FFmpeg or the system raises while `path` is written into an OutputError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        number = getattr(error, "errno", None)
        if number in _NO_SPACE:
            raise OutputError(f"{path}: no space left to write it", hint="free some space") from error
        if number in _NOT_WRITABLE:
            raise OutputError(
                f"{path}: cannot be written: {error.strerror}", hint="choose another place with -o"
            ) from error
        raise


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """An input container, closed in the end.

    Raises MissingInput for a path that leads to no file, InputError for a pipe or a device, DecodeError for an empty
    file, for bytes that FFmpeg does not know, and for an index that points past the end of the file.
    """
    refuse_special(path)
    # os.path, not pathlib, whose answer to a name that is too long is an OSError.
    if not os.path.exists(path):
        raise MissingInput(path, "no such file", hint="check the path")
    if not os.path.isfile(path):
        raise MissingInput(path, "is a directory, not a file", hint="name a file in it")
    if path.stat().st_size == 0:
        raise DecodeError(path, "the file is empty", hint="fetch it again")
    with reading(path):
        # Vendors write tags that are not UTF-8; "replace" keeps the clip usable.
        container = av.open(url_of(path), metadata_errors="replace", options=dict(LOCAL_ONLY))
    with container:
        yield container


def best_video(path: Path, container: av.container.InputContainer) -> av.video.stream.VideoStream:
    """The video stream to decode: FFmpeg's choice, cover pictures left out.

    Raises NoPicture when there is none, DecodeError when the file is one still picture or was cut off.
    """
    if container.format.name.endswith(_STILL_FORMATS):
        raise NoPicture(path, "is a still picture, not a clip", hint="give it with --still, or name a clip")
    best = container.streams.best("video")
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        raise NoPicture(path, "has no video stream", hint="name a clip with a picture")
    stream = best if isinstance(best, av.video.stream.VideoStream) and best in streams else streams[0]
    if not _is_decodable(stream):
        raise DecodeError(
            path, "its video is in a codec that FFmpeg does not know, or damaged", hint="export it as H.264"
        )
    ends = max((entry.pos + entry.size for s in container.streams for entry in s.index_entries), default=0)
    if "matroska" in container.format.name:
        ends = max(ends, _segment_end(path))
    size = path.stat().st_size
    if ends > size:
        raise DecodeError(path, f"was cut off: {size} bytes are there, {ends} are needed", hint="fetch it again")
    return stream


def best_audio(container: av.container.InputContainer) -> av.AudioStream | None:
    """The sound to hear: FFmpeg's choice among the streams that it can decode; None when there is none."""
    best = container.streams.best("audio")
    streams = [stream for stream in container.streams.audio if _is_decodable(stream)]
    return next((stream for stream in streams if stream is best), streams[0] if streams else None)


def _is_decodable(stream: av.stream.Stream) -> bool:
    """Whether FFmpeg has a decoder for a stream; PyAV's stubs leave out that there may be none."""
    context: object = stream.codec_context
    return context is not None


def _segment_end(path: Path) -> int:
    """End of a Matroska or WebM file by its header (RFC 9559, 5.1); 0 when the size is unknown, as in live streams."""
    with path.open("rb") as file:
        head = file.read(4096)
    at = 0
    for name in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):  # the EBML header, then the segment
        at = head.find(name, at) + len(name)
        length = 9 - head[at].bit_length() if at >= len(name) and at < len(head) else 9
        size = int.from_bytes(head[at : at + length], "big") - (1 << 7 * length)
        if length > 8 or size == (1 << 7 * length) - 1:
            return 0
        at += length
        end = at + size
    return end


def pictures(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> Iterator[av.VideoFrame]:
    """Every picture of `stream` in display order.

    WebM keeps alpha in a second bitstream beside the first, which FFmpeg's own VP8 and VP9 decoders leave out
    and libvpx reads.
    """
    libvpx = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(stream.codec_context.codec.canonical_name)
    if libvpx is None or stream.metadata.get("alpha_mode") != "1":
        stream.thread_type = "AUTO"
        yield from container.decode(stream)
        return
    decoder = av.CodecContext.create(libvpx, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    for packet in container.demux(stream):
        for picture in decoder.decode(packet if packet.size else None):
            picture.time_base = stream.time_base
            yield picture
