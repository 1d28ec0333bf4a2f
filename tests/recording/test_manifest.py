"""session.json: holds everything, is replaced in one step, and is read strictly."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.errors import FileError
from sensor_pipeline.recording.edits import Edit
from sensor_pipeline.recording.manifest import (
    FILE_NAME,
    Created,
    Manifest,
    SensorEntry,
    SensorFound,
    Stored,
    from_document,
    new_manifest,
    read_manifest,
    setup_of,
    to_document,
    write_manifest,
)
from sensor_pipeline.recording.software import software_versions
from sensor_pipeline.types import Mounting, SensorSetup, StreamLedger

SPEC = 'schema = 1\nid = "ünit"\n'
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def manifest(setup: SessionSetup) -> Manifest:
    second = SensorSetup(side="right", rate_hz=104.0, spec_text=SPEC)
    both = dataclasses.replace(setup, sensors=(*setup.sensors, second))
    created = Created("2026-11-20T18:04:12Z", 3600)
    return new_manifest("a-b", created, both, person="p1", simulated=False, software=software_versions())


def complete(manifest: Manifest) -> Manifest:
    found = SensorFound(
        spec_id=None,
        serial="\x1b[2J",
        battery_percent=71.0,
        rows=10,
        mountings=(Mounting("given", 0.5, IDENTITY, False, 1.25, None),),
        ledger=(StreamLedger("raw6", 10, None, 1, 0, 0, 1, 0, 0, 2.5, 103.9),),
    )
    return dataclasses.replace(
        manifest,
        state="complete",
        sensors=(SensorEntry(manifest.sensors[0].setup, found), manifest.sensors[1]),
        answers={"pain": 0, "side": None},
        summary={"count": 1},
        duration_s=12.5,
        stored=Stored(5, 1, 2, True),
        notes="Käthe",
        edits=(Edit("2026-11-21T00:00:00Z", "left", 1, "not_a_rep"),),
    )


def test_it_comes_back_equal(tmp_path: Path, manifest: Manifest) -> None:
    for value in (manifest, complete(manifest)):
        write_manifest(tmp_path, value)
        assert read_manifest(tmp_path) == value


def test_a_setup_comes_back_equal_with_every_parameter(tmp_path: Path, manifest: Manifest, setup: SessionSetup) -> None:
    write_manifest(tmp_path, manifest)
    restored = setup_of(read_manifest(tmp_path))
    assert restored.sensors[0] == setup.sensors[0]
    assert restored.params == setup.params
    assert (restored.protocol, restored.targets, restored.orientation) == (
        setup.protocol,
        setup.targets,
        setup.orientation,
    )


def test_the_manifest_has_a_place_for_everything_a_setup_says() -> None:
    held = {field.name for field in dataclasses.fields(Manifest)}
    assert {field.name for field in dataclasses.fields(SessionSetup)} <= held


def test_a_sensor_is_one_flat_object_with_its_spec_and_the_hash_of_it(manifest: Manifest) -> None:
    sensor = to_document(manifest)["sensors"][1]
    assert sensor["side"] == "right"
    assert sensor["spec_id"] == "ünit"
    assert sensor["spec_text"] == SPEC
    assert sensor["spec_sha256"] == hashlib.sha256(SPEC.encode()).hexdigest()
    assert {"serial", "firmware", "battery_percent", "mountings", "ledger"} <= set(sensor)


def test_names_of_setup_and_findings_never_meet() -> None:
    assert not {f.name for f in dataclasses.fields(SensorSetup)} & {f.name for f in dataclasses.fields(SensorFound)}


def test_the_file_is_plain_ascii_json(tmp_path: Path, manifest: Manifest) -> None:
    write_manifest(tmp_path, complete(manifest))
    text = (tmp_path / FILE_NAME).read_text("ascii")
    assert "\x1b" not in text
    document = json.loads(text)
    assert next(iter(document)) == "schema_version"
    assert document["schema_version"] == 1
    assert document["software"]["numpy"]


Change = Callable[[dict[str, object]], object]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.update(schema_version=2), "schema version 2, this program reads up to 1; update sensor_pipeline"),
        (lambda d: d.update(schema_version="1"), "schema_version: must be a whole number from 1"),
        (lambda d: d.update(schema_version=True), "schema_version: must be a whole number from 1"),
        (lambda d: d.pop("schema_version"), "schema_version: must be a whole number from 1"),
        (lambda d: d.update(state="lost"), 'state: must be one of recording, complete, is "lost"'),
        (lambda d: d.update(simulated="no"), 'simulated: must be true or false, is "no"'),
        (lambda d: d.update(colour=1), "colour: unknown key"),
        (lambda d: d.pop("person"), "person: missing"),
        (lambda d: d.update(sensors={}), "sensors: must be an array"),
        (lambda d: d.update(sensors=[1]), r"sensors\[0\]: must be an object"),
        (lambda d: d["sensors"][1].update(rate_hz="x"), r'sensors\[1\].rate_hz: must be a number, is "x"'),
        (lambda d: d["sensors"][0].update(side="both"), r"sensors\[0\].side: must be one of left, right"),
        (lambda d: d["sensors"][0].update(colour=1), r"sensors\[0\].colour: unknown key"),
        (lambda d: d["sensors"][0].update(mountings=[{}]), r"sensors\[0\].mountings\[0\].method: missing"),
        (lambda d: d["sensors"][1].update(spec_text="id = 2"), r"sensors\[1\].spec_text: does not match spec_sha256"),
        (lambda d: d["created"].update(utc=5), "created.utc: must be text, is 5"),
        (lambda d: d["targets"].update(reps=2.5), "targets.reps: must be a whole number, is 2.5"),
    ],
)
def test_what_does_not_fit_is_refused_with_file_and_place(
    tmp_path: Path, manifest: Manifest, change: Change, message: str
) -> None:
    document = to_document(manifest)
    change(document)
    (tmp_path / FILE_NAME).write_text(json.dumps(document))
    with pytest.raises(FileError, match=message) as caught:
        read_manifest(tmp_path)
    assert str(tmp_path / FILE_NAME) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.path == str(tmp_path / FILE_NAME)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"schema_version": 1}'])
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(FileError, match=FILE_NAME):
        read_manifest(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"session\.json: cannot read the file: No such file or directory"):
        read_manifest(tmp_path)


def test_truncated_at_any_position_it_is_refused_never_misread(tmp_path: Path, manifest: Manifest) -> None:
    write_manifest(tmp_path, manifest)
    whole = (tmp_path / FILE_NAME).read_bytes()
    for length in range(0, len(whole.rstrip()), 7):
        (tmp_path / FILE_NAME).write_bytes(whole[:length])
        with pytest.raises(FileError):
            read_manifest(tmp_path)


def test_parameters_of_another_version_are_named_or_reported(manifest: Manifest) -> None:
    unknown = dataclasses.replace(manifest, params={**manifest.params, "flux": {}})
    with pytest.raises(FileError, match=r"params\.flux: unknown key"):
        setup_of(unknown)
    fewer = {name: value for name, value in manifest.params.items() if name != "hold"}
    defaulted: list[str] = []
    setup_of(dataclasses.replace(manifest, params=fewer), defaulted)
    assert defaulted == ["params.hold"]


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path, manifest)
    before = (tmp_path / FILE_NAME).read_bytes()

    def no_fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_fsync)
    with pytest.raises(FileError, match="No space left on device"):
        write_manifest(tmp_path, complete(manifest))
    monkeypatch.undo()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told_in_one_line(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / f"{FILE_NAME}.tmp").symlink_to("/dev/full")
    with pytest.raises(FileError, match="No space left on device; free some disk space") as caught:
        write_manifest(tmp_path, manifest)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / FILE_NAME).exists()


def test_a_spec_that_is_no_toml_is_refused_before_anything_is_recorded(setup: SessionSetup) -> None:
    bad = dataclasses.replace(setup, sensors=(SensorSetup(side="left", rate_hz=1.0, spec_text="= ="),))
    with pytest.raises(FileError, match="spec is no TOML"):
        new_manifest("a", Created("", 0), bad, person=None, simulated=False, software={})


def test_a_document_must_be_an_object() -> None:
    with pytest.raises(FileError, match="must be one JSON object"):
        from_document([1])
