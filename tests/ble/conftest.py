"""A recording over the virtual radio, in virtual time: what arrived, what the sensors did, what the log says."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from sensor_pipeline.ble.source import LinkStatus, LiveSource, MachineParams, Wanted
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual
from sensor_pipeline.devices import SensorSpec
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.types import Flush, Link, Notification, Record

if TYPE_CHECKING:
    from sensor_pipeline.ble.virtual.air import VirtualRadio
    from sensor_pipeline.ble.virtual.link import AirParams
    from sensor_pipeline.ble.virtual.peripheral import PeripheralCounts
    from sensor_pipeline.ble.virtual.peripheral_params import PeripheralParams

Script = Callable[["VirtualRadio", LiveSource], Awaitable[None]]


@dataclass
class Recording:
    """What came of a recording. ``midway``: the states of the links just before the stop."""

    records: list[Record] = field(default_factory=list)
    midway: list[LinkStatus] = field(default_factory=list)
    status: list[LinkStatus] = field(default_factory=list)
    counts: list[PeripheralCounts] = field(default_factory=list)
    log: str = ""
    unreturned: tuple[str, ...] = ()
    dropped: int = 0
    stop_s: float = 0.0
    end_s: float = 0.0

    def of(self, kind: type[Any], sensor: int | None = 0) -> list[Any]:
        return [record for record in self.records if isinstance(record, kind) and record.sensor == sensor]

    def links(self, sensor: int = 0) -> list[str]:
        return [record.state for record in self.of(Link, sensor)]

    def times_s(self, kind: type[Record], sensor: int = 0) -> list[float]:
        return [record.host_time_ns / 1e9 for record in self.of(kind, sensor)]

    def check(self) -> None:
        """What holds for every recording, whatever the radio does."""
        assert [record.order for record in self.records] == list(range(len(self.records)))
        times = [record.host_time_ns for record in self.records]
        assert times == sorted(times)
        assert [isinstance(record, Flush) for record in self.records].index(True) == len(self.records) - 1
        assert self.dropped == 0
        assert self.end_s - self.stop_s < 30.0
        for sensor in range(len(self.status)):
            linked = False
            for record in self.records:
                if record.sensor != sensor:
                    continue
                if isinstance(record, Link):
                    if record.state != "rebooted":
                        assert linked == (record.state == "lost")
                        linked = record.state == "connected"
                else:
                    assert linked, f"{record} outside of a link"
        silent = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert max(silent, default=0) <= 0.2501e9


def record(
    peripherals: Sequence[PeripheralParams],
    seconds: float,
    *,
    wanted: Sequence[Wanted] | None = None,
    link: AirParams | None = None,
    script: Script | None = None,
    params: MachineParams | None = None,
) -> Recording:
    """Record for ``seconds``, while ``script`` disturbs; without ``wanted`` the first sensor is."""

    async def main() -> Recording:
        from sensor_pipeline.ble.virtual.air import VirtualRadio

        loop = asyncio.get_running_loop()
        found = Recording()
        async with VirtualRadio(peripherals, link) as air:
            sensors = wanted or [Wanted(air.peripheral(0).spec)]
            source = LiveSource(air.radio, sensors, clock_ns=clock_ns, params=params)
            async with source:
                disturbing = loop.create_task(_play(script, air, source))

                def stop() -> None:
                    found.midway = [source.status(index) for index in range(len(sensors))]
                    found.stop_s = loop.time()
                    source.stop()

                loop.call_at(seconds, stop)
                async for one in source:
                    found.records.append(one)
                found.end_s = loop.time()
                disturbing.cancel()
                await asyncio.wait({disturbing})
                if not disturbing.cancelled():
                    await disturbing
            found.status = [source.status(index) for index in range(len(sensors))]
            found.counts = [peripheral.counts for peripheral in air.peripherals]
            found.log, found.unreturned, found.dropped = source.log.text, source.unreturned, source.dropped
        return found

    found = run_virtual(main())
    found.check()
    return found


async def _play(script: Script | None, air: VirtualRadio, source: LiveSource) -> None:
    if script is not None:
        await script(air, source)


@pytest.fixture(scope="session")
def recorded() -> Callable[..., Recording]:
    pytest.importorskip("bumble", reason="the virtual radio needs the extra [virtual]")
    return record


@pytest.fixture(scope="session")
def shin() -> SensorSpec:
    """The open profile: info block, control point, sample counter."""
    return load_spec("shin-imu-v1")


@pytest.fixture(scope="session")
def longest_silence_s() -> Callable[[Recording], float]:
    def silence(found: Recording) -> float:
        times = [record.host_time_ns for record in found.records if isinstance(record, Notification)]
        return max((b - a for a, b in itertools.pairwise(times)), default=0) / 1e9

    return silence
