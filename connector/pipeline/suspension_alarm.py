"""What managers are told when nothing more is sent to an address (B11)."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from connector.mail.clean import escape_for_terminal, line
from connector.pipeline.marker import new_message_id
from connector.pipeline.opening import manager_of
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.verdicts import Delivery
from connector.privileges import OTHER_TICKETS
from storage.addresses import domain_of
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
    found = [one for one in found if one.active and one.addresses and address not in one.addresses]
    default = manager_of(None, directory, policy.default_manager)
    return found or ([directory.employees[default]] if default is not None else [])


def _alarm(
    failing: FailingAddress, proofs: Sequence[Proof], manager: Employee, number: int, policy: Policy, receipt: Receipt
) -> Delivery:
    public, address = policy.public_address, shown(failing.address)
    keyword = policy.connector.internal_keyword  # so that an answer to this mail stays inside (B40)
    return Delivery(
        kind="alarm",
        sender=(policy.connector.response_from_name, public),
        reply_to=public,
        to=((manager.name, manager.addresses[0]),),
        cc=(),
        envelope=manager.addresses[:1],
        envelope_from="",
        subject=f"Nothing more is sent to {address} {keyword}".strip(),
        message_id=new_message_id(policy.installation, receipt, f"alarm-{number}", domain_of(public)),
        references=(),
        outward=False,
        body=policy.suspended_address.render(
            name=manager.name,
            address=address,
            failures=str(failing.failures),
            proofs="\n".join(map(_proof, proofs)),
            command=resume_command(failing.address),
        ),
    )


def resume_command(address: str) -> str:
    """What ends a suspension, as it is typed into a shell."""
    no_option = "-- " if address.startswith("-") else ""
    return f"email-connector deliveries resume {no_option}{shlex.quote(shown(address))}"


def _proof(proof: Proof) -> str:
    return f"{proof.number or 'no ticket'}: {shown(proof.answer)[:MAX_ANSWER]}"


def shown(text: str) -> str:
    """What a stranger wrote, in one line that shows all its characters."""
    return escape_for_terminal(line(text))
