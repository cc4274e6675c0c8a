"""Machine alerts by the rules of `automatic.ini`: detected, skipped, put under an account (B14)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connector.pipeline.explain import in_lines
from connector.pipeline.nature import nature
from connector.processing import Processed
from connector.rulebook import read_rules
from tests.house import House, mail_bytes
from tests.sent import sent_for

NAS, ALICE = "nas@alerts.example", "alice@company.example"
DETECT = "[nas]\nKind = detect\nSender = @alerts\\.example$\n"
SKIP = "[boring]\nKind = skip\nSubject = ^success\n"
ACCOUNT = "[who]\nKind = account\nSubject = ^\\w+ \\[(?P<account>.*?)\\]\n"
LITERAL = "[all]\nKind = account\nAccount = Machines\nSender = nas@\n"


def ruled(house: House, folder: Path, *sections: str) -> House:
    """The house with these rules alone."""
    (folder / "automatic.ini").write_text("\n".join(sections), "utf-8")
    house.use_policy(replace(house.policy, rules=read_rules(folder)))
    return house


def codes(done: Processed) -> list[str]:
    decision = done.decision
    return [reason.code for verdict in (decision.match, decision.scope, decision.record) for reason in verdict.because]


def account(house: House, done: Processed) -> str:
    row = house.store.ticket(done.decision.match.number)
    assert row is not None
    return str(row["account"])


def test_detect__is_automatic_and_filed(house: House, tmp_path: Path) -> None:
    """B14, B10: a detected alert opens a ticket, goes to employees, is not answered and adds nobody."""
    done = ruled(house, tmp_path, DETECT).send("NAS <NAS@Alerts.example>", Cc="jane@acme.example")
    assert "automatic-sender" in codes(done)
    assert (done.decision.record.outcome, done.decision.scope.automatic) == ("filed", True)
    assert {one.recipient.list for one in done.decision.additions.added} == {"employee"}
    assert [mail.kind for mail in sent_for(house, done) if mail.kind == "response"] == []


@pytest.mark.parametrize(
    ("sender", "subject", "detected"),
    [
        (NAS, "Disk 1 failed", True),
        (NAS.upper(), "DISK 1 failed", True),
        (NAS, "My disk failed", False),
        ("jane@acme.example", "Disk 1 failed", False),
        (f'"{NAS}" <jane@acme.example>', "Disk 1 failed", False),
        (f"{NAS}, jane@acme.example", "Disk 1 failed", False),
    ],
)
def test_detect__both_patterns_must_match(
    house: House, tmp_path: Path, sender: str, subject: str, detected: bool
) -> None:
    """B14: letter case ignored; a name is not the sender, and a From that names nobody is nobody's."""
    ruled(house, tmp_path, DETECT + "Subject = ^disk\n")
    assert house.send(sender, subject=subject).decision.scope.automatic is detected


def test_skip__is_recorded_and_kept_and_not_filed(house: House, tmp_path: Path) -> None:
    """B14: outcome `skipped`, with the rule; original and ledger row stay; no ticket, no mail to anybody."""
    done = ruled(house, tmp_path, DETECT, SKIP).send(NAS, subject="Success: nightly")
    assert done.filed is not None
    assert (done.filed.outcome, done.filed.ticket_id, sent_for(house, done)) == ("skipped", None, [])
    assert [(one.code, one.facts["rule"]) for one in done.decision.record.because] == [("rule-skips-it", "boring")]
    assert house.originals.read(done.decision.mail.sha256) == done.decision.mail.raw
    assert house.store.counts().mails == {"skipped": 1}
    assert "the rule boring says that this machine's mail is recorded and not filed" in "\n".join(
        in_lines(done.decision)
    )


def test_skip__only_what_was_detected(house: House, tmp_path: Path) -> None:
    """B14: neither a person's mail, nor a machine's that no detect rule knows, is skipped."""
    ruled(house, tmp_path, DETECT, SKIP)
    assert house.send("jane@acme.example", subject="Success: nightly").decision.record.outcome == "filed"
    other = house.send("x@else.example", subject="Success: nightly", Auto_Submitted="auto-generated")
    assert (other.decision.scope.automatic, other.decision.record.outcome) == (True, "filed")


def test_skip__comes_before_holding(house: House, tmp_path: Path) -> None:
    """B14, B9: what the administrator wants skipped nobody has to decide on; a person who lets it out has decided."""
    house.use(replace(house.settings.connector, unknown_sender="hold"))
    ruled(house, tmp_path, DETECT, SKIP)
    raw = mail_bytes(NAS, subject="Success: nightly")
    assert house.take(raw).decision.record.outcome == "skipped"
    assert house.send(NAS, subject="Failure").decision.record.outcome == "held"


@pytest.mark.parametrize("order", [(ACCOUNT, LITERAL), (LITERAL, ACCOUNT)])
def test_account__first_rule_wins(house: House, tmp_path: Path, order: tuple[str, str]) -> None:
    """B14: within a kind the order of the file decides."""
    done = ruled(house, tmp_path, DETECT, *order).send(NAS, subject="Disk [ACME ltd] failed")
    assert account(house, done) == ("Acme Ltd" if order[0] is ACCOUNT else "Machines")
    assert "account-of-rule" in codes(done)


def test_account__of_the_rule_is_made_once(house: House, tmp_path: Path) -> None:
    """B14: an administrator's `Account` is made when it is first needed; the ticket has no contact."""
    ruled(house, tmp_path, DETECT, LITERAL)
    first, second = house.send(NAS, subject="one"), house.send(NAS, subject="two")
    assert account(house, first) == account(house, second) == "Machines"
    assert [one.name for one in house.store.accounts()].count("Machines") == 1
    row = house.store.ticket(first.decision.match.number)
    assert row is not None
    assert (row["contact"], house.store.recipients(first.decision.match.number)[0]["list"]) == (None, "employee")


def test_account__of_the_subject_is_never_made(house: House, tmp_path: Path) -> None:
    """B14: no account comes out of a mail's text: an unknown name is told, and the sender's own account counts."""
    ruled(house, tmp_path, DETECT.replace("alerts", "acme"), ACCOUNT)
    before = house.store.accounts()
    done = house.send("jane@acme.example", subject="Disk [No such] failed")
    assert account(house, done) == "Acme Ltd"
    assert codes(done)[1:3] == ["account-in-subject-unknown", "account-of-sender"]
    assert house.store.accounts() == before


def test_account__of_the_rule_where_the_subject_names_none(house: House, tmp_path: Path) -> None:
    """B14: a rule with both has a way out."""
    ruled(house, tmp_path, DETECT, ACCOUNT + "Account = Machines\n")
    assert account(house, house.send(NAS, subject="Disk [No such] failed")) == "Machines"
    assert account(house, house.send(NAS, subject="Disk [Acme Ltd] failed")) == "Acme Ltd"


def test_account__manager_is_the_accounts(house: House, tmp_path: Path) -> None:
    """B63: who answers for the account answers for the alert, also where an employee's address sends it."""
    ruled(house, tmp_path, DETECT.replace("alerts", "company"), ACCOUNT)
    done = house.send("bob@company.example", subject="Disk [Acme Ltd] failed")
    assert done.decision.match.opening is not None
    managers = house.store.directory().employees
    assert done.decision.match.opening.manager_id is not None
    assert managers[done.decision.match.opening.manager_id].addresses[0] == ALICE
    assert (done.decision.scope.internal, done.decision.scope.public) == (True, False)


def test_account__a_ticket_that_is_there_stays_where_it_is(house: House, tmp_path: Path) -> None:
    """B14, B31: the rule is about the ticket that an alert opens."""
    number = house.send("birgit@borealis.example").decision.match.number
    done = ruled(house, tmp_path, DETECT, ACCOUNT).send(NAS, subject=f"Disk [Acme Ltd] failed [{number}]")
    assert (done.decision.match.number, account(house, done)) == (number, "Borealis GmbH")


def test_authentication__is_asked_for(house: House, tmp_path: Path) -> None:
    """B14, B26: a rule may want the sender proved; a mail that is not falls to the next rule, or is a person's."""
    (tmp_path / "automatic.ini").write_text(
        f"{DETECT}{SKIP}Authentication = authentic, none\n[next]\nKind = skip\nSender = nas@\n", "utf-8"
    )
    rules = read_rules(tmp_path)
    mail = house.dry_run(mail_bytes(NAS, subject="success")).decision.mail
    skipped = {verdict: nature(mail, rules, verdict).skip for verdict in ("authentic", "none", "failed", "unchecked")}
    assert skipped == {"authentic": "boring", "none": "boring", "failed": "next", "unchecked": "next"}


def test_authentication__is_what_the_trusted_server_says(house: House, tmp_path: Path) -> None:
    """B14, B26: a forged alert is not skipped, so that nobody hides behind the administrator's rule."""
    house.use(replace(house.settings.connector, trusted_authserv_ids=("mx.example.com",)))
    ruled(house, tmp_path, DETECT, SKIP + "Authentication = authentic\n")
    for word, outcome in (("pass", "skipped"), ("fail", "filed")):
        results = f"mx.example.com; dmarc={word} header.from=alerts.example"
        done = house.send(NAS, subject=f"Success: {word}", Authentication_Results=results)
        assert done.decision.record.outcome == outcome, word


def test_no_rule__is_an_ordinary_mail(house: House, tmp_path: Path) -> None:
    """B14: without a rule that fits, an alert is answered like any mail."""
    done = ruled(house, tmp_path, DETECT, SKIP, LITERAL).send("other@else.example", subject="Disk full")
    assert not done.decision.scope.automatic
    assert [mail.kind for mail in sent_for(house, done)] == ["distribution", "response"]


def test_shipped__people_are_no_machines(house: House) -> None:
    """B10, B14: addresses and subjects that only look a little like those of machines."""
    for sender, subject in (
        ("monica@else.example", "Backup failed, please help"),
        ("ron@else.example", "Problem: the UPS is on battery"),
        ("backup@else.example", "Question about your offer"),
        ("karin@else.example", "Message from Karin"),
    ):
        assert not house.send(sender, subject=subject).decision.scope.automatic, sender
    for sender in ("zabbix@else.example", "veeam-alerts@else.example", "Logwatch@web1.else.example"):
        assert house.send(sender, subject="x").decision.scope.automatic, sender
