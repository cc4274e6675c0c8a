"""Stage 4: internal or external, public or not, by a person or a machine."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.pipeline.verdicts import Scope
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import distribution, sent_for

ALICE, JANE = "Alice Archer <alice@company.example>", "Jane Doe <jane@acme.example>"


def scope(house: House, sender: str = ALICE, **mail: str) -> Scope:
    return house.dry_run(mail_bytes(sender, **mail)).decision.scope


def codes(found: Scope) -> tuple[str, ...]:
    return tuple(reason.code for reason in found.because)


# -- internal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        "*123* Printer",
        "Printer *123*",
        "a*123*b",
        "=?utf-8?q?=2A123=2A?=",
        "=?utf-8?b?KjEy?= =?utf-8?b?Myo=?=",
        "＊１２３＊",
    ],
)
def test_classify__keyword_beats_the_to_field(house: House, subject: str) -> None:
    """B40: the keyword anywhere in the subject, encoded or full-width too, makes any mail internal."""
    assert codes(scope(house, subject=subject)) == ("keyword-in-subject",)


@pytest.mark.parametrize(
    ("keyword", "subject"),
    [
        ("#Intern#", "#INTERN# x"),
        ("#größe#", "#GRÖSSE#"),
        ("#é#", "#e\u0301#"),
        ("#i#", "#\u200bi#"),
        ("#İ#", "#i\u0307#"),
    ],
)
def test_classify__keyword_in_any_letter_case(build: Build, keyword: str, subject: str) -> None:
    """B40: letter case, Unicode form and hidden characters do not get a mail past the keyword."""
    assert scope(build(internal_keyword=keyword), subject=subject).internal


@pytest.mark.parametrize("subject", ["*12 3*", "123", "* 123 *", ""])
def test_classify__nearly_the_keyword_is_not_it(house: House, subject: str) -> None:
    """B40: the whole keyword counts."""
    assert not scope(house, subject=subject).internal


def test_classify__keyword_in_a_second_subject(house: House) -> None:
    """B40: where a mail has two Subject headers, the keyword counts in either."""
    assert house.dry_run(b"Subject: Printer\r\n" + mail_bytes(ALICE, subject="*123*")).decision.scope.internal


def test_classify__empty_keyword_is_off(build: Build) -> None:
    """B40: with an empty keyword the feature is off."""
    assert not scope(build(internal_keyword=""), subject="*123*").internal


def test_classify__keyword_holds_for_customers_too(house: House) -> None:
    """B40, B44: any mail: a customer's one with the keyword is internal and Not Public."""
    found = scope(house, JANE, subject="*123*")

    assert (found.internal, found.public) == (True, False)


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        ({"to": "jane@acme.example", "Cc": PUBLIC}, "public-address-in-cc"),
        ({"to": "jane@acme.example"}, "public-address-in-bcc"),
        ({"to": "", "Cc": PUBLIC}, "to-is-empty"),
        ({"to": ""}, "to-is-empty"),
        ({"to": "undisclosed-recipients:;"}, "to-is-empty"),
        ({"to": "support@example.com.evil.example"}, "public-address-in-bcc"),
        ({"to": '"support@example.com" <jane@acme.example>'}, "public-address-in-bcc"),
    ],
)
def test_classify__employee_without_the_public_address_in_to(house: House, mail: dict[str, str], code: str) -> None:
    """B41: only in Cc, only in Bcc, or an empty To: internal."""
    assert codes(scope(house, **mail)) == (code,)


@pytest.mark.parametrize(
    "to", ["SUPPORT@Example.COM", "Help Desk <support@example.com>", "jane@acme.example, support@example.com"]
)
def test_classify__employee_with_the_public_address_in_to(house: House, to: str) -> None:
    """B41, B44: the public address in To, in any letter case: external and Public."""
    found = scope(house, to=to)

    assert (found.internal, found.public, codes(found)) == (False, True, ("external",))


def test_classify__second_public_address_counts(build: Build) -> None:
    """B41: every address of PublicEmailAddress is one."""
    house = build(public_addresses=(PUBLIC, "help@example.com"))

    assert not scope(house, to="help@example.com").internal


@pytest.mark.parametrize("mail", [{"to": "x@else.example", "Cc": PUBLIC}, {"to": "x@else.example"}, {"to": ""}])
def test_classify__customers_mail_in_cc_or_bcc(house: House, mail: dict[str, str]) -> None:
    """B42: a customer's mail is handled as if the public address were in To."""
    found = scope(house, JANE, **mail)

    assert (found.internal, found.public) == (False, True)


def test_classify__reply_to_an_internal_mail_is_external(house: House) -> None:
    """B43: a reply with the public address in To is external; the message answered does not matter."""
    house.send(JANE)
    internal = distribution(house, house.send(ALICE, subject="[0500-1000] *123*"))
    mail = {"subject": "Re: [0500-1000]", "In_Reply_To": internal.message_id}

    assert not scope(house, "bob@company.example", **mail).internal
    assert scope(house, "bob@company.example", **{**mail, "subject": "Re: [0500-1000] *123*"}).internal


def test_classify__internal_mail_is_not_public_and_stays_in(house: House) -> None:
    """B44: internal mail is filed Not Public and goes to Employee Recipients only."""
    house.send(JANE)

    done = house.send(ALICE, subject="[0500-1000] *123*", Cc="jane@acme.example, x@else.example")

    assert not done.decision.scope.public
    assert [mail.envelope for mail in sent_for(house, done)] == [("bob@company.example",)]


@pytest.mark.parametrize("sender", ["desk@company.example", "dave@company.example"])
def test_classify__restricted_employees_mail_stays_in(house: House, sender: str) -> None:
    """B22, B23: a shared or inactive address never writes to customers."""
    found = scope(house, sender)

    assert (found.internal, found.public, codes(found)) == (True, False, ("employee-restricted",))


def test_classify__unverified_mail_is_not_public(house: House) -> None:
    """B33: a stranger's mail on somebody's ticket is Not Public."""
    house.send(JANE)

    found = scope(house, "x@else.example", subject="[0500-1000]")

    assert (found.public, codes(found)) == (False, ("unverified",))


def test_classify__every_ground_is_told(house: House) -> None:
    """B40, B41: each ground that keeps a mail inside stands for itself."""
    assert codes(scope(house, subject="*123*", to="")) == ("keyword-in-subject", "to-is-empty")


# -- automatic ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto_Submitted", "auto-generated"),
        ("Auto_Submitted", "AUTO-REPLIED (vacation)"),
        ("Auto_Submitted", "(no) auto-notified; owner=x"),
        ("Precedence", "Bulk"),
        ("Precedence", "junk"),
        ("Precedence", "list"),
        ("Precedence", "auto_reply"),
        ("X_Auto_Response_Suppress", "OOF, AutoReply"),
        ("X_Autoreply", "yes"),
        ("X_Autorespond", "1"),
        ("X_Autoresponse", "true"),
        ("X_AutoReply_From", "x@else.example"),
        ("X_Mail_Autoreply", "x"),
        ("X_Autogenerated", "Reply"),
        ("X_FC_MachineGenerated", "true"),
        ("List_Id", "<x.else.example>"),
        ("List_Unsubscribe", "<mailto:x@else.example>"),
        ("List_Unsubscribe_Post", "List-Unsubscribe=One-Click"),
        ("List_Post", "NO"),
        ("List_Help", "<https://else.example>"),
        ("List_Subscribe", "<mailto:x@else.example>"),
        ("List_Owner", "<mailto:x@else.example>"),
        ("List_Archive", "<https://else.example>"),
        ("X_Auto_Response_Suppress", "DR, RN, NRN"),
        ("Auto_Submitted", "(no) auto-generated (no)"),
        ("AUTO_SUBMITTED", "Auto-Notified; owner-email=x@else.example"),
        ("Return_Path", "<>"),
    ],
)
def test_classify__automatic_by_header(house: House, name: str, value: str) -> None:
    """B10: each of these headers says that a machine wrote the mail; comments and letter case do not matter."""
    assert scope(house, JANE, **{name: value}).automatic


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto_Submitted", "no"),
        ("Auto_Submitted", "No (by hand)"),
        ("Auto_Submitted", "(really) no ; x=y"),
        ("Precedence", "first-class"),
        ("Precedence", "normal"),
        ("Return_Path", "<jane@acme.example>"),
        ("X_Auto_Response_Suppress", "None"),
        ("Auto_Submitted", ""),
        ("Auto_Submitted", "(auto-replied)"),
        ("Precedence", "(bulk) special-delivery"),
        ("X_Autoreply", "NO"),
        ("X_Autogenerated", "False"),
    ],
)
def test_classify__not_automatic_by_header(house: House, name: str, value: str) -> None:
    """B10: `no`, with comments and in any letter case, is not automatic."""
    assert not scope(house, JANE, **{name: value}).automatic


def test_classify__null_return_path_is_automatic(house: House) -> None:
    """B10: the null return path of the envelope; a file without an envelope proves nothing."""
    raw = mail_bytes(JANE)
    given, missing = Envelope(mail_from="", has_sender=True), Envelope(mail_from="", has_sender=False)

    assert house.dry_run(raw, given).decision.scope.automatic
    assert not house.dry_run(raw, missing).decision.scope.automatic


@pytest.mark.parametrize("sender", ["MAILER-DAEMON@acme.example", "Mailer-Daemon+1@acme.example"])
def test_classify__robots_are_automatic(house: House, sender: str) -> None:
    """B10: mailer-daemon is a machine."""
    assert scope(house, sender).automatic


def test_classify__postmaster_may_be_a_person(house: House) -> None:
    """B11: the address alone proves nothing; people write as postmaster."""
    assert not scope(house, "postmaster@else.example").automatic


@pytest.mark.parametrize("subject", ["Automatic reply: Printer", "Out of Office: away", "Automatische Antwort: Urlaub"])
def test_classify__out_of_office_subjects(house: House, subject: str) -> None:
    """B10: the out-of-office subjects of rules/automatic.ini."""
    assert "automatic-subject" in codes(scope(house, JANE, subject=subject))


def test_classify__employees_automatic_mail_stays_in(house: House) -> None:
    """B10: an employee's out-of-office reply is internal and Not Public, with the public address in To too."""
    house.send(JANE)

    done = house.send(ALICE, subject="[0500-1000]", Auto_Submitted="auto-replied")

    assert (done.decision.scope.internal, done.decision.scope.public) == (True, False)
    assert distribution(house, done).envelope == ("bob@company.example",)


def test_classify__customers_automatic_mail_is_filed_and_distributed(house: House) -> None:
    """B10: it is kept and goes to employees like any other mail; answers are suppressed and nobody is added."""
    done = house.send(JANE, Auto_Submitted="auto-replied", Cc="x@else.example")

    assert (done.decision.record.outcome, done.decision.scope.public) == ("filed", True)
    assert [mail.kind for mail in sent_for(house, done)] == ["distribution"]
    assert all(one.recipient.list == "employee" for one in done.decision.additions.added)
