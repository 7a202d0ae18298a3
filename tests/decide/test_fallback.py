"""What comes next when a repair fails."""

import pytest

from overlaycut.core.geometry import Box, Span
from overlaycut.core.plan import ClipRecord, EditPlan, RegionPlan
from overlaycut.decide import MaskedArea, mask_region, with_fallbacks, with_kept, with_rejected
from overlaycut.errors import UsageError

CLIP = ClipRecord(path="a.mp4", sha256="0", width=640, height=360, fps=24, frames=48, duration=2.0)


def plan(**changes: object) -> EditPlan:
    fields: dict[str, object] = {
        "id": "r1",
        "state": "warped",
        "legibility": 0.1,
        "span": Span(0, 48),
        "quads": {0: Box(10, 10, 100, 30).quad()},
        "decision": "restore",
        "edit": Span(0, 48),
        "expected": "COLD BREW",
        "reason": "it melted",
        **changes,
    }
    return EditPlan(clip=CLIP, regions=(RegionPlan.model_validate(fields),))


def test_the_order_is_restore_set_anew_erase_cover_reject() -> None:
    current, seen = plan(), []
    for _ in range(5):
        region = current.regions[0]
        seen.append((region.decision, region.typeset is not None))
        current = with_fallbacks(current, {"r1": "it was still read there"})
    assert seen == [("restore", False), ("restore", True), ("erase", False), ("cover", False), ("reject", False)]
    assert not current.regions[0].changes
    assert current.regions[0].reason.count("it was still read there") == 4


def test_without_words_there_is_nothing_to_set() -> None:
    assert with_fallbacks(plan(expected=None), {"r1": "why"}).regions[0].decision == "erase"


def test_what_did_not_fail_and_what_a_person_decided_stand() -> None:
    assert with_fallbacks(plan(), {}) == plan()
    persons = plan(decided_by="person")
    assert with_fallbacks(persons, {"r1": "why"}) == persons


def test_what_is_better_left_as_it_is_is_kept_and_said() -> None:
    region = with_kept(plan(), {"r1": "it was more like the reference before"}).regions[0]
    assert (region.decision, region.edit) == ("keep", None) and not region.changes
    assert region.reason.endswith("it was more like the reference before, so it is left as it is")
    persons = plan(decided_by="person")
    assert with_kept(persons, {"r1": "why"}) == persons


def test_a_mask_is_a_region_that_a_person_decided() -> None:
    area = MaskedArea.parse("marks/mask@2.png@0.5-1")
    region = mask_region(str(area.mask), Box(5, 6, 7, 8), CLIP, number=2, start=area.start, end=area.end)
    assert (region.id, region.mask, region.edit) == ("mask-2", "marks/mask@2.png", Span(12, 24))
    assert region.decided_by == "person" and region.decision == "erase"
    area = MaskedArea.parse("mask.png")
    assert (area.mask, area.start, area.end) == ("mask.png", None, None)


@pytest.mark.parametrize("text", ["m.png@2-1", "m.png@1.2.3-4"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        MaskedArea.parse(text)


def test_lettering_without_a_confirmed_place_is_given_up_and_not_set_anew_there() -> None:
    region = with_rejected(plan(), {"r1": "too little texture moves with it"}).regions[0]
    assert (region.decision, region.edit, region.typeset) == ("reject", None, None)
    assert "too little texture moves with it, so it is not restored" in region.reason
    erased = plan(decision="erase")
    assert with_rejected(erased, {"r1": "why"}) == erased
    persons = plan(decided_by="person")
    assert with_rejected(persons, {"r1": "why"}) == persons
