"""Stage 5: what is kept, what is cut, by which rule."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.mail.html import html_to_text
from connector.pipeline.strip import strip_text
from connector.pipeline.stripping.html_quotes import STRUCTURES, Structure
from connector.pipeline.stripping.labels import JUNK
from connector.pipeline.verdicts import Written
from connector.rulebook import Limits, Rule, Rules, read_rules

RULES = read_rules(Path(__file__).parents[2] / "rules")
QUOTED = "> Could you send us the two boxes?\n> Thank you!\n"
BLOCK = "Could you send us the two boxes?\nThank you!\n"


def kept(text: str, **options: bool) -> str:
    return strip_text(text, "", RULES, **options).text


def kept_html(html: str, **options: bool) -> str:
    return strip_text(html_to_text(html), html, RULES, **options).text


def rules_of(written: Written) -> list[str]:
    return [cut.rule for cut in written.cut]


ATTRIBUTIONS = {
    "Gmail": "On Tue, Mar 5, 2024 at 2:07 PM Ann Lee <ann@corp.example> wrote:",
    "Apple Mail": "On 5 Mar 2024, at 14:07, Ann Lee <ann@corp.example> wrote:",
    "Thunderbird": "On 05/03/2024 14:07, Ann Lee wrote:",
    "wrapped": "On Tue, Mar 5, 2024 at 2:07 PM Ann Lee from the sales department\n<ann@corp.example> wrote:",
    "wrapped twice": "On Tue, Mar 5, 2024 at 2:07 PM Ann Lee <\nann.lee.of.the.sales.department@corp.example>\nwrote:",
    "Zoho": "---- On Tue, 05 Mar 2024 14:07:43 +0100 Ann Lee <ann@corp.example> wrote ----",
    "HCL Notes": "Ann Lee/Sales/Corp wrote on 03/05/2024 02:07:31 PM:",
    "de": "Am Di., 5. März 2024 um 14:07 Uhr schrieb Jana Grün <jana@firma.example>:",
    "de Apple": "Am 05.03.2024 um 14:07 schrieb Jana Grün:",
    "fr": "Le mar. 5 mars 2024 à 14:07, Anne Roi <anne@societe.example> a écrit :",
    "es": "El mar, 5 mar 2024 a las 14:07, Ana Ruiz (<ana@empresa.example>) escribió:",
    "it": "Il giorno mar 5 mar 2024 alle ore 14:07 Anna Rossi <anna@ditta.example> ha scritto:",
    "pt": "Em ter., 5 de mar. de 2024 às 14:07, Ana Reis <ana@empresa.example> escreveu:",
    "nl": "Op di 5 mrt 2024 om 14:07 schreef Anna Bos <anna@bedrijf.example>:",
    "sv": "Den tis 5 mars 2024 kl 14:07 skrev Anna Berg <anna@foretag.example>:",
    "no": "tir. 5. mars 2024 kl. 14:07 skrev Anna Berg <anna@firma.example>:",
    "da": "Den 05.03.2024 kl. 14.07 skrev Anna Berg:",
    "fi": "ti 5. maalisk. 2024 klo 14.07 Anna Virta (anna@yritys.example) kirjoitti:",
    "pl": "wt., 5 mar 2024 o 14:07 Anna Nowak <anna@firma.example> napisał(a):",
    "cs": "út 5. 3. 2024 v 14:07 odesílatel Jana Nová <jana@firma.example> napsal:",
    "ru": "вт, 5 мар. 2024 г. в 14:07, Анна Белова <anna@firma.example>:",
    "ru Thunderbird": "05.03.2024 14:07, Анна Белова пишет:",
    "uk": "вт, 5 бер. 2024 р. о 14:07 Ганна Біла <hanna@firma.example> пише:",
    "he": "\u202bבתאריך יום ג׳, 5 במרץ 2024 ב-14:07 מאת \u202aחנה לוי\u202c <\u202ahana@hevra.example\u202c>:\u202c",
    "ar": "في الثلاثاء، 5 مارس 2024 في 2:07 م كتب سامي حداد <sami@sharika.example>:",
    "ja": "2024年3月5日(火) 14:07 山田花子 <hanako@kaisha.example>:",
    "ja Apple": "2024/03/05 14:07、山田花子 <hanako@kaisha.example>のメール:",
    "ko": "2024년 3월 5일 (화) 오후 2:07, 김하나 <hana@hoesa.example>님이 작성:",
    "zh": "李华 <lihua@gongsi.example> 于2024年3月5日周二 14:07写道：",
    "zh-TW": "李華 <lihua@gongsi.example> 於 2024年3月5日 週二 下午2:07寫道：",
    "tr": "Ayşe Kaya <ayse@sirket.example>, 5 Mar 2024 Sal, 14:07 tarihinde şunu yazdı:",
    "hu": "Anna Kis <anna@ceg.example> ezt írta (időpont: 2024. márc. 5., K, 14:07):",
}


@pytest.mark.parametrize("attribution", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_attribution__goes_with_what_it_quotes(attribution: str) -> None:
    """B50, B51: the answer above a quotation stays, in every language, whether the quotation is marked or not."""
    answer = "Yes, on Friday.\nBoth of them."
    assert kept(f"{answer}\n\n{attribution}\n\n{QUOTED}") == answer
    assert kept(f"{answer}\n\n{attribution}\n\n{BLOCK}") == answer
    assert kept(f"{attribution}\n{QUOTED}\n{answer}\n") == answer


HEADERS = {
    "Outlook": "________________________________\nFrom: Ann Lee <ann@corp.example>\nSent: Tuesday, March 5, 2024\n"
    "To: Bob\nSubject: Boxes",
    "Outlook without addresses": "From: Ann Lee\nSent: Tuesday, March 5, 2024 2:07 PM\nTo: Bob\nSubject: Boxes",
    "bold": "*From:* Ann Lee [mailto:ann@corp.example]\n*Sent:* Tuesday, March 5, 2024\n*To:* Bob\n*Subject:* Boxes",
    "folded": "From: Ann Lee <ann@corp.example>\nDate: Tue, 5 Mar 2024 14:07:00 +0100\nTo: Bob <bob@corp.example>,\n"
    " Carl <carl@corp.example>\nSubject: Boxes",
    "classic": "-----Original Message-----\nFrom: Ann Lee\nTo: Bob",
    "de": "Von: Jana Grün <jana@firma.example>\nGesendet: Dienstag, 5. März 2024 14:07\nAn: Bob\nBetreff: Kisten",
    "fr": "De : Anne Roi <anne@societe.example>\nEnvoyé : mardi 5 mars 2024 14:07\nÀ : Bob\nObjet : Boîtes",
    "es": "De: Ana Ruiz <ana@empresa.example>\nEnviado: martes, 5 de marzo de 2024 14:07\nPara: Bob\nAsunto: Cajas",
    "it": "Da: Anna Rossi\nInviato: martedì 5 marzo 2024 14:07\nA: Bob\nOggetto: Scatole",
    "pt": "De: Ana Reis\nEnviado: terça-feira, 5 de março de 2024 14:07\nPara: Bob\nAssunto: Caixas",
    "nl": "Van: Anna Bos\nVerzonden: dinsdag 5 maart 2024 14:07\nAan: Bob\nOnderwerp: Dozen",
    "sv": "Från: Anna Berg\nSkickat: den 5 mars 2024 14:07\nTill: Bob\nÄmne: Lådor",
    "da": "Fra: Anna Berg\nSendt: 5. marts 2024 14:07\nTil: Bob\nEmne: Kasser",
    "fi": "Lähettäjä: Anna Virta\nLähetetty: tiistai 5. maaliskuuta 2024 14.07\nVastaanottaja: Bob\nAihe: Laatikot",
    "pl": "Od: Anna Nowak\nWysłano: wtorek, 5 marca 2024 14:07\nDo: Bob\nTemat: Skrzynki",
    "cs": "Od: Jana Nová\nOdesláno: úterý 5. března 2024 14:07\nKomu: Bob\nPředmět: Krabice",
    "ru": "От: Анна Белова\nОтправлено: 5 марта 2024 г. 14:07\nКому: Bob\nТема: Ящики",
    "he": "מאת: חנה לוי\nנשלח: יום שלישי 5 מרץ 2024 14:07\nאל: Bob\nנושא: קופסאות",
    "ar": "من: سامي حداد\nتاريخ الإرسال: 5 مارس 2024 14:07\nإلى: Bob\nالموضوع: صناديق",
    "ja": "差出人: 山田花子\n送信日時: 2024年3月5日 14:07\n宛先: Bob\n件名: 箱",
    "ko": "보낸 사람: 김하나\n보낸 날짜: 2024년 3월 5일 화요일 오후 2:07\n받는 사람: Bob\n제목: 상자",
    "zh": "发件人: 李华\n发送时间: 2024年3月5日 14:07\n收件人: Bob\n主题: 箱子",
    "tr": "Kimden: Ayşe Kaya\nGönderildi: 5 Mart 2024 Salı 14:07\nKime: Bob\nKonu: Kutular",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_header_block__goes_with_all_below(header: str) -> None:
    """B50, B51: below a quoted mail header stands the earlier mail, marked or not."""
    answer = "Yes, on Friday.\nBoth of them."
    assert kept(f"{answer}\n\n{header}\n\n{BLOCK}") == answer


FOOTERS = [
    "Sent from my iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Odesláno z iPhonu",
    "Отправлено с iPhone",
    "Надіслано з iPhone",
    "נשלח מה-iPhone שלי",
    "أرسلت من الـ iPhone",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "发自我的 iPhone",
    "iPhone'umdan gönderildi",
]


@pytest.mark.parametrize("footer", FOOTERS)
def test_footer__of_a_client_goes(footer: str) -> None:
    """B50, B51: lines that mobile clients add go, above a quotation and at the end, and stay with signatures=False."""
    assert kept(f"Yes, on Friday.\n\n{footer}\n") == "Yes, on Friday."
    assert kept(f"Yes, on Friday.\n\n{footer}\n\n{ATTRIBUTIONS['Gmail']}\n\n{QUOTED}") == "Yes, on Friday."
    assert kept(f"Yes, on Friday.\n\n{footer}\n", signatures=False) == f"Yes, on Friday.\n\n{footer}"


SIGNATURES = {
    "delimiter": "-- \nJane Miller\nCorp Ltd., 5 Main Street\n+44 20 7946 0000",
    "delimiter without blank": "--\nJane",
    "closing": "Kind regards,\nJane Miller\nCorp Ltd.",
    "closing and delimiter": "Best regards\nJane\n\n-- \nJane Miller\nCorp Ltd.",
    "dash and name": "-Jane",
    "mailing list": "_______________________________________________\nboxes mailing list\nhttps://lists.corp.example/boxes",
    "de": "Mit freundlichen Grüßen\n\nJana Grün",
    "fr": "Cordialement,\nAnne Roi",
    "es": "Un saludo,\nAna",
    "it": "Cordiali saluti\nAnna Rossi",
    "pt": "Atenciosamente,\nAna Reis",
    "nl": "Met vriendelijke groet,\nAnna Bos",
    "da": "Med venlig hilsen\nAnna Berg",
    "pl": "Pozdrawiam,\nAnna Nowak",
    "ru": "С уважением,\nАнна Белова",
    "tr": "Saygılarımla,\nAyşe Kaya",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
def test_signature__goes_where_it_is_wanted(signature: str) -> None:
    """B50: signatures go with StripSignatures=Y, at the end and above the quotation, and stay with N."""
    assert kept(f"Yes, on Friday.\n\n{signature}\n") == "Yes, on Friday."
    assert kept(f"Yes, on Friday.\n\n{signature}\n\n{ATTRIBUTIONS['Gmail']}\n{QUOTED}") == "Yes, on Friday."
    whole = f"Yes, on Friday.\n\n{signature}".split("\n")
    assert kept(f"Yes, on Friday.\n\n{signature}\n", signatures=False) == "\n".join(line.rstrip() for line in whole)


OWN_WORDS = {
    "On at the beginning": "On Monday we met in 2024.\nOn the whole:\n\nit was good.",
    "a time and a colon": "We meet at 14:30 in room 5:\n\nplease come.",
    "travel, not a header": "From: Berlin\nTo: Rome\nDate: 5 March\n\nPlease book it.",
    "travel below text": "Please book:\n\nFrom: Berlin\nTo: Rome\nDate: 5 March\n\nWindow seat, please.",
    "a list with dashes": "We need\n- Milk\n- Bread\n- Rome",
    "double dashes": "We need\n-- milk\n-- bread",
    "a ruler": "Prices\n----------\nMilk 5.00\nBread 3.00",
    "thanks alone": "Please call me.\n\nThanks!",
    "a wish below thanks": "Please call me.\n\nThanks,\nsee you tomorrow",
    "a request below thanks": "The box is here.\n\nThank you.\nPlease send Bob.",
    "a question below regards": "Best regards to Ann.\n\nBest,\nBob?",
    "a postscript": "The box is here.\n\nKind regards,\nBob\n\nPS: please send the invoice",
    "regards in a sentence": "I write with regards to the box.\nBest wishes came too late.",
    "sent from in a sentence": "It was sent from my iPhone app to all users.\nSent from my desk, by the way.",
    "who wrote, without a date": "As my colleague wrote:\n\nthe boxes are late.",
    "a sentence with a date above": "We ordered on 5 March 2024 at 14:07.\nHän kirjoitti:\n\nlaatikot myöhässä.",
    "decoration": ">>> Sale <<<\nBuy now.",
    "mail address": "Write to:\n\nann@corp.example:\nshe knows.",
}


@pytest.mark.parametrize("text", OWN_WORDS.values(), ids=OWN_WORDS.keys())
def test_own_words__are_never_cut(text: str) -> None:
    """B50: what only looks like a quotation, a header or a signature stays, every line of it."""
    written = strip_text(text, "", RULES)
    assert (written.text, written.cut) == (text, ())


def test_inline_answers__stay_with_the_lines_they_answer() -> None:
    """B53: quoted lines that are answered stay; the attribution and what is not answered go."""
    text = f"{ATTRIBUTIONS['Gmail']}\n> Both boxes?\n\nYes.\n\n> On Friday?\n\nNo.\n\n> Thank you!\n> Ann"
    written = strip_text(text, "", RULES)
    assert written.text == "> Both boxes?\n\nYes.\n\n> On Friday?\n\nNo."
    assert rules_of(written) == ["attribution-english", "quote-mark"]


def test_inline_answers__signature_below_is_no_answer() -> None:
    """B53: a signature below the last quoted lines does not make them answered."""
    text = f"{ATTRIBUTIONS['Gmail']}\n> Both boxes?\n\nYes.\n\n> Thank you!\n\n-- \nBob"
    assert kept(text) == "> Both boxes?\n\nYes."


def test_own_quotation__stays() -> None:
    """B53: lines that the writer marked to cite something, in the middle of own words, stay."""
    text = "The log says\n\n> disk full\n\nWhat shall we do?"
    assert kept(text) == text


def test_wrapped_quotation__is_quoted_as_a_whole() -> None:
    """B50: a line that the quoting client wrapped off a quoted line belongs to it."""
    long = "> We would like to have the two boxes that you showed us on Friday at the\nfair in town.\n> Thank you!\n"
    assert kept(f"Yes.\n\n{ATTRIBUTIONS['Gmail']}\n{long}") == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        QUOTED,
        f"{ATTRIBUTIONS['Gmail']}\n\n{QUOTED}",
        f"{HEADERS['Outlook']}\n\n{BLOCK}",
        "-- \nJane Miller",
        "Sent from my iPhone",
        "Kind regards,\nJane",
        "This e-mail and any attachments are confidential and intended solely for the addressee.",
    ],
)
def test_nothing_left__the_whole_text_is_kept(text: str) -> None:
    """B53: where nothing would be left, the unstripped text is the entry."""
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    assert kept(text) == "\n".join(lines)


def test_nothing_left__a_footer_alone_is_not_what_was_written() -> None:
    """B53: where only a client's footer would be left of a forwarded mail, the forwarded text stays."""
    forwarded = f"Begin forwarded message:\n\n{QUOTED}".strip("\n")
    written = strip_text(f"Sent from my iPhone\n\n{forwarded}", "", RULES)
    assert BLOCK.split("\n")[0] in written.text
    assert written.because[0].code == "nothing-left"


def test_first_mail__keeps_what_it_forwards() -> None:
    """B56: in the first mail of a ticket the forwarded part is the request; the signature above it may go."""
    request = "Over to you.\n\n-- \nBob\n\n---------- Forwarded message ---------\nFrom: Ann <ann@corp.example>\n"
    request += f"Date: Tue, Mar 5, 2024\nSubject: Boxes\n\n{BLOCK}\nKind regards,\nAnn Lee"
    written = strip_text(request, "", RULES, first_mail=True)
    assert rules_of(written) == ["signature-delimiter"]
    assert written.text.endswith("Kind regards,\nAnn Lee")
    assert written.because[0].code == "first-mail-keeps-quotes"
    assert kept(request) == "Over to you."


def test_disclaimer__goes_as_a_paragraph() -> None:
    """B50: a legal disclaimer goes, whatever stands around it, also with signatures=False."""
    disclaimer = "This e-mail and any attachments are confidential and\nintended solely for the addressee."
    assert kept(f"Yes, on Friday.\n\n{disclaimer}\n", signatures=False) == "Yes, on Friday."


def test_cuts__name_lines_and_rules() -> None:
    """B55: the record says which rule cut which lines, numbered from 1."""
    text = f"Yes.\n\nKind regards,\nBob\n\n{ATTRIBUTIONS['Gmail']}\n\n{QUOTED}"
    cuts = [(cut.first, cut.last, cut.rule) for cut in strip_text(text, "", RULES).cut]
    assert cuts == [(3, 4, "closing-english"), (6, 6, "attribution-english"), (8, 9, "quote-mark")]


def test_slow_rule__is_passed_over_and_named() -> None:
    """B52: a rule past its limit stops no mail; the record names it, and what it had said so far is forgotten."""
    slow = Rule("slow", "delimiter", "^-(?:a|aa)+$")
    rules = Rules({**RULES.by_kind, "delimiter": (slow,)}, limits=Limits(rule=20, mail=500))
    evil = "-" + "a" * 60 + "b"
    written = strip_text(f"Yes.\n-aa\nNo.\n{evil}\n\n{ATTRIBUTIONS['Gmail']}\n{QUOTED}", "", rules)
    assert written.text == f"Yes.\n-aa\nNo.\n{evil}"
    assert [(reason.code, reason.facts["rule"]) for reason in written.because] == [("rule-passed-over", "slow")]


def test_blank_lines__cost_no_more_than_their_number() -> None:
    """B8: a mail of nothing but blank lines is done at once, not in minutes."""
    written = strip_text(f"Yes.{chr(10) * 200_000}No.", "", RULES)
    assert written.text == f"Yes.{chr(10) * 200_000}No."


@pytest.mark.parametrize("structure", STRUCTURES, ids=lambda structure: structure.name)
def test_html__every_known_structure_is_used(structure: Structure) -> None:
    """B54: the marks that clients leave in HTML tell what is quoted, and the record names them."""
    html = f"<html><body><div>Yes, on Friday.</div>{structure.example}</body></html>"
    written = strip_text(html_to_text(html), html, RULES)
    assert written.text == "Yes, on Friday."
    assert structure.name in rules_of(written) or structure.label == "frame"


def test_html__inline_answers_between_blockquotes_stay() -> None:
    """B53, B54: answers between the parts of a blockquote that a client has split."""
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">Ann:<br></div>'
        '<blockquote class="gmail_quote">Both?</blockquote>'
        "<div>Yes.</div><blockquote class='gmail_quote'>On Friday?</blockquote><div>No.</div></div>"
    )
    assert kept_html(html).split() == ["Both?", "Yes.", "On", "Friday?", "No."]


def test_html__indented_text_is_no_quotation() -> None:
    """B54: Gmail's indent button makes a blockquote without a line beside it; what it holds is the writer's."""
    html = '<div>Note:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0px">Both boxes</blockquote>'
    assert kept_html(html).split() == ["Note:", "Both", "boxes"]


def test_html__unknown_language_of_the_attribution_does_not_matter() -> None:
    """B54: where the client marks the attribution, no rule needs to read it."""
    html = (
        '<div dir="ltr">Bai.</div><div class="gmail_quote"><div class="gmail_attr">Anek idatzi du:</div>'
        '<blockquote class="gmail_quote">Bi kutxa?</blockquote></div>'
    )
    assert kept_html(html) == "Bai."


def test_html__ruled_table_is_no_quotation() -> None:
    """B54: a line drawn above something is Outlook's mark only where a header block follows it."""
    html = '<div>Prices:</div><div style="border-top:solid #E1E1E1 1.0pt">Milk 5.00</div>'
    assert kept_html(html).split() == ["Prices:", "Milk", "5.00"]


QUOTING = ["> a", ">> b", "> c", "| a", ATTRIBUTIONS["Gmail"], ATTRIBUTIONS["zh"], ">>> x <<<", "wrote:", "\u202b>"]
HEADING = ["From: a@b.example", "Sent: 5 May 2024 10:00", "Subject: x", "-----Original Message-----", "____"]
ENDING = ["-- ", "--", "Kind regards,", "Jane", "-Jane", "Sent from my iPhone", "This e-mail is confidential."]
LINES = st.sampled_from(["", "Yes.", "\ufeff", "\xa0", *QUOTING, *HEADING, *ENDING])
ANY_TEXT = st.one_of(st.lists(LINES, max_size=12).map("\n".join), st.text(max_size=80))


@given(ANY_TEXT, st.booleans(), st.booleans())
@settings(max_examples=200, deadline=None)
def test_strip__every_line_is_kept_or_cut(text: str, first_mail: bool, signatures: bool) -> None:
    """B53, B55: nothing raises; each line with text is kept or in a cut with a rule; never nothing of something."""
    written = strip_text(text, "", RULES, first_mail=first_mail, signatures=signatures)
    gone = {number for cut in written.cut for number in range(cut.first, cut.last + 1)}
    lines = text.split("\n")
    left = [line.strip(JUNK) for number, line in enumerate(lines, start=1) if number not in gone]
    there = [line.strip(JUNK) for line in written.text.split("\n")]
    assert [line for line in left if line] == [line for line in there if line]
    assert all(cut.rule for cut in written.cut)
    assert bool(written.text.strip(JUNK)) or not any(line.strip(JUNK) for line in lines)


@given(
    st.lists(
        st.sampled_from(["<blockquote>", "</blockquote>", "<div class=gmail_quote>", "</div>", "a", "<hr>", "<p>"])
    )
)
@settings(max_examples=100, deadline=None)
def test_strip__any_html_is_taken(pieces: list[str]) -> None:
    """B53, B54: broken HTML is stripped like other HTML; what shows in it never becomes nothing."""
    html = "".join(pieces)
    text = html_to_text(html)
    assert bool(strip_text(text, html, RULES).text.strip()) == bool(text.strip())


@pytest.mark.parametrize(
    "text",
    [">" * 700_000, "> a\n" * 170_000, "a: b@c.example 12:30 wrote:\n" * 25_000, "-- \n" * 170_000, "On 1 " * 140_000],
    ids=["marks", "quoted lines", "attributions", "delimiters", "one line"],
)
def test_strip__takes_time_in_proportion(text: str) -> None:
    """B8, B52: 700 KB of what rules like least take less than a second."""
    started = time.process_time()
    strip_text(text, "", RULES)
    assert time.process_time() - started < 1.0
