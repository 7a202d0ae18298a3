"""Luma's two APIs: Agents (ray-3.2), and Dream Machine (ray-2). Keys of one do not open the other.

Shapes: packages luma-agents 0.5.0 and lumaai, read 2026-11-21.
"""

from __future__ import annotations

from overlaycut.providers.adapters.base import (
    Adapter,
    Order,
    failed,
    http_failure,
    merged,
    outputs,
    state_of,
    without_none,
)
from overlaycut.providers.calls import Answer, Call, raw_base64
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    Json,
    MediaInput,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

_STATES = {
    "queued": TaskState.QUEUED, "processing": TaskState.RUNNING, "dreaming": TaskState.RUNNING,
    "completed": TaskState.SUCCEEDED, "failed": TaskState.FAILED,
}  # fmt: skip
_CODES = {
    "content_moderated": FailureKind.MODERATION, "generation_failed": FailureKind.SERVER,
    "budget_exhausted": FailureKind.BALANCE, "output_not_found": FailureKind.GONE,
    "image_too_large": FailureKind.INVALID, "unsupported_format": FailureKind.INVALID,
    "corrupt_input": FailureKind.INVALID, "invalid_request": FailureKind.INVALID, "rate_limited": FailureKind.RATE,
}  # fmt: skip


class Luma(Adapter):
    """Addresses of results are good for an hour; asking again renews them."""

    def submission(self, order: Order) -> Call:
        """POST of the prompt and a `video` object."""
        video = without_none(resolution=order.size, duration=f"{order.duration}s")
        for name, one in (("start_frame", order.first), ("end_frame", order.last)):
            if one:
                video[name] = _reference(one)
        body = without_none(model=order.call.id, type="video", prompt=order.prompt, aspect_ratio=order.ratio)
        return Call(
            method="POST",
            url=f"{self.base}/v1/generations",
            json=merged(body | {"video": video}, order.request.extras),
            patience=60,
        )

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The generation's number."""
        task = Task(provider="luma", model=order.request.model, id=answer.needed("id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the generation."""
        return Call(url=f"{self.base}/v1/generations/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure."""
        state = state_of(answer.at("state"), _STATES)
        if state == TaskState.FAILED:
            code = str(answer.at("failure_code", default=""))
            message = str(answer.at("failure_reason", default="") or "the service gives no reason")
            return failed(Failure(kind=_CODES.get(code, FailureKind.OTHER), code=code, message=message))
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        made = answer.at("output", default=[])
        return TaskStatus(state=state, outputs=outputs(*(one.get("url") for one in made)))

    def failure(self, answer: Answer) -> Failure | None:
        """By status; the reason is in `detail` or `message`."""
        return None if answer.ok else http_failure(answer, message=_said(answer))


class LumaDreamMachine(Adapter):
    """Takes pictures by their address only."""

    def submission(self, order: Order) -> Call:
        """POST with key frames by address."""
        frames = {"frame0": order.first, "frame1": order.last}
        keyframes = {name: {"type": "image", "url": one.url} for name, one in frames.items() if one}
        body = without_none(
            model=order.call.id,
            prompt=order.prompt,
            keyframes=keyframes or None,
            aspect_ratio=order.ratio,
            duration=f"{order.duration}s",
            resolution=order.size,
        )
        url = f"{self.base}/dream-machine/v1/generations/video"
        return Call(method="POST", url=url, json=merged(body, order.request.extras), patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The generation's number."""
        task = Task(provider="luma-dream-machine", model=order.request.model, id=answer.needed("id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the generation."""
        return Call(url=f"{self.base}/dream-machine/v1/generations/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure."""
        state = state_of(answer.at("state"), _STATES)
        if state == TaskState.FAILED:
            message = str(answer.at("failure_reason", default="") or "the service gives no reason")
            kind = FailureKind.MODERATION if "moderat" in message.casefold() else FailureKind.OTHER
            return failed(Failure(kind=kind, message=message))
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        return TaskStatus(state=state, outputs=outputs(answer.at("assets", "video")))

    def failure(self, answer: Answer) -> Failure | None:
        """By status; the reason is in `detail`."""
        return None if answer.ok else http_failure(answer, message=_said(answer))


def _said(answer: Answer) -> str:
    return str(answer.at("detail", default="") or answer.at("message", default=""))


def _reference(one: MediaInput) -> Json:
    return {"url": one.url} if one.url else {"data": raw_base64(one), "media_type": one.mime}
