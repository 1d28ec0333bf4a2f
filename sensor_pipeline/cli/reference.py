"""The command reference, made from the commands: ``python -m sensor_pipeline.cli.reference > docs/commands.md``.

In: the click commands. Out: markdown. Must not live here: a word about a command that the command does not say itself.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from sensor_pipeline.cli.main import COMMANDS, cli

HEAD = """# Commands

Made from the commands themselves by `python -m sensor_pipeline.cli.reference > docs/commands.md`; a test compares.
Data on standard output, talk on standard error. Exit codes: 0 done, 1 failed, 2 usage, 3 done with loss.
"""


def markdown() -> str:
    """Return the whole page."""
    parts = [HEAD]
    context = click.Context(cli)
    for name in sorted(COMMANDS):
        command = cli.get_command(context, name)
        if command is not None:
            parts += _command(f"dorsi {name}", command)
    return "\n".join(parts)


def _command(path: str, command: click.Command) -> Iterator[str]:
    usage = " ".join([path, *(_argument(p) for p in command.params if isinstance(p, click.Argument))])
    yield f"## `{usage}`\n"
    yield inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n"
    options = [p for p in command.params if isinstance(p, click.Option)]
    if options:
        yield "| option | | default |\n|---|---|---|"
        yield "\n".join(_option(option) for option in options) + "\n"
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from _command(f"{usage} {name}", child)


def _argument(argument: click.Argument) -> str:
    name = (argument.metavar or argument.name or "").upper().removesuffix("...")
    name += "..." if argument.nargs == -1 else ""
    return name if argument.required else f"[{name}]"


def _option(option: click.Option) -> str:
    value = ""
    if not option.is_flag:
        choices = getattr(option.type, "choices", None)
        value = " " + ("\\|".join(map(str, choices)) if choices else (option.metavar or option.type.name.upper()))
    default = option.default if option.show_default and isinstance(option.default, str | int | float) else ""
    return f"| `{', '.join(option.opts)}{value}` | {option.help or ''} | {default} |".replace("|max", "\\|max")


if __name__ == "__main__":
    print(markdown(), end="")
