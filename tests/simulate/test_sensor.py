"""The imperfect chip."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline import frames
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2, RAD_PER_DEG
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import (
    BLOCK,
    ChipSamples,
    Motion,
    Sensor,
    SensorParams,
    draw_misalignment,
    draw_sensor,
    draw_strap,
)
from sensor_pipeline.simulate.shank import ShankMotion
from sensor_pipeline.types import FloatArray

# A chip without errors and with a resolution far finer than what the tests look at.
IDEAL = SensorParams(
    rate_hz=104.0,
    acc_noise_m_s2_rt_hz=0.0,
    gyr_noise_rad_s_rt_hz=0.0,
    acc_lsb_m_s2=1e-9,
    gyr_lsb_rad_s=1e-9,
    acc_range_m_s2=100.0,
    gyr_range_rad_s=100.0,
)


def constant(gyr: tuple[float, float, float], acc: tuple[float, float, float]) -> Motion:
    def motion(time_s: FloatArray) -> ShankMotion:
        return ShankMotion(np.tile(gyr, (len(time_s), 1)), np.tile(acc, (len(time_s), 1)))

    return motion


STILL = constant((0.0, 0.0, 0.0), (0.0, 0.0, G_M_S2))


def clockwork(time_s: FloatArray) -> ShankMotion:
    """A motion whose signals are the time itself."""
    rows = np.stack([time_s, 2.0 * time_s, 3.0 * time_s], axis=1)
    return ShankMotion(rows, rows + 1.0)


def run(params: SensorParams, motion: Motion, count: int, start_s: float = 0.0, seed: int = 1) -> ChipSamples:
    sensor = Sensor(params, motion, generator(seed, "noise"))
    sensor.begin(start_s)
    return sensor.read(count)


def test_an_ideal_chip_shows_the_motion_at_the_time_of_each_sample() -> None:
    got = run(replace(IDEAL, start_phase=0.25), clockwork, 3 * BLOCK, start_s=2.0)
    assert got.time_s == pytest.approx(2.0 + (np.arange(3 * BLOCK) + 0.25) / 104.0, abs=1e-12)
    assert got.gyr_rad_s[:, 1] == pytest.approx(2.0 * got.time_s, abs=1e-9)
    assert got.acc_m_s2[:, 2] == pytest.approx(3.0 * got.time_s + 1.0, abs=1e-9)
    assert not got.clipped.any()


def test_a_rate_error_changes_the_spacing_of_samples_by_true_time() -> None:
    got = run(replace(IDEAL, rate_hz=52.0, rate_error=-0.066), STILL, 400)
    assert np.diff(got.time_s) == pytest.approx(1.0 / (52.0 * 0.934), rel=1e-9)


def test_the_device_clock_has_its_offset_and_error_from_power_on() -> None:
    sensor = Sensor(replace(IDEAL, clock_offset_s=4000.0, clock_error=35e-6), STILL, generator(1), powered_s=10.0)
    assert sensor.device_time_s(10.0) == 4000.0
    assert sensor.device_time_s(110.0) == pytest.approx(4100.0 + 35e-4, abs=1e-9)


def test_a_chip_that_samples_already_goes_on_when_told_to_begin() -> None:
    sensor = Sensor(IDEAL, STILL, generator(1))
    assert sensor.time_of(0) == math.inf
    sensor.begin(1.0)
    sensor.read(104)
    sensor.begin(7.0)
    assert sensor.time_of(0) == pytest.approx(2.0)
    assert sensor.time_of(4) == pytest.approx(2.0 + 4.0 / 104.0)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_mounting_takes_the_chips_values_back_to_the_shin(seed: int) -> None:
    strap = draw_strap(generator(seed, "strap"))
    got = run(replace(IDEAL, mounting=strap), constant((0.1, -0.2, 0.3), (1.0, 2.0, 9.0)), 1)
    gyr, acc = got.gyr_rad_s[0:1], got.acc_m_s2[0:1]
    back = [c[0] for c in frames.rotate(strap, gyr[:, 0], gyr[:, 1], gyr[:, 2])]
    back += [c[0] for c in frames.rotate(strap, acc[:, 0], acc[:, 1], acc[:, 2])]
    assert back == pytest.approx([0.1, -0.2, 0.3, 1.0, 2.0, 9.0], abs=1e-8)


def test_a_strap_is_a_right_handed_rotation_that_favours_no_direction() -> None:
    straps = np.array([draw_strap(generator(seed, "strap")) for seed in range(2000)]).reshape(-1, 3, 3)
    assert np.max(np.abs(straps @ straps.transpose(0, 2, 1) - np.eye(3))) < 1e-12
    assert np.linalg.det(straps) == pytest.approx(np.ones(2000))
    assert np.max(np.abs(np.mean(straps, axis=0))) < 4.0 / math.sqrt(3.0 * 2000)


def test_noise_has_the_stated_density_and_is_white() -> None:
    n = 60_000
    params = replace(IDEAL, acc_noise_m_s2_rt_hz=100e-6 * G_M_S2, gyr_noise_rad_s_rt_hz=0.007 * RAD_PER_DEG)
    got = run(params, STILL, n)
    for noise, density in (
        (got.acc_m_s2 - [0.0, 0.0, G_M_S2], params.acc_noise_m_s2_rt_hz),
        (got.gyr_rad_s, params.gyr_noise_rad_s_rt_hz),
    ):
        sd = density * math.sqrt(104.0 / 2.0)
        assert np.std(noise, axis=0) == pytest.approx(np.full(3, sd), rel=0.02)
        assert np.max(np.abs(np.mean(noise, axis=0))) < 5.0 * sd / math.sqrt(n)
        assert np.max(np.abs(np.mean(noise[1:] * noise[:-1], axis=0))) < 5.0 * sd * sd / math.sqrt(n)


def test_bias_scale_and_walk_are_what_the_params_say() -> None:
    params = replace(
        IDEAL,
        acc_bias_m_s2=(0.1, -0.2, 0.3),
        gyr_bias_rad_s=(0.01, 0.02, -0.03),
        acc_scale=(1.0, 1.0, 1.01),
        gyr_scale=(0.99, 1.0, 1.0),
    )
    got = run(params, constant((1.0, 0.0, 0.0), (0.0, 0.0, G_M_S2)), 5)
    assert got.acc_m_s2[4] == pytest.approx([0.1, -0.2, 0.3 + 1.01 * G_M_S2], abs=1e-8)
    assert got.gyr_rad_s[4] == pytest.approx([1.0, 0.02, -0.03], abs=1e-8)
    ends = [run(replace(IDEAL, gyr_walk_rad_s_rt_s=1e-3), STILL, 416, seed=seed).gyr_rad_s[-1] for seed in range(300)]
    assert np.std(ends) == pytest.approx(1e-3 * math.sqrt(4.0), rel=0.1)  # after 4 s


def test_values_lie_on_the_raw_grid_and_are_off_by_half_a_step_at_most() -> None:
    params = replace(IDEAL, acc_lsb_m_s2=0.01, gyr_lsb_rad_s=0.02)
    got = run(params, clockwork, 500)
    ideal = clockwork(got.time_s)
    for values, true, lsb in ((got.acc_m_s2, ideal.acc_m_s2, 0.01), (got.gyr_rad_s, ideal.gyr_rad_s, 0.02)):
        assert np.max(np.abs(values / lsb - np.rint(values / lsb))) < 1e-9
        assert 0.45 * lsb < np.max(np.abs(values - true)) <= 0.5 * lsb + 1e-12


def test_beyond_its_range_the_chip_shows_its_end_value_and_says_so() -> None:
    params = replace(IDEAL, acc_lsb_m_s2=1.0, acc_range_m_s2=32.0, gyr_lsb_rad_s=0.5, gyr_range_rad_s=8.0)
    got = run(params, constant((9.0, 0.0, -9.0), (40.0, -40.0, 0.0)), 1)
    assert got.gyr_rad_s[0].tolist() == [7.5, 0.0, -8.0]
    assert got.acc_m_s2[0].tolist() == [31.0, -32.0, 0.0]
    assert got.clipped.all()
    assert not run(params, constant((7.0, 0.0, -7.0), (30.0, -31.0, 0.0)), 1).clipped.any()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 2 * BLOCK), min_size=1, max_size=6))
def test_reading_in_any_portions_gives_equal_bits(portions: list[int]) -> None:
    params = draw_sensor(104.0, generator(3, "chip"))
    whole = run(params, clockwork, sum(portions))
    sensor = Sensor(params, clockwork, generator(1, "noise"))
    sensor.begin(0.0)
    parts = [sensor.read(count) for count in portions]
    for column, name in enumerate(ChipSamples._fields):
        assert np.array_equal(np.concatenate([part[column] for part in parts]), getattr(whole, name))


def test_misaligned_axes_see_a_small_share_of_their_neighbours() -> None:
    params = replace(IDEAL, acc_misalignment_rad=(0.0, 0.0, 0.01), gyr_misalignment_rad=(0.02, 0.0, 0.0))
    got = run(params, constant((0.0, 1.0, 0.0), (9.0, 0.0, 1.0)), 1)
    assert got.acc_m_s2[0] == pytest.approx([9.0, -0.09, 1.0], abs=1e-8)
    assert got.gyr_rad_s[0] == pytest.approx([0.0, 1.0, -0.02], abs=1e-8)


def test_drawn_misalignment_has_the_stated_spread_and_leaves_the_rest() -> None:
    chip = draw_sensor(104.0, generator(1, "chip"))
    drawn = [draw_misalignment(chip, generator(seed, "misalignment")) for seed in range(1500)]
    for name in ("acc_misalignment_rad", "gyr_misalignment_rad"):
        spread = np.std([getattr(one, name) for one in drawn])
        assert spread == pytest.approx(0.3 * RAD_PER_DEG, rel=0.08)
    nothing = (0.0, 0.0, 0.0)
    assert replace(drawn[0], acc_misalignment_rad=nothing, gyr_misalignment_rad=nothing) == chip


def test_the_accelerometers_bias_walks_with_the_root_of_time_and_leaves_the_noise_as_it_was() -> None:
    ends = []
    for seed in range(200):
        ends.append(run(replace(IDEAL, acc_walk_m_s2_rt_s=0.01), STILL, 10 * BLOCK, seed=seed).acc_m_s2[-1])
    assert np.std(np.array(ends), axis=0) == pytest.approx(np.full(3, 0.01 * math.sqrt(10 * BLOCK / 104.0)), rel=0.2)
    noisy = replace(IDEAL, gyr_noise_rad_s_rt_hz=1e-3)
    first, again = (run(params, STILL, BLOCK) for params in (noisy, replace(noisy, acc_walk_m_s2_rt_s=0.01)))
    assert np.array_equal(first.gyr_rad_s, again.gyr_rad_s)


def test_drawn_chips_have_the_stated_spread() -> None:
    chips = [draw_sensor(104.0, generator(seed, "chip")) for seed in range(1500)]

    def spread(value: Callable[[SensorParams], object]) -> float:
        return float(np.std(np.array([value(chip) for chip in chips])))

    assert spread(lambda chip: chip.rate_error) == pytest.approx(0.015, rel=0.08)
    assert spread(lambda chip: chip.clock_error) == pytest.approx(20e-6, rel=0.08)
    assert spread(lambda chip: chip.acc_bias_m_s2) == pytest.approx(0.010 * G_M_S2, rel=0.08)
    assert spread(lambda chip: chip.gyr_bias_rad_s) == pytest.approx(0.5 * RAD_PER_DEG, rel=0.08)
    assert spread(lambda chip: chip.gyr_scale) == pytest.approx(0.005, rel=0.08)
    assert draw_sensor(104.0, generator(1), frames.IDENTITY).mounting == frames.IDENTITY


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate_hz": 0.0}, r"rate_hz 0\.0: a sensor samples at 1 to 5000 Hz"),
        ({"rate_error": 5.0}, r"rate_error 5\.0: is a fraction"),
        ({"start_phase": 1.5}, r"start_phase 1\.5: is a fraction of a sample period"),
        ({"acc_lsb_m_s2": 0.0}, r"acc_lsb_m_s2 0\.0: must be more than 0"),
    ],
)
def test_senseless_chips_are_refused(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(IDEAL, **change)
