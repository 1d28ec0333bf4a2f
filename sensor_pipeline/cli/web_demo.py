"""``dorsi demo --web``: the simulated person is guided by the page, from the safety questions to the stored session.

In: a simulated person, a library, options. Out: a session folder. Must not live here: simulation, the page, recording.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sensor_pipeline.cli.web_desk import Desk, take_back
from sensor_pipeline.cli.web_options import announce
from sensor_pipeline.cli.web_replay import info_of
from sensor_pipeline.protocols.safety import ANSWER_KEY
from sensor_pipeline.types import Input

if TYPE_CHECKING:
    from sensor_pipeline.cli.recording.virtual import VirtualPerson
    from sensor_pipeline.cli.web_options import WebOptions
    from sensor_pipeline.types import Json, Record, Targets
    from sensor_pipeline.web.server import PageServer

ENDS: Final = frozenset({"stop", "hurts-stop"})
FAREWELL_S: Final = 1.5
"""The page needs so long at most to be told of the end."""


def demo_on_page(
    person: VirtualPerson,
    targets: Targets,
    library: Path,
    page: WebOptions,
    *,
    speed: float = 1.0,
    countdown_s: float | None = None,
    opened: Callable[[PageServer], None] | None = None,
    farewell_s: float = FAREWELL_S,
) -> Path | None:
    """Record the simulated person, shown and steered on the page.

    Args:
        person: who moves.
        targets: of the set.
        library: where the session is kept.
        page: options.
        speed: factor on real time.
        countdown_s: between the start button and the session, None = the usual one.
        opened: called with the running server instead of telling the person where it is.
        farewell_s: how long the page is served after the end.

    Returns:
        The session's folder, None = it hurt before anything was recorded.
    """
    from sensor_pipeline.cli.pacing import paced
    from sensor_pipeline.engine import Engine, SessionSetup
    from sensor_pipeline.recording.live import run
    from sensor_pipeline.recording.recorder import SessionWriter
    from sensor_pipeline.signal.orientation import available_filters

    simulation = person.simulation()
    setup = SessionSetup(simulation.setups, targets=targets, orientation=available_filters()[0])
    desk = Desk() if countdown_s is None else Desk(countdown_s=countdown_s)
    info = info_of(setup, "demo", person="demo", simulated=True, speed=speed)
    with page.server(info, desk.request) as server:
        desk.open(server.feed)
        if opened is None:
            announce(server, page)
        else:
            opened(server)
        if not desk.wait():
            time.sleep(farewell_s)
            return None
        if not desk.push:
            setup = replace(setup, targets=replace(targets, angle_deg=None, hold_s=0.0))
        source = _Source(paced(simulation.records(), speed), desk)
        writer = SessionWriter.create(library, setup, person="demo", simulated=True)
        desk.live(setup.targets)
        with writer:
            run(source, Engine(setup), writer, lambda events: desk.events(events, source.now_s))
        take_back(writer.path, desk.undone)
        desk.ended({"session": writer.id, "stored": True})
        time.sleep(farewell_s)
    return writer.path


class _Source:
    """Simulated records with what the person does on the page among them, numbered anew."""

    def __init__(self, records: Iterator[Record], desk: Desk) -> None:
        self._records = records
        self._desk = desk
        self.now_s = 0.0

    def __iter__(self) -> Iterator[Record]:
        order = 0
        zero_ns: int | None = None
        answers = self._desk.answers
        for record in self._records:
            now_ns = record.host_time_ns
            zero_ns = now_ns if zero_ns is None else zero_ns
            self.now_s = (now_ns - zero_ns) / 1e9
            asked: list[tuple[str, Json]] = []
            if answers is not None:
                asked.append(("answer", {ANSWER_KEY: answers.document()}))
                answers = None
            asked += [(request.do, request.value) for request in self._desk.commands()]
            for action, value in asked:
                yield Input(order, now_ns, None, action, json.dumps(value))
                order += 1
                if action in ENDS:
                    return
            yield dataclasses.replace(record, order=order)
            order += 1
