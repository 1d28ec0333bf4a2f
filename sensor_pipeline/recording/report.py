"""The one JSON object that show, replay and demo print, the summary inside it, and why it came out as it did.

In: a manifest and repetitions; events. Out: plain values. Must not live here: printing, files, thresholds.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Final

from sensor_pipeline.protocols.result import results_of
from sensor_pipeline.recording.dataclass_json import to_json
from sensor_pipeline.recording.manifest import Manifest, SensorEntry, SensorFound
from sensor_pipeline.recording.outcome import Outcome, SensorOutcome
from sensor_pipeline.types import (
    Event,
    Gap,
    Json,
    MountingRefused,
    MountingSet,
    Rep,
    RepDone,
    RepRejected,
    RepStarted,
    SensorSetup,
    Side,
)

EXPLAINED: Final[Mapping[type[Event], str]] = {
    RepStarted: "candidate",
    RepDone: "accepted",
    RepRejected: "rejected",
    MountingSet: "mounting",
    MountingRefused: "mounting refused",
    Gap: "gap",
}
"""The events that say why a session has the repetitions it has, and the word for each."""
NOTICES: Final = "notices"
"""Where :func:`notices` stand in a report, and in the summary of session.json."""
RESULTS: Final = "results"
"""Where :func:`results` stand in a report, and in the summary of session.json."""


def summarise(reps: Sequence[Rep]) -> dict[str, Json]:
    """Return the summary of repetitions: counts of all, angles of the scored ones (the others are not trusted).

    Returns:
        count, scored, best_deg, mean_deg, sd_deg (n - 1; null below two), mean_score, faults (id to number of
        repetitions),
        by_side (the same without by_side). Degrees are peak angles; null where no repetition is scored.
    """
    summary = _summarise(reps)
    sides = sorted({rep.side for rep in reps})
    summary["by_side"] = {side: _summarise([rep for rep in reps if rep.side == side]) for side in sides}
    return summary


def _summarise(reps: Sequence[Rep]) -> dict[str, Json]:
    scored = [rep for rep in reps if rep.scored]
    peaks = [rep.peak_deg for rep in scored]
    scores = [rep.score for rep in scored if rep.score is not None]
    faults: dict[str, Json] = {}
    for rep in reps:
        for fault in rep.faults:
            faults[fault] = faults.get(fault, 0) + 1
    return {
        "count": len(reps),
        "scored": len(scored),
        "best_deg": max(peaks) if peaks else None,
        "mean_deg": statistics.fmean(peaks) if peaks else None,
        "sd_deg": statistics.stdev(peaks) if len(peaks) > 1 else None,
        "mean_score": statistics.fmean(scores) if scores else None,
        "faults": dict(sorted(faults.items())),
    }


def with_outcome(manifest: Manifest, outcome: Outcome) -> Manifest:
    """Return the manifest with what its records led to: mountings, ledgers, identities, answers, summary with notices,
    duration; a guided set's results with it."""
    found = results(outcome.events, [sensor.side for sensor in outcome.sensors])
    return replace(
        manifest,
        sensors=tuple(
            SensorEntry(entry.setup, _found(entry.found, sensor))
            for entry, sensor in zip(manifest.sensors, outcome.sensors, strict=True)
        ),
        answers={**manifest.answers, **outcome.answers},
        summary={
            **summarise(outcome.reps),
            NOTICES: notices(outcome.events),
            **({RESULTS: found} if found else {}),
        },
        duration_s=outcome.duration_s,
    )


def _found(found: SensorFound, outcome: SensorOutcome) -> SensorFound:
    info = outcome.info
    battery = info.get("battery.percent")
    return replace(
        found,
        serial=_text(info.get("serial"), found.serial),
        firmware=_text(info.get("firmware"), found.firmware),
        battery_percent=float(battery) if isinstance(battery, int | float) else found.battery_percent,
        rows=outcome.rows,
        mountings=outcome.mountings,
        ledger=outcome.ledger,
    )


def _text(value: Json, otherwise: str | None) -> str | None:
    return otherwise if value is None else str(value)


def session_report(manifest: Manifest, reps: Sequence[Rep]) -> dict[str, Json]:
    """Return what ``--json`` prints of a session.

    Args:
        manifest: of the finished session, or ``with_outcome`` of a replay.
        reps: its repetitions, with edits applied where they are wanted.

    Returns:
        session, protocol, sensors (side, sensor, samples, lost_samples, gaps, bad_packets, mounting), duration_s, reps,
        summary, notices, results. ``lost_samples`` is null where a sensor cannot tell; ``mounting`` is the last one,
        null where none was found; ``notices`` are those of :func:`notices`, none where an earlier version made the
        session; ``results`` are those of :func:`results`.
    """
    return {
        "session": manifest.id,
        "protocol": manifest.protocol,
        "sensors": [_sensor_report(entry) for entry in manifest.sensors],
        "duration_s": manifest.duration_s,
        "reps": [to_json(rep, "rep") for rep in reps],
        "summary": summarise(reps),
        "notices": (manifest.summary or {}).get(NOTICES, []),
        "results": (manifest.summary or {}).get(RESULTS, {}),
    }


def results(events: Sequence[Event], sides: Sequence[Side]) -> dict[str, Json]:
    """Return what each leg's guided set came to: the numbers that may be called its result.

    A knee-to-wall session holds repetitions at nearer marks, where the wall sets the angle: its result is not the
    largest angle of its repetitions.

    Args:
        events: of a run of the engine.
        sides: the leg of each sensor.

    Returns:
        By leg the fields of :class:`~sensor_pipeline.protocols.result.SetResult`; only legs that have any.
    """
    return {sides[sensor]: to_json(found, "result") for sensor, found in results_of(events).items()}


def notices(events: Sequence[Event]) -> list[dict[str, Json]]:
    """Return what was said against the mountings and still stands at the end, in the order it was said.

    That is, of every sensor: what was refused after a mounting held (the strap slipped, the standing pose is another),
    and where none ever held, the last refusal. What was refused before the first one was resolved by it.

    Args:
        events: of a run of the engine.

    Returns:
        For each ``time_s`` (when it became known, session time), ``sensor`` (its index), ``reason`` and ``remedy``.
    """
    mounted = {event.sensor for event in events if isinstance(event, MountingSet)}
    held: set[int | None] = set()
    last: dict[int | None, int] = {}
    found: dict[int, MountingRefused] = {}
    for i, event in enumerate(events):
        if isinstance(event, MountingSet):
            held.add(event.sensor)
        elif isinstance(event, MountingRefused) and (event.sensor in held or event.sensor not in mounted):
            if event.sensor not in mounted:
                found.pop(last.get(event.sensor, -1), None)
                last[event.sensor] = i
            found[i] = event
    return [
        {"time_s": event.time_s, "sensor": event.sensor, "reason": event.reason, "remedy": event.remedy}
        for event in found.values()
    ]


def _sensor_report(entry: SensorEntry) -> dict[str, Json]:
    found = entry.found
    last = found.mountings[-1] if found.mountings else None
    return {
        "side": entry.setup.side,
        "sensor": found.spec_id,
        "samples": found.rows,
        "lost_samples": lost_samples(found),
        "gaps": sum(stream.gaps for stream in found.ledger),
        "bad_packets": sum(stream.bad_packets for stream in found.ledger),
        "mounting": None
        if last is None
        else {"method": last.method, "axis_sd_deg": last.axis_sd_deg, "zero_sd_deg": last.zero_sd_deg},
    }


def lost_samples(found: SensorFound) -> int | None:
    """Return the samples lost over all streams of a sensor, None where one of them cannot tell."""
    total = 0
    for stream in found.ledger:
        if stream.lost is None:
            return None
        total += stream.lost
    return total


def lost_is_least(found: SensorFound) -> bool:
    """Say whether more may have been lost than :func:`lost_samples` counts: a sensor or its link began anew."""
    return any(stream.lost is not None and stream.restarts > 0 for stream in found.ledger)


def explain(events: Sequence[Event], sensors: Sequence[SensorSetup]) -> list[dict[str, Json]]:
    """Return why a session has the repetitions it has: every candidate, its fate, mountings and gaps in time order.

    Args:
        events: of a run of the engine.
        sensors: of its setup.

    Returns:
        For each event ``time_s`` (when it became known, session time), ``side``, ``what`` (a word of ``EXPLAINED``) and
        the event's own fields; a nested mounting or repetition gives its fields.
    """
    rows = []
    for event in sorted((e for e in events if type(e) in EXPLAINED), key=lambda e: e.time_s):
        side = None if event.sensor is None else sensors[event.sensor].side
        row: dict[str, Json] = {"time_s": event.time_s, "side": side, "what": EXPLAINED[type(event)]}
        for item in fields(event):
            if item.name in _EVENT_FIELDS:
                continue
            value = to_json(getattr(event, item.name), item.name)
            row.update(
                {k: v for k, v in value.items() if k != "side"} if isinstance(value, dict) else {item.name: value}
            )
        rows.append(row)
    return rows


_EVENT_FIELDS: Final = frozenset(item.name for item in fields(Event))
