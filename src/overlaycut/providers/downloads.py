"""Results onto the disk: resumed where they were cut off, capped, told from their bytes, whole or not at all.

What has come is kept beside the file under a hidden name with its validator (RFC 9110, If-Range), so that the next run
goes on where this one ended. A file is moved to its name only when it ends where its own structure says.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from overlaycut.errors import BadAnswer, NetworkError, OutputError, RequestRefused
from overlaycut.media.outputs import refuse_unwritable
from overlaycut.providers.backoff import pause
from overlaycut.providers.calls import Auth, Call
from overlaycut.providers.media_kinds import HEAD, is_whole, wanted
from overlaycut.providers.protocol import FetchedFile, Media, Output
from overlaycut.providers.transport import Transport

if TYPE_CHECKING:
    import httpx

_REDIRECTS = (301, 302, 303, 307, 308)
_EXPIRED = (400, 401, 403, 404, 410)
"""What stores of objects answer when a signature or an object has expired."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadParameters:
    """What a result may be, and how long is waited for it."""

    largest_video: int = 2 << 30
    """Bytes; a minute of 4K at 200 Mbit/s is 1.5e9. 1 MiB .. 16 GiB."""
    largest_image: int = 128 << 20
    """Bytes; 4K in 16-bit PNG is 66e6. 1 MiB .. 1 GiB."""
    patience: float = 30.0
    """Seconds without a byte after which a connection counts as cut off; 1..300."""
    attempts: int = 8
    """Connections without a new byte, in a row, after which the download is given up; 1..50."""
    redirects: int = 4
    """Redirects that are followed, each checked as the first address was; 0..10."""


@dataclass(slots=True)
class _Partial:
    """What has come of a file."""

    path: Path
    size: int = 0
    validator: str = ""
    """Entity tag, or time of the last change, of what was begun."""
    total: int | None = None
    """Bytes of the whole, as the server says."""

    @property
    def note(self) -> Path:
        """Where the validator is kept."""
        return self.path.with_suffix(".note")

    def forget(self) -> None:
        """Begin again."""
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.size, self.validator, self.total = 0, "", None


async def fetch(
    transport: Transport, output: Output, out: Path, *, media: Media, auth: Auth, parameters: DownloadParameters
) -> FetchedFile:
    """Write a result to `out`.

    auth: how the key is shown where the result's address wants it. Raises RequestRefused of kind "gone" for an
    address that has expired, NetworkError when nothing comes any more, BadAnswer for other media and for what is too
    large, OutputError when the place cannot be written.
    """
    refuse_unwritable(out)
    part = _partial(out, output)
    with _writing(out, part):
        part.path.parent.mkdir(parents=True, exist_ok=True)
        if not output.data:
            _recall(part)
            return await _Download(transport, output, media, auth, parameters).run(part, out)
        mime = wanted(output.data[:HEAD], media, "the service")
        part.path.write_bytes(output.data)
        return _finished(part, out, mime, "")


class _Download:
    """One result behind an address."""

    def __init__(
        self, transport: Transport, output: Output, media: Media, auth: Auth, parameters: DownloadParameters
    ) -> None:
        self._transport, self._output, self._media = transport, output, media
        self._auth, self._parameters = auth, parameters
        self._limit = parameters.largest_video if media == "video" else parameters.largest_image
        self._whence = urlsplit(output.url).hostname or "the service"

    async def run(self, part: _Partial, out: Path) -> FetchedFile:
        """Connections until the file is whole."""
        idle = 0
        while True:
            before = part.size
            try:
                async with self._opened(part) as response:
                    await self._take(response, part)
                if self._is_whole(part):
                    mime = wanted(_head(part), self._media, self._whence)
                    return await asyncio.to_thread(_finished, part, out, mime, self._whence)
            except NetworkError as error:
                problem = error.problem
            except BadAnswer:
                part.forget()
                raise
            else:
                problem = "what came ends in the middle of the file"
            idle = 0 if part.size > before else idle + 1
            if idle >= self._parameters.attempts:
                hint = "run the same command again: nothing is paid twice"
                raise NetworkError(f"{self._whence}: the download stops at {part.size} bytes: {problem}", hint=hint)
            await asyncio.sleep(pause(idle + 1, self._transport.parameters))

    def _is_whole(self, part: _Partial) -> bool:
        """Whether the file ends where the server and its own structure say."""
        if not part.size or (part.total is not None and part.size < part.total):
            return False
        return is_whole(part.path, wanted(_head(part), self._media, self._whence))

    @asynccontextmanager
    async def _opened(self, part: _Partial) -> AsyncIterator[httpx.Response]:
        """The answer at the end of a chain of redirects, each of which is checked as the first address was."""
        url = self._output.url
        for _ in range(self._parameters.redirects + 1):
            async with self._transport.stream(self._call(url, part)) as response:
                if response.status_code in _REDIRECTS:
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                if response.status_code not in (200, 206, 416):
                    raise self._refusal(response)
                yield response
                return
        raise BadAnswer(f"{self._whence}: more than {self._parameters.redirects} redirects", hint="nothing was kept")

    def _call(self, url: str, part: _Partial) -> Call:
        headers = {"Accept-Encoding": "identity"}
        if part.size and part.validator and not part.validator.startswith("W/"):
            headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
        allowed = self._transport.allowed
        key = self._auth if self._output.needs_key and allowed.is_base(allowed.checked(url)) else None
        return Call(url=url, headers=headers, auth=key, patience=self._parameters.patience)

    def _refusal(self, response: httpx.Response) -> RequestRefused | NetworkError:
        said = f"{self._whence}: HTTP {response.status_code}"
        if response.status_code in _EXPIRED:
            return RequestRefused(f"{said}: the address of the result has expired", kind="gone")
        return NetworkError(said, hint="run the same command again: nothing is paid twice", sent=True)

    async def _take(self, response: httpx.Response, part: _Partial) -> None:
        """Append the body of an answer, or begin again where the server does."""
        if response.status_code == 416:
            if part.size != _total(response):
                part.forget()
            part.total = None
            return
        if response.status_code == 200:
            part.forget()
            length = response.headers.get("content-length", "")
            part.total = int(length) if length.isdecimal() and "content-encoding" not in response.headers else None
        elif _begins_at(response) == part.size:
            part.total = _total(response)
        else:
            part.forget()
            return
        part.validator = response.headers.get("etag") or response.headers.get("last-modified") or ""
        self._refuse_large(part.total or 0)
        await self._append(response, part)

    async def _append(self, response: httpx.Response, part: _Partial) -> None:
        _note(part)
        with part.path.open("ab") as file:
            async for piece in response.aiter_bytes():
                if part.size == 0 and len(piece) >= HEAD:
                    wanted(piece[:HEAD], self._media, self._whence)
                self._refuse_large(part.size + len(piece))
                file.write(piece)
                part.size += len(piece)

    def _refuse_large(self, size: int) -> None:
        if size > self._limit:
            raise BadAnswer(f"{self._whence}: a result of more than {self._limit} bytes", hint="nothing was kept")


def _partial(out: Path, output: Output) -> _Partial:
    """Where a result is kept while it comes: the name is that of its address without the query, which changes."""
    address = output.url.partition("?")[0] or hashlib.sha256(output.data).hexdigest()
    key = hashlib.sha256(f"{out.name}\n{address}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return _Partial(out.with_name(f".overlaycut-fetch-{key}.part"))


def _recall(part: _Partial) -> None:
    """Take up what an earlier run left, if its validator is there."""
    try:
        told = json.loads(part.note.read_text(encoding="ascii"))
        part.size, part.validator = part.path.stat().st_size, str(told["validator"])
    except (OSError, ValueError, KeyError, TypeError):
        part.forget()


def _note(part: _Partial) -> None:
    part.note.write_text(json.dumps({"validator": part.validator}), encoding="ascii")


def _head(part: _Partial) -> bytes:
    with part.path.open("rb") as file:
        return file.read(HEAD)


def _begins_at(response: httpx.Response) -> int | None:
    """Where the body of a 206 begins (RFC 9110, Content-Range)."""
    said = response.headers.get("content-range", "").removeprefix("bytes ").partition("-")[0]
    return int(said) if said.isdecimal() else None


def _total(response: httpx.Response) -> int | None:
    said = response.headers.get("content-range", "").rpartition("/")[2]
    return int(said) if said.isdecimal() else None


def _finished(part: _Partial, out: Path, mime: str, host: str) -> FetchedFile:
    """Move the whole file to its name."""
    with part.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    size = part.path.stat().st_size
    os.replace(part.path, out)
    part.note.unlink(missing_ok=True)
    return FetchedFile(path=out, sha256=digest, bytes=size, mime=mime, host=host)


@contextmanager
def _writing(out: Path, part: _Partial) -> Iterator[None]:
    """Turns what the system says while a file is written into an OutputError; a full disk keeps nothing."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            part.forget()
            hint = "make room, then run the same command again: nothing is paid twice"
            raise OutputError(f"{out}: no space left to write it", hint=hint) from error
        raise OutputError(
            f"{out}: cannot be written: {error.strerror or error}", hint="choose another place"
        ) from error
