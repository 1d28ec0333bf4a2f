"""Device clock to session time, from arrivals alone.

In: device time of a packet's last sample and the packet's arrival. Out: session time of that sample. Must not live
here: counters, periods, rows.

A packet can be late, never early: the lower edge of (arrival - device time) is the path without waiting, whatever
stalls and retransmissions do above it. In the start the edge is the plain minimum; then the lower convex hull of the
last 120 s (Zhang, Liu, Xia, "Clock synchronization algorithms for network measurements", INFOCOM 2002; the same line as
the linear program of Moon, Skelly, Towsley, "Estimation and removal of clock skew from network delay measurements",
INFOCOM 1999): the hull edge below the middle of the window is the line below all arrivals with the least mean distance.
Session time contains the shortest path delay as a constant (about 5 ms), which arrivals alone cannot show.

A new line is approached at a bounded rate, so session time rises strictly and no value is ever revised.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable

import numpy as np

from sensor_pipeline.clock.params import ClockParams
from sensor_pipeline.types import FloatArray

Point = tuple[float, float]  # device time, s; arrival - device time, s

_REBUILD_EVERY = 30  # fits between two rebuilds of the hull without the points that left the window


class HostMap:
    """Offset line from device time to session time, for one segment of one stream.

    Attributes:
        slope: rate of session time against device time, minus 1.
        delay_s: how much later than the line the last packet arrived, s.
    """

    __slots__ = (
        "_base_s",
        "_best",
        "_best_residual_s",
        "_due_s",
        "_fits",
        "_hull",
        "_offset_s",
        "_params",
        "_points",
        "_rate",
        "_remainder_s",
        "_slewed_s",
        "_slope_after_s",
        "_slope_limit",
        "_start_s",
        "delay_s",
        "slope",
    )

    def __init__(self, device_s: float, host_s: float, ahead_s: float, stamped: bool, params: ClockParams) -> None:
        """Anchor at a segment's first packet.

        Args:
            device_s: device time of its last sample, s.
            host_s: its arrival, s of session time.
            ahead_s: how much later than ``host_s`` the map has to begin for session time to rise, s; worked off.
            stamped: True for a clock with time stamps (crystal), False where the sample index is the clock.
            params: thresholds.
        """
        self._params = params
        self._slope_limit = params.stamped_slope_limit if stamped else params.index_slope_limit
        self._slope_after_s = params.start_minimum_s if stamped else params.index_slope_after_s
        self._start_s = device_s
        self._base_s = device_s
        self._offset_s = host_s - device_s
        self.slope = 0.0
        self.delay_s = 0.0
        self._fits = 0
        self._points: deque[Point] = deque()
        self._hull: list[Point] = []
        self._best: Point = (device_s, host_s - device_s)
        self._best_residual_s = 0.0
        self._approach(ahead_s, params.slew_start, params.start_update_s)
        self._due_s = device_s + params.start_update_s

    def at(self, device_s: float) -> float:
        """Session time, s, of a device time, s, not before the one placed last."""
        run_s = device_s - self._base_s
        time_s = device_s + (self._offset_s + self.slope * run_s)
        if run_s < self._slewed_s:
            time_s += self._remainder_s - self._rate * run_s
        return time_s

    def late_s(self, device_s: float, host_s: float) -> float:
        """How much later than the line a packet arrived, s."""
        return host_s - device_s - self._offset_s - self.slope * (device_s - self._base_s)

    def shift(self, by_s: float, device_s: float) -> None:
        """Move the line and its points: samples were lost without a trace in device time, or that is taken back.

        Args:
            by_s: how far, s; positive at once, negative at a bounded rate, for session time must not fall.
            device_s: device time of the newest sample placed, s.
        """
        time_s = self.at(device_s)
        self._points = deque((x, y + by_s) for x, y in self._points)
        self._hull = [(x, y + by_s) for x, y in self._hull]
        self._best = (self._best[0], self._best[1] + by_s)
        self._offset_s += by_s + self.slope * (device_s - self._base_s)
        self._base_s = device_s
        remainder_s = max(time_s - (device_s + self._offset_s), 0.0)
        self._approach(remainder_s, self._params.slew_start, self._params.update_s)

    def place(self, device_s: float, host_s: float) -> float:
        """Session time of a sample, and then learn from its packet's arrival.

        Args:
            device_s: device time of the packet's last sample, s; rising.
            host_s: arrival of the packet, s of session time.

        Returns:
            Session time of that sample, s.
        """
        # at() and late_s() in one: every packet comes through here
        run_s = device_s - self._base_s
        line_s = self.slope * run_s
        time_s = device_s + (self._offset_s + line_s)
        if run_s < self._slewed_s:
            time_s += self._remainder_s - self._rate * run_s
        path_s = host_s - device_s
        self.delay_s = residual_s = path_s - self._offset_s - line_s
        if residual_s < self._best_residual_s:
            self._best_residual_s = residual_s
            self._best = (device_s, path_s)
        if device_s >= self._due_s:
            self._fit(device_s, time_s)
        return time_s

    def place_run(self, device_s: FloatArray, host_s: FloatArray) -> FloatArray:
        """Place samples one after the other as :meth:`place` does.

        Args:
            device_s: (k,) device times of packets' last samples, s; rising.
            host_s: (k,) arrivals of the packets, s of session time.

        Returns:
            (k,) session times of those samples, s.
        """
        place = self.place
        return np.array([place(at_s, by_s) for at_s, by_s in zip(device_s.tolist(), host_s.tolist(), strict=True)])

    def _fit(self, device_s: float, time_s: float) -> None:
        """Take in the lowest arrival since the last fit, find the line, begin to approach it."""
        params = self._params
        if self._best_residual_s < float("inf"):
            self._points.append(self._best)
            _extend_hull(self._hull, (self._best,))
        self._best_residual_s = float("inf")
        self._fits += 1
        if self._fits % _REBUILD_EVERY == 0:
            self._forget(device_s - params.hull_window_s)
        self.slope, self._offset_s = self._line(device_s)
        self._base_s = device_s
        starting = device_s - self._start_s < params.start_minimum_s
        step_s = params.start_update_s if starting else params.update_s
        self._approach(
            time_s - (device_s + self._offset_s), params.slew_start if starting else params.slew, params.update_s
        )
        self._due_s = device_s + step_s

    def _line(self, device_s: float) -> Point:
        """Slope of the lower edge, and its height at ``device_s``."""
        hull = self._hull
        slope = 0.0
        if device_s - self._start_s >= self._slope_after_s and len(hull) > 1:
            middle_s = 0.5 * (hull[0][0] + device_s)
            right = len(hull) - 1
            while right > 1 and hull[right - 1][0] > middle_s:
                right -= 1
            (x0, y0), (x1, y1) = hull[right - 1], hull[right]
            slope = min(max((y1 - y0) / (x1 - x0), -self._slope_limit), self._slope_limit)
        # The supporting line of that slope: the edge itself, or where the limit holds the lowest line that fits.
        height_s = math.inf
        for x, y in hull:
            at_s = y - slope * (x - device_s)
            if at_s < height_s:
                height_s = at_s
        return slope, height_s

    def _forget(self, before_s: float) -> None:
        points = self._points
        while len(points) > 1 and points[0][0] < before_s:
            points.popleft()
        self._hull = []
        _extend_hull(self._hull, points)

    def _approach(self, remainder_s: float, limit: float, over_s: float) -> None:
        """Work off ``remainder_s`` in ``over_s``, or longer where the rate limit asks for it."""
        self._remainder_s = remainder_s
        self._rate = min(max(remainder_s / over_s, -limit), limit)
        self._slewed_s = remainder_s / self._rate if self._rate != 0.0 else 0.0


def _extend_hull(hull: list[Point], points: Iterable[Point]) -> None:
    """Lower convex hull of points in rising order (A. M. Andrew 1979, doi 10.1016/0020-0190(79)90072-3)."""
    for point in points:
        x, y = point
        while len(hull) > 1:
            (x0, y0), (x1, y1) = hull[-2], hull[-1]
            if (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
                break
            hull.pop()
        hull.append(point)
