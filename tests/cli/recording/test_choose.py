"""Which sensor is meant: by spec, name, serial number, or because there is only one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sensor_pipeline.cli.recording.choose import check_sides, choose, persistent_notice, spec_named
from sensor_pipeline.errors import DorsiError, UserError
from sensor_pipeline.library.specs import load_spec, specs_folder
from sensor_pipeline.types import Side

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.ble.wanted import Wanted

DOT = PeripheralParams(load_spec("movella-dot"), name="Movella DOT", serial="D422CD000001")
SHIN = PeripheralParams(load_spec("shin-imu-v1"), name="Shin left", serial="SHIN-0001")
SECOND = PeripheralParams(load_spec("shin-imu-v1"), name="Shin right", serial="SHIN-0002", seed=2)


def chosen(
    on_air: Sequence[PeripheralParams], *sensors: str, sides: Sequence[Side] = ("left",), rate_hz: float | None = None
) -> list[tuple[str, str, str | None]]:
    async def main() -> tuple[Wanted, ...]:
        async with VirtualRadio(on_air) as air:
            return await choose(air.radio, sensors, sides, rate_hz)

    return [(one.spec.id, one.side, one.match) for one in run_virtual(main())]


def test_the_only_sensor_need_not_be_named() -> None:
    assert chosen([SHIN]) == [("shin-imu-v1", "left", None)]


def test_a_name_a_spec_and_a_spec_with_a_serial_number_are_understood() -> None:
    air = [DOT, SHIN, SECOND]
    assert chosen(air, "Movella DOT") == [("movella-dot", "left", "Movella DOT")]
    assert chosen(air, "movella-dot") == [("movella-dot", "left", None)]
    pair = chosen(air, "shin-imu-v1:SHIN-0002", "Shin left", sides=("right", "left"))
    assert pair == [("shin-imu-v1", "right", "SHIN-0002"), ("shin-imu-v1", "left", "Shin left")]


def test_a_serial_number_that_nobody_advertises_is_asked_for_among_sensors_of_one_kind() -> None:
    assert chosen([SHIN, SECOND], "SHIN-0002") == [("shin-imu-v1", "left", "SHIN-0002")]


def test_several_sensors_and_no_name_is_refused() -> None:
    with pytest.raises(UserError, match="say which one"):
        chosen([SHIN, SECOND])


def test_a_name_that_is_not_there_among_several_kinds_is_refused_with_what_is() -> None:
    with pytest.raises(DorsiError, match="Shin left"):
        chosen([SHIN, DOT], "nobody")


def test_two_of_a_kind_must_be_told_apart_or_the_legs_could_be_swapped() -> None:
    with pytest.raises(UserError, match="which leg"):
        chosen([SHIN, SECOND], "shin-imu-v1", "shin-imu-v1:SHIN-0002", sides=("left", "right"))


def test_a_rate_that_is_not_offered_is_refused_before_anything_is_connected() -> None:
    with pytest.raises(UserError, match="cannot run at 17 Hz"):
        chosen([SHIN], "movella-dot", rate_hz=17.0)


@pytest.mark.parametrize(
    ("sensors", "sides", "said"),
    [
        ((), (), "--side left or --side right"),
        (("a", "b"), ("left",), "once for each sensor"),
        (("a", "b"), ("left", "left"), "twice"),
        (("a", "b", "c"), ("left", "right", "left"), "at most"),
    ],
)
def test_each_leg_wears_one_sensor_and_it_is_said_which(
    sensors: tuple[str, ...], sides: tuple[Side, ...], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        check_sides(sensors, sides)


def test_a_file_names_its_spec_and_a_name_does_not() -> None:
    named = spec_named(str(specs_folder() / "movella-dot.toml"))
    assert named is not None
    assert named[0].id == "movella-dot"
    assert spec_named("Movella DOT") is None


def test_a_setting_that_stays_in_the_sensor_is_said_before_it_is_made() -> None:
    (line,) = persistent_notice([Wanted(load_spec("movella-dot"), side="right"), Wanted(load_spec("shin-imu-v1"))])
    assert line == "right: Movella DOT (Xsens DOT) keeps its rate over power-off: it is set to 60 Hz for good"
