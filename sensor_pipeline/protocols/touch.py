"""The knee-to-wall search: which distance is the furthest at which the knee still touches the wall.

In: the angle of a try, and whether the knee touched. Out: where the foot goes next. Must not live here: how it was
asked, what is said.
"""

from __future__ import annotations

import math
from typing import Literal

Next = Literal["back", "closer", "found"]


class TouchSearch:
    """The foot goes back while the knee touches; where the first try fails it goes closer until one touches.

    Only the furthest touching try is the range: at any distance short of it the wall, not the ankle, sets the angle.
    """

    def __init__(self, step_cm: float) -> None:
        """Args: how far the foot moves from try to try."""
        self._step_cm = step_cm
        self.closing = False  # a try has failed: the foot only goes closer
        self._touches: list[tuple[float, float]] = []  # offset from the start, cm; angle, deg
        self.offset_cm = 0.0

    @property
    def furthest(self) -> tuple[float, float] | None:
        """(offset from the start in cm, angle in degrees) of the furthest touch; None where there was none."""
        return self._touches[-1] if self._touches else None

    def answer(self, touched: bool, angle_deg: float) -> Next:
        """Take a try's answer.

        Args:
            touched: whether the knee touched the wall.
            angle_deg: the try's peak.

        Returns:
            back: the foot goes back; closer: it goes towards the wall; found: ``furthest`` is the furthest. The offset
            is that of the next try.
        """
        if touched:
            self._touches.append((self.offset_cm, angle_deg))
            if self.closing:
                return "found"
            self.offset_cm += self._step_cm
            return "back"
        self.closing = True
        self.offset_cm -= self._step_cm
        return "found" if self._touches else "closer"

    def by_angle_cm(self, shank_cm: float) -> tuple[float, float] | None:
        """How far the foot went back between the first and the furthest touch: by the steps, and by the angle, cm.

        At the wall the knee's place is the wall's: the distance changes by L cos(angle) d(angle), so by
        L (sin b - sin a) from a to b. None with fewer than two touches.
        """
        if len(self._touches) < 2:
            return None
        (first_cm, a), (last_cm, b) = self._touches[0], self._touches[-1]
        return last_cm - first_cm, shank_cm * (math.sin(math.radians(b)) - math.sin(math.radians(a)))
