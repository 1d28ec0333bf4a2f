"""One attempt over the virtual radio: its order, its limits, and what it does about the wrong device."""

from __future__ import annotations

import asyncio

import pytest

from sensor_pipeline.ble.attempt import Attempt, Plan, WrongDeviceError
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.ble.wanted import Wanted
from sensor_pipeline.devices import Decoder
from sensor_pipeline.errors import RadioError
from sensor_pipeline.library.specs import load_spec

pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")

from sensor_pipeline.ble.virtual.air import VirtualRadio
from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams


class Ear:
    """A listener that keeps everything, with its time."""

    def __init__(self):
        self.told = []

    def linked(self, generation):
        self.told.append(("linked", generation))

    def gone(self, generation):
        self.told.append(("gone", generation))

    def read(self, generation, what, payload):
        self.told.append(("read", what, payload))

    def notified(self, generation, characteristic, host_time_ns, payload):
        self.told.append(("notified", characteristic, host_time_ns))

    def noted(self, text):
        self.told.append(("noted", text))

    def words(self):
        return [" ".join(map(str, one[:2])) for one in self.told if one[0] != "notified"]


def attempted(spec, *, first=True, fits=lambda serial: True, before=None, then=None, wanted=None, **sensor):
    """Run one attempt; returns what was heard, what it gave or raised, and the sensor's side of it."""

    async def main():
        ear = Ear()
        async with VirtualRadio([PeripheralParams(spec, stream=spec.stream().name, **sensor)]) as air:
            found = asyncio.get_running_loop().create_future()
            scanner = air.radio.scanner(lambda device, data: found.done() or found.set_result(device))
            await scanner.start()
            device = await found
            await scanner.stop()
            if before is not None:
                before(air)
            order = wanted or Wanted(spec)
            keys = Decoder(spec).characteristics
            attempt = Attempt(air.radio, device, Plan(order, keys, 1, first, fits, clock_ns), ear)
            try:
                result = await attempt.run()
            except RadioError as error:
                result = error
            if then is not None:
                await then(air, attempt, ear)
            await attempt.close(polite=True)
            return ear, result, air.peripheral()

    return run_virtual(main())


def test_a_first_attempt_reads_everything_before_start(shin):
    ear, serial, sensor = attempted(shin)
    assert serial == "SIM-0001"
    assert ear.words() == ["linked 1", "read serial", "read firmware", "read battery", "read info", "gone 1"]
    assert ("read", "serial", b"SIM-0001") in ear.told
    assert not sensor.connected


def test_a_later_attempt_reads_only_what_decoding_needs(shin):
    ear, serial, _ = attempted(shin, first=False)
    assert serial is None
    assert ear.words() == ["linked 1", "read info", "gone 1"]


def test_answers_to_commands_come_before_data(shin):
    async def then(air, attempt, ear):
        await asyncio.sleep(1.0)

    ear, _, sensor = attempted(shin, then=then)
    chars = [one[1] for one in ear.told if one[0] == "notified"]
    assert chars[0] == "control"
    assert chars.count("data") >= 20
    assert sensor.counts.dropped == 0


def test_the_rate_asked_for_is_set(shin):
    _, _, sensor = attempted(shin, wanted=Wanted(shin, rate_hz=208.0))
    assert sensor.rate_hz == 208.0


def test_a_rate_that_the_sensor_keeps_is_written_once():
    dot = load_spec("movella-dot")
    assert attempted(dot, rate_hz=30.0)[2].rate_hz == 60.0
    assert attempted(dot, rate_hz=30.0, first=False)[2].rate_hz == 30.0


def test_the_wrong_serial_number_is_refused_before_anything_is_told(shin):
    ear, error, sensor = attempted(shin, fits=lambda serial: serial == "OTHER")
    assert isinstance(error, WrongDeviceError)
    assert error.for_good
    assert ear.words() == ["gone 1"]
    assert sensor.counts.sampled == 0


def test_a_device_without_the_specs_characteristics_is_refused(shin):
    ear, error, _ = attempted(shin, impostor=True)
    assert isinstance(error, WrongDeviceError)
    assert not error.for_good
    assert "lacks its characteristic data, control" in str(error)
    assert ear.words() == ["gone 1"]


def test_a_sensor_that_answers_too_slowly_fails_within_bounds(shin):
    def before(air):
        air.peripheral().slow_answers(1e6, 100.0)

    async def then(air, attempt, ear):
        assert asyncio.get_running_loop().time() < 40.0

    _, error, _ = attempted(shin, before=before, then=then)
    assert "no answer in time" in str(error)


def test_a_sensor_that_has_gone_fails_within_bounds(shin):
    def before(air):
        air.peripheral().blackout(1e6)

    async def then(air, attempt, ear):
        assert asyncio.get_running_loop().time() < 35.0

    ear, error, _ = attempted(shin, before=before, then=then)
    assert str(error).startswith("cannot connect: ")
    assert ear.words() == []


def test_closing_twice_or_after_a_loss_is_no_error(shin):
    async def then(air, attempt, ear):
        air.peripheral().drop()
        await asyncio.sleep(0.1)
        await attempt.close(polite=True)

    ear, _, _ = attempted(shin, then=then)
    assert sum(word.startswith("noted cannot write STOP") for word in ear.words()) == 2


def test_stop_is_written_before_a_polite_end(shin):
    async def then(air, attempt, ear):
        await asyncio.sleep(1.0)
        await attempt.close(polite=True)
        before = air.peripheral().counts.notifications
        await asyncio.sleep(1.0)
        assert air.peripheral().counts.notifications == before

    ear, _, _ = attempted(shin, then=then)
    answers = [one for one in ear.told if one[:2] == ("notified", "control")]
    assert len(answers) == 3  # SET_CONFIG, START, STOP
