"""MiniMax's two APIs: v2 for H3, v1 for Hailuo up to 2.3.

Shapes: MiniMax-AI/MiniMax-MCP (v1), the MiniMax adapter of vercel/ai (v2), read 2026-11-21.
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

_STATES = {
    "queued": TaskState.QUEUED, "running": TaskState.RUNNING, "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED, "cancelled": TaskState.CANCELLED, "expired": TaskState.EXPIRED,
}  # fmt: skip
_STATES_V1 = {
    "Preparing": TaskState.QUEUED, "Queueing": TaskState.QUEUED, "Processing": TaskState.RUNNING,
    "Success": TaskState.SUCCEEDED, "Fail": TaskState.FAILED,
}  # fmt: skip
_CODES = {
    1000: FailureKind.SERVER, 1001: FailureKind.SERVER, 1002: FailureKind.RATE, 1004: FailureKind.AUTH,
    1008: FailureKind.BALANCE, 1013: FailureKind.SERVER, 1026: FailureKind.MODERATION, 1027: FailureKind.MODERATION,
    1039: FailureKind.RATE, 2013: FailureKind.INVALID, 2038: FailureKind.AUTH, 2049: FailureKind.AUTH,
}  # fmt: skip
_WORDS = (
    ("auth", FailureKind.AUTH), ("balance", FailureKind.BALANCE), ("rate_limit", FailureKind.RATE),
    ("sensitive", FailureKind.MODERATION), ("moderation", FailureKind.MODERATION),
)  # fmt: skip


class MiniMax(Adapter):
    """Version 2: pictures have roles, errors have HTTP statuses."""

    def submission(self, order: Order) -> Call:
        """POST of text and pictures as a list."""
        content: list[Json] = [{"type": "text", "text": order.prompt}]
        content += [
            {"type": "image_url", "image_url": {"url": data_uri(one)}, "role": ROLES[one.role]}
            for one in order.request.inputs
        ]
        body = without_none(
            model=order.call.id,
            content=content,
            resolution=order.size,
            duration=order.duration,
            ratio=None if order.first else order.ratio,
        )
        return Call(
            method="POST", url=f"{self.base}/v2/video_generation", json=merged(body, order.request.extras), patience=60
        )

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number, at either place where clients have seen it."""
        where = ("task", "id") if answer.at("task", "id") else ("task_id",)
        task = Task(provider="minimax", model=order.request.model, id=answer.needed(*where))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the task; it renews the address of the clip."""
        return Call(url=f"{self.base}/v2/query/video_generation/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure."""
        state = state_of(answer.at("task", "status"), _STATES)
        if state == TaskState.SUCCEEDED:
            facts = facts_of(answer, "task", names={"seconds": "duration", "size": "resolution", "ratio": "ratio"})
            return TaskStatus(state=state, outputs=outputs(answer.at("task", "content", "url")), facts=facts)
        if not state.is_final:
            return TaskStatus(state=state)
        code = str(answer.at("task", "error", "code", default=""))
        message = str(answer.at("task", "error", "message", default="") or f"the task is {state}")
        gone = FailureKind.GONE if state == TaskState.EXPIRED else FailureKind.OTHER
        return failed(Failure(kind=_kind(f"{code} {message}") or gone, code=code, message=message), state)

    def failure(self, answer: Answer) -> Failure | None:
        """`error` has type and message; the errors of version 1 are understood as well."""
        if code := answer.at("base_resp", "status_code", default=0):
            return _v1_failure(answer, code)
        if answer.ok:
            return None
        code = str(answer.at("error", "type", default=""))
        message = str(answer.at("error", "message", default=""))
        return http_failure(answer, kind=_kind(f"{code} {message}"), code=code, message=message)


class MiniMaxV1(Adapter):
    """Version 1: errors ride in HTTP 200, and the clip's address takes a second call."""

    def submission(self, order: Order) -> Call:
        """POST of everything in one flat object."""
        body = without_none(
            model=order.call.id,
            prompt=order.prompt,
            first_frame_image=order.first and data_uri(order.first),
            last_frame_image=order.last and data_uri(order.last),
            duration=order.duration,
            resolution=order.size,
            prompt_optimizer=False,
        )
        return Call(
            method="POST", url=f"{self.base}/v1/video_generation", json=merged(body, order.request.extras), patience=60
        )

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number."""
        task = Task(provider="minimax-v1", model=order.request.model, id=answer.needed("task_id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the task."""
        return Call(url=f"{self.base}/v1/query/video_generation?task_id={task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus | Call:
        """State; a clip is a number of a file, whose address has to be asked for."""
        state = state_of(answer.at("status"), _STATES_V1)
        if state == TaskState.FAILED:
            message = str(answer.at("base_resp", "status_msg", default="") or "the service gives no reason")
            return failed(Failure(kind=_kind(message) or FailureKind.OTHER, message=message))
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        return Call(url=f"{self.base}/v1/files/retrieve?file_id={answer.needed('file_id')}")

    def result(self, task: Task, answer: Answer) -> TaskStatus:
        """The address of the file, good for an hour."""
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=outputs(answer.at("file", "download_url")))

    def failure(self, answer: Answer) -> Failure | None:
        """By the code in the body, whatever the status; a failed task that was asked for is none."""
        code = answer.at("base_resp", "status_code", default=0)
        if answer.ok and (code == 0 or answer.at("status") == "Fail"):
            return None
        return _v1_failure(answer, code)


def _v1_failure(answer: Answer, code: object) -> Failure:
    kind = _CODES.get(code) if isinstance(code, int) else None
    if answer.status == 404:
        kind = FailureKind.GONE
    elif kind is None and answer.ok:
        kind = FailureKind.OTHER
    return http_failure(
        answer, kind=kind, code=str(code or ""), message=str(answer.at("base_resp", "status_msg", default=""))
    )


def _kind(said: str) -> FailureKind | None:
    return next((kind for word, kind in _WORDS if word in said.casefold()), None)
