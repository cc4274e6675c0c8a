"""Which managers are told that an address is suspended."""

from __future__ import annotations

from connector.pipeline.policy import Receipt
from connector.pipeline.suspension_alarm import suspension_alarms
from storage.records import FailingAddress, Proof
from tests.house import Build

MANAGERS = (
    "employee,Jürgen Groß,jürgen@company.example,,,Y,Full,all,,,\n"
    "employee,Alice Archer,alice@company.example,,,Y,Full,all,,,\n"
)


def test_suspension_alarm__passes_over_whom_no_header_can_hold(build: Build) -> None:
    """B11, B84: a manager whose address has letters beyond ASCII is passed over, and stops nothing."""
    house = build(MANAGERS)
    receipt = Receipt("x", house.clock(), house.clock())
    failing = FailingAddress("jane@acme.example", 3, house.clock(), "550", house.clock(), "")
    directory = house.store.directory()
    proofs = [Proof("0500-1000", one, "<1@x.example>", "550 gone") for one in directory.employees]

    told = [one.envelope for one in suspension_alarms(failing, proofs, directory, house.policy, receipt)]

    assert told == [("alice@company.example",)]
