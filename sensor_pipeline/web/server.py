"""The server: a thread of its own beside the session, so that no page can make a recording wait.

In: what pages are told first, what they may ask for. Out: an address, a :class:`Feed`. Must not live here: routes,
messages, the session.

    with PageServer(info, on_request) as server:
        print(server.url)
        server.feed.publish(engine.push(record), now_s)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Final

from sensor_pipeline.errors import UserError
from sensor_pipeline.types import Json
from sensor_pipeline.web.address import lan_address, qr_rows
from sensor_pipeline.web.commands import MAX_MESSAGE_BYTES, Request
from sensor_pipeline.web.feed import Feed
from sensor_pipeline.web.files import page_files
from sensor_pipeline.web.guard import LOOPBACK
from sensor_pipeline.web.hub import Hub
from sensor_pipeline.web.pairing import Pairing

PORT: Final = 8733
"""Usual port: the same each time, so that an open page finds a new run again; another one where it is taken."""
START_S: Final = 15.0
STOP_S: Final = 3.0
WATCH_S: Final = 0.5


class PageServer:
    """Serves the page for one session; use it in a ``with`` block.

    Args:
        info: what every page is told first.
        on_request: does what a page asks of the session, in the server's thread: it must not wait. Returns why not.
        port: where to listen; 0 = any.
        lan: listen in the local network too, for a phone.
        lan_control: phones may control, not only look.
        address: of this computer in the local network, None = find it.

    Raises:
        UserError: the port cannot be had, or there is no network.
    """

    def __init__(
        self,
        info: Mapping[str, Json],
        on_request: Callable[[Request], str],
        *,
        port: int = PORT,
        lan: bool = False,
        lan_control: bool = False,
        address: str | None = None,
    ) -> None:
        self._address = (address or lan_address()) if lan else None
        self._sockets = _listen(self._address, port)
        self.port: int = self._sockets[0].getsockname()[1]
        self._pairing = Pairing(time.perf_counter)
        self.hub = Hub(
            {**info, "lan": lan}, on_request, self._pairing, time.perf_counter, lan_control=lan and lan_control
        )
        self.hub.phone_code = self._code
        self._started = threading.Event()
        self._trouble: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stop: Callable[[], None] = lambda: None
        self.feed = Feed(self.hub, self._loop)
        self._thread = threading.Thread(target=self._run, name="page", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is on this computer."""
        return f"http://{LOOPBACK}:{self.port}/"

    def phone_url(self) -> str:
        """A link for a phone, with a new code in its fragment, which no server or log ever sees.

        Raises:
            UserError: the server does not listen in the network.
        """
        if self._address is None:
            raise UserError("a phone needs --lan")
        return f"http://{self._address}:{self.port}/#k={self._pairing.new_code()}"

    def spawn(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Run a coroutine in the server's event loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def __enter__(self) -> PageServer:
        self._thread.start()
        self._started.wait(START_S)
        if self._trouble is not None:
            raise self._trouble
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(lambda: self._stop())
        self._thread.join(STOP_S + 2.0)
        for one in self._sockets:
            one.close()

    def _code(self) -> Mapping[str, Json] | None:
        if self._address is None:
            return None
        url = self.phone_url()
        return {"url": url, "rows": qr_rows(url)}

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except Exception as error:  # noqa: BLE001 - handed to whoever opened the server
            self._trouble = error
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        import uvicorn

        from sensor_pipeline.web.app import make_app

        config = uvicorn.Config(
            make_app(self.hub, page_files(), [self.port]),
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=10.0,
            ws_ping_timeout=20.0,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=16_384,
        )
        server = uvicorn.Server(config)

        def stop() -> None:
            server.should_exit = True

        self._stop = stop
        watching = asyncio.ensure_future(self._watch(server))
        try:
            await server.serve(sockets=self._sockets)
        finally:
            watching.cancel()
            rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def _watch(self, server: Any) -> None:
        while not server.started:
            await asyncio.sleep(0.005)
        self._started.set()
        while True:
            await asyncio.sleep(WATCH_S)
            self.hub.watch()


def _listen(address: str | None, port: int) -> list[socket.socket]:
    """Sockets on the loopback address and, where asked for, on the network's, both on one port."""
    first = _bound(LOOPBACK, port) or _bound(LOOPBACK, 0)
    if first is None:
        raise UserError(f"no port can be had on {LOOPBACK}; end another program that serves pages")
    sockets = [first]
    if address is not None:
        second = _bound(address, first.getsockname()[1])
        if second is None:
            first.close()
            raise UserError(f"--lan: {address}:{port} cannot be listened on; choose another --port")
        sockets.append(second)
    return sockets


def _bound(address: str, port: int) -> socket.socket | None:
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind((address, port))
        one.listen(64)
    except OSError:
        one.close()
        return None
    one.setblocking(False)
    return one
