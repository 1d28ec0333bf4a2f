"""Makes edits: checks one against the session, measures what it leads to, and appends it to session.json.

In: a session folder, what a person wants corrected. Out: session.json with one edit more. Must not live here: what an
edit does when it is read (:mod:`.edits`), the measuring (:mod:`.edit_measure`), command lines.

The tables are only read. session.json is replaced in one step; records.parquet is locked meanwhile, so that of two
programs that edit at once none loses the other's edit.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.recording.edit_manifest import SWAP, checked_value, corrected, field_named, with_other_sides
from sensor_pipeline.recording.edits import OTHER_SIDE, Edit, apply_edits, edited_by_number, in_effect
from sensor_pipeline.recording.manifest import Manifest, read_manifest, setup_of, write_manifest
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import HeelState, Rep, Side

if TYPE_CHECKING:
    from sensor_pipeline.recording.edit_measure import AngleTrack

_BUSY = "is being edited by another program; try again when it is done"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One edit of a session's history: its place in the list from 1, and whether it is in effect."""

    number: int
    edit: Edit
    in_effect: bool


class Editor:
    """Appends edits to one complete session. Every method writes session.json and returns the edit it made.

    A repetition is named by its number; ``side`` is needed only where both legs have one of that number. Every method
    raises a UserError where the session has no such repetition or the edit makes no sense, and a FileError where the
    session is not finished or damaged.

    Args:
        folder: of the session.
        now: gives the wall-clock time, UTC.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._now = now

    def delete(self, rep: int, side: Side | None = None, reason: str = "") -> Edit:
        """Take a repetition out: it was none."""
        with self._session() as session:
            side = session.named(rep, side).side
            return session.append(Edit(self._time(), side, rep, "not_a_rep", reason=reason))

    def leave_unscored(self, rep: int, side: Side | None = None, reason: str = "") -> Edit:
        """Keep a repetition in the count and out of best, mean and score."""
        with self._session() as session:
            side = session.named(rep, side).side
            return session.append(Edit(self._time(), side, rep, "not_scored", reason=reason))

    def set_heel(self, rep: int, heel: HeelState, side: Side | None = None, reason: str = "") -> Edit:
        """Say what was seen of the heel."""
        with self._session() as session:
            side = session.named(rep, side).side
            return session.append(Edit(self._time(), side, rep, "set_heel", heel=heel, reason=reason))

    def set_faults(self, rep: int, faults: Sequence[str], side: Side | None = None, reason: str = "") -> Edit:
        """Replace a repetition's faults."""
        with self._session() as session:
            side = session.named(rep, side).side
            return session.append(Edit(self._time(), side, rep, "set_faults", faults=tuple(faults), reason=reason))

    def add(self, start_s: float, end_s: float, side: Side | None = None, reason: str = "") -> Edit:
        """Count a repetition that was missed, in [start_s, end_s) of session time; it gets the next free number."""
        with self._session() as session:
            side = session.leg(side)
            number = session.next_number(side)
            measured = session.measure(side, number, start_s, end_s, "added", replaced=())
            return session.append(Edit(self._time(), side, number, "add", reason=reason, measured=(measured,)))

    def split(self, rep: int, at_s: float, side: Side | None = None, reason: str = "") -> Edit:
        """Make two repetitions of one; the second gets the next free number."""
        with self._session() as session:
            whole = session.named(rep, side)
            if not whole.start_s < at_s < whole.end_s:
                raise UserError(
                    f"split at {at_s:g} s: repetition {rep} lies from {whole.start_s:.2f} to {whole.end_s:.2f} s"
                )
            second = session.next_number(whole.side)
            first = session.measure(whole.side, rep, whole.start_s, at_s, "split", replaced=(whole,))
            rest = session.measure(whole.side, second, at_s, whole.end_s, f"split from {rep}", (whole,), (first,))
            edit = Edit(self._time(), whole.side, rep, "split", reason=reason, measured=(first, rest))
            return session.append(edit)

    def merge(self, rep: int, other: int, side: Side | None = None, reason: str = "") -> Edit:
        """Make one repetition of two that follow each other; it keeps the first one's number."""
        with self._session() as session:
            if rep == other:
                raise UserError(f"merge {rep} {other}: give two different repetitions")
            first = session.named(rep, side)
            second = session.named(other, first.side)
            if first.start_s > second.start_s:
                first, second = second, first
            between = [
                item.rep for item in session.reps_of(first.side) if first.start_s < item.start_s < second.start_s
            ]
            if between:
                raise UserError(f"merge {rep} {other}: repetition {between[0]} lies between them; merge that one first")
            what = f"merged with {second.rep}"
            merged = session.measure(first.side, first.rep, first.start_s, second.end_s, what, (first, second))
            edit = Edit(
                self._time(), first.side, first.rep, "merge", reason=reason, other=second.rep, measured=(merged,)
            )
            return session.append(edit)

    def retime(
        self,
        rep: int,
        start_s: float | None = None,
        end_s: float | None = None,
        side: Side | None = None,
        reason: str = "",
    ) -> Edit:
        """Move a repetition's onset, its offset or both (session time; None = as it is) and measure it anew."""
        with self._session() as session:
            old = session.named(rep, side)
            if start_s is None and end_s is None:
                raise UserError(f"retime {rep}: give a new start, a new end or both")
            start_s, end_s = old.start_s if start_s is None else start_s, old.end_s if end_s is None else end_s
            new = session.measure(old.side, rep, start_s, end_s, "re-timed", (old,))
            return session.append(Edit(self._time(), old.side, rep, "retime", reason=reason, measured=(new,)))

    def set(self, field: str, text: str, reason: str = "") -> Edit:
        """Correct what was said about the session: one of ``edit_manifest.FIELDS``; an empty text is "not said".

        A corrected side is computed anew: the records run through the engine with the sensor on the other leg.
        """
        with self._session() as session:
            name = field_named(field)
            value = checked_value(name, text)
            measured = session.other_side(str(value)) if name == "side" else ()
            edit = Edit(self._time(), None, None, "set", reason=reason, measured=measured, field=name, value=value)
            return session.append(edit)

    def undo(self, reason: str = "") -> Edit:
        """Take back the last edit that is in effect; the history keeps both.

        Returns:
            The edit that was taken back.
        """
        with self._session() as session:
            held = in_effect(session.manifest.edits)
            if not held:
                raise UserError("undo: the session has no edit in effect")
            session.append(Edit(self._time(), None, None, "undo", reason=reason))
            return held[-1]

    def log(self) -> tuple[LogLine, ...]:
        """Return every edit ever made, in order, undone ones and undos included; writes nothing."""
        edits = read_manifest(self._folder).edits
        stack: list[int] = []
        for i, edit in enumerate(edits):
            if edit.change != "undo":
                stack.append(i)
            elif stack:
                stack.pop()
        return tuple(LogLine(i + 1, edit, i in stack) for i, edit in enumerate(edits))

    def _time(self) -> str:
        return self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @contextlib.contextmanager
    def _session(self) -> Iterator[_OpenSession]:
        from sensor_pipeline.recording.files import file_error
        from sensor_pipeline.recording.lock import try_lock
        from sensor_pipeline.recording.tables import RECORDS_FILE

        shown = printable(str(self._folder))
        if read_manifest(self._folder).state != "complete":
            raise FileError(f"{shown}: not finished; run 'dorsi recover' first", str(self._folder))
        path = self._folder / RECORDS_FILE
        try:
            file = path.open("rb")
        except OSError as error:
            raise file_error(path, "read the file", error) from error
        with file:
            if not try_lock(file.fileno()):
                raise FileError(f"{shown}: {_BUSY}", str(self._folder))
            yield _OpenSession(self._folder, read_manifest(self._folder))


class _OpenSession:
    """A session while one edit is made: its repetitions as they are now, and the way to append to its edits."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        from sensor_pipeline.recording.tables import REPS_FILE, read_reps

        self._folder = folder
        self.manifest = manifest
        self._stored = read_reps(folder / REPS_FILE)
        self._reps = apply_edits(self._stored, manifest.edits)
        self._sides: tuple[Side, ...] = tuple(entry.setup.side for entry in corrected(manifest).sensors)

    def append(self, edit: Edit) -> Edit:
        """Write session.json with one edit more, after a trial that it can be read."""
        edits = (*self.manifest.edits, edit)
        manifest = dataclasses.replace(self.manifest, edits=edits)
        corrected(manifest)
        apply_edits(self._stored, edits)
        write_manifest(self._folder, manifest)
        return edit

    def reps_of(self, side: Side) -> list[Rep]:
        return [rep for rep in self._reps if rep.side == side]

    def named(self, number: int, side: Side | None) -> Rep:
        """The one repetition of that number."""
        found = [rep for rep in self._reps if rep.rep == number and side in (None, rep.side)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UserError(f"repetition {number}: both legs have one; say --side left or --side right")
        there = ", ".join(f"{rep.side} {rep.rep}" for rep in self._reps) or "none"
        raise UserError(f"no {f'{side} ' if side else ''}repetition {number}; there is {printable(there)}")

    def leg(self, side: Side | None) -> Side:
        if side is None and len(set(self._sides)) > 1:
            raise UserError("both legs wore a sensor; say --side left or --side right")
        if side is not None and side not in self._sides:
            raise UserError(f"--side {side}: the session has the {self._sides[0]} leg only")
        return self._sides[0] if side is None else side

    def next_number(self, side: Side) -> int:
        known = edited_by_number(self._stored, self.manifest.edits)
        return 1 + max((number for leg, number in known if leg == side), default=0)

    def measure(
        self,
        side: Side,
        number: int,
        start_s: float,
        end_s: float,
        what: str,
        replaced: Sequence[Rep],
        made: Sequence[Rep] = (),
    ) -> Rep:
        """Measure a new repetition beside those that stay: all but ``replaced``, and those ``made`` already."""
        from sensor_pipeline.recording.edit_measure import Rules, measure

        others = [*(rep for rep in self.reps_of(side) if rep not in replaced), *made]
        for rep in others:
            if start_s < rep.end_s and rep.start_s < end_s:
                raise UserError(
                    f"{start_s:g}:{end_s:g} overlaps repetition {rep.rep} ({rep.start_s:.2f} to {rep.end_s:.2f} s); "
                    "retime, merge or delete that one first"
                )
        earlier = [rep for rep in others if rep.end_s <= start_s]
        setup, index = setup_of(self.manifest), self._sides.index(side)
        params = setup.params
        rules = Rules(setup.sensors[index].rate_hz, setup.targets, params.reps, params.hold, params.lowpass)
        return measure(
            self._track(index, side),
            rules,
            number,
            start_s,
            end_s,
            what=what,
            before_s=max((rep.end_s for rep in earlier), default=float("-inf")),
            best_deg=max((rep.peak_deg for rep in earlier), default=None),
        )

    def _track(self, index: int, side: Side) -> AngleTrack:
        import numpy as np

        from sensor_pipeline.recording.columns import SAMPLES
        from sensor_pipeline.recording.edit_measure import AngleTrack
        from sensor_pipeline.recording.tables import SAMPLES_FILE, read_table

        table = read_table(self._folder / SAMPLES_FILE, SAMPLES)
        recorded = self.manifest.sensors[index].setup.side
        rows = table.filter(np.array(table["side"].to_pylist()) == recorded) if len(table) else table
        angle = rows["dorsiflexion_deg"]
        return AngleTrack(
            side=side,
            time_s=rows["time_s"].to_numpy(),
            dorsiflexion_deg=angle.fill_null(0.0).to_numpy().astype(np.float64),
            known=~angle.is_null().to_numpy(),
            flags=rows["flags"].to_numpy(),
            mounting_starts_s=tuple(item.start_s for item in self.manifest.sensors[index].found.mountings),
        )

    def other_side(self, wanted: str) -> tuple[Rep, ...]:
        """The repetitions of the session with its sensor on the other leg (both legs swapped)."""
        from sensor_pipeline.recording.replay import replay
        from sensor_pipeline.recording.tables import RECORDS_FILE, read_records

        if len(self._sides) == 1:
            if wanted == self._sides[0]:
                raise UserError(f"side: the sensor is on the {wanted} leg already")
            if wanted == SWAP:
                raise UserError(f"side: one sensor only; say {OTHER_SIDE[self._sides[0]]}")
        elif wanted != SWAP:
            raise UserError(f"side: a sensor on each leg; only '{SWAP}' makes sense")
        turned = with_other_sides(corrected(self.manifest))
        fresh = replay(read_records(self._folder / RECORDS_FILE), setup_of(turned)).reps
        if not _same_course(fresh, self._stored):
            raise UserError(
                "side: this version no longer finds the repetitions that are stored (see 'dorsi replay'); "
                "correct the side with the version that stored them"
            )
        return fresh


def _same_course(fresh: Sequence[Rep], stored: Sequence[Rep]) -> bool:
    """Say whether repetitions are the same ones but for the leg, which dorsiflexion does not depend on."""
    from sensor_pipeline.recording.expected import ANGLE_TOLERANCE_DEG

    return len(fresh) == len(stored) and all(
        a.rep == b.rep
        and abs(a.peak_deg - b.peak_deg) <= ANGLE_TOLERANCE_DEG
        and a.start_s < b.end_s
        and b.start_s < a.end_s
        for a, b in zip(fresh, stored, strict=True)
    )
