"""What the tests of this room share: the specs that can be written, and a sensor on a shin that does not move."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams
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
