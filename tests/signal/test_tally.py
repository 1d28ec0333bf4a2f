"""A closed candidate is a repetition with a number, or turned down with a reason."""

import numpy as np
import pytest

from sensor_pipeline.signal.course import Course
from sensor_pipeline.signal.rep_params import RepParams
from sensor_pipeline.signal.tally import Tally
from sensor_pipeline.types import Targets

RATE_HZ = 100.0


def course(top_deg: float, up_s: float, down_s: float, begin_s: float = 0.0) -> Course:
    """Straight up to ``top_deg`` and straight down again, start level 0."""
    t = np.arange(0.0, up_s + down_s + 0.5 / RATE_HZ, 1.0 / RATE_HZ)
    a = np.radians(np.interp(t, (0.0, up_s, up_s + down_s), (0.0, top_deg, 0.0)))
    peak = int(np.argmax(a))
    last = peak + int(np.argmax(a[peak:] <= 0.05 * a.max())) + 1
    times = (t[:last] + begin_s).tolist()
    return Course(times, a[:last].tolist(), 0.0, (times[peak], float(a[peak])), 0.05, True, times[-1], 1.0, None)


def tally(targets: Targets | None = None) -> Tally:
    return Tally("left", targets or Targets(), 2, RepParams())


def test_counts_are_numbered_and_best_is_the_largest_peak() -> None:
    t = tally()
    assert (t.next_number, t.end_range_rad) == (1, np.inf)
    found = [t.count(course(top, 1.0, 1.0), "", False, 7, 9.0) for top in (30.0, 40.0, 35.0)]
    assert [(done.order, done.sensor, done.time_s, done.rep.rep) for done in found] == [
        (7, 2, 9.0, number) for number in (1, 2, 3)
    ]
    assert t.next_number == 4
    assert t.end_range_rad == pytest.approx(np.radians(38.0))
    assert tally(Targets(angle_deg=30.0)).end_range_rad == pytest.approx(np.radians(28.0))


def test_too_small_and_too_quick_are_no_lunge() -> None:
    t = tally()
    assert t.unlike_a_lunge(course(40.0, 1.0, 1.0)) is None
    assert t.unlike_a_lunge(course(12.0, 1.0, 1.0)) == ("range", "range 12.0 deg is below 13 deg")
    for up_s, down_s in ((0.3, 2.0), (2.0, 0.3), (0.4, 0.4)):
        refused = t.unlike_a_lunge(course(40.0, up_s, down_s))
        assert refused is not None
        assert refused[0] == "fast"
        assert f"out in {0.9 * up_s:.2f} s and back in {0.9 * down_s:.2f} s" in refused[1]


def test_what_begins_far_behind_the_zero_comes_out_of_a_lunge_the_wrong_way() -> None:
    t = tally()
    for start_deg, refused in ((-14.0, False), (-16.0, True), (-40.0, True)):
        forwards = course(40.0, 1.0, 1.0)
        shifted = [angle + np.radians(start_deg) for angle in forwards.angle_rad]
        peak = (forwards.peak[0], forwards.peak[1] + np.radians(start_deg))
        back = Course(forwards.time_s, shifted, np.radians(start_deg), peak, 0.05, True, forwards.offset_s, 1.0, None)
        why = t.unlike_a_lunge(back)
        assert (why is not None) == refused
        if why is not None:
            assert why[0] == "behind"
            assert f"{-start_deg:.0f} deg behind the zero" in why[1]


def test_what_was_turned_down_is_kept_until_the_next_count() -> None:
    t, small = tally(), course(10.0, 1.0, 1.0)
    event = t.reject(small, ("range", "words"), 3, 4.0)
    assert (event.cause, event.reason, event.order, event.time_s) == ("range", "words", 3, 4.0)
    assert (event.start_s, event.duration_s) == (small.onset_s, small.offset_s - small.onset_s)
    assert t.turned_down is small
    t.count(course(40.0, 1.0, 1.0), "", False, 5, 6.0)
    assert t.turned_down is None


def test_two_quick_ones_in_a_row_disarm_and_one_alone_or_a_small_one_does_not() -> None:
    t = tally()
    assert not t.disarms(course(10.0, 1.0, 1.0), "range")
    assert t.disarms(course(70.0, 1.0, 1.0), "too_far")
    assert not t.disarms(course(40.0, 0.2, 0.2), "fast")
    assert t.disarms(course(40.0, 0.2, 0.2, begin_s=0.8), "fast")
    assert not t.disarms(course(40.0, 0.2, 0.2, begin_s=9.0), "fast")
