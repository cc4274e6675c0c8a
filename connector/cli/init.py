"""`init`: a configuration folder to start from."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

import connector
from connector.cli.escape import one_line
from connector.cli.refusal import Misused, Refused
from connector.config.load import FILE_NAME
from connector.config.sample import DATA, ini_text
from connector.config.values import addresses

RULE_FILES = ("*.ini", "templates/*")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path), help="The folder; it is made if need be.")
@click.option(
    "--public-address", default="support@example.com", show_default=True, metavar="ADDRESS", help="The public address."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the service keeps what it writes: database, originals, spool, outbox.  [var beside config/]",
)
def init(folder: Path, public_address: str, data: Path | None) -> None:
    """Write an INI, rules and templates into DIR. What is there already stays as it is."""
    try:
        addresses(public_address, folder)
    except ValueError as error:
        raise Misused(f"--public-address {public_address!r}: allowed are {error}") from error
    ini = folder / "config" / FILE_NAME
    _write(ini, ini_text(public_address, _data(data)).encode())
    for source, name in _rules():
        _write(folder / "rules" / name, source.read_bytes())
    where = one_line(ini)
    click.echo(
        f"\nNext: look through {where}, then\n"
        f"  email-connector --config {where} config check\n"
        f"  email-connector --config {where} people import FILE.csv\n"
        f"  email-connector --config {where} serve"
    )


def _data(folder: Path | None) -> str:
    """The folder as it can stand in an INI, with a slash behind it."""
    if folder is None:
        return DATA
    written = f"{folder.absolute()}/"
    if written != written.strip() or not written.isprintable():
        raise Misused(f"--data {str(folder)!r}: allowed is a folder whose name can stand in one line of an INI")
    return written


def _write(file: Path, content: bytes) -> None:
    """Write a file that is not there; say what was done."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("xb") as opened:
            opened.write(content)
        click.echo(f"written  {one_line(file)}")
    except FileExistsError:
        click.echo(f"kept     {one_line(file)} (it was there)")


def _rules() -> Iterator[tuple[Path, Path]]:
    """The shipped files of the rules folder, each with its name below that folder."""
    places = (Path(connector.__file__).parents[1] / "rules", Path(sys.prefix) / "share/cmt-email-connector/rules")
    shipped = next((place for place in places if place.is_dir()), None)
    if shipped is None:
        raise Refused(f"the shipped rules are in none of {' and '.join(map(str, places))}: install the package again")
    for pattern in RULE_FILES:
        for file in sorted(shipped.glob(pattern)):
            yield file, file.relative_to(shipped)
