"""Radio work ends: well, or as a RadioError within its time, whatever it does with a cancellation."""

from __future__ import annotations

import asyncio

import pytest
from bleak.exc import BleakDeviceNotFoundError

from sensor_pipeline.ble.bounded import CANCEL_S, bounded
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.errors import RadioError


async def after(seconds, value=None, error=None):
    await asyncio.sleep(seconds)
    if error is not None:
        raise error
    return value


async def deaf(seconds):
    """Does not end when it is cancelled."""
    end_s = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end_s:
        try:
            await asyncio.sleep(end_s - asyncio.get_running_loop().time())
        except asyncio.CancelledError:
            continue


async def timed(work):
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    try:
        return await work, loop.time() - began_s
    except RadioError as error:
        return error, loop.time() - began_s


def test_a_result_is_handed_on():
    assert run_virtual(timed(bounded(after(1.0, 7), 2.0, "read"))) == (7, 1.0)


@pytest.mark.parametrize("error", [OSError("x"), KeyError("x"), AssertionError(), EOFError()])
def test_any_failure_of_a_backend_is_a_radio_error(error):
    found, _ = run_virtual(timed(bounded(after(1.0, error=error), 2.0, "cannot read")))
    assert isinstance(found, RadioError)
    assert str(found).startswith("cannot read: ")
    assert found.__cause__ is error


def test_the_message_says_what_to_do():
    found, _ = run_virtual(
        timed(bounded(after(0.0, error=BleakDeviceNotFoundError("A", "gone")), 2.0, "cannot connect"))
    )
    assert "not there any more; wake it" in str(found)


def test_what_takes_too_long_is_cancelled():
    found, took_s = run_virtual(timed(bounded(after(100.0), 2.0, "cannot read")))
    assert isinstance(found, RadioError)
    assert isinstance(found.__cause__, TimeoutError)
    assert took_s == 2.0


def test_what_does_not_even_end_when_cancelled_is_left_alone():
    async def main():
        found = await timed(bounded(deaf(100.0), 2.0, "cannot connect"))
        await asyncio.sleep(200.0)  # it ends by itself, and nobody complains
        return found

    found, took_s = run_virtual(main())
    assert isinstance(found, RadioError)
    assert took_s == 2.0 + CANCEL_S


def test_who_is_cancelled_while_waiting_cancels_the_work():
    ended = []

    async def work():
        try:
            await asyncio.sleep(100.0)
        finally:
            ended.append(asyncio.get_running_loop().time())

    async def main():
        task = asyncio.ensure_future(bounded(work(), 50.0, "x"))
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run_virtual(main())
    assert ended == [1.0]
