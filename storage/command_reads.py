"""Reads for one employee's eyes: tickets that he or she manages or opened (B94, B96)."""

from __future__ import annotations

from storage import views
from storage.database import Database
from storage.models import Ticket
from storage.views import Object, TicketFilter


def tickets_seen_by(db: Database, wanted: TicketFilter, employee_id: int) -> list[Object]:
    """One page of the tickets that the employee manages or opened, in the order of `views.page`."""
    own = (Ticket.manager == employee_id) | (Ticket.opened_by == employee_id)
    with db.reading():
        numbers = [number for (number,) in db.fetch(views.page(wanted).where(own).tuples())]
        found = [views.ticket(db, number) for number in numbers]
    return [row for row in found if row is not None]
