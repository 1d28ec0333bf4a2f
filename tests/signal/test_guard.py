"""The guard: what a bad row becomes, that good rows pass untouched, that a filter behind it stays sound."""

import itertools
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.frames import G_M_S2, up_in_sensor
from sensor_pipeline.lab.orientation_accuracy import TRIALS, inclination_error_deg, read_trial
from sensor_pipeline.signal.guard import GuardParams, InputGuard
from sensor_pipeline.signal.orientation import FILTER_NAMES, make_filter
from sensor_pipeline.types import Flag, Samples

DT_S = 0.01
CLIPPED = int(Flag.CLIPPED)


def samples(n, clipped=(), gyr=None, acc=None, flags=None):
    counting = np.arange(1.0, 3 * n + 1).reshape(n, 3)
    all_flags = np.zeros(n, dtype=np.uint16) if flags is None else np.array(flags, dtype=np.uint16)
    all_flags[list(clipped)] |= CLIPPED
    return Samples(
        time_s=np.arange(n) * DT_S,
        dt_s=np.full(n, DT_S),
        acc_m_s2=100.0 + counting if acc is None else acc,
        gyr_rad_s=counting if gyr is None else gyr,
        flags=all_flags,
    )


def part(block, a, b):
    return Samples(block.time_s[a:b], block.dt_s[a:b], block.acc_m_s2[a:b], block.gyr_rad_s[a:b], block.flags[a:b])


def test_good_rows_pass_without_a_copy():
    block = samples(8, flags=[Flag.BRIDGED, Flag.SETTLING, Flag.RATE_UNSETTLED, 0, 0, 0, Flag.GAP_BEFORE, 0])
    gyr, acc = InputGuard().update(block)
    assert gyr is block.gyr_rad_s
    assert acc is block.acc_m_s2


def test_a_clipped_row_becomes_the_last_good_one():
    block = samples(6, clipped=[2, 3, 5])
    gyr, acc = InputGuard().update(block)
    assert np.array_equal(gyr, block.gyr_rad_s[[0, 1, 1, 1, 4, 4]])
    assert np.array_equal(acc, block.acc_m_s2[[0, 1, 1, 1, 4, 4]])


def test_the_samples_stay_as_they_came():
    block = samples(6, clipped=[2])
    before = block.gyr_rad_s.copy(), block.acc_m_s2.copy()
    InputGuard().update(block)
    assert np.array_equal(block.gyr_rad_s, before[0])
    assert np.array_equal(block.acc_m_s2, before[1])


def test_before_the_first_good_row_nothing_is_known():
    block = samples(4, clipped=[0, 1])
    gyr, acc = InputGuard().update(block)
    assert not gyr[:2].any()
    assert not acc[:2].any()
    assert np.array_equal(gyr[2:], block.gyr_rad_s[2:])


def test_a_value_stands_in_no_longer_than_the_limit():
    block = samples(9, clipped=range(1, 8))
    gyr, acc = InputGuard(GuardParams(max_hold_s=3.5 * DT_S)).update(block)
    assert np.array_equal(gyr[:4], block.gyr_rad_s[[0, 0, 0, 0]])
    assert not gyr[4:8].any()
    assert not acc[4:8].any()
    assert np.array_equal(gyr[8], block.gyr_rad_s[8])


def test_a_good_row_starts_the_limit_anew():
    block = samples(9, clipped=[1, 2, 4, 5, 7, 8])
    gyr, _ = InputGuard(GuardParams(max_hold_s=2.5 * DT_S)).update(block)
    assert np.array_equal(gyr, block.gyr_rad_s[[0, 0, 0, 3, 3, 3, 6, 6, 6]])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_value_that_is_not_finite_costs_its_own_sensor_only(value, axis):
    block = samples(4)
    block.gyr_rad_s[2, axis] = value
    gyr, acc = InputGuard().update(block)
    assert np.array_equal(gyr, block.gyr_rad_s[[0, 1, 1, 3]])
    assert np.array_equal(acc, block.acc_m_s2)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_found_beside_a_zero(value):
    block = samples(4)
    block.acc_m_s2[1, 1] = value
    block.gyr_rad_s[1] = 0.0
    gyr, acc = InputGuard().update(block)
    assert np.array_equal(acc, block.acc_m_s2[[0, 0, 2, 3]])
    assert np.array_equal(gyr, block.gyr_rad_s)


def test_infinities_of_opposite_sign_are_found():
    block = samples(4)
    block.acc_m_s2[1] = [np.inf, -np.inf, 1.0]
    _, acc = InputGuard().update(block)
    assert np.isfinite(acc).all()


def test_values_whose_products_overflow_are_not_bad():
    block = samples(4)
    block.acc_m_s2[1] = block.gyr_rad_s[1] = 1e200
    gyr, acc = InputGuard().update(block)
    assert np.array_equal(gyr, block.gyr_rad_s)
    assert np.array_equal(acc, block.acc_m_s2)


def ranged(acc_row, gyr_row, **ranges):
    """Which of the two sensors is held in a clipped row with these values."""
    block = samples(2, clipped=[1], acc=np.array([[0.0, 0.0, 9.0], acc_row]), gyr=np.array([[0.1, 0.0, 0.0], gyr_row]))
    gyr, acc = InputGuard(GuardParams(**ranges)).update(block)
    return {"acc": not np.array_equal(acc[1], acc_row), "gyr": not np.array_equal(gyr[1], gyr_row)}


KNOWN = {"acc_range_m_s2": 40.0, "gyr_range_rad_s": 8.0}


def test_with_known_ranges_only_the_sensor_at_its_end_is_held():
    assert ranged([0.0, -40.0, 3.0], [1.0, 2.0, 3.0], **KNOWN) == {"acc": True, "gyr": False}
    assert ranged([0.0, -39.9, 3.0], [1.0, 2.0, 3.0], **KNOWN) == {"acc": True, "gyr": False}
    assert ranged([0.0, 1.0, 3.0], [1.0, -8.0, 3.0], **KNOWN) == {"acc": False, "gyr": True}
    assert ranged([40.0, 1.0, 3.0], [1.0, -8.0, 3.0], **KNOWN) == {"acc": True, "gyr": True}


def test_a_clipped_row_with_no_sensor_at_its_end_loses_both():
    assert ranged([0.0, 1.0, 3.0], [1.0, 2.0, 3.0], **KNOWN) == {"acc": True, "gyr": True}


def test_a_sensor_of_unknown_range_may_be_the_one():
    assert ranged([0.0, 1.0, 3.0], [1.0, 2.0, 3.0]) == {"acc": True, "gyr": True}
    assert ranged([0.0, 1.0, 3.0], [1.0, 2.0, 3.0], acc_range_m_s2=40.0) == {"acc": False, "gyr": True}


def test_after_a_reset_old_values_are_forgotten():
    guard = InputGuard()
    guard.update(samples(4))
    guard.reset()
    gyr, acc = guard.update(samples(2, clipped=[0]))
    assert not gyr[0].any()
    assert not acc[0].any()


def test_no_rows_change_nothing():
    guard = InputGuard()
    block = samples(3)
    guard.update(block)
    assert guard.update(part(block, 0, 0))[0].shape == (0, 3)
    assert np.array_equal(guard.update(samples(1, clipped=[0]))[0][0], block.gyr_rad_s[-1])


@settings(max_examples=150, deadline=None)
@given(
    clipped=st.sets(st.integers(0, 39)),
    holes=st.lists(st.tuples(st.booleans(), st.integers(0, 39), st.integers(0, 2), st.sampled_from([np.nan, np.inf]))),
    cuts=st.lists(st.integers(0, 40), max_size=8),
    max_hold_s=st.sampled_from([0.0, 2.5 * DT_S, 0.1, 10.0]),
    ranges=st.sampled_from([{}, {"acc_range_m_s2": 150.0}, {"acc_range_m_s2": 150.0, "gyr_range_rad_s": 60.0}]),
)
def test_any_split_gives_the_same_bits_all_of_them_finite(clipped, holes, cuts, max_hold_s, ranges):
    block = samples(40, clipped=clipped)
    for in_gyr, row, axis, value in holes:
        (block.gyr_rad_s if in_gyr else block.acc_m_s2)[row, axis] = value
    params = GuardParams(max_hold_s=max_hold_s, **ranges)
    whole = InputGuard(params).update(block)
    guard = InputGuard(params)
    bounds = [0, *sorted(cuts), 40]
    split = [guard.update(part(block, a, b)) for a, b in itertools.pairwise(bounds)]
    for channel in (0, 1):
        assert np.array_equal(np.concatenate([pair[channel] for pair in split]), whole[channel])
        assert np.isfinite(whole[channel]).all()


@pytest.mark.parametrize("name", FILTER_NAMES)
def test_a_filter_behind_the_guard_survives_nan_and_saturation(name):
    n = 3000
    angle = np.radians(20.0) * (1.0 - np.cos(2 * np.pi * np.arange(n) * DT_S / 4.0))
    gyr = np.zeros((n, 3))
    gyr[:, 1] = np.diff(angle, prepend=0.0) / DT_S
    acc = G_M_S2 * np.stack([-np.sin(angle), np.zeros(n), np.cos(angle)], axis=-1)
    block = samples(n, clipped=range(1200, 1203), gyr=gyr.copy(), acc=acc.copy())
    block.gyr_rad_s[0] = np.nan
    block.acc_m_s2[1000:1004] = np.inf
    block.gyr_rad_s[1100:1103] = np.nan
    block.acc_m_s2[1200:1203] = 500.0
    block.gyr_rad_s[1200:1203] = 35.0
    quat = make_filter(1.0 / DT_S, name).update(*InputGuard().update(block))
    up_x, _, up_z = up_in_sensor(quat)
    error_deg = np.degrees(np.abs(np.arctan2(-up_x, up_z) - angle))
    assert error_deg.max() < 0.5
    assert error_deg[-500:].max() < 0.1


def test_taps_that_clip_the_accelerometer_cost_nothing_where_both_ranges_are_known():
    data = os.environ.get("DORSI_DATA")
    if data is None:
        pytest.skip("DORSI_DATA is not set: no recorded data")
    recorded = read_trial(Path(data), TRIALS[4])
    end = 4.0 * G_M_S2
    n, dt_s = len(recorded.acc_m_s2), 1.0 / recorded.rate_hz
    clipped = np.flatnonzero((np.abs(recorded.acc_m_s2) >= end).any(axis=1)).tolist()
    block = samples(n, clipped, gyr=recorded.gyr_rad_s, acc=np.clip(recorded.acc_m_s2, -end, end))
    block = replace(block, dt_s=np.full(n, dt_s))

    def rmse_deg(gyr, acc):
        quat = make_filter(recorded.rate_hz, "vqf").update(gyr, acc)
        return np.sqrt(np.mean(inclination_error_deg(quat, recorded.reference)[recorded.scored] ** 2))

    unclipped = rmse_deg(recorded.gyr_rad_s, recorded.acc_m_s2)
    ranges = GuardParams(acc_range_m_s2=end, gyr_range_rad_s=np.radians(2000.0))
    known = rmse_deg(*InputGuard(ranges).update(block))
    unknown = rmse_deg(*InputGuard().update(block))
    assert len(clipped) > 50
    assert known <= unclipped
    assert unknown > known + 0.2
