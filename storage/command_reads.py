"""Reads for one employee's eyes: tickets that he or she manages or opened (B94, B96)."""

from __future__ import annotations

from dataclasses import replace

from storage import views
from storage.database import Database
from storage.views import Object, TicketFilter


def tickets_seen_by(db: Database, wanted: TicketFilter, employee_id: int) -> list[Object]:
    """One page of the tickets that the employee manages or opened."""
    return views.tickets(db, replace(wanted, seen_by=employee_id))
