"""The application: the page's files, pairing, and the WebSocket of each page.

In: HTTP and WebSocket requests. Out: answers. Must not live here: what a message means, the session.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from sensor_pipeline.errors import UserError
from sensor_pipeline.web.client import Client, TooSlowError
from sensor_pipeline.web.commands import MAX_MESSAGE_BYTES
from sensor_pipeline.web.files import PageFile
from sensor_pipeline.web.guard import Guard, is_host
from sensor_pipeline.web.hub import Hub

COOKIE: Final = "dorsi_phone"
MESSAGES_AT_ONCE: Final = 80.0
"""Messages a page may send at once; dragging a replay's slider sends 30 a second."""
MESSAGES_HZ: Final = 40.0
"""Messages a second that a page may go on sending."""
POLICY, UNSUPPORTED, TRY_LATER = 1008, 1003, 1013  # close codes, RFC 6455 and its registry


def make_app(hub: Hub, files: Mapping[str, PageFile], port: list[int]) -> ASGIApp:
    """Build the application.

    Args:
        hub: the pages.
        files: of the page.
        port: of the server, known when it listens.
    """

    async def page_file(request: Request) -> Response:
        found = files.get(request.url.path)
        if found is None:
            return PlainTextResponse("not here\n", 404)
        return Response(found.body, media_type=found.type)

    async def pair(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_MESSAGE_BYTES:
                return PlainTextResponse("too long\n", 413)
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            document = None
        code = document.get("code") if isinstance(document, dict) else None
        cookie = hub.pairing.redeem(code) if isinstance(code, str) and code.isascii() else None
        if cookie is None:
            return PlainTextResponse("this code is not good (any more)\n", 403)
        response = PlainTextResponse("paired\n")
        response.set_cookie(f"{COOKIE}_{port[0]}", cookie, httponly=True, samesite="strict", path="/")
        return response

    async def whoami(request: Request) -> Response:
        paired = is_host(request.scope) or hub.pairing.phone(request.cookies.get(f"{COOKIE}_{port[0]}", ""))
        return PlainTextResponse("yes\n" if paired else "no\n")

    async def websocket(socket: WebSocket) -> None:
        host = is_host(socket.scope)
        phone = "" if host else hub.pairing.phone(socket.cookies.get(f"{COOKIE}_{port[0]}", ""))
        if not host and not phone:
            await socket.close(POLICY)
            return
        await socket.accept()
        client = hub.open(host, phone, socket.send_text)
        if client is None:
            await socket.close(TRY_LATER)
            return
        code = 1000
        reader: asyncio.Future[int | None] = asyncio.ensure_future(_read(socket, client, hub))
        writer: asyncio.Future[int | None] = asyncio.ensure_future(client.run())
        try:
            done, _ = await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                code = _code(task, code)
        finally:
            hub.close(client)
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
        if code:
            await _close(socket, code)

    routes = [
        Route("/pair", pair, methods=["POST"]),
        Route("/paired", whoami, methods=["GET"]),
        WebSocketRoute("/live", websocket),
        Route("/{path:path}", page_file, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes), port)


async def _read(socket: WebSocket, client: Client, hub: Hub) -> int | None:
    """Obey a page until it goes; the code to close with, 0 = it has gone by itself."""
    left, looked_s = MESSAGES_AT_ONCE, time.monotonic()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return 0
        text = message.get("text")
        if text is None:
            return UNSUPPORTED
        now_s = time.monotonic()
        left = min(left + (now_s - looked_s) * MESSAGES_HZ, MESSAGES_AT_ONCE) - 1.0
        looked_s = now_s
        if left < 0.0 or len(text) > MAX_MESSAGE_BYTES:
            return POLICY
        try:
            hub.handle(client, text)
        except UserError:
            return POLICY


def _code(task: asyncio.Future[int | None], code: int) -> int:
    """The code to close with after a task has ended, 0 = the page has gone."""
    error = task.exception()
    if isinstance(error, TooSlowError):
        return TRY_LATER
    if isinstance(error, WebSocketDisconnect | OSError):
        return 0
    if error is not None:
        raise error
    result = task.result()
    return code if result is None else result


async def _close(socket: WebSocket, code: int) -> None:
    """Close; a page that does not answer is left to the server's own time limit."""
    try:
        async with asyncio.timeout(1.0):
            await socket.close(code)
    except (TimeoutError, RuntimeError, OSError):
        return
