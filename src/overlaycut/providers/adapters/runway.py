"""Runway's API, which also reaches models of others.

Shapes: package runwayml 5.24.0, https://docs.dev.runwayml.com, read 2026-11-21.
"""

from __future__ import annotations

from decimal import Decimal

from overlaycut.providers.adapters.base import (
    Adapter,
    Order,
    by_code,
    dollars,
    http_failure,
    merged,
    outputs,
    state_of,
    without_none,
)
from overlaycut.providers.calls import Answer, Call, data_uri
from overlaycut.providers.protocol import Failure, FailureKind, Json, Submitted, Task, TaskState, TaskStatus

_VERSION = {"X-Runway-Version": "2024-11-06"}
_CREDIT = Decimal("0.01")
_STATES = {
    "PENDING": TaskState.QUEUED, "THROTTLED": TaskState.QUEUED, "RUNNING": TaskState.RUNNING,
    "SUCCEEDED": TaskState.SUCCEEDED, "FAILED": TaskState.FAILED, "CANCELLED": TaskState.CANCELLED,
}  # fmt: skip
_FAILURES = {
    "SAFETY": FailureKind.MODERATION, "INPUT_PREPROCESSING.SAFETY": FailureKind.MODERATION,
    "ASSET.INVALID": FailureKind.INVALID, "INTERNAL": FailureKind.SERVER,
    "INPUT_PREPROCESSING.INTERNAL": FailureKind.SERVER, "THIRD_PARTY.UNAVAILABLE": FailureKind.SERVER,
}  # fmt: skip
_SHED = (502, 503)
"""What the service answers while it turns calls away: no task was made."""


class Runway(Adapter):
    """Over the limit of tasks at once, the service takes a task and lets it wait."""

    def submission(self, order: Order) -> Call:
        """POST of the model, the pictures with their positions, the prompt."""
        return Call(
            method="POST", url=f"{self.base}/v1/image_to_video", headers=_VERSION, json=_body(order), patience=60
        )

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number and what it is going to cost."""
        task = Task(provider="runway", model=order.request.model, id=answer.needed("id"))
        cost = dollars(answer.at("estimatedCost", "credits"), _CREDIT)
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED, cost_usd=cost))

    def query(self, task: Task) -> Call:
        """GET of the task; it renews the addresses of its outputs."""
        return Call(url=f"{self.base}/v1/tasks/{task.id}", headers=_VERSION)

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, outputs, failure and cost."""
        state = state_of(answer.at("status"), _STATES)
        cost = dollars(answer.at("cost", "credits"), _CREDIT)
        if state == TaskState.SUCCEEDED:
            return TaskStatus(state=state, outputs=outputs(*answer.at("output", default=[])), cost_usd=cost)
        if state in (TaskState.FAILED, TaskState.CANCELLED):
            code = str(answer.at("failureCode", default=""))
            kind = by_code(code, _FAILURES) or FailureKind.OTHER
            message = str(answer.at("failure", default="") or state)
            return TaskStatus(state=state, failure=Failure(kind=kind, code=code, message=message), cost_usd=cost)
        progress = answer.at("progress")
        return TaskStatus(state=state, progress=progress if isinstance(progress, int | float) else None)

    def cancellation(self, task: Task) -> Call:
        """DELETE, which stops a task that is not done."""
        return Call(method="DELETE", url=f"{self.base}/v1/tasks/{task.id}", headers=_VERSION)

    def failure(self, answer: Answer) -> Failure | None:
        """`error` has the reason; a daily limit is told apart by its words only."""
        if answer.ok:
            return None
        message = str(answer.at("error", default="") or answer.text)
        kind = None
        if answer.status == 429 and "daily" in message.casefold():
            kind = FailureKind.QUOTA
        elif answer.status == 400 and "credit" in message.casefold():
            kind = FailureKind.BALANCE
        found = http_failure(answer, kind=kind, message=message)
        if answer.status in _SHED:
            return Failure(kind=found.kind, message=found.message, status=answer.status, retry_after=found.retry_after)
        return found


def _body(order: Order) -> Json:
    request, row = order.request, order.row
    pictures: list[Json] = []
    if order.first:
        pictures.append({"uri": data_uri(order.first), "position": "first"})
    if order.last:
        pictures.append({"uri": data_uri(order.last), "position": "last"})
    pictures += [{"uri": data_uri(one)} for one in order.references]
    ratio = order.ratio or "9:16"
    body = without_none(
        model=order.call.id,
        promptText=order.prompt,
        ratio=row.frames.get(f"{ratio}@{order.size}") or row.frames.get(ratio, ratio),
        duration=order.duration,
        seed=request.seed if row.seed else None,
        audio=request.audio if row.audio == "optional" else None,
    )
    return merged(body | {"promptImage": pictures} | order.call.fields, request.extras)
