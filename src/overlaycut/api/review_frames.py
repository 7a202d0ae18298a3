"""Pictures for scrubbing: clips decoded once in the background, each frame kept as a small JPEG."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Lock, Thread

from overlaycut.core.frame import Frame, Picture
from overlaycut.errors import InputError, OverlaycutError
from overlaycut.media import Clip
from overlaycut.report import Thumbnails, jpeg

FRAME_PX = 540
"""Columns of a picture for scrubbing: a phone's width at two pixels to the point, less its margins."""
_QUALITY = 80
_MOST_BYTES = 400 << 20
"""Bytes of pictures that are kept; of clips beyond, those shown longest ago go."""
_PATIENCE = 30.0
"""Seconds to wait for a frame that is still being decoded."""


def small_jpeg(picture: Picture) -> bytes:
    """An RGB picture as a JPEG of that width at most."""
    return jpeg(picture, width=FRAME_PX, quality=_QUALITY).data.tobytes()


class FrameSequence:
    """The frames of one clip as JPEG, in display order; a request waits for a frame that is yet to come."""

    def __init__(self, frames: Callable[[], Iterator[Frame]]) -> None:
        self._frames = frames
        self._pictures: list[bytes] = []
        self._changed = Condition()
        self._ended = self._stopped = False
        self._error: OverlaycutError | None = None
        self.bytes = 0
        """Size of what is kept."""
        self._thread = Thread(target=self._read, daemon=True, name="frames for scrubbing")
        self._thread.start()

    def stop(self) -> None:
        """Decode no further."""
        self._stopped = True

    def join(self) -> None:
        """Wait until it has stopped."""
        self._thread.join(_PATIENCE)

    def frame(self, index: int) -> bytes:
        """One frame; the last one for an index beyond the end. Raises InputError for a clip that cannot be read."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._pictures) > index or self._ended, timeout=_PATIENCE)
            if self._error is not None:
                raise self._error
            if not self._pictures:
                raise InputError(Path("clip"), "no frame could be read in time", hint="reload the page")
            return self._pictures[min(index, len(self._pictures) - 1)]

    def _read(self) -> None:
        shrunk: Thumbnails | None = None
        try:
            for frame in self._frames():
                if self._stopped:
                    break
                shrunk = shrunk or Thumbnails(frame.width, frame.height, columns=FRAME_PX)
                picture = small_jpeg(shrunk(frame))
                with self._changed:
                    self._pictures.append(picture)
                    self.bytes += len(picture)
                    self._changed.notify_all()
        except OverlaycutError as error:
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()


class FrameShelf:
    """The sequences that are shown, the latest last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._shelf: OrderedDict[str, FrameSequence] = OrderedDict()

    def clip(self, path: Path) -> FrameSequence:
        """The frames of a clip; decoding begins at the first call."""
        return self.get(f"clip {path}", Clip(path).frames)

    def get(self, key: str, frames: Callable[[], Iterator[Frame]]) -> FrameSequence:
        """The sequence of that key, made where it is not there."""
        with self._lock:
            found = self._shelf.pop(key, None) or FrameSequence(frames)
            self._shelf[key] = found
            while len(self._shelf) > 1 and sum(one.bytes for one in self._shelf.values()) > _MOST_BYTES:
                _, oldest = self._shelf.popitem(last=False)
                oldest.stop()
            return found

    def known(self, key: str) -> FrameSequence | None:
        """The sequence of that key; None where there is none."""
        with self._lock:
            return self._shelf.get(key)

    def put(self, key: str, sequence: FrameSequence) -> None:
        """Keep a sequence in place of another of its key."""
        with self._lock:
            if (old := self._shelf.pop(key, None)) is not None:
                old.stop()
            self._shelf[key] = sequence

    def forget(self, key: str) -> None:
        """Drop a sequence, if it is there."""
        with self._lock:
            if (old := self._shelf.pop(key, None)) is not None:
                old.stop()

    def close(self) -> None:
        """Stop decoding, and wait for that: a process that ends under a decoder aborts."""
        with self._lock:
            for one in self._shelf.values():
                one.stop()
            for one in self._shelf.values():
                one.join()
