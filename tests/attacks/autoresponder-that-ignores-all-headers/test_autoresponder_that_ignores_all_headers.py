"""A machine at the customer's, and one of an employee's, that answer everything."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from email.message import Message

import pytest

from tests.attacks.scene import Scene, Sent
from tests.house import mail_bytes
from tests.readings import message

ROUNDS = 300
Answers = Callable[[Message], bytes]
COUNT: Iterator[int] = itertools.count()


def answer(sender: str, mail: Message | None, subject: str) -> bytes:
    """An answer that bears no sign of a machine."""
    headers = {"In_Reply_To": str(mail["Message-ID"])} if mail else {}
    message_id = f"<{next(COUNT)}@{sender.partition('@')[2]}>"
    return mail_bytes(sender, subject=subject, body="I am away.\r\n", Message_ID=message_id, **headers)


def keeps_the_subject(mail: Message) -> bytes:
    return answer("jane@acme.example", mail, f"Re: {mail['Subject']}")


def forgets_everything(mail: Message) -> bytes:
    return answer("jane@acme.example", None, "Away")


def of_an_employee(mail: Message) -> bytes:
    return answer("alice@company.example", mail, f"Re: {mail['Subject']}")


def rounds(scene: Scene, machines: dict[str, Answers]) -> list[Sent]:
    """Let every mail to a machine be answered until nothing moves any more; all that left."""
    moving = list(
        scene.arrive(mail_bytes("jane@acme.example", subject="Toner", Message_ID="<start@acme.example>")).sent
    )
    sent = []
    while moving and len(sent) < ROUNDS:
        one = moving.pop(0)
        sent.append(one)
        for address in one.recipients:
            if address in machines:
                scene.clock.forward(seconds=5)
                moving += scene.arrive(machines[address](message(one.head))).sent
    return sent


@pytest.mark.parametrize("answers", [keeps_the_subject, forgets_everything], ids=lambda answers: answers.__name__)
def test_customers_machine(scene: Scene, answers: Answers) -> None:
    """B13: it comes to rest; the customer gets at most the five responses of an hour."""
    sent = rounds(scene, {"jane@acme.example": answers})
    assert sum("jane@acme.example" in one.recipients for one in sent) <= 5
    assert len(sent) < ROUNDS


def test_machines_on_both_sides(scene: Scene) -> None:
    """B13: an employee's machine speaks for the employee, so the customer's is answered: the pair is paused."""
    sent = rounds(scene, {"jane@acme.example": keeps_the_subject, "alice@company.example": of_an_employee})
    assert len(sent) < ROUNDS
    assert sum("jane@acme.example" in one.recipients for one in sent) <= 25
