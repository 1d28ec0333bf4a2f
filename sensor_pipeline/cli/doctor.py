"""``dorsi doctor``: is everything there that a recording needs, and what to do about what is not.

In: options. Out: one line for each check (or JSON) on stdout, the exit code. Must not live here: the checks (checks/).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from sensor_pipeline.cli.exits import DONE, FAILED
from sensor_pipeline.cli.radio_choice import RadioChoice, radio_options
from sensor_pipeline.errors import DorsiError, RadioError, UserError

if TYPE_CHECKING:
    from sensor_pipeline.cli.capture import Capture
    from sensor_pipeline.cli.checks.check import Check, State
    from sensor_pipeline.devices import SensorSpec

SCAN_S: Final = 10.0
"""Length of the live check: a sensor that advertises every 2 s is heard five times."""
_WORST: Final[tuple[State, ...]] = ("fail", "warn", "ok")
_COLOURS: Final = {"ok": "green", "warn": "yellow", "fail": "red", "not checked": "bright_black"}


@click.command()
@click.option("--scan", "live", is_flag=True, help="Use the radio too: listen for 10 s. Nothing is connected to.")
@click.option("--capture", "capture_s", type=click.FloatRange(1, 600), metavar="SECONDS",
              help="Connect to a sensor and save what it sends as a file that can be shared.")  # fmt: skip
@click.option("--sensor", metavar="SPEC", help="For --capture: the sensor's spec, where several kinds are near.")
@click.option("--match", "match_text", metavar="TEXT", help="For --capture: its name, serial number or address.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="For --capture: the file to make.")
@click.option("--library", type=click.Path(path_type=Path), metavar="DIR", help="Where sessions are kept.")
@radio_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(
    live: bool,
    capture_s: float | None,
    sensor: str | None,
    match_text: str | None,
    out: Path | None,
    library: Path | None,
    virtual: bool,
    radio: str | None,
    as_json: bool,
) -> None:
    """Check this computer for recording: installation, Bluetooth, specs, library, clocks; one next step for each.

    Nothing is changed and the radio is not used, unless --scan or --capture is given. Exit code 1: a check failed.
    """
    from sensor_pipeline.cli.checks.clocks import ClockWatch

    choice = RadioChoice.of(virtual, radio)
    if out is not None and (out.exists() or not out.absolute().parent.is_dir()):
        why = "is there already" if out.exists() else "would lie in a folder that does not exist"
        raise UserError(f"{out} {why}; give another name with --out")
    if capture_s is None and (sensor or match_text or out):
        raise UserError("--sensor, --match and --out belong to --capture; add for example --capture 60")
    watch = ClockWatch()
    checks = _passive(library, own_radio=choice == RadioChoice())
    if live:
        checks += _live(choice)
    saved: Path | None = None
    if capture_s is not None:
        result = _capture(choice, capture_s, sensor, match_text, out)
        checks.append(result[0])
        saved = result[1]
    checks += watch.checks()
    worst = next((state for state in _WORST if any(check.state == state for check in checks)), "ok")
    if as_json:
        values = {"checks": [asdict(check) for check in checks], "worst": worst}
        click.echo(json.dumps({**values, "capture": None if saved is None else str(saved)}))
    else:
        _print(checks)
    click.get_current_context().exit(FAILED if worst == "fail" else DONE)


def _passive(library: Path | None, own_radio: bool) -> list[Check]:
    from sensor_pipeline.cli.checks.home import home
    from sensor_pipeline.cli.checks.installation import installation
    from sensor_pipeline.cli.checks.radio import radio
    from sensor_pipeline.cli.checks.sensor_specs import sensor_specs

    # the computer's own Bluetooth does not matter where another radio was chosen
    return [*installation(), *(radio() if own_radio else []), *sensor_specs(), *home(library)]


def _specs(sensor: str | None = None) -> list[SensorSpec]:
    from sensor_pipeline.library.specs import load_spec, spec_ids

    return [load_spec(name) for name in ([sensor] if sensor else spec_ids())]


def _live(choice: RadioChoice) -> list[Check]:
    from sensor_pipeline.cli.checks.live import live, refused

    async def main() -> list[Check]:
        async with choice.open() as radio:
            return await live(radio, _specs(), SCAN_S)

    click.echo(f"listening for {SCAN_S:g} s ...", err=True)
    try:
        return choice.run(main())
    except RadioError as error:
        return [refused(error)]


def _capture(
    choice: RadioChoice, seconds: float, sensor: str | None, match_text: str | None, out: Path | None
) -> tuple[Check, Path | None]:
    from datetime import UTC, datetime

    from sensor_pipeline.cli.capture import capture_text, refused
    from sensor_pipeline.cli.checks.check import Check

    specs = _specs(sensor)
    today = datetime.now(UTC).date()
    try:
        capture = choice.run(_collect(choice, specs, seconds, match_text))
        path = out or _free(f"{capture.spec.id}-{today.isoformat()}")
        _write_new(path, capture_text(capture, today))
    except DorsiError as error:
        if isinstance(error, UserError):
            raise
        return Check("capture", "fail", str(error), "'dorsi scan' shows what can be reached"), None
    found = f"{path}: {len(capture.notifications)} notifications in {capture.seconds:.1f} s from {capture.spec.id}"
    wrong = refused(capture)
    if wrong:
        step = "share it with the spec's maintainers: spec or firmware is wrong; 'dorsi spec decode' tells where"
        return Check("capture", "warn", f"{found}; the spec does not allow {wrong} of them", step), path
    return Check("capture", "ok", found, "look into it, then share it: it names no person, place or address"), path


async def _collect(choice: RadioChoice, specs: Sequence[SensorSpec], seconds: float, match_text: str | None) -> Capture:
    from sensor_pipeline.ble.scan import find_one
    from sensor_pipeline.ble.wanted import Wanted
    from sensor_pipeline.cli.capture import collect

    async with choice.open() as radio:
        seen = await find_one(radio, specs, match_text, SCAN_S)
        spec = next(spec for spec in specs if spec.id == seen.spec_id)
        click.echo(f"capturing {spec.name} for {seconds:g} s; move it gently ...", err=True)
        wanted = Wanted(spec=spec, stream=seen.stream, match=seen.address)
        return await collect(radio, wanted, seconds, simulated=choice.virtual)


def _free(stem: str) -> Path:
    """A name in the current folder that no file has yet."""
    names = (Path(f"{stem}{f'-{number}' if number > 1 else ''}.toml") for number in count(1))
    return next(path for path in names if not path.exists())


def _write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet: a capture is never overwritten."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _print(checks: Sequence[Check]) -> None:
    from sensor_pipeline.recording.text import printable

    widest = max(len(check.name) for check in checks)
    for check in checks:
        state = click.style(f"{check.state:11}", fg=_COLOURS[check.state])
        click.echo(f"{state}  {check.name:{widest}}  {printable(check.found, 400)}")
        if check.next_step:
            click.echo(f"{'':{widest + 15}}-> {printable(check.next_step, 400)}")
