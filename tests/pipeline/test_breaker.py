"""Loops: a pair of sender and ticket that writes too much is paused, told of once, and resumed by a person (B13)."""

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from connector.pipeline.explain import in_lines
from connector.processing import Processed
from storage import pauses
from storage.changes import Author
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import Sent, sent_for

JANE, JOHN, ALICE, BOB = "jane@acme.example", "john@acme.example", "alice@company.example", "bob@company.example"
LIMIT = 3


@pytest.fixture
def house(build: Build) -> House:
    """A house that lets three mails an hour through."""
    return build(mails_per_ticket_per_hour=LIMIT)


@pytest.fixture
def ticket(house: House) -> str:
    """Jane's ticket; her mail that opened it is the first of her three."""
    return house.send(f"Jane Doe <{JANE}>").decision.match.number


def write(house: House, number: str, sender: str = JANE, **mail: str) -> Processed:
    """One more mail on the ticket, another each time."""
    return house.send(sender, **{"subject": f"Re: Ticket [{number}] Printer", "body": f"{house.clock()}\r\n", **mail})


def kinds(done: Processed) -> list[str]:
    return [delivery.kind for delivery in done.decision.deliveries]


def pause(house: House, number: str, sender: str = JANE) -> Processed:
    """Write until it is too much; that mail."""
    for _ in range(LIMIT + 1):
        done = write(house, number, sender)
        if done.decision.match.pause:
            return done
    raise AssertionError("it was never too much")


def alarm(house: House, done: Processed) -> Sent:
    (mail,) = sent_for(house, done)
    assert mail.kind == "alarm"
    return mail


def resume(house: House, number: str, sender: str = JANE) -> int:
    return pauses.resume(house.store.db, number, sender, Author("administrator", house.clock()))


def test_limit__counts_the_mail_that_opened_the_ticket(house: House, ticket: str) -> None:
    """B13: at most so many are distributed, the first one counts; one more is filed, flagged, told of, in the Inbox."""
    assert [kinds(write(house, ticket)) for _ in range(3)] == [["distribution"], ["distribution"], ["alarm"]]
    house.store.set_inbox([ticket], False, Author("administrator", house.clock()))
    later = write(house, ticket, Cc="new@acme.example")
    assert kinds(later) == []
    assert later.filed is not None
    assert (later.filed.outcome, later.decision.record.because[0].code) == ("filed", "pair-paused")
    assert later.decision.additions.added == ()
    row = house.store.ticket(ticket)
    assert row is not None
    assert row["in_inbox"] is True
    assert [entry["subject"] for entry in house.store.history(ticket) if entry["kind"] == "email"][1:] == [
        f"Re: Ticket [{ticket}] Printer"
    ] * 4


def test_pause__is_of_one_pair(house: House, ticket: str) -> None:
    """B13: neither another sender on the ticket nor the sender's other tickets are paused; employees never are."""
    pause(house, ticket)
    assert kinds(write(house, ticket, JOHN)) == ["distribution"]
    assert "distribution" in kinds(house.send(JANE, subject="Something else"))
    assert [kinds(write(house, ticket, ALICE)) for _ in range(LIMIT + 2)] == [["distribution"]] * (LIMIT + 2)


def test_pause__is_a_change_in_the_history(house: House, ticket: str) -> None:
    """B71: who, when, old, new, and why; once."""
    pause(house, ticket)
    write(house, ticket)
    (text,) = [entry["text"] for entry in house.store.history(ticket) if entry["text"].startswith("pause:")]
    assert text.startswith(f"pause: – → {JANE} ({JANE} wrote more than {LIMIT} mails")


def test_alarm__tells_the_manager_with_evidence_and_command(house: House, ticket: str) -> None:
    """B13: one mail to the manager: who, where, which mails, and the very command that ends it."""
    mail = alarm(house, pause(house, ticket))
    assert (mail.envelope, mail.envelope_from) == ((ALICE,), "")
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert mail.headers["X-CmtEmailConnector"]
    assert mail.shown("Subject") == f"Ticket [{ticket}] Mails of {JANE} are paused *123*"
    text = mail.body.decode()
    assert text.count("UTC  Re: Ticket") == 2
    assert "UTC  Printer" in text
    assert f"email-connector ticket resume {ticket} {JANE}\r\n" in text


def test_alarm__an_answer_to_it_stays_inside(house: House, ticket: str) -> None:
    """B40: the manager who answers the alarm does not write to the customer."""
    mail = alarm(house, pause(house, ticket))
    answer = house.send(ALICE, subject=f"Re: {mail.shown('Subject')}", In_Reply_To=mail.message_id)
    assert (answer.decision.match.number, answer.decision.scope.internal) == (ticket, True)


@pytest.mark.parametrize(("manager", "told"), [(BOB, BOB), (None, ALICE)])
def test_alarm__goes_to_who_answers_for_the_ticket(house: House, ticket: str, manager: str | None, told: str) -> None:
    """B13: the ticket's manager, and the account's where it has none; also where they want no mail of tickets."""
    employees = house.store.directory().by_address
    chosen = employees[manager][0].id if manager else None
    house.store.assign(ticket, chosen, Author("administrator", house.clock()))
    assert alarm(house, pause(house, ticket)).envelope == (told,)


def test_alarm__by_default_to_the_default_manager(house: House) -> None:
    """B13: of an unknown sender's ticket, which nobody manages; without DefaultManager nobody can be told."""
    number = house.send("stranger@else.example").decision.match.number
    other = house.send("other@else.example").decision.match.number
    assert kinds(pause(house, number, "stranger@else.example")) == []
    house.use_policy(replace(house.policy, default_manager=BOB))
    assert alarm(house, pause(house, other, "other@else.example")).envelope == (BOB,)


HOSTILE = "=?utf-8?q?x=0D=0ABcc:_evil@else.example=0D=0A=1B[31m=E2=80=AE?="


def test_alarm__none_where_no_header_can_hold_the_managers_address(build: Build) -> None:
    """B13, B84: the mail is filed and paused all the same; an address beyond ASCII stops nothing."""
    house = build(
        "employee,Jürgen Groß,jürgen@company.example,,,Y,Full,all,,,\n"
        "account,Acme,office@acme.example,,,,,,jürgen@company.example,,acme.example\n",
        mails_per_ticket_per_hour=LIMIT,
    )
    done = pause(house, house.send(JANE).decision.match.number)

    assert done.decision.record.outcome == "filed"
    assert sent_for(house, done) == []


def test_alarm__nothing_of_a_mail_adds_a_line(house: House, ticket: str) -> None:
    """B84: subjects and addresses stand in one line each, every character shown, in header and text."""
    for _ in range(LIMIT):
        done = write(house, ticket, subject=f"{HOSTILE} [{ticket}]")
    mail = alarm(house, done)
    assert mail.headers["Bcc"] is None
    assert not {"\x1b", "\u202e"} & set(mail.headers.as_string() + mail.headers.get_payload() + mail.body.decode())
    assert not [line for line in mail.body.decode().split("\r\n") if line.startswith("Bcc")]


@pytest.mark.parametrize("sender", ["-x$(reboot)'`&*@else.example", "-`id`@else.example"])
def test_alarm__command_is_quoted_for_a_shell(house: House, sender: str) -> None:
    """B13: an address is a word of the command, whatever stands in it, and never an option."""
    house.use_policy(replace(house.policy, default_manager=BOB))
    number = house.send(f"<{sender}>").decision.match.number
    text = alarm(house, pause(house, number, f"<{sender}>")).body.decode()
    (command,) = [line for line in text.split("\r\n") if "ticket resume" in line]
    assert shlex.split(command) == ["email-connector", "ticket", "resume", number, "--", sender]
    assert resume(house, number, sender) == 1


def test_resume__lets_mails_through_and_counts_anew(house: House, ticket: str) -> None:
    """B13: what was filed meanwhile is told and sent to nobody; then the whole limit holds again, and one alarm."""
    pause(house, ticket)
    write(house, ticket)
    assert resume(house, ticket) == 2
    assert [kinds(write(house, ticket)) for _ in range(LIMIT + 1)] == [["distribution"]] * LIMIT + [["alarm"]]
    assert resume(house, ticket) == 1


def test_pause__lasts_until_somebody_resumes(house: House, ticket: str) -> None:
    """B13: no hour that passes ends it."""
    pause(house, ticket)
    house.clock.forward(days=3)
    assert kinds(write(house, ticket)) == []


def test_limit__is_of_an_hour(house: House, ticket: str) -> None:
    """B13: who writes as much, but slower, is never paused."""
    for _ in range(4 * LIMIT):
        house.clock.forward(minutes=60 / LIMIT)
        assert kinds(write(house, ticket)) == ["distribution"]


@pytest.mark.parametrize("form", ["jane+{}@acme.example", "Jane+{}@ACME.example", '"jane+{}"@acme.example'])
def test_limit__plus_forms_are_one_sender(house: House, ticket: str, form: str) -> None:
    """B13: an address of one's own for each mail changes nothing."""
    assert [kinds(write(house, ticket, form.format(n))) for n in range(3)][-1] == ["alarm"]
    assert [one.sender for one in pauses.of_ticket(house.store.db, ticket)] == [JANE]


def test_limit__senders_without_address_are_one(house: House) -> None:
    """B13, B27: mail whose From names nobody is counted as well; `unknown` resumes it."""
    number = house.send(JANE).decision.match.number
    made = [kinds(write(house, number, "")) for _ in range(LIMIT + 2)]
    assert made == [["distribution"]] * LIMIT + [["alarm"], []]
    assert resume(house, number, "unknown") == 2


def test_pause__mail_reopens_nothing(house: House, ticket: str) -> None:
    """B13, B35: a ticket that was closed to end a loop stays closed, and no new one is opened for each mail."""
    pause(house, ticket)
    house.store.set_status(ticket, "Completed", Author("administrator", house.clock()))
    done = write(house, ticket)
    assert (done.decision.match.number, done.decision.match.reopened) == (ticket, False)
    house.clock.forward(days=60)
    assert write(house, ticket).decision.match.number == ticket


def test_pause__follows_a_merge(house: House, ticket: str) -> None:
    """B13, B34: a pair paused on a ticket is paused on the one that it was merged into."""
    other = house.send(JOHN, subject="Scanner").decision.match.number
    pause(house, ticket)
    house.store.merge(ticket, other, Author("administrator", house.clock()))
    assert kinds(write(house, ticket)) == []
    assert [(one.number, one.sender) for one in pauses.of_ticket(house.store.db, other)] == [(other, JANE)]


def test_dry_run__tells_it_in_words(house: House, ticket: str) -> None:
    """B105: which rule of behaviour it was, and that nobody is sent the mail."""
    pause(house, ticket)
    raw = mail_bytes(JANE, subject=f"[{ticket}] once more")
    lines = "\n".join(in_lines(house.dry_run(raw).decision))
    assert f"mails of {JANE} to this ticket are paused since 2026-03-02" in lines
    assert "8 distribute  no mails to send" in lines


class Robot:
    """Answers each mail at once, keeps the number, ignores headers, has none that tells of it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def answers(self, house: House, done: Processed) -> list[bytes]:
        mails = [mail for mail in sent_for(house, done) if self.address in mail.envelope]
        return [
            mail_bytes(
                self.address,
                subject=f"Re: {mail.shown('Subject')}",
                Message_ID=f"<{mail.message_id.strip('<>')}.r>",
                In_Reply_To=mail.message_id,
                body=f"I am away. {mail.message_id}\r\n",
            )
            for mail in mails
        ]


def ping_pong(house: House, raw: bytes, robots: list[Robot], most: int = 200) -> list[Processed]:
    """Mails go to and fro until nobody answers any more; the clock moves with each."""
    waiting, done = [raw], []
    while waiting and len(done) < most:
        house.clock.forward(seconds=20)
        done.append(house.take(waiting.pop(0)))
        waiting += [answer for robot in robots for answer in robot.answers(house, done[-1])]
    return done


def test_ping_pong__of_an_autoresponder_and_an_employee_who_answers_by_machine(build: Build) -> None:
    """B13: two robots, on either side of the house, that answer everything: ended by the limit, with one alarm."""
    house = build(mails_per_ticket_per_hour=20)
    customer, employee = Robot(JANE), Robot(ALICE)
    done = ping_pong(house, mail_bytes(JANE), [customer, employee])
    assert 2 * 20 <= len(done) < 60
    assert sum(kinds(one).count("alarm") for one in done) == 1
    number = done[0].decision.match.number
    from_jane = [one for one in done if one.decision.sender.address == JANE]
    assert sum("distribution" in kinds(one) for one in from_jane) == 20
    resume(house, number)
    again = ping_pong(house, mail_bytes(JANE, subject=f"[{number}] x"), [customer, employee])
    assert sum("distribution" in kinds(one) for one in again if one.decision.sender.address == JANE) == 20


def test_ping_pong__of_automatic_responses(build: Build) -> None:
    """B13: a robot that drops the number opens tickets, and gets so many responses an hour and no more."""
    house = build(auto_responses_per_hour=5)
    raw = mail_bytes("robot@else.example", subject="x")
    done = ping_pong(house, raw, [])
    for n in range(20):
        answers = [mail for mail in sent_for(house, done[-1]) if mail.kind == "response"]
        if not answers:
            break
        done.append(house.take(mail_bytes("robot@else.example", subject=f"I am away {n}")))
    assert len(done) == 6


def test_limit__held_mails_are_not_counted(house: House) -> None:
    """B28: what is held is not filed, and so pauses nobody."""
    number = house.send(JANE).decision.match.number
    for _ in range(LIMIT + 1):
        assert write(house, number, PUBLIC).decision.record.outcome == "held"
    assert pauses.of_ticket(house.store.db, number) == []
