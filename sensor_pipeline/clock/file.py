"""The clock of imported samples: their session time is in the file.

In: rows with times. Out: :class:`~sensor_pipeline.clock.sensor.ClockOut`, a ledger. Must not live here: files, units,
host time.

The file's time column stamps every single sample, so the spacing is the difference of the stamps: there is nothing to
predict in between. A row with NaN or Inf is rejected and leaves a gap; so does a step of more than one and a half
periods. Gaps are filled or marked as for a live sensor. A row whose time does not rise is rejected and leaves no gap.
Every row of the file is decoded or rejected; ``lost`` counts the rows that the time column shows to be missing besides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sensor_pipeline.clock.account import Account
from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.clock.rows import BRIDGED, GAP_BEFORE, joined
from sensor_pipeline.clock.sensor import ClockOut
from sensor_pipeline.errors import FileError
from sensor_pipeline.types import Event, FloatArray, Gap, Samples, StalePacket, StreamLedger

STREAM = "file"
_STEP_IS_GAP = 1.5  # periods: nearer to two than to one


class Last(NamedTuple):
    """The newest row."""

    time_s: float
    acc_m_s2: FloatArray
    gyr_rad_s: FloatArray


class FileClock:
    """Clock of one imported sensor."""

    def __init__(self, sensor: int, period_s: float, params: ClockParams | None = None) -> None:
        """Start before the first row.

        Args:
            sensor: index of the sensor in its session, for events.
            period_s: sample period of the file, s: what a step of the time column is judged by.
            params: thresholds, None = the defaults.

        Raises:
            FileError: the period is no positive number.
        """
        if not 0.0 < period_s < float("inf"):
            raise FileError(f"the sample period is {period_s}; state the rate of the file, for example --rate 100")
        self._params = ClockParams() if params is None else params
        self._sensor = sensor
        self._period_s = period_s
        self._account = Account(STREAM, True)
        self._last: Last | None = None
        self._rejected_since = 0  # rows with NaN or Inf since the newest row
        self._backwards = False  # whether the row before did not rise: one event a run of such rows
        self._steps = 0
        self._steps_s = 0.0
        self._flushed = False

    @property
    def ledger(self) -> tuple[StreamLedger, ...]:
        """Where every row went."""
        return (self._account.ledger(self.measured_hz),)

    @property
    def measured_hz(self) -> float | None:
        """Mean rate of the rows outside gaps, None before the second row."""
        return self._steps / self._steps_s if self._steps else None

    def update(self, order: int, time_s: FloatArray, acc_m_s2: FloatArray, gyr_rad_s: FloatArray) -> ClockOut:
        """Place a block of rows; any split of the file gives the same rows bit for bit.

        Args:
            order: number of the record that brought them.
            time_s: (n,) session time, s.
            acc_m_s2: (n, 3) m/s^2, NaN where a value is missing.
            gyr_rad_s: (n, 3) rad/s, NaN where a value is missing.

        Raises:
            FileError: the arrays do not belong together.
        """
        n = len(time_s)
        if acc_m_s2.shape != (n, 3) or gyr_rad_s.shape != (n, 3):
            raise FileError(
                f"{n} times, acc {acc_m_s2.shape}, gyr {gyr_rad_s.shape}: each must have {n} rows of 3 values"
            )
        self._flushed = False
        finite = np.isfinite(time_s) & np.isfinite(acc_m_s2).all(axis=1) & np.isfinite(gyr_rad_s).all(axis=1)
        made: list[Samples] = []
        events: list[Event] = []
        start = 0
        while start < n:
            stop = start + self._plain(time_s[start:], finite[start:])
            if stop > start:
                made.append(self._take(time_s[start:stop], acc_m_s2[start:stop], gyr_rad_s[start:stop]))
            if stop < n:
                row = slice(stop, stop + 1)
                self._odd_row(order, bool(finite[stop]), time_s[row], acc_m_s2[row], gyr_rad_s[row], made, events)
            start = stop + 1
        return ClockOut(joined(made), tuple(events))

    def flush(self, order: int, host_s: float) -> ClockOut:
        """End: rejected rows at the end become a gap. Idempotent.

        Args:
            order: number of the record that ends the session.
            host_s: its time, s; nothing depends on it.
        """
        events: list[Event] = []
        if self._rejected_since and self._last is not None and not self._flushed:
            from_s = self._last.time_s + self._period_s
            to_s = from_s + self._rejected_since * self._period_s
            self._account.gaps += 1
            events.append(Gap(order, self._sensor, from_s, STREAM, to_s, 0, False))
        self._flushed = True
        return ClockOut(joined([]), tuple(events))

    def _plain(self, time_s: FloatArray, finite: np.ndarray) -> int:
        """How many rows from the first on follow the newest one and each other without anything missing."""
        if self._last is None or self._rejected_since or self._backwards:
            return 0
        with np.errstate(invalid="ignore"):  # inf - inf, in rows that are not finite anyway
            step_s = np.diff(time_s, prepend=self._last.time_s)
        good = finite & (step_s > 0.0) & (step_s <= _STEP_IS_GAP * self._period_s)
        return len(good) if good.all() else int(np.argmin(good))

    def _take(self, time_s: FloatArray, acc_m_s2: FloatArray, gyr_rad_s: FloatArray) -> Samples:
        last_s = time_s[0] if self._last is None else self._last.time_s
        dt_s = np.diff(time_s, prepend=last_s)
        self._steps += len(time_s)
        # step after step: the last bit of the sum must not depend on how the rows were cut into blocks
        self._steps_s = float(np.cumsum(np.concatenate(([self._steps_s], dt_s)))[-1])
        self._account.decoded += len(time_s)
        self._last = Last(float(time_s[-1]), acc_m_s2[-1], gyr_rad_s[-1])
        return Samples(time_s, dt_s, acc_m_s2, gyr_rad_s, np.zeros(len(time_s), dtype=np.uint16))

    def _odd_row(
        self,
        order: int,
        finite: bool,
        time_s: FloatArray,
        acc_m_s2: FloatArray,
        gyr_rad_s: FloatArray,
        made: list[Samples],
        events: list[Event],
    ) -> None:
        """One row that may be the first, lack values, not rise, or follow a gap."""
        account, last = self._account, self._last
        now_s = float(time_s[0])
        if not finite:
            account.rejected += 1
            self._rejected_since += 1
            return
        if last is not None and not now_s > last.time_s:
            account.rejected += 1
            account.stale_packets += 1
            if not self._backwards:
                reason = f"time {now_s:.9g} s does not rise after {last.time_s:.9g} s"
                events.append(StalePacket(order, self._sensor, last.time_s, STREAM, reason))
            self._backwards = True
            return
        self._backwards = False
        rejected, self._rejected_since = self._rejected_since, 0
        account.decoded += 1
        self._last = Last(now_s, acc_m_s2[0], gyr_rad_s[0])
        if last is None:
            flags = np.zeros(1, dtype=np.uint16)
            made.append(Samples(time_s, np.full(1, self._period_s), acc_m_s2, gyr_rad_s, flags))
            return
        span_s = now_s - last.time_s
        missing = max(round(span_s / self._period_s) - 1, rejected)
        if missing == 0:
            self._steps += 1
            self._steps_s += span_s
            made.append(Samples(time_s, np.full(1, span_s), acc_m_s2, gyr_rad_s, np.zeros(1, dtype=np.uint16)))
            return
        lost = missing - rejected
        account.lost += lost
        account.gaps += 1
        bridged = missing * self._period_s <= self._params.bridge_limit_s + 0.1 * self._period_s
        step_s = span_s / (missing + 1)
        from_s = last.time_s + (step_s if bridged else self._period_s)
        events.append(Gap(order, self._sensor, from_s, STREAM, now_s, lost, bridged))
        if bridged:
            account.bridged += missing
            made.append(_bridge(last, acc_m_s2[0], gyr_rad_s[0], missing, step_s))
        dt_s = step_s if bridged else self._period_s
        flags = np.full(1, GAP_BEFORE, dtype=np.uint16)
        made.append(Samples(time_s, np.full(1, dt_s), acc_m_s2, gyr_rad_s, flags))


def _bridge(last: Last, acc_m_s2: FloatArray, gyr_rad_s: FloatArray, missing: int, step_s: float) -> Samples:
    """Rows on the grid between two, linear."""
    count = np.arange(1.0, missing + 1.0)
    weight = (count / (missing + 1.0))[:, None]
    return Samples(
        last.time_s + count * step_s,
        np.full(missing, step_s),
        last.acc_m_s2 + weight * (acc_m_s2 - last.acc_m_s2),
        last.gyr_rad_s + weight * (gyr_rad_s - last.gyr_rad_s),
        np.full(missing, BRIDGED, dtype=np.uint16),
    )
