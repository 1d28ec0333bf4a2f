"""Every threshold of the clock room, with its unit, meaning and source.

In: nothing. Out: :class:`ClockParams`. Must not live here: anything that computes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockParams:
    """Thresholds of the clock. "Simulated" means: chosen with ``sensor_pipeline.lab.clock_accuracy``.

    Gaps
        bridge_limit_s: longest run of missing samples that is filled, s. Larger: fewer restarts of the orientation
            filter, larger angle error inside the fill (0.15 deg at 0.3 s, 1 deg at 0.6 s, at peak velocity of a lunge).
    Two streams
        pairing_wait_s: how long gyroscope rows wait for an overdue accelerometer packet, s of host time. Larger: fewer
            rows lost, later rows.
        pairing_buffer_s: how much of each stream is kept for pairing at most, s. Bounds memory.
        pairing_same: two samples taken within this fraction of a period count as taken together: rounded stamps.
    Period and phase, streams with time stamps
        period_start_sd: how far the nominal period may be off, relative standard deviation. MEMS output data rates are
            specified to a few percent; one LSM6DSOX ran at -6.6 %.
        period_drift: relative random walk of the period in one second, 1/sqrt(s). About 0.02 %/K (LSM6 family) while
            the sensor warms by 10 K on the skin in minutes. Larger: shorter memory, noisier spacing.
        stamp_jitter_s: standard deviation of a stamp apart from its quantisation, s: interrupt latency of firmware.
        send_jitter_s: the same for stamps made when the packet was handed to the radio, s: task scheduling.
        settled_error: the rate is settled when the relative standard error of the period is below this. 0.001 is
            0.04 deg in a 40 deg movement, below the noise of any of these sensors.
        phase_slew: a row's spacing may differ from the period by this fraction while a phase error is worked off.
    Device clock to host clock
        start_minimum_s: length of the start, during which the offset is the plain minimum of arrival - device time, s.
        start_update_s, update_s: the offset line is fitted anew after this much device time, s: in the start, later.
        hull_window_s: arrivals the lower hull looks back on, s. Larger: less noise, slower to follow temperature.
        stamped_slope_limit: largest rate error of a stamped device clock, relative: crystals, 200 ppm with margin.
        index_slope_limit: the same where the sample index is the clock, relative: MEMS output data rates, 10 %.
        index_slope_after_s: where the sample index is the clock, its rate is fitted from this span on, s.
        slew_start, slew: session time approaches a new offset at this rate at most, s/s: in the start, later.
    No clock on the wire
        settle_s: rows are flagged rate_unsettled for this long after a segment's start, s.
        hole_s, hole_packets: a silence between two arrivals is examined when it exceeds both, s and packet lengths.
        hole_before_s: the earliest arrival before a hole is looked for in this much time, and half of it at least, s.
        hole_decide_s, hole_progress_s: a backlog is drained when packets caught up by less than hole_progress_s in
            hole_decide_s; what is missing then is lost. A link that is nearly full drains 0.1 s a second (simulated).
        hole_loss_packets: smallest loss that is believed, packet lengths: below it lies the jitter of arrivals.
    Restarts
        restart_packets: this many packets that follow each other but not the stream mean that the sensor restarted.
        hold_span_s: held packets follow each other when at most this much is missing between them, s.
        repeat_memory: how many recent packets are kept to recognise exact repeats.
        silence_limit_s: longest silence of a living link, s (supervision timeout, Apple's guidelines: 6 s). After a
            longer one a counter or stamp that may have wrapped unseen is not trusted: a new segment.
        future_margin_s: a packet may claim to be this much younger than the host's clock allows, s; else held.
        agree_samples, agree_fraction: counter and stamp agree when they differ by fewer samples than the sum of
            agree_samples and agree_fraction times the jump.
    """

    bridge_limit_s: float = 0.300
    pairing_wait_s: float = 0.200
    pairing_buffer_s: float = 10.0
    pairing_same: float = 0.01
    period_start_sd: float = 0.05
    period_drift: float = 2e-5
    stamp_jitter_s: float = 50e-6
    send_jitter_s: float = 5e-3
    settled_error: float = 1e-3
    phase_slew: float = 0.5
    start_minimum_s: float = 10.0
    start_update_s: float = 0.25
    update_s: float = 1.0
    hull_window_s: float = 120.0
    stamped_slope_limit: float = 200e-6
    index_slope_limit: float = 0.10
    index_slope_after_s: float = 2.0
    slew_start: float = 0.5
    slew: float = 0.005
    settle_s: float = 10.0
    hole_s: float = 0.15
    hole_packets: float = 3.0
    hole_before_s: float = 1.0
    hole_decide_s: float = 3.0
    hole_progress_s: float = 0.010
    hole_loss_packets: float = 2.0
    restart_packets: int = 3
    hold_span_s: float = 1.0
    repeat_memory: int = 16
    silence_limit_s: float = 6.0
    future_margin_s: float = 0.5
    agree_samples: float = 2.0
    agree_fraction: float = 0.02
