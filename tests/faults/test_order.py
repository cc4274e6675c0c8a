"""In which order the running service writes, syncs, renames and answers, by its system calls (B2, B70, B87)."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from tests.faults import tracing
from tests.faults.tracing import Call
from tests.house import mail_bytes
from tests.service import Service, until
from tests.sink import Sink

BODY = "A body that stands nowhere else."
LOG = "tickets.db-wal"
Steps = list[tuple[str, Call]]


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Call], str]:
    """The calls of a service that took one mail, filed it and sent it on; the mail's id."""
    if reason := tracing.missing():
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    folder = tmp_path_factory.mktemp("traced")
    trace = folder / "trace"
    with Sink().running() as sink:
        out = {"Transport": "smtp", "Host": "127.0.0.1", "Port": str(sink.port), "Tls": "none"}
        named = {f"OUTGOING__{name}": value for name, value in out.items()}
        service = Service(folder, **named, SERVICE__Workers="1", EMAILCONNECTOR__RespondToNewTickets="N")
        service.before = tracing.strace(trace)
        with service:
            mail = service.send(mail_bytes("Jane Doe <jane@acme.example>", body=f"{BODY}\r\n"))
            service.wait_for("sent", mail=mail)
            assert service.stop() == 0
        until(lambda: f"\n{service.process.pid} " in f"\n{trace.read_text().splitlines()[-1]}")  # all is written down
    return tracing.read(trace), mail


def acceptance(calls: list[Call], mail: str) -> Steps:
    """From the bytes to the client's 250."""
    named = tracing.one(calls, "named", lambda call: call.name == "rename" and f'/new/{mail}.0")' in call.text)
    file = named.text.split('"')[1]
    written = tracing.one(calls, "written", lambda call: call.name == "write" and call.on(file))
    assert BODY in written.text
    assert "envelope" in written.text
    return [
        ("the mail and its envelope are written", written),
        ("the file is synced", tracing.one(calls, "synced", lambda call: call.name == "fsync" and call.on(file))),
        ("the file gets its name", named),
        ("the folder is synced", tracing.one(calls, "folder", lambda call: call.name == "fsync" and call.on("/new"))),
        (
            "250 is said",
            tracing.one(calls, "250", lambda call: bool(call.socket) and '"250 ' in call.text and mail in call.text),
        ),
    ]


def filing(calls: list[Call], mail: str) -> Steps:
    """From the claim to the end of the spool entry, in the worker."""
    linked = tracing.one(calls, "link", lambda call: call.name == "link" and f"/work/{mail}.1" in call.text)
    folder = linked.text.split('"')[3].rpartition("/")[0]
    calls = [call for call in calls if call.thread == linked.thread]
    recorded = tracing.one(calls, "recorded", lambda call: call.name == "rename" and f"/work/{mail}.0" in call.text)
    committed = [call for call in calls if call.name == "pwrite64" and call.on(LOG) and call.begun < recorded.begun]
    assert linked.ended < committed[-1].begun
    return [
        ("the original has its name", linked),
        ("all effects are committed", committed[-1]),
        ("the entry counts as recorded", recorded),
        ("the originals' folder is synced", tracing.one(calls, "folder", synced(folder, recorded))),
        ("the log is synced", tracing.one(calls, "log", synced(LOG, recorded))),
        (
            "the entry leaves the spool",
            tracing.one(calls, "unlink", lambda call: call.name == "unlink" and mail in call.text),
        ),
    ]


def synced(path: str, after: Call) -> Callable[[Call], bool]:
    """Whether a call syncs this path later than another call."""
    return lambda call: call.name in ("fsync", "fdatasync") and call.on(path) and call.begun > after.begun


def sending(calls: list[Call]) -> Steps:
    """From the claim of the delivery to the commit of `sent`, in the courier."""
    begun = tracing.one(calls, "MAIL", lambda call: bool(call.socket) and '"MAIL FROM:' in call.text)
    content = tracing.one(
        calls, "content", lambda call: bool(call.socket) and BODY in call.text and call.name == "sendto"
    )
    answered = next(
        call
        for call in calls
        if call.name == "recvfrom" and call.socket == content.socket and call.begun > content.ended
    )
    assert '"250 ' in answered.text
    couriers = {call.thread for call in calls if call.name == "fsync" and call.on(LOG) and call.ended < begun.begun}
    later = [call for call in calls if call.thread in couriers and call.on(LOG) and call.begun > answered.ended]
    claimed = [call for call in calls if call.thread == later[0].thread and call.on(LOG) and call.ended < begun.begun]
    return [
        ("the claim is committed", [call for call in claimed if call.name == "pwrite64"][-1]),
        ("the log is synced", [call for call in claimed if call.name == "fsync"][-1]),
        ("the relay is told of the mail", begun),
        ("the mail is sent", content),
        ("the relay says 250", answered),
        ("«sent» is committed", next(call for call in later if call.name == "pwrite64")),
        ("the log is synced again", next(call for call in later if call.name == "fsync")),
    ]


def test_acceptance__written_synced_named_synced_answered(traced: tuple[list[Call], str]) -> None:
    """B2: content, file, name and folder are on the disk, in this order, before the client is told 250."""
    assert tracing.wrong_order(acceptance(*traced)) == []


def test_filing__recorded_and_synced_before_the_spool_lets_go(traced: tuple[list[Call], str]) -> None:
    """B2, B4, B70: the original has its name before the commit, both are synced before the entry goes."""
    assert tracing.wrong_order(filing(*traced)) == []


def test_sending__claimed_for_good_and_committed_after_250(traced: tuple[list[Call], str]) -> None:
    """B87: what is sent has been claimed on the disk; `sent` is committed after the relay's 250, and synced."""
    assert tracing.wrong_order(sending(traced[0])) == []


def test_checker__sees_any_two_steps_exchanged(traced: tuple[list[Call], str]) -> None:
    """The tests above fail where two neighbouring steps happen in the other order."""
    for steps in (acceptance(*traced), filing(*traced), sending(traced[0])):
        wrong = [tracing.wrong_order(order) for order in tracing.exchanged(steps)]
        assert len(wrong) == len(steps) - 1
        assert all(wrong)
