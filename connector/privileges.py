"""Who may do what (B96): the privileges, and the groups that are shipped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

EMAIL_MESSAGES = "email-messages"
OTHER_TICKETS = "other-employees-tickets"
EDIT_RULES = "edit-rules"
INCREMENT_NUMBER = "increment-ticket-number"

PRIVILEGES = (
    EMAIL_MESSAGES,
    OTHER_TICKETS,
    "mark-read-for-others",
    "batch-inbox-removal",
    "merge-and-move",
    EDIT_RULES,
    INCREMENT_NUMBER,
)

GROUPS: Mapping[str, frozenset[str]] = {
    "SysAdmin": frozenset(PRIVILEGES),
    "Full": frozenset(PRIVILEGES[:-1]),
    "Partial": frozenset((EMAIL_MESSAGES, OTHER_TICKETS, "batch-inbox-removal")),
    "Limited": frozenset((EMAIL_MESSAGES,)),
    "Subcontractors": frozenset(),
}


def privileges_of(group: str, groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The privileges of a group, letter case ignored; a group that does not exist has none."""
    if group in groups:
        return groups[group]
    return next((held for name, held in groups.items() if name.casefold() == group.casefold()), frozenset())


def group_named(name: str, groups: Iterable[str]) -> str | None:
    """The group of this name as it is written, letter case ignored; None where there is none."""
    return next((group for group in groups if group.casefold() == name.casefold()), None)
