import csv
import io

import numpy as np
import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.export import export
from sensor_pipeline.cli.main import run
from sensor_pipeline.engine import SessionSetup
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.recording.recorder import SessionWriter
from sensor_pipeline.types import Flush, ImportedSamples, Input, SensorSetup


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    acc, gyr = np.tile([0.0, 0.0, G_M_S2], (300, 1)), np.zeros((300, 3))
    setup = SessionSetup(sensors=(SensorSetup("left", 100.0),))
    with SessionWriter.create(folder, setup, session_id="standing") as writer:
        writer.append(Input(0, 0, None, "start"))
        writer.append(ImportedSamples(1, 3_000_000_000, 0, np.arange(300) / 100.0, acc, gyr))
        writer.append(Flush(2, 3_000_000_000, None))
    return folder


def dorsi(*arguments, capsys):
    code = run([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_session_becomes_a_folder_beside_the_caller(library, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, _ = dorsi("export", "standing", "--to", "csv", "--library", library, capsys=capsys)
    assert code == 0
    assert [line.split("/")[-1].split("\\")[-1] for line in out.splitlines()] == [
        "samples.csv",
        "reps.csv",
        "units.json",
    ]
    assert sorted(path.name for path in (tmp_path / "standing-csv").iterdir()) == [
        "reps.csv",
        "samples.csv",
        "units.json",
    ]


def test_a_path_names_a_session_too(library, tmp_path, capsys):
    code, _, _ = dorsi("export", library / "standing", "--to", "csv", "--out", tmp_path / "out", capsys=capsys)
    assert (code, (tmp_path / "out" / "samples.csv").is_file()) == (0, True)


@pytest.mark.parametrize(("table", "rows"), [("samples", 300), ("reps", 0)])
def test_one_table_goes_to_standard_output_and_nothing_else(library, table, rows):
    arguments = ["standing", "--to", "csv", "--out", "-", "--table", table, "--library", str(library)]
    result = CliRunner().invoke(export, arguments)
    assert result.exit_code == 0
    assert len(list(csv.DictReader(io.StringIO(result.stdout)))) == rows
    assert result.stdout.startswith("side,")


def test_one_table_goes_to_a_file(library, tmp_path, capsys):
    target = tmp_path / "mine.csv"
    code, out, _ = dorsi("export", "standing", "--to", "csv", "--out", target, "--library", library, capsys=capsys)
    assert (code, out.strip()) == (0, str(target))
    assert target.read_text().startswith("side,time_s,acc_x")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


def test_nothing_is_overwritten_without_force(library, tmp_path, capsys):
    target = tmp_path / "mine.csv"
    target.write_text("mine")
    arguments = ("export", "standing", "--to", "csv", "--out", target, "--library", library)
    code, _, err = dorsi(*arguments, capsys=capsys)
    assert (code, "--force" in err, target.read_text()) == (2, True, "mine")
    assert dorsi(*arguments, "--force", capsys=capsys)[0] == 0
    assert target.read_text() != "mine"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["standing", "--to", "cvs"], "did you mean 'csv'"),
        (["standin_", "--to", "csv"], "no session 'standin_'"),
        (["standing", "--to", "csv", "--table", "reps"], "--table reps needs --out"),
        (["standing", "--to", "csv", "--table", "rep", "--out", "-"], "no such table"),
        (["standing"], "--to"),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(library, capsys, arguments, words):
    code, out, err = dorsi("export", *arguments, "--library", library, capsys=capsys)
    assert (code, out) == (2, "")
    assert words in err


def test_exported_samples_follow_the_edits_as_exported_repetitions_do(tmp_path):
    from sensor_pipeline.cli.demo import demo
    from sensor_pipeline.cli.edit import edit

    assert CliRunner().invoke(demo, ["--fast", "--reps", "2", "--library", str(tmp_path)]).exit_code == 0
    (folder,) = tmp_path.iterdir()
    assert CliRunner().invoke(edit, [str(folder), "delete", "1"]).exit_code == 0
    numbers = {}
    for name, options in (("edited", []), ("original", ["--original"])):
        out = CliRunner().invoke(export, [str(folder), "--to", "csv", "--out", "-", "--table", "samples", *options])
        assert out.exit_code == 0
        header, *rows = out.stdout.splitlines()
        column = header.split(",").index("rep")
        numbers[name] = {row.split(",")[column] for row in rows}
    assert numbers == {"edited": {"", "2"}, "original": {"", "1", "2"}}
