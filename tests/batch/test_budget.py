"""Cores and memory, given to steps in the order in which they ask."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from overlaycut.batch.budget import Budget, BudgetParameters, Needs

PARAMETERS = BudgetParameters(needs={"small": Needs(1, 100), "large": Needs(3, 100), "fat": Needs(1, 900)})


def budget() -> Budget:
    return Budget(cores=4, memory_mib=1000, parameters=PARAMETERS)


def test_what_fits_begins_and_what_does_not_waits_its_turn() -> None:
    free = budget()
    assert free.ask(1, ["large"]) == [1]
    assert free.ask(2, ["large"]) == []
    assert free.ask(3, ["small"]) == []  # it would fit, but the large one asked before
    assert free.release(1) == [2, 3]


def test_memory_counts_as_well_as_cores() -> None:
    free = budget()
    assert free.ask(1, ["fat"]) == [1]
    assert free.ask(2, ["fat"]) == []
    assert free.release(1) == [2]


def test_steps_of_one_pass_need_what_the_largest_does() -> None:
    assert budget().of(["small", "large", "fat"]) == Needs(3, 900)
    assert budget().of(["unknown"]) == PARAMETERS.other


def test_what_needs_more_than_the_machine_has_begins_alone() -> None:
    free = Budget(cores=1, memory_mib=10, parameters=PARAMETERS)
    assert free.ask(1, ["large"]) == [1]
    assert free.ask(2, ["fat"]) == []
    assert free.release(1) == [2]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["small", "large", "fat", "release"])), max_size=60))
def test_nothing_is_promised_twice_and_nobody_waits_for_ever(moves: list[tuple[int, str]]) -> None:
    free, running, waiting = budget(), dict[int, str](), dict[int, str]()
    for worker, move in moves:
        if move == "release":
            begun = free.release(worker)
            running.pop(worker, None)
            waiting.pop(worker, None)
        elif worker in running or worker in waiting:
            continue
        else:
            waiting[worker] = move
            begun = free.ask(worker, [move])
        for one in begun:
            running[one] = waiting.pop(one)
        needs = [PARAMETERS.needs[step] for step in running.values()]
        assert len(needs) <= 1 or (
            sum(one.cores for one in needs) <= 4 and sum(one.memory_mib for one in needs) <= 1000
        )
        assert running or not waiting
    for worker in list(running) + list(waiting):
        for one in free.release(worker):
            running[one] = waiting.pop(one)
