"""Protocols and programmes on disk: by id from the package, by path from anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor_pipeline.errors import FileError, UserError
from sensor_pipeline.library import protocols
from sensor_pipeline.library.protocols import (
    load_programme,
    load_protocol,
    load_protocols,
    programme_ids,
    protocol_ids,
    protocol_text,
    protocols_folder,
    read_document,
)
from sensor_pipeline.protocols.document import MAX_BYTES


def test_every_file_is_a_protocol_whose_id_is_its_name() -> None:
    found = load_protocols()
    assert tuple(found) == protocol_ids() == tuple(sorted(protocol_ids()))
    assert [one.id for one in found.values()] == list(found)
    assert [load_programme(name, found).id for name in programme_ids()] == list(programme_ids())


def test_the_text_of_a_protocol_is_the_file() -> None:
    one = load_protocol("ktw_standing")
    assert one.text == protocol_text("ktw_standing") == read_document(protocols_folder() / "ktw_standing.toml")


def test_an_unknown_id_is_refused_with_the_closest_one() -> None:
    with pytest.raises(UserError, match="no protocol 'ktw_standin'; did you mean 'ktw_standing'"):
        load_protocol("ktw_standin")
    with pytest.raises(UserError, match="no programme 'zzz'; 'dorsi protocol programme list' shows all"):
        load_programme("zzz")


@pytest.mark.parametrize("name", ["", ".", "..", "ktw_standing\x00", "KTW_STANDING"])
def test_an_id_is_looked_up_and_never_joined_to_a_path(name: str) -> None:
    with pytest.raises(UserError, match="no protocol"):
        load_protocol(name)


def test_a_programme_of_ones_own_can_name_a_protocol_beside_it(tmp_path: Path) -> None:
    mine = protocol_text("release_calf").replace('id = "release_calf"', 'id = "my_roll"')
    (tmp_path / "my_roll.toml").write_text(mine, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    path = tmp_path / "evening.toml"
    path.write_text(
        'schema = 1\nid = "evening"\nname = "Evening"\nabout = "roll"\nwhen = "any"\nhow_often = "daily"\n'
        'sources = ["own"]\n[[items]]\nprotocol = "my_roll"\npart = "exercise"\n',
        encoding="utf-8",
    )
    assert load_protocol(tmp_path / "my_roll.toml").id == "my_roll"
    assert load_programme(str(path)).items[0].protocol == "my_roll"
    (tmp_path / "my_roll.toml").unlink()
    with pytest.raises(FileError, match=r"evening.toml: items\[0\].protocol: 'my_roll' is no protocol"):
        load_programme(path)


def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no such file"):
        load_protocol(tmp_path / "nothing.toml")
    with pytest.raises(FileError):
        load_protocol("a\x00b/c.toml")
    (tmp_path / "latin.toml").write_bytes(b"schema = 1 # \xe9")
    with pytest.raises(FileError, match="not UTF-8 at byte 13"):
        load_protocol(tmp_path / "latin.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(FileError, match=f"write at most {MAX_BYTES}"):
        load_protocol(tmp_path / "huge.toml")


def test_a_broken_installation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocols, "__file__", str(tmp_path / "sensor_pipeline" / "library" / "protocols.py"))
    with pytest.raises(FileError, match="install the package anew"):
        protocols_folder()
