import math

import pytest

from sensor_pipeline.ble.virtual.peripheral_params import FAULT_KINDS, NEEDS_VALUE, PeripheralParams, ScheduledFault
from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.simulate.firmware import FirmwareParams


def test_every_fault_is_a_method_of_a_peripheral() -> None:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    from sensor_pipeline.ble.virtual.peripheral import Peripheral

    assert all(callable(getattr(Peripheral, kind)) for kind in FAULT_KINDS)
    assert set(FAULT_KINDS) > NEEDS_VALUE


def test_faults_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UserError, match="fault 'dorp': choose drop"):
        ScheduledFault(1.0, "dorp")  # type: ignore[arg-type]  # what a typing mistake does
    for at_s, value in ((-1.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.nan)):
        with pytest.raises(UserError, match="both must be 0 or more"):
            ScheduledFault(at_s, "drop", value)
    for kind in FAULT_KINDS:
        if kind in NEEDS_VALUE:
            with pytest.raises(UserError, match=f"for example {kind}:5"):
                ScheduledFault(1.0, kind)
        else:
            assert ScheduledFault(1.0, kind).value is None


def test_sensors_that_cannot_be_are_refused(shin: SensorSpec) -> None:
    with pytest.raises(UserError, match="1 to 29 bytes"):
        PeripheralParams(shin, name="x" * 30)
    with pytest.raises(UserError, match="rssi_dbm 30"):
        PeripheralParams(shin, rssi_dbm=30)
    with pytest.raises(UserError, match="battery_fall_per_h -1"):
        PeripheralParams(shin, battery_fall_per_h=-1.0)
    with pytest.raises(UserError, match="ScheduledFault"):
        PeripheralParams(shin, firmware=FirmwareParams(reboots_s=(3.0,)))
