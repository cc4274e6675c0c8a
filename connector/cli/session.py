"""What a command works with: configuration, store, spool and actor, each had when it is first asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:  # heavy modules: `--help` must not wait for them
    from connector.cli.actor import Actor
    from connector.config.settings import Settings
    from connector.originals import Originals
    from connector.pipeline.policy import Policy
    from connector.processing import RuleBook
    from connector.spool import Spool
    from connector.templates import Template
    from storage.changes import Author
    from storage.records import Directory, Ticket
    from storage.store import Store
    from storage.views import Object


T = TypeVar("T")


class Session:
    """One run of the program. Whatever cannot be had is raised as its own error; the root group tells it."""

    def __init__(self, config: str | None, as_: str) -> None:
        self._config = config
        self._as = as_
        self.passing_over: tuple[str, ...] = ()  # whose contradictions this command is there to mend, or can do without

    @property
    def names_actor(self) -> bool:
        """Whether --as names an employee."""
        return bool(self._as)

    @cached_property
    def file(self) -> Path:
        """The INI: --config, EMAIL_CONNECTOR_CONFIG, ./config, /etc."""
        from connector.config.load import find_file

        return find_file(self._config)

    @cached_property
    def settings(self) -> Settings:
        """The configuration; ConfigError with all that is wrong with it."""
        from connector.config.load import load

        return load(self.file, self.passing_over)

    @cached_property
    def store(self) -> Store:
        """The ticket store."""
        from connector.delivery_store import open_store

        return open_store(self.settings)

    @cached_property
    def spool(self) -> Spool:
        """The spool."""
        from connector.spool import Spool

        return Spool(self.settings.store.spool)

    @cached_property
    def originals(self) -> Originals:
        """The originals."""
        from connector.originals import Originals

        return Originals(self.settings.store.originals)

    @cached_property
    def directory(self) -> Directory:
        """All employees."""
        return self.store.directory()

    @cached_property
    def actor(self) -> Actor:
        """Who acts: the employee of --as, else the administrator."""
        from connector.cli.actor import ADMINISTRATOR, actor_of

        return actor_of(self._as, self.directory, self.settings.groups) if self._as else ADMINISTRATOR

    @cached_property
    def book(self) -> RuleBook:
        """The rules and templates."""
        from connector.book import read_book

        return read_book(self.settings.rules)

    @cached_property
    def policy(self) -> Policy:
        """What the stages are told."""
        from connector.processing import policy_of

        return policy_of(self.settings, self.book, self.store)

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """The templates, by file name."""
        from connector.book import read_templates

        return read_templates(self.settings.rules)

    @cached_property
    def desk_policy(self) -> Policy:
        """What opening and closing tickets by hand is told: no mail is read for it, and so no rules."""
        from connector.processing import RuleBook, policy_of
        from connector.rulebook.rules import Rules

        return policy_of(self.settings, RuleBook(Rules(), self.templates), self.store)

    def author(self, why: str = "") -> Author:
        """The actor and the time, as a change is recorded with (B71)."""
        from connector.clock import utc_now
        from storage.changes import Author

        return Author(self.actor.name, utc_now(), why)

    def ticket(self, number: str) -> Ticket:
        """A ticket that the actor may see; for the number of a merged one the ticket it was merged into (B34)."""
        from connector.cli.actor import authorise_ticket
        from connector.cli.refusal import Refused
        from storage.records import Wanted

        facts = self.store.facts(Wanted(numbers=(number,)))
        if number not in facts.numbers:
            raise Refused(f"ticket {number}: there is none with this number")
        ticket = facts.tickets[facts.numbers[number]]
        authorise_ticket(self.actor, ticket)
        return ticket

    def row(self, number: str) -> Object:
        """A ticket that the actor may see, as a row of ticket_v1."""
        from connector.cli.refusal import Refused

        self.ticket(number)
        row = self.store.ticket(number)
        if row is None:
            raise Refused(f"ticket {number}: there is none with this number")
        return row

    def close(self) -> None:
        """Close what was opened."""
        if "store" in self.__dict__:
            self.store.close()


WITHOUT_ACTOR = ("welcome", "init", "serve", "config", "db", "auth-users", "oauth", "doctor")
"""Commands that nobody acts in, or that ask for the actor when they are ready to open the store."""


def pass_session(function: Callable[..., T]) -> Callable[..., T]:
    """Give a command its session first; whoever --as names must be one who may act at all."""

    @click.pass_context
    def command(context: click.Context, /, *args: Any, **options: Any) -> T:
        session = context.find_object(Session)
        assert session is not None
        if session.names_actor and context.find_root().invoked_subcommand not in WITHOUT_ACTOR:
            session.actor  # noqa: B018  # refused where it is no active employee
        return context.invoke(function, session, *args, **options)

    return functools.update_wrapper(command, function)
