"""A sensor is asked who it is: connected to for a moment, told apart by serial, and left as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("bumble", reason="the virtual radio needs the optional part 'virtual'")

from sensor_pipeline.ble.ask import Answer, ask
from sensor_pipeline.ble.scan import scan
from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams
from sensor_pipeline.library.specs import load_spec

SPEC = load_spec("shin-imu-v1")


async def asked(air: VirtualRadio, within_s: float = 30.0) -> list[Answer]:
    seen = []
    async for snapshot in scan(air.radio, [SPEC], 1.0):
        seen = sorted(snapshot, key=lambda item: item.name)
    for peripheral in air.peripherals:
        if peripheral.params.name == "silent":
            peripheral.blackout(600.0)
    return [await ask(air.radio, item, SPEC, within_s) for item in seen]


def test_two_sensors_of_one_kind_are_told_apart_by_their_serial_numbers() -> None:
    async def main() -> tuple[list[Answer], list[bool]]:
        left = PeripheralParams(SPEC, name="a", serial="SHIN-0001")
        right = PeripheralParams(SPEC, name="b", serial="SHIN-0002", seed=2)
        async with VirtualRadio([left, right]) as air:
            return await asked(air), [peripheral.connected for peripheral in air.peripherals]

    answers, connected = run_virtual(main())
    assert [(answer.seen.serial, answer.seen.battery, answer.problem) for answer in answers] == [
        ("SHIN-0001", 87, ""),
        ("SHIN-0002", 87, ""),
    ]
    assert connected == [False, False]


def test_a_sensor_without_a_serial_is_no_problem() -> None:
    async def main() -> Answer:
        async with VirtualRadio([PeripheralParams(SPEC, serial="")]) as air:
            (answer,) = await asked(air)
            return answer

    answer = run_virtual(main())
    assert (answer.seen.serial, answer.seen.battery, answer.problem) == (None, 87, "")


def test_a_sensor_that_does_not_answer_keeps_what_was_known_and_says_what_to_do() -> None:
    async def main() -> tuple[Answer, Answer]:
        silent = PeripheralParams(SPEC, name="silent")
        async with VirtualRadio([silent]) as air:
            (gone,) = await asked(air)
        async with VirtualRadio([PeripheralParams(SPEC, name="slow")]) as air:
            air.peripheral(0).slow_answers(1000.0, 10.0)
            (slow,) = await asked(air, 15.0)
        return gone, slow

    for answer in run_virtual(main(), limit_s=600.0):
        assert answer.seen.spec_id == "shin-imu-v1"
        assert answer.seen.serial is None
        assert "; " in answer.problem
        assert "sensor" in answer.problem


def test_a_sensor_that_is_another_one_gives_only_what_it_has() -> None:
    async def main() -> Answer:
        async with VirtualRadio([PeripheralParams(SPEC, name="a", impostor=True)]) as air:
            async for snapshot in scan(air.radio, [SPEC], 1.0):
                seen = snapshot[0]
            assert seen.spec_id is None
            return await ask(air.radio, replace(seen, spec_id=SPEC.id), SPEC)

    assert run_virtual(main()).seen.name == "a"
