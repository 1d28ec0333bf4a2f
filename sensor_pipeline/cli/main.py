"""The ``dorsi`` command: finds the subcommand, runs it, turns errors into one line and an exit code.

In: the arguments. Out: an exit code. Must not live here: any subcommand's work, any import that slows ``--help``.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import NamedTuple

import click

from sensor_pipeline.cli.exits import DONE, FAILED, INTERRUPTED, USAGE
from sensor_pipeline.errors import DorsiError, UserError
from sensor_pipeline.version import __version__


class _Place(NamedTuple):
    module: str
    name: str
    help: str


COMMANDS = {
    "demo": _Place("demo", "demo", "A simulated person does a guided set; watch a session being made."),
    "doctor": _Place("doctor", "doctor", "Check this computer for recording; one next step for each problem."),
    "edit": _Place("edit", "edit", "Correct a session; what was recorded stays, every edit can be undone."),
    "export": _Place("export", "export", "Write a session in another format."),
    "import": _Place("import_", "import_", "Make a session from a recorded file."),
    "lab": _Place("lab", "lab", "Accuracy figures and comparisons, for those who test algorithms."),
    "protocol": _Place("protocol", "protocol", "Protocols and programmes: list, show, check."),
    "record": _Place("record", "record", "Record a session from a sensor on the shin, with live feedback."),
    "recover": _Place("recover", "recover", "Finish sessions whose recording was cut off."),
    "replay": _Place("replay", "replay", "Run a session's records through the engine again and compare."),
    "scan": _Place("scan", "scan", "Show the sensors nearby, and why others cannot be used."),
    "sensor-sim": _Place("sensor_sim", "sensor_sim", "A virtual sensor that another process or a real radio can find."),
    "sessions": _Place("sessions", "sessions", "List the sessions in the library."),
    "show": _Place("show", "show", "Show one session: repetitions, summary, integrity."),
    "simulate": _Place("simulate", "simulate", "Simulate a session with its truth beside it, to test against."),
    "spec": _Place("spec", "spec", "Sensor specs: list, show, check, decode bytes."),
}
"""Every subcommand: the module in this room, the object in it, and its line in ``dorsi --help`` (a test compares)."""


class LazyGroup(click.Group):
    """A group that imports a subcommand only when it is run, so that help and completion stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a subcommand; None for an unknown name."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module = importlib.import_module(f"{__package__}.{place.module}")
        command: click.Command = getattr(module, place.name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand; an unknown name gets the nearest one suggested."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "dorsi --help lists them"
            raise click.UsageError(f"no command {args[0]!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Records shin angle for fitness, self-tracking and research. Not a medical device.",
)
@click.version_option(__version__, prog_name="dorsi")
def cli() -> None:
    """Shin angle of a weight-bearing lunge, live, from one sensor on the shin."""


def run(arguments: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None = ``sys.argv``.

    Returns:
        The exit code. Errors are one line on standard error.
    """
    try:
        code = cli.main(arguments, prog_name="dorsi", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "dorsi"
        return _fail(f"{error.format_message().rstrip('.')}; see {command} --help", USAGE)
    except click.ClickException as error:
        return _fail(error.format_message(), FAILED)
    except DorsiError as error:
        return _fail(str(error), USAGE if isinstance(error, UserError) else FAILED)
    except (click.Abort, KeyboardInterrupt):
        return _fail("stopped", INTERRUPTED)
    except BrokenPipeError:
        # the reader (head, less) has gone: nothing is wrong, but nothing more may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        return _fail(f"{error.filename or 'output'}: {error.strerror or error}; check the disk and the path", FAILED)
    return code if isinstance(code, int) else DONE


def main() -> None:
    """Entry point of the ``dorsi`` script."""
    code = run()
    try:
        sys.stdout.flush()
    except OSError:
        # already reported by run(): keep the interpreter from reporting it once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or FAILED
    sys.exit(code)


def _fail(message: str, code: int) -> int:
    click.echo(f"dorsi: {' '.join(message.split())}", err=True)
    return code
