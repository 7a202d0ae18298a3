"""OpenAI's images: stills from text, and edits of stills.

Shapes: package openai 3.52.0, types/image_*_params.py, read 2026-11-21.
"""

from __future__ import annotations

import base64
import binascii

from overlaycut.errors import BadAnswer
from overlaycut.providers.adapters.base import Adapter, Order, http_failure, merged, without_none
from overlaycut.providers.calls import Answer, Call, Part
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    InputRole,
    Json,
    Output,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

_CODES = {
    "moderation_blocked": FailureKind.MODERATION, "content_policy_violation": FailureKind.MODERATION,
    "invalid_api_key": FailureKind.AUTH, "insufficient_quota": FailureKind.BALANCE,
    "billing_hard_limit_reached": FailureKind.BALANCE, "rate_limit_exceeded": FailureKind.RATE,
    "model_not_found": FailureKind.GONE,
}  # fmt: skip
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_LIMIT = 400 << 20
"""Bytes of an answer: ten stills of 4K in base64."""


class OpenAiImages(Adapter):
    """Stills come in the answer to the submission; nothing can be asked for later."""

    def submission(self, order: Order) -> Call:
        """POST as JSON, or as a form where there are pictures to edit."""
        request = order.request
        fields: Json = without_none(
            model=order.call.id,
            prompt=order.prompt,
            size=_size(order),
            n=request.count,
            quality="high",
            output_format="png",
        )
        fields = merged(fields, request.extras)
        if order.mode == "text":
            url = f"{self.base}/v1/images/generations"
            return Call(method="POST", url=url, json=fields, patience=300, answer_limit=_LIMIT)
        parts = [Part(name=name, value=str(value)) for name, value in fields.items()]
        for n, one in enumerate(order.references, start=1):
            parts.append(Part(name="image[]", value=one.data, file=f"{n}.{_ENDINGS[one.mime]}", mime=one.mime))
        parts += [
            Part(name="mask", value=one.data, file="mask.png", mime=one.mime) for one in request.of_role(InputRole.MASK)
        ]
        url = f"{self.base}/v1/images/edits"
        return Call(method="POST", url=url, parts=tuple(parts), patience=300, answer_limit=_LIMIT)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The stills."""
        made = tuple(_still(one) for one in answer.at("data", default=[]))
        if not made:
            raise BadAnswer("the answer has no still", hint="generate it again")
        task = Task(provider="openai", model=order.request.model, id=str(answer.at("created", default="immediate")))
        usage = answer.at("usage")
        facts = {"usage": usage} if isinstance(usage, dict) else {}
        return Submitted(task=task, status=TaskStatus(state=TaskState.SUCCEEDED, outputs=made, facts=facts))

    def query(self, task: Task) -> None:
        """There is nothing to ask."""

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """Never called, as `query` has no call."""
        raise BadAnswer(f"{task.provider} keeps no tasks")

    def failure(self, answer: Answer) -> Failure | None:
        """By code; a used-up account comes as HTTP 429."""
        if answer.ok:
            return None
        code = str(answer.at("error", "code", default="") or answer.at("error", "type", default="") or "")
        return http_failure(
            answer, kind=_CODES.get(code), code=code, message=str(answer.at("error", "message", default=""))
        )


def _size(order: Order) -> str | None:
    """The request's size, else the first of the table with the ratio that was asked for."""
    if order.request.size or not order.request.ratio:
        return order.size
    across, _, down = order.request.ratio.partition(":")

    def fits(size: str) -> bool:
        width, _, height = size.partition("x")
        return int(width) * int(down) == int(height) * int(across)

    return next((size for size in order.row.sizes if fits(size)), order.size)


def _still(one: object) -> Output:
    data = one.get("b64_json") if isinstance(one, dict) else None
    try:
        return Output(data=base64.b64decode(str(data), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("the answer holds a still that is no base64", hint="generate it again") from error
