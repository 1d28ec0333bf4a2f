import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.importers.table import Channels
from sensor_pipeline.recording.importers.timebase import make_timebase


def timebase(time, unit=None, rate_hz=None, name="time", **more):
    rows = 200 if time is None else len(time)
    channels = Channels(
        None if time is None else np.asarray(time),
        np.zeros((rows, 3)),
        np.zeros((rows, 3)),
        {"time": name},
        unit,
        **more,
    )
    return make_timebase(channels, rate_hz, "file.csv")


@pytest.mark.parametrize(("unit", "per_second"), [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)])
@pytest.mark.parametrize("stated", [True, False])
def test_the_unit_is_found_from_the_step_and_checked_where_stated(unit, per_second, stated):
    found = timebase(np.arange(300) * (per_second / 104.0) + 7.0 * per_second, unit if stated else None)
    assert found.unit == unit
    assert found.rate_hz == pytest.approx(104.0)
    assert np.allclose(found.time_s, np.arange(300) / 104.0, rtol=0, atol=1e-9)


@given(rate_hz=st.floats(5.1, 1990.0), unit=st.sampled_from(["s", "ms", "us", "ns"]), start=st.floats(0.0, 1e6))
def test_every_plausible_rate_has_one_unit(rate_hz, unit, start):
    scale = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[unit]
    time = (start + np.arange(50) / rate_hz) * scale
    time[0] -= 1e-3 / rate_hz * scale  # not a row counter
    found = timebase(time)
    assert found.unit == unit
    assert found.rate_hz == pytest.approx(rate_hz, rel=1e-3)


def test_nanoseconds_since_1970_lose_nothing():
    found = timebase(1_718_030_736_872_695_301 + 9_615_384 * np.arange(1000, dtype=np.int64))
    assert np.array_equal(found.time_s, 9_615_384 * np.arange(1000) * 1e-9)


def test_session_times_are_not_shifted():
    assert timebase(np.array([0.5, 0.51, 0.52]), "s", keep_zero=True).time_s.tolist() == [0.5, 0.51, 0.52]


def test_a_stated_rate_gives_the_times():
    found = timebase(None, rate_hz=25.0)
    assert np.array_equal(found.time_s, np.arange(200) / 25.0)
    assert found.unit is None


@pytest.mark.parametrize("rate_hz", [0.0, -100.0, 4.9, 2001.0, float("nan"), float("inf")])
def test_a_rate_no_sensor_has_is_refused(rate_hz):
    with pytest.raises(UserError, match="must be from 5 to 2000 Hz"):
        timebase(None, rate_hz=rate_hz)


def test_the_same_time_twice_is_named():
    with pytest.raises(
        FileError, match=r"data row 3, column 'time': has the same time as the row before \(0.01\); 1 such"
    ):
        timebase([0.0, 0.01, 0.01, 0.02])


def test_a_step_back_is_named():
    with pytest.raises(FileError, match=r"data row 4, column 'time': steps back from 0.02 to 0.005; 1 such rows"):
        timebase([0.0, 0.01, 0.02, 0.005, 0.03])


def test_a_time_that_is_no_number_is_named():
    with pytest.raises(FileError, match="data row 2: no time in column 'time'"):
        timebase([0.0, float("nan"), 0.02])


def test_a_unit_that_makes_no_rate_is_refused_with_the_one_that_does():
    with pytest.raises(FileError, match=re.escape("says s, and its median step of 10 would then be 0.1 Hz")) as caught:
        timebase(np.arange(50) * 10, "s")
    assert "ms would give 100 Hz" in str(caught.value)


def test_a_step_that_is_no_rate_in_any_unit_is_refused():
    with pytest.raises(FileError, match=r"rises by 0.3 a row, which is no rate"):
        timebase(np.arange(50) * 0.3)


def test_a_row_counter_is_not_taken_for_milliseconds():
    with pytest.raises(FileError, match=r"counts rows .* state --rate HZ"):
        timebase(np.arange(1, 200))
    assert timebase(np.arange(1, 200), "ms").rate_hz == pytest.approx(1000.0)


def test_one_row_is_too_few():
    with pytest.raises(FileError, match="1 row of data"):
        timebase([0.0])
