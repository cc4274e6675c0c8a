"""What managers are told when nothing more is sent to an address (B11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.pipeline.alarm_mail import alarm_mail, can_be_told, resume_command, shown
from connector.pipeline.opening import manager_of
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Delivery
from connector.privileges import OTHER_TICKETS
from storage.records import Directory, Employee, FailingAddress, Proof

MAX_ANSWER = 200


def suspension_alarms(
    failing: FailingAddress, proofs: Sequence[Proof], directory: Directory, policy: Policy, receipt: Receipt
) -> Iterator[Delivery]:
    """One mail to each manager of a ticket whose mail failed, else to `DefaultManager`; none where there is neither.

    Who may not see the tickets of others is told of the own ones alone.
    """
    managers = _managers(proofs, failing.address, directory, policy)
    for number, manager in enumerate(managers):
        seen = [one for one in proofs if one.manager_id == manager.id or policy.may(manager, OTHER_TICKETS)]
        yield _alarm(failing, seen, manager, number, policy, receipt)


def _managers(proofs: Sequence[Proof], address: str, directory: Directory, policy: Policy) -> list[Employee]:
    ids = dict.fromkeys(one.manager_id for one in proofs if one.manager_id is not None)
    found = [directory.employees[one] for one in ids if one in directory.employees]
    found = [one for one in found if one.active and can_be_told(one) and address not in one.addresses]
    default = manager_of(None, directory, policy.default_manager)
    return found or [one for one in (directory.employees.get(default or 0),) if one is not None and can_be_told(one)]


def _alarm(
    failing: FailingAddress, proofs: Sequence[Proof], manager: Employee, number: int, policy: Policy, receipt: Receipt
) -> Delivery:
    address = shown(failing.address)
    body = policy.suspended_address.render(
        name=manager.name,
        address=address,
        failures=str(failing.failures),
        proofs="\n".join(map(_proof, proofs)),
        command=resume_command("deliveries resume", failing.address),
    )
    to, subject = (manager.name, manager.addresses[0]), f"Nothing more is sent to {address}"
    return alarm_mail(to, subject, body, policy, receipt, number=number)


def _proof(proof: Proof) -> str:
    return f"{proof.number or 'no ticket'}: {shown(proof.answer, MAX_ANSWER)}"
