import asyncio

import pytest

from sensor_pipeline.ble.virtual import loop as loop_module
from sensor_pipeline.ble.virtual.loop import clock_ns, run_virtual


def test_a_day_passes_at_once_and_the_clock_shows_it() -> None:
    async def main() -> tuple[float, int]:
        await asyncio.sleep(80_000.0)
        return asyncio.get_running_loop().time(), clock_ns()

    assert run_virtual(main()) == (80_000.0, 80_000_000_000_000)


def test_timers_fire_in_the_order_of_their_times_whoever_set_them_first() -> None:
    async def main() -> list[float]:
        fired: list[float] = []

        async def later(after_s: float) -> None:
            await asyncio.sleep(after_s)
            fired.append(asyncio.get_running_loop().time())

        await asyncio.gather(later(3.0), later(0.5), later(1800.0), later(0.25))
        return fired

    assert run_virtual(main()) == [0.25, 0.5, 3.0, 1800.0]


def test_a_coroutine_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        run_virtual(asyncio.sleep(11.0), limit_s=10.0)


def test_waiting_for_nothing_is_told_at_once() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(None):
            await loop.create_future()

    # the limit is a timer too: without it nothing at all is left to happen
    with pytest.raises(TimeoutError):
        run_virtual(main(), limit_s=5.0)
    with pytest.raises(RuntimeError, match="every task waits and no timer is set"):
        asyncio.Runner(loop_factory=loop_module.VirtualLoop).run(main())


def test_something_that_calls_itself_for_ever_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "STUCK_ROUNDS", 1000)

    async def main() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="calls itself for ever"):
        run_virtual(main())
