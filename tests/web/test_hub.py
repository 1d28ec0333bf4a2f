"""What pages are told and who may do what: bounded queues, roles, one owner of the sound."""

from __future__ import annotations

import asyncio
import json

import pytest

from sensor_pipeline.errors import UserError
from sensor_pipeline.web.client import QUEUE_LENGTH, Client
from sensor_pipeline.web.commands import BEFORE, HOST, REPLAY, SESSION, number, parse
from sensor_pipeline.web.hub import MOST_CLIENTS, SILENT_S, Hub
from sensor_pipeline.web.messages import Message
from sensor_pipeline.web.pairing import Pairing


class Page:
    """A page that takes what it is sent, as far as it may."""

    def __init__(self, hub, *, host=True):
        self.sent = []
        self.open = asyncio.Event()
        self.open.set()
        self.client = hub.open(host, "" if host else "phone", self.take)
        self.task = asyncio.ensure_future(self.client.run())

    async def take(self, text):
        await self.open.wait()
        self.sent.append(json.loads(text))

    def kinds(self):
        return [message["k"] for message in self.sent]

    def last(self, kind):
        return [message for message in self.sent if message["k"] == kind][-1]


class World:
    def __init__(self, **options):
        self.now_s = 0.0
        self.asked = []
        self.hub = Hub({"mode": "live"}, self.request, Pairing(lambda: self.now_s), lambda: self.now_s, **options)

    def request(self, request):
        self.asked.append(request.do)
        return ""


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


def run(test):
    async def go():
        await test(World())
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(go())


def frame(n):
    return Message({"k": "frame", "s": 0, "n": n}, disposable=True)


def test_a_page_that_comes_later_is_told_the_newest_of_each_kind_and_all_repetitions():
    async def test(world):
        for n in range(3):
            world.hub.post(Message({"k": "rep", "n": n}, "+rep"))
            world.hub.post(Message({"k": "battery", "percent": n}, "battery:0"))
        world.hub.post(Message({"k": "hold_started"}, "hold:0"))
        world.hub.post(Message({"k": "hold_ended"}, "", ("hold:0",)))
        page = Page(world.hub)
        await settle()
        assert page.kinds()[0] == "hello"
        assert page.kinds()[-1] == "caught_up" or "caught_up" in page.kinds()
        assert [m["n"] for m in page.sent if m["k"] == "rep"] == [0, 1, 2]
        assert [m["percent"] for m in page.sent if m["k"] == "battery"] == [2]
        assert all(m["old"] for m in page.sent if m["k"] in ("rep", "battery"))
        assert "hold_started" not in page.kinds()

    run(test)


def test_a_slow_page_misses_the_oldest_angles_and_nothing_else():
    async def test(world):
        page = Page(world.hub)
        await settle()
        page.open.clear()
        world.hub.post(Message({"k": "rep", "n": 1}, "+rep"))
        for n in range(10 * QUEUE_LENGTH):
            world.hub.post(frame(n))
        world.hub.post(Message({"k": "rep", "n": 2}, "+rep"))
        await settle()
        assert page.client.dropped > 8 * QUEUE_LENGTH
        page.sent.clear()
        page.open.set()
        await settle()
        for _ in range(10):
            await settle()
        frames = [m["n"] for m in page.sent if m["k"] == "frame"]
        assert frames == sorted(frames)
        assert frames[-1] == 10 * QUEUE_LENGTH - 1
        assert len(frames) <= QUEUE_LENGTH
        assert [m["n"] for m in page.sent if m["k"] == "rep"] == [1, 2]

    run(test)


def test_a_page_that_misses_more_than_angles_is_told_everything_anew():
    async def test(world):
        page = Page(world.hub)
        await settle()
        page.open.clear()
        for n in range(3 * QUEUE_LENGTH):
            world.hub.post(Message({"k": "rep", "n": n}, "+rep"))
        page.sent.clear()
        page.open.set()
        for _ in range(50):
            await settle()
        reps = [m["n"] for m in page.sent if m["k"] == "rep"]
        assert page.kinds().count("hello") == 1
        assert reps[-3 * QUEUE_LENGTH :] == list(range(3 * QUEUE_LENGTH))

    run(test)


@pytest.mark.parametrize("do", sorted(SESSION | BEFORE | REPLAY | HOST))
def test_a_phone_only_looks_and_stops_until_it_is_granted_control(do):
    async def test(world):
        host, phone = Page(world.hub), Page(world.hub, host=False)
        world.hub.handle(phone.client, json.dumps({"do": do}))
        await settle()
        assert world.asked == (["hurts-stop"] if do == "hurts-stop" else [])
        assert phone.client.role == "viewer"
        world.hub.handle(host.client, '{"do": "grant"}')
        world.asked.clear()
        world.hub.handle(phone.client, json.dumps({"do": do}))
        await settle()
        assert world.asked == ([] if do in HOST else [do])
        assert phone.last("role")["role"] == "controller"
        world.hub.handle(host.client, '{"do": "revoke"}')
        assert phone.client.role == "viewer"

    run(test)


def test_two_pages_control_at_once_and_both_are_heard():
    async def test(world):
        one, two = Page(world.hub), Page(world.hub)
        world.hub.handle(one.client, '{"do": "pause"}')
        world.hub.handle(two.client, '{"do": "mark"}')
        assert world.asked == ["pause", "mark"]

    run(test)


def test_pages_are_bounded():
    async def test(world):
        for _ in range(MOST_CLIENTS):
            Page(world.hub)
        assert world.hub.open(True, "", None) is None

    run(test)


def alive(world, page, **state):
    world.hub.handle(page.client, json.dumps({"do": "alive", "value": {"audio": True, "hidden": False, **state}}))


@pytest.mark.parametrize("how", ["hidden", "silent", "closed"])
def test_the_host_takes_the_sound_over_when_the_phone_falls_silent(how):
    async def test(world):
        host, phone = Page(world.hub), Page(world.hub, host=False)
        alive(world, host)
        alive(world, phone)
        world.hub.handle(phone.client, '{"do": "sound"}')
        await settle()
        assert host.last("sound")["owner"] == phone.client.number
        world.now_s = SILENT_S - 0.1
        alive(world, host)
        world.hub.watch()
        await settle()
        assert host.last("sound")["owner"] == phone.client.number
        match how:
            case "hidden":
                alive(world, phone, hidden=True)
            case "silent":
                world.now_s = SILENT_S + 0.1
                world.hub.watch()
            case "closed":
                world.hub.close(phone.client)
        await settle()
        assert host.last("sound")["owner"] == host.client.number
        assert host.last("sound")["why"] in ("silent", "first")

    run(test)


def test_the_hosts_own_tab_in_the_background_keeps_the_sound():
    async def test(world):
        host, phone = Page(world.hub), Page(world.hub, host=False)
        alive(world, host)
        alive(world, host, hidden=True)
        alive(world, phone)
        world.now_s = SILENT_S * 3
        alive(world, phone)
        world.hub.watch()
        await settle()
        assert phone.last("sound")["owner"] == host.client.number

    run(test)


def test_a_client_is_closed_when_it_takes_nothing(monkeypatch):
    from sensor_pipeline.web import client as room

    monkeypatch.setattr(room, "SLOW_S", 0.01)

    async def never(text):
        await asyncio.Event().wait()

    async def go():
        client = Client(1, "host", "", never, lambda client: ["hello"])
        with pytest.raises(room.TooSlowError):
            await client.run()

    asyncio.run(go())


@pytest.mark.parametrize(
    "text", ["", "5", '"ping"', "[]", "{}", '{"do": 1}', '{"do": "ping", "x": 1}', "[" * 100_000, '{"do": ["ping"]}']
)
def test_nonsense_is_refused(text):
    with pytest.raises(UserError):
        parse(text)


@pytest.mark.parametrize("value", [None, True, "1", 17.0, -1, float("nan"), float("inf"), [1]])
def test_a_number_from_a_page_is_checked(value):
    with pytest.raises(UserError):
        number(value, 0.0, 16.0)
