"""Two real services over SMTP, each the other's relay; and two with a gateway between that takes all signs away."""

from __future__ import annotations

import socket
from pathlib import Path

from connector import spool_queue
from connector.spool import Spool
from storage.store import Store
from tests.attacks.scene import Scene, Sent, envelope_of
from tests.house import mail_bytes
from tests.service import Service, until

HERE, THERE = "support@here.example", "desk@there.example"
ORDER = mail_bytes(THERE, to=HERE, subject="Order", Message_ID="<1@there.example>")
MOST_MAILS = 40
TOLD_APART = (
    b"auto-submitted", b"x-auto-response-suppress", b"x-cmtemailconnector", b"in-reply-to", b"references",
    b"message-id",
)  # fmt: skip


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def desk(folder: Path, public: str, listens: int, relay: int) -> Service:
    folder.mkdir()
    return Service(
        folder, EMAILCONNECTOR__PublicEmailAddress=public, SMTPIN__Listen=f"127.0.0.1:{listens}", SERVICE__Workers="1",
        OUTGOING__Transport="smtp", OUTGOING__Host="127.0.0.1", OUTGOING__Port=str(relay), OUTGOING__Tls="none",
    )  # fmt: skip


def at_rest(service: Service, store: Store) -> bool:
    """Nothing is to be filed and nothing to be sent; what failed for good is not."""
    waiting = spool_queue.counts(Spool(service.folder / "var" / "spool"))["spooled"]
    return not waiting and not {"pending", "deferred"} & store.counts().deliveries.keys()


def test_each_the_others_relay(tmp_path: Path) -> None:
    """B10, B86: the answer to a help desk is automatic there, and so the end of it."""
    ports = free_ports()
    here, there = desk(tmp_path / "here", HERE, *ports), desk(tmp_path / "there", THERE, *reversed(ports))
    stores = here.store(), there.store()
    with here, there:
        here.wait_for("filed", mail=here.send(ORDER, sender=THERE, to=HERE))
        there.wait_for("filed")
        until(lambda: [at_rest(here, stores[0]), at_rest(there, stores[1]), at_rest(here, stores[0])], [True] * 3)
        assert [dict(store.counts().mails) for store in stores] == [{"filed": 1}, {"filed": 1}]
    for store in stores:
        store.close()


# -- the gateway -------------------------------------------------------------------------------------------------


def handed_on(mail: Sent, number: int) -> bytes:
    """The mail as a careless gateway hands it on: no sign of a machine, none of ours, another Message-ID."""
    fields = mail.head.replace(b"\r\n\t", b" ").replace(b"\r\n ", b" ")[:-4].split(b"\r\n")
    kept = [field for field in fields if field.partition(b":")[0].lower() not in TOLD_APART]
    return b"\r\n".join((*kept, b"Message-ID: <%d@gateway.example>" % number, b"", mail.body))


def test_with_all_signs_taken_away(tmp_path: Path) -> None:
    """B13: nothing tells a machine any more; each sends the other at most the five responses of an hour."""
    desks = {}
    for name, public in (("here", HERE), ("there", THERE)):
        (tmp_path / name).mkdir()
        desks[public] = Scene(tmp_path / name, None, {"EMAILCONNECTOR.PublicEmailAddress": public})
    moving, carried = [(THERE, HERE, ORDER)], 0
    while moving:
        sender, to, raw = moving.pop()
        carried += 1
        assert carried < MOST_MAILS
        envelope = envelope_of(mail_from=sender, rcpt_to=(to,))
        answers = [one for one in desks[to].arrive(raw, envelope).sent if sender in one.recipients]
        moving += [(to, sender, handed_on(one, carried)) for one in answers]
    assert 2 < carried <= 11
    for scene in desks.values():
        scene.store.close()
