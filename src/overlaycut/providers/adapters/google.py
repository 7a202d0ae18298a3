"""Google's Gemini API: clips by interactions (Omni) and by long-running predictions (Veo), stills by generateContent.

Shapes: package google-genai 3.4.0, googleapis/python-genai, read 2026-11-21; stills:
https://ai.google.dev/gemini-api/docs/nanobanana, read 2026-11-28.
"""

from __future__ import annotations

import base64
import binascii
import re

from overlaycut.errors import BadAnswer
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
from overlaycut.providers.calls import Answer, Auth, Call, raw_base64
from overlaycut.providers.protocol import (
    Failure,
    FailureKind,
    Json,
    MediaInput,
    Output,
    Submitted,
    Task,
    TaskState,
    TaskStatus,
)

_AUTH = Auth(header="x-goog-api-key", prefix="")
_INLINE = 96 << 20
"""Bytes of an answer that may hold the result itself, in base64."""
_STATES = {
    "queued": TaskState.QUEUED, "in_progress": TaskState.RUNNING, "completed": TaskState.SUCCEEDED,
    "failed": TaskState.FAILED, "cancelled": TaskState.CANCELLED, "incomplete": TaskState.FAILED,
    "budget_exceeded": TaskState.FAILED, "requires_action": TaskState.FAILED,
    "requires_continuation": TaskState.FAILED,
}  # fmt: skip
_LONG = ("per day", "daily", "billing", "spend", "prepa")
"""Words of limits that do not pass within minutes."""
_BLOCKED = {
    "SAFETY",
    "IMAGE_SAFETY",
    "PROHIBITED_CONTENT",
    "IMAGE_PROHIBITED_CONTENT",
    "BLOCKLIST",
    "RECITATION",
    "SPII",
}
_FILE = re.compile(r"/v1beta/files/[\w-]+$")


class _Google(Adapter):
    """Errors of all three: a status word, details that may say how long to wait."""

    def failure(self, answer: Answer) -> Failure | None:
        """By status word; a wrong key comes as HTTP 400."""
        if answer.ok:
            return None
        code = str(answer.at("error", "status", default=""))
        message = str(answer.at("error", "message", default=""))
        kind = None
        if code == "RESOURCE_EXHAUSTED":
            kind = FailureKind.QUOTA if any(word in message.casefold() for word in _LONG) else FailureKind.RATE
        elif "api key" in message.casefold():
            kind = FailureKind.AUTH
        found = http_failure(answer, kind=kind, code=code, message=message)
        delay = found.retry_after if found.retry_after is not None else _delay(answer)
        return Failure(
            kind=found.kind, message=found.message, code=code, status=answer.status, retry_after=delay,
            maybe_created=found.maybe_created,
        )  # fmt: skip


class GoogleOmni(_Google):
    """Interactions in the background; the result is a file of the service, or lies in the answer."""

    def submission(self, order: Order) -> Call:
        """POST of text and pictures; first and last frame are two pictures."""
        given: list[Json] = [{"type": "text", "text": order.prompt}]
        given += [
            {"type": "image", "mime_type": one.mime} | ({"uri": one.url} if one.url else {"data": raw_base64(one)})
            for one in order.request.inputs
        ]
        wanted = without_none(
            type="video",
            aspect_ratio=order.ratio,
            resolution=order.size,
            duration=f"{order.duration}s",
            delivery="uri",
        )
        task = {"text": "text_to_video", "references": "reference_to_video"}.get(order.mode, "image_to_video")
        body = {
            "model": order.call.id, "input": given, "response_format": wanted,
            "generation_config": {"video_config": {"task": task}}, "background": True, "store": True,
        }  # fmt: skip
        url = f"{self.base}/v1beta/interactions"
        return Call(method="POST", url=url, auth=_AUTH, json=merged(body, order.request.extras), patience=120)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The interaction's number."""
        task = Task(provider="google", model=order.request.model, id=answer.needed("id"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the interaction."""
        return Call(url=f"{self.base}/v1beta/interactions/{task.id}", auth=_AUTH, answer_limit=_INLINE)

    def status(self, task: Task, answer: Answer) -> TaskStatus | Call:
        """State; a file may take a while after the interaction is done."""
        word = answer.at("status")
        state = state_of(word, _STATES)
        if not state.is_final and state != TaskState.SUCCEEDED:
            return TaskStatus(state=state)
        if state != TaskState.SUCCEEDED:
            message = str(answer.at("error", "message", default="") or f"the interaction is {word}")
            kind = FailureKind.BALANCE if word == "budget_exceeded" else FailureKind.OTHER
            return failed(Failure(kind=kind, code=str(word), message=message), state)
        block = next((one for one in _blocks(answer) if one.get("type") == "video"), None)
        if block is None:
            return failed(Failure(kind=FailureKind.MODERATION, message="the interaction is done and has no clip"))
        if block.get("data"):
            return TaskStatus(state=state, outputs=(_inline(block["data"], str(block.get("mime_type", ""))),))
        uri = str(block.get("uri", ""))
        if _FILE.search(uri):
            return Call(url=uri, auth=_AUTH)
        return TaskStatus(state=state, outputs=outputs(uri, needs_key=True))

    def result(self, task: Task, answer: Answer) -> TaskStatus:
        """A file that is ready, or not yet."""
        match answer.at("state"):
            case "PROCESSING":
                return TaskStatus(state=TaskState.RUNNING)
            case "FAILED":
                return failed(Failure(kind=FailureKind.SERVER, message="the service could not keep the file"))
        uri = answer.at("downloadUri") or f"{answer.needed('uri')}:download?alt=media"
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=outputs(uri, needs_key=True))

    def cancellation(self, task: Task) -> Call:
        """POST, which stops the interaction."""
        return Call(method="POST", url=f"{self.base}/v1beta/interactions/{task.id}/cancel", auth=_AUTH, json={})


class GoogleVeo(_Google):
    """Operations: done with a response, or with an error; no clip and a reason is moderation."""

    def submission(self, order: Order) -> Call:
        """POST of one instance and parameters; pictures in base64 only."""
        instance: Json = {"prompt": order.prompt}
        if order.first:
            instance["image"] = _bytes(order.first)
        if order.last:
            instance["lastFrame"] = _bytes(order.last)
        if order.references:
            instance["referenceImages"] = [{"image": _bytes(one), "referenceType": "asset"} for one in order.references]
        parameters = without_none(
            aspectRatio=order.ratio,
            resolution=order.size,
            durationSeconds=order.duration,
            negativePrompt=order.request.negative_prompt,
            personGeneration="allow_adult" if order.request.inputs else None,
        )
        body = merged({"instances": [instance], "parameters": parameters}, order.request.extras)
        url = f"{self.base}/v1beta/models/{order.call.id}:predictLongRunning"
        return Call(method="POST", url=url, auth=_AUTH, json=body, patience=60)

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The operation's name."""
        task = Task(provider="google-veo", model=order.request.model, id=answer.needed("name"))
        return Submitted(task=task, status=TaskStatus(state=TaskState.QUEUED))

    def query(self, task: Task) -> Call:
        """GET of the operation."""
        return Call(url=f"{self.base}/v1beta/{task.id}", auth=_AUTH)

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """Whether it is done, and how it ended."""
        if not answer.at("done", default=False):
            return TaskStatus(state=TaskState.RUNNING)
        if message := answer.at("error", "message"):
            code = str(answer.at("error", "code", default=""))
            return failed(Failure(kind=FailureKind.OTHER, code=code, message=str(message)))
        made = answer.at("response", "generateVideoResponse", "generatedSamples", default=[])
        if not made:
            reasons = answer.at("response", "generateVideoResponse", "raiMediaFilteredReasons", default=[])
            message = "; ".join(str(one) for one in reasons) or "the operation is done and has no clip"
            return failed(Failure(kind=FailureKind.MODERATION, message=message))
        uris = (one.get("video", {}).get("uri") for one in made)
        return TaskStatus(state=TaskState.SUCCEEDED, outputs=outputs(*uris, needs_key=True))


class GoogleImages(_Google):
    """Stills come in the answer to the submission; nothing can be asked for later."""

    def submission(self, order: Order) -> Call:
        """POST of pictures, then text."""
        parts: list[Json] = [
            {"inlineData": {"mimeType": one.mime, "data": raw_base64(one)}} for one in order.request.inputs
        ]
        body = {
            "contents": [{"role": "user", "parts": [*parts, {"text": order.prompt}]}],
            "generationConfig": {
                "responseModalities": ["IMAGE"],
                "imageConfig": without_none(aspectRatio=order.ratio, imageSize=order.size),
            },
        }
        url = f"{self.base}/v1beta/models/{order.call.id}:generateContent"
        return Call(
            method="POST", url=url, auth=_AUTH, json=merged(body, order.request.extras), patience=300,
            answer_limit=_INLINE,
        )  # fmt: skip

    def accepted(self, order: Order, answer: Answer) -> Submitted:
        """The stills, or why there are none."""
        task = Task(
            provider="google-images", model=order.request.model, id=str(answer.at("responseId", default="immediate"))
        )
        if not answer.at("candidates") and not answer.at("promptFeedback"):
            raise BadAnswer(
                "the answer has neither a still nor a reason", hint="the service's protocol may have changed"
            )
        reason = answer.at("promptFeedback", "blockReason") or answer.at("candidates", 0, "finishReason", default="")
        found = [
            part["inlineData"]
            for candidate in answer.at("candidates", default=[])
            for part in candidate.get("content", {}).get("parts", [])
            if isinstance(part.get("inlineData"), dict) and not part.get("thought")
        ]
        if not found:
            kind = FailureKind.MODERATION if str(reason) in _BLOCKED else FailureKind.OTHER
            message = f"no still came back: {reason or 'no reason given'}"
            return Submitted(task=task, status=failed(Failure(kind=kind, code=str(reason), message=message)))
        made = tuple(_inline(one.get("data", ""), str(one.get("mimeType", ""))) for one in found)
        return Submitted(task=task, status=TaskStatus(state=TaskState.SUCCEEDED, outputs=made))

    def query(self, task: Task) -> None:
        """There is nothing to ask."""

    def status(self, task: Task, answer: Answer) -> TaskStatus:
        """Never called, as `query` has no call."""
        raise BadAnswer(f"{task.provider} keeps no tasks")


def _blocks(answer: Answer) -> list[Json]:
    """What a model put out, in all steps."""
    blocks: list[Json] = []
    for step in answer.at("steps", default=[]):
        if isinstance(step, dict) and step.get("type") == "model_output":
            blocks += [one for one in step.get("content", []) if isinstance(one, dict)]
    return blocks


def _inline(data: object, mime: str) -> Output:
    try:
        return Output(data=base64.b64decode(str(data), validate=True), mime=mime)
    except (binascii.Error, ValueError) as error:
        raise BadAnswer("the answer holds a result that is no base64", hint="generate it again") from error


def _bytes(one: MediaInput) -> Json:
    return {"bytesBase64Encoded": raw_base64(one), "mimeType": one.mime}


def _delay(answer: Answer) -> float | None:
    for detail in answer.at("error", "details", default=[]):
        said = detail.get("retryDelay") if isinstance(detail, dict) else None
        if isinstance(said, str) and re.fullmatch(r"\d+(\.\d+)?s", said):
            return float(said[:-1])
    return None
