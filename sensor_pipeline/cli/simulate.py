"""``dorsi simulate``: a simulated session with its truth beside it, to test against.

In: options. Out: a session folder with reference.parquet and labels-truth.parquet; its id. Must not live here: models,
scenarios, files.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from sensor_pipeline.errors import UserError

if TYPE_CHECKING:
    from sensor_pipeline.simulate.scenario import LossKind


@click.command()
@click.option(
    "--out", "out_dir", type=click.Path(path_type=Path), metavar="DIR", required=True, help="Folder for the session."
)
@click.option("--protocol", metavar="ID|FILE", help="What the session is of; the person lunges in all of them.")
@click.option("--reps", type=click.IntRange(0, 500), default=5, show_default=True, help="Repetitions in the set.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another person.")
@click.option("--side", type=click.Choice(["left", "right", "both"]), default="left", show_default=True)
@click.option(
    "--sensor", "spec_id", metavar="SPEC", default="shin-imu-v1", show_default=True, help="Spec of the sensor."
)
@click.option("--rate-error", "rate_error_pct", type=float, metavar="PCT", help="True sample rate off nominal, +-7 %.")
@click.option("--strap", metavar="NAME", default="good", show_default=True, help="Seat of the sensor: good or sloppy.")
@click.option("--before", metavar="NAME,...", help="First do: walk, shift, kneel, tap.")
@click.option(
    "--fault",
    "faults",
    metavar="FAULT",
    multiple=True,
    help="Repeatable: heel_lift:MMmm@REP, knee_in:DEGdeg@REP, rotate_in:DEGdeg@REP, short:DEGdeg@REP, hold_short@REP, "
    "double_dip@REP, abort@REP.",
)
@click.option("--loss", metavar="NAME", default="none", show_default=True, help="Radio loss: none, light or heavy.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(
    out_dir: Path,
    protocol: str | None,
    reps: int,
    seed: int,
    side: Literal["left", "right", "both"],
    spec_id: str,
    rate_error_pct: float | None,
    strap: str,
    before: str | None,
    faults: tuple[str, ...],
    loss: LossKind,
    as_json: bool,
) -> None:
    """Simulate a session and write it into DIR with its truth beside it.

    A drawn person wears a drawn sensor; the session holds what a host would have received. The true angles are
    reference.parquet, the true repetitions with the faults asked for labels-truth.parquet.
    """
    from sensor_pipeline.library.protocols import load_protocol
    from sensor_pipeline.library.specs import load_spec
    from sensor_pipeline.recording.simulated import store_scenario
    from sensor_pipeline.simulate.faults import parse_fault
    from sensor_pipeline.simulate.scenario import Scenario, stage

    if protocol is not None and not protocol.strip():
        raise UserError(f"--protocol {protocol!r}: give the id of what the person does, or leave it out")
    done = None if protocol is None else load_protocol(protocol)
    if done is not None and done.way == "questions":
        raise UserError(f"--protocol {done.id}: a questionnaire is asked, nothing of it is simulated")
    staged = stage(
        Scenario(
            spec=load_spec(spec_id),
            side=side,
            reps=reps,
            seed=seed,
            rate_error=None if rate_error_pct is None else rate_error_pct / 100.0,
            strap=strap,
            before=() if before is None else tuple(name.strip() for name in before.split(",")),
            faults=tuple(parse_fault(text) for text in faults),
            loss=loss,
        )
    )
    path = store_scenario(staged, out_dir, protocol=None if done is None else done.id)
    if as_json:
        click.echo(json.dumps({"session": path.name, "path": str(path), "notes": staged.notes}))
        return
    click.echo(path.name)
    click.echo(f"{staged.notes}\nstored in {path}\nnext: dorsi show {path}", err=True)
