"""Messages to the page: what the engine found, as small JSON objects.

In: events. Out: :class:`Message`. Must not live here: sending, sentences beyond those that the core wrote, colours.

Every message has ``k``, its kind; those of a sensor have ``s``, its index; times are session time in seconds, angles
degrees. The page looks words up by the stable ids in it and falls back on the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sensor_pipeline.frames import DEG_PER_RAD
from sensor_pipeline.types import (
    BadPacket,
    BatteryLevel,
    Block,
    Cue,
    Event,
    Flag,
    Gap,
    HoldEnded,
    HoldStarted,
    Json,
    LinkChanged,
    MountingRefused,
    MountingSet,
    Rep,
    RepDone,
    RepRejected,
    RepStarted,
    SensorRestarted,
    Targets,
)

COUNTED_CUE: Final = "rep_counted"
"""The cue that is a number: it is heard, and it is no instruction to keep on the screen."""
LIST: Final = "+"
"""Beginning of a ``keep`` that adds to a list instead of taking the place of an earlier message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        body: what is sent, as JSON.
        keep: under which name it is kept for a page that comes later: the newest one of a name is; "" = not kept;
            a name that begins with :data:`LIST` keeps all of them.
        ends: names whose message is not true any more.
        disposable: whether a page that is too slow may miss it.
    """

    body: Mapping[str, Json]
    keep: str = ""
    ends: tuple[str, ...] = ()
    disposable: bool = False


@dataclass(frozen=True, slots=True)
class Age:
    """How old a session time was when its message left.

    Attributes:
        age_ms: so old, ms.
        at_ms: server's clock when it left, ms: the one that answers to pings carry.
    """

    age_ms: float
    at_ms: float

    def body(self) -> dict[str, Json]:
        """As the message carries it."""
        return {"age": round(self.age_ms, 1), "at": round(self.at_ms, 1)}


def of_event(event: Event, age: Age | None = None) -> Message | None:
    """The message of an event; None for rows (see :func:`frame`) and for what the page does not show.

    Args:
        event: from the engine.
        age: how old it is, None = not known.
    """
    head: dict[str, Json] = {"s": event.sensor, "t": round(event.time_s, 3)}
    if age is not None:
        head |= age.body()
    s = event.sensor
    match event:
        case Cue():
            keep = "" if event.cue == COUNTED_CUE else "cue"
            return Message({"k": "cue", **head, "cue": event.cue, "text": event.text, "value": event.value}, keep)
        case RepStarted():
            return Message({"k": "rep_started", **head, "rep": event.rep}, f"moving:{s}", (f"hold:{s}",))
        case HoldStarted():
            return Message({"k": "hold_started", **head, "since": round(event.since_s, 3)}, f"hold:{s}")
        case HoldEnded():
            return Message({"k": "hold_ended", **head, "hold_s": round(event.hold_s, 2)}, "", (f"hold:{s}",))
        case RepDone():
            return Message({"k": "rep", **head, "rep": rep_body(event.rep)}, f"{LIST}rep", (f"moving:{s}", f"hold:{s}"))
        case RepRejected():
            body = {
                "k": "rejected",
                **head,
                "start": round(event.start_s, 2),
                "peak_deg": round(event.peak_deg, 1),
                "reason": event.reason,
                "cause": event.cause,
            }
            return Message(body, "", (f"moving:{s}", f"hold:{s}"))
        case MountingSet():
            mounting = event.mounting
            body = {"k": "mounted", **head, "method": mounting.method, "tilt_only": mounting.tilt_only}
            return Message({**body, "zero_sd_deg": mounting.zero_sd_deg}, f"mounted:{s}", (f"refused:{s}",))
        case MountingRefused():
            body = {"k": "refused", **head, "reason": event.reason, "remedy": event.remedy}
            return Message(body, f"refused:{s}")
        case LinkChanged():
            ends = (f"moving:{s}", f"hold:{s}") if event.state == "lost" else ()
            return Message({"k": "link", **head, "state": event.state, "detail": event.detail}, f"link:{s}", ends)
        case BatteryLevel():
            return Message({"k": "battery", **head, "percent": event.percent}, f"battery:{s}")
        case Gap():
            return Message({"k": "gap", **head, "end": round(event.end_s, 3), "lost": event.lost}, f"{LIST}gap")
        case BadPacket():
            return Message({"k": "bad", **head, "reason": event.reason}, disposable=True)
        case SensorRestarted():
            return Message({"k": "restarted", **head, "reason": event.reason})
    return None


def frame(blocks: Sequence[Block], age: Age | None = None) -> Message:
    """All new rows of one sensor in one message.

    Args:
        blocks: in order, of one sensor, not empty.
        age: how old the last row is, None = not known.
    """
    last = blocks[-1]
    times: list[float] = []
    angles: list[float | None] = []
    for block in blocks:
        times += [round(time_s, 3) for time_s in block.samples.time_s.tolist()]
        known = block.angles.has_dorsiflexion.tolist()
        values = block.angles.dorsiflexion_rad.tolist()
        angles += [round(v * DEG_PER_RAD, 2) if k else None for v, k in zip(values, known, strict=True)]
    body: dict[str, Json] = {
        "k": "frame",
        "s": last.sensor,
        "t": times,
        "a": angles,
        "tilt": bool(last.samples.flags[-1] & Flag.TILT_ONLY),
        "turn": turning_deg_s(last),
    }
    if age is not None:
        body |= age.body()
    return Message(body, disposable=True)


def turning_deg_s(block: Block) -> float:
    """How fast the sensor turns in a block, mean size of its angular velocity, deg/s: 0 = as still as can be."""
    total = 0.0
    for x, y, z in block.samples.gyr_rad_s.tolist():
        total += (x * x + y * y + z * z) ** 0.5
    turn = total / max(len(block.samples), 1) * DEG_PER_RAD
    return round(turn, 2) if turn == turn and turn != float("inf") else 0.0


def rep_body(rep: Rep) -> dict[str, Json]:
    """What the page shows of a repetition."""
    return {
        "side": rep.side,
        "rep": rep.rep,
        "start_s": round(rep.start_s, 2),
        "end_s": round(rep.end_s, 2),
        "peak_s": round(rep.peak_s, 2),
        "peak_deg": round(rep.peak_deg, 1),
        "rom_deg": round(rep.rom_deg, 1),
        "descent_s": round(rep.descent_s, 1),
        "hold_s": round(rep.hold_s, 1),
        "ascent_s": round(rep.ascent_s, 1),
        "scored": rep.scored,
        "faults": list(rep.faults),
        "reason": rep.reason,
        "heel": rep.heel,
    }


def targets_body(targets: Targets) -> dict[str, Json]:
    """What the set asks for."""
    return {"angle_deg": targets.angle_deg, "hold_s": targets.hold_s, "reps": targets.reps}
