"""Which mounting holds in which row: found from standing and moving, stated, re-taken, refused; however rows arrive."""

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from sensor_pipeline import frames
from sensor_pipeline.mounting.stage import MountingParams, MountingStage, StrapRows, Stretch
from sensor_pipeline.types import Event, Mounting, MountingRefused, MountingSet, SensorSetup

from .conftest import RATE_HZ, Shin, cut, lunge, shake, shift, stand, strapped, way


def stage(**setup: object) -> MountingStage:
    return MountingStage(SensorSetup("left", RATE_HZ, **setup), 0, MountingParams())  # type: ignore[arg-type] # test data


def run(
    mounting: MountingStage, rows: StrapRows, cuts: Sequence[int] = (), busy: Sequence[bool] | None = None
) -> tuple[list[Stretch], list[Event]]:
    """Stretches, joined where only blocks were cut, and events; ``busy``: per row, whether a repetition is open."""
    n = len(rows.samples)
    merged: list[Stretch] = []
    events: list[Event] = []
    for a, b in itertools.pairwise([0, *sorted(min(c, n) for c in cuts), n]):
        at = a
        is_open = [False]
        for s in mounting.update(cut(rows, a, b), events, lambda is_open=is_open: is_open[0]):
            assert s.begin + a == at, "stretches follow each other without a hole"
            at = s.end + a
            is_open[0] = busy is not None and busy[at - 1]
            if merged and (merged[-1].mounting, merged[-1].slipped) == (s.mounting, s.slipped):
                merged[-1] = Stretch(merged[-1].begin, at, s.mounting, s.slipped)
            elif s.end > s.begin:
                merged.append(Stretch(s.begin + a, at, s.mounting, s.slipped))
        assert at == b
    return merged, events


def found(events: Sequence[Event]) -> list[Mounting]:
    return [event.mounting for event in events if isinstance(event, MountingSet)]


def refusals(events: Sequence[Event]) -> list[str]:
    return [event.reason for event in events if isinstance(event, MountingRefused)]


# --- the pose ---


def test_three_seconds_of_standing_still_give_a_tilt_only_mounting() -> None:
    stretches, events = run(stage(), strapped(stand(5.0)))
    assert [(s.begin, s.end) for s in stretches] == [(0, 150), (150, 250)]
    assert stretches[0].mounting is None
    assert stretches[1].mounting is not None
    assert stretches[1].mounting.tilt_only
    (event,) = events
    assert isinstance(event, MountingSet)
    assert event.order == 149
    assert event.mounting.zero_sd_deg is not None


def test_a_moving_person_is_told_so_and_mounted_once_still() -> None:
    _, events = run(stage(), strapped(shake(8.0), stand(4.0)))
    assert isinstance(events[0], MountingRefused)
    assert "moved" in events[0].reason
    assert isinstance(events[-1], MountingSet)
    assert 11.0 <= events[-1].time_s <= 11.4
    assert len(events) == 2  # the refusal is not repeated within its interval


def test_a_stream_that_ends_before_the_pose_says_so_once() -> None:
    mounting = stage()
    run(mounting, strapped(stand(2.5)))
    (event,) = mounting.flush(7, 2.5)
    assert isinstance(event, MountingRefused)
    assert "too short" in event.reason
    assert mounting.flush(7, 2.5) == ()


def test_missing_samples_break_a_pose() -> None:
    mounting = stage()
    run(mounting, strapped(stand(2.9)))
    mounting.restart()
    assert run(mounting, strapped(stand(2.9)))[1] == []


# --- a stated mounting, a stated pose ---


def test_a_stated_mounting_holds_from_the_first_row_with_true_vertical() -> None:
    stretches, events = run(stage(mounting_axes="+x,+y,+z"), strapped(shake(1.0)))
    assert [(s.begin, s.end) for s in stretches] == [(0, 50)]
    assert [m.method for m in found(events)] == ["given"]


def test_after_a_stated_mounting_nothing_changes() -> None:
    rows = strapped(stand(4.0), lunge(), stand(3.0), stand(3.0, lean_deg=6.0))
    for setup in ({}, {"upright_s": (1.0, 3.0)}):
        stretches, events = run(stage(mounting_axes="+x,+y,+z", **setup), rows)
        assert len(events) == 1
        assert not any(s.slipped for s in stretches)


def test_a_stated_upright_interval_sets_the_zero_of_a_stated_mounting() -> None:
    rows = strapped(stand(6.0, lean_deg=-5.0))
    stretches, events = run(stage(mounting_axes="+x,+y,+z", upright_s=(1.0, 3.0)), rows)
    assert [(s.begin, s.end) for s in stretches] == [(0, 150), (150, 300)]
    (mounting,) = found(events)
    assert mounting.method == "given+pose"
    np.testing.assert_allclose(mounting.rotation[6:], (np.sin(np.radians(5)), 0, np.cos(np.radians(5))), atol=1e-3)


def test_a_pose_that_contradicts_the_stated_axes_is_refused() -> None:
    _, events = run(stage(mounting_axes="+z,+y,-x", upright_s=(0.0, 3.0)), strapped(stand(6.0)))
    assert "90 deg from the stated mounting" in refusals(events)[0]
    assert not found(events)


def test_a_stated_upright_interval_can_be_too_short() -> None:
    _, events = run(stage(upright_s=(1.0, 1.5)), strapped(stand(6.0)))
    assert "0.5 s is too short" in refusals(events)[0]
    assert [m.method for m in found(events)] == ["pose"]  # from the standing that follows


def test_an_upright_interval_beyond_the_recording_is_refused_at_the_end() -> None:
    mounting = stage(upright_s=(20.0, 23.0))
    run(mounting, strapped(stand(6.0)))
    (event,) = mounting.flush(7, 6.0)
    assert isinstance(event, MountingRefused)
    assert "20:23" in event.reason
    assert mounting.flush(7, 6.0) == ()


@pytest.mark.parametrize("axes", ["+x,+y,+z", "-z,+y,+x", "+y,-x,+z"])
def test_known_axes_keep_their_left_when_the_pose_sets_up(axes: str) -> None:
    known = frames.parse_axes(axes)
    strap = Rotation.from_matrix(np.reshape(known, (3, 3)))
    (mounting,) = found(run(stage(mounting_axes=axes, upright_s=(0.0, 3.0)), strapped(stand(5.0), strap=strap))[1])
    np.testing.assert_allclose(mounting.rotation, known, atol=2e-3)


# --- the second pose ---


def test_a_second_pose_that_agrees_is_half_of_the_zero() -> None:
    rows = strapped(stand(3.2), shake(0.5), stand(4.5, 1.0), lunge(39.0, base_deg=1.0), stand(2.0, 1.0))
    first, last = found(run(stage(), rows)[1])
    zero_deg = np.degrees(np.arctan2(-last.rotation[6], last.rotation[8]))
    assert zero_deg == pytest.approx(0.5, abs=0.05)
    assert first.zero_sd_deg == pytest.approx(0.25, rel=0.01)
    assert last.zero_sd_deg == pytest.approx(np.sqrt(2 * 0.25**2 + 1.0**2) / 2, rel=0.02)


def test_two_poses_that_differ_are_refused_and_the_newer_counts_before_the_first_movement() -> None:
    _, events = run(stage(), strapped(stand(3.2), shift(2.5), stand(7.0, 2.5), lunge(base_deg=2.5), stand(2.0, 2.5)))
    (reason,) = refusals(events)
    assert "differ by 2.5 deg" in reason
    assert "newer one counts" in reason
    assert [m.method for m in found(events)] == ["pose", "pose", "pose+axis"]
    for mounting in found(events)[1:]:
        assert np.degrees(np.arctan2(-mounting.rotation[6], mounting.rotation[8])) == pytest.approx(2.5, abs=0.05)


def test_after_the_first_movement_the_zero_stays() -> None:
    # 15 deg alone gives no axis yet, so the second pose is still looked for
    _, events = run(stage(), strapped(stand(4.0), lunge(15.0), stand(4.0, lean_deg=3.0), noise=0.1))
    assert "the first stays" in refusals(events)[0]
    assert [m.method for m in found(events)] == ["pose"]


def test_holding_a_lunge_is_no_second_pose() -> None:
    held = lunge()
    _, events = run(
        stage(), strapped(stand(4.0), Shin(held.lean_deg[:120], held.off_deg[:120], held.shaky[:120]), stand(4.0, 40.0))
    )
    assert refusals(events) == []


# --- the axis takes over ---


def test_the_axis_takes_over_at_rest_after_the_first_lunge() -> None:
    strap = Rotation.from_euler("xyz", [70.0, -40.0, 110.0], degrees=True)
    stretches, events = run(stage(), strapped(stand(4.0), lunge(), stand(2.0), strap=strap))
    last = found(events)[-1]
    assert (last.method, last.tilt_only) == ("pose+axis", False)
    np.testing.assert_allclose(last.rotation, strap.as_matrix().ravel(), atol=0.005)
    assert stretches[-1].mounting == last
    assert stretches[-1].begin == round(last.start_s * RATE_HZ) + 1
    assert 4.0 + 4.2 < last.start_s < 4.0 + 4.2 + 1.0


def test_it_waits_while_a_repetition_is_open() -> None:
    rows = strapped(stand(4.0), lunge(), stand(4.0))
    free = 500  # the detector closes the repetition at 10 s
    busy = [150 <= row < free for row in range(len(rows.samples))]
    last = found(run(stage(), rows, busy=busy)[1])[-1]
    assert (last.method, last.start_s) == ("pose+axis", free / RATE_HZ)


def test_a_hole_changes_no_mounting() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    before = mounting.mounting
    mounting.restart()
    _, events = run(mounting, strapped(stand(6.0), lunge(off_deg=10.0), stand(2.0)))
    assert mounting.mounting is before
    assert events == []


# --- a new zero ---


def test_rezero_keeps_the_old_mounting_until_the_new_pose() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0)))
    first = mounting.mounting
    mounting.rezero()
    stretches, _ = run(mounting, strapped(shake(2.0), stand(4.0, lean_deg=-5.0)))
    assert stretches[0].mounting is first
    assert mounting.mounting is not first


def test_rezero_keeps_the_axis() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    mounting.rezero()
    last = found(run(mounting, strapped(stand(4.0, lean_deg=6.0)))[1])[-1]
    assert (last.method, last.tilt_only) == ("pose+axis", False)
    # the zero is 6 deg forwards of the old one, the shin's left is where it was
    np.testing.assert_allclose(last.rotation[3:6], (0, 1, 0), atol=5e-3)
    assert np.degrees(np.arctan2(-last.rotation[6], last.rotation[8])) == pytest.approx(6.0, abs=0.05)


def test_a_sensor_strapped_on_anew_needs_a_new_axis() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    mounting.rezero()
    other = Rotation.from_euler("x", 90.0, degrees=True)
    _, events = run(mounting, strapped(stand(4.0), lunge(), stand(2.0), strap=other))
    assert [m.method for m in found(events)] == ["pose", "pose+axis"]
    np.testing.assert_allclose(found(events)[-1].rotation, other.as_matrix().ravel(), atol=0.005)


# --- the slip ---


def test_a_rest_that_leans_from_the_zero_is_a_slip_until_it_is_back_or_zeroed() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    stretches, events = run(
        mounting, strapped(stand(1.0), stand(3.0, lean_deg=5.0), lunge(base_deg=5.0), stand(3.0, 5.0))
    )
    (reason,) = refusals(events)  # said once
    assert "leans 5.0 deg" in reason
    assert [s.slipped for s in stretches] == [False, True]
    back, _ = run(mounting, strapped(stand(3.0)))
    assert [s.slipped for s in back] == [True, False]
    run(mounting, strapped(shake(0.5), stand(3.0, lean_deg=5.0)))
    mounting.rezero()
    zeroed, _ = run(mounting, strapped(stand(8.0, lean_deg=5.0)))
    assert [s.slipped for s in zeroed] == [True, False]


def test_neither_a_hold_nor_a_seat_is_a_slip() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    rows = strapped(stand(1.0), way(10.0, 0.0), stand(4.0, lean_deg=10.0))
    assert run(mounting, rows, busy=[True] * len(rows.samples))[1] == []
    assert run(mounting, strapped(way(30.0, 10.0), stand(4.0, lean_deg=30.0)))[1] == []


def test_a_strap_that_jumps_is_a_slip_even_while_a_repetition_is_open() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    rows = strapped(stand(2.0), shift(25.0), stand(4.0, lean_deg=25.0))
    stretches, events = run(mounting, rows, busy=[True] * len(rows.samples))
    assert "leans 25.0 deg" in refusals(events)[0]
    assert [s.slipped for s in stretches] == [False, True]


def test_a_strap_that_turned_is_flagged_until_lunges_go_forwards_again_and_a_new_zero_looks_for_the_axis_anew() -> None:
    mounting = stage()
    run(mounting, strapped(stand(4.0), lunge(), stand(2.0)))
    turned = Rotation.from_euler("z", -90.0, degrees=True)
    stretches, events = run(mounting, strapped(stand(1.0), lunge(), stand(1.0), strap=turned))
    (reason,) = refusals(events)
    assert "90 deg away from forwards" in reason
    assert [s.slipped for s in stretches] == [False, True]
    back, _ = run(mounting, strapped(stand(1.0), lunge(), stand(1.0)))
    assert [s.slipped for s in back] == [True, False]
    run(mounting, strapped(stand(1.0), lunge(), stand(1.0), strap=turned))
    mounting.rezero()
    _, events = run(mounting, strapped(stand(4.0), lunge(), stand(2.0), strap=turned))
    assert [m.method for m in found(events)] == ["pose", "pose+axis"]
    np.testing.assert_allclose(found(events)[-1].rotation, turned.as_matrix().ravel(), atol=0.005)


# --- law ---

PARTS = st.sampled_from(
    [stand(0.5), stand(3.2), stand(3.2, 1.0), stand(3.2, 4.0), shake(1.0), lunge(), lunge(15.0), lunge(40.0, 20.0)]
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(PARTS, max_size=6),
    st.lists(st.integers(0, 1200), max_size=8),
    st.sampled_from([{}, {}, {"upright_s": (1.0, 3.0)}, {"mounting_axes": "+x,+y,+z", "upright_s": (1.0, 3.0)}]),
)
def test_any_split_gives_the_same_mountings(parts: list[Shin], cuts: list[int], setup: dict[str, object]) -> None:
    rows = strapped(stand(3.2), *parts)
    busy = [row % 100 < 30 for row in range(len(rows.samples))]
    assert run(stage(**setup), rows, cuts, busy) == run(stage(**setup), rows, busy=busy)
