"""Session time over a simulated link: the same bar as the accuracy page, over four minutes."""

import pytest

from sensor_pipeline.lab import clock_accuracy


@pytest.fixture(scope="module")
def rows() -> dict[str, clock_accuracy.ClockAccuracyRow]:
    return {row.name: row for row in clock_accuracy.rows(seed=2, minutes=4.0)}


def test_the_30_ms_link_of_the_open_profile_holds_the_bar(rows) -> None:
    (name,) = [name for name in rows if name.startswith("shin IMU profile v1") and "30 ms" in name]
    assert rows[name].sd_ms <= clock_accuracy.SAMPLE_BAR_MS
    assert rows[name].max_ms <= 2.0


def test_without_a_clock_on_the_wire_a_rate_6_6_percent_low_holds_the_same_bar(rows) -> None:
    (name,) = [name for name in rows if "no clock" in name]
    assert rows[name].sd_ms <= clock_accuracy.SAMPLE_BAR_MS


def test_spacing_is_right_to_a_tenth_of_a_percent_on_every_link(rows) -> None:
    assert max(row.spacing_percent for row in rows.values()) < 0.1


def test_the_constant_is_the_path_delay_and_not_the_mean_delay(rows) -> None:
    for row in rows.values():
        assert 1e3 * clock_accuracy.PATH_S - 0.5 < row.constant_ms < 1e3 * clock_accuracy.PATH_S + 4.0


def test_equal_seeds_give_equal_rows_and_different_ones_do_not() -> None:
    one, again, other = (clock_accuracy.rows(seed, 1.2) for seed in (1, 1, 2))
    assert one == again
    assert one != other
