"""How strongly a repair shows: in and out at the ends of its span, and by what can be seen of the region."""

from __future__ import annotations

import pytest

from overlaycut.core.geometry import Span
from overlaycut.repair.composite.patch import Fading


def fading(**visible: float) -> Fading:
    return Fading(Span(10, 30), into=True, out_of=False, visibility={20: visible.get("at20", 1.0)})


def test_it_fades_in_and_ends_with_its_span() -> None:
    shares = [fading().at(index) for index in range(8, 32)]
    assert shares[:2] == [0, 0] and shares[-2:] == [0, 0] and shares[-3] == 1
    assert shares[2:7] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])


@pytest.mark.parametrize(("seen", "front", "due"), [
    (0.0, 0.0, 0.0),  # hidden by what nothing tells apart
    (0.15, 0.0, 0.5),
    (0.15, 0.1, 0.5),  # too little in front to say that this is all
    (0.15, 0.45, 1.0),  # an arm over half of a line that melts
    (0.0, 0.85, 0.5),
    (1.0, 0.99, 1.0),  # what is in front is cut out pixel by pixel
])  # fmt: skip
def test_what_is_told_to_be_in_front_counts_more_than_what_a_track_has_lost(
    seen: float, front: float, due: float
) -> None:
    assert fading(at20=seen).at(20, front=front) == pytest.approx(due)
