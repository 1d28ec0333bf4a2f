"""What the tests of this room share: the specs that can be written, and a sensor on a shin that does not move."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.frames import G_M_S2, medial_sign
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams
from sensor_pipeline.simulate.person import Lunge
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.sensor import Sensor, SensorParams
from sensor_pipeline.simulate.shank import ShankMotion
from sensor_pipeline.simulate.wire import Wire
from sensor_pipeline.types import FloatArray

ENCODABLE = ("shin-imu-v1", "movella-dot", "witmotion-ble5", "movesense-gsp")


@pytest.fixture(params=ENCODABLE)
def spec(request: pytest.FixtureRequest) -> SensorSpec:
    """Every spec that can be written."""
    return load_spec(request.param)


@pytest.fixture(scope="session")
def shin() -> SensorSpec:
    """The open profile: info block, sample counter, time stamp, flags."""
    return load_spec("shin-imu-v1")


def wobble(time_s: FloatArray) -> ShankMotion:
    """Signals that differ from sample to sample and stay within every sensor's range."""
    phase = 2.0 * np.pi * np.stack([0.7 * time_s, 1.1 * time_s, 1.3 * time_s], axis=1)
    return ShankMotion(3.0 * np.sin(phase), G_M_S2 + 5.0 * np.cos(phase))


def build_firmware(
    spec: SensorSpec, params: FirmwareParams | None = None, chip: SensorParams | None = None
) -> Firmware:
    """A firmware of ``spec`` on a wobbling shin; its stream is not started."""
    params = FirmwareParams() if params is None else params
    wire = Wire(spec, None, SensorParams(rate_hz=spec.rate.default_hz) if chip is None else chip)

    def new_sensor(boot: int, powered_s: float) -> Sensor:
        chip = wire.chip if boot == 0 else replace(wire.chip, clock_offset_s=0.0)
        return Sensor(chip, wobble, generator(1, "noise", boot), powered_s)

    return Firmware(wire, params, new_sensor)


@pytest.fixture
def firmware_of() -> Callable[..., Firmware]:
    """:func:`build_firmware` for tests (test folders are no packages)."""
    return build_firmware


def assert_self_consistent(leg: Lunge, start_s: float, stop_s: float, step_s: float, force_m_s2: float) -> None:
    """The truth law: rates integrate to the angles, and specific force is the sensor's second derivative plus gravity.

    The leg must stand upright and untwisted, but for sway, at ``start_s``. ``force_m_s2`` bounds the force's error,
    which is that of the finite difference.
    """
    time_s = np.arange(start_s, stop_s, step_s)
    turns = Rotation.from_rotvec(leg.motion(time_s[:-1] + step_s / 2.0).gyr_rad_s * step_s)
    angles = leg.angles(time_s)
    assert abs(angles.axial.value[0]) < 1e-12
    d, f = angles.dorsiflexion.value[0], medial_sign(leg.side) * angles.frontal.value[0]
    up = np.array([-np.sin(d) * np.cos(f), np.sin(f), np.cos(d) * np.cos(f)])
    axis = np.cross(up, [0.0, 0.0, 1.0])
    sine = float(np.linalg.norm(axis))
    total = Rotation.from_rotvec(axis * (np.arctan2(sine, up[2]) / sine if sine > 0.0 else 0.0))
    rows = [total.as_quat()]
    for turn in turns:
        total = total * turn
        rows.append(total.as_quat())
    x, y, z, w = np.array(rows).T
    u_x, u_y, u_z = frames.up_in_sensor(np.stack([w, x, y, z], axis=1))
    assert np.max(np.abs(frames.dorsiflexion_rad(u_x, u_z) - angles.dorsiflexion.value)) < 2e-6
    assert np.max(np.abs(frames.frontal_rad(u_y, leg.side) - angles.frontal.value)) < 2e-6
    assert np.max(np.abs(frames.axial_rad(z, w, leg.side) - angles.axial.value)) < 2e-6

    to_earth = Rotation.from_quat(np.array(rows))
    place = to_earth.apply(np.array(leg.params.site))
    pivot = leg.pivot(time_s)
    if pivot is not None:
        place = place + np.stack([curve.value for curve in pivot], axis=1)
    second = (place[4:] - 2.0 * place[2:-2] + place[:-4]) / (4.0 * step_s * step_s)
    expected = to_earth[2:-2].inv().apply(second + np.array([0.0, 0.0, G_M_S2]))
    assert np.max(np.abs(leg.motion(time_s[2:-2]).acc_m_s2 - expected)) < force_m_s2


@pytest.fixture
def self_consistent() -> Callable[..., None]:
    """:func:`assert_self_consistent` for tests."""
    return assert_self_consistent
