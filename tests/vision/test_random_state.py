from __future__ import annotations

import cv2
import numpy as np
import pytest

from overlaycut.vision.random_state import with_seed


def drawn() -> list[int]:
    numbers = np.zeros((1, 8), dtype=np.uint8)
    cv2.randu(numbers, 0, 256)
    return [int(n) for n in numbers[0]]


def test_one_seed_gives_the_same_numbers_and_another_gives_others() -> None:
    assert with_seed(1, drawn) == with_seed(1, drawn) != with_seed(2, drawn)


def test_the_generator_of_the_caller_goes_on_as_if_nothing_had_been_drawn() -> None:
    def two(between: bool) -> list[int]:
        cv2.setRNGSeed(7)
        first = drawn()
        if between:
            with_seed(1, drawn)
        return first + drawn()

    assert two(between=True) == two(between=False)


def test_what_the_call_raises_is_raised() -> None:
    def broken() -> None:
        raise KeyError("gone")

    with pytest.raises(KeyError, match="gone"):
        with_seed(1, broken)
