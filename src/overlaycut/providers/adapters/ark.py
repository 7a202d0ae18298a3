"""ByteDance Ark (BytePlus ModelArk, Volcengine): Seedance.

Shapes: package volcengine-python-sdk, resources/content_generation, read 2026-11-21.
"""

from __future__ import annotations

from overlaycut.providers.adapters.base import (
    ROLES,
    Adapter,
    Order,
    facts_of,
    failed,
    http_failure,
    merged,
    outputs,
    state_of,
    without_none,
)
from overlaycut.providers.calls import Answer, Call, data_uri
from overlaycut.providers.protocol import Failure, FailureKind, Json, Submitted, Task, TaskState, TaskStatus

_PATH = "/api/v3/contents/generations/tasks"
_STATES = {
    "queued": TaskState.QUEUED, "running": TaskState.RUNNING, "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED, "cancelled": TaskState.CANCELLED, "expired": TaskState.EXPIRED,
}  # fmt: skip
_WORDS = (
    ("SensitiveContent", FailureKind.MODERATION), ("PrivacyInformation", FailureKind.MODERATION),
    ("Authentication", FailureKind.AUTH), ("AccountOverdue", FailureKind.BALANCE), ("RateLimit", FailureKind.RATE),
    ("QuotaExceeded", FailureKind.QUOTA), ("ServerOverloaded", FailureKind.BUSY),
    ("InvalidParameter", FailureKind.INVALID), ("NotFound", FailureKind.GONE), ("ModelNotOpen", FailureKind.GONE),
    ("InternalService", FailureKind.SERVER),
)  # fmt: skip


class Ark(Adapter):
    """A failed task comes back with HTTP 200."""

    def submission(self, order: Order) -> Call:
        """POST of text and pictures with their roles."""
        return Call(method="POST", url=f"{self.base}{_PATH}", json=_body(order), patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number, known to the service for a week."""
        task = Task(provider="ark", model=order.request.model, id=answer.needed("id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the task."""
        return Call(url=f"{self.base}{_PATH}/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure."""
        state = state_of(answer.at("status"), _STATES)
        if state == TaskState.SUCCEEDED:
            names = {"seed": "seed", "size": "resolution", "ratio": "ratio", "fps": "framespersecond"}
            facts = facts_of(answer, names=names)
            return TaskStatus(state=state, outputs=outputs(answer.at("content", "video_url")), facts=facts)
        if not state.is_final:
            return TaskStatus(state=state)
        code = str(answer.at("error", "code", default=""))
        message = str(answer.at("error", "message", default="") or f"the task is {state}")
        other = FailureKind.GONE if state == TaskState.EXPIRED else FailureKind.OTHER
        return failed(Failure(kind=_kind(code) or other, code=code, message=message), state)

    def cancellation(self, task: Task) -> Call:
        """DELETE, which stops what is still queued."""
        return Call(method="DELETE", url=f"{self.base}{_PATH}/{task.id}")

    def failure(self, answer: Answer) -> Failure | None:
        """By code, else by status."""
        if answer.ok:
            return None
        code = str(answer.at("error", "code", default=""))
        return http_failure(answer, kind=_kind(code), code=code, message=str(answer.at("error", "message", default="")))


def _kind(code: str) -> FailureKind | None:
    return next((kind for word, kind in _WORDS if word in code), None)


def _body(order: Order) -> Json:
    request, row = order.request, order.row
    content: list[Json] = [{"type": "text", "text": order.prompt}]
    content += [
        {"type": "image_url", "image_url": {"url": data_uri(one)}, "role": ROLES[one.role]} for one in request.inputs
    ]
    body = without_none(
        model=order.call.id,
        content=content,
        resolution=order.size,
        ratio=order.ratio,
        duration=order.duration,
        seed=request.seed if row.seed else None,
        generate_audio=request.audio if row.audio == "optional" else None,
        watermark=False,
    )
    return merged(body, request.extras)
