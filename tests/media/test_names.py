"""File names that FFmpeg would read as protocols, options or patterns, and files that name things on the network."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from draw import Tone, draw_clip, scene_frames
from overlaycut.cli.app import run
from overlaycut.errors import OverlaycutError
from overlaycut.media import Clip, Encoding, SampledSound, samples, write_alpha, write_clip

NAMES = (
    "take:2.mp4", "http:clip.mp4", "https:clip.mp4", "http:/127.0.0.1:9/clip.mp4", "concat:a.mp4|b.mp4", "pipe:0.mp4",
    "file:a.mp4", "tcp:a.mp4", "data:,a.mp4", "cache:a.mp4", "crypto:a.mp4", "async:a.mp4", "lavfi:testsrc.mp4",
    "subfile,,start,1,end,2,,:a.mp4", "%03d.mp4", "%d%%.mp4", "frame-%n.mp4", "-lead.mp4", "--json.mp4", "a\nb.mp4",
    " a .mp4", "a|b.mp4", "[0:v].mp4", "'a\".mp4", "$(a);&.mp4", "a\\b.mp4", "?a=b#c.mp4", "*.mp4", "ünï 🎬 字.mp4",
    "..a.mp4", os.fsdecode(b"caf\xe9.mp4"), "x" * 180 + ".mp4",
)  # fmt: skip


@pytest.fixture
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_clip(tmp_path_factory.mktemp("drawn") / "a.mp4", tone=Tone(seconds=Fraction(2, 5), click=None)).path


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_of_any_name_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Path, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(drawn, path)
    facts = Clip(path).full_facts
    assert facts.frames == 10 and facts.path == path
    assert sum(len(block) for block in samples(path)) >= 0.4 * 48_000
    assert run(["probe", "--json", "--", name]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_clip_of_any_name_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    sound = SampledSound([np.zeros((4800, 2), np.float32)])
    written = write_clip(scene_frames(5), Path(name), tick=Fraction(1, 25), encoding=Encoding(), sound=sound)
    assert written.path == Path(name)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / name]
    assert Clip(tmp_path / name).full_facts.frames == 5
    layer = Path(name).with_suffix(".webm")
    pictures = iter([np.zeros((32, 32, 4), np.uint8)] * 2)
    times = [(Fraction(0), Fraction(1, 25)), (Fraction(1, 25), Fraction(1, 25))]
    write_alpha(pictures, layer, times=times, tick=Fraction(1, 1000))
    assert Clip(tmp_path / layer).full_facts.frames == 2


class Listener:
    """A port of this machine, TCP and UDP, that notes whether anybody came."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for one in (self.tcp, self.udp):
            one.setblocking(False)

    def visited(self) -> bool:
        with suppress(BlockingIOError):
            connection, _ = self.tcp.accept()
            connection.close()
            return True
        with suppress(BlockingIOError):
            self.udp.recv(1)
            return True
        return False


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.tcp.close()
    one.udp.close()


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(OverlaycutError) as caught:
        yield
    assert caught.value.exit_code == 3


DOCUMENTS: dict[str, Callable[[int], str]] = {
    "a.m3u8": lambda port: (
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" f"http://127.0.0.1:{port}/a.ts\n#EXT-X-ENDLIST\n"
    ),
    "key.m3u8": lambda port: (
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
        f'#EXT-X-KEY:METHOD=AES-128,URI="http://127.0.0.1:{port}/k"\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n'
    ),
    "master.m3u8": lambda port: f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.1:{port}/v.m3u8\n",
    "a.ffconcat": lambda port: f"ffconcat version 1.0\nfile http://127.0.0.1:{port}/a.mp4\n",
    "a.sdp": lambda port: (
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port + 1} RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n"
    ),
    "a.mpd": lambda port: (
        '<MPD type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>http://127.0.0.1:{port}/a.mp4</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("suffix", ["", ".mp4"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_opens_a_connection(tmp_path: Path, listener: Listener, name: str, suffix: str) -> None:
    path = tmp_path / f"{name}{suffix}"
    path.write_text(DOCUMENTS[name](listener.port), encoding="utf-8")
    for read in (lambda: Clip(path).full_facts, lambda: list(samples(path))):
        with refused():
            read()
    assert not listener.visited()


@pytest.mark.parametrize("scheme", ["http", "https", "tcp", "rtmp", "rtp", "udp", "ftp", "gopher", "tls"])
def test_no_name_opens_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawn: Path, listener: Listener, scheme: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(f"{scheme}:/127.0.0.1:{listener.port}/a.mp4")
    with refused():
        Clip(path)
    path.parent.mkdir(parents=True)
    shutil.copy(drawn, path)
    assert Clip(path).full_facts.frames == 10
    write_clip(scene_frames(2), path, tick=Fraction(1, 25), encoding=Encoding())
    assert Clip(path).full_facts.frames == 2
    assert not listener.visited()


@pytest.mark.parametrize("name", ["a.m3u8", "a.ffconcat"])
def test_the_listener_would_notice(tmp_path: Path, listener: Listener, name: str) -> None:
    """Guards this file: without the restriction FFmpeg does come."""
    path = tmp_path / name
    path.write_text(DOCUMENTS[name](listener.port), encoding="utf-8")
    with suppress(av.FFmpegError):
        av.open(
            str(path), options={"protocol_whitelist": "file,http,tcp", "safe": "0"}, timeout=0.5
        ).close()  # fmt: skip
    assert listener.visited()
