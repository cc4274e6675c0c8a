"""What an employee forwards (B37): who wrote it, for whom the ticket is, who sees what was added."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.pipeline.forwarded import originals
from tests.house import PUBLIC, Build, House, mail_bytes, shipped_book
from tests.sent import sent_for, ticket_of

ALICE, JANE = "Alice Archer <alice@company.example>", "jane@acme.example"
RULES = shipped_book().rules

BLOCK = (
    "From: Jane Doe <jane@acme.example>\nSent: Monday, March 2, 2026 9:12 AM\nTo: a@b.example\nSubject: x\n\nHello\n"
)
TITLED = f"---------- Forwarded message ---------\n{BLOCK}"


def written_by(text: str, subject: str = "Fwd: x") -> list[str]:
    """Who may have written what a mail with this text forwards."""
    raw = mail_bytes(ALICE, subject=subject, body=text, Content_Type="text/plain; charset=utf-8")
    return [one.address for one in originals(parse(raw, Envelope()), RULES)]


FIELDS = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "pt": ("De", "Enviada", "Para", "Assunto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "no": ("Fra", "Sendt", "Til", "Emne"),
    "da": ("Fra", "Sendt", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "pl": ("Od", "Wysłano", "Do", "Temat"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět"),
    "sk": ("Odosielateľ", "Odoslané", "Komu", "Predmet"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
    "uk": ("Від", "Надіслано", "Кому", "Тема"),
    "he": ("מאת", "נשלח", "אל", "נושא"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "zh": ("发件人", "发送时间", "收件人", "主题"),
    "zh-tw": ("寄件者", "寄件日期", "收件者", "主旨"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "hu": ("Feladó", "Elküldve", "Címzett", "Tárgy"),
    "el": ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    "ro": ("De la", "Trimis", "Către", "Subiect"),
    "vi": ("Từ", "Đã gửi", "Đến", "Chủ đề"),
}
PREFIXES = {
    "de": "WG", "fr": "TR", "es": "RV", "it": "I", "pt": "ENC", "nl": "Doorst", "sv": "VB", "no": "VS", "da": "VS",
    "fi": "VL", "pl": "PD", "ru": "Пересл", "uk": "Переслано", "he": "הועבר", "ar": "إعادة توجيه", "ja": "転送",
    "ko": "전달", "zh": "转发", "zh-tw": "轉寄", "tr": "İLT", "hu": "Továbbítás", "el": "ΠΡΘ", "vi": "Chuyển tiếp",
}  # fmt: skip
TITLES = {
    "en": "Begin forwarded message:",
    "de": "-------- Weitergeleitete Nachricht --------",
    "fr": "-------- Message transféré --------",
    "es": "---------- Mensaje reenviado ----------",
    "it": "Inizio messaggio inoltrato:",
    "pt": "Início da mensagem encaminhada:",
    "nl": "---------- Doorgestuurd bericht ----------",
    "sv": "-------- Vidarebefordrat meddelande --------",
    "no": "Videresendt melding:",
    "da": "Start på videresendt besked:",
    "fi": "-------- Välitetty viesti --------",
    "pl": "-------- Przekazana wiadomość --------",
    "cs": "-------- Přeposlaná zpráva --------",
    "sk": "-------- Preposlaná správa --------",
    "ru": "Начало переадресованного сообщения:",
    "uk": "-------- Переслане повідомлення --------",
    "he": "---------- הודעה שהועברה ---------",
    "ar": "---------- رسالة محولة ---------",
    "ja": "-------- 転送メッセージ --------",
    "ko": "---------- 전달된 메시지 ---------",
    "zh": "-------- 转发邮件信息 --------",
    "zh-tw": "---------- 轉寄的郵件 ---------",
    "tr": "-------- Yönlendirilen ileti --------",
    "hu": "-------- Továbbított üzenet --------",
    "el": "-------- Προωθημένο μήνυμα --------",
    "ro": "-------- Mesaj redirecționat --------",
    "vi": "-------- Tin nhắn đã chuyển tiếp --------",
}


def block(language: str) -> str:
    """A header block as mail programs of this language write it."""
    sender, sent, to, subject = FIELDS[language]
    return f"{sender}: Jane Doe <{JANE}>\n{sent}: 2026-03-02 09:12\n{to}: alice@company.example\n{subject}: Printer\n"


@pytest.mark.parametrize("language", FIELDS)
def test_originals__by_the_prefix_of_the_subject(language: str) -> None:
    """B37: without a title the subject's prefix tells a forward, in every language of the rules."""
    subject = f"{PREFIXES.get(language, 'Fwd')}: Printer"

    assert written_by(f"Please.\n\n{block(language)}\nHello\n", subject) == [JANE]


@pytest.mark.parametrize("language", FIELDS)
def test_originals__by_the_title(language: str) -> None:
    """B37: a subject of the employee's own does not hide a forward that has its title."""
    assert written_by(f"Please.\n\n{TITLES[language]}\n{block(language)}\nHello\n", "Printer of Acme") == [JANE]


@pytest.mark.parametrize(
    "subject",
    ["Fwd: x", "FW:x", "[EXTERNAL] Fwd: x", "[Fwd: x]", "x (fwd)", "Fwd[2]: x", "Fwd: Re: x", "wg： x", "TR : x"],
)
def test_originals__prefixes_as_clients_write_them(subject: str) -> None:
    """B37: the outermost prefix counts, behind the tags of filters, counted, bracketed or at the end."""
    assert written_by(BLOCK, subject) == [JANE]


@pytest.mark.parametrize(
    "subject", ["Re: x", "AW: Fwd: x", "RE: FW: x", "SV: x", "回复：x", "Printer", "Problem: x", ""]
)
def test_originals__a_reply_is_none(subject: str) -> None:
    """B37: a reply quotes a header block; without a sign of a forward there is none."""
    assert written_by(f"Yes.\n\n{BLOCK}", subject) == []


def test_originals__a_reply_to_a_forward_is_none() -> None:
    """B37: the title stands in what is replied to."""
    assert written_by(f"Yes.\n\n{TITLED}", "Re: Fwd: x") == []


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Jane Doe <jane@acme.example>", "Jane Doe"),
        ('"Doe, Jane" <JANE@ACME.example>', "Doe, Jane"),
        ("jane@acme.example", ""),
        ("<jane@acme.example>", ""),
        ("Jane Doe [mailto:jane@acme.example]", "Jane Doe"),
        ("Jane Doe <jane@acme.example<mailto:jane@acme.example>>", "Jane Doe"),
        ("Jane Doe <jane@acme.example> <mailto:jane@acme.example>", "Jane Doe"),
        ("Jane Doe (jane@acme.example)", "Jane Doe"),
        ("*Jane Doe* <jane@acme.example>", "Jane Doe"),
        ("Jane Doe\n<jane@acme.example>", "Jane Doe"),
        ("\nJane Doe <jane@acme.example>", "Jane Doe"),
        ("\u200eJane Doe <jane@acme.example>;", "Jane Doe"),
    ],
)
def test_originals__one_person_in_many_forms(value: str, name: str) -> None:
    """B37: the address is read in each form in which clients print it."""
    text = f"From: {value}\nDate: 2 March 2026 09:12\nSubject: x\n\nHello\n"
    raw = mail_bytes(ALICE, subject="Fwd: x", body=text, Content_Type="text/plain; charset=utf-8")

    [found] = originals(parse(raw, Envelope()), RULES)
    assert (found.name, found.address, found.found) == (name, JANE, "header-block")


@pytest.mark.parametrize(
    "value",
    [
        "Jane Doe",
        "",
        "Jane Doe/Acme@ACME",
        "jane@acme.example on behalf of bob@borealis.example",
        '"bob@borealis.example" <jane@acme.example>',
        "jane@acme.example, bob@borealis.example",
    ],
)
def test_originals__nobody_where_there_is_not_one_address(value: str) -> None:
    """B37: a name alone, or two addresses, name nobody."""
    assert written_by(f"From: {value}\nDate: 2 March 2026 09:12\nSubject: x\n\nHello\n") == []


@pytest.mark.parametrize(
    "text",
    [
        f"> {TITLED}".replace("\n", "\n> "),
        f"> somebody said\n\n{TITLED}",
        "\n".join(f"> {line}" for line in BLOCK.split("\n")),
        f"From: Jane Doe <{JANE}>\n\nHello\n",
        "Nothing is here.\n",
    ],
)
def test_originals__nothing_but_own_words_stands_above(text: str) -> None:
    """B37: a forward within a quotation, or a lone line that begins with From, is none."""
    assert written_by(text) == []


def test_originals__the_outermost_counts() -> None:
    """B37: what the forwarded mail forwards in its turn is nested and does not count."""
    assert written_by(f"Please.\n\n{TITLED}\n{TITLED.replace(JANE, 'deep@else.example')}") == [JANE]
    assert written_by(TITLED.replace(f"Jane Doe <{JANE}>", "Jane Doe") + TITLED) == []


def test_originals__reports_forward_nothing() -> None:
    """B11, B37: a report has the mail that failed attached; it forwards none."""
    raw = (
        b"From: alice@company.example\r\nSubject: Undeliverable\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        b"--b\r\n\r\nFailed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: jane@acme.example\r\n\r\nHello\r\n--b--\r\n"
    )
    assert originals(parse(raw, Envelope()), RULES) == ()


@pytest.mark.parametrize(
    "piece", ["From: a@b.example\n", "Fwd: forwarded:\n", ">", "From: <", "@", "a@b.c<a@b.c ", "\n"]
)
def test_originals__any_text_is_read(piece: str) -> None:
    """B8: no text makes it raise, and how much of it is looked at has a limit."""
    assert len(written_by(piece * 200_000)) <= 1


# -- the ticket ----------------------------------------------------------------------------------------------------


def test_forward__customer_is_recipient_and_gets_nothing_of_it(house: House) -> None:
    """B37, B44: contact and External Recipient; the forward itself, and the remark above it, stay inside."""
    done = house.send(ALICE, subject="Fwd: Printer", body=f"They never pay.\r\n\r\n{TITLED}")
    ticket = ticket_of(house, done)

    assert [recipient.address for recipient in ticket.external] == [JANE]
    assert (ticket.contact_addresses, ticket.manager_id) == ((JANE,), done.decision.sender.employee_id)
    assert [mail.kind for mail in sent_for(house, done)] == ["distribution"]
    assert all(address.endswith("@company.example") for mail in sent_for(house, done) for address in mail.envelope)


def test_forward__the_next_external_mail_reaches_the_customer(house: House) -> None:
    """B37, B80: the ticket is the customer's from then on; he is shown no Message-ID of what was inside (B84)."""
    done = house.send(ALICE, subject="Fwd: Printer", body=TITLED, Message_ID="<inner@company.example>")
    number = done.decision.match.number

    reply = house.send("bob@company.example", subject=f"Re: Printer [{number}]", In_Reply_To="<inner@company.example>")

    [mail] = sent_for(house, reply)
    assert JANE in mail.envelope
    assert b"inner@company.example" not in mail.head
    assert house.send(f"Jane <{JANE}>", subject=f"[{number}]").decision.match.verified


def test_forward__both_are_in_the_store(house: House) -> None:
    """B37: the entry has the employee as its sender, and whose mail it was beside it."""
    done = house.send(ALICE, subject="Fwd: Printer", body=TITLED)
    assert done.filed is not None
    assert done.filed.entry_id is not None
    detail = house.store.entry(done.filed.entry_id)

    assert detail is not None
    assert (detail.row["sender_address"], detail.row["public"]) == ("alice@company.example", False)
    assert detail.on_behalf == ("Jane Doe", JANE)


@pytest.mark.parametrize(
    ("address", "account"),
    [
        ("jane@acme.example", "Acme Ltd"),
        ("office@acme.example", "Acme Ltd"),
        ("new@borealis.example", "Borealis GmbH"),
        ("chloe.martin@mail.example", "Corvus SA"),
        ("x@twins.example", "Unknown senders"),
        ("x@else.example", "Unknown senders"),
    ],
)
def test_forward__account_as_for_a_mail_of_his_own(house: House, address: str, account: str) -> None:
    """B24, B37: by contact, by account, by domain, else the account of unknown senders."""
    done = house.send(ALICE, subject="Fwd: x", body=TITLED.replace(JANE, address))

    assert house.store.ticket(done.decision.match.number)["account"] == account  # type: ignore[index]


@pytest.mark.parametrize(
    "address", ["carol@company.example", "dave@company.example", "support+x@example.com", "noreply@else.example"]
)
def test_forward__not_for_people_of_the_house_or_robots(house: House, address: str) -> None:
    """B36, B37, B61: employees of any kind, public addresses and robots are nobody's customer."""
    done = house.send(ALICE, subject="Fwd: x", body=TITLED.replace(JANE, address))

    assert done.decision.match.forwarded is None
    assert ticket_of(house, done).external == ()


def test_forward__never_add_is_never_added(build: Build) -> None:
    """B37, B61: NeverAddRecipients holds for whom a forward names, too."""
    house = build(never_add=(JANE,))

    assert ticket_of(house, house.send(ALICE, subject="Fwd: x", body=TITLED)).external == ()


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        ("desk@company.example", {}),
        ("dave@company.example", {}),
        ("x@else.example", {}),
        (f"{JANE} <alice@company.example>", {}),
        (ALICE, {"Auto_Submitted": "auto-generated"}),
        (ALICE, {"to": "bob@company.example", "Cc": PUBLIC}),
    ],
)
def test_forward__adds_nobody_where_it_may_not(house: House, sender: str, more: dict[str, str]) -> None:
    """B10, B22, B23, B27, B37, B41, B62: only an employee who is taken as such, by a mail that is not automatic."""
    done = house.send(sender, subject="Fwd: x", body=TITLED.replace(JANE, "birgit@borealis.example"), **more)

    assert "birgit@borealis.example" not in [one.address for one in ticket_of(house, done).external]


def test_forward__released_as_unverified_adds_nobody(house: House) -> None:
    """B9, B37: a person doubted that the employee wrote it."""
    raw = mail_bytes(ALICE, subject="Fwd: x", body=TITLED)
    done = house.take(raw, Envelope(release="unverified", released_by="bob@company.example"))

    assert done.decision.match.forwarded is None
    assert ticket_of(house, done).external == ()


def test_forward__that_answers_a_known_message_opens_nothing(house: House) -> None:
    """B32, B37: a forward of a mail of a ticket belongs to that ticket."""
    first = house.send(f"Jane <{JANE}>", Message_ID="<1@acme.example>")
    done = house.send(ALICE, subject="Fwd: x", body=TITLED, References="<1@acme.example>")

    assert done.decision.match.number == first.decision.match.number
    assert done.decision.match.forwarded is None
