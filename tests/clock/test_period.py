"""The period tracker against stamps whose truth is known."""

import numpy as np
import pytest

from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.period import PeriodTracker


def tracker(tick_s: float, period_s: float, phase_s: float = 0.0) -> PeriodTracker:
    params = ClockParams()
    noise_s = float(np.hypot(params.stamp_jitter_s, tick_s / np.sqrt(12.0)))
    return PeriodTracker(phase_s, period_s, noise_s, params.period_start_sd, params.period_drift, params.settled_error)


@pytest.mark.parametrize(("tick_s", "seconds", "error"), [(1e-6, 1.0, 2e-5), (1e-3, 5.0, 5e-4), (8e-3, 30.0, 2e-3)])
def test_period_is_found_from_a_nominal_rate_6_6_percent_off(tick_s: float, seconds: float, error: float) -> None:
    nominal_s, true_s, n = 1 / 52, 1 / 48.57, 4
    found = tracker(tick_s, nominal_s)
    for packet in range(1, int(seconds / (n * true_s))):
        found.update(n, np.floor(packet * n * true_s / tick_s) * tick_s)
    assert found.settled
    assert found.period_s == pytest.approx(true_s, rel=error)


def test_quantised_stamps_are_smoothed_well_below_their_step() -> None:
    true_s, n, tick_s = 1 / 104, 8, 1e-3
    found = tracker(tick_s, true_s)
    errors = []
    for packet in range(1, 1000):
        found.update(n, np.floor(packet * n * true_s / tick_s) * tick_s)
        errors.append(found.phase_s - packet * n * true_s)
    assert np.std(errors[200:]) < 0.1 * tick_s


def test_exact_stamps_settle_after_three_and_coarse_ones_later() -> None:
    exact, coarse = tracker(1e-6, 1 / 52), tracker(8e-3, 1 / 52)
    settled_after = {}
    for packet in range(1, 400):
        for name, found, tick_s in (("exact", exact, 1e-6), ("coarse", coarse, 8e-3)):
            found.update(4, np.floor(packet * 4 / 52 / tick_s) * tick_s)
            if found.settled:
                settled_after.setdefault(name, packet + 1)
    assert settled_after["exact"] == 3
    assert 10 < settled_after["coarse"] < 100


def test_kept_gains_follow_a_slow_drift_and_a_packet_of_another_length() -> None:
    found = tracker(1e-6, 1 / 104)
    true_s, stamp_s = 1 / 104, 0.0
    for packet in range(1, 4000):
        n = 7 if packet % 500 == 0 else 4
        stamp_s += n * true_s
        found.update(n, stamp_s)
        true_s *= 1.0 + 2e-7  # 5e-6 a second: a sensor warming on the skin
    assert found.period_s == pytest.approx(true_s, rel=1e-4)
    assert found.phase_s == pytest.approx(stamp_s, abs=1e-4)


def test_a_gap_of_known_length_does_not_disturb_the_period() -> None:
    found = tracker(1e-6, 1 / 104)
    for index in [*range(4, 400, 4), *range(2000, 2400, 4)]:
        found.update(4 if index != 2000 else 2000 - 396, index / 104)
    assert found.period_s == pytest.approx(1 / 104, rel=1e-6)


def test_nonsense_never_makes_the_period_vanish() -> None:
    found = tracker(1e-6, 1 / 104)
    for _ in range(50):
        found.update(4, -10.0)
    assert found.period_s > 0.0


def test_a_stamp_within_bounds_is_taken_in_as_an_update_and_one_beyond_them_changes_nothing() -> None:
    one, other = tracker(1e-6, 1 / 104), tracker(1e-6, 1 / 104)
    stamp_s = 0.0
    for packet in range(600):
        stamp_s += 4 / 104 * (1.0 + 1e-4 * np.sin(packet))
        before = (one.phase_s, one.period_s, one.settled)
        assert not one.take(4, stamp_s + 3 / 104, -2.0, 2.0, 0.0)
        assert not one.take(4, stamp_s - 3 / 104, -2.0, 2.0, 0.0)
        assert (one.phase_s, one.period_s, one.settled) == before
        assert one.take(4, stamp_s, -2.0, 2.0, 0.0)
        other.update(4, stamp_s)
        assert (one.phase_s, one.period_s, one.settled) == (other.phase_s, other.period_s, other.settled)
    assert one.is_steady(4)  # both the gains on their way and the kept ones were compared
