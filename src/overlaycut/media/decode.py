"""A clip on disk as frames: `Clip(path).frames()`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import av
import av.container
import av.video.stream

from overlaycut.core.facts import ClipFacts, ColourTags
from overlaycut.core.flow import read_ahead
from overlaycut.core.frame import Frame
from overlaycut.core.geometry import Span
from overlaycut.core.time import Seconds, exact, exact_seconds
from overlaycut.errors import InvalidValue, NoPicture
from overlaycut.media.deinterlace import add_note, deinterlaced
from overlaycut.media.ffmpeg import best_video, opened, pictures, reading
from overlaycut.media.letterbox import Letterbox
from overlaycut.media.normalise import Normalize
from overlaycut.media.probe import header_facts, with_content


class Clip:
    """One clip. Opening it reads the header; each call of `frames` decodes it anew.

    Raises InvalidValue for what is no path, MissingInput, DecodeError, NoPicture or UnsupportedColour for a file that
    is no clip.
    """

    def __init__(self, path: Path | str) -> None:
        if not isinstance(path, Path | str) or not str(path) or "\0" in str(path):
            raise InvalidValue(f"Clip: path: found {path!r}", hint="allowed: the path of a file")
        self.path = Path(path)
        self.facts, self._normalizer = header_facts(self.path)
        self.notes: list[str] = []
        """What decoding its frames found and did; complete when they have been read to the end."""

    @cached_property
    def full_facts(self) -> ClipFacts:
        """The metadata, with what only decoding the whole clip can find."""
        return with_content(self.facts, self.frames(), self.notes)

    @property
    def is_working_format(self) -> bool:
        """Whether its samples and its geometry are in the working format already."""
        return (
            self._normalizer.untouched
            and not self._normalizer.interlaced
            and not self._normalizer.rotation
            and not self._normalizer.mirrored
            and self._normalizer.size
            == (
                self._normalizer.coded_width,
                self._normalizer.coded_height,
            )
        )

    @property
    def tags(self) -> ColourTags:
        """Colour tags of its frames, the stream's own where it has them."""
        return self._normalizer.tags

    def frames(self, span: Span | None = None) -> Iterator[Frame]:
        """Every frame, or those of `span`, in display order, decoded in a thread of their own.

        The first frame of the clip is at 0. A picture without a time stamp, or with one that does not advance,
        is put one tick after the one before it.
        Raises DecodeError where the file stops being readable.
        """
        if not isinstance(span, Span | None):
            raise InvalidValue(f"frames: span: found {span!r}", hint="allowed: a Span of frames, or None for all")
        return read_ahead(self._decoded(span))

    def frame_at(self, seconds: Seconds) -> Frame:
        """The frame that is shown at a time, seconds from the first frame; the last one for a time after the end.

        Everything before it is decoded. Raises InvalidValue for a negative time, DecodeError as `frames`.
        """
        at = exact_seconds(seconds, "frame_at: seconds")
        last = None
        with closing(self._decoded(None)) as frames:
            for frame in frames:
                last = frame
                if at < frame.at + frame.lasts:
                    break
        if last is None:
            raise NoPicture(self.path, "its video has no frame", hint="fetch it again")
        return last

    def preview_frames(self) -> Iterator[Frame]:
        """Frames at a fraction of the decoding cost, for analysis that tolerates gaps.

        Non-reference pictures may be skipped, and the deblocking filter is off. Times are those of the clip, a frame
        lasts until the next one given, and indices count the frames given. Raises as `frames`.
        """
        return read_ahead(self._decoded(None, skip_non_reference=True))

    def _decoded(self, span: Span | None, *, skip_non_reference: bool = False) -> Generator[Frame, None, None]:
        tick = self.facts.tick
        normalize = self._normalizer.open()
        start = None
        held: tuple[int, Fraction, av.VideoFrame] | None = None
        lasts = 1 / self.facts.rate_in_header if self.facts.rate_in_header else Fraction(1, 25)
        with opened(self.path) as container:
            stream = best_video(self.path, container)
            if skip_non_reference:
                stream.codec_context.skip_frame = "NONREF"
                stream.codec_context.options = {"skip_loop_filter": "all"}
            with reading(self.path):
                for index, picture in enumerate(self._pictures(container, stream)):
                    if span is not None and index > span.end:
                        return
                    if start is None:
                        start = picture.pts or 0
                    if held is None:
                        at = Fraction(0)
                    else:
                        earliest = held[1] + tick
                        at = earliest if picture.pts is None else max((picture.pts - start) * tick, earliest)
                        lasts = at - held[1]
                        if span is None or held[0] in span:
                            yield self._frame(*held, lasts, normalize)
                    held = (index, at, picture)
                if held is not None and (span is None or held[0] in span):
                    declared = (held[2].duration or 0) * tick
                    yield self._frame(*held, declared or lasts, normalize)

    def _pictures(
        self, container: av.container.InputContainer, stream: av.video.stream.VideoStream
    ) -> Iterator[av.VideoFrame]:
        """The pictures of a stream, all of the first one's size, shape and format, and progressive."""
        return deinterlaced(self._fitted(container, stream), self.notes)

    def _fitted(
        self, container: av.container.InputContainer, stream: av.video.stream.VideoStream
    ) -> Iterator[av.VideoFrame]:
        normalizer, coded_aspect = self._normalizer, None
        form = normalizer.coded_width, normalizer.coded_height, normalizer.pixel_aspect
        letterbox = Letterbox(*form, normalizer.pix_fmt)
        for index, picture in enumerate(pictures(container, stream)):
            if picture.is_corrupt:
                add_note(self.notes, "damaged: pictures have errors that the decoder concealed")
            found = exact(stream.codec_context.sample_aspect_ratio) or Fraction(1)
            if index == 0:
                coded_aspect = found
            aspect = normalizer.pixel_aspect if found == coded_aspect else found
            if letterbox.fits(picture, aspect):
                yield picture
                continue
            if (picture.width, picture.height, aspect) != form:
                add_note(
                    self.notes,
                    f"the picture changes to {picture.width}x{picture.height} (pixels {aspect}) on the way:"
                    f" letterboxed into {normalizer.coded_width}x{normalizer.coded_height}",
                )
            yield letterbox(picture, aspect)

    def _frame(self, index: int, at: Fraction, picture: av.VideoFrame, lasts: Fraction, normalize: Normalize) -> Frame:
        return Frame(index, at, lasts, *normalize(picture), self.facts.matrix)
