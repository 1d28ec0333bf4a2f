"""Where a packet stands: counters and stamps of every width, their wraps, and their contradictions."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.sequence import Sequence
from sensor_pipeline.types import StreamTiming

PARAMS = ClockParams()


def warm(sensor, packets: int = 30, first: int = 0) -> Sequence:
    n = sensor.timing.samples_per_packet
    sequence = Sequence(sensor.timing, sensor.packet(first), sensor.timing.period_s, 0, PARAMS)
    for number in range(1, packets):
        assert sequence.take_next(sensor.packet(first + number * n))
    return sequence


COUNTERS = [(None, None), (8, "samples"), (8, "packets"), (16, "samples"), (16, "packets"), (32, "samples")]
STAMPS = [(None, None), (1e-6, 32), (1e-3, 32), (1e-3, 16), (1e-9, 64), (1e-4, 24)]


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(COUNTERS),
    st.sampled_from(STAMPS),
    st.sampled_from(["first", "last"]),
    st.sampled_from([1, 4, 8]),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
    st.integers(0, 25),
    st.sampled_from([0.934, 1.0, 1.05]),
)
def test_missing_packets_are_counted_exactly_across_every_wrap(
    bench, counter, stamp, refers_to, n, count0, ticks0, gap, rate
) -> None:
    bits, counts = counter
    tick_s, tick_bits = stamp
    assume(bits is not None or tick_bits is not None)
    if tick_bits is None:  # alone, a counter reaches half its width
        assume((gap if counts == "packets" else gap * n) < 1 << (bits - 1))
    timing = StreamTiming("s", "imu", 1 / 104, n, bits, counts, tick_s, tick_bits, refers_to if tick_bits else None)
    sensor = bench.Sensor(timing, 1 / (104 * rate), count0, ticks0)
    sequence = warm(sensor, 60)
    packet = sensor.packet((60 + gap) * n)
    silence_s = (gap + 1) * n * sensor.period_s
    if gap == 0:
        assert sequence.take_next(packet)
    else:
        assert not sequence.take_next(packet)
        assert sequence.judge(packet, silence_s, 0.0) == (gap * n, "", False)
        sequence.accept(packet, gap * n)
    assert sequence.index == (61 + gap) * n
    if tick_bits is not None:
        expected_s = (60 + gap) * n * sensor.period_s + (n - 1) * sensor.period_s
        origin_s = 0.0 if refers_to == "first" else (n - 1) * sensor.period_s
        assert sequence.last_s == pytest.approx(expected_s - origin_s, abs=1.5 * tick_s + 1e-5)


def test_a_long_silence_is_counted_through_the_stamp_when_the_counter_wrapped(bench) -> None:
    sensor = bench.Sensor(bench.timings["shin"], 1 / 104, counter=65000, ticks=2**32 - 5_000_000)
    sequence = warm(sensor)
    for hours in (0.2, 0.4):  # one whole turn of 65536 samples takes 10.5 minutes
        first = int(hours * 3600 * 104) // 4 * 4
        verdict = sequence.judge(sensor.packet(first), hours * 3600, 0.0)
        assert verdict == (first - 120, "", False)


def test_a_counter_alone_takes_the_half_window_rule(bench) -> None:
    sensor = bench.Sensor(bench.timings["counter"], 1 / 104)
    sequence = warm(sensor)
    assert sequence.judge(sensor.packet(120 + 32000), 400.0, 0.0).missing == 32000
    assert sequence.judge(sensor.packet(120 + 33000), 400.0, 0.0).late


def test_a_packet_from_before_is_late_and_changes_nothing(bench) -> None:
    for name in ("shin", "dot", "movesense", "counter", "packets"):
        sensor = bench.Sensor(bench.timings[name], bench.timings[name].period_s)
        sequence = warm(sensor)
        n = sensor.timing.samples_per_packet
        before = (sequence.index, sequence.last_s, sequence.period_s)
        assert not sequence.take_next(sensor.packet(10 * n))
        assert sequence.judge(sensor.packet(10 * n), 0.04, 0.0).late
        assert (sequence.index, sequence.last_s, sequence.period_s) == before
        assert sequence.take_next(sensor.packet(30 * n))


def test_counter_and_stamp_that_contradict_each_other_are_doubted(bench) -> None:
    sensor = bench.Sensor(bench.timings["shin"], 1 / 104)
    sequence = warm(sensor)
    stepped = bench.Sensor(bench.timings["shin"], 1 / 104, ticks=800_000)
    assert "time stamp" in sequence.judge(stepped.packet(120), 0.04, 0.0).doubt
    jumped = bench.Sensor(bench.timings["shin"], 1 / 104, counter=400)
    assert "counter says 400" in sequence.judge(jumped.packet(120), 0.04, 0.0).doubt


def test_a_jump_further_than_the_host_waited_is_doubted(bench) -> None:
    sensor = bench.Sensor(bench.timings["counter"], 1 / 104)
    sequence = warm(sensor)
    packet = sensor.packet(120 + 2000)
    assert "ahead" in sequence.judge(packet, 1.0, 0.0).doubt
    assert sequence.judge(packet, 20.0, 0.0).doubt == ""


def test_a_sensor_set_to_half_the_nominal_rate_is_followed_where_a_counter_says_so(bench) -> None:
    sensor = bench.Sensor(bench.timings["shin"], 1 / 52)
    sequence = warm(sensor, 40)
    assert sequence.period_s == pytest.approx(1 / 52, rel=1e-3)


def test_a_rate_6_6_percent_low_is_no_gap_where_only_stamps_tell(bench) -> None:
    for name in ("movesense", "last", "dot"):
        timing = bench.timings[name]
        sequence = warm(bench.Sensor(timing, timing.period_s / 0.934), 40)
        assert sequence.index == 40 * timing.samples_per_packet


def test_packets_of_varying_length_follow_each_other(bench) -> None:
    for name in ("shin", "last"):
        sensor = bench.Sensor(bench.timings[name], bench.timings[name].period_s * 1.02)
        first, sequence = 0, None
        for n in [4, 7, 1, 9, 3, 12, 5] * 10:
            packet = sensor.packet(first, n)
            if sequence is None:
                sequence = Sequence(sensor.timing, packet, sensor.timing.period_s, 0, PARAMS)
            else:
                assert sequence.take_next(packet)
            first += n
        assert sequence.index == first
