"""Every service's protocol from request to file, its quirks included, over real HTTP on the loopback interface."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fake_services import KEYS, PNG, Services, clip
from generating import CLIPS, MODELS, QUICK, STILLS, TABLE, Generator, job, request
from overlaycut.errors import BadAnswer, NetworkError, RequestRefused, SubmissionUnknown
from overlaycut.providers import InputRole, MediaInput, Task, TaskState
from overlaycut.providers.adapters import Order, adapter
from overlaycut.providers.calls import Answer


@pytest.mark.parametrize("service", CLIPS)
def test_a_clip_comes_and_is_paid_once(generator: Generator, services: Services, service: str) -> None:
    result = generator.one(service)
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    (made,) = services.made.values()
    assert result.paths == (generator.folder / f"{service}-0.mp4",)
    assert result.paths[0].read_bytes() == clip(made.number)
    assert services.paid() == 1
    again = generator.one(service)
    assert (again.state, again.paid_before, again.paths) == (TaskState.FETCHED, True, result.paths)
    assert services.paid() == 1


@pytest.mark.parametrize("service", STILLS)
def test_stills_come_with_the_answer(generator: Generator, services: Services, service: str) -> None:
    result = generator.one(service)
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert result.paths[0].read_bytes() == PNG
    assert result.paths[0].suffix == ".png"
    assert services.paid() == 1
    result.paths[0].unlink()
    lost = generator.one(service)
    assert isinstance(lost.error, RequestRefused) and "keeps no results" in lost.error.problem
    assert services.paid() == 1


def test_several_stills_of_one_request(generator: Generator, services: Services) -> None:
    result = generator.run(job(generator.folder, "openai", count=3))
    assert [path.name for path in result.paths] == ["openai-0.png", "openai-0-2.png", "openai-0-3.png"]
    assert services.paid() == 1


def test_an_edit_is_a_form(generator: Generator, services: Services) -> None:
    given = (
        MediaInput(role=InputRole.REFERENCE, data=PNG, name="image1"),
        MediaInput(role=InputRole.MASK, data=PNG),
    )
    result = generator.run(job(generator.folder, "openai", "put @image1 on a table", inputs=given, size="1152x2048"))
    assert result.error is None
    sent = services.seen[0]
    assert sent.path == "/openai/v1/images/edits"
    assert b'name="image[]"; filename="1.png"' in sent.body and b'name="mask"; filename="mask.png"' in sent.body
    assert b"put image 1 on a table" in sent.body


@pytest.mark.parametrize("service", MODELS)
def test_moderation_is_told_and_not_tried_again(generator: Generator, services: Services, service: str) -> None:
    prompt = "push in [nsfw-submit]" if service in ("openai",) else "push in [nsfw]"
    result = generator.one(service, prompt)
    assert result.state == TaskState.FAILED
    assert isinstance(result.error, RequestRefused) and result.error.kind == "moderation"
    submissions = services.calls[f"{service}/submit"]
    again = generator.one(service, prompt)
    assert isinstance(again.error, RequestRefused) and "not sent again" in again.error.problem
    assert services.calls[f"{service}/submit"] == submissions == 1


@pytest.mark.parametrize("service", MODELS)
@pytest.mark.parametrize("fault", ["rate", "busy"])
def test_what_passes_is_tried_again(generator: Generator, services: Services, service: str, fault: str) -> None:
    result = generator.one(service, f"push in [{fault}]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert services.calls[f"{service}/submit"] >= 2
    assert services.paid() == 1


@pytest.mark.parametrize("service", MODELS)
@pytest.mark.parametrize(("fault", "kinds"), [
    ("balance", {"balance", "quota"}), ("auth", {"auth"}), ("invalid", {"invalid"}),
])  # fmt: skip
def test_what_does_not_pass_is_sent_once(
    generator: Generator, services: Services, service: str, fault: str, kinds: set[str]
) -> None:
    result = generator.one(service, f"push in [{fault}]")
    assert isinstance(result.error, RequestRefused)
    assert result.error.kind in kinds
    assert services.calls[f"{service}/submit"] == 1
    assert services.paid() == 0
    assert result.state == TaskState.FAILED
    assert result.cost_usd == 0
    assert KEYS["FAL_KEY"] not in result.error.one_line()


@pytest.mark.parametrize("service", MODELS)
def test_a_wrong_key_names_its_variable(generator: Generator, services: Services, service: str) -> None:
    wrong = {name: f"wrong-{value}" for name, value in KEYS.items()}
    result = generator.one(service, providers=lambda: generator.providers(keys=wrong))
    assert isinstance(result.error, RequestRefused) and result.error.kind == "auth"
    assert "_" in result.error.hint and result.error.exit_code == 4
    assert not any(value in result.error.one_line() for value in (*wrong.values(), *KEYS.values()))
    assert services.paid() == 0
    assert generator.one(service).state == TaskState.FETCHED


@pytest.mark.parametrize("service", [name for name in MODELS if not name.startswith("kling")])
@pytest.mark.parametrize("fault", ["drop-after", "page", "shape"])
def test_nobody_knows_whether_it_was_paid(generator: Generator, services: Services, service: str, fault: str) -> None:
    result = generator.one(service, f"push in [{fault}]")
    assert isinstance(result.error, SubmissionUnknown)
    assert result.state == TaskState.UNKNOWN
    again = generator.one(service, f"push in [{fault}]")
    assert isinstance(again.error, SubmissionUnknown)
    assert services.calls[f"{service}/submit"] == 1, "sent again by itself"


def test_kling_is_sent_again_with_its_key(generator: Generator, services: Services) -> None:
    """The service refuses a second task with the same key, and tells the first one's number."""
    result = generator.one("kling", "push in [drop-after]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert services.paid() == 1


def test_kling_legacy_keeps_from_paying_twice(generator: Generator, services: Services) -> None:
    """The older API refuses a second task as well, but cannot be asked which the first one is."""
    result = generator.one("kling-legacy", "push in [drop-after]")
    assert isinstance(result.error, SubmissionUnknown)
    assert services.paid() == 1


@pytest.mark.parametrize("service", ["fal", "runway", "ark"])
def test_a_gateway_that_gives_up_may_have_made_a_task(generator: Generator, services: Services, service: str) -> None:
    result = generator.one(service, "push in [gateway]")
    # The queue of fal numbers every request that reaches it; without a number it did not.
    expected = TaskState.FAILED if service == "fal" else TaskState.UNKNOWN
    assert (result.state, services.calls[f"{service}/submit"] > 1) == (expected, service == "fal")


@pytest.mark.parametrize("service", CLIPS)
@pytest.mark.parametrize("fault", ["flaky", "absent"])
def test_polls_that_fail_do_not_end_a_task(generator: Generator, services: Services, service: str, fault: str) -> None:
    result = generator.one(service, f"push in [{fault}]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    assert services.paid() == 1


@pytest.mark.parametrize("service", [name for name in CLIPS if not name.startswith("google")])
def test_an_expired_address_is_asked_for_again(generator: Generator, services: Services, service: str) -> None:
    result = generator.one(service, "push in [expired]")
    assert (result.error, result.state) == (None, TaskState.FETCHED)
    (made,) = services.made.values()
    assert made.renewed == 2


def test_a_page_in_between_passes_and_another_protocol_does_not(generator: Generator, services: Services) -> None:
    assert generator.one("runway", "push in [portal=2]").state == TaskState.FETCHED
    result = generator.one("ark", "push in [portal=5]")
    assert isinstance(result.error, BadAnswer) and result.state == TaskState.QUEUED
    assert generator.one("ark", "push in [portal=5]").state == TaskState.FETCHED
    assert services.paid() == 2


def test_a_long_wait_that_is_asked_for_ends_the_attempts(generator: Generator, services: Services) -> None:
    result = generator.one("runway", "push in [rate] [wait=3600]")
    assert isinstance(result.error, RequestRefused) and result.error.kind == "rate"
    assert services.calls["runway/submit"] == 1
    assert generator.one("runway", "push in [rate] [wait=3600]").state == TaskState.FETCHED


def test_a_result_asked_for_too_early(generator: Generator) -> None:
    assert generator.one("fal", "push in [early]").state == TaskState.FETCHED


def test_a_completed_request_with_an_error_has_failed(generator: Generator) -> None:
    result = generator.one("fal", "push in [error-in-status]")
    assert (result.state, result.error and result.error.kind) == (TaskState.FAILED, "server")  # type: ignore[attr-defined]


def test_a_refusal_of_the_second_call_is_not_one_of_the_task(generator: Generator, services: Services) -> None:
    assert generator.one("minimax-v1", "push in [file-busy]").state == TaskState.FETCHED
    assert generator.one("fal", "push in [proxy]").state == TaskState.FETCHED
    result = generator.one("fal", "push in [runner]")
    assert (result.state, result.error and result.error.kind) == (TaskState.FAILED, "server")  # type: ignore[attr-defined]


def test_kling_may_have_a_task_though_the_last_answer_is_a_refusal(generator: Generator, services: Services) -> None:
    result = generator.one("kling", "push in [drop-before] [rate] [times=9]")
    assert (result.state, type(result.error)) == (TaskState.UNKNOWN, SubmissionUnknown)


def test_a_failure_of_the_service_may_be_tried_again(generator: Generator, services: Services) -> None:
    for _ in range(2):
        result = generator.one("runway", "push in [internal]")
        assert isinstance(result.error, RequestRefused) and result.error.kind == "server"
        assert result.cost_usd == 0
    assert services.calls["runway/submit"] == 2


def test_a_dearer_task_is_cancelled(generator: Generator, services: Services) -> None:
    result = generator.one("runway", "push in [price]")
    assert (result.state, result.error and result.error.kind) == (TaskState.CANCELLED, "price")  # type: ignore[attr-defined]
    assert "$1.20" in str(result.error) and "$0.60" in str(result.error)
    assert [one.cancelled for one in services.made.values()] == [True]
    assert "not sent again" in str(generator.one("runway", "push in [price]").error)
    kept = generator.one("runway", "push in [price] [no-cancel]")
    assert kept.state == TaskState.FETCHED and any("could not be cancelled" in one for one in kept.warnings)


def test_a_result_within_the_answer(generator: Generator, services: Services) -> None:
    result = generator.one("google", "push in [inline]")
    assert result.paths[0].read_bytes() == clip(next(iter(services.made)))


def test_a_daily_limit_is_not_waited_for(generator: Generator, services: Services) -> None:
    for service in ("runway", "google", "dashscope"):
        result = generator.one(service, "push in [quota]")
        assert result.error and result.error.kind == "quota"  # type: ignore[attr-defined]
        assert services.calls[f"{service}/submit"] == 1


def test_time_is_up_but_the_task_goes_on(generator: Generator, services: Services) -> None:
    hurried = replace(QUICK, patience_seconds=0.3)
    result = generator.one("runway", "[polls=60]", providers=lambda: generator.providers(parameters=hurried))
    assert isinstance(result.error, NetworkError) and "not done after" in result.error.problem
    assert result.state == TaskState.RUNNING
    services.made["runway-1"].polls = 60
    assert generator.one("runway", "[polls=60]").state == TaskState.FETCHED
    assert services.paid() == 1


@pytest.mark.parametrize("service", MODELS)
def test_what_is_sent_is_what_is_shown(generator: Generator, services: Services, service: str) -> None:
    """The dry run: method, address and body as they are sent, the key as its variable."""
    provider = generator.providers()[service]
    one = job(generator.folder, service)
    (shown,) = provider.prepare(one.request, key=one.key).calls
    generator.run(one)
    sent = services.seen[0]
    assert shown["url"].endswith(sent.path) and shown["method"] == sent.method
    assert shown["json"] == sent.json
    text = json.dumps(shown)
    assert "<" in text and not any(value in text for value in KEYS.values())


def test_how_each_service_is_asked(generator: Generator, services: Services) -> None:
    """The fields that a wrong one of would cost money: seconds, sound, several shots, rewritten prompts, marks."""
    generator.run(*(job(generator.folder, service) for service in CLIPS))
    sent = {one.path.split("/")[1]: one.json for one in reversed(services.seen) if one.method == "POST"}
    assert sent["fal"]["duration"] == "5" and sent["fal"]["generate_audio"] is False
    assert sent["fal"]["start_image_url"].startswith("data:image/png;base64,")
    assert (sent["runway"]["duration"], sent["runway"]["ratio"]) == (5, "720:1280")
    assert sent["kling"]["settings"] == {"resolution": "720p", "duration": 5, "audio": "off", "multi_shot": False}
    assert (sent["kling-legacy"]["duration"], sent["kling-legacy"]["sound"]) == ("5", "off")
    assert sent["minimax"]["content"][1]["role"] == "first_frame" and "ratio" not in sent["minimax"]
    assert sent["minimax-v1"]["prompt_optimizer"] is False
    assert sent["dashscope"]["parameters"]["watermark"] is False
    assert (sent["ark"]["watermark"], sent["ark"]["generate_audio"]) == (False, False)
    assert sent["luma"]["video"]["duration"] == "5s"
    assert sent["luma-dream-machine"]["keyframes"]["frame0"]["url"] == "https://example.org/still.png"
    assert sent["google"]["response_format"]["duration"] == "8s" and sent["google"]["background"] is True
    assert sent["google-veo"]["parameters"]["personGeneration"] == "allow_adult"
    assert sent["replicate"]["input"]["first_frame_image"].startswith("data:")


@pytest.mark.parametrize(("service", "said"), [
    ("fal", "@image1 waves"), ("ark", "Image 1 waves"), ("google", "image 1 waves"), ("minimax", "Image 1 waves"),
])  # fmt: skip
def test_references_are_named_as_the_model_wants(tmp_path: Path, service: str, said: str) -> None:

    references = tuple(MediaInput(role=InputRole.REFERENCE, data=PNG, name=f"image{n}") for n in (1, 2))
    asked = request(service, "@image1 waves", inputs=references)
    if service == "fal":
        asked = request("fal", "@image1 waves", model="fal/veo-3.1", inputs=references)
        said = "the first picture waves"
    mode = TABLE.mode(asked)
    order = Order(request=asked, row=TABLE.model(asked.model), mode=mode, key="")
    assert (mode, order.prompt) == ("references", said)


def test_an_answer_of_another_shape_is_told() -> None:
    runway = adapter("runway", "https://api.dev.runwayml.com")
    task = Task(provider="runway", model="runway/gen4.5", id="x")
    with pytest.raises(BadAnswer, match="DANCING") as caught:
        runway.status(task, Answer(status=200, body={"status": "DANCING"}))
    assert "THROTTLED" in caught.value.hint
    with pytest.raises(BadAnswer, match="no address"):
        runway.status(task, Answer(status=200, body={"status": "SUCCEEDED", "output": []}))
