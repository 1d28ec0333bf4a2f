from __future__ import annotations

import re
from pathlib import Path

import pytest

from sensor_pipeline.devices import MAX_SPEC_BYTES
from sensor_pipeline.errors import FileError, SpecError, UserError
from sensor_pipeline.library import specs
from sensor_pipeline.library.specs import load_spec, read_spec_file, spec_ids, spec_text, specs_folder


def test_every_file_of_the_folder_is_a_spec_whose_id_is_its_name() -> None:
    ids = spec_ids()
    assert len(ids) >= 15
    assert ids == tuple(sorted(ids))
    assert [load_spec(spec_id).id for spec_id in ids] == list(ids)
    assert {path.stem for path in specs_folder().glob("*.toml")} == set(ids)


def test_the_text_of_a_spec_is_the_file() -> None:
    assert spec_text("shin-imu-v1") == (specs_folder() / "shin-imu-v1.toml").read_text(encoding="utf-8")
    assert load_spec("shin-imu-v1").text == spec_text("shin-imu-v1")


def test_an_unknown_id_is_refused_with_the_closest_one() -> None:
    with pytest.raises(UserError, match="no sensor spec 'movela-dot'; did you mean 'movella-dot'"):
        load_spec("movela-dot")
    with pytest.raises(UserError, match="'dorsi spec list' shows all"):
        load_spec("zzzzzz")


@pytest.mark.parametrize("spec_id", ["", ".", "..", "shin-imu-v1\x00", "SHIN-IMU-V1", "README"])
def test_an_id_is_looked_up_and_never_joined_to_a_path(spec_id: str) -> None:
    with pytest.raises(UserError, match="no sensor spec"):
        load_spec(spec_id)


def test_a_file_of_ones_own_is_loaded_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(spec_text("movella-dot").replace('id = "movella-dot"', 'id = "my-dot"'), encoding="utf-8")
    for given in (path, str(path)):
        spec = load_spec(given)
        assert (spec.id, spec.where) == ("my-dot", "mine.toml")


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.toml"
    path.write_bytes(b"#" * (MAX_SPEC_BYTES + 1))

    def no_reading(*_: object, **__: object) -> str:
        pytest.fail("the file was read")

    monkeypatch.setattr(Path, "read_text", no_reading)
    with pytest.raises(SpecError, match=f"huge.toml: {MAX_SPEC_BYTES + 1} bytes; a spec has at most {MAX_SPEC_BYTES}"):
        load_spec(path)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        load_spec(tmp_path / "nothing.toml")
    with pytest.raises(FileError, match="no such file"):
        load_spec(str(tmp_path) + "/")
    with pytest.raises(FileError):
        load_spec("a\x00b/c.toml")
    (tmp_path / "latin.toml").write_bytes(b"schema = 1 # \xe9")
    with pytest.raises(SpecError, match="not UTF-8 at byte 13"):
        read_spec_file(tmp_path / "latin.toml")


def test_an_installed_package_carries_its_specs_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "sensor_pipeline" / "library"
    room.mkdir(parents=True)
    monkeypatch.setattr(specs, "__file__", str(room / "specs.py"))
    with pytest.raises(FileError, match="install the package anew"):
        specs_folder()
    (tmp_path / "firmware_specs").mkdir()
    assert specs_folder() == (tmp_path / "firmware_specs").resolve()
    (tmp_path / "sensor_pipeline" / "firmware_specs").mkdir()
    assert specs_folder() == (tmp_path / "sensor_pipeline" / "firmware_specs").resolve()


def test_the_page_beside_the_specs_names_every_spec_and_every_key_in_use() -> None:
    page = (specs_folder() / "README.md").read_text(encoding="utf-8")
    table = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and line.count("|") == 6]
    assert sorted(table) == list(spec_ids())
    words = set(re.findall(r"\w+", page))
    for spec_id in spec_ids():
        bare = re.sub(r'"[^"]*"|#.*', "", re.sub(r"(?ms)^\[chars\].*?(?=^\[)", "", spec_text(spec_id)))
        keys = set(re.findall(r"(?m)(?:^|[{,])\s*(\w+)\s*=", bare))
        assert {"schema", "default_hz", "char"} <= keys
        assert keys <= words, f"{spec_id}: not on the page: {keys - words}"


def test_the_tables_of_the_page_are_the_layout_of_the_profile() -> None:
    page = (specs_folder() / "README.md").read_text(encoding="utf-8")
    spec = load_spec("shin-imu-v1")
    assert spec.info is not None
    for field in spec.info.fields:
        assert f"| {field.offset} | {field.type.name} | {field.name} |" in page
    (packet,) = spec.stream().packets
    for bits in (packet.counter, packet.time):
        assert bits is not None
        assert f"| {bits.offset} | {bits.type.name} |" in page
    assert f"{packet.samples.header} + {packet.samples.stride} n" in page
    for char in spec.chars.values():
        assert char.uuid[4:8] in page or char.uuid[4:8].upper() in page
