from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from overlaycut.core.generation_record import GenerationRecord, RecordedPicture, prior_map, read_record, record_path
from overlaycut.core.geometry import mapped
from overlaycut.errors import DocumentError

CLIP, STILL, OTHER = "a" * 64, "b" * 64, "c" * 64


def record(**changes: object) -> GenerationRecord:
    first = RecordedPicture(
        role="first_frame", path="still.png", sha256=STILL, width=720, height=1280,
        matrix=((0.5, 0, -20), (0, 0.5, 0), (0, 0, 1)),
    )  # fmt: skip
    given: dict[str, object] = {
        "file": "clip.mp4",
        "sha256": CLIP,
        "bytes": 5,
        "mime": "video/mp4",
        "project": "p",
        "shot": "shot-01",
        "take": 0,
        "provider": "fake",
        "model": "fake/one",
        "task_id": "7",
        "key": "k",
        "prompt": "a",
        "sent_prompt": "a",
        "request": {},
        "request_digest": "d",
        "pictures": (first,),
        "cost_usd": None,
        "cost_basis": "",
        "cost_as_of": "",
        "made_at": "2026-11-28T00:00:00+00:00",
        "tool": "overlaycut",
    }
    return GenerationRecord(**{**given, **changes})


def test_the_map_leads_from_the_still_to_the_clip() -> None:
    found = prior_map(record(), clip_sha256=CLIP, still_sha256=STILL, width=1080, height=1920)
    assert found is not None
    assert mapped(found, np.array([[40.0, 0.0], [1480.0, 2560.0]])) == pytest.approx(np.array([[0, 0], [1080, 1920]]))


@pytest.mark.parametrize(
    "changed", [{"clip_sha256": OTHER}, {"still_sha256": OTHER}, {"width": 1920, "height": 1080}, {"height": 1800}]
)
def test_there_is_no_map_for_another_clip_still_or_ratio(changed: dict[str, object]) -> None:
    given: dict[str, object] = {"clip_sha256": CLIP, "still_sha256": STILL, "width": 1080, "height": 1920}
    assert prior_map(record(), **{**given, **changed}) is None  # type: ignore[arg-type]


def test_records_are_written_and_read_beside_their_file(tmp_path: Path) -> None:
    clip = tmp_path / "shot.v2.mp4"
    assert read_record(clip) is None
    record_path(clip).write_text(record().to_json())
    assert record_path(clip).name == "shot.v2.generation.json"
    assert read_record(clip) == record()
    record_path(clip).write_text("{}")
    with pytest.raises(DocumentError):
        read_record(clip)
