"""``dorsi replay --web``: a stored session on the page, with the controls of a replay.

In: records, a setup. Out: nothing; it ends with Ctrl-C. Must not live here: the player, the server, files.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from sensor_pipeline.engine import Engine
from sensor_pipeline.protocols.coach import FAULT_WORDS, PUSHING_FAULTS
from sensor_pipeline.types import Event, Flush, Json
from sensor_pipeline.web.messages import Message, targets_body
from sensor_pipeline.web.player import Player

if TYPE_CHECKING:
    from sensor_pipeline.cli.web_options import WebOptions
    from sensor_pipeline.engine import SessionSetup
    from sensor_pipeline.types import Record
    from sensor_pipeline.web.commands import Request
    from sensor_pipeline.web.server import PageServer


def steps_of(records: Sequence[Record], setup: SessionSetup) -> list[tuple[float, Sequence[Event]]]:
    """What the engine finds, with the session time of the record that each was found at."""
    engine = Engine(setup)
    found: list[tuple[float, Sequence[Event]]] = []
    if not records:
        return found
    zero_ns = records[0].host_time_ns
    last = records[-1]
    more = [] if isinstance(last, Flush) else [Flush(last.order + 1, last.host_time_ns, None)]
    for record in [*records, *more]:
        events = engine.push(record)
        if events:
            found.append(((record.host_time_ns - zero_ns) / 1e9, events))
    return found


def info_of(setup: SessionSetup, mode: str, **rest: Json) -> Mapping[str, Json]:
    """What every page is told first."""
    return {
        "mode": mode,
        "sensors": [{"side": sensor.side} for sensor in setup.sensors],
        "targets": targets_body(setup.targets),
        "protocol": setup.protocol,
        "faults": FAULT_WORDS,
        "pushing": sorted(PUSHING_FAULTS),
        **rest,
    }


class Replay:
    """A session on a page.

    Args:
        records: of the session.
        setup: of the session.
        page: options.
        speed: at first.
        rest: session, person, simulated: what the page says of it.
    """

    def __init__(
        self, records: Sequence[Record], setup: SessionSetup, page: WebOptions, speed: float = 1.0, **rest: Json
    ) -> None:
        self.server: PageServer = page.server(info_of(setup, "replay", push=True, **rest), self._request)
        self.player = Player(steps_of(records, setup), self.server.feed, speed)

    def __enter__(self) -> Replay:
        self.server.__enter__()
        self.server.feed.post(Message({"k": "phase", "phase": "live"}, "phase"))
        self._playing = self.server.spawn(self.player.run())
        return self

    def __exit__(self, *error: object) -> None:
        self._playing.cancel()
        self.server.__exit__(None, None, None)

    def _request(self, request: Request) -> str:
        return self.player.request(request)


def show(replay: Replay, page: WebOptions) -> None:
    """Show a replay until Ctrl-C."""
    from sensor_pipeline.cli.web_options import announce

    with replay:
        announce(replay.server, page)
        click.echo("Ctrl-C ends it", err=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
