"""`stills` with a service of one's own, and the prompts of its kinds."""

from __future__ import annotations

import io
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generation_fakes import FakeService, label, project, row
from overlaycut import api
from overlaycut.core.generation_record import read_record
from overlaycut.core.generation_tables import GenerateTable, StillTable
from overlaycut.errors import UsageError
from overlaycut.generation.still_requests import still_prompt, still_requests
from overlaycut.providers import Catalogue, InputRole

BRIEF = """
[generate]
fields = { product = "a red can" }

[[stills]]
name = "label"
prompt = "{product} on a counter"
text = ["BREW"]
model = ["fake/still", "fake/other"]
variants = 1

[[shots]]
still = "generated/stills/label/not-there-yet.png"
prompt = "it turns"
"""


def png(text: str) -> bytes:
    stream = io.BytesIO()
    label(text).save(stream, "PNG")
    return stream.getvalue()


def service() -> FakeService:
    fake = FakeService(content={"fake/still": png("BREW"), "fake/other": png("BRAVO")})
    still = fake.models["fake/still"]
    fake.models = {**fake.models, "fake/other": still}
    return fake


def test_a_dry_run_of_stills_needs_no_shot_to_be_there(tmp_path: Path) -> None:
    fake = service()
    report = api.stills(project(tmp_path, BRIEF), dry_run=True, providers=[fake])
    assert fake.paid == 0
    assert [task.model for task in report.tasks] == ["fake/still", "fake/other"]
    assert report.total_usd == Decimal("0.10")
    assert report.requests[0]["still"] == "label"


@pytest.mark.slow
def test_the_variant_that_reads_right_comes_first_whoever_made_it(tmp_path: Path) -> None:
    path, fake = project(tmp_path, BRIEF), service()
    report = api.stills(path, providers=[fake])
    (still,) = report.stills
    assert (still.next, still.reason) == ("keep", "reads as asked for")
    assert [one.model for one in still.ranking] == ["fake/still", "fake/other"]
    assert still.ranking[0].text_match == 1.0
    assert still.ranking[0].path.parent == tmp_path / "generated" / "stills" / "label"
    record = read_record(still.ranking[0].path)
    assert record is not None
    assert (record.model, record.cost_usd) == ("fake/still", 0.05)
    assert "BREW" in record.prompt
    only = api.stills(path, models=["fake/other"], providers=[fake])
    assert only.stills[0].next == "retry"
    assert "wanted 'BREW'" in only.stills[0].reason
    assert not only.ok


def test_layouts_name_what_is_in_every_panel() -> None:
    def table(**changes: object) -> StillTable:
        return StillTable(**{"name": "a", "prompt": "Maya, a barista", "model": ("m/x",), **changes})

    sheet = still_prompt(table(kind="character-sheet", panels=3), {})
    assert "3 views side by side in equal panels: front, three-quarter left, left profile." in sheet
    grid = still_prompt(table(kind="grid", panels=4), {})
    assert "4 equal panels in 2 rows and 2 columns" in grid
    lettered = still_prompt(table(prompt="A can that says COLD BREW", text=("COLD BREW", "since 1998")), {})
    assert lettered.endswith('reads exactly "since 1998", sharp and complete, and there is no other text.')
    assert still_prompt(table(prompt="{who} smiles"), {"who": "Maya"}) == "Maya smiles."


def test_an_edit_sends_its_picture_first_and_a_mask_of_the_same_size(tmp_path: Path) -> None:
    edit, mask, other = (tmp_path / name for name in ("edit.png", "mask.png", "other.png"))
    label("BREW", (200, 320)).save(edit)
    label("TEA").save(other)
    area = Image.new("L", (200, 320), 0)
    area.paste(255, (40, 80, 120, 160))
    area.save(mask)
    still = StillTable(
        name="a", prompt="@image2 in the place of the label", model=("fake/still",), edit=edit, mask=mask,
        references=(other,), variants=2,
    )  # fmt: skip
    models = Catalogue(
        {}, {"fake/still": row(media="image", modes={"edit": {"id": "e", "most": 3}}, picture={"multiple": 16})}
    )
    requests = still_requests(still, GenerateTable(), models, default_ratio=Fraction(9, 16))
    assert [one.take for one in requests] == [0, 1]
    inputs = requests[0].request.inputs
    assert [one.role for one in inputs] == [InputRole.REFERENCE, InputRole.REFERENCE, InputRole.MASK]
    assert [one.name for one in inputs[:2]] == ["image1", "image2"]
    assert (inputs[2].width, inputs[2].height) == (inputs[0].width, inputs[0].height)
    alpha = np.asarray(Image.open(io.BytesIO(inputs[2].data)))[..., 3]
    x, y = requests[0].pictures[2].matrix[:2, 2] + requests[0].pictures[2].matrix[0, 0] * np.array([80, 120])
    assert alpha[round(y), round(x)] == 0
    assert alpha[2, 2] == 255


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": ("fake/one",)}, "makes clips, not stills"),
        ({"model": ("fake/stil",)}, "no model is called"),
        ({"prompt": "{what}"}, "no value for {what}"),
    ],
)
def test_what_cannot_be_asked_for_names_the_still(change: dict[str, object], problem: str) -> None:
    still = StillTable(**{"name": "hero", "prompt": "a can", "model": ("fake/still",), **change})
    with pytest.raises(UsageError, match=rf"hero: .*{problem}"):
        still_requests(still, GenerateTable(), Catalogue({}, FakeService().models), default_ratio=Fraction(1))
