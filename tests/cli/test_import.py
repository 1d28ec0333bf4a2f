import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from sensor_pipeline.cli.import_ import import_, parse_upright
from sensor_pipeline.cli.main import run
from sensor_pipeline.errors import UserError
from sensor_pipeline.frames import G_M_S2
from sensor_pipeline.library.session import load_session

HEADER = "time_s,acc_x,acc_y,acc_z,gyr_x (rad/s),gyr_y (rad/s),gyr_z (rad/s)"


@pytest.fixture
def file(tmp_path):
    """Twelve seconds of standing still."""
    chance = np.random.default_rng(5)
    acc = np.array([0.0, 0.0, G_M_S2]) + 0.02 * chance.standard_normal((1200, 3))
    rows = np.column_stack([np.arange(1200) / 100.0, acc, 0.002 * chance.standard_normal((1200, 3))])
    path = tmp_path / "still.csv"
    path.write_text("\n".join([HEADER, *(",".join(repr(float(v)) for v in row) for row in rows)]))
    return path


def dorsi(*arguments, capsys):
    code = run([str(argument) for argument in arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_it_prints_the_id_and_says_what_was_assumed(file, tmp_path):
    result = CliRunner().invoke(import_, [str(file), "--side", "left", "--library", str(tmp_path / "lib")])
    assert result.exit_code == 0, result.output
    session = load_session(result.stdout.strip(), tmp_path / "lib")
    assert session.meta.sensors[0].setup.side == "left"
    for part in (
        "time_s",
        "100 Hz",
        "accelerometer in m/s2 (found",
        "gyroscope in rad/s (stated by the file); cannot check",
    ):
        assert part in result.stderr


def test_json_gives_the_id_and_the_path(file, tmp_path):
    arguments = [str(file), "--side", "right", "--library", str(tmp_path / "lib"), "--json"]
    result = CliRunner().invoke(import_, arguments)
    found = json.loads(result.stdout)
    assert sorted(found) == ["path", "session"]
    assert Path(found["path"]).name == found["session"]
    assert load_session(found["path"]).meta.state == "complete"


def test_every_option_reaches_the_session(file, tmp_path, capsys):
    stated = "--protocol ktw_standing --rate 50 --acc-unit m/s2 --gyr-unit rad/s --upright 1:4.5 --mounting +x,+y,+z"
    arguments = [*stated.split(), "--columns", "acc_x=acc_y,acc_y=acc_x", "--person", "p7"]
    code, out, _ = dorsi("import", file, "--side", "left", "--library", tmp_path / "lib", *arguments, capsys=capsys)
    assert code == 0
    meta = load_session(out.strip(), tmp_path / "lib").meta
    setup = meta.sensors[0].setup
    assert (setup.rate_hz, setup.upright_s, setup.mounting_axes) == (50.0, (1.0, 4.5), "+x,+y,+z")
    assert (meta.person, meta.protocol) == ("p7", "ktw_standing")


def test_a_named_time_column_is_used(file, tmp_path, capsys):
    file.write_text(file.read_text().replace("time_s", "clock"))
    arguments = ("import", file, "--side", "left", "--library", tmp_path / "lib")
    code, _, err = dorsi(*arguments, capsys=capsys)
    assert (code, "no time column found" in err) == (2, True)
    assert dorsi(*arguments, "--time", "clock", capsys=capsys)[0] == 0


def test_rows_that_were_lost_give_exit_code_3_and_still_a_session(file, tmp_path, capsys):
    lines = file.read_text().splitlines()
    lines[500] = lines[500].partition(",")[0] + ",,,,,,"
    file.write_text("\n".join(lines))
    code, out, err = dorsi("import", file, "--side", "left", "--library", tmp_path / "lib", capsys=capsys)
    assert code == 3
    assert "loss: 1 rows with a missing value were not used" in err
    assert load_session(out.strip(), tmp_path / "lib").meta.state == "complete"


@pytest.mark.parametrize(
    ("change", "arguments", "code", "words"),
    [
        (("", ""), ["--acc-unit", "g"], 2, "use --acc-unit m/s2"),
        (("", ""), ["--rate", "50", "--time", "time_s"], 2, "exclude each other"),
        (("", ""), ["--rate", "0"], 2, "must be from 5 to 2000 Hz"),
        (("", ""), ["--upright", "5"], 2, "write START:END"),
        (("", ""), ["--upright", "5:500"], 2, "must rise and lie inside"),
        (("", ""), ["--mounting", "+x,+y,-z"], 2, "right-handed"),
        (("", ""), ["--columns", "acc=acc_x"], 2, "did you mean acc_"),
        (("acc_z", "foo"), [], 2, "no column found for acc_z"),
        ((" (rad/s)", ""), [], 2, "the gyroscope's unit is not stated"),
        (("\n0.05,", "\n0.04,"), [], 1, "data row 6, column 'time_s': has the same time"),
        (("\n0.05,", "\n0.05,a"), [], 1, "is no number"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_said_in_one_line_and_leaves_nothing(
    file, tmp_path, capsys, change, arguments, code, words
):
    file.write_text(file.read_text().replace(*change) if change[0] else file.read_text())
    got, out, err = dorsi("import", file, "--side", "left", "--library", tmp_path / "lib", *arguments, capsys=capsys)
    assert (got, out) == (code, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "lib").exists()


def test_a_missing_file_is_said(tmp_path, capsys):
    code, _, err = dorsi("import", tmp_path / "none.csv", "--side", "left", capsys=capsys)
    assert (code, "No such file" in err) == (1, True)


def test_the_leg_must_be_stated(file, capsys):
    code, _, err = dorsi("import", file, capsys=capsys)
    assert (code, "--side" in err) == (2, True)


@pytest.mark.parametrize(("text", "read"), [("0:5", (0.0, 5.0)), ("1.5:2.25", (1.5, 2.25))])
def test_upright_is_two_numbers(text, read):
    assert parse_upright(text) == read


@pytest.mark.parametrize("text", ["", ":", "1", "1:", "1-2", "a:b"])
def test_anything_else_is_refused(text):
    with pytest.raises(UserError, match="write START:END in seconds"):
        parse_upright(text)
