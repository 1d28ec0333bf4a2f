"""One sensor from records to events: the angle is right, events stand in the order of records, stages are swappable."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.pipeline import Pipeline
from sensor_pipeline.signal.reps import AngleRows, RepRows
from sensor_pipeline.types import (
    Block,
    Event,
    Flag,
    Flush,
    ImportedSamples,
    Input,
    MountingSet,
    Record,
    RepDone,
    RepStarted,
    SensorSetup,
)

RATE_HZ = 100.0
SETUP = SensorSetup("left", RATE_HZ, mounting_axes="+x,+y,+z")


def lunge_deg(reps: int = 2, peak_deg: float = 40.0) -> np.ndarray:
    """Five seconds of standing, then lunges of 2 s down, 1 s hold, 2 s up, 2 s rest."""
    s = np.arange(1, 201) / 200
    down = peak_deg * s**3 * (10 - 15 * s + 6 * s * s)
    one = np.concatenate((down, np.full(100, peak_deg), peak_deg - down, np.zeros(200)))
    return np.concatenate((np.zeros(500), *[one] * reps))


def records(deg: np.ndarray, block: int = 50, skip: range = range(0)) -> list[Record]:
    """Perfect samples of a sensor whose axes are the shin's."""
    theta = np.radians(deg)
    t = np.arange(len(deg)) / RATE_HZ
    rate = np.gradient(theta, t)
    acc = G_M_S2 * np.column_stack((-np.sin(theta), np.zeros(len(t)), np.cos(theta)))
    gyr = np.column_stack((np.zeros(len(t)), rate, np.zeros(len(t))))
    out: list[Record] = []
    for a in range(0, len(t), block):
        rows = [i for i in range(a, min(a + block, len(t))) if i not in skip]
        if rows:
            out.append(ImportedSamples(len(out), round(t[rows[-1]] * 1e9), 0, t[rows], acc[rows], gyr[rows]))
    out.append(Flush(len(out), out[-1].host_time_ns, None))
    return out


def angles_deg(events: Sequence[Event]) -> tuple[np.ndarray, np.ndarray]:
    blocks = [event for event in events if isinstance(event, Block)]
    time_s = np.concatenate([block.samples.time_s for block in blocks])
    return time_s, np.degrees(np.concatenate([block.angles.dorsiflexion_rad for block in blocks]))


def flags(events: Sequence[Event]) -> np.ndarray:
    return np.concatenate([event.samples.flags for event in events if isinstance(event, Block)])


def test_a_perfect_sensor_gives_the_true_angle_and_two_repetitions() -> None:
    deg = lunge_deg()
    events = Pipeline(SETUP).push_many(records(deg))
    time_s, angle = angles_deg(events)
    np.testing.assert_allclose(time_s, np.arange(len(deg)) / RATE_HZ, atol=1e-9)
    # vqf's own start-up and the half-sample of a discrete gyroscope remain
    assert np.abs(angle - deg).max() < 0.5
    found = [event.rep for event in events if isinstance(event, RepDone)]
    assert [rep.rep for rep in found] == [1, 2]
    assert all(abs(rep.peak_deg - 40.0) < 0.3 for rep in found)


def test_events_stand_in_the_order_of_their_records() -> None:
    events = Pipeline(SETUP).push_many(records(lunge_deg()))
    orders = [event.order for event in events]
    assert orders == sorted(orders)
    assert [type(e) for e in events if isinstance(e, MountingSet | RepStarted | RepDone)] == [
        MountingSet,
        RepStarted,
        RepDone,
        RepStarted,
        RepDone,
    ]


def test_a_short_gap_is_bridged_and_a_long_one_settles_until_rest() -> None:
    deg = lunge_deg(1)
    short = Pipeline(SETUP).push_many(records(deg, skip=range(580, 600)))
    assert int((flags(short) & Flag.BRIDGED != 0).sum()) == 20
    assert not (flags(short) & Flag.SETTLING).any()
    long = Pipeline(SETUP).push_many(records(deg, skip=range(560, 620)))
    settling = flags(long) & Flag.SETTLING != 0
    time_s, _ = angles_deg(long)
    assert settling[time_s >= 6.2][0]
    assert not settling[-1]
    (rep,) = [event.rep for event in long if isinstance(event, RepDone)]
    assert (rep.reason, rep.scored) == ("gap", False)


def test_no_angle_before_the_standing_pose_and_a_new_zero_on_request() -> None:
    setup = dataclasses.replace(SETUP, mounting_axes=None)
    pipeline = Pipeline(setup)
    stream = records(np.zeros(1500))
    at = 20  # ten seconds in
    stream.insert(at, Input(0, stream[at].host_time_ns, None, "re-zero"))
    stream = [dataclasses.replace(record, order=i) for i, record in enumerate(stream)]
    events = pipeline.push_many(stream)
    blocks = [event for event in events if isinstance(event, Block)]
    has = np.concatenate([block.angles.has_dorsiflexion for block in blocks])
    assert not has[:300].any()
    assert has[300:].all()
    assert [round(e.time_s, 1) for e in events if isinstance(e, MountingSet)] == [3.0, 13.0]
    assert (flags(events)[300:] & Flag.TILT_ONLY != 0).all()


def test_after_a_flush_nothing_is_used() -> None:
    pipeline = Pipeline(SETUP)
    stream = records(lunge_deg(1))
    pipeline.push_many(stream)
    assert pipeline.push_many(stream) == []


def test_a_detector_and_a_filter_of_ones_own_take_their_places() -> None:
    class EveryRow:
        """A detector that says nothing and keeps what it saw."""

        def __init__(self) -> None:
            self.seen = 0

        def update(self, rows: AngleRows) -> RepRows:
            self.seen += len(rows.time_s)
            return RepRows((), np.zeros(len(rows.time_s), np.bool_))

        def flush(self, order: int, known_s: float) -> tuple[Event, ...]:
            return ()

    class Upright:
        """A filter that believes that nothing ever moves."""

        name = "upright"

        def update(self, gyr_rad_s: np.ndarray, acc_m_s2: np.ndarray, dt_s: np.ndarray | None = None) -> np.ndarray:
            return np.tile([1.0, 0.0, 0.0, 0.0], (len(gyr_rad_s), 1))

        def reset(self) -> None:
            return

    detector = EveryRow()
    events = Pipeline(SETUP, orientation=Upright(), reps=detector).push_many(records(lunge_deg(1)))
    assert detector.seen > 1000
    assert not angles_deg(events)[1].any()


@pytest.mark.parametrize("name", ["vqf", "imufusion"])
def test_both_filters_measure_the_peak(name: str) -> None:
    events = Pipeline(SETUP, orientation=name).push_many(records(lunge_deg(1)))
    (rep,) = [event.rep for event in events if isinstance(event, RepDone)]
    assert abs(rep.peak_deg - 40.0) < 0.6


def test_a_mark_counts_what_the_detector_would_not() -> None:
    deg = lunge_deg(1)
    stream = records(deg, block=50)
    at = next(i for i, record in enumerate(stream) if record.host_time_ns >= 7.9e9)  # at the top
    marked = [*stream[:at], Input(0, stream[at].host_time_ns, None, "mark"), *stream[at:]]
    marked = [dataclasses.replace(record, order=i) for i, record in enumerate(marked)]
    (rep,) = [event.rep for event in Pipeline(SETUP).push_many(marked) if isinstance(event, RepDone)]
    assert (rep.reason, rep.scored) == ("marked", False)
    one_by_one = Pipeline(SETUP)
    single = [event for record in marked for event in one_by_one.push(record)]
    assert [event.rep for event in single if isinstance(event, RepDone)] == [rep]


def test_with_a_stated_mounting_a_repetition_may_begin_anywhere_as_on_a_bench() -> None:
    reps = [event.rep for event in Pipeline(SETUP).push_many(records(lunge_deg() - 40.0)) if isinstance(event, RepDone)]
    assert [round(rep.start_deg) for rep in reps] == [-40, -40]
    assert [rep.reason.startswith("behind") for rep in reps] == [False, False]
