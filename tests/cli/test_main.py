"""The command as a whole: fast help, one line for an error, an exit code that says what happened."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sensor_pipeline import __version__
from sensor_pipeline.cli import main as cli_main


def dorsi(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sensor_pipeline", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,  # type: ignore[call-overload] # forwarded
    )


def test_help_lists_every_command_with_its_own_first_line() -> None:
    out = dorsi("--help").stdout
    for name, place in cli_main.COMMANDS.items():
        assert f"  {name} " in out
        command = getattr(importlib.import_module(f"sensor_pipeline.cli.{place.module}"), place.name)
        assert isinstance(command, click.Command)
        assert command.get_short_help_str(200)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['dorsi', '--help']\n"
        "from sensor_pipeline.cli.main import run\n"
        "run()\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'pyarrow', 'bleak', 'vqf', 'rich'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_streaming_path_imports_neither_scipy_nor_pandas() -> None:
    code = (
        "import sys\n"
        "from sensor_pipeline.engine import Engine, SessionSetup\n"
        "from sensor_pipeline.library.specs import spec_text\n"
        "from sensor_pipeline.simulate.session import simulate_session\n"
        "s = simulate_session(spec_text('shin-imu-v1'), reps=1)\n"
        "assert Engine(SessionSetup(s.setups)).push_many(tuple(s.records()))\n"
        "heavy = {'scipy', 'pandas', 'pyarrow', 'bleak'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_version() -> None:
    assert dorsi("--version").stdout.strip().endswith(__version__)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["shwo"], 2, "did you mean 'show'?"),
        (["xyzzy"], 2, "dorsi --help"),
        (["demo", "--reps", "many"], 2, "many"),
        (["show", "nothing-like-it"], 2, "nothing-like-it"),
        (["replay", "../../etc"], 2, "../../etc"),
        (["show", "a\x1b[31mb"], 2, "\\x1b"),
    ],
)
def test_bad_arguments_get_one_clear_line(arguments: list[str], code: int, words: str, tmp_path: Path) -> None:
    done = dorsi(*arguments, env={**os.environ, "DORSI_LIBRARY": str(tmp_path)})
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full to write to")
def test_a_full_disk_on_standard_output_is_one_line_and_exit_code_1() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sensor_pipeline", "spec", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m sensor_pipeline spec list --json | head -c 1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_an_error_of_ours_never_shows_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    from sensor_pipeline.errors import FileError, UserError

    for error, code in ((FileError("disk: gone"), 1), (UserError("--x: no"), 2), (KeyboardInterrupt(), 130)):

        @click.command()
        def broken(error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr(cli_main, "cli", broken)
        assert cli_main.run([]) == code
        assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["import", "x.csv"], ["show"], ["demo", "--side", "both", "--reps", "0"]])
def test_a_usage_error_is_one_line_that_names_the_help(arguments: list[str]) -> None:
    done = dorsi(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"dorsi {arguments[0]} --help" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["spec"], ["lab"]])
def test_a_group_without_a_subcommand_shows_its_help(arguments: list[str]) -> None:
    done = dorsi(*arguments)
    assert done.returncode == 2
    assert "Commands:" in done.stdout + done.stderr
