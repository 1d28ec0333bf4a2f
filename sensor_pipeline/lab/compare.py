"""Scores an algorithm over sessions: repetitions against labels, angle against a reference.

In: a folder of sessions, an algorithm. Out: one row of figures for each leg of each session, and all of them pooled.
Must not live here: the algorithm, the laws (:mod:`sensor_pipeline.lab.check`), printing.

A session is replayed from its records through the same engine that records live; only the stage under test is another.
Labels are, in this order unless one is named: ``truth`` (a simulation's), ``edited`` (a person's edits of the session).
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sensor_pipeline.engine import Engine, SessionSetup
from sensor_pipeline.errors import UserError
from sensor_pipeline.lab.rep_matches import Interval, RepScore, match, rep_score
from sensor_pipeline.library.session import EDITED_RATER, Session, load_session
from sensor_pipeline.library.sessions import Library
from sensor_pipeline.pipeline import Pipeline, RepStage
from sensor_pipeline.recording.edits import in_effect
from sensor_pipeline.recording.outcome import EndedStream
from sensor_pipeline.recording.tables import REFERENCE_FILE, labels_file
from sensor_pipeline.recording.text import printable
from sensor_pipeline.signal.orientation import OrientationFilter
from sensor_pipeline.types import Block, Flag, FloatArray, RepDone, Side

if TYPE_CHECKING:
    import pandas as pd

MakeDetector = Callable[[Side, int], RepStage]
MakeFilter = Callable[[float], OrientationFilter]
TRUTH: Final = "truth"
REFERENCE_HOLE_S: Final = 0.1
"""Rows between reference rows farther apart than this are not scored: a straight line says nothing there."""
UNSCORED_FLAGS: Final = int(Flag.SETTLING | Flag.TILT_ONLY)
"""Rows with these flags say of themselves that they are no dorsiflexion to be relied on."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one leg of one session came out.

    Attributes:
        session, side: which; "all" where pooled.
        algorithm: what was tried.
        origin: simulated or recorded: figures of the two are never pooled.
        labels: whose labels, None = there are none; then ``reps`` is None, too.
        reps: figures of the repetitions; see :class:`~sensor_pipeline.lab.rep_matches.RepScore`.
        angle_rmse_deg: root mean square error of dorsiflexion against the reference, None without one.
        angle_rows: number of rows in it.
    """

    session: str
    side: str
    algorithm: str
    origin: str
    labels: str | None
    reps: RepScore | None
    angle_rmse_deg: float | None
    angle_rows: int

    def row(self) -> dict[str, Any]:
        """The figures by name, flat: a row of a DataFrame, or a JSON object."""
        flat = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "reps"}
        names = [f.name for f in dataclasses.fields(RepScore) if f.name != "pairs"]
        return {**flat, **{name: None if self.reps is None else getattr(self.reps, name) for name in names}}


def evaluate(
    sessions: str | Path | Iterable[Session | str | Path],
    *,
    make_detector: MakeDetector | None = None,
    orientation: str | MakeFilter | None = None,
    labels: str | None = None,
    name: str | None = None,
) -> tuple[Score, ...]:
    """Replay sessions with an algorithm and score what comes out.

    Args:
        sessions: a folder of sessions (or one session), or sessions and paths.
        make_detector: makes a detector, called with leg and sensor index; None = ours.
        orientation: a filter's name, or what makes a filter, called with the rate in Hz; None = each session's own.
        labels: rater whose labels count, sessions without them have no figures of repetitions; None = ``truth``, else
            ``edited`` where there are edits.
        name: of the algorithm in the rows; None = made from the other arguments.

    Returns:
        One row a leg, sessions in the order given (a folder: by name). Unfinished sessions of a folder are left out.

    Raises:
        UserError: no session, none that the named rater has labelled, or an orientation filter that is not installed.
        FileError: a session is damaged.
    """
    shown = name or _name(make_detector, orientation)
    scores: list[Score] = []
    for session in _sessions(sessions):
        setup = session.corrected_setup()
        if isinstance(orientation, str):
            setup = dataclasses.replace(setup, orientation=orientation)
        found, angles = _run(session, setup, make_detector, None if isinstance(orientation, str) else orientation)
        rater = _rater(session, labels)
        labelled = None if rater is None else session.labels(rater)
        reference = session.reference() if (session.path / REFERENCE_FILE).is_file() else None
        for index, sensor in enumerate(setup.sensors):
            reps = None
            if labelled is not None:
                wanted = _intervals(labelled[labelled["side"] == sensor.side].to_dict("records"))
                got = _intervals([dataclasses.asdict(rep) for rep in found[index]])
                reps = rep_score(wanted, got, match(wanted, got))
            rmse_deg, rows = (None, 0) if reference is None else _angle_error(reference, sensor.side, angles[index])
            origin = "simulated" if session.meta.simulated else "recorded"
            scores.append(Score(session.id, sensor.side, shown, origin, rater, reps, rmse_deg, rows))
    if labels is not None and all(score.labels is None for score in scores):
        raise UserError(f"no session has labels of {printable(labels, 40)!r}; they stand in {labels_file(labels)}")
    return tuple(scores)


def pooled(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Return one row for each algorithm and origin: counts added up, medians and errors over all matched repetitions.

    The angle error is that of all rows together.
    """
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.algorithm, score.origin), []).append(score)
    out = []
    for (algorithm, origin), group in groups.items():
        parts = [score.reps for score in group if score.reps is not None]
        rows = sum(score.angle_rows for score in group)
        squares = sum((score.angle_rmse_deg or 0.0) ** 2 * score.angle_rows for score in group)
        raters = {score.labels for score in group if score.labels is not None}
        out.append(
            Score(
                session="all",
                side="all",
                algorithm=algorithm,
                origin=origin,
                labels="+".join(sorted(raters)) or None,
                reps=RepScore.pooled(parts) if parts else None,
                angle_rmse_deg=math.sqrt(squares / rows) if rows else None,
                angle_rows=rows,
            )
        )
    return tuple(out)


def as_frame(scores: Sequence[Score]) -> pd.DataFrame:
    """Return scores as a DataFrame, one row each."""
    import pandas as pd

    return pd.DataFrame([score.row() for score in scores])


def _name(make_detector: MakeDetector | None, orientation: str | MakeFilter | None) -> str:
    parts = [part for part in (make_detector, orientation) if part is not None]
    return "+".join(p if isinstance(p, str) else getattr(p, "__name__", type(p).__name__) for p in parts) or "as stored"


def _sessions(given: str | Path | Iterable[Session | str | Path]) -> list[Session]:
    if isinstance(given, str | Path):
        folder = Path(given)
        if (folder / "session.json").is_file():
            return [load_session(folder)]
        found = [load_session(item.path) for item in Library(folder).sessions() if item.state == "complete"]
        if not found:
            raise UserError(f"{printable(str(folder))}: no complete session in it; give a folder of session folders")
        return sorted(found, key=lambda session: session.id)
    sessions = [item if isinstance(item, Session) else load_session(Path(item)) for item in given]
    if not sessions:
        raise UserError("no session to evaluate; give at least one")
    return sessions


def _rater(session: Session, wanted: str | None) -> str | None:
    """Whose labels of this session count, None where there are none."""
    if wanted != EDITED_RATER and (session.path / labels_file(wanted or TRUTH)).is_file():
        return wanted or TRUTH
    return EDITED_RATER if wanted in (None, EDITED_RATER) and in_effect(session.meta.edits) else None


def _run(
    session: Session, setup: SessionSetup, make_detector: MakeDetector | None, make_filter: MakeFilter | None
) -> tuple[list[list[Any]], list[tuple[FloatArray, FloatArray]]]:
    """The repetitions and (time_s, dorsiflexion_deg) of each sensor; rows without a reliable angle are left out."""

    def pipeline(made: SessionSetup, index: int) -> Pipeline:
        sensor = made.sensors[index]
        return Pipeline(
            sensor,
            index,
            targets=made.targets,
            params=made.params,
            orientation=made.orientation if make_filter is None else make_filter(sensor.rate_hz),
            reps=None if make_detector is None else make_detector(sensor.side, index),
        )

    engine = Engine(setup, pipelines=pipeline)
    reps: list[list[Any]] = [[] for _ in setup.sensors]
    rows: list[list[tuple[FloatArray, FloatArray]]] = [[] for _ in setup.sensors]
    for event in engine.push_many(list(EndedStream(session.records()))):
        if isinstance(event, RepDone):
            reps[event.sensor or 0].append(event.rep)
        elif isinstance(event, Block):
            kept = event.angles.has_dorsiflexion & ((event.samples.flags & UNSCORED_FLAGS) == 0)
            angle_deg = np.degrees(event.angles.dorsiflexion_rad[kept])
            rows[event.sensor or 0].append((event.samples.time_s[kept], angle_deg))
    none: FloatArray = np.empty(0)
    joined = [
        (np.concatenate([none, *(t for t, _ in parts)]), np.concatenate([none, *(a for _, a in parts)]))
        for parts in rows
    ]
    return reps, joined


def _intervals(rows: Sequence[Mapping[Any, Any]]) -> list[Interval]:
    return [
        Interval(
            float(row["start_s"]),
            float(row["end_s"]),
            None if row["peak_deg"] is None or math.isnan(row["peak_deg"]) else float(row["peak_deg"]),
        )
        for row in rows
    ]


def _angle_error(reference: pd.DataFrame, side: Side, angle: tuple[FloatArray, FloatArray]) -> tuple[float | None, int]:
    """RMSE in degrees and number of rows; None where no row lies in the reference."""
    if "dorsiflexion_deg" not in reference:
        return None, 0
    known = reference[(reference["side"] == side) & reference["dorsiflexion_deg"].notna()]
    ref_t, ref_deg = known["time_s"].to_numpy(), known["dorsiflexion_deg"].to_numpy()
    time_s, angle_deg = angle
    if len(ref_t) < 2:
        return None, 0
    after = np.searchsorted(ref_t, time_s, side="right")
    inside = (after > 0) & (after < len(ref_t))
    after = np.minimum(np.maximum(after, 1), len(ref_t) - 1)
    inside &= ref_t[after] - ref_t[after - 1] <= REFERENCE_HOLE_S
    if not inside.any():
        return None, 0
    error = angle_deg[inside] - np.interp(time_s[inside], ref_t, ref_deg)
    return math.sqrt(float(np.mean(error * error))), int(inside.sum())
