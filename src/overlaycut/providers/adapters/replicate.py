"""Replicate's predictions of official models.

Shapes: https://replicate.com/docs/reference/http, package replicate, read 2026-11-21. Names of inputs are the model's.
"""

from __future__ import annotations

import re

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
from overlaycut.providers.calls import Answer, Call, data_uri
from overlaycut.providers.protocol import Failure, FailureKind, Json, Submitted, Task, TaskState, TaskStatus

_STATES = {
    "starting": TaskState.QUEUED, "processing": TaskState.RUNNING, "succeeded": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED, "canceled": TaskState.CANCELLED,
}  # fmt: skip
_RESETS = re.compile(r"resets in ~?(\d+)\s*s")
_UNSAFE = ("nsfw", "safety", "sensitive", "flagged")


class Replicate(Adapter):
    """Results vanish after an hour, with their addresses."""

    def submission(self, order: Order) -> Call:
        """POST of the model's input."""
        request, row, call = order.request, order.row, order.call
        given: Json = without_none(prompt=order.prompt, duration=order.duration)
        if order.first:
            given[call.first] = data_uri(order.first)
        if order.last:
            given[call.last] = data_uri(order.last)
        if order.references:
            given[call.references] = [data_uri(one) for one in order.references]
        for name, value in (("size", order.size), ("ratio", order.ratio)):
            if name in row.wire and value:
                given[row.wire[name]] = value
        if row.seed and request.seed is not None:
            given["seed"] = request.seed
        body = {"input": merged(given | call.fields, request.extras)}
        return Call(method="POST", url=f"{self.base}/v1/models/{call.id}/predictions", json=body, patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The prediction's number."""
        task = Task(provider="replicate", model=order.request.model, id=answer.needed("id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the prediction."""
        return Call(url=f"{self.base}/v1/predictions/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State, clip, failure; a prediction whose data was removed has expired."""
        state = state_of(answer.at("status"), _STATES)
        if state == TaskState.SUCCEEDED and answer.at("data_removed"):
            gone = Failure(kind=FailureKind.GONE, message="the service has removed the result")
            return failed(gone, TaskState.EXPIRED)
        if state == TaskState.SUCCEEDED:
            made = answer.at("output")
            return TaskStatus(state=state, outputs=outputs(*(made if isinstance(made, list) else [made])))
        if not state.is_final:
            return TaskStatus(state=state)
        message = str(answer.at("error", default="") or f"the prediction is {state}")
        unsafe = any(word in message.casefold() for word in _UNSAFE)
        return failed(Failure(kind=FailureKind.MODERATION if unsafe else FailureKind.OTHER, message=message), state)

    def cancellation(self, task: Task) -> Call:
        """POST, which stops the prediction."""
        return Call(method="POST", url=f"{self.base}/v1/predictions/{task.id}/cancel")

    def failure(self, answer: Answer) -> Failure | None:
        """RFC 7807; a throttled call says in words when it may come back."""
        if answer.ok:
            return None
        message = str(answer.at("detail", default="") or answer.at("title", default=""))
        found = http_failure(answer, message=message)
        said = _RESETS.search(message)
        if found.retry_after is None and said:
            return Failure(
                kind=found.kind, message=message, status=answer.status, retry_after=float(said[1]),
                maybe_created=found.maybe_created,
            )  # fmt: skip
        return found
