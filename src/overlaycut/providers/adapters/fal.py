"""The queue of fal: one protocol for every model it hosts.

Shapes: https://docs.fal.ai/model-endpoints/queue, fal_client and @fal-ai/client 1.10.1, read 2026-11-21.
"""

from __future__ import annotations

from typing import Any

from overlaycut.providers.adapters.base import (
    Adapter,
    Order,
    facts_of,
    failed,
    http_failure,
    mentioned,
    merged,
    outputs,
    state_of,
    without_none,
)
from overlaycut.providers.calls import Answer, Auth, Call, data_uri
from overlaycut.providers.protocol import Failure, FailureKind, Json, Submitted, Task, TaskState, TaskStatus

_AUTH = Auth(prefix="Key ")
_STATES = {"IN_QUEUE": TaskState.QUEUED, "IN_PROGRESS": TaskState.RUNNING, "COMPLETED": TaskState.SUCCEEDED}
_EARLY = "still in progress"
_INFRASTRUCTURE = (502, 503, 504)


class Fal(Adapter):
    """Tasks are asked for at the addresses that the service gives, since these leave out part of a model's name."""

    def submission(self, order: Order) -> Call:
        """POST of the model's own input."""
        return Call(method="POST", url=f"{self.base}/{order.call.id}", auth=_AUTH, json=_body(order), patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The number of the request, and where to ask for it."""
        task = Task(
            provider="fal",
            model=order.request.model,
            id=answer.needed("request_id"),
            links={
                "status": answer.needed("status_url"),
                "result": answer.needed("response_url"),
                "cancel": answer.needed("cancel_url"),
            },
        )
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the status."""
        return Call(url=task.links["status"], auth=_AUTH)

    def status(self, task: Task, answer: Answer) -> TaskStatus | Call:
        """The state in the queue; a completed request may still hold an error."""
        state = state_of(answer.at("status"), _STATES)
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        if error := answer.at("error"):
            return failed(_failure(answer, str(error), str(answer.at("error_type", default=""))))
        return Call(url=task.links["result"], auth=_AUTH)

    def result(self, task: Task, answer: Answer) -> TaskStatus:
        """The address of the clip; asked for too early, the service says that it is not done."""
        if _is_early(answer):
            return TaskStatus(state=TaskState.RUNNING)
        facts = facts_of(answer, names={"seed": "seed", "prompt": "actual_prompt"})
        urls = [answer.at("video", "url"), *(one.get("url") for one in answer.at("images", default=[]))]
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=outputs(*urls), facts=facts)

    def is_end(self, failure: Failure) -> bool:
        """The result of a request that failed is its error; the infrastructure's own have no code, or pass."""
        if failure.kind == FailureKind.SERVER:
            return bool(failure.code)
        return failure.kind in (FailureKind.MODERATION, FailureKind.INVALID, FailureKind.OTHER)

    def cancellation(self, task: Task) -> Call:
        """PUT, which stops what has not begun."""
        return Call(method="PUT", url=task.links["cancel"], auth=_AUTH)

    def failure(self, answer: Answer) -> Failure | None:
        """Errors of models are a list, those of the infrastructure a text; the latter without a number made no task."""
        if answer.ok or _is_early(answer):
            return None
        detail: Any = answer.at("detail")
        if isinstance(detail, list) and detail and isinstance(detail[0], dict):
            return _failure(answer, str(detail[0].get("msg", "")), str(detail[0].get("type", "")))
        return _failure(answer, str(detail or answer.text), str(answer.at("error_type", default="")))


def _is_early(answer: Answer) -> bool:
    return _EARLY in str(answer.at("detail", default=""))


def _failure(answer: Answer, message: str, code: str) -> Failure:
    kind: FailureKind | None = None
    if code.startswith("content_policy") or "content policy" in message.casefold():
        kind = FailureKind.MODERATION
    elif "balance" in message.casefold():
        kind = FailureKind.BALANCE
    elif answer.headers.get("x-fal-retryable") == "true" or (answer.ok and code):
        kind = FailureKind.SERVER
    unseen = answer.status in _INFRASTRUCTURE and "x-fal-request-id" not in answer.headers
    found = http_failure(answer, kind=kind, code=code, message=message)
    return Failure(
        kind=found.kind, message=found.message, code=code, status=answer.status, retry_after=found.retry_after,
        maybe_created=found.maybe_created and not unseen,
    )  # fmt: skip


def _body(order: Order) -> Json:
    request, row, call = order.request, order.row, order.call
    body: Json = without_none(prompt=mentioned(request.prompt, order.references, call.mention))
    if order.first:
        body[call.first] = data_uri(order.first)
    if order.last:
        body[call.last] = data_uri(order.last)
    if order.references:
        body[call.references] = [data_uri(one) for one in order.references]
    if order.duration is not None:
        body["duration"] = call.duration.format(n=order.duration)
    for name, value in (("size", order.size), ("ratio", order.ratio)):
        if name in row.wire and value:
            body[row.wire[name]] = value
    if row.audio == "optional":
        body[row.wire["audio"]] = request.audio
    if row.seed and request.seed is not None:
        body["seed"] = request.seed
    if row.negative_prompt:
        body |= without_none(negative_prompt=request.negative_prompt)
    return merged(body | call.fields, request.extras)
