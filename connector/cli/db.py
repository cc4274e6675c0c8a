"""`db`: the database brought up to the newest version, and backed up (B97)."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.actor import authorise
from connector.cli.progress import progress
from connector.cli.session import Session, pass_session
from connector.cli.writing import new_file
from connector.privileges import PRIVILEGES


@click.group()
def db() -> None:
    """The database: bring it up to the newest version, back it up."""


@db.command()
@click.option("--check", is_flag=True, help="Only print what would run; exit status 1 where something would.")
@pass_session
def migrate(session: Session, check: bool) -> None:
    """Run the migrations that the database has not had, all of them or none, and print their names.

    The service, and every command that needs the store, does so by itself; this shows it, ahead of them.
    """
    from storage.migrate import waiting

    names = waiting(session.settings.store.database)
    if not check:
        session.store  # noqa: B018  # opening it runs them
    for name in names:
        click.echo(name)
    if not names:
        click.echo("the database is of the newest version", err=True)
    elif check:
        raise click.exceptions.Exit(1)


@db.command()
@click.argument("file", type=click.Path(path_type=Path), help="The new file to write.")
@pass_session
def backup(session: Session, file: Path) -> None:
    """Write a copy of the whole database while the service runs; nobody waits for it. Needs every privilege.

    SQLite's copy is a database that can be opened as it is; PostgreSQL's is an archive for pg_restore. Back up the
    originals behind it: they are not in the database (docs/running.md).
    """
    from storage.backup import backup as copy

    authorise(session.actor, *PRIVILEGES, to="back up the database")
    with new_file(file) as temporary, progress("pages", 100) as step:
        done = 0

        def show(pages: int, all_: int) -> None:
            nonlocal done
            percent = 100 * pages // max(1, all_)
            step(percent - done)
            done = percent

        copy(session.settings.store.database, temporary, show)
        size = temporary.stat().st_size
    click.echo(f"{file} ({size} bytes)")
