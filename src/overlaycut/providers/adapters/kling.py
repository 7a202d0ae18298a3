"""Kling's two APIs: one path per model for 3.0 and later, and /v1/videos for models up to 2.6.

Shapes: kling.ai document pages of 2026-09-20, as copied in aself101/kling-api; tryAGI/KlingAI openapi.yaml.
Both refuse a second task with the same external_task_id, so that a submission may be sent again.
"""

from __future__ import annotations

from overlaycut.providers.adapters.base import (
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
from overlaycut.providers.calls import Answer, Call, raw_base64, url_or_base64
from overlaycut.providers.protocol import Failure, FailureKind, Json, Submitted, Task, TaskState, TaskStatus

_STATES = {
    "submitted": TaskState.QUEUED, "processing": TaskState.RUNNING, "succeed": TaskState.SUCCEEDED,
    "succeeded": TaskState.SUCCEEDED, "failed": TaskState.FAILED,
}  # fmt: skip
_CODES = {
    1000: FailureKind.AUTH, 1001: FailureKind.AUTH, 1002: FailureKind.AUTH, 1003: FailureKind.AUTH,
    1004: FailureKind.AUTH, 1100: FailureKind.BALANCE, 1101: FailureKind.BALANCE, 1102: FailureKind.BALANCE,
    1103: FailureKind.AUTH, 1200: FailureKind.INVALID, 1201: FailureKind.INVALID, 1202: FailureKind.GONE,
    1203: FailureKind.GONE, 1300: FailureKind.MODERATION, 1301: FailureKind.MODERATION, 1302: FailureKind.RATE,
    1303: FailureKind.BUSY, 1304: FailureKind.AUTH, 5000: FailureKind.SERVER, 5001: FailureKind.SERVER,
    5002: FailureKind.SERVER,
}  # fmt: skip
"""1100..1102 come with HTTP 429, as 1302..1304 do: the code decides whether waiting helps."""
_REPEATED = 1201
_SAFE = ("blocked", "risk", "policy", "sensitive", "violat")
_FORGOTTEN = Failure(kind=FailureKind.GONE, message="the service does not know the task (any more)")


class _Codes(Adapter):
    """Errors of both APIs: a code beside the HTTP status, 0 when all is well."""

    repeats_safely = True

    def failure(self, answer: Answer) -> Failure | None:
        """By code, also with HTTP 200."""
        code = answer.at("code", default=0)
        if answer.ok and code == 0:
            return None
        kind = _CODES.get(code) if isinstance(code, int) else None
        found = http_failure(answer, kind=kind, code=str(code or ""), message=str(answer.at("message", default="")))
        return found

    def is_repeat(self, failure: Failure) -> bool:
        """Whether the key was used before."""
        return failure.code == str(_REPEATED) and "external_task_id" in failure.message


class Kling(_Codes):
    """Up to 20 tasks could be asked for in one call; unknown ones are left out of the answer without a word."""

    def submission(self, order: Order) -> Call:
        """POST to the model's own path."""
        way = "omni-video" if order.references else "image-to-video"
        return Call(method="POST", url=f"{self.base}/{way}/{order.call.id}", json=_body(order), patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number."""
        task = Task(provider="kling", model=order.request.model, id=answer.needed("data", "id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of one task."""
        return Call(url=f"{self.base}/tasks?task_ids={task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State and outputs of the task among those that came."""
        at = next((n for n, one in enumerate(answer.at("data", default=[])) if _id(one) == task.id), None)
        if at is None:
            return failed(_FORGOTTEN, TaskState.EXPIRED)
        state = state_of(answer.at("data", at, "status"), _STATES)
        if state == TaskState.FAILED:
            return failed(_task_failure(str(answer.at("data", at, "message", default=""))))
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        made = [one for one in answer.at("data", at, "outputs", default=[]) if one.get("type") == "video"]
        return TaskStatus(state=state, outputs=outputs(*(one.get("url") for one in made)))

    def search(self, key: str) -> Call:
        """GET by the key that the submission had."""
        return Call(url=f"{self.base}/tasks?external_task_ids={key}")

    def found(self, model: str, answer: Answer) -> Task | None:
        """The task with that key."""
        number = _id(answer.at("data", 0))
        return Task(provider="kling", model=model, id=number) if number else None


class KlingLegacy(_Codes):
    """Pictures are base64 without a data URI's beginning; states say `succeed`; seconds are a text."""

    def submission(self, order: Order) -> Call:
        """POST of everything in one flat object."""
        request = order.request
        body = without_none(
            model_name=order.call.id,
            image=order.first and url_or_base64(order.first),
            image_tail=order.last and url_or_base64(order.last),
            prompt=order.prompt,
            negative_prompt=request.negative_prompt,
            duration=str(order.duration),
            mode=order.size,
            sound=("on" if request.audio else "off") if order.row.audio == "optional" else None,
            external_task_id=order.key,
        )
        return Call(
            method="POST", url=f"{self.base}/v1/videos/image2video", json=merged(body, request.extras), patience=60
        )

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The task's number."""
        task = Task(provider="kling-legacy", model=order.request.model, id=answer.needed("data", "task_id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the task."""
        return Call(url=f"{self.base}/v1/videos/image2video/{task.id}")

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """State and clips."""
        state = state_of(answer.at("data", "task_status"), _STATES)
        if state == TaskState.FAILED:
            return failed(_task_failure(str(answer.at("data", "task_status_msg", default=""))))
        if state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        made = answer.at("data", "task_result", "videos", default=[])
        facts = facts_of(answer, "data", "task_result", "videos", 0, names={"clip": "id", "seconds": "duration"})
        return TaskStatus(state=state, outputs=outputs(*(one.get("url") for one in made)), facts=facts)


def _id(one: object) -> str:
    number = one.get("id") if isinstance(one, dict) else None
    return str(number) if number else ""


def _task_failure(message: str) -> Failure:
    moderated = any(word in message.casefold() for word in _SAFE)
    kind = FailureKind.MODERATION if moderated else FailureKind.OTHER
    return Failure(kind=kind, message=message or "the service gives no reason")


def _body(order: Order) -> Json:
    request, row = order.request, order.row
    contents: list[Json] = [{"type": "prompt", "text": order.prompt}]
    for kind, one in (("first_frame", order.first), ("last_frame", order.last)):
        if one:
            contents.append({"type": kind, "url": one.url or raw_base64(one)})
    contents += [
        {"type": "refer_image", "url": one.url or raw_base64(one), "id": f"image_{n}"}
        for n, one in enumerate(order.references, start=1)
    ]
    settings: Json = without_none(resolution=order.size, duration=order.duration)
    if row.audio == "optional":
        # Left to itself, the service cuts one prompt into several shots.
        settings |= {"audio": "native" if request.audio else "off", "multi_shot": False}
    options: Json = {"external_task_id": order.key} if order.key else {}
    return merged({"contents": contents, "settings": settings, "options": options}, request.extras)
