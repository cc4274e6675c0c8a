"""Stage 5: what a person wrote is never taken for a footer, a disclaimer, a signature, a header or a quotation."""

from __future__ import annotations

import pytest

from connector.pipeline.strip import strip_text
from tests.pipeline.test_strip import ATTRIBUTIONS, RULES, kept

NOT_FOOTERS = [
    "从昨天开始打印机无法使用",
    "从手机无法登录",
    "来自上海的客户在等",
    "Envoyé par DHL le 5 mars",
    "Envoyé par Outlook hier au client",
    "Enviado con Correos el lunes",
    "Enviado com a transportadora na segunda",
    "Inviato con corriere il 5 marzo",
    "Verzonden via PostNL op maandag",
    "Wysłano przez DHL w poniedziałek",
    "Отправлено с опозданием 5 марта",
    "Paket depodan gönderildi",
    "Lähetetty tehtaalta maanantaina",
    "Skickat från lagret i måndags",
    "Sendt fra lageret i mandags",
    "Odesláno z Prahy v pondělí",
    "Gesendet mit DHL App am Montag",
    "Von meinem Kollegen mit der Post gesendet",
    "Sent by phone",
    "Sent from my Paris Office",
    "Sent from my iPhone yesterday, and again today",
    "Sent with Outlook but not received",
    "添付ファイルを別のメールで送信しました。",
    "사무실에서 보냄",
    "أرسلت من المكتب أمس",
]

OWN_WORDS = {
    "confidential, with a code": "Hi Bob,\n\nThis message is confidential: the new door code is 4711.\n"
    "Please tell the cleaners and change it on Friday.\n\nBye",
    "confidential, at the end": "The lock is new.\n\nThis message is confidential: the door code is 4711.",
    "confidential, and more": "The lock is new.\n\nThis message is confidential.\nPlease tell the cleaners.",
    "intended recipient": "If you are not the intended recipient of invoice 4711, please tell me who is.\n"
    "We have not been paid since March.",
    "intended recipient, long": "The bill is wrong.\n\nIf you are not the intended recipient of invoice 4711, "
    "please tell me who is.\nWe have not been paid since March, and neither has the carrier, who waits "
    "for his money.",
    "confidential postscript": "It is done.\n\nKind regards\nBob\n\nPS: This message is confidential, please.",
    "separators": "Problem one\n--\nProblem two\n--\nProblem three",
    "a separator": "The door is open.\n--\nPlease also send me the invoice for March",
    "a drawn line": "Invoice 1 is wrong.\n\n______\n\nInvoice 2 is wrong as well, please correct both.",
    "a drawn line, Chinese": "请尽快处理。\n\n____\n\n第二张发票也错了。",
    "a list with glued dashes": "broken are:\n\n-Printer\n-Scanner",
    "a list without a colon": "Broken\n\n-Printer\n-Scanner",
    "one item": "broken is:\n\n-Printer",
    "things below thanks": "Thanks\n\nPrinter HP4000\nSerial ABC123\nRoom 12",
    "numbered items below a name": "Thank you,\nJane\n\n1. The door is open\n2. The light is off",
    "text below a name": "Thank you,\nJane\n\nThe door is open\nAnd the light is off",
    "a form": "the data you asked for:\nDate: 5 May 2024\nTo: Munich\nCustomer: jane@acme.example\n"
    "The parcel never arrived. Please send another one.",
    "a form with a subject": "Hi,\n\nFrom: Jane Doe\nSubject: Printer broken\nDate: today\n\nIt smokes. Please come.",
    "a booking": "Please book:\n\nFrom: Berlin\nTo: Rome\nDate: 5 March 2024 14:00\n\nWindow seat, please.",
    "a form with gaps": "Here it is.\n\nDate: 5 May\nRoom 12\nFrom: jane@acme.example\n\nPlease come.",
}


@pytest.mark.parametrize("first_mail", [False, True])
@pytest.mark.parametrize("sentence", NOT_FOOTERS)
def test_footer__names_a_device_a_client_or_an_app(sentence: str, first_mail: bool) -> None:
    """B50: a sentence about what was sent is no client's footer, and nothing below it goes."""
    text = f"Hello,\n\n{sentence}\n\nPlease see to it."
    assert kept(text, first_mail=first_mail) == text


@pytest.mark.parametrize("first_mail", [False, True])
@pytest.mark.parametrize("footer", ["Sent from my iPhone", "Envoyé de mon iPhone", "发自我的 iPhone"])
def test_footer__goes_without_what_stands_below(footer: str, first_mail: bool) -> None:
    """B50: a postscript below a client's footer stays; a signature above it and one below it go."""
    text = f"Yes, on Friday.\n\nKind regards\nBob\n\n{footer}\n\nPS: bring the box.\n\n-- \nBob Miller"
    written = strip_text(text, "", RULES, first_mail=first_mail)
    assert written.text.split("\n") == ["Yes, on Friday.", "", "", "", "PS: bring the box."]


@pytest.mark.parametrize("first_mail", [False, True])
@pytest.mark.parametrize("signatures", [True, False])
@pytest.mark.parametrize("text", OWN_WORDS.values(), ids=OWN_WORDS.keys())
def test_own_words__stay(text: str, first_mail: bool, signatures: bool) -> None:
    """B50: what only resembles a disclaimer, a signature or a quoted header stays, every line of the main text."""
    ending = "Kind regards\nBob"  # the postscript's
    left = kept(text, first_mail=first_mail, signatures=signatures)
    assert left.split() == text.split() or (ending in text and left.split() == text.replace(ending, "").split())


DISCLAIMERS = {
    "long, anywhere": "This e-mail and any attachments are confidential and intended solely for the addressee. If you "
    "are not the intended recipient, you must not read, copy or use it; please tell the sender and delete it.",
    "short, at the end": "This e-mail and any attachments are confidential and intended solely for the addressee.",
}


@pytest.mark.parametrize("disclaimer", DISCLAIMERS.values(), ids=DISCLAIMERS.keys())
@pytest.mark.parametrize("above", ["Yes, on Friday.", "Yes, on Friday.\n\nKind regards\nBob"])
def test_disclaimer__goes_at_the_end(above: str, disclaimer: str) -> None:
    """B50: a paragraph that says nothing but a disclaimer goes at the very end, below a signature or not."""
    assert kept(f"{above}\n\n{disclaimer}\n") == "Yes, on Friday."


def test_disclaimer__of_one_sentence_goes_below_a_signature() -> None:
    """B50: a long paragraph with one sentence that rules know goes where the mail was signed above it."""
    long = f"Confidentiality Notice: the contents are private {'and not for anybody else ' * 6}at all."
    assert kept(f"Yes, on Friday.\n\nKind regards\nBob\n\n{long}\n\nCorp Ltd.", signatures=False).count("private") == 0
    assert "private" in kept(f"Yes, on Friday.\n\n{long}\n\nSee you.")


def test_disclaimer__banner_goes_at_the_top() -> None:
    """B50: the warning that a gateway puts above a mail from outside goes."""
    banner = "CAUTION: This email originated from outside of the organization."
    assert kept(f"{banner}\n\nThe pump is broken again.", first_mail=True) == "The pump is broken again."


INLINE = {
    "below a question": "> Could you please tell us which printer driver version you are using now?\n"
    "yes, it is version 3.14.\n> And which operating system do you have?\nlinux, as ever.",
    "below a long sentence": "> We need the version of the printer driver that you are using at the moment.\n"
    "it is 3.14.\n> And the operating system.\nlinux",
    "below an open bracket": "> Which one (A or B\nB please.\n> And when?\nnow",
    "a smile below an open bracket": "> Which one (A or B\nB please :)\n> And when?\nnow",
    "a link": "> Where is it\nsee <https://corp.example/boxes>\n> And when?\nnow",
    "below no full line": "> And which operating system do you have on it\nlinux, as ever.\n> And when?\nnow",
}


@pytest.mark.parametrize("answers", INLINE.values(), ids=INLINE.keys())
def test_short_inline_answers__are_no_wrapped_quotation(answers: str) -> None:
    """B53: a line between quoted ones is a rest of the line above only where that line was full and goes on."""
    assert kept(f"{ATTRIBUTIONS['Gmail']}\n{answers}") == answers


OUTLOOK = "-----Original Message-----\nFrom: Ann Lee\nSent: Tuesday, March 5, 2024 2:07 PM\nTo: Bob\nSubject: Boxes"  #


@pytest.mark.parametrize("above", ["", "Hello Ann,\n\n"])
def test_answers_below_a_header__stay_where_the_quotation_is_marked(above: str) -> None:
    """B53: below a quoted mail's header with quote marks, inline and bottom answers stay."""
    inline = "> Both boxes?\nYes.\n> On Friday?\nNo."
    assert kept(f"{above}{OUTLOOK}\n\n{inline}") == f"{above}{inline}"
    assert kept(f"{above}{OUTLOOK}\n\n> Both boxes?\n\nYes, please.").split() == f"{above}Yes, please.".split()


@pytest.mark.parametrize("line", ["Yes please restart the server", "It hangs since 5 May 2024"])
def test_sentence_above_an_undated_attribution__stays(line: str) -> None:
    """B50: an attribution takes in the line above only where it goes on from there."""
    text = f"Hello Ann,\n\n{line}\nAnn Lee <ann@corp.example> wrote:\n> Shall we restart?"
    assert kept(text) == f"Hello Ann,\n\n{line}"


def test_nothing_but_a_picture__keeps_the_signature() -> None:
    """B53: where nothing with a letter would be left, the signature stays; what is quoted goes all the same."""
    assert kept("🎉\n\n—\nJohn Doe\nCEO") == "🎉\n\n—\nJohn Doe\nCEO"
    assert kept(f"👍\n\n{ATTRIBUTIONS['Gmail']}\n> Both?") == "👍"
