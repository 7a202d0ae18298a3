"""Who may ask the review's server, and for what: this machine, this page, small documents."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from overlaycut.review import ReviewServer, review
from overlaycut.review.application import MOST_BODY
from reviews import plan_of, review_project

DECIDE = {"kind": "decide", "revision": 10**6, "shot": 0, "region": "r1", "decision": "erase"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ReviewServer]:
    with review(review_project(tmp_path)) as started:
        yield started


@pytest.fixture
def client(server: ReviewServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, trust_env=False, timeout=30) as one:
        yield one


def test_the_page_and_its_modules_are_served_with_a_policy(client: httpx.Client) -> None:
    page = client.get("")
    assert page.status_code == 200 and "review.js" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff" and page.headers["referrer-policy"] == "no-referrer"
    for name in ("review.js", "viewer.js", "captions.js", "server.js", "review.css", "icon.svg"):
        assert client.get(name).status_code == 200, name
    assert client.get("state").json()["name"] == "launch"
    assert client.get("frame/0/3").headers["content-type"] == "image/jpeg"
    assert client.get("frame/0/3?candidate=1").status_code == 200
    assert client.get("caption/0?style=pop").headers["content-type"] == "image/jpeg"
    assert client.get("tracks/0").json()["r1"]["0"]["tone"]


def test_a_change_is_made_by_the_page_alone(client: httpx.Client, server: ReviewServer, tmp_path: Path) -> None:
    own = {"origin": server.url.rsplit("/", 2)[0]}
    for headers in (
        {"origin": "http://example.org"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{server.port + 1}"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "example.org"},
        {"host": f"example.org:{server.port}"},
    ):
        assert client.post("edit", json=DECIDE, headers=headers).status_code in (403, 421), headers
        assert client.get("state", headers=headers).status_code in (403, 421), headers
    assert plan_of(tmp_path).regions[0].decision == "keep"
    assert client.post("edit", json=DECIDE, headers=own).status_code == 200
    assert plan_of(tmp_path).regions[0].decision == "erase"


@pytest.mark.parametrize("path", ["", "x/state", "{short}/state", "{longer}/state", "state", "../state", "%00/state"])
def test_without_the_token_there_is_nothing(server: ReviewServer, path: str) -> None:
    words = path.format(short=server.token[:-1], longer=server.token + "a")
    answer = httpx.get(f"http://127.0.0.1:{server.port}/{words}", trust_env=False)
    assert answer.status_code == 403 and "launch" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "review.py",
        "page/index.html", "./../application.py", "frame/0/..%2f..", "frame/-1/0", "frame/0/x", "other/0/0",
        "....//....//etc/passwd", "index.html%00.css",
    ],
)  # fmt: skip
def test_no_path_leads_to_another_file(server: ReviewServer, path: str) -> None:
    """Sent as it is: clients tidy paths up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        host = f"127.0.0.1:{server.port}"
        line.sendall(f"GET /{server.token}/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    assert answer.split()[1] in (b"403", b"404") and b"root:" not in answer and b"import" not in answer


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b"\xff\xfe", 400), (b"[" * 100_000, 400),
        (b'{"kind": "decide"}', 400), (json.dumps({**DECIDE, "more": 1}).encode(), 400),
        (json.dumps({**DECIDE, "shot": 99}).encode(), 400), (b'{"kind": NaN}', 400),
        (json.dumps({**DECIDE, "shot": -1}).encode(), 400), (b" " * (MOST_BODY + 1), 413),
    ],
)  # fmt: skip
def test_malformed_and_huge_bodies_are_refused(client: httpx.Client, tmp_path: Path, body: bytes, status: int) -> None:
    found = client.post("edit", content=body, headers={"content-type": "application/json"})
    assert found.status_code == status and found.json()["error"]
    assert client.get("state").status_code == 200
    assert plan_of(tmp_path).regions[0].decision == "keep"


def test_a_huge_body_without_a_length_is_refused(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * (MOST_BODY // 16)

    found = client.post("edit", content=endless(), headers={"content-type": "application/json"})
    assert found.status_code == 413


def test_forms_and_other_methods_are_refused(client: httpx.Client) -> None:
    assert client.post("edit", data={"kind": "decide"}).status_code == 415
    assert client.post("edit", content=json.dumps(DECIDE), headers={"content-type": "text/plain"}).status_code == 415
    assert client.get("edit").status_code in (404, 405)
    assert client.put("edit", json=DECIDE).status_code == 405


def test_changes_are_streamed_to_every_tab(client: httpx.Client) -> None:
    with client.stream("GET", "events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        client.post("edit", json=DECIDE)
        event: dict[str, Any] = next(json.loads(line[6:]) for line in lines if line.startswith("data: "))
        assert event["kind"] in ("changed", "progress")


def test_it_listens_on_this_machine_alone(server: ReviewServer) -> None:
    assert server.url.startswith("http://127.0.0.1:") and len(server.token) >= 32
