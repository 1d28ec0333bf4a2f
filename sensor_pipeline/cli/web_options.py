"""The options of every command that has a page, and what a person is told of its address.

In: a command, a server. Out: options as one value, lines on standard error. Must not live here: the server, sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sensor_pipeline.types import Json
    from sensor_pipeline.web.commands import Request
    from sensor_pipeline.web.server import PageServer

_F = TypeVar("_F", bound=Callable[..., Any])
_PORT = 8733


@dataclass(frozen=True, slots=True)
class WebOptions:
    """What was asked for.

    Attributes:
        web: show the page.
        lan: to phones in the network, too.
        lan_control: they may control it.
        port: where.
        browser: open it.
    """

    web: bool = False
    lan: bool = False
    lan_control: bool = False
    port: int = _PORT
    browser: bool = True

    def server(self, info: Mapping[str, Json], on_request: Callable[[Request], str]) -> PageServer:
        """A server, not yet started.

        Raises:
            UserError: the port cannot be had, or there is no network.
        """
        from sensor_pipeline.web.server import PageServer

        return PageServer(info, on_request, port=self.port, lan=self.lan, lan_control=self.lan_control)


def web_options(command: _F) -> _F:
    """Add ``--web`` and what belongs to it; the command gets them as ``page``."""

    @click.option("--web", is_flag=True, help="Show it on a page in the browser.")
    @click.option("--lan", is_flag=True, help="With --web: on a phone in the same network, too; prints a code to scan.")
    @click.option("--lan-control", is_flag=True, help="With --lan: the phone may control, not only look.")
    @click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="With --web: where.")
    @click.option("--browser/--no-browser", default=True, help="With --web: open the browser.")
    @wraps(command)
    def with_page(*args: Any, web: bool, lan: bool, lan_control: bool, port: int, browser: bool, **rest: Any) -> Any:
        if lan and not web:
            raise UserError("--lan needs --web")
        if lan_control and not lan:
            raise UserError("--lan-control needs --lan")
        return command(*args, page=WebOptions(web, lan, lan_control, port, browser), **rest)

    return with_page  # type: ignore[return-value]  # the same command with more options


def announce(server: PageServer, page: WebOptions) -> None:
    """Say where the page is, print the code for a phone, open the browser."""
    click.echo(f"page: {server.url}", err=True)
    if page.lan:
        from sensor_pipeline.web.address import qr_terminal

        url = server.phone_url()
        click.echo(
            "--lan: everybody in this network can reach the page's door; only a phone with the code gets in (within "
            "2 minutes, once). The connection is not encrypted: use a network that you trust.",
            err=True,
        )
        click.echo(qr_terminal(url), err=True)
        click.echo(f"phone: {url}", err=True)
    if page.browser:
        import webbrowser

        webbrowser.open(server.url)
