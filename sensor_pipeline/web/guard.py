"""The door: which requests are let in at all, and the headers that every answer carries.

In: an ASGI scope. Out: the scope passed on, or a refusal. Must not live here: pairing, roles, pages.

A request is let in when its ``Host`` is one of the exact addresses of the socket it came in on (against DNS rebinding)
and, for a WebSocket and for everything but GET and HEAD, its ``Origin`` is the same address (against other sites).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK: Final = "127.0.0.1"
HEADERS: Final = (
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
READS: Final = frozenset({"GET", "HEAD"})


def hosts_of(address: str, port: int) -> tuple[str, ...]:
    """What ``Host`` may say on the socket of an address."""
    names = (LOOPBACK, "localhost") if address == LOOPBACK else (address,)
    return tuple(f"{name}:{port}" for name in names)


def why_refused(scope: Scope, port: int) -> str:
    """Why a request is not let in, "" = it is.

    Args:
        scope: of an HTTP request or a WebSocket.
        port: of the server.
    """
    server = scope.get("server")
    if server is None:
        return "no address"
    allowed = hosts_of(str(server[0]), port)
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or hosts[0].decode("latin-1") not in allowed:
        return "wrong Host"
    if scope["type"] == "http" and scope["method"] in READS:
        return ""
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    if len(origins) != 1 or origins[0].decode("latin-1") != f"http://{hosts[0].decode('latin-1')}":
        return "wrong Origin"
    return ""


def is_host(scope: Scope) -> bool:
    """Whether a request came in on the loopback socket: from this computer."""
    server = scope.get("server")
    return server is not None and server[0] == LOOPBACK


class Guard:
    """ASGI middleware: refuses, or passes on and adds the headers.

    Args:
        app: behind the door.
        port: gives the server's port, which is known when it listens.
    """

    def __init__(self, app: ASGIApp, port: list[int]) -> None:
        self._app = app
        self._port = port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        reason = why_refused(scope, self._port[0])
        if scope["type"] == "websocket":
            if reason:
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        if not reason:
            await self._app(scope, receive, with_headers)
            return
        body = f"refused: {reason}\n".encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        await with_headers({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body})
