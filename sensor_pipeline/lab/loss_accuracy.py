"""What lost packets cost, and whether the ledger knows of every lost sample; simulated, by seed.

In: numbers of people. Out: rows of a table, a section of the accuracy page. Must not live here: the radio model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sensor_pipeline.lab.simulated_run import SimulatedRun, root_mean_square, run
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.simulate.people import draw_person
from sensor_pipeline.simulate.person import script_set
from sensor_pipeline.simulate.scenario import LossKind, draw_loss
from sensor_pipeline.simulate.seeds import generator
from sensor_pipeline.simulate.session import Simulation, simulate_session
from sensor_pipeline.types import Notification, Record, Side

SPEC: Final = "shin-imu-v1"
SETS: Final = 10
REPS: Final = 5
PACKET_SAMPLES: Final = 4
SHARES: Final = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4)
"""Parts of the packets that vanish one by one, at random. A radio loses them in rows; that is the next lines."""
RADIOS: Final[dict[str, LossKind]] = {
    "radio, two stalls": "light",
    "radio, stalls, a lost connection, a restart": "heavy",
}
"""Radios that lose in rows, see ``scenario.LOSS``."""


class LossRun(NamedTuple):
    """One set: what came of it, and the samples that were truly lost between the first and the last that arrived."""

    run: SimulatedRun
    lost: int


@dataclass(frozen=True, slots=True)
class LossRow:
    """One kind of loss, and one run a person."""

    loss: str
    runs: tuple[LossRun, ...]

    @property
    def truly_lost(self) -> int:
        """Samples of all sets that were lost."""
        return sum(one.lost for one in self.runs)

    @property
    def ledger_lost(self) -> int:
        """Samples of all sets that the ledgers state as lost."""
        return sum(one.run.ledger.lost or 0 for one in self.runs)


def rows(sets: int = SETS) -> list[LossRow]:
    """Run every kind of loss.

    Args:
        sets: how many people, by their seeds 1, 2, ...

    Returns:
        One row a kind.
    """
    seeds = range(1, sets + 1)
    complete = [_session(seed) for seed in seeds]
    records = [tuple(session.records()) for session in complete]
    found = []
    for share in SHARES:
        runs = [
            _vanishing(session, what, share, seed) for session, what, seed in zip(complete, records, seeds, strict=True)
        ]
        found.append(LossRow(f"{100.0 * share:g} % of the packets, at random", tuple(runs)))
    for name, radio in RADIOS.items():
        sessions = [_session(seed, radio) for seed in seeds]
        runs = [LossRun(run(session), session.sample_counts()[0].dropped) for session in sessions]
        found.append(LossRow(name, tuple(runs)))
    return found


def vanished(records: Sequence[Record], share: float, seed: int) -> tuple[tuple[Record, ...], int]:
    """Leave notifications out, each with the same probability.

    Args:
        records: of a session.
        share: that probability, 0 to 1.
        seed: decides which.

    Returns:
        The records that stay, and how many notifications are missing between the first and the last one that stay.
    """
    draws = generator(seed, "vanished").random(len(records))
    gone = [
        isinstance(record, Notification) and draw < share for record, draw in zip(records, draws.tolist(), strict=True)
    ]
    stay = [i for i, record in enumerate(records) if isinstance(record, Notification) and not gone[i]]
    missing = sum(gone[stay[0] : stay[-1]]) if stay else 0
    return tuple(record for i, record in enumerate(records) if not gone[i]), missing


def _vanishing(session: Simulation, records: Sequence[Record], share: float, seed: int) -> LossRun:
    left, missing = vanished(records, share, seed)
    return LossRun(run(session, records=left), missing * PACKET_SAMPLES)


def _session(seed: int, radio: LossKind = "none") -> Simulation:
    """One person's set; ``radio`` as in ``scenario.LOSS``."""
    side: Side = "right" if seed % 2 else "left"
    person = draw_person(seed)
    last_s = script_set(person, REPS, side, seed)[-1].end_s
    link, firmware = draw_loss(radio, seed, last_s + person.finish_s)
    return simulate_session(
        spec_text(SPEC), side=side, reps=REPS, seed=seed, person=person, link=link, firmware=firmware
    )


def markdown(sets: int = SETS) -> str:
    """The section of the accuracy page."""
    lines = [
        "## Lost packets (simulated)",
        "",
        f"{sets} drawn people, {REPS} lunges each, rigid shin, typical chip strapped on at random, `{SPEC}` with "
        f"{PACKET_SAMPLES} samples a packet at 104 Hz, vqf. Holes of up to 300 ms are filled on the sample grid; a "
        "repetition that overlaps a longer one is counted and not scored. Peak: found minus true, of scored "
        "repetitions. *Lost*: what the ledger states beside what was truly lost, from the first sample to the last "
        "packet that arrived. The ledger counts a lost connection too where the sensor went on (same boot id, counter "
        "and stamp in line); what falls into a restart it states as a gap without a number.",
        "",
        "| loss | origin | repetitions found | of them scored | peak RMSE (largest) | lost, ledger | truly lost |",
        "|---|---|---|---|---|---|---|",
        *(_line(row) for row in rows(sets)),
        "",
    ]
    return "\n".join(lines)


def _line(row: LossRow) -> str:
    runs = [one.run for one in row.runs]
    true, pairs = sum(len(one.true) for one in runs), [pair for one in runs for pair in one.pairs]
    extra = sum(len(one.found) for one in runs) - len(pairs)
    peaks = [found.peak_deg - true.peak_deg for true, found in pairs if found.scored]
    cells = (
        row.loss,
        "simulated",
        f"{len(pairs)} of {true}" + (f", {extra} more" if extra else ""),
        str(len(peaks)),
        f"{root_mean_square(peaks):.2f}° ({max(map(abs, peaks)):.1f}°)" if peaks else "none",
        str(row.ledger_lost),
        str(row.truly_lost),
    )
    return f"| {' | '.join(cells)} |"
