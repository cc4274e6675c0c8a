"""The reference of all commands, out of the commands themselves: `python -m connector.cli.reference`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

import click

from connector.cli.groups import SubjectGroup
from connector.cli.reference_examples import EXAMPLES
from connector.cli.root import COMMANDS, root

PROGRAM = "email-connector"

HEAD = """# Commands

Every command of `email-connector`, with all its arguments and options. This page is made from the program by
`python -m connector.cli.reference`; `email-connector COMMAND --help` prints the same.

{help}

Every command also takes `--help` (`-h`). Listings take `--json`; [the views](../storage/README.md) say what is in it.

| option of every command | does |
|---|---|
{options}
"""

Path = tuple[str, ...]


def page() -> str:
    """The whole page."""
    context = click.Context(root, info_name=PROGRAM)
    head = HEAD.format(help=_help(root), options="".join(_rows(context, _options(root))).rstrip())
    return head + "".join(_section(context, heading) for heading in dict.fromkeys(one.heading for one in COMMANDS))


def commands(group: click.Group, path: Path = ()) -> Iterator[tuple[Path, click.Group, click.Command]]:
    """Every command below a group, with the words that lead to it and the group it stands in; a group comes first."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), group, command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def _section(context: click.Context, heading: str) -> str:
    names = {entry.name for entry in COMMANDS if entry.heading == heading}
    found = (_entry(context, *one) for one in commands(root) if one[0][0] in names)
    return f"\n## {heading}\n{''.join(found)}"


def _entry(parent: click.Context, path: Path, group: click.Group, command: click.Command) -> str:
    """One command: what it does, how it is called, its arguments and options, an example."""
    context = click.Context(command, parent=parent, info_name=" ".join(path))
    parts = [f"\n{'#' * (len(path) + 2)} {' '.join(path)}\n", f"\n{_help(command)}\n", _usage(context, path, group)]
    for heading, parameters in (("argument", _arguments(command)), ("option", _options(command))):
        if parameters:
            parts.append(f"\n| {heading} | |\n|---|---|\n" + "".join(_rows(context, parameters)))
    if example := EXAMPLES.get(" ".join(path)):
        parts.append("\nFor example:\n\n" + "".join(f"    {PROGRAM} {line}\n" for line in example))
    return "".join(parts)


def _help(command: click.Command) -> str:
    """The help's paragraphs, as they are written in the program."""
    return inspect.cleandoc(command.help or "")


def _usage(context: click.Context, path: Path, group: click.Group) -> str:
    """How it is called; where the subject may stand first, it does."""
    words, (first, *arguments) = list(path), context.command.collect_usage_pieces(context)
    options = [first] if _options(context.command) else []
    if isinstance(group, SubjectGroup) and arguments[:1] == ["NUMBER"]:
        words.insert(-1, arguments.pop(0))
    return f"\n    {' '.join([PROGRAM, *words, *arguments, *options])}\n"


def _arguments(command: click.Command) -> list[click.Parameter]:
    return [one for one in command.params if isinstance(one, click.Argument)]


def _options(command: click.Command) -> list[click.Parameter]:
    return [one for one in command.params if isinstance(one, click.Option)]


def _rows(context: click.Context, parameters: Sequence[click.Parameter]) -> Iterator[str]:
    for one in parameters:
        notes = "; ".join(_notes(one))
        yield f"| `{_cell(_name(context, one))}` | {_cell(one.help or '')}{f' ({notes})' if notes else ''} |\n"


def _name(context: click.Context, parameter: click.Parameter) -> str:
    """How the parameter is typed: `--limit N`."""
    if isinstance(parameter, click.Option):
        names = ", ".join((*parameter.opts, *parameter.secondary_opts))
        taken = "" if parameter.is_flag else " N" if _is_number(parameter) else f" {parameter.make_metavar(context)}"
        return names + taken
    return parameter.make_metavar(context)


def _is_number(option: click.Option) -> bool:
    return option.metavar is None and isinstance(option.type, click.types.IntParamType)


def _notes(parameter: click.Parameter) -> Iterator[str]:
    """What is not in the help: whether it must be given, and what counts where it is not."""
    if not isinstance(parameter, click.Option):
        return
    if parameter.required:
        yield "required"
    elif isinstance(parameter.default, str | int) and parameter.default is not False and parameter.default != "":
        yield f"default: {parameter.default}"


def _cell(text: str) -> str:
    """A text for a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
