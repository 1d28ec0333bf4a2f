"""A try fills its slot or is repeated in it; best is of those that count, the mean of all or none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.protocols.slots import MOST_AGAIN, Slots


def test_three_tries_have_a_best_and_a_mean() -> None:
    slots = Slots(3)
    for angle in (36.0, 39.0, 38.0):
        assert slots.mean_deg is None
        slots.fill(angle)
    assert (slots.done, slots.best_deg, slots.mean_deg) == (True, 39.0, 113.0 / 3)


def test_a_try_that_does_not_count_is_repeated_in_the_same_slot() -> None:
    slots = Slots(2)
    slots.fill(36.0)
    assert (slots.number, slots.repeat(), slots.number, slots.done) == (2, "again", 2, False)
    slots.fill(38.0)
    assert slots.mean_deg == 37.0


def test_a_slot_that_fails_too_often_stays_empty_and_there_is_no_mean() -> None:
    slots = Slots(2)
    assert [slots.repeat() for _ in range(MOST_AGAIN + 1)] == ["again"] * MOST_AGAIN + ["given_up"]
    slots.fill(38.0)
    assert (slots.done, slots.best_deg, slots.mean_deg) == (True, 38.0, None)


@given(st.lists(st.one_of(st.none(), st.floats(10.0, 50.0)), max_size=60), st.integers(1, 5))
def test_the_tries_always_end_and_the_mean_is_of_all_slots(tries: list[float | None], count: int) -> None:
    slots = Slots(count)
    counted = []
    for angle in [*tries, *[None] * (count * (MOST_AGAIN + 1))]:
        if slots.done:
            break
        assert 1 <= slots.number <= count
        if angle is None:
            slots.repeat()
        else:
            slots.fill(angle)
            counted.append(angle)
    assert slots.done
    assert (slots.mean_deg is None) == (len(counted) < count)
    assert slots.best_deg == (max(counted) if counted else None)
