"""``dorsi protocol``: what it lists is what there is, what it shows is honest, what it checks is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_pipeline.cli import protocol_page
from sensor_pipeline.cli.protocol import protocol
from sensor_pipeline.errors import UserError
from sensor_pipeline.library.protocols import load_protocols, programme_ids, protocol_ids, protocols_folder

ROOT = Path(__file__).parents[2]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(protocol, [str(argument) for argument in arguments])


def test_list_shows_every_protocol_and_how_far_it_is_measured() -> None:
    result = run("list")
    assert result.exit_code == 0
    lines = {line.split()[0]: line for line in result.stdout.splitlines()[1:]}
    assert tuple(lines) == protocol_ids()
    assert "timer" in lines["ankle_circles"].split()
    listed = json.loads(run("list", "--json").stdout)["protocols"]
    assert [item["id"] for item in listed] == list(protocol_ids())
    assert {item["measured"] for item in listed} == {"full", "part", "timer", "none"}


def test_show_says_what_is_measured_what_is_not_and_the_source() -> None:
    text = run("show", "ktw_standing").stdout
    assert "  - not: whether the knee touched: it is asked" in text
    assert "source: posture blog article" in text
    assert "own choice: reps, hold, step" in text
    assert "sensor: BACK leg" in run("show", "soleus_lunge").stdout
    assert "no dose in the source" in run("show", "deep_squat").stdout
    found = json.loads(run("show", "gastroc_step", "--json").stdout)
    assert (found["dose"]["hold_s"], found["care"]["strains_achilles"]) == (30.0, True)


def test_show_refuses_an_unknown_one_by_name() -> None:
    result = run("show", "soleus")
    assert isinstance(result.exception, UserError)
    assert "did you mean 'soleus_lunge'" in str(result.exception)


def test_programmes_are_listed_and_shown_with_their_doses() -> None:
    assert tuple(line.split()[0] for line in run("programme", "list").stdout.splitlines()[1:]) == programme_ids()
    listed = json.loads(run("programme", "list", "--json").stdout)["programmes"]
    assert [item["id"] for item in listed] == list(programme_ids())
    text = run("programme", "show", "by_site").stdout
    assert "where it is felt at: calf" in text
    assert "daily if possible, at least weekly (article B)" in text
    assert json.loads(run("programme", "show", "standard", "--json").stdout)["items"][2]["part"] == "test"


def test_check_finds_every_file_of_ours_good(tmp_path: Path) -> None:
    files = [*protocols_folder().glob("*.toml"), *protocols_folder("programmes").glob("*.toml")]
    result = run("check", *files)
    assert result.exit_code == 0, result.stdout
    assert result.stdout.count(": good; ") == len(files)


def test_check_lists_every_problem_and_exits_1(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    text = (protocols_folder() / "ktw_standing.toml").read_text("utf-8")
    bad.write_text(text.replace("reps = 3", "reps = 0").replace("hold_s = 2.0", "hold_s = -1"), "utf-8")
    programme = tmp_path / "mine.toml"
    programme.write_text('schema = 1\n[[items]]\nprotocol = "ktw"\n', "utf-8")
    result = run("check", bad, programme, tmp_path / "nothing.toml")
    assert result.exit_code == 1
    assert "bad.toml: dose.reps: 0 is outside 1..200" in result.stdout
    assert "bad.toml: dose.hold_s: -1 is outside" in result.stdout
    assert "mine.toml: items[0].protocol: 'ktw' is no protocol" in result.stdout
    assert "no such file" in result.stdout
    found = json.loads(run("check", "--json", bad, programme).stdout)["files"]
    assert [(item["what"], item["id"], bool(item["problems"])) for item in found] == [
        ("protocol", None, True),
        ("programme", None, True),
    ]


def test_the_page_of_protocols_is_up_to_date() -> None:
    page = (ROOT / "docs/protocols.md").read_text("utf-8")
    assert page == protocol_page.markdown()


@pytest.mark.parametrize("name", protocol_ids())
def test_the_page_says_for_each_what_is_measured_what_is_not_and_the_source(name: str) -> None:
    one = load_protocols()[name]
    page = protocol_page.markdown()
    section = page[page.index(f"## {name}\n") :].partition("\n## ")[0]
    for text in (*one.measured.seen, *one.measured.unseen, *one.sources, *one.watch.look_for):
        assert text in section
