"""``dorsi scan``: the sensors that advertise nearby, what each is, and why the others cannot be used.

In: options. Out: a table or JSON on stdout, a live table or talk on stderr. Must not live here: the radio, matching.
"""

from __future__ import annotations

import json
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import click

from sensor_pipeline.cli.exits import FAILED
from sensor_pipeline.cli.radio_choice import RadioChoice, radio_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sensor_pipeline.ble.ask import Answer
    from sensor_pipeline.ble.match import Seen
    from sensor_pipeline.ble.radio import Radio
    from sensor_pipeline.devices import SensorSpec

DEFAULT_S: Final = 10.0
"""Long enough for a sensor that advertises every 2 s to be heard several times."""


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(0.1, 86400), help="How long; default: until Ctrl-C on a terminal, else 10."
)
@click.option(
    "--ask", "ask_them", is_flag=True, help="Then connect to each sensor and read its serial number and battery."
)
@click.option(
    "--sensor",
    "sensors",
    multiple=True,
    metavar="SPEC",
    help="Look for this kind only: a spec or its file; repeatable.",
)
@radio_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
def scan(
    seconds: float | None, ask_them: bool, sensors: tuple[str, ...], virtual: bool, radio: str | None, as_json: bool
) -> None:
    """Show the sensors nearby: what each is, its signal and battery, and why others cannot be used.

    Nothing is connected to and nothing is changed, unless --ask is given. Exit code 1: no sensor that can be used.
    """
    from sensor_pipeline.library.specs import load_spec, spec_ids

    choice = RadioChoice.of(virtual, radio)
    specs = [load_spec(name) for name in dict.fromkeys(sensors) or spec_ids()]
    live = sys.stderr.isatty() and not as_json
    if seconds is None and (virtual or ask_them or not live):
        seconds = DEFAULT_S
    result = _Scan(specs, seconds, live, ask_them)
    try:
        choice.run(result.run(choice))
    except KeyboardInterrupt:
        # the person has seen enough: what was heard is the result
        if not result.seen:
            raise
    seen = (*(answer.seen for answer in result.answers), *result.seen[len(result.answers) :])
    if as_json:
        _print_json(seen, result.answers, specs)
    else:
        _print(seen, result.answers)
    if not any(item.usable for item in seen):
        click.get_current_context().exit(FAILED)


class _Scan:
    """A scan under way; what was heard so far stays readable when it is broken off."""

    def __init__(self, specs: Sequence[SensorSpec], seconds: float | None, live: bool, ask_them: bool) -> None:
        self._specs = specs
        self._seconds = seconds
        self._live = live
        self._ask = ask_them
        self.seen: tuple[Seen, ...] = ()
        self.answers: list[Answer] = []

    async def run(self, choice: RadioChoice) -> None:
        async with choice.open() as radio:
            await (self._watch(radio) if self._live else self._listen(radio))
            if self._ask:
                await self._ask_all(radio)

    async def _listen(self, radio: Radio) -> None:
        from sensor_pipeline.ble.scan import scan as snapshots
        from sensor_pipeline.cli.scan_view import talk

        known: set[str] = set()
        async with aclosing(snapshots(radio, self._specs, self._seconds)) as stream:
            async for self.seen in stream:
                talk(self.seen, known)

    async def _watch(self, radio: Radio) -> None:
        import asyncio

        from rich.console import Console
        from rich.live import Live

        from sensor_pipeline.ble.scan import scan as snapshots
        from sensor_pipeline.cli.scan_view import screen

        loop = asyncio.get_running_loop()
        start_s = loop.time()
        with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as display:
            async with aclosing(snapshots(radio, self._specs, self._seconds)) as stream:
                async for self.seen in stream:
                    display.update(screen(self.seen, loop.time(), loop.time() - start_s), refresh=True)

    async def _ask_all(self, radio: Radio) -> None:
        from sensor_pipeline.ble.ask import Answer, ask
        from sensor_pipeline.cli.scan_view import name_of

        by_id = {spec.id: spec for spec in self._specs}
        for seen in self.seen:
            answer = Answer(seen)
            if seen.usable and seen.spec_id is not None:
                click.echo(f"asking {name_of(seen)} ...", err=True)
                answer = await ask(radio, seen, by_id[seen.spec_id])
            self.answers.append(answer)


def _print(seen: Sequence[Seen], answers: Sequence[Answer]) -> None:
    from sensor_pipeline.ble.scan import not_told_apart, usual_causes
    from sensor_pipeline.cli.scan_view import HEADINGS, cells, name_of, unusable_lines
    from sensor_pipeline.cli.table_output import print_table

    usable = [item for item in seen if item.usable]
    if usable:
        print_table(HEADINGS, [cells(item) for item in usable])
    for line in unusable_lines(seen):
        click.echo(f"not usable: {line}", err=True)
    for answer in answers:
        if answer.problem:
            click.echo(f"{name_of(answer.seen)} did not answer: {answer.problem}", err=True)
    causes = usual_causes(seen)
    if causes:
        click.echo("no sensor that can be used was heard. Usual causes:", err=True)
        for number, item in enumerate(causes, 1):
            click.echo(f"  {number}. {item.cause}: {item.fix}", err=True)
    if not answers:
        for spec_id in not_told_apart(seen):
            click.echo(f"several {spec_id}: 'dorsi scan --ask' reads their serial numbers to tell them apart", err=True)


def _print_json(seen: Sequence[Seen], answers: Sequence[Answer], specs: Sequence[SensorSpec]) -> None:
    from sensor_pipeline.ble.scan import not_told_apart, usual_causes
    from sensor_pipeline.cli.scan_view import as_json

    by_id = {spec.id: spec for spec in specs}
    problems = {answer.seen.address: answer.problem for answer in answers if answer.problem}
    found = {
        "devices": [{**as_json(item, by_id), "problem": problems.get(item.address)} for item in seen],
        "usable": sum(item.usable for item in seen),
        "not_told_apart": list(not_told_apart(seen)),
        "usual_causes": [{"cause": item.cause, "next_step": item.fix} for item in usual_causes(seen)],
    }
    click.echo(json.dumps(found))
