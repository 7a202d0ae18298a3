"""`generate` with a service of one's own: what is planned, paid, recorded, resumed and judged."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from generation_fakes import PROMPT, FakeService, clip_of, label, project, row
from overlaycut import api
from overlaycut.api.disclosing import _made_by
from overlaycut.api.generation_services import ServiceTable
from overlaycut.core.generation_record import read_record
from overlaycut.core.project import read_project
from overlaycut.errors import BudgetExceeded, Cancelled, InvalidValue, PluginError, UsageError
from overlaycut.providers import Ledger


def test_a_dry_run_sends_nothing_and_knows_the_cost(tmp_path: Path) -> None:
    service = FakeService()
    report = api.generate(project(tmp_path), dry_run=True, providers=[service])
    assert service.paid == 0
    assert (report.total_usd, report.unpriced, report.ok) == (Decimal("1.00"), 0, True)
    assert [(task.shot, task.take, task.state, task.cost_usd) for task in report.tasks] == [
        ("shot-01", 0, "planned", Decimal("0.50")),
        ("shot-01", 1, "planned", Decimal("0.50")),
    ]
    assert report.requests[0]["calls"][0]["url"] == "https://fake.example/tasks"
    document = json.loads(json.dumps(report.to_dict()))
    assert document["total_usd"] == 1.0
    assert {"shot", "provider", "model", "state", "path", "cost_usd", "error"} <= set(document["tasks"][0])
    assert not (tmp_path / "generated").exists()


def test_clips_come_with_their_provenance_and_are_paid_once(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()
    report = api.generate(path, providers=[service], rank=False)
    assert service.paid == 2
    assert [task.state for task in report.tasks] == ["fetched", "fetched"]
    assert report.total_usd == Decimal("1.00")
    first = report.tasks[0].path
    assert first is not None
    record = read_record(first)
    assert record is not None
    assert (record.provider, record.model, record.task_id) == ("fake", "fake/one", report.tasks[0].task_id)
    assert (record.cost_usd, record.cost_basis, record.cost_as_of) == (0.5, "by the second", "2026-11-28")
    assert (record.prompt, record.pictures[0].path) == (PROMPT, "../../still.png")
    assert record.sha256 == report.tasks[0].sha256
    assert record.request["model"] == "fake/one"
    assert len(read_project(path).shots[0].clips) == 2

    again = api.generate(path, providers=[service], rank=False)
    assert service.paid == 2
    assert (again.total_usd, [task.paid_before for task in again.tasks]) == (Decimal(0), [True, True])
    more = api.generate(path, providers=[service], candidates=3, rank=False)
    assert service.paid == 3
    assert more.total_usd == Decimal("0.50")


def test_a_budget_is_kept_before_anything_is_sent(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()
    with pytest.raises(BudgetExceeded, match=r"\$1\.00"):
        api.generate(path, budget=0.99, providers=[service])
    assert service.paid == 0
    dry = api.generate(path, budget=0.99, dry_run=True, providers=[service])
    assert dry.over_budget
    assert not dry.ok
    path.write_text(path.read_text().replace("duration = 5", "duration = 5\nbudget_usd = 0.2"))
    with pytest.raises(BudgetExceeded):
        api.generate(path, providers=[service])
    with pytest.raises(BudgetExceeded, match="is not known"):
        api.generate(path, models=["fake/unpriced"], budget=9, providers=[service])
    assert api.generate(path, models=["fake/unpriced"], dry_run=True, providers=[service]).unpriced == 2


def test_the_matrix_asks_for_every_prompt_model_and_seed(tmp_path: Path) -> None:
    text = (
        '[generate]\nmodel = ["fake/one", "fake/two"]\nfields = { product = "can" }\n[[shots]]\nname = "pour"\n'
        'prompt = ["{product} A", "{product} B"]\nseed = [7, 8]\n'
    )
    service = FakeService()
    report = api.generate(project(tmp_path, text), providers=[service], rank=False)
    asked = {(one.model, one.prompt, one.seed) for one in service.requests.values()}
    assert len(asked) == len(report.tasks) == 8
    assert {prompt for _, prompt, _ in asked} == {"can A", "can B"}
    assert all(task.path is not None and task.path.parent.name == "pour" for task in report.tasks)
    assert report.total_usd == 4 * Decimal("0.50") + 4 * Decimal("0.10")


@pytest.mark.parametrize(
    ("keywords", "problem"),
    [
        ({"models": ["fake/onne"]}, "no model is called 'fake/onne'"),
        ({"models": ["fake/still"]}, "makes stills"),
        ({"shots": ["pour"]}, "no shot is called 'pour'"),
        ({"duration": 60}, "makes 10 s at most"),
        ({"seeds": [1, 2, 3], "candidates": 2}, "2 candidates, and 3 seeds"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_sent(
    tmp_path: Path, keywords: dict[str, object], problem: str
) -> None:
    service = FakeService()
    with pytest.raises(UsageError, match=problem):
        api.generate(project(tmp_path), providers=[service], **keywords)  # type: ignore[arg-type]
    assert service.paid == 0


def test_the_nearest_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        api.generate(project(tmp_path), models=["fake/onne"], providers=[FakeService()])
    assert "fake/one" in error.value.hint


def test_arguments_are_checked(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="generate: candidates"):
        api.generate(project(tmp_path), candidates=17)
    with pytest.raises(InvalidValue, match="generate: budget"):
        api.generate(project(tmp_path), budget=-1)


def test_a_failure_is_a_task_and_others_go_on(tmp_path: Path) -> None:
    text = '[generate]\nmodel = "fake/one"\ncandidates = 1\n[[shots]]\nprompt = ["fine", "bad [refused]"]\n'
    service = FakeService()
    path = project(tmp_path, text)
    report = api.generate(path, providers=[service], rank=False)
    assert [task.state for task in report.tasks] == ["fetched", "failed"]
    assert report.failures[0].error is not None
    assert "shows a person" in report.failures[0].error.one_line()
    assert (report.total_usd, report.ok) == (Decimal("0.50"), False)


def test_a_service_that_breaks_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    text = '[generate]\nmodel = "fake/one"\ncandidates = 1\n[[shots]]\nprompt = "bad [breaks]"\n'
    report = api.generate(project(tmp_path, text), providers=[FakeService()], rank=False)
    (task,) = report.tasks
    assert task.error is not None
    assert "raised ZeroDivisionError: oops" in task.error.one_line()
    assert task.state == "unknown"
    path, mended = tmp_path / "project.toml", FakeService()
    path.write_text(text)
    mended.breaks = False
    assert api.generate(path, providers=[mended], rank=False).tasks[0].state == "unknown"
    assert mended.paid == 0
    again = api.generate(path, providers=[mended], rank=False, retry_unknown=True)
    assert (again.tasks[0].state, mended.paid) == ("fetched", 1)


def test_what_is_no_provider_is_said(tmp_path: Path) -> None:
    class Half(FakeService):
        poll = None  # type: ignore[assignment]

    with pytest.raises(InvalidValue, match="providers"):
        api.generate(project(tmp_path), providers=[Half()])
    with pytest.raises(PluginError, match="has no method 'poll'"):
        ServiceTable([Half()])
    with pytest.raises(PluginError, match="ModelRow"):
        api.generate(project(tmp_path), providers=[FakeService(models={"other/one": row()})])


def test_a_still_of_another_ratio_asks_for_a_choice(tmp_path: Path) -> None:
    service = FakeService(models={"fake/one": row(ratios=("9:16",))})
    path = project(tmp_path, size=(300, 300))
    with pytest.raises(UsageError, match=r"shot-01: still.png: the still is 300x300, the model takes 9:16"):
        api.generate(path, providers=[service])
    path.write_text(path.read_text().replace("duration = 5", 'duration = 5\nfit = "pad"'))
    report = api.generate(path, providers=[service], rank=False)
    assert any("padded" in note for note in report.tasks[0].notes)
    assert report.tasks[0].path is not None
    record = read_record(report.tasks[0].path)
    assert record is not None
    (sent,) = record.pictures
    assert sent.width / sent.height == pytest.approx(9 / 16, abs=0.01)
    assert sent.map[1, 2] > 50
    with Image.open(tmp_path / "still.png") as kept:
        assert kept.tobytes() == label("BREW", (300, 300)).tobytes()


def test_lettering_that_cropping_cuts_off_is_said_before_it_is_paid_for(tmp_path: Path) -> None:
    service = FakeService(models={"fake/one": row(ratios=("9:16",)), "fake/two": row()})
    path = project(tmp_path)
    wide = Image.new("RGB", (760, 540), (120, 130, 140))
    wide.paste(label("BREW", (304, 540)), (228, 0))
    wide.paste(label("LEMONADE", (304, 540)).crop((0, 230, 304, 360)), (0, 200))
    wide.save(tmp_path / "still.png")
    path.write_text(path.read_text().replace("duration = 5", 'duration = 5\nfit = "crop"'))
    report = api.generate(path, models=["fake/one", "fake/two"], dry_run=True, providers=[service])
    (warning,) = [one for one in report.warnings if "loses" in one]
    assert warning.startswith("shot-01: still.png: cropped for fake/one it loses ")
    assert "EMONADE" in warning
    assert "BREW" not in warning


def test_stopping_leaves_tasks_that_the_next_call_waits_for(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService(never_done=True)
    seen = threading.Event()

    def stop(step: str, done: int, total: int | None) -> None:
        if service.paid == 2:
            seen.set()
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        api.generate(path, providers=[service], progress=stop)
    assert seen.is_set()
    assert len(api.left_of(path)) == 2
    assert not service.cancelled
    service.never_done = False
    report = api.generate(path, providers=[service], rank=False)
    assert service.paid == 2
    assert report.total_usd == 0
    assert not api.left_of(path)


def test_stopping_while_planning_pays_nothing(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()

    def stop(step: str, done: int, total: int | None) -> None:
        raise Cancelled("stop")

    with pytest.raises(Cancelled, match="before anything was sent"):
        api.generate(path, providers=[service], progress=stop)
    assert service.paid == 0


def test_tasks_under_way_can_be_cancelled(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService(never_done=True, patience_seconds=0.2)
    report = api.generate(path, providers=[service], rank=False)
    assert len(report.failures) == 2
    stopped = api.cancel_tasks(path, providers=[service])
    assert [task["cancelled"] for task in stopped.tasks] == [True, True]
    assert not api.left_of(path)
    assert api.costs(path).total_usd == 0


def test_in_an_event_loop(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()
    beats = 0

    async def both() -> api.GenerateReport:
        nonlocal beats
        task = asyncio.ensure_future(api.generate_async(path, providers=[service], rank=False))
        while not task.done():
            beats += 1
            await asyncio.sleep(0.01)
        return await task

    report = asyncio.run(both())
    assert report.ok
    assert beats > 2


def test_costs_add_up(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()
    api.generate(path, providers=[service], rank=False)
    api.generate(path, models=["fake/two", "fake/unpriced"], providers=[service], rank=False)
    report = api.costs(path)
    assert (report.total_usd, report.unpriced) == (Decimal("1.20"), 2)
    assert [(line.model, line.tasks, line.fetched, line.cost_usd) for line in report.lines] == [
        ("fake/one", 2, 2, Decimal("1.00")),
        ("fake/two", 2, 2, Decimal("0.20")),
        ("fake/unpriced", 2, 2, Decimal(0)),
    ]
    assert report.shots[0].usd_per_second == Decimal("0.0400")
    assert api.costs(tmp_path).total_usd == api.costs().total_usd == Decimal("1.20")
    other = tmp_path / "other"
    other.mkdir()
    assert api.costs(other).lines == ()


def test_nothing_foreign_is_replaced(tmp_path: Path) -> None:
    path, service = project(tmp_path), FakeService()
    planned = api.generate(path, providers=[service], rank=False)
    first = planned.tasks[0].path
    assert first is not None
    first.write_bytes(b"somebody else's")
    with Ledger() as ledger:
        for entry in ledger.entries():
            ledger.release(entry.key)
    with pytest.raises(UsageError, match="was not written by overlaycut"):
        api.generate(path, providers=[service], rank=False)
    assert first.read_bytes() == b"somebody else's"


def test_a_still_without_features_is_found_by_how_it_was_sent(tmp_path: Path) -> None:
    soft = Image.new("RGB", (300, 300), (170, 165, 160))
    soft.paste((150, 60, 70), (100, 80, 190, 250))
    soft.paste((225, 225, 215), (110, 140, 180, 190))
    soft = soft.filter(ImageFilter.GaussianBlur(5))
    service = FakeService(models={"fake/one": row(ratios=("9:16",))})
    path = project(tmp_path)
    soft.save(tmp_path / "still.png")
    path.write_text(path.read_text().replace("duration = 5", 'duration = 5\nfit = "pad"').replace("= 2", "= 1"))

    api.generate(path, providers=[service], rank=False)  # to learn what is sent
    (request,) = service.requests.values()
    sent = Image.open(io.BytesIO(request.inputs[0].data))
    again = tmp_path / "again"
    again.mkdir()
    soft.save(again / "still.png")
    (again / "project.toml").write_text(path.read_text())
    made = clip_of(tmp_path / "made.mp4", [sent.resize((sent.width // 2 * 2, sent.height // 2 * 2))] * 6)
    service.content = {"": made.read_bytes()}
    clip = api.generate(again / "project.toml", providers=[service], rank=False).tasks[0].path
    assert clip is not None
    with_record = api.analyze(clip, still=again / "still.png")
    without = api.analyze(made, still=again / "still.png")
    assert without.registration is None
    assert with_record.registration is not None
    assert with_record.registration.matrix[1][2] == pytest.approx(116, abs=3)
    assert any("how it was prepared" in note for note in with_record.notes)


def test_content_credentials_name_the_model_of_an_unchanged_clip(tmp_path: Path) -> None:
    path = project(tmp_path)
    clip = api.generate(path, providers=[FakeService()], rank=False).tasks[0].path
    assert clip is not None
    assert _made_by(clip).startswith("a clip generated by fake/one on 20")
    clip.write_bytes(clip.read_bytes() + b"changed")
    assert _made_by(clip) == ""
    assert _made_by(tmp_path / "still.png") == ""


@pytest.mark.slow
def test_candidates_are_ranked_and_say_what_to_do_next(tmp_path: Path) -> None:
    still = label("BREW")
    moved = [still.rotate(n * 0.15, translate=(n / 3, 0), resample=3) for n in range(24)]
    melted = [one if n < 6 else _melted(one, n - 5) for n, one in enumerate(moved)]
    content = {
        "fake/one": clip_of(tmp_path / "good.mp4", moved).read_bytes(),
        "fake/two": clip_of(tmp_path / "melted.mp4", melted).read_bytes(),
    }
    path = project(tmp_path)
    path.write_text(path.read_text().replace('"fake/one"', '["fake/one", "fake/two"]').replace("= 2", "= 1"))
    report = api.generate(path, providers=[FakeService(content=content)])
    (shot,) = report.shots
    assert shot.next in ("keep", "repair"), (shot.reason, shot.ranking)
    assert shot.ranking[0].model == "fake/one"
    assert shot.ranking[0].kept_label
    assert shot.ranking[1].kept_label is False
    assert [row.model for row in report.models] == ["fake/one", "fake/two"]
    assert (report.models[0].kept_label, report.models[1].kept_label) == (1, 0)
    assert shot.cost_usd == Decimal("0.60")
    assert shot.usd_per_usable_second is not None
    assert api.costs(path).shots[0].usable_seconds == shot.usable_seconds


def _melted(picture: Image.Image, amount: int) -> Image.Image:
    pixels = np.asarray(picture).copy()
    rows = slice(int(pixels.shape[0] * 0.48), int(pixels.shape[0] * 0.63))
    band = pixels[rows]
    shifts = (np.sin(np.arange(band.shape[0]) * 0.9) * min(amount, 8)).astype(int)
    pixels[rows] = np.stack([np.roll(line, shift, axis=0) for line, shift in zip(band, shifts, strict=True)])
    return Image.fromarray(pixels)
