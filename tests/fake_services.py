"""A server on the loopback interface that plays every generation service, with its quirks, and counts what is paid.

Shapes of answers are those of each service's documents and packages as read on 2026-11-21 (Kling: 2026-09-20; images
of Google: 2026-11-28); no service was called. Words in brackets in a prompt make its task misbehave: "push in [nsfw]".

    python tests/fake_services.py        prints its port, and serves until its standard input ends
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEYS = {
    "FAL_KEY": "fal-0123456789", "RUNWAYML_API_SECRET": "key_runway_0123456789", "KLING_API_KEY": "kling-0123456789",
    "KLING_ACCESS_KEY": "kling-access-01", "KLING_SECRET_KEY": "kling-secret-01", "MINIMAX_API_KEY": "mm-0123456789",
    "DASHSCOPE_API_KEY": "sk-dashscope-0123", "ARK_API_KEY": "ark-0123456789", "LUMA_AGENTS_API_KEY": "luma-0123456",
    "LUMAAI_API_KEY": "luma-dm-0123456", "GEMINI_API_KEY": "AIza0123456789", "OPENAI_API_KEY": "sk-openai-0123456",
    "REPLICATE_API_TOKEN": "r8_0123456789",
}  # fmt: skip
SERVICES = (
    "fal", "runway", "kling", "kling-legacy", "minimax", "minimax-v1", "dashscope", "ark", "luma",
    "luma-dream-machine", "google", "google-veo", "google-images", "openai", "replicate",
)  # fmt: skip
POLLS = 2
"""Polls that say that a task is not done yet."""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def clip(seed: str, size: int = 60_000) -> bytes:
    """Bytes with the boxes of an MP4, their content drawn from a seed."""

    def box(kind: bytes, content: bytes) -> bytes:
        return (len(content) + 8).to_bytes(4, "big") + kind + content

    noise = hashlib.shake_256(seed.encode()).digest(size)
    return box(b"ftyp", b"isom\0\0\2\0isommp42") + box(b"moov", b"\0" * 100) + box(b"mdat", noise)


class Page(Exception):
    """A page of something in between comes in the place of an answer."""


class Drop(Exception):
    """The connection ends here."""


@dataclass
class Made:
    """A task that was paid for."""

    service: str
    number: str
    prompt: str
    key: str = ""
    polls: int = 0
    renewed: int = 0
    cancelled: bool = False
    body: Any = None

    def has(self, fault: str) -> bool:
        return f"[{fault}]" in self.prompt

    def value(self, name: str, otherwise: int) -> int:
        found = re.search(rf"\[{name}=(\d+)\]", self.prompt)
        return int(found[1]) if found else otherwise

    @property
    def done(self) -> bool:
        return not self.has("stuck") and self.polls > self.value("polls", POLLS)


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"{}")


@dataclass
class Reply:
    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    """Bytes of the body after which the connection ends."""
    declared: int | None = None
    """A Content-Length that is not the body's."""


@dataclass
class Services:
    """All services at once; `with Services() as services: services.base("fal")`."""

    media: Callable[[Made], bytes] = lambda made: clip(made.number)
    still: Callable[[Made], bytes] = lambda made: PNG
    clock_ahead: float = 0.0
    """Seconds that the server's clock is ahead."""
    latency: float = 0.0
    tls: ssl.SSLContext | None = None
    made: dict[str, Made] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    """service/what → how often."""
    seen: list[Request] = field(default_factory=list)
    keep_requests: bool = True
    tries: Counter[str] = field(default_factory=Counter)
    """service and prompt → submissions, taken or not."""
    port: int = 0

    def __enter__(self) -> Services:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result()
        return self

    def __exit__(self, *said: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def start(self) -> None:
        self._open: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 26, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def base(self, service: str) -> str:
        return f"{self.origin}/{service}"

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}" if self.tls else f"http://127.0.0.1:{self.port}"

    def bases(self) -> dict[str, str]:
        return {service: self.base(service) for service in SERVICES}

    def paid(self, service: str | None = None) -> int:
        return sum(service in (None, one.service) for one in self.made.values())

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        self._open.add(me)
        try:
            while await self._one(reader, writer):
                pass
        except (Drop, ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(me)
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        parts = urlsplit(target)
        request = Request(method, parts.path, parse_qs(parts.query), headers, body)
        if self.keep_requests:
            self.seen.append(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        try:
            reply = self.answer(request)
        except Page:
            reply = Reply(200, b"<!doctype html><title>Please wait</title>")
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        sent = {
            "Content-Length": str(len(content) if reply.declared is None else reply.declared),
            "Date": formatdate(time.time() + self.clock_ahead, usegmt=True),
            "Content-Type": "application/octet-stream" if isinstance(reply.body, bytes) else "application/json",
        } | reply.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode() + content[: reply.cut])
        await writer.drain()
        return reply.cut is None and reply.declared is None

    def answer(self, request: Request) -> Reply:
        service, _, path = request.path.lstrip("/").partition("/")
        if service == "media":
            return self._media(request, path)
        self.calls[service] += 1
        play: Callable[[Request, str], Reply] = getattr(self, f"_{service.replace('-', '_')}")
        return play(request, f"/{path}")

    # What is common to all

    def _new(self, service: str, request: Request, prompt: str, key: str = "") -> Made | Reply:  # noqa: C901
        """A task that is paid for, or how the submission fails before or after that."""
        tries = self.tries[f"{service} {prompt}"] = self.tries[f"{service} {prompt}"] + 1
        stand_in = Made(service, "", prompt)
        self.calls[f"{service}/submit"] += 1
        if stand_in.has("drop-before") and tries == 1:
            raise Drop
        for fault, status in (("down", 503), ("rate", 429)):
            if stand_in.has(fault) and tries <= stand_in.value("times", 1):
                refusal = self._refused(service, fault, status)
                if wait := stand_in.value("wait", 0):
                    refusal.headers["Retry-After"] = str(wait)
                return refusal
        for fault, status in (
            ("auth", 401), ("invalid", 422), ("nsfw-submit", 400), ("balance", 429), ("busy", 200), ("quota", 429),
        ):  # fmt: skip
            if stand_in.has(fault) and (fault != "busy" or tries <= 2):
                return self._refused(service, fault, status)
        if stand_in.has("shape"):
            return Reply(200, {"surprise": [1, 2]})
        made = Made(service, f"{service}-{len(self.made) + 1}", prompt, key, body=request.body)
        self.made[made.number] = made
        if made.has("drop-after"):
            raise Drop
        if made.has("gateway"):
            return Reply(504, {"detail": "upstream timed out", "error": "upstream timed out"})
        if made.has("page"):
            return Reply(200, b"<!doctype html><title>Sign in</title>")
        return made

    def _refused(self, service: str, fault: str, status: int) -> Reply:  # noqa: C901
        """A refusal as the service words it. Some have codes of their own beside, or instead of, the HTTP status."""
        said = f"{fault}: see https://api.example/help?key={KEYS['FAL_KEY']}"
        if service in ("kling", "kling-legacy"):
            code = {
                "auth": 1000, "invalid": 1201, "nsfw-submit": 1301, "balance": 1102, "busy": 1303, "rate": 1302,
                "quota": 1102, "down": 5001,
            }[fault]  # fmt: skip
            return Reply(status, {"code": code, "message": said, "request_id": "r"})
        if service == "minimax-v1":
            code = {
                "auth": 1004, "invalid": 2013, "nsfw-submit": 1026, "balance": 1008, "busy": 1002, "rate": 1002,
                "quota": 1008, "down": 1013,
            }[fault]  # fmt: skip
            return Reply(503 if fault == "down" else 200, {"base_resp": {"status_code": code, "status_msg": said}})
        if service == "dashscope":
            code = {
                "auth": "InvalidApiKey", "invalid": "InvalidParameter.Size", "nsfw-submit": "DataInspectionFailed",
                "balance": "Arrearage", "busy": "Throttling", "rate": "Throttling.RateQuota", "down": "InternalError",
                "quota": "Throttling.AllocationQuota",
            }[fault]  # fmt: skip
            return Reply(400 if fault in ("rate", "busy") else status, {"code": code, "message": said})
        if service == "ark":
            code = {
                "auth": "AuthenticationError", "invalid": "InvalidParameter", "balance": "AccountOverdueError",
                "nsfw-submit": "InputImageSensitiveContentDetected.PrivacyInformation", "busy": "ServerOverloaded",
                "rate": "RateLimitExceeded", "quota": "QuotaExceeded", "down": "InternalServiceError",
            }[fault]  # fmt: skip
            return Reply(429 if fault == "busy" else status, {"error": {"code": code, "message": said}})
        if service.startswith("google"):
            word = {"auth": "INVALID_ARGUMENT", "down": "UNAVAILABLE"}.get(fault, "RESOURCE_EXHAUSTED")
            word = "INVALID_ARGUMENT" if fault in ("invalid", "nsfw-submit") else word
            text = {"auth": "API key not valid", "quota": "requests per day", "balance": "billing"}.get(fault, said)
            error = {"code": status, "message": text, "status": word}
            detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.01s"}
            status = {"auth": 400, "busy": 429}.get(fault, status)
            return Reply(status, {"error": error | {"details": [detail]}})
        if service == "openai":
            code = {
                "auth": "invalid_api_key", "nsfw-submit": "moderation_blocked", "balance": "insufficient_quota",
                "quota": "insufficient_quota", "rate": "rate_limit_exceeded",
            }.get(fault)  # fmt: skip
            return Reply(429 if fault == "busy" else status, {"error": {"code": code, "message": said, "type": fault}})
        if service == "replicate":
            text = "Request was throttled. Your rate limit resets in ~0s." if fault in ("rate", "busy") else said
            status = {"balance": 402, "busy": 429}.get(fault, status)
            return Reply(status, {"title": fault, "detail": text, "status": status})
        status = {"balance": 402, "busy": 429}.get(fault, status)
        if service == "fal":
            kind = "content_policy_violation" if fault == "nsfw-submit" else fault
            listed = {"detail": [{"loc": ["body"], "msg": said, "type": kind}]}
            return Reply(status, {"detail": said} if fault in ("auth", "down", "balance") else listed)
        if service == "runway":
            return Reply(status, {"error": "daily limit reached" if fault == "quota" else said})
        if service == "minimax":
            kind = {"auth": "authentication_error", "balance": "insufficient_balance", "nsfw-submit": "sensitive"}
            error = {"type": kind.get(fault, fault), "message": said, "http_code": str(status)}
            return Reply(status, {"type": "error", "error": error, "request_id": "r"})
        return Reply(status, {"detail": said})

    def _known(self, number: str) -> Made | None:
        """The task, one poll further; None while the service does not know it yet."""
        made = self.made.get(number)
        if made is None:
            return None
        made.polls += 1
        self.calls[f"{made.service}/poll"] += 1
        if made.has("flaky") and made.polls % 2:
            raise Drop
        if made.has("absent") and made.polls <= 2:
            return None
        if made.polls <= made.value("portal", 0):
            raise Page
        return made

    def _bearer(self, request: Request, variable: str, prefix: str = "Bearer ") -> Reply | None:
        if request.headers.get("authorization") == f"{prefix}{KEYS[variable]}":
            return None
        return self._refused(request.path.split("/")[1], "auth", 401)

    def _url(self, made: Made) -> str:
        """An address of the result; every time it is asked for, another signature."""
        made.renewed += 1
        if made.has("foreign"):
            return "https://cdn.example.net/clip.mp4"
        if made.has("private"):
            return "https://10.0.0.1/clip.mp4"
        return f"{self.origin}/media/{made.number}?signature={made.renewed}"

    def _media(self, request: Request, number: str) -> Reply:
        made = self.made[number]
        self.calls["media"] += 1
        whole = self.media(made)
        if made.has("outage") and 2 <= self.calls["media"] <= 4:
            raise Drop
        signature = int(request.query["signature"][0])
        if made.has("expired") and signature == 1:
            return Reply(403, b"<Error><Code>AccessDenied</Code></Error>")
        for fault, location in (
            ("redirect-private", "http://127.0.0.1:1/secret"), ("redirect-metadata", "https://169.254.169.254/latest"),
            ("redirect-file", "file:///etc/passwd"), ("loop", request.path + "?signature=1"),
        ):  # fmt: skip
            if made.has(fault):
                return Reply(302, b"", {"Location": location})
        if made.has("redirect") and request.query["signature"][0] != "9":
            return Reply(302, b"", {"Location": f"/media/{number}?signature=9"})
        whole = {"png": PNG, "html": b"<!doctype html><html>sorry</html>", "empty": b""}.get(
            next((fault for fault in ("png", "html", "empty") if made.has(fault)), ""), whole
        )
        return self._ranged(made, request, whole)

    def _ranged(self, made: Made, request: Request, whole: bytes) -> Reply:
        tag = f'"{hashlib.sha256(whole).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes"}
        begin, status = 0, 200
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        if asked and request.headers.get("if-range") == tag and not made.has("no-range"):
            begin, status = int(asked[1]), 206
            if begin >= len(whole):
                return Reply(416, b"", {"Content-Range": f"bytes */{len(whole)}"})
            headers["Content-Range"] = f"bytes {begin}-{len(whole) - 1}/{len(whole)}"
        rest = whole[begin:]
        if made.has("cut"):
            step = made.value("step", 25_000)
            return Reply(status, rest, headers, cut=step if len(rest) > step else None)
        if made.has("lie-short") and begin == 0:
            return Reply(status, rest[:20_000], headers)
        if made.has("lie-long") and begin == 0:
            return Reply(status, rest, headers, declared=len(rest) + 5000, cut=len(rest))
        return Reply(status, rest, headers)

    # fal: https://docs.fal.ai/model-endpoints/queue

    def _fal(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "FAL_KEY", "Key "):
            return refusal
        if "/requests/" not in path:
            made = self._new("fal", request, request.json["prompt"])
            if isinstance(made, Reply):
                return made
            root = f"{self.base('fal')}/fal-ai/app/requests/{made.number}"
            return Reply(200, {
                "request_id": made.number, "status": "IN_QUEUE", "queue_position": 0, "response_url": root,
                "status_url": f"{root}/status", "cancel_url": f"{root}/cancel",
            })  # fmt: skip
        number = path.split("/requests/")[1].split("/")[0]
        if path.endswith("/cancel"):
            self.made[number].cancelled = True
            return Reply(202, {"status": "CANCELLATION_REQUESTED"})
        if not path.endswith("/status"):
            return self._fal_result(self.made[number])
        made = self._known(number)
        if made is None:
            return Reply(404, {"detail": "Request not found"})
        if not made.done:
            return Reply(202, {"status": "IN_QUEUE" if made.polls < 2 else "IN_PROGRESS", "queue_position": 0})
        if made.has("error-in-status"):
            return Reply(200, {"status": "COMPLETED", "error": "runner gave up", "error_type": "runner_disconnected"})
        return Reply(200, {"status": "COMPLETED", "metrics": {"inference_time": 3.2}})

    def _fal_result(self, made: Made) -> Reply:
        if made.has("early") and self.tries[f"early {made.number}"] < 2:
            self.tries[f"early {made.number}"] += 1
            return Reply(400, {"detail": "Request is still in progress"})
        if made.has("runner"):
            lost = {"detail": "runner went away", "error_type": "runner_disconnected"}
            return Reply(503, lost, {"X-Fal-Error-Type": "runner_disconnected"})
        if made.has("proxy") and self.tries[f"proxy {made.number}"] < 2:
            self.tries[f"proxy {made.number}"] += 1
            return Reply(502, b"<html>Bad gateway</html>")
        if made.has("nsfw"):
            detail = {"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}
            return Reply(422, {"detail": [detail]})
        video = {"url": self._url(made), "content_type": "video/mp4", "file_name": "o.mp4", "file_size": 1}
        return Reply(200, {"video": video, "seed": 42})

    # Runway: package runwayml 5.24.0

    def _runway(self, request: Request, path: str) -> Reply:  # noqa: C901
        if refusal := self._bearer(request, "RUNWAYML_API_SECRET"):
            return refusal
        if request.headers.get("x-runway-version") != "2024-11-06":
            return Reply(400, {"error": "X-Runway-Version is missing"})
        if path == "/v1/image_to_video":
            made = self._new("runway", request, request.json["promptText"])
            if isinstance(made, Reply):
                return made
            credits = request.json["duration"] * (24 if made.has("price") else 12)
            return Reply(200, {"id": made.number, "estimatedCost": {"credits": credits}})
        number = path.rpartition("/")[2]
        if request.method == "DELETE":
            if self.made[number].has("no-cancel"):
                return Reply(404, {"error": "not found"})
            self.made[number].cancelled = True
            return Reply(204)
        made = self._known(number)
        if made is None:
            return Reply(404, {"error": "not found"})
        if made.cancelled:
            return Reply(200, {"id": number, "status": "CANCELLED"})
        if not made.done:
            state = "THROTTLED" if made.polls < 2 else "RUNNING"
            return Reply(200, {"id": number, "status": state, "progress": 0.4})
        for fault, code in (("nsfw", "SAFETY.OUTPUT.VIDEO"), ("internal", "INTERNAL.BAD_OUTPUT.CODE01")):
            if made.has(fault):
                said = {"status": "FAILED", "failure": "no", "failureCode": code, "cost": {"credits": 0}}
                return Reply(200, {"id": number} | said)
        said = {"status": "SUCCEEDED", "output": [self._url(made)], "cost": {"credits": 60}}
        return Reply(200, {"id": number} | said)

    # Kling: kling.ai document pages of 2026-09-20

    def _kling(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "KLING_API_KEY"):
            return refusal
        if path != "/tasks":
            body = request.json
            key = body["options"].get("external_task_id", "")
            if key and any(one.key == key for one in self.made.values()):
                return Reply(400, {"code": 1201, "message": f"external_task_id {key} exists", "request_id": "r"})
            made = self._new("kling", request, body["contents"][0]["text"], key)
            return made if isinstance(made, Reply) else Reply(200, self._kling_data({"id": made.number}))
        if keys := request.query.get("external_task_ids"):
            found = [one for one in self.made.values() if one.key in keys[0].split(",")]
            return Reply(200, self._kling_data([{"id": one.number, "status": "submitted"} for one in found]))
        told = []
        for number in request.query["task_ids"][0].split(","):
            made = self._known(number)
            if made is None:
                continue
            state = ("submitted" if made.polls < 2 else "processing") if not made.done else "succeeded"
            if made.done and made.has("nsfw"):
                told.append({"id": number, "status": "failed", "message": "blocked by risk control"})
                continue
            outputs = [{"type": "cover", "url": "https://x"}]
            outputs += [{"type": "video", "url": self._url(made)}] if made.done else []
            told.append({"id": number, "status": state, "outputs": outputs})
        return Reply(200, self._kling_data(told))

    def _kling_data(self, data: Any) -> Any:
        return {"code": 0, "message": "SUCCEED", "request_id": "r", "data": data}

    def _kling_legacy(self, request: Request, path: str) -> Reply:
        if not self._is_token(request.headers.get("authorization", "")):
            return self._refused("kling-legacy", "auth", 401)
        if request.method == "POST":
            body = request.json
            key = body.get("external_task_id", "")
            if key and any(one.key == key for one in self.made.values()):
                return Reply(400, {"code": 1201, "message": f"external_task_id {key} exists", "request_id": "r"})
            if body.get("image", "").startswith("data:") or not isinstance(body["duration"], str):
                return self._refused("kling-legacy", "invalid", 400)
            made = self._new("kling-legacy", request, body["prompt"], key)
            return made if isinstance(made, Reply) else Reply(200, self._kling_data({"task_id": made.number}))
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"code": 1203, "message": "no such task"})
        if made.done and made.has("nsfw"):
            return Reply(200, self._kling_data({"task_status": "failed", "task_status_msg": "risk control"}))
        if not made.done:
            return Reply(200, self._kling_data({"task_id": made.number, "task_status": "processing"}))
        videos = [{"id": "v", "url": self._url(made), "duration": "5.0"}]
        return Reply(200, self._kling_data({"task_status": "succeed", "task_result": {"videos": videos}}))

    def _is_token(self, said: str) -> bool:
        """Whether a JSON Web Token is signed with the secret key, and in its time by this server's clock."""
        head, _, signature = said.removeprefix("Bearer ").rpartition(".")
        if head.count(".") != 1:
            return False
        digest = hmac.new(KEYS["KLING_SECRET_KEY"].encode(), head.encode(), hashlib.sha256).digest()
        padded = head.split(".")[1] + "=="
        claims = json.loads(base64.urlsafe_b64decode(padded))
        now = time.time() + self.clock_ahead
        good = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == signature
        return good and claims["iss"] == KEYS["KLING_ACCESS_KEY"] and claims["nbf"] <= now < claims["exp"]

    # MiniMax: MiniMax-AI/MiniMax-MCP (v1), vercel/ai (v2)

    def _minimax(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "MINIMAX_API_KEY"):
            return refusal
        if request.method == "POST":
            made = self._new("minimax", request, request.json["content"][0]["text"])
            return made if isinstance(made, Reply) else Reply(200, {"task_id": made.number})
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"type": "error", "error": {"type": "not_found", "message": "no such task"}})
        task: dict[str, Any] = {"id": made.number, "status": "queued" if made.polls < 2 else "running"}
        if made.done and made.has("nsfw"):
            task |= {"status": "failed", "error": {"code": "1027", "message": "sensitive output"}}
        elif made.done:
            task |= {"status": "succeeded", "content": {"url": self._url(made)}, "duration": 6}
        return Reply(200, {"task": task})

    def _minimax_v1(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "MINIMAX_API_KEY"):
            return refusal
        fine = {"base_resp": {"status_code": 0, "status_msg": "success"}}
        if request.method == "POST":
            made = self._new("minimax-v1", request, request.json["prompt"])
            return made if isinstance(made, Reply) else Reply(200, {"task_id": made.number} | fine)
        if path == "/v1/files/retrieve":
            made = self.made[request.query["file_id"][0].removeprefix("file-")]
            self.tries[f"file {made.number}"] += 1
            if made.has("file-busy") and self.tries[f"file {made.number}"] < 3:
                return self._refused("minimax-v1", "rate", 200)
            return Reply(200, {"file": {"file_id": 1, "download_url": self._url(made)}} | fine)
        made = self._known(request.query["task_id"][0])
        if made is None:
            return Reply(404, {"base_resp": {"status_code": 2013, "status_msg": "task not found"}})
        if not made.done:
            return Reply(
                200, {"task_id": made.number, "status": "Preparing" if made.polls < 2 else "Processing"} | fine
            )
        if made.has("nsfw"):
            bad = {"base_resp": {"status_code": 1027, "status_msg": "output sensitive"}}
            return Reply(200, {"task_id": made.number, "status": "Fail"} | bad)
        return Reply(200, {"task_id": made.number, "status": "Success", "file_id": f"file-{made.number}"} | fine)

    # Model Studio: package dashscope

    def _dashscope(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "DASHSCOPE_API_KEY"):
            return refusal
        if request.method == "POST":
            if request.headers.get("x-dashscope-async") != "enable":
                return Reply(
                    403, {"code": "AccessDenied", "message": "current user api does not support synchronous calls"}
                )
            made = self._new("dashscope", request, request.json["input"]["prompt"])
            if isinstance(made, Reply):
                return made
            return Reply(200, {"output": {"task_status": "PENDING", "task_id": made.number}, "request_id": "r"})
        number = path.rpartition("/")[2]
        made = self._known(number)
        output: dict[str, Any] = {"task_id": number, "task_status": "UNKNOWN"}
        if made is not None:
            output["task_status"] = "PENDING" if made.polls < 2 else "RUNNING"
        if made is not None and made.done and made.has("nsfw"):
            output |= {"task_status": "FAILED", "code": "DataInspectionFailed", "message": "inappropriate"}
        elif made is not None and made.done:
            output |= {"task_status": "SUCCEEDED", "video_url": self._url(made), "actual_prompt": "a long one"}
        return Reply(200, {"output": output, "request_id": "r"})

    # Ark: package volcengine-python-sdk

    def _ark(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "ARK_API_KEY"):
            return refusal
        if request.method == "POST":
            made = self._new("ark", request, request.json["content"][0]["text"])
            return made if isinstance(made, Reply) else Reply(200, {"id": made.number})
        number = path.rpartition("/")[2]
        if request.method == "DELETE":
            self.made[number].cancelled = True
            return Reply(200, {})
        made = self._known(number)
        if made is None:
            return Reply(404, {"error": {"code": "ResourceNotFound", "message": "no such task"}})
        told: dict[str, Any] = {"id": number, "status": "queued" if made.polls < 2 else "running", "error": None}
        if made.done and made.has("nsfw"):
            told |= {"status": "failed", "error": {"code": "OutputVideoSensitiveContentDetected", "message": "no"}}
        elif made.done:
            told |= {"status": "succeeded", "content": {"video_url": self._url(made)}, "seed": 7, "framespersecond": 24}
        return Reply(200, told)

    # Luma: packages luma-agents 0.5.0, lumaai

    def _luma(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "LUMA_AGENTS_API_KEY"):
            return refusal
        if request.method == "POST":
            made = self._new("luma", request, request.json["prompt"])
            return made if isinstance(made, Reply) else Reply(201, {"id": made.number, "state": "queued"})
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"detail": "Generation not found"})
        told: dict[str, Any] = {"id": made.number, "state": "queued" if made.polls < 2 else "processing"}
        if made.done and made.has("nsfw"):
            told |= {"state": "failed", "failure_code": "content_moderated", "failure_reason": "moderated"}
        elif made.done:
            told |= {"state": "completed", "output": [{"type": "video", "url": self._url(made)}]}
        return Reply(200, told)

    def _luma_dream_machine(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "LUMAAI_API_KEY"):
            return refusal
        if request.method == "POST":
            made = self._new("luma-dream-machine", request, request.json["prompt"])
            return made if isinstance(made, Reply) else Reply(201, {"id": made.number, "state": "queued"})
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"detail": "Generation not found"})
        told: dict[str, Any] = {"id": made.number, "state": "queued" if made.polls < 2 else "dreaming"}
        if made.done and made.has("nsfw"):
            told |= {"state": "failed", "failure_reason": "frame was moderated"}
        elif made.done:
            told |= {"state": "completed", "assets": {"video": self._url(made), "image": None}}
        return Reply(200, told)

    # Google: packages google-genai 3.4.0, googleapis/python-genai; images: ai.google.dev

    def _google_key(self, request: Request, service: str) -> Reply | None:
        fine = request.headers.get("x-goog-api-key") == KEYS["GEMINI_API_KEY"]
        return None if fine else self._refused(service, "auth", 400)

    def _google(self, request: Request, path: str) -> Reply:
        if refusal := self._google_key(request, "google"):
            return refusal
        if path == "/v1beta/interactions":
            made = self._new("google", request, request.json["input"][0]["text"])
            return made if isinstance(made, Reply) else Reply(200, {"id": made.number, "status": "queued"})
        if path.startswith("/v1beta/files/"):
            return self._google_file(path)
        if path.endswith("/cancel"):
            self.made[path.split("/")[-2]].cancelled = True
            return Reply(200, {})
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}})
        if not made.done:
            return Reply(200, {"id": made.number, "status": "in_progress"})
        if made.has("nsfw"):
            return Reply(200, {"id": made.number, "status": "completed", "steps": []})
        block: dict[str, Any] = {"type": "video", "mime_type": "video/mp4"}
        if made.has("inline"):
            block["data"] = base64.b64encode(self.media(made)).decode()
        else:
            block["uri"] = f"{self.base('google')}/v1beta/files/{made.number}"
        steps = [{"type": "thought"}, {"type": "model_output", "content": [{"type": "text", "text": "here"}, block]}]
        return Reply(200, {"id": made.number, "status": "completed", "steps": steps})

    def _google_file(self, path: str) -> Reply:
        number, _, verb = path.rpartition("/")[2].partition(":")
        made = self.made[number]
        if verb == "download":
            return Reply(200, self.media(made))
        self.tries[f"file {number}"] += 1
        uri = f"{self.base('google')}/v1beta/files/{number}"
        return Reply(200, {"state": "ACTIVE" if self.tries[f"file {number}"] > 1 else "PROCESSING", "uri": uri})

    def _google_veo(self, request: Request, path: str) -> Reply:
        if refusal := self._google_key(request, "google-veo"):
            return refusal
        if path.endswith(":predictLongRunning"):
            made = self._new("google-veo", request, request.json["instances"][0]["prompt"])
            if isinstance(made, Reply):
                return made
            return Reply(200, {"name": f"models/veo-3.1-generate-preview/operations/{made.number}"})
        if path.startswith("/download/"):
            return Reply(200, self.media(self.made[path.rpartition("/")[2]]))
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"error": {"code": 404, "message": "not found", "status": "NOT_FOUND"}})
        if not made.done:
            return Reply(200, {"name": path})
        response: dict[str, Any] = {"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["a face"]}
        if not made.has("nsfw"):
            uri = f"{self.base('google-veo')}/download/{made.number}"
            response = {"generatedSamples": [{"video": {"uri": uri}}]}
        return Reply(200, {"name": path, "done": True, "response": {"generateVideoResponse": response}})

    def _google_images(self, request: Request, path: str) -> Reply:
        if refusal := self._google_key(request, "google-images"):
            return refusal
        prompt = request.json["contents"][0]["parts"][-1]["text"]
        made = self._new("google-images", request, prompt)
        if isinstance(made, Reply):
            return made
        if made.has("nsfw"):
            return Reply(200, {"candidates": [{"finishReason": "IMAGE_SAFETY"}], "responseId": made.number})
        data = base64.b64encode(self.still(made)).decode()
        parts = [{"text": "here"}, {"inlineData": {"mimeType": "image/png", "data": data}}]
        return Reply(200, {"candidates": [{"content": {"parts": parts}}], "responseId": made.number})

    # OpenAI: package openai 3.52.0

    def _openai(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "OPENAI_API_KEY"):
            return refusal
        if path == "/v1/images/edits":
            found = re.search(rb'name="prompt"\r\n\r\n(.*?)\r\n', request.body, re.DOTALL)
            prompt, count = found[1].decode() if found else "", 1
        else:
            prompt, count = request.json["prompt"], request.json["n"]
        made = self._new("openai", request, prompt)
        if isinstance(made, Reply):
            return made
        data = [{"b64_json": base64.b64encode(self.still(made)).decode()} for _ in range(count)]
        return Reply(200, {"created": 1_790_000_000, "data": data, "usage": {"output_tokens": 4160}})

    # Replicate: https://replicate.com/docs/reference/http

    def _replicate(self, request: Request, path: str) -> Reply:
        if refusal := self._bearer(request, "REPLICATE_API_TOKEN"):
            return refusal
        if path.endswith("/predictions"):
            made = self._new("replicate", request, request.json["input"]["prompt"])
            return made if isinstance(made, Reply) else Reply(201, {"id": made.number, "status": "starting"})
        if path.endswith("/cancel"):
            self.made[path.split("/")[-2]].cancelled = True
            return Reply(200, {"status": "canceled"})
        made = self._known(path.rpartition("/")[2])
        if made is None:
            return Reply(404, {"title": "Not found", "detail": "not found", "status": 404})
        told: dict[str, Any] = {"id": made.number, "status": "starting" if made.polls < 2 else "processing"}
        if made.done and made.has("nsfw"):
            told |= {"status": "failed", "error": "NSFW content detected"}
        elif made.done:
            told |= {"status": "succeeded", "output": [self._url(made)] if made.polls % 2 else self._url(made)}
        return Reply(200, told)


async def _until_the_input_ends() -> None:
    services = Services(keep_requests=False)
    await services.start()
    print(services.port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps({"paid": Counter(one.service for one in services.made.values()), "calls": services.calls}))
    await services.stop()


if __name__ == "__main__":
    asyncio.run(_until_the_input_ends())
