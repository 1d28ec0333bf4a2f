"""One device's sample period and phase, followed causally from its time stamps.

In: how many samples passed and the stamp. Out: the filtered stamp and the period. Must not live here: host time, wraps,
what to do about missing samples.

A two-state Kalman filter (phase, period). Stamps of 1 us, 1 ms or 8 ms go through the same equations: only the
measurement noise differs, and with it the memory (about 1 s, 2 s and 8 s). Method: R. E. Kalman 1960,
doi 10.1115/1.3662552, for a random walk of the period. When the gains have converged they are kept, which is the same
filter to four digits at a fifth of the time.
"""

from __future__ import annotations

_CONVERGED = 1e-4  # relative change of the period gain from one packet to the next: an angle cannot show it
_SHORTEST = 0.05  # of the nominal period: keeps a nonsensical stamp from making time stand still
_MIN_STAMPS = 3  # one to start, one to measure, one to confirm


class PeriodTracker:
    """Phase (s on the device's clock) and period (s) of one stream in one segment."""

    __slots__ = (
        "_drift",
        "_gain_period",
        "_gain_phase",
        "_noise",
        "_p00",
        "_p01",
        "_p11",
        "_settled_error",
        "_shortest_s",
        "_stamps",
        "_steady_count",
        "period_s",
        "phase_s",
        "settled",
    )

    def __init__(
        self, phase_s: float, period_s: float, noise_s: float, start_sd: float, drift: float, settled_error: float
    ) -> None:
        """Start at the first stamp.

        Args:
            phase_s: the first stamp, s.
            period_s: the best guess so far, s.
            noise_s: standard deviation of a stamp, s.
            start_sd: relative standard deviation of the guess.
            drift: relative random walk of the period, 1/sqrt(s).
            settled_error: relative standard error below which ``settled`` becomes True.
        """
        self.phase_s = phase_s
        self.period_s = period_s
        self.settled = False
        self._noise = noise_s * noise_s
        self._drift = drift * drift * period_s * period_s * period_s  # variance of the period a sample adds
        self._settled_error = settled_error
        self._shortest_s = _SHORTEST * period_s
        self._p00 = self._noise
        self._p01 = 0.0
        self._p11 = (start_sd * period_s) ** 2
        self._gain_phase = 0.0
        self._gain_period = 0.0
        self._steady_count = 0
        self._stamps = 1

    def is_steady(self, count: int) -> bool:
        """Whether a stamp ``count`` samples after the last one meets gains that have converged."""
        return count == self._steady_count

    def follow(
        self, count: int, stamps_s: list[float], low: float, high: float, extra_s: float
    ) -> tuple[list[float], list[float]]:
        """Take in stamps ``count`` samples apart, with steady gains, as :meth:`update` does one by one.

        Args:
            count: samples from each stamp to the next; :meth:`is_steady` holds for it.
            stamps_s: the stamps, s.
            low, high, extra_s: ends at the first stamp that is farther off than ``low`` or ``high`` periods (and
                ``extra_s`` beyond either).

        Returns:
            Phase and period, s, after each stamp taken in.
        """
        phase_s, period_s = self.phase_s, self.period_s
        gain_phase, gain_period = self._gain_phase, self._gain_period
        phases_s: list[float] = []
        periods_s: list[float] = []
        for stamp_s in stamps_s:
            step_s = count * period_s
            if not low * period_s - extra_s < stamp_s - phase_s - step_s < high * period_s + extra_s:
                break
            predicted_s = phase_s + step_s
            error_s = stamp_s - predicted_s
            phase_s = predicted_s + gain_phase * error_s
            period_s += gain_period * error_s
            phases_s.append(phase_s)
            periods_s.append(period_s)
        self.phase_s, self.period_s = phase_s, period_s
        return phases_s, periods_s

    def take(self, count: int, stamp_s: float, low: float, high: float, extra_s: float) -> bool:
        """Take in a stamp as :meth:`update` does, unless it is off.

        Args:
            count: samples since the stamp before.
            stamp_s: the stamp, s.
            low, high, extra_s: as in :meth:`follow`.

        Returns:
            False where it is farther off than that; the state is then as it was.
        """
        phase_s, period_s = self.phase_s, self.period_s
        step_s = count * period_s
        if not low * period_s - extra_s < stamp_s - phase_s - step_s < high * period_s + extra_s:
            return False
        if count != self._steady_count:
            self.update(count, stamp_s)
            return True
        predicted_s = phase_s + step_s
        error_s = stamp_s - predicted_s
        self.phase_s = predicted_s + self._gain_phase * error_s
        self.period_s = period_s + self._gain_period * error_s
        return True

    def update(self, count: int, stamp_s: float) -> None:
        """Take in the stamp of the sample ``count`` samples after the one stamped before, s."""
        predicted_s = self.phase_s + count * self.period_s
        error_s = stamp_s - predicted_s
        if count == self._steady_count:
            self.phase_s = predicted_s + self._gain_phase * error_s
            self.period_s += self._gain_period * error_s
            return
        p11 = self._p11 + count * self._drift
        p01 = self._p01 + count * p11
        p00 = self._p00 + count * (self._p01 + p01)
        total = p00 + self._noise
        gain_phase, gain_period = p00 / total, p01 / total
        self.phase_s = predicted_s + gain_phase * error_s
        self.period_s = max(self.period_s + gain_period * error_s, self._shortest_s)
        self._p00 = self._noise * gain_phase
        self._p01 = p01 * (1.0 - gain_phase)
        self._p11 = p11 - gain_period * p01
        self._stamps += 1
        if not self.settled:
            limit_s = self._settled_error * self.period_s
            self.settled = self._stamps >= _MIN_STAMPS and self._p11 < limit_s * limit_s
        else:
            converged = abs(gain_period - self._gain_period) < _CONVERGED * gain_period
            self._steady_count = count if converged else 0
        self._gain_phase, self._gain_period = gain_phase, gain_period
