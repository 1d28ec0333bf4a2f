"""What the guide says, in English, where a protocol has no words of its own.

In: nothing. Out: texts. Must not live here: when they are said.
"""

from __future__ import annotations

from typing import Final

from sensor_pipeline.protocols.protocol import SensorLeg

MOUNT: Final[dict[SensorLeg, str]] = {
    "front": "Strap the sensor to the shin of the front leg.",
    "back": "Strap the sensor to the shin of the BACK leg.",
    "stance": "Strap the sensor to the shin of the leg you stand on.",
    "tested": "Strap the sensor to the shin.",
    "either": "The sensor may stay where it is: it cannot see this one.",
    "none": "No sensor is needed.",
}
ASK_SAFETY: Final = "The safety questions come first."
BEGIN: Final = "Zero taken."
MOVE: Final = "Move as shown, heel on the floor."
MOVE_FREELY: Final = "Only as far as it is free, heel on the floor."
BACK: Final = "Come back slowly."
REST: Final = "Rest, then the next one."
REST_FREELY: Final = "Rest as long as you like."
ASK_TOUCH: Final = (
    "Did the knee touch the wall? If it did: foot back {step:g} cm, and lunge again. If it did not: stand still."
)
ASK_TOUCH_CLOSER: Final = (
    "Did the knee touch the wall? If it did: stay there, and lunge again. If it did not: stand still."
)
NO_TOUCH: Final = "The knee does not touch the wall here: no range today."
ASK_SHANK: Final = "Once: how long is the shank, from the ankle bone to the knee, in cm? Without it nothing is checked."
ASK_DISTANCE: Final = "Type the distance of big toe and wall when you can; until then it is counted from here."
FOOT_BACK: Final = "Touched. Foot {step:g} cm back, and lunge again."
WENT_ON: Final = "You went on: the last one counts as touched."
FOOT_CLOSER: Final = "Not touched. Foot {step:g} cm closer to the wall, and lunge again."
FOUND: Final = "That was the furthest. Foot to the furthest mark that touched{where}, and lunge again."
FOUND_HERE: Final = "That is the furthest{where}. Stay there, and lunge again."
NOT_REACHED: Final = "it stopped short of the furthest touch, so the knee did not reach the wall"
TIMER_NOTE: Final = "By the clock: the sensor cannot see it."
CHANGE_LEG: Final = "Now the other leg."
AGAIN: Final = "Try again: {reason}."
GIVEN_UP: Final = "This try stays empty: {reason}."

REASONS: Final = {
    "gap": "data were lost on the way",
    "clipped": "it went beyond the sensor's range",
    "slipped": "the strap moved",
    "ended": "the session ended in it",
    "heel_lift": "the heel may have lifted",
    "hold_short": "the hold was too short",
    "hold_unsteady": "the hold was not still",
    "incomplete_return": "it did not come all the way back",
    "too_fast": "it was too fast",
    "shin_tilts_in": "the knee went inwards",
    "shin_rotates": "the shin turned",
    "jerky": "it was jerky",
    "short_of_target": "it stopped short of the target",
}
"""Why a try does not count: reasons and faults of a repetition, in the words said to the person."""

CUES: Final = {
    "ask_safety": "the safety questions are waited for",
    "barred": "the safety answers take this protocol out; nothing more is said",
    "safety": "what to mind after the safety answers",
    "mount": "where the sensor goes",
    "stand": "stand still for the zero",
    "stand_again": "the standing pose was refused, and why",
    "mounting_doubt": "the strap may have moved: a new zero is needed",
    "descend": "the zero is taken: move",
    "direction": "which direction; value: its number",
    "hold": "the hold has begun; value: seconds asked for",
    "hold_tick": "value: seconds left",
    "hold_done": "the hold is done: come back; value: its seconds",
    "rep_counted": "value: how many counted",
    "target_reached": "value: the target, degrees",
    "best": "larger than all before in this set; value: degrees",
    "rest": "rest before the next one; value: seconds, where the clock decides",
    "not_counted": "no repetition, or an interrupted one, and why",
    "try_again": "the try does not count, and why; value: the slot that is repeated",
    "slot_empty": "the slot was tried too often and stays empty",
    "ask_touch": "did the knee touch: lunge again = yes, stand still = no",
    "foot_back": "it touched; value: cm behind the start mark of the next try",
    "foot_closer": "it did not touch; value: cm behind the start mark of the next try, negative = closer",
    "furthest": "the furthest touch was found; value: cm",
    "no_touch": "the knee touches nowhere: no range",
    "ask_shank": "type the shank length",
    "ask_distance": "type the distance of toe and wall",
    "noted": "a typed length was taken; value: cm",
    "not_noted": "a typed length makes no sense",
    "distance_check": "value: cm the foot went back, by the angle",
    "result_best": "best of the tries that count; value: degrees",
    "result_mean": "mean of all slots; value: degrees",
    "ready": "get into position; value: seconds until it starts",
    "go": "the timer runs; value: its seconds",
    "paced": "by the clock, not seen; value: how many",
    "shortened": "the person went on early; value: how many were done",
    "set_done": "this leg's set is done; value: how many counted",
    "change_leg": "the other leg",
    "paused": "nothing is said and nothing counts until it goes on",
    "resumed": "it goes on",
    "next_try": "what was under way does not count",
    "hurts_stop": "the set and all prompting have ended",
}
"""Every cue of the guide by its stable id, and what its value is; a fault's cue has the fault's id."""
