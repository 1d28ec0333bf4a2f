"""The firmware of a sensor."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensor_pipeline.devices import Decoder, SensorSpec
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.specs import load_spec
from sensor_pipeline.simulate.firmware import Firmware, FirmwareParams, SampleCounts
from sensor_pipeline.simulate.sensor import SensorParams
from sensor_pipeline.types import Packet

Build = Callable[..., Firmware]
CHIP = SensorParams(rate_hz=104.0, start_phase=0.5)


def send_all(firmware: Firmware, time_s: float) -> list[bytes]:
    """Everything that waits, acknowledged at once."""
    payloads = []
    while (payload := firmware.peek(time_s)) is not None:
        firmware.acknowledge()
        payloads.append(payload)
    return payloads


def decode(spec: SensorSpec, firmware: Firmware, payloads: list[bytes]) -> list[Packet]:
    decoder = Decoder(spec)
    info = firmware.info(100.0)
    if info is not None:
        decoder.read("info", info)
    char = spec.stream().packets[0].char
    return [packet for payload in payloads for packet in decoder.decode(char, payload).packets]


def test_nothing_is_sampled_or_sent_before_the_stream_starts(spec: SensorSpec, firmware_of: Build) -> None:
    firmware = firmware_of(spec)
    firmware.advance(5.0)
    assert firmware.peek(5.0) is None
    assert firmware.counts == SampleCounts(0, 0, 0)


def test_packets_are_there_when_their_last_sample_is(shin: SensorSpec, firmware_of: Build) -> None:
    firmware = firmware_of(shin, chip=CHIP)
    firmware.start(1.0)
    last_s = 1.0 + 3.5 / 104.0
    firmware.advance(last_s - 1e-6)
    assert firmware.idle
    firmware.advance(last_s + 1e-6)
    assert not firmware.idle
    assert firmware.peek(last_s) == firmware.peek(last_s + 0.1)  # the same until acknowledged
    firmware.acknowledge()
    assert firmware.idle


def test_counters_and_stamps_follow_the_samples(spec: SensorSpec, firmware_of: Build) -> None:
    chip = SensorParams(rate_hz=spec.rate.default_hz, rate_error=0.03, clock_offset_s=100.0, clock_error=1e-4)
    firmware = firmware_of(spec, FirmwareParams(counter_start=65_530), chip)
    firmware.start(2.0)
    firmware.advance(3.0)
    packets = decode(spec, firmware, send_all(firmware, 3.0))
    timing = Decoder(spec).timings[0]
    first = np.cumsum([0] + [packet.n for packet in packets])
    assert first[-1] == firmware.counts.sampled >= chip.rate_hz - packets[0].n
    for i, packet in enumerate(packets):
        if timing.counter_bits is not None:
            step = int(first[i]) if timing.counts == "samples" else i
            assert packet.counter == (65_530 + step) % 2**timing.counter_bits
        if timing.tick_s is not None:
            assert timing.refers_to in ("first", "sample")
            true_s = 2.0 + int(first[i]) / chip.true_hz
            device_s = 100.0 + true_s * (1.0 + 1e-4)
            assert packet.ticks is not None
            assert -1e-9 <= device_s - packet.ticks * timing.tick_s <= timing.tick_s + 1e-9


def test_a_stamp_of_the_last_sample_or_of_sending_is_made_as_the_layout_says(
    shin: SensorSpec, firmware_of: Build
) -> None:
    stamps = {}
    for refers_to in ("first", "last", "send"):
        stream = shin.stream()
        layout = stream.packets[0]
        assert layout.time is not None
        layout = replace(layout, time=replace(layout.time, refers_to=refers_to))
        spec = replace(shin, streams={stream.name: replace(stream, packets=(layout,))})
        firmware = firmware_of(spec, chip=replace(CHIP, start_phase=0.0))
        firmware.start(0.0)
        firmware.advance(0.2)
        stamps[refers_to] = decode(spec, firmware, send_all(firmware, 0.2))[0].ticks
    assert stamps == {"first": 0, "last": pytest.approx(3e6 / 104.0, abs=1.0), "send": 200_000}


def test_a_full_queue_drops_its_oldest_packets_and_the_next_one_says_so(shin: SensorSpec, firmware_of: Build) -> None:
    firmware = firmware_of(shin, FirmwareParams(queue_packets=3), CHIP)
    firmware.start(0.0)
    firmware.advance(1.0)
    made = firmware.counts.sampled // 4
    assert firmware.counts.dropped == 4 * (made - 3)
    firmware.advance(1.0 + 4.0 / 104.0)
    packets = decode(shin, firmware, send_all(firmware, 1.1))
    assert [packet.counter for packet in packets] == [4 * (made - 2 + i) for i in range(3)]
    assert [packet.flags for packet in packets] == [("gap_before",), (), ()]


def test_a_packet_on_its_way_is_not_dropped_by_a_full_queue(firmware_of: Build) -> None:
    spec = load_spec("movesense-gsp")
    firmware = firmware_of(spec, FirmwareParams(queue_packets=1, mtu=120))
    firmware.start(0.0)
    firmware.advance(0.1)
    first = firmware.peek(0.1)
    assert first is not None
    firmware.acknowledge()  # its second part is still to come
    firmware.advance(1.0)
    assert firmware.counts.sent == 0
    packets = decode(spec, firmware, [first, *send_all(firmware, 1.0)])
    assert len(packets) == 2
    assert firmware.counts == (firmware.counts.sampled, 16, firmware.counts.sampled - 16)


def test_a_lost_connection_loses_what_waits_and_counting_goes_on(shin: SensorSpec, firmware_of: Build) -> None:
    firmware = firmware_of(shin, chip=CHIP)
    firmware.start(0.0)
    firmware.advance(1.0)
    before = firmware.counts.sampled
    firmware.disconnect(2.0)
    assert firmware.counts.dropped == firmware.counts.sampled > before
    firmware.advance(3.0)
    assert firmware.peek(3.0) is None
    firmware.start(3.0)
    dropped = firmware.counts.dropped
    firmware.advance(3.1)
    packets = decode(shin, firmware, send_all(firmware, 3.1))
    assert packets[0].counter == dropped
    assert packets[0].flags == ("gap_before",)
    assert packets[1].flags == ()


def test_a_half_sent_packet_counts_as_dropped_when_the_connection_ends(firmware_of: Build) -> None:
    firmware = firmware_of(load_spec("movesense-gsp"), FirmwareParams(mtu=120))
    firmware.start(0.0)
    firmware.advance(0.1)
    assert firmware.peek(0.1) is not None
    firmware.acknowledge()
    firmware.disconnect(0.1)
    assert firmware.counts == SampleCounts(8, 0, 8)


def test_a_restart_resets_counter_and_clock_and_says_so(shin: SensorSpec, firmware_of: Build) -> None:
    chip = replace(CHIP, clock_offset_s=4000.0)
    firmware = firmware_of(shin, FirmwareParams(counter_start=500, boot_id=41, reboots_s=(2.0,)), chip)
    firmware.start(0.0)
    firmware.advance(1.0)
    assert decode(shin, firmware, send_all(firmware, 1.0))[0].counter == 500
    firmware.advance(4.0)
    assert firmware.peek(4.0) is None
    assert firmware.boot_id == 42
    firmware.start(6.0)
    firmware.advance(6.2)
    packets = decode(shin, firmware, send_all(firmware, 6.2))
    assert (packets[0].counter, packets[0].flags) == (0, ("time_reset",))
    assert packets[0].ticks == pytest.approx((4.0 + 0.5 / 104.0) * 1e6, abs=2.0)  # since it was powered at 2 s
    assert packets[1].flags == ()


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["start", "disconnect", "advance", "send"]), st.floats(0.001, 1.5)), max_size=25
    ),
    st.integers(1, 12),
)
def test_every_sample_is_sent_dropped_or_waiting_and_sent_ones_decode(
    spec: SensorSpec, firmware_of: Build, steps: list[tuple[str, float]], queue: int
) -> None:
    firmware = firmware_of(spec, FirmwareParams(queue_packets=queue, reboots_s=(6.0,), mtu=120))
    time_s, decoded = 0.0, 0
    for what, pause_s in steps:
        time_s += pause_s
        if what == "send":
            firmware.advance(time_s)
            decoded += sum(packet.n for packet in decode(spec, firmware, send_all(firmware, time_s)))
        else:
            getattr(firmware, what)(time_s)
    firmware.disconnect(time_s)  # nothing waits any more
    sampled, sent, dropped = firmware.counts
    assert sampled == sent + dropped
    assert sent == decoded


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"samples_per_packet": 0}, "samples_per_packet 0: must be 1 or more"),
        ({"queue_packets": 0}, "queue_packets 0: must be 1 or more"),
        ({"mtu": 20}, "mtu 20: an ATT MTU is 23 to 517 bytes"),
        ({"counter_start": -1}, "counter_start -1, boot_id 1: must be 0 or more"),
        ({"battery_percent": 101}, "battery_percent 101: must be 0 to 100"),
        ({"reboots_s": (0.0,)}, r"reboots_s \(0\.0,\): a restart happens after 0 s"),
    ],
)
def test_senseless_settings_are_refused(change: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        FirmwareParams(**change)
