"""Groups of commands: loaded when they are used, grouped in the help, with a default where the interface has one."""

from __future__ import annotations

import errno
import importlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from connector.cli.escape import escape_lines

EVERYWHERE = ("--as", "--config")
"""Options of the program that may stand behind a command as well."""


class Entry(NamedTuple):
    """One command of the program: heading in the help, name, module below `connector.cli`, help in short."""

    heading: str
    name: str
    module: str
    help: str


class LazyGroup(click.Group):
    """The program itself: imports a command's module when the command is used, so that `--help` is quick."""

    def __init__(self, *args: Any, entries: Sequence[Entry] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.entries = {entry.name: entry for entry in entries}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, which its module holds under its own name."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        module = importlib.import_module(f"connector.cli.{entry.module}")
        command: click.Command = getattr(module, entry.name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands under their headings."""
        for heading in dict.fromkeys(entry.heading for entry in self.entries.values()):
            with formatter.section(heading):
                formatter.write_dl([(one.name, one.help) for one in self.entries.values() if one.heading == heading])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the options that may stand anywhere to the front."""
        return super().parse_args(ctx, _hoisted(args))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it may be refused with becomes a message and an exit status."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:  # click repeats what was typed as it was typed
            raise click.UsageError(escape_lines(error.format_message()), error.ctx) from error
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            from connector.cli.errors import told  # it knows all errors of the program, whose modules are heavy

            raise told(error) from error


def _hoisted(args: list[str]) -> list[str]:
    """The arguments with `--as X` and `--config X` in front; nothing behind `--` is looked at."""
    front: list[str] = []
    rest: list[str] = []
    left = iter(args)
    for argument in left:
        if argument == "--":
            return [*front, *rest, argument, *left]
        if argument in EVERYWHERE:
            value = next(left, None)
            if value is None:
                raise click.UsageError(f"Option '{argument}' requires an argument.")
            front += [argument, value]
        elif argument.startswith(tuple(f"{option}=" for option in EVERYWHERE)):
            front.append(argument)
        else:
            rest.append(argument)
    return front + rest


class DefaultGroup(click.Group):
    """A group that is its command `list` where no other is named: `inbox --json` is `inbox list --json`."""

    default = "list"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name the command where none is named."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class SubjectGroup(DefaultGroup):
    """A group whose subject may stand first: `recipients N add X` is `recipients add N X`; N alone lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command in front of its subject."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            subject, *rest = args
            named = bool(rest) and rest[0] in self.commands
            args = [rest[0], subject, *rest[1:]] if named else [self.default, subject, *rest]
        return super().parse_args(ctx, args)
