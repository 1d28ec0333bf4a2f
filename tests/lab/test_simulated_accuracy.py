"""The simulated sections of the accuracy page: their bars over few people, their figures against the truth."""

import re
from pathlib import Path

import numpy as np
import pytest

from sensor_pipeline import frames
from sensor_pipeline.engine import Engine
from sensor_pipeline.lab import loss_accuracy, mounting_accuracy, people_accuracy, rate_accuracy
from sensor_pipeline.lab.simulated_run import absolute_percentile, root_mean_square, run
from sensor_pipeline.library.specs import spec_text
from sensor_pipeline.signal.orientation import available_filters
from sensor_pipeline.simulate.session import simulate_session
from sensor_pipeline.types import Block, Input, Notification

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


@pytest.fixture(scope="module")
def session():
    return simulate_session(spec_text("shin-imu-v1"), reps=2, seed=3)


# --- one run ---


def test_a_run_pairs_true_with_found_repetitions_and_keeps_what_lies_between(session):
    one = run(session)
    assert one.exact
    assert [true.rep for true, _ in one.pairs] == [1, 2]
    assert one.peak_errors_deg() == [found.peak_deg - true.peak_deg for true, found in one.pairs]
    assert one.edge_errors_s("end_s") == [found.end_s - true.end_s for true, found in one.pairs]
    assert one.ledger.decoded == session.sample_counts()[0].sent


def test_the_error_of_a_hold_is_that_of_its_rows_and_the_first_one_is_total_tilt(session):
    one = run(session)
    assert [(hold.rep, hold.tilt_only) for hold in one.holds] == [(1, True), (2, False)]
    rep = one.truth.reps[1]
    rows = [
        (time_s, rad)
        for block in one.events
        if isinstance(block, Block)
        for time_s, rad in zip(block.samples.time_s, block.angles.dorsiflexion_rad, strict=True)
        if rep.hold_start_s <= time_s < rep.hold_end_s
    ]
    errors = [rad - np.interp(time_s, one.truth.time_s, one.truth.dorsiflexion_rad) for time_s, rad in rows]
    assert one.holds[1].error_deg == pytest.approx(np.degrees(np.mean(errors)))


def test_a_run_without_a_pose_has_no_holds_and_is_not_exact(session):
    records = tuple(session.records())
    pose_ends_ns = records[0].host_time_ns + 6_000_000_000
    late = [r for r in records if not isinstance(r, Notification) or r.host_time_ns > pose_ends_ns]
    one = run(session, records=late)
    assert len(one.true) == 2
    assert not one.exact
    assert 1 not in [hold.rep for hold in one.holds]


def test_root_mean_square_and_percentile_of_absolute_values():
    assert root_mean_square([3.0, -4.0]) == pytest.approx(12.5**0.5)
    assert absolute_percentile([-2.0, 1.0, -1.0], 50.0) == 1.0
    assert absolute_percentile([-2.0, 1.0, -1.0], 100.0) == 2.0


# --- mountings ---


def test_there_are_24_ways_to_put_a_sensor_along_the_shins_axes():
    ways = {frames.parse_axes(text) for text in mounting_accuracy.axis_aligned()}
    assert len(ways) == 24
    assert all(np.linalg.det(np.array(way).reshape(3, 3)) == pytest.approx(1.0) for way in ways)
    straps = mounting_accuracy.aligned_straps()
    assert len({(strap.side, strap.mounting) for strap in straps}) == len(straps) == 48


def test_random_straps_point_anywhere():
    """Evenly drawn: the mean of every matrix element is 0 within three standard deviations, 3 * sqrt(1/3 / n)."""
    matrices = np.array([strap.mounting for strap in mounting_accuracy.random_straps(300)])
    assert np.max(np.abs(matrices.mean(axis=0))) < 3.0 * (1.0 / 3.0 / 300.0) ** 0.5


@pytest.mark.parametrize("orientation", available_filters())
def test_without_a_chips_errors_every_way_of_wearing_it_costs_less_than_a_fifth_of_a_degree(orientation):
    for strapped in [*mounting_accuracy.aligned_straps()[::7], *mounting_accuracy.random_straps(6)]:
        one = run(mounting_accuracy.ideal(strapped), orientation=orientation)
        assert one.exact
        assert len(one.holds) == mounting_accuracy.REPS
        assert max(abs(hold.error_deg) for hold in one.holds) < 0.2


# --- people, rates, loss ---


def test_people_with_a_good_strap_are_within_the_bars():
    for row in people_accuracy.rows(people=4):
        assert row.exact == len(row.runs) == 4
        if row.strap == "good":
            assert root_mean_square(row.peak_errors_deg) <= people_accuracy.PEAK_BOUND_DEG
            for name in ("start_s", "end_s"):
                assert absolute_percentile(row.edge_errors_s(name), 50.0) <= people_accuracy.EDGE_BOUND_S
            for name in ("hold_start_s", "hold_end_s"):
                assert absolute_percentile(row.edge_errors_s(name), 50.0) <= people_accuracy.HOLD_BOUND_S


def test_record_by_record_gives_the_same_bits_and_a_difference_would_be_seen(session, monkeypatch):
    records = tuple(session.records())
    for orientation in available_filters():
        assert rate_accuracy.same_bits(session, records, orientation)
    push = Engine.push
    monkeypatch.setattr(Engine, "push", lambda self, record: [] if record.order == 100 else push(self, record))
    assert not rate_accuracy.same_bits(session, records, "vqf")


def test_a_file_of_25_hz_is_measured_like_a_sensor():
    one = rate_accuracy.file_run(1, "vqf")
    assert one.exact
    assert len(one.true) == rate_accuracy.REPS
    assert max(map(abs, one.peak_errors_deg())) < 0.7
    assert one.ledger.measured_hz == pytest.approx(rate_accuracy.FILE_HZ, rel=0.05)


def test_packets_vanish_at_random_and_the_ledger_knows_of_each(session):
    records = tuple(session.records())
    left, missing = loss_accuracy.vanished(records, 0.1, seed=1)
    packets = [record for record in records if isinstance(record, Notification)]
    stay = [record for record in left if isinstance(record, Notification)]
    inside = [record for record in packets if stay[0].order <= record.order <= stay[-1].order]
    assert missing == len(inside) - len(stay)
    assert 0.05 < missing / len(packets) < 0.15
    assert [record for record in left if isinstance(record, Input)] == [r for r in records if isinstance(r, Input)]
    assert run(session, records=left).ledger.lost == missing * loss_accuracy.PACKET_SAMPLES
    assert loss_accuracy.vanished(records, 0.0, seed=1) == (records, 0)


def test_what_a_radio_loses_while_it_holds_is_in_the_ledger():
    rows = {row.loss: row for row in loss_accuracy.rows(sets=2)}
    stalls = rows["radio, two stalls"]
    assert stalls.ledger_lost == stalls.truly_lost > 0
    gone = rows["radio, stalls, a lost connection, a restart"]
    assert 0 < gone.ledger_lost < gone.truly_lost


# --- the page ---


@pytest.mark.parametrize("make", [people_accuracy.markdown, loss_accuracy.markdown])
def test_a_section_is_one_table_whose_every_line_says_that_it_is_simulated(make):
    assert_simulated(make(1))


@pytest.mark.parametrize("start", ["## Mounting", "## People", "## Sample rates", "## Lost packets"])
def test_the_page_holds_the_section(start):
    text = PAGE.read_text(encoding="utf-8")
    (section,) = (part for part in re.split(r"(?m)^(?=## )", text) if part.startswith(start))
    assert_simulated(section)


def assert_simulated(section):
    lines = [line for line in section.splitlines() if line.startswith("|")]
    assert len(lines) > 4
    assert all("| simulated |" in line for line in lines[2:])
    assert len({line.count("|") for line in lines}) == 1
    assert "(simulated)" in section.splitlines()[0]
