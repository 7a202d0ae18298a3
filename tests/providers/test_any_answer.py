"""Whatever a service answers, nothing but a ProviderError comes of it."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_services import KEYS, Reply, Request, Services
from generating import BEFORE_ITS_END, MODELS, TABLE, request
from overlaycut.errors import ProviderError
from overlaycut.providers import HttpProvider, Keys, Submitted, TaskStatus
from overlaycut.providers.calls import Answer, Call

ODD: tuple[Any, ...] = (None, True, 5, -1.5, "", "x", [], [None], ["x"], {}, {"x": 1}, [[]], [{}])
plain = st.one_of(st.none(), st.booleans(), st.integers(-5, 3000), st.floats(), st.text(max_size=5))
anything = st.recursive(
    plain, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3))
)


class Exchange:
    """Submission, polls and cancelling of one task with a fake service, without a network; one answer is changed."""

    def __init__(self, service: str, prompt: str, change: Callable[[int, Answer], Answer]) -> None:
        self.services = Services(port=1)
        self.service, self.prompt, self.change, self.count = service, prompt, change, 0
        self.provider = HttpProvider(
            service, TABLE, keys=Keys(KEYS, keyring=False), base=self.services.base(service),
            today=lambda: BEFORE_ITS_END,
        )  # fmt: skip
        self.provider._live.send = self.send  # type: ignore[method-assign]

    async def send(self, call: Call) -> Answer:
        parts = urlsplit(str(self.provider._live.allowed.checked(call.url)))
        headers = dict([self.provider._live._secret.header(call.auth)] if call.auth else []) | dict(call.headers)
        lowered = {name.lower(): value for name, value in headers.items()}
        body = json.dumps(call.json).encode() if call.json is not None else b""
        try:
            reply = self.services.answer(Request(call.method, parts.path, parse_qs(parts.query), lowered, body))
        except (KeyError, IndexError):  # an odd answer leads to a task that the service does not have
            reply = Reply(404, {})
        said = reply.body if not isinstance(reply.body, bytes) else None
        self.count += 1
        return self.change(self.count - 1, Answer(status=reply.status, headers={}, body=said))

    async def run(self) -> None:
        asked = request(self.service, self.prompt)
        submitted = await self.provider._submitted(*self.provider._submission(asked, "k"))
        if not isinstance(submitted, Submitted):
            return
        assert isinstance(submitted.status, TaskStatus)
        for _ in range(5):
            status = await self.provider.poll(submitted.task)
            assert isinstance(status, TaskStatus)
        assert isinstance(await self.provider.cancel(submitted.task), bool)


def told(service: str, prompt: str, change: Callable[[int, Answer], Answer]) -> str:
    """What comes of it: nothing, or one line."""
    try:
        asyncio.run(Exchange(service, prompt, change).run())
    except ProviderError as error:
        assert "\n" not in error.one_line()
        return error.one_line()
    return ""


def with_each_part_odd(body: Any) -> Iterator[Any]:
    """Copies of a JSON value in which one part is something else, or not there."""
    yield from ODD
    keys = list(body) if isinstance(body, dict) else range(len(body)) if isinstance(body, list) else ()
    for key in keys:
        for below in with_each_part_odd(body[key]):
            changed = copy.copy(body)
            changed[key] = below
            yield changed
        if isinstance(body, dict):
            yield {name: value for name, value in body.items() if name != key}


@pytest.mark.parametrize("service", MODELS)
@pytest.mark.parametrize("prompt", ["push in", "push in [nsfw]"])
def test_every_part_of_every_answer_may_be_something_else(service: str, prompt: str) -> None:
    answers: list[Answer] = []

    def listen(_: int, answer: Answer) -> Answer:
        answers.append(answer)
        return answer

    assert told(service, prompt, listen) == ""
    seen = set()
    for n, answer in enumerate(answers):
        if (shape := json.dumps(answer.body)) in seen:
            continue
        seen.add(shape)
        for odd in with_each_part_odd(answer.body):
            other = Answer(status=answer.status, headers={}, body=odd)
            told(service, prompt, lambda at, given, n=n, other=other: other if at == n else given)  # type: ignore[misc]


@pytest.mark.parametrize("service", MODELS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(status=st.sampled_from([200, 202, 204, 400, 401, 404, 422, 429, 500, 503]), said=anything)
def test_any_answer_at_any_time_is_understood_or_told(service: str, status: int, said: Any) -> None:
    for at in range(4):
        odd = Answer(status=status, headers={}, body=said)
        told(service, "push in", lambda n, answer, at=at, odd=odd: odd if n == at else answer)  # type: ignore[misc]
