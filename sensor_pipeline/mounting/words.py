"""What the person is told about the strap and the zero: refusals that more than one place of the stage could say.

In: numbers. Out: :class:`Refusal`. Must not live here: when to say it, and a pose's own refusals (``pose``).
"""

from __future__ import annotations

from sensor_pipeline.mounting.pose import Refusal
from sensor_pipeline.mounting.slip import Mark

UPRIGHT_REMEDY = "give an interval of standing still inside the recording: --upright START:END"
STAND_REMEDY = "stand tall, weight on both feet, and set the zero anew (re-zero); tighten the strap if it moved"
MOVED = "the sensor moved on the strap or you stand differently"


def never_stood(window_s: float) -> Refusal:
    """The stream ends before a standing pose."""
    return Refusal(
        "never_stood",
        f"too short: the stream ends without {window_s:g} s of standing still",
        f"stand tall, weight on both feet, and keep still for {window_s:g} s before the first movement",
    )


def never_upright(upright_s: tuple[float, float]) -> Refusal:
    """The stream ends before the stated upright interval does."""
    start, stop = upright_s
    return Refusal(
        "never_upright",
        f"the recording ends before the stated upright interval {start:g}:{stop:g} s does",
        UPRIGHT_REMEDY,
    )


def two_poses(off_deg: float, most_deg: float, *, begun: bool) -> Refusal:
    """Two standing poses differ; ``begun``: whether the set has begun, so that the first of them stays."""
    found = f"two standing poses differ by {off_deg:.1f} deg, at most {most_deg:g} deg is one zero"
    if begun:
        return Refusal("two_poses", f"{found}; the first stays", f"{MOVED}: {STAND_REMEDY}")
    remedy = f"{MOVED}: tighten the strap, stand tall and keep still"
    return Refusal("two_poses", f"{found}; the newer one counts", remedy)


def elsewhere(off_deg: float) -> Refusal:
    """The person stands elsewhere than where the zero was set."""
    return Refusal(
        "elsewhere",
        f"you stand {off_deg:.0f} deg from where the zero was set; the zero moves to where you stand, "
        "repetitions count from now on",
        "put the sensor on first, then stand still for the zero",
    )


def in_lunge(what: str, window_s: float) -> Refusal:
    """A pose was none of standing; ``what``: as a sentence begins; ``window_s``: length of a pose."""
    return Refusal(
        "in_lunge",
        f"{what} in a lunge, not standing: nothing counts until you have stood still",
        f"stand tall, keep still for {window_s:g} s, and set the zero anew (re-zero)",
    )


def strap_moved(mark: Mark, max_lean_deg: float) -> Refusal | None:
    """What a mark says against the strap, None where it says nothing."""
    match mark.kind:
        case "turned":
            reason = f"the shin leans over {mark.deg:.0f} deg away from forwards: its angle is not to be trusted"
            return Refusal(
                "turned", reason, f"the strap turned, or the knee went far inwards: put it back; {STAND_REMEDY}"
            )
        case "leans" | "moved":
            reason = (
                f"at rest the shin leans {mark.deg:.1f} deg from the zero, at most {max_lean_deg:g} deg is standing"
            )
            return Refusal(
                "slipped", reason, f"the sensor slipped on the strap or you stand differently: {STAND_REMEDY}"
            )
    return None
