"""A scan tells what advertises, goes on when the scanner dies, and says what to do when there is nothing.

The scanner is bleak's own; behind it plays a tape of advertisements, through bleak's plug-in interface.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from sensor_pipeline.ble.match import Seen
from sensor_pipeline.ble.scan import find_one, not_told_apart, scan, usual_causes
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.errors import RadioError, UserError
from sensor_pipeline.library.specs import load_spec, spec_ids

SPECS = tuple(load_spec(spec_id) for spec_id in spec_ids())
SHIN = "44430001-a912-40ea-8ca6-d561ceb3a6d8"
TICKING: list[tuple[float, str, dict[str, Any]]] = [(10.0 * k, "clock", {}) for k in range(1, 200)]


class Plain(BaseBleakScanner):
    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str, **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)


class Tape:
    """A radio on which devices advertise at given times.

    Args:
        plays: (time of the scan in s, address, fields of the advertisement).
        error: raised by each start.
        dies_after_s: the scanner falls silent without a word after so long.
    """

    def __init__(
        self, plays: list[tuple[float, str, dict[str, Any]]], error: Exception | None = None, dies_after_s: float = 1e9
    ) -> None:
        self.plays = plays
        self.error = error
        self.dies_after_s = dies_after_s
        self.starts = self.stops = 0

    def scanner(self, callback: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
        tape = self

        class Backend(Plain):
            async def start(self) -> None:
                if tape.error is not None:
                    raise tape.error
                tape.starts += 1
                loop = asyncio.get_running_loop()
                self.timers = [
                    loop.call_later(at_s, self.play, address, fields)
                    for at_s, address, fields in tape.plays
                    if at_s <= tape.dies_after_s
                ]

            def play(self, address: str, fields: dict[str, Any]) -> None:
                empty = AdvertisementData(None, {}, {}, [], None, -60, ())
                data = empty._replace(**fields)
                self.call_detection_callbacks(
                    self.create_or_update_device(address, address, data.local_name, None, data), data
                )

            async def stop(self) -> None:
                tape.stops += 1
                for timer in self.timers:
                    timer.cancel()

        return BleakScanner(callback, backend=Backend)


async def last(radio: Tape, seconds: float) -> tuple[Seen, ...]:
    seen: tuple[Seen, ...] = ()
    async for snapshot in scan(radio, SPECS, seconds):
        seen = snapshot
    return seen


def test_a_scan_shows_what_each_device_is_usable_ones_first() -> None:
    tape = Tape(
        [
            (0.1, "A", {}),
            (0.2, "B", {"local_name": "TV"}),
            (0.3, "C", {"local_name": "Polar H10 12345678", "service_uuids": ["fb005c80-02e7-f387-1cad-8acd2d8df0c8"]}),
            (0.4, "D", {"local_name": "shin", "service_uuids": [SHIN], "rssi": -47}),
        ]
    )
    seen = run_virtual(last(tape, 2.0))
    assert [item.address for item in seen] == ["D", "C", "B", "A"]
    first = seen[0]
    assert (first.spec_id, first.stream, first.grade, first.rssi) == ("shin-imu-v1", "raw6", "design", -47)
    assert first.usable
    assert first.seen_at_s == pytest.approx(0.4)
    assert seen[1].spec_id == "polar-h10"
    assert "no gyr" in seen[1].reason
    assert (tape.starts, tape.stops) == (1, 1)


def test_a_snapshot_comes_twice_a_second_and_the_last_one_holds_everything() -> None:
    async def main() -> tuple[list[int], float]:
        tape = Tape([(0.2, "A", {}), (0.7, "B", {}), (0.95, "C", {})])
        sizes = [len(snapshot) async for snapshot in scan(tape, SPECS, 1.0)]
        return sizes, asyncio.get_running_loop().time()

    sizes, end_s = run_virtual(main())
    assert sizes == [1, 3]
    assert end_s == pytest.approx(1.0)


def test_a_name_that_comes_later_is_put_to_the_service_that_came_first() -> None:
    seen = run_virtual(last(Tape([(0.1, "A", {"service_uuids": [SHIN]}), (0.2, "A", {"local_name": "left"})]), 1.0))
    assert [(item.name, item.spec_id) for item in seen] == [("left", "shin-imu-v1")]


def test_a_scan_without_an_end_is_ended_by_its_reader() -> None:
    async def main() -> Tape:
        tape = Tape([(0.1, "A", {})])
        async with aclosing(scan(tape, SPECS)) as stream:
            async for _ in stream:
                if asyncio.get_running_loop().time() > 5.0:
                    break
        return tape

    tape = run_virtual(main())
    assert (tape.starts, tape.stops) == (1, 1)


def test_a_scanner_that_fell_silent_is_started_anew_and_what_was_heard_stays() -> None:
    tape = Tape([(0.1, "A", {"service_uuids": [SHIN]}), (30.0, "B", {})], dies_after_s=1.0)
    seen = run_virtual(last(tape, 60.0))
    assert tape.starts == tape.stops == 3
    assert [item.address for item in seen] == ["A"]
    assert seen[0].seen_at_s > 40.0


def test_a_scanner_that_hears_something_every_ten_seconds_is_left_alone() -> None:
    tape = Tape([(10.0 * k, "A", {}) for k in range(7)])
    run_virtual(last(tape, 60.0))
    assert tape.starts == 1


def test_strangers_that_went_away_are_forgotten_and_sensors_are_not() -> None:
    tape = Tape([(0.1, "A", {"service_uuids": [SHIN]}), (0.1, "B", {"local_name": "phone"}), *TICKING])
    assert len(run_virtual(last(tape, 899.5))) == 3
    tape = Tape([(0.1, "A", {"service_uuids": [SHIN]}), (0.1, "B", {"local_name": "phone"}), *TICKING])
    assert [item.address for item in run_virtual(last(tape, 1000.0))] == ["A", "clock"]


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.POWERED_OFF), "turned off"),
        (BleakBluetoothNotAvailableError("x", BleakBluetoothNotAvailableReason.NO_BLUETOOTH), "no Bluetooth adapter"),
        (TimeoutError(), "no answer in time"),
        (ImportError("no", name="winrt"), "winrt"),
        (BleakError("something new"), "something new"),
    ],
)
def test_a_radio_that_does_not_work_says_what_is_wrong_and_what_to_do(error: Exception, part: str) -> None:
    with pytest.raises(RadioError, match=r"^cannot scan: ") as raised:
        run_virtual(last(Tape([], error), 5.0))
    assert part in str(raised.value)
    assert "; " in str(raised.value)


def test_a_platform_that_bleak_does_not_know_is_said_like_every_other_error() -> None:
    class Unknown(Tape):
        def scanner(self, callback: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
            raise BleakError("Unsupported platform: Plan9")

    with pytest.raises(RadioError, match="cannot scan: bleak does not know this system"):
        run_virtual(last(Unknown([]), 5.0))


def test_a_start_that_hangs_is_given_up() -> None:
    class Hanging(Tape):
        def scanner(self, callback: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
            class Backend(Plain):
                async def start(self) -> None:
                    await asyncio.sleep(3600)

                async def stop(self) -> None: ...

            return BleakScanner(callback, backend=Backend)

    with pytest.raises(RadioError, match="no answer in time"):
        run_virtual(last(Hanging([]), 5.0), limit_s=100.0)


def test_a_stop_that_fails_costs_nothing_that_was_heard() -> None:
    class Broken(Tape):
        def scanner(self, callback: Callable[[BLEDevice, AdvertisementData], None]) -> BleakScanner:
            scanner = super().scanner(callback)

            async def stop() -> None:
                raise EOFError

            scanner._backend.stop = stop  # type: ignore[method-assign]  # bluetoothd died
            return scanner

    assert len(run_virtual(last(Broken([(0.1, "A", {})]), 1.0))) == 1


def test_nothing_that_can_be_used_has_usual_causes_and_silence_puts_permission_first() -> None:
    silent = [item.cause for item in usual_causes((), "macos")]
    strangers = [item.cause for item in usual_causes(run_virtual(last(Tape([(0.1, "A", {})]), 1.0)), "macos")]
    assert sorted(silent) == sorted(strangers)
    assert "permission" in silent[0]
    assert "permission" in strangers[-1]
    for part in ("off", "app", "Bluetooth Classic", "BWT901CL"):
        assert any(part in cause for cause in strangers), part
    assert usual_causes(run_virtual(last(Tape([(0.1, "A", {"service_uuids": [SHIN]})]), 1.0))) == ()


def test_two_of_a_kind_without_a_serial_are_reported_as_not_told_apart() -> None:
    def two(first: str, second: str) -> tuple[str, ...]:
        return not_told_apart(
            run_virtual(last(Tape([(0.1, "A", {"local_name": first}), (0.1, "B", {"local_name": second})]), 1.0))
        )

    assert two("Movella DOT", "Movella DOT") == ("movella-dot",)
    assert two("Movesense 174630000192", "Movesense 174630000193") == ()
    assert two("Movella DOT", "TV") == ()


PAIR: list[tuple[float, str, dict[str, Any]]] = [
    (0.1, "A", {"local_name": "Movesense 174630000192"}),
    (3.0, "B", {"local_name": "Movesense 174630000193"}),
]


@pytest.mark.parametrize("text", ["174630000193", "b", "movesense 174630000193", "0193"])
def test_one_sensor_is_found_by_serial_address_or_name_and_ends_the_scan(text: str) -> None:
    async def main() -> tuple[str, float]:
        found = await find_one(Tape(PAIR), SPECS, text)
        return found.address, asyncio.get_running_loop().time()

    address, end_s = run_virtual(main())
    assert address == "B"
    assert end_s < 5.0


def test_a_choice_that_is_not_clear_is_refused_with_what_there_is() -> None:
    with pytest.raises(UserError, match=r"2 sensors fit: .*174630000192.*174630000193"):
        run_virtual(find_one(Tape(PAIR), SPECS))
    with pytest.raises(RadioError, match="no sensor 'left' was heard in 10 s, but Movesense 174630000192"):
        run_virtual(find_one(Tape(PAIR), SPECS, "left"))
    with pytest.raises(RadioError, match=r"Polar H10 12 .* cannot be used: it sends no gyr"):
        run_virtual(find_one(Tape([(0.1, "A", {"local_name": "Polar H10 12"})]), SPECS))
    pmd = {"service_uuids": ["fb005c80-02e7-f387-1cad-8acd2d8df0c8"], "local_name": "Polar 360"}
    with pytest.raises(RadioError, match=r"Polar 360 .* cannot be used: fits polar-h10 and polar-verity-sense"):
        run_virtual(find_one(Tape([(0.1, "A", pmd)]), SPECS))
    with pytest.raises(RadioError, match="no sensor was heard in 10 s"):
        run_virtual(find_one(Tape([]), SPECS))


def test_a_spec_that_a_person_names_is_found_on_weaker_evidence() -> None:
    tape = Tape([(0.1, "A", {"local_name": "my leg", "manufacturer_data": {0x0886: b""}})])
    assert run_virtual(find_one(tape, [load_spec("movella-dot")])).address == "A"
    with pytest.raises(RadioError, match="--sensor movella-dot"):
        run_virtual(find_one(tape, SPECS))
