"""session.json: everything about a session that is no row of a table.

In: a session's setup, what was found out, a folder. Out: a :class:`Manifest`; the file, written in one step. Must not
live here: tables, the journal, how a session is finished.

The file is written first, before any record, so that a folder explains itself from its first second on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from sensor_pipeline.errors import FileError
from sensor_pipeline.protocols.guidance import Guidance
from sensor_pipeline.recording.dataclass_json import from_json, parse_json, to_json
from sensor_pipeline.recording.edits import Edit
from sensor_pipeline.recording.files import read_bytes, write_atomically
from sensor_pipeline.recording.text import printable
from sensor_pipeline.types import Json, Mounting, SensorSetup, StreamLedger, Targets

if TYPE_CHECKING:
    from sensor_pipeline.engine import SessionSetup

SCHEMA_VERSION: Final = 1
"""Version of the whole session folder. It rises when an old program could read a new folder wrongly."""
FILE_NAME: Final = "session.json"
_MAX_BYTES: Final = 32 << 20
"""Longest session.json that is read: a real one has some tens of kB."""


@dataclass(frozen=True, slots=True)
class Created:
    """When a session began: wall-clock time in UTC (ISO 8601, ``...Z``) and what local clocks showed on top, s."""

    utc: str
    utc_offset_s: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the person said about the measurement; None = not said."""

    footwear: str | None = None
    strap_site: str | None = None
    back_foot: str | None = None
    warm_up: Literal["before", "after"] | None = None


@dataclass(frozen=True, slots=True)
class SensorFound:
    """What became known of a sensor: identity, mountings and where every sample went.

    Attributes:
        spec_id: id in its spec, None for imported samples.
        spec_sha256: hex SHA-256 of the spec text (UTF-8), None for imported samples.
        serial, firmware: as the sensor reported them, None = not reported.
        battery_percent: last reported level.
        rows: number of sample rows stored; 0 while recording.
        mountings: in order of their start.
        ledger: one for each stream; empty while recording.
    """

    spec_id: str | None = None
    spec_sha256: str | None = None
    serial: str | None = None
    firmware: str | None = None
    battery_percent: float | None = None
    rows: int = 0
    mountings: tuple[Mounting, ...] = ()
    ledger: tuple[StreamLedger, ...] = ()


@dataclass(frozen=True, slots=True)
class SensorEntry:
    """One sensor of a session: as it was set up, and what became known. One flat object in the file."""

    setup: SensorSetup
    found: SensorFound = SensorFound()


@dataclass(frozen=True, slots=True)
class Stored:
    """How much of the recording reached the session files.

    Attributes:
        records: records stored.
        damaged_spans: places in the journal that could not be read: what stood there is lost.
        torn_bytes: length of an unfinished record at the end of the journal; nothing acknowledged was lost there.
        recovered: the recording did not end by itself.
    """

    records: int
    damaged_spans: int = 0
    torn_bytes: int = 0
    recovered: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of session.json.

    Attributes:
        id: session id, the folder's name when it was made.
        created: when it began.
        state: recording (a journal holds the records) or complete.
        person: pseudonym, None = not said.
        simulated: True where no sensor was worn; such sessions never enter trends.
        visit: id shared by sessions made together.
        strap: id of one strapping; a new one when the sensor was strapped on again.
        conditions: footwear and the like.
        sensors: in the order that records refer to.
        protocol, targets, orientation, guidance: of the session's setup.
        params: every parameter of every stage, as JSON; :func:`setup_of` checks and types it.
        software: versions of this package and of what computes and stores.
        answers: what the person answered or typed, by question.
        summary: count, scored, best and so on; None while recording.
        duration_s: from the first to the last record; None while recording.
        stored: what reached the session files; None while recording.
        notes: free text.
        edits: corrections by a person, applied on reading.
        schema_version: of the folder.
    """

    id: str
    created: Created
    state: Literal["recording", "complete"]
    person: str | None
    simulated: bool
    sensors: tuple[SensorEntry, ...]
    protocol: str
    targets: Targets
    orientation: str
    params: Mapping[str, Json]
    software: Mapping[str, str]
    visit: str | None = None
    strap: str | None = None
    conditions: Conditions = Conditions()
    answers: Mapping[str, Json] = field(default_factory=dict)
    guidance: Guidance | None = None
    summary: Mapping[str, Json] | None = None
    duration_s: float | None = None
    stored: Stored | None = None
    notes: str = ""
    edits: tuple[Edit, ...] = ()
    schema_version: int = SCHEMA_VERSION


def new_manifest(
    session_id: str,
    created: Created,
    setup: SessionSetup,
    *,
    person: str | None,
    simulated: bool,
    software: Mapping[str, str],
    visit: str | None = None,
    strap: str | None = None,
    conditions: Conditions | None = None,
    notes: str = "",
) -> Manifest:
    """Return the manifest of a session that is about to record."""
    return Manifest(
        id=session_id,
        created=created,
        state="recording",
        person=person,
        simulated=simulated,
        sensors=tuple(SensorEntry(sensor, SensorFound(**_spec_identity(sensor.spec_text))) for sensor in setup.sensors),
        protocol=setup.protocol,
        targets=setup.targets,
        orientation=setup.orientation,
        params=to_json(setup.params, "params"),
        guidance=setup.guidance,
        software=dict(software),
        visit=visit,
        strap=strap,
        conditions=conditions or Conditions(),
        notes=notes,
    )


def _spec_identity(spec_text: str | None) -> dict[str, Any]:
    if spec_text is None:
        return {}
    import tomllib

    try:
        spec_id = tomllib.loads(spec_text).get("id")
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"the sensor's spec is no TOML: {error}; check it with 'dorsi spec check'") from error
    digest = hashlib.sha256(spec_text.encode()).hexdigest()
    return {"spec_id": spec_id if isinstance(spec_id, str) else None, "spec_sha256": digest}


def setup_of(manifest: Manifest, defaulted: list[str] | None = None) -> SessionSetup:
    """Return the setup a session was recorded with: what a replay needs.

    Args:
        manifest: of the session.
        defaulted: gets the dotted names of parameters that the file lacks and this version has a default for.

    Raises:
        FileError: a parameter is unknown to this version or of a wrong type.
    """
    from sensor_pipeline.engine import SessionSetup  # loads the filters: only where a setup is wanted

    params = from_json(typing.get_type_hints(SessionSetup)["params"], dict(manifest.params), "params", defaulted)
    return SessionSetup(
        sensors=tuple(entry.setup for entry in manifest.sensors),
        protocol=manifest.protocol,
        targets=manifest.targets,
        orientation=manifest.orientation,
        params=params,
        guidance=manifest.guidance,
    )


def to_document(manifest: Manifest) -> dict[str, Json]:
    """Return the manifest as the JSON object that session.json holds."""
    document: dict[str, Json] = {"schema_version": manifest.schema_version}
    for item in dataclasses.fields(manifest):
        document[item.name] = to_json(getattr(manifest, item.name), item.name) if item.name != "sensors" else None
    document["sensors"] = [
        {**to_json(entry.setup, f"sensors[{i}]"), **to_json(entry.found, f"sensors[{i}]")}
        for i, entry in enumerate(manifest.sensors)
    ]
    return document


def from_document(document: Json) -> Manifest:
    """Read the JSON object of a session.json.

    Raises:
        FileError: no object, of a newer schema, or a wrong, unknown or missing value; names its dotted place.
    """
    if not isinstance(document, dict):
        raise FileError("must be one JSON object")
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FileError("schema_version: must be a whole number from 1; this is no session.json")
    if version > SCHEMA_VERSION:
        raise FileError(f"schema version {version}, this program reads up to {SCHEMA_VERSION}; update sensor_pipeline")
    entries = document.get("sensors")
    if not isinstance(entries, list):
        raise FileError("sensors: must be an array")
    sensors = tuple(_read_sensor(entry, f"sensors[{i}]") for i, entry in enumerate(entries))
    return dataclasses.replace(from_json(Manifest, {**document, "sensors": []}), sensors=sensors)


def _read_sensor(entry: Json, place: str) -> SensorEntry:
    """Read the flat object of a sensor into the two dataclasses that it is made of."""
    if not isinstance(entry, dict):
        raise FileError(f"{place}: must be an object")
    found_names = {f.name for f in dataclasses.fields(SensorFound)}
    found = from_json(SensorFound, {key: value for key, value in entry.items() if key in found_names}, place)
    setup = from_json(SensorSetup, {key: value for key, value in entry.items() if key not in found_names}, place)
    _check_spec(setup.spec_text, found.spec_sha256, place)
    return SensorEntry(setup, found)


def _check_spec(text: str | None, digest: str | None, place: str) -> None:
    if text is not None and digest is not None and hashlib.sha256(text.encode()).hexdigest() != digest:
        raise FileError(f"{place}.spec_text: does not match spec_sha256; one of them was changed by hand")


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write session.json in one step: after a crash it is the old one or the new one.

    Raises:
        FileError: it cannot be written, or a value cannot be stored.
    """
    text = json.dumps(to_document(manifest), indent=1, ensure_ascii=True, allow_nan=False)
    write_atomically(folder / FILE_NAME, text.encode() + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """Read session.json of a session folder.

    Raises:
        FileError: missing, damaged, of a newer schema, or with a wrong, unknown or missing value.
    """
    path = folder / FILE_NAME
    try:
        return from_document(parse_json(read_bytes(path, _MAX_BYTES)))
    except FileError as error:
        shown = printable(str(path))
        message = str(error)
        raise FileError(message if message.startswith(shown) else f"{shown}: {message}", path=str(path)) from error
