"""The queue of records: numbered in order, bounded, counted; only notifications are ever dropped."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.ble.queue import RecordQueue
from sensor_pipeline.ble.virtual.loop import run_virtual
from sensor_pipeline.types import Flush, Notification, Tick


def notification(order):
    return Notification(order, order, 0, "data", b"")


async def drained(queue):
    return [await queue.get() for _ in range(len(queue))]


@given(st.lists(st.sampled_from(["notification", "tick", "get"]), max_size=60), st.integers(1, 10))
def test_numbers_rise_without_holes_and_everything_is_counted(steps, capacity):
    async def main():
        queue, got, put = RecordQueue(capacity), [], 0
        for one in steps:
            if one == "get":
                got += [await queue.get()] if len(queue) else []
            else:
                put += queue.put(notification if one == "notification" else (lambda order: Tick(order, 0, None)))
        return queue, got + await drained(queue), put

    queue, got, put = run_virtual(main())
    assert [record.order for record in got] == list(range(put))
    assert queue.dropped == len([one for one in steps if one != "get"]) - put
    assert queue.high_water <= capacity + steps.count("tick")


def test_a_full_queue_drops_notifications_and_still_takes_the_end():
    async def main():
        queue = RecordQueue(2)
        taken = [queue.put(notification) for _ in range(4)]
        taken.append(queue.put(lambda order: Flush(order, 0, None)))
        return taken, queue.dropped, [type(record) for record in await drained(queue)]

    assert run_virtual(main()) == (
        [True, True, False, False, True],
        2,
        [Notification, Notification, Flush],
    )


def test_a_reader_waits_for_the_next_record():
    async def main():
        queue = RecordQueue()
        asyncio.get_running_loop().call_later(3.0, queue.put, notification)
        record = await queue.get()
        return record.order, asyncio.get_running_loop().time()

    assert run_virtual(main()) == (0, 3.0)
