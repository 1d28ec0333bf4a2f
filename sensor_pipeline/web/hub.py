"""Everything that pages see at the moment, and who of them may do what.

In: messages for all pages, texts from one. Out: queued texts; requests for the session. Must not live here: HTTP,
threads, the session itself. All of it runs in the server's event loop.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

from sensor_pipeline.types import Json
from sensor_pipeline.web.client import Client, Role
from sensor_pipeline.web.commands import Request, may, parse
from sensor_pipeline.web.kept import Kept
from sensor_pipeline.web.messages import Message

if TYPE_CHECKING:
    from sensor_pipeline.web.pairing import Pairing

SILENT_S: Final = 2.0
"""A phone that plays the sound and is not heard of for so long has lost it: it was locked, or put away."""
MOST_CLIENTS: Final = 24
"""Pages open at once."""


class Hub:
    """The pages of one session.

    Args:
        info: what every page is told first: mode, sensors, targets and the like; may be changed later.
        on_request: does what a page asks of the session; returns why not, "" = it is done.
        pairing: makes codes for phones.
        now_s: monotonic time.
        lan_control: whether a phone may control from the start.
    """

    def __init__(
        self,
        info: Mapping[str, Json],
        on_request: Callable[[Request], str],
        pairing: Pairing,
        now_s: Callable[[], float],
        *,
        lan_control: bool = False,
    ) -> None:
        self.info = dict(info)
        self.pairing = pairing
        self.kept = Kept()
        self.phone_code: Callable[[], Mapping[str, Json] | None] = lambda: None
        self._on_request = on_request
        self._now_s = now_s
        self._lan_control = lan_control
        self._granted = lan_control
        self._clients: dict[int, Client] = {}
        self._number = 0
        self._sound: int | None = None

    # messages to pages

    def post(self, message: Message) -> None:
        """Send a message to every page, and keep it if it is of that kind."""
        self.kept.add(message)
        if self._clients:
            text = encode(message.body)
            for client in self._clients.values():
                client.put(text, message.disposable)

    def tell_anew(self) -> None:
        """Tell every page everything from the beginning: after a jump in a replay."""
        for client in self._clients.values():
            client.tell_anew()

    # pages that come and go

    @property
    def clients(self) -> tuple[Client, ...]:
        """The open pages."""
        return tuple(self._clients.values())

    def open(self, host: bool, phone: str, send: Callable[[str], Awaitable[None]]) -> Client | None:
        """Let a page in; None = there are too many.

        Args:
            host: it is on this computer.
            phone: the pairing it came in with.
            send: sends one text to it.
        """
        if len(self._clients) >= MOST_CLIENTS:
            return None
        role: Role = "host" if host else "controller" if self._granted else "viewer"
        self._number += 1
        client = Client(self._number, role, phone, send, self._beginning)
        client.alive_s = self._now_s()
        self._clients[client.number] = client
        self._people()
        return client

    def close(self, client: Client) -> None:
        """A page has gone."""
        if self._clients.pop(client.number, None) is not None:
            self._people()
            self.watch()

    def handle(self, client: Client, text: str) -> None:
        """Do what a page asks for.

        Raises:
            UserError: it asks for nothing that there is.
        """
        request = parse(text)
        if not may(client.role, request.do):
            self._answer(client, {"k": "no", "do": request.do, "why": "viewer"})
            return
        match request.do:
            case "ping":
                self._answer(client, {"k": "pong", "value": request.value, "at": self._now_s() * 1e3})
            case "alive":
                self._alive(client, request.value)
            case "sound":
                self._give_sound(client.number, "asked")
            case "grant" | "revoke":
                self._grant(request.do == "grant")
            case "code":
                found = self.phone_code()
                self._answer(client, {"k": "code", **found} if found else {"k": "no", "do": "code", "why": "no lan"})
            case "pageinfo":
                pass
            case _:
                why_not = self._on_request(request)
                if why_not:
                    self._answer(client, {"k": "no", "do": request.do, "why": why_not})

    # sound: one page plays it

    def watch(self) -> None:
        """Look whether the page that plays the sound still does; call it a few times a second."""
        owner = self._clients.get(self._sound) if self._sound is not None else None
        if owner is not None:
            silent = self._now_s() - owner.alive_s > SILENT_S
            if owner.role == "host" and not silent:
                return
            if not silent and not owner.hidden:
                return
        others = [c for c in self._clients.values() if c.role == "host" and c is not owner and not self._gone(c)]
        best = max(others, key=lambda c: (c.audio, c.number), default=None)
        if best is not None:
            self._give_sound(best.number, "silent" if owner is not None else "first")
        elif owner is None and self._sound is not None:
            self._give_sound(None, "gone")

    def _gone(self, client: Client) -> bool:
        return self._now_s() - client.alive_s > SILENT_S

    def _alive(self, client: Client, value: Json) -> None:
        client.alive_s = self._now_s()
        if isinstance(value, dict):
            client.audio = value.get("audio") is True
            client.hidden = value.get("hidden") is True
        self.watch()

    def _give_sound(self, number: int | None, why: str) -> None:
        if number == self._sound and why != "asked":
            return
        self._sound = number
        role = None if number is None else self._clients[number].role
        self.post(Message({"k": "sound", "owner": number, "role": role, "why": why}, "sound"))

    # roles

    def _grant(self, granted: bool) -> None:
        self._granted = granted
        for client in self._clients.values():
            if client.role != "host":
                client.role = "controller" if granted else "viewer"
                self._answer(client, {"k": "role", "role": client.role})
        self._people()

    def _people(self) -> None:
        phones = sum(client.role != "host" for client in self._clients.values())
        body = {"k": "clients", "pages": len(self._clients), "phones": phones, "granted": self._granted}
        self.post(Message(body, "clients"))

    # parts

    def _beginning(self, client: Client) -> list[str]:
        hello = {"k": "hello", "id": client.number, "role": client.role, **self.info}
        return [encode(hello), *map(encode, self.kept.bodies()), encode({"k": "caught_up"})]

    @staticmethod
    def _answer(client: Client, body: Mapping[str, Json]) -> None:
        client.put(encode(body))


def encode(body: Mapping[str, Json]) -> str:
    """A message as it goes over the wire; no number in it is NaN or infinite."""
    return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
