"""Alibaba Model Studio (DashScope): Wan.

Shapes: https://www.alibabacloud.com/help/en/model-studio/image-to-video-general-api-reference, package dashscope, read
2026-09-28 and later.
"""

from __future__ import annotations

from overlaycut.providers.adapters.base import (
    ROLES,
    Adapter,
    Order,
    by_code,
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

_ASYNC = {"X-DashScope-Async": "enable"}
_PATH = "/api/v1/services/aigc/video-generation/video-synthesis"
_STATES = {
    "PENDING": TaskState.QUEUED, "SUSPENDED": TaskState.QUEUED, "RUNNING": TaskState.RUNNING,
    "SUCCEEDED": TaskState.SUCCEEDED, "FAILED": TaskState.FAILED, "CANCELED": TaskState.CANCELLED,
    "UNKNOWN": TaskState.EXPIRED,
}  # fmt: skip
_CODES = {
    "Throttling": FailureKind.RATE, "Throttling.AllocationQuota": FailureKind.QUOTA, "Arrearage": FailureKind.BALANCE,
    "DataInspectionFailed": FailureKind.MODERATION, "InvalidApiKey": FailureKind.AUTH,
    "InvalidParameter": FailureKind.INVALID, "AccessDenied": FailureKind.AUTH, "ModelNotFound": FailureKind.GONE,
    "InternalError": FailureKind.SERVER,
}  # fmt: skip


class DashScope(Adapter):
    """Throttling comes as HTTP 400 or 429, so the code decides."""

    def submission(self, order: Order) -> Call:
        """POST of input and parameters; the header is what makes it a task."""
        return Call(method="POST", url=f"{self.base}{_PATH}", headers=_ASYNC, json=_body(order), patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number, known to the service for a day."""
        task = Task(provider="dashscope", model=order.request.model, id=answer.needed("output", "task_id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the task."""
        return Call(url=f"{self.base}/api/v1/tasks/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure; a task that the service forgot is UNKNOWN."""
        state = state_of(answer.at("output", "task_status"), _STATES)
        if state == TaskState.SUCCEEDED:
            facts = facts_of(answer, "output", names={"prompt": "actual_prompt"})
            return TaskStatus(state=state, outputs=outputs(answer.at("output", "video_url")), facts=facts)
        if not state.is_final:
            return TaskStatus(state=state)
        code = str(answer.at("output", "code", default=""))
        message = str(answer.at("output", "message", default="") or f"the task is {state}")
        other = FailureKind.GONE if state == TaskState.EXPIRED else FailureKind.OTHER
        return failed(Failure(kind=by_code(code, _CODES) or other, code=code, message=message), state)

    def failure(self, answer: Answer) -> Failure | None:
        """By code, else by status."""
        if answer.ok:
            return None
        code = str(answer.at("code", default=""))
        message = str(answer.at("message", default=""))
        return http_failure(answer, kind=by_code(code, _CODES), code=code, message=message)


def _body(order: Order) -> Json:
    request, row = order.request, order.row
    given: Json = without_none(
        prompt=order.prompt, negative_prompt=request.negative_prompt if row.negative_prompt else None
    )
    if "first" in row.wire and order.first:
        given[row.wire["first"]] = data_uri(order.first)
    elif request.inputs:
        given["media"] = [{"type": ROLES[one.role], "url": data_uri(one)} for one in request.inputs]
    parameters = without_none(
        resolution=order.size,
        ratio=order.ratio,
        duration=order.duration,
        seed=request.seed if row.seed else None,
        audio=request.audio if row.audio == "optional" else None,
        prompt_extend=False,
        watermark=False,
    )
    return merged({"model": order.call.id, "input": given, "parameters": parameters}, request.extras)
