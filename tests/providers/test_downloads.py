"""Results onto the disk: cut off, lied about, too large, of another kind, or at an address that is not safe."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fake_services import PNG, Services, clip
from generating import QUICK, Generator, job
from overlaycut.errors import BadAnswer, NetworkError, OutputError, UsageError
from overlaycut.providers import TaskState
from overlaycut.providers.addresses import Allowed, _not_public
from overlaycut.providers.media_kinds import is_whole, kind, wanted


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".") or path.suffix == ".fetched")


@pytest.mark.parametrize("fault", ["cut", "lie-short", "lie-long", "redirect"])
def test_a_troubled_download_is_whole_in_the_end(generator: Generator, services: Services, fault: str) -> None:
    result = generator.one("runway", f"push in [{fault}]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert result.paths[0].read_bytes() == clip("runway-1")
    assert result.sha256 == hashlib.sha256(clip("runway-1")).hexdigest()
    assert hidden(generator.folder) == []
    assert services.calls["media"] >= 2


def test_a_cut_off_download_fetches_no_byte_twice(generator: Generator, services: Services) -> None:
    generator.one("runway", "push in [cut] [step=25000]")
    begins = [one.headers.get("range", "bytes=0-") for one in services.seen if one.path.startswith("/media")]
    assert begins == ["bytes=0-", "bytes=25000-", "bytes=50000-"]


def test_the_next_run_goes_on_where_this_one_ended(generator: Generator, services: Services) -> None:
    first = generator.one("runway", "push in [cut] [outage] [step=9000]")
    assert isinstance(first.error, NetworkError) and first.state == TaskState.SUCCEEDED
    assert len(hidden(generator.folder)) == 2
    seen = len(services.seen)
    second = generator.one("runway", "push in [cut] [outage] [step=9000]")
    assert second.paths[0].read_bytes() == clip("runway-1")
    ranges = [one.headers.get("range") for one in services.seen[seen:] if one.path.startswith("/media")]
    assert ranges[0] == "bytes=9000-"
    assert services.paid() == 1 and hidden(generator.folder) == []


def test_without_ranges_a_cut_off_download_gives_up_and_says_so(generator: Generator) -> None:
    result = generator.one("runway", "push in [cut] [no-range]")
    assert isinstance(result.error, NetworkError) and "25000 bytes" in result.error.problem
    assert result.state == TaskState.SUCCEEDED
    assert result.error.exit_code == 4


@pytest.mark.parametrize(("fault", "said"), [
    ("png", "PNG in the place of a clip"), ("html", "a web page in the place of a clip"),
])  # fmt: skip
def test_other_media_are_refused(generator: Generator, fault: str, said: str) -> None:
    result = generator.one("runway", f"push in [{fault}]")
    assert isinstance(result.error, BadAnswer) and said in result.error.problem
    assert result.paths == () and hidden(generator.folder) == []
    assert not (generator.folder / "runway-0.mp4").exists()


def test_a_clip_in_the_place_of_a_still_is_refused(generator: Generator, services: Services) -> None:
    services.still = lambda made: clip("x", 2000)
    result = generator.one("openai")
    assert isinstance(result.error, BadAnswer) and "MP4 in the place of a still" in result.error.problem


@pytest.mark.parametrize(("fault", "said"), [
    ("redirect-private", "127.0.0.1"), ("redirect-metadata", "169.254.169.254"), ("redirect-file", "https"),
    ("foreign", "cdn.example.net is not one of this service's"), ("private", "10.0.0.1"), ("loop", "redirects"),
])  # fmt: skip
def test_an_address_that_is_not_safe_is_not_opened(
    generator: Generator, services: Services, fault: str, said: str
) -> None:
    result = generator.one("runway", f"push in [{fault}]")
    assert isinstance(result.error, BadAnswer) and said in result.error.one_line()
    assert result.state == TaskState.SUCCEEDED, "the task is kept: once its host is allowed, it is fetched"
    assert services.paid() == 1


def test_a_result_that_is_too_large_is_refused(generator: Generator) -> None:
    small = replace(QUICK, download=replace(QUICK.download, largest_video=50_000))
    result = generator.one("runway", providers=lambda: generator.providers(parameters=small))
    assert isinstance(result.error, BadAnswer) and "more than 50000 bytes" in result.error.problem
    assert hidden(generator.folder) == []


def test_an_answer_that_is_too_large_is_refused(generator: Generator, services: Services) -> None:
    services.media = lambda made: clip(made.number, 200_000)
    from overlaycut.providers.adapters import google

    assert google._INLINE > 1 << 20
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(google, "_INLINE", 100_000)
        result = generator.one("google", "push in [inline]")
    assert isinstance(result.error, BadAnswer) and "more than 100000 bytes" in result.error.problem


def test_a_full_disk_keeps_nothing_half_written(
    generator: Generator, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self.file, self.left = file, 20_000

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *said: object) -> None:
            self.file.close()

        def write(self, piece: bytes) -> int:
            self.left -= len(piece)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return int(self.file.write(piece))

        def flush(self) -> None:
            self.file.flush()

    def full(path: Path, mode: str = "r", *rest: Any, **options: Any) -> Any:
        file = opened(path, mode, *rest, **options)
        return Full(file) if mode == "ab" else file

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        result = generator.one("runway")
    assert isinstance(result.error, OutputError) and "no space" in result.error.problem
    assert result.error.exit_code == 2 and hidden(generator.folder) == []
    assert generator.one("runway").state == TaskState.FETCHED
    assert services.paid() == 1


def test_a_foreign_file_is_not_replaced(generator: Generator, services: Services) -> None:
    (generator.folder / "runway-0.mp4").write_bytes(b"mine")
    with pytest.raises(UsageError, match="not written by overlaycut"):
        generator.one("runway")
    assert services.paid() == 0
    assert generator.one("runway", force=True).state == TaskState.FETCHED


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_is_told_before_paying(generator: Generator, services: Services) -> None:
    folder = generator.folder / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(OutputError):
        generator.run(job(folder, "runway"))
    assert services.paid() == 0


def test_a_place_within_a_file_is_told_before_paying(generator: Generator, services: Services) -> None:
    (generator.folder / "file").write_text("x")
    with pytest.raises(OutputError):
        generator.run(job(generator.folder / "file", "runway"))
    assert services.paid() == 0


@pytest.mark.parametrize("url", [
    "https://fal.media/x.mp4", "https://v3.fal.media/x.mp4?sig=1", "https://v3b.FAL.media:443/x", "http://fal.media/x",
])  # fmt: skip
def test_hosts_of_the_table_are_opened_by_https(url: str) -> None:
    assert Allowed("https://queue.fal.run", ("fal.media", "*.fal.media")).checked(url).scheme == "https"


@pytest.mark.parametrize("url", [
    "https://evil-fal.media/x", "https://fal.media.evil.net/x", "https://fal.media@evil.net/", "https://127.0.0.1/x",
    "http://127.0.0.1:80/x", "https://fal.media:8443/x", "ftp://fal.media/x", "file:///etc/passwd", "//fal.media/x",
    "https://[::1]/x", "https://2130706433/x", "https://fal。media.evil.net/", "https://user:pw@fal.media/x", "",
    "http://queue.fal.run:80@evil.net/", "javascript:alert(1)", "https://fal.media\\@evil.net/x",
])  # fmt: skip
def test_other_addresses_are_not(url: str) -> None:
    with pytest.raises(BadAnswer):
        Allowed("https://queue.fal.run", ("fal.media", "*.fal.media")).checked(url)


@pytest.mark.parametrize("address", [
    "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0", "fc00::1", "0.0.0.0", "192.168.1.1",
    "100.64.0.1", "::ffff:10.0.0.1", "224.0.0.1",
])  # fmt: skip
def test_names_that_lead_into_private_networks_are_told(address: str) -> None:
    assert _not_public(["93.184.216.34", address]) == address
    assert _not_public(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"]) == ""


@pytest.mark.parametrize(("head", "mime"), [
    (clip("x")[:64], "video/mp4"), (b"\0\0\0\x14ftypqt  ", "video/quicktime"), (PNG, "image/png"), (b"", ""),
    (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"), (b"\x1aE\xdf\xa3", "video/webm"),
    (b"\0\0\0\x1cftypavif", "image/avif"), (b"  <!DOCTYPE html>", "text/html"), (b'{"error": 1}', "application/json"),
    (b"<?xml version='1.0'?><Error>", "application/xml"), (b"MZ\x90", ""), (b"GIF89a", "image/gif"),
])  # fmt: skip
def test_kinds_are_told_from_bytes(head: bytes, mime: str) -> None:
    assert kind(head) == mime
    if not mime.startswith("video/"):
        with pytest.raises(BadAnswer):
            wanted(head, "video", "x")


def test_where_files_end(tmp_path: Path) -> None:
    def whole(content: bytes, mime: str = "video/mp4") -> bool:
        path = tmp_path / "f"
        path.write_bytes(content)
        return is_whole(path, mime)

    good = clip("x", 1000)
    assert whole(good) and whole(good + b"\0\0\0") and whole(good + b"\0" * 32)
    assert not any(whole(good[:n]) for n in (10, 40, 200, len(good) - 1))
    assert not whole(good[:24] + good[132:]), "nothing describes it"
    wide = (1).to_bytes(4, "big") + b"mdat" + (116).to_bytes(8, "big") + b"\0" * 100
    assert whole(good[:132] + wide) and not whole(good[:132] + wide[:-1])
    assert whole(PNG, "image/png") and not whole(PNG[:-8], "image/png")
    assert whole(b"\xff\xd8 \xff\xd9", "image/jpeg") and not whole(b"\xff\xd8 ", "image/jpeg")
    assert whole(b"RIFF\x04\0\0\0WEBP", "image/webp") and not whole(b"RIFF\x05\0\0\0WEBP", "image/webp")
