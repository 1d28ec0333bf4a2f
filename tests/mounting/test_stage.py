"""Which mounting holds in which row: found from standing, stated, re-taken, refused; however the rows arrive."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.mounting.stage import MountingParams, MountingStage, Stretch
from sensor_pipeline.types import Event, MountingRefused, MountingSet, Samples, SensorSetup

RATE_HZ = 50.0


def samples(*stretches: tuple[float, bool], up: tuple[float, float, float] = (0, 0, 1)) -> Samples:
    """Rows of (seconds, still or moving)."""
    rng = np.random.default_rng(3)
    still = np.concatenate([np.full(round(s * RATE_HZ), flag) for s, flag in stretches])
    n = len(still)
    gyr = np.radians(rng.normal(0, 0.05, (n, 3)) + np.where(still, 0, 30)[:, None] * rng.normal(0, 1, (n, 3)))
    acc = np.array(up) * G_M_S2 + rng.normal(0, 0.02, (n, 3))
    return Samples(np.arange(n) / RATE_HZ, np.full(n, 1 / RATE_HZ), acc, gyr, np.zeros(n, np.uint16))


def cut(block: Samples, a: int, b: int) -> Samples:
    return Samples(block.time_s[a:b], block.dt_s[a:b], block.acc_m_s2[a:b], block.gyr_rad_s[a:b], block.flags[a:b])


def run(stage: MountingStage, block: Samples, cuts: list[int] | None = None) -> tuple[list[Stretch], list[Event]]:
    stretches, events = [], []
    edges = [0, *sorted(min(c, len(block)) for c in cuts or []), len(block)]
    for a, b in itertools.pairwise(edges):
        found, said = stage.update(cut(block, a, b), np.arange(a, b))
        stretches += [Stretch(s.begin + a, s.end + a, s.mounting) for s in found if s.end > s.begin]
        events += said
    merged: list[Stretch] = []
    for s in stretches:
        if merged and merged[-1].mounting == s.mounting:
            merged[-1] = Stretch(merged[-1].begin, s.end, s.mounting)
        else:
            merged.append(s)
    return merged, events


def stage(**setup: object) -> MountingStage:
    return MountingStage(SensorSetup("left", RATE_HZ, **setup), 0, MountingParams())  # type: ignore[arg-type] # test data


def test_three_seconds_of_standing_still_give_a_tilt_only_mounting() -> None:
    stretches, events = run(stage(), samples((5.0, True)))
    assert [(s.begin, s.end) for s in stretches] == [(0, 150), (150, 250)]
    assert stretches[0].mounting is None
    assert stretches[1].mounting is not None
    assert stretches[1].mounting.tilt_only
    (event,) = events
    assert isinstance(event, MountingSet)
    assert event.order == 149
    assert event.mounting.zero_sd_deg is not None


def test_a_moving_person_is_told_so_and_mounted_once_still() -> None:
    _, events = run(stage(), samples((8.0, False), (4.0, True)))
    assert isinstance(events[0], MountingRefused)
    assert "moved" in events[0].reason
    assert isinstance(events[-1], MountingSet)
    assert 11.0 <= events[-1].time_s <= 11.4
    assert len(events) == 2  # the refusal is not repeated within its interval


def test_a_stated_mounting_holds_from_the_first_row_with_true_vertical() -> None:
    stretches, events = run(stage(mounting_axes="+x,+y,+z"), samples((1.0, False)))
    assert [(s.begin, s.end) for s in stretches] == [(0, 50)]
    assert isinstance(events[0], MountingSet)
    assert events[0].mounting.method == "given"


def test_a_stated_upright_interval_sets_the_zero_of_a_stated_mounting() -> None:
    tilted = (np.sin(0.1), 0.0, np.cos(0.1))
    stretches, events = run(stage(mounting_axes="+x,+y,+z", upright_s=(1.0, 3.0)), samples((6.0, True), up=tilted))
    assert [(s.begin, s.end) for s in stretches] == [(0, 150), (150, 300)]
    (event,) = events
    assert isinstance(event, MountingSet)
    assert event.mounting.method == "given+pose"
    np.testing.assert_allclose(event.mounting.rotation[6:], tilted, atol=1e-3)


def test_a_pose_that_contradicts_the_stated_axes_is_refused() -> None:
    _, events = run(stage(mounting_axes="+z,+y,-x", upright_s=(0.0, 3.0)), samples((6.0, True)))
    assert isinstance(events[0], MountingRefused)
    assert "90 deg from the stated mounting" in events[0].reason
    assert not any(isinstance(event, MountingSet) for event in events)


def test_an_upright_interval_beyond_the_recording_is_refused_at_the_end() -> None:
    mounting = stage(upright_s=(20.0, 23.0))
    run(mounting, samples((6.0, True)))
    (event,) = mounting.flush(7, 6.0)
    assert isinstance(event, MountingRefused)
    assert "20:23" in event.reason
    assert mounting.flush(7, 6.0) == ()


def test_rezero_keeps_the_old_mounting_until_the_new_pose() -> None:
    mounting = stage()
    run(mounting, samples((4.0, True)))
    first = mounting.mounting
    mounting.rezero()
    block = samples((2.0, False), (4.0, True), up=(0.0, 0.1, 0.995))
    stretches, _ = run(mounting, block)
    assert stretches[0].mounting is first
    assert mounting.mounting is not first


def test_missing_samples_break_a_pose() -> None:
    mounting = stage()
    run(mounting, samples((2.9, True)))
    mounting.restart()
    _, events = run(mounting, samples((2.9, True)))
    assert events == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0.5, 2.0, 4.0]), st.booleans()), min_size=1, max_size=5),
    st.lists(st.integers(0, 1000), max_size=8),
    st.sampled_from([{}, {"upright_s": (1.0, 3.0)}, {"mounting_axes": "+x,+y,+z", "upright_s": (1.0, 3.0)}]),
)
def test_any_split_gives_the_same_mountings(
    parts: list[tuple[float, bool]], cuts: list[int], setup: dict[str, object]
) -> None:
    block = samples(*parts)
    assert run(stage(**setup), block, cuts) == run(stage(**setup), block)


@pytest.mark.parametrize("axes", ["+x,+y,+z", "-z,+y,+x", "+y,-x,+z"])
def test_known_axes_keep_their_left_when_the_pose_sets_up(axes: str) -> None:
    mounting = stage(mounting_axes=axes, upright_s=(0.0, 3.0))
    up = mounting._axes[6:] if mounting._axes else (0.0, 0.0, 1.0)
    run(mounting, samples((5.0, True), up=(up[0], up[1], up[2])))
    assert mounting.mounting is not None
    np.testing.assert_allclose(mounting.mounting.rotation, mounting._axes, atol=2e-3)
