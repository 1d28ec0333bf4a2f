"""Thresholds of the repetition detector, as session.json records them.

In: nothing. Out: :class:`RepParams`. Must not live here: what is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RepParams:
    """Thresholds of the detector. Angles in degrees of the smoothed angle.

    Attributes:
        rise_deg: rise above the start level that opens a candidate; smaller = earlier, more false starts from sway
            (standing sway of the shin is about 1 deg, a shift of weight up to 6).
        min_rom_deg: smallest range of motion that counts: more than a shift of weight from one side to the other, 6 deg
            each way (own assumption), and less than half of a stiff ankle's 30 deg (Searle 2018).
        max_peak_deg: largest angle that a lunge reaches; beyond it the person kneels or sits down. 65 deg is 3.6
            standard deviations above the mean of 44.9 deg (Hall and Docherty 2017).
        min_start_deg: lowest start level. A lunge starts from standing, the zero; with a shift of weight and a strap
            that slipped by 8 deg it starts above -15. One that starts farther back comes up out of a lunge that leaned
            backwards: the strap has turned about the leg, or the zero was taken in a lunge.
        min_way_s: shortest way out or back, from 5 to 95 % of the range, s. A shin that swings forward in walking takes
            under 0.3 s even in slow strides of 1.4 s (own model); a minimum-jerk lunge of 1 s down takes 0.62 s.
        min_both_s: shortest way out and back together, s. A leg that swings like a pendulum once a second takes 0.71 s.
        lead_s: how long before a candidate opens its start level may lie, s: who has stood farther forward than the
            lowest angle for this long starts from there. The longest way down that an exercise asks for: 5 s (eccentric
            calf drops); a slower one loses at most what it rises before that.
        rest_s: standing still (``still_deg_s``) for this long arms the detector. Longer than the turn of a swinging leg
            (under 0.1 s), short enough for somebody who steps up to the wall and begins (own choice).
        edge: onset and offset level as a part of the range of motion. By definition, 5 %.
        valley: how far the angle must come back, as a part of the range of motion, before a new rise starts a new
            repetition; less than that is a dip within the same one.
        rerise_deg: rise from the lowest point on the way back that starts the next repetition.
        returned: part of the range of motion that must be undone before standing still ends the repetition.
        still_deg_s, still_s: standing still after a return: speed in deg/s and how long in s.
        hole_s: rows farther apart than this, s, end an open candidate at the last row before the hole, with the reason
            "gap": what the leg did meanwhile is not known, and two repetitions may have become one.
        longest_s: a candidate open for longer is rejected, s; bounds the memory. Three times the longest hold in a
            lunge, 30 s, and half as long again as a calf stretch of 60 s. Up to then a long stay is a hold: neither the
            angle nor the time tells kneeling at 50 to 60 deg from a deep lunge.
    """

    rise_deg: float = 8.0
    min_rom_deg: float = 13.0
    max_peak_deg: float = 65.0
    min_start_deg: float = -15.0
    min_way_s: float = 0.3
    min_both_s: float = 0.8
    lead_s: float = 5.0
    rest_s: float = 0.3
    edge: float = 0.05
    valley: float = 0.5
    rerise_deg: float = 6.0
    returned: float = 0.7
    still_deg_s: float = 5.0
    still_s: float = 1.0
    hole_s: float = 1.0
    longest_s: float = 90.0
