"""Whether it is proved that a mail is from whom it says, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.mail.model import Envelope
from connector.pipeline.verdicts import Decision
from storage.changes import Author
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.trust.signing import KEY, NAME, signed

ALICE, BOB, JANE = "Alice <alice@company.example>", "bob@company.example", "Jane Doe <jane@acme.example>"
SERVER = "mx.company.example"
TRUST: dict[str, Any] = {"trusted_authserv_ids": (SERVER,)}


@pytest.fixture
def trusting(build: Build) -> House:
    """A house that believes mx.company.example."""
    return build(**TRUST)


def results(value: str, server: str = SERVER) -> bytes:
    return f"Authentication-Results: {server}; {value}\r\n".encode()


def decide(house: House, *above: bytes, sender: str = ALICE, **envelope: str) -> Decision:
    """What is decided on a mail of the sender's, with these fields on top."""
    raw = b"".join(above) + mail_bytes(sender, subject="Printer", To="joe@joe.example, support@example.com")
    return house.dry_run(raw, Envelope(rcpt_to=(PUBLIC,), **envelope)).decision


def verdict(house: House, *above: bytes, sender: str = ALICE, **envelope: str) -> str:
    return decide(house, *above, sender=sender, **envelope).sender.authentication


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.sender.proof]


PASS = "dmarc=pass header.from=company.example"


# -- what is said ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("dmarc=pass (p=none) header.from=company.example", "authentic"),
        ("dkim=pass header.d=company.example", "authentic"),
        ("dkim=pass header.i=@company.example", "authentic"),
        ("dkim=pass header.i=alice@company.example", "authentic"),
        ("spf=pass smtp.mailfrom=bounces@Company.Example", "authentic"),
        ("dkim=fail header.d=company.example; spf=pass smtp.mailfrom=company.example", "authentic"),
        ("dkim=fail header.d=company.example; dmarc=pass header.from=company.example", "authentic"),
        ("dmarc=fail header.from=company.example; dkim=pass header.d=company.example", "failed"),
        ("dmarc=pass header.from=company.example; dmarc=fail header.from=company.example", "failed"),
        ("dmarc=fail", "failed"),
        ("dkim=fail header.d=company.example", "failed"),
        ("spf=fail smtp.mailfrom=company.example", "failed"),
        ("spf=softfail smtp.mailfrom=company.example", "none"),
        ("dkim=fail header.d=evil.example; spf=fail smtp.mailfrom=evil.example", "none"),
        ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example", "none"),
        ("dkim=pass header.d=mail.company.example", "none"),
        ("dkim=pass header.d=example", "none"),
        ("dmarc=pass header.from=evil.example", "none"),
        ("dmarc=pass", "none"),
        ("dmarc=pass header.from=company.example; dmarc=none header.from=company.example", "none"),
        ("spf=pass smtp.helo=company.example", "none"),
        ("dkim=temperror header.d=company.example", "none"),
        ("arc=pass header.d=company.example; compauth=pass", "none"),
        ("none", "none"),
        ('spf=none smtp.mailfrom="; dmarc=fail; x="; dmarc=pass header.from=company.example', "failed"),
        ("spf=none (; dmarc=fail header.from=company.example; x); dkim=pass header.d=company.example", "failed"),
        ('spf=none (the quote "; dmarc=pass header.from=company.example', "failed"),
    ],
)
def test_authentication__what_a_trusted_server_says(trusting: House, value: str, expected: str) -> None:
    """B26: DMARC, or aligned DKIM or SPF, of the very domain of From; a DMARC fail outweighs every pass."""
    assert verdict(trusting, results(value)) == expected


def test_authentication__says_what_was_looked_at(trusting: House) -> None:
    """B26, B105: the reason names the server and what it said."""
    [reason] = decide(trusting, results("dmarc=fail header.from=company.example")).sender.proof

    assert reason.code == "results-refute"
    assert reason.facts == {"server": SERVER, "domain": "company.example", "told": "dmarc=fail (company.example)"}


def test_authentication__letter_case_and_version_of_the_server_do_not_count(build: Build) -> None:
    """B26, RFC 8601 2.2 and 2.5."""
    assert (
        verdict(build(trusted_authserv_ids=("mx.company.example",)), results(PASS, "MX.Company.Example 1"))
        == "authentic"
    )


def test_authentication__only_trusted_servers_count(trusting: House, build: Build) -> None:
    """B26: another server's header, or any where none is trusted, is a forger's."""
    above = results(PASS, "mx.evil.example")

    assert verdict(trusting, above) == "none"
    assert codes(decide(trusting, above)) == ["no-results", "no-signature"]
    assert verdict(build(), results(PASS)) == "none"


def test_authentication__topmost_counts(trusting: House) -> None:
    """B26: what stands below the trusted server's own was there before it; untrusted ones above do not count."""
    fail, other = results("dmarc=fail header.from=company.example"), results(PASS, "mx.evil.example")

    assert verdict(trusting, fail, results(PASS)) == "failed"
    assert verdict(trusting, other, fail, results(PASS)) == "failed"
    assert verdict(trusting, other, results(PASS), fail) == "authentic"


def test_authentication__encoded_words_are_not_decoded(trusting: House) -> None:
    """B26: what a header reads like once it is decoded is not what the server wrote."""
    word = "=?utf-8?q?=3B_dmarc=3Dpass_header.from=3Dcompany.example?="

    assert verdict(trusting, results(f"spf=none smtp.mailfrom={word}@evil.example")) == "none"


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("protection.outlook.com", "authentic"),
        ("outlook.com", "authentic"),
        ("evil-outlook.com", "none"),
        (SERVER, "none"),
    ],
)
def test_authentication__microsoft_365_has_no_name(build: Build, server: str, expected: str) -> None:
    """B26: its header begins with the results, and counts only where a name of outlook.com is trusted."""
    value = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=company.example; dkim=none; compauth=fail reason=001"
    above = f"Authentication-Results: {value}\r\n".encode()

    assert verdict(build(trusted_authserv_ids=(server,)), above) == expected


@pytest.mark.parametrize(
    ("relays", "hosts", "expected"),
    [
        ((), ("anybody.example",), "authentic"),
        ((SERVER,), (), "authentic"),
        ((SERVER, "imap.company.example"), ("IMAP.company.example", SERVER), "authentic"),
        ((".company.example",), ("imap.company.example", SERVER), "authentic"),
        ((".company.example",), ("company.example",), "none"),
        ((".company.example",), ("evilcompany.example",), "none"),
        ((SERVER,), ("forwarder.example", SERVER), "none"),
        ((SERVER,), (SERVER, "forwarder.example"), "none"),
    ],
)
def test_authentication__relays_between(
    build: Build, relays: tuple[str, ...], hosts: tuple[str, ...], expected: str
) -> None:
    """B26: with TrustedRelays no other host may have handled the mail after the server whose word counts."""
    above = [f"Received: from a.example by {host} with ESMTP; Mon\r\n".encode() for host in hosts]
    below = b"Received: from evil.example by evil.example; Mon\r\n"
    house = build(trusted_relays=relays, **TRUST)

    assert verdict(house, *above, results(PASS), below) == expected


@pytest.mark.parametrize("received", ["(qmail 1 invoked by uid 0); Mon", "nonsense"])
def test_authentication__received_that_names_nobody_is_a_stranger_s(build: Build, received: str) -> None:
    """B26: with TrustedRelays a Received whose writer cannot be told is not one of theirs."""
    house = build(trusted_relays=(SERVER,), **TRUST)

    assert codes(decide(house, f"Received: {received}\r\n".encode(), results(PASS)))[0] == "results-behind-stranger"


# -- who logged in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("alice@company.example", "authentic"),
        ("Alice.Archer@home.example", "authentic"),
        ("bob@company.example", "failed"),
        ("alice", "failed"),
    ],
)
def test_authentication__log_in_decides(trusting: House, user: str, expected: str) -> None:
    """B26: logged in as the employee, by either address; as anybody else it is refuted, whatever headers say."""
    opposite = results("dmarc=fail header.from=company.example" if expected == "authentic" else PASS)

    assert verdict(trusting, opposite, auth_user=user) == expected


def test_authentication__log_in_proves_nothing_of_customers(trusting: House) -> None:
    """B26: employees log in; a customer's address is not proved by that."""
    assert verdict(trusting, sender=JANE, auth_user="alice@company.example") == "none"


def test_authentication__known_message_answered_proves_nothing(house: House) -> None:
    """B26: customers have seen our Message-IDs too."""
    opened = house.send(JANE, Message_ID="<1@acme.example>")
    [told] = [one for one in opened.decision.deliveries if one.kind == "distribution"]

    answer = house.dry_run(mail_bytes(ALICE, In_Reply_To=told.message_id)).decision

    assert answer.match.number == opened.decision.match.number
    assert answer.sender.authentication == "none"


# -- our own check -----------------------------------------------------------------------------------------------


def test_authentication__own_check_proves(house: House) -> None:
    """B26: without any trusted server, an aligned signature that is good."""
    house.keys[NAME] = KEY
    raw = signed(mail_bytes(ALICE), covered=("from", "subject"))
    found, changed = house.dry_run(raw).decision, house.dry_run(raw.replace(b"Hello", b"Hullo")).decision

    assert (found.sender.authentication, codes(found)) == ("authentic", ["signature-proves"])
    assert (changed.sender.authentication, codes(changed)) == ("failed", ["signature-refutes"])


def test_authentication__own_check_only_where_nothing_else_decides(build: Build) -> None:
    """B26: the DNS is asked for employees' mail alone, and not where a log-in or a trusted server said it."""
    house = build(**TRUST)
    raw, asked = signed(mail_bytes(ALICE), covered=("from", "subject")), []
    customer = signed(mail_bytes(JANE), covered=("from", "subject"), d="acme.example")

    class Noting(dict[str, bytes]):
        def get(self, name: str, default: Any = None) -> Any:
            asked.append(name)
            return KEY

    house.keys = Noting()
    house.dry_run(results(PASS) + raw)
    house.dry_run(raw, Envelope(auth_user="alice@company.example"))
    house.dry_run(customer)
    house.use(build(employee_authentication="off").settings.connector)
    house.dry_run(raw)
    assert asked == []

    house.use(build().settings.connector)
    house.dry_run(raw)
    assert asked == [NAME]


def test_authentication__time_counts_from_arrival(house: House) -> None:
    """B26: a mail that waits here for days is not older for that."""
    house.keys[NAME] = KEY
    raw, arrived = signed(mail_bytes(ALICE), covered=("from", "subject")), house.clock()
    house.clock.forward(days=30)

    waited = house.processor.process(raw, Envelope(rcpt_to=(PUBLIC,)), "1" * 16 + "-00000000", arrived)

    assert waited.decision.sender.authentication == "authentic"
    assert house.dry_run(raw).decision.sender.authentication == "failed"


# -- what follows ------------------------------------------------------------------------------------------------

FAIL = results("dmarc=fail header.from=company.example")


@pytest.mark.parametrize(
    ("setting", "above", "verdict_", "outcome"),
    [
        ("required", results(PASS), "authentic", "filed"),
        ("required", b"", "none", "held"),
        ("required", FAIL, "failed", "held"),
        ("when-available", results(PASS), "authentic", "filed"),
        ("when-available", b"", "none", "filed"),
        ("when-available", FAIL, "failed", "held"),
        ("off", results(PASS), "unchecked", "filed"),
        ("off", FAIL, "unchecked", "filed"),
    ],
)
def test_authentication__what_is_not_taken_is_held(
    build: Build, setting: str, above: bytes, verdict_: str, outcome: str
) -> None:
    """B26, B9: required takes what is proved, when-available what is not refuted, off everything."""
    decision = decide(build(employee_authentication=setting, **TRUST), above)

    assert (decision.sender.authentication, decision.record.outcome) == (verdict_, outcome)
    assert bool(decision.deliveries) == (outcome == "filed")


def test_authentication__held_mail_says_why(trusting: House) -> None:
    """B9, B26: the hold's reason comes first, then what was looked at."""
    held = decide(trusting, FAIL)

    assert [reason.code for reason in held.record.because] == ["employee-not-authentic", "results-refute"]


@pytest.mark.parametrize("sender", ["desk@company.example", "dave@company.example"])
def test_authentication__shared_and_former_addresses_are_employees_too(trusting: House, sender: str) -> None:
    """B22, B23, B26: whoever forges such an address is held as well."""
    assert decide(trusting, FAIL, sender=sender).record.outcome == "held"
    assert decide(trusting, results(PASS), sender=sender).sender.authentication == "authentic"


@pytest.mark.parametrize(("release", "outward"), [("as-is", True), ("unverified", False)])
def test_authentication__a_person_lets_it_through(trusting: House, release: str, outward: bool) -> None:
    """B9, B26: as the employee's, or as unverified, which nobody outside gets."""
    opened = trusting.send(JANE)
    raw = FAIL + mail_bytes(ALICE, subject=f"[{opened.decision.match.number}]")

    done = trusting.take(raw, Envelope(rcpt_to=(PUBLIC,), release=release, released_by="bob@company.example"))

    assert (done.decision.record.outcome, done.decision.sender.authentication) == ("filed", "failed")
    assert any(delivery.outward for delivery in done.decision.deliveries) is outward


def test_authentication__verdict_is_stored(trusting: House) -> None:
    """B26: the entry has it."""
    filed = trusting.take(results(PASS) + mail_bytes(ALICE)).filed
    assert filed is not None
    assert filed.entry_id is not None
    entry = trusting.store.entry(filed.entry_id)

    assert entry is not None
    assert entry.row["authentication"] == "authentic"
    assert '"results-prove"' in (entry.decision or "")


# -- customers ---------------------------------------------------------------------------------------------------

REFUTED = results("dmarc=fail header.from=acme.example")


def test_authentication__customers_are_looked_at_where_a_server_is_trusted(trusting: House, house: House) -> None:
    """B26: what the trusted server wrote is read for everybody; nothing else is looked for."""
    above = results("dmarc=pass header.from=acme.example")

    assert verdict(trusting, above, sender=JANE) == "authentic"
    assert verdict(trusting, REFUTED, sender=JANE) == "failed"
    assert verdict(trusting, sender=JANE) == "none"
    assert verdict(house, REFUTED, sender=JANE) == "unchecked"


def test_authentication__defective_from_has_no_domain_to_prove(trusting: House) -> None:
    """B27: of whom nobody can be told nothing can be proved."""
    assert verdict(trusting, results(PASS), sender="a@company.example, b@company.example") == "unchecked"


def test_authentication__refuted_customer_opens_a_ticket_that_nobody_outside_hears_of(trusting: House) -> None:
    """B33, B62, B86: it is filed and seen, adds nobody, not even the writer, and is not answered."""
    done = decide(trusting, REFUTED, sender=JANE)

    assert (done.record.outcome, done.match.verified, done.scope.public) == ("filed", False, False)
    assert "authentication-failed" in [reason.code for reason in done.match.because]
    assert [one.recipient.list for one in done.additions.added if one.recipient.list == "external"] == []
    assert {one.because.code for one in done.additions.not_added} == {"authentication-failed"}
    assert [delivery.kind for delivery in done.deliveries] == ["distribution"]
    assert not any(delivery.outward for delivery in done.deliveries)


@pytest.mark.parametrize("sender", [JANE, "stranger@else.example"])
def test_authentication__refuted_customer_has_no_say(trusting: House, sender: str) -> None:
    """B33, B62: on a ticket of the customer's own, and in answer to what was sent for it, he is unverified."""
    opened = trusting.send(sender)
    [answered] = [one.message_id for one in opened.decision.deliveries if one.kind == "response"]
    domain = sender.rpartition("@")[2].strip(">")
    raw = mail_bytes(sender, subject=f"[{opened.decision.match.number}]", In_Reply_To=answered, Cc="joe@joe.example")

    forged = trusting.take(results(f"dmarc=fail header.from={domain}") + raw).decision
    honest = trusting.take(raw).decision

    assert (forged.match.ticket, honest.match.ticket) != (None, None)
    assert (forged.match.verified, forged.match.because[-1].code) == (False, "authentication-failed")
    assert (forged.scope.public, forged.additions.added) == (False, ())
    assert honest.match.verified


def test_authentication__refuted_customer_does_not_reopen(trusting: House) -> None:
    """B33, B35: a closed ticket stays closed for whoever has no say."""
    opened = trusting.send(JANE).decision.match.number
    trusting.store.set_status(opened, "Completed", Author("administrator", trusting.clock()))

    assert not trusting.dry_run(REFUTED + mail_bytes(JANE, subject=f"[{opened}]")).decision.match.reopened


# -- no arrangement makes a pass of a fail -----------------------------------------------------------------------

HOSTILE = st.sampled_from((
    "(", ")", '"', "\\", ";", " ", "\r\n ", "x", "@", "=", PASS, f"; {PASS};",
    "dkim=pass header.d=company.example",
    "=?utf-8?q?=3B?=", "\x00", "\r", "ü", "spf=pass smtp.mailfrom=company.example",
))  # fmt: skip
FIELDS = st.sampled_from((
    results(PASS), results(PASS, "mx.evil.example"), b"Received: by mx.company.example; x\r\n",
    b"Authentication-Results: spf=pass smtp.mailfrom=company.example\r\n", b"junk\r\n", b"X: " + b"y" * 900 + b"\r\n",
    f"ARC-Authentication-Results: i=1; {SERVER}; {PASS}\r\n".encode(), b"DKIM-Signature: d=company.example\r\n",
))  # fmt: skip


@pytest.fixture(scope="module")
def one_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """One house for all examples; a dry run leaves no trace in it."""
    return House(tmp_path_factory.mktemp("house"), **TRUST)


@given(
    before=st.lists(HOSTILE, max_size=8).map("".join),
    after=st.lists(HOSTILE | st.just(f"\r\n{results(PASS).decode()}x: "), max_size=8).map("".join),
    below=st.lists(FIELDS, max_size=6),
)
@settings(deadline=None, max_examples=150)
def test_authentication__nothing_turns_a_fail_into_a_pass(
    one_house: House, before: str, after: str, below: list[bytes]
) -> None:
    """B26: whatever a stranger gets into the trusted header around its DMARC fail, and into all below it."""
    above = (
        f"Authentication-Results: {SERVER}; spf=none smtp.mailfrom={before}; dmarc=fail header.from=company.example; "
    )
    raw = f"{above}dkim=none {after}\r\n".encode() + b"".join(below) + mail_bytes(ALICE)

    assert one_house.dry_run(raw).decision.sender.authentication != "authentic"
