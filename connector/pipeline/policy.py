"""What the administrator decided, as the stages need it: values, never the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from connector.config.settings import Connector
from connector.privileges import GROUPS, privileges_of
from connector.rulebook.rules import Rules
from connector.templates import Template
from storage.addresses import is_among
from storage.records import Employee
from storage.values import frozen

_is_among = lru_cache(maxsize=4096)(is_among)


@dataclass(frozen=True, slots=True)
class Installation:
    """This installation's identity: the id that its mails bear, and the key that proves they are its own (B12)."""

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """All that the stages are told beside the mail and the facts."""

    connector: Connector
    installation: Installation
    rules: Rules
    response: Template
    paused_pair: Template
    suspended_address: Template
    groups: Mapping[str, frozenset[str]] = field(default_factory=lambda: GROUPS)
    default_manager: str = ""

    @property
    def public_address(self) -> str:
        """The address that sends."""
        return self.connector.public_addresses[0]

    def is_public(self, address: str) -> bool:
        """Whether a normalised address is a public one, in itself or in its plus-form."""
        return _is_among(address, self.connector.public_addresses)

    def may(self, employee: Employee, privilege: str) -> bool:
        """Whether the employee's group has the privilege (B96)."""
        return privilege in privileges_of(employee.group, self.groups)


@frozen
class Receipt:
    """When and as what the mail was accepted, and the time now; the stages have no clock of their own."""

    spool_id: str
    received_at: datetime
    now: datetime
