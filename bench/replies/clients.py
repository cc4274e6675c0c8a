"""Mail clients: what each puts above what it quotes, how it marks and wraps that, and what it adds to its writer's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """Who answers whom, about what, and when the message came: what attributions tell."""

    name: str
    address: str
    to: str
    to_address: str
    subject: str
    day: int
    hour: int
    minute: int
    words: tuple[str, ...]  # of a language that nobody speaks

    @property
    def clock(self) -> str:
        """The time of day, 14:07."""
        return f"{self.hour:02d}:{self.minute:02d}"

    @property
    def clock12(self) -> str:
        """The time of day, 2:07 PM."""
        return f"{self.hour % 12 or 12}:{self.minute:02d} {'PM' if self.hour > 11 else 'AM'}"


Introduction = Callable[[Scene], list[str]]


@dataclass(frozen=True, slots=True)
class Client:
    """One client; `width` 0 leaves lines as long as they are, `structure` is HTML around attribution and quotation."""

    name: str
    introductions: tuple[Introduction, ...] = ()
    mark: str = ""
    width: int = 0
    footers: tuple[str, ...] = ()
    positions: tuple[str, ...] = ("top", "top", "bottom", "inline")
    structure: str = ""
    escaped: bool = False  # leaves quoted-printable as it is
    signature: bool = True  # quotes the message's signature as well


def _date_first(names: str, date: str) -> Introduction:
    """The same with the date above the sender, as GMX writes it."""
    block = _fields(names, date)

    def swapped(s: Scene) -> list[str]:
        sender, sent, *rest = block(s)
        return [sent, sender, *rest]

    return swapped


def _line(template: str) -> Introduction:
    """An attribution of one line, or of several with line ends in it."""
    return lambda s: template.format(s=s, d=s.day, t=s.clock, t12=s.clock12, n=s.name, a=s.address).split("\n")


def _fields(names: str, date: str, above: str = "", colon: str = ": ", address: str = "{n} <{a}>") -> Introduction:
    """A header block; `names` are those of sender, date, receiver and subject."""

    def block(s: Scene) -> list[str]:
        sender, sent, to, subject = names.split("|")
        when = date.format(d=s.day, t=s.clock, t12=s.clock12)
        lines = [
            f"{sender}{colon}{address.format(n=s.name, a=s.address)}",
            f"{sent}{colon}{when}",
            f"{to}{colon}{s.to} <{s.to_address}>",
            f"{subject}{colon}{s.subject}",
        ]
        return [*([above] if above else []), *lines, ""]

    return block


def _unknown_line(s: Scene) -> list[str]:
    one, two, three, *_ = s.words
    return [f"{one.capitalize()} {s.day}.3.2024 {two} {s.clock} {s.name} <{s.address}> {three}:"]


def _unknown_wrapped(s: Scene) -> list[str]:
    one, two, three, *_ = s.words
    return [
        f"{one.capitalize()} {two} {s.day}. {three} 2024, {s.clock} {two} {three} {s.name}",
        f"<{s.address}> {one}:",
    ]


def _unknown_name(s: Scene) -> list[str]:
    return [f"{s.name} {s.words[0]} {s.words[1]}:", ""]


def _unknown_fields(s: Scene) -> list[str]:
    one, two, three, four, *_ = (each.capitalize() for each in s.words)
    date = f"{s.day}. {s.words[4]} 2024 {s.clock}"
    fields = [f"{one}: {s.name} <{s.address}>", f"{two}: {date}", f"{three}: {s.to}", f"{four}: {s.subject}"]
    return ["_" * 32, *fields, ""]


OUTLOOK = tuple(
    _fields(names, date)
    for names, date in (
        ("From|Sent|To|Subject", "Tuesday, March {d}, 2024 {t12}"),
        ("Von|Gesendet|An|Betreff", "Dienstag, {d}. März 2024 {t}"),
        ("De|Envoyé|À|Objet", "mardi {d} mars 2024 {t}"),
        ("De|Enviado el|Para|Asunto", "martes, {d} de marzo de 2024 {t}"),
        ("Da|Inviato|A|Oggetto", "martedì {d} marzo 2024 {t}"),
        ("Van|Verzonden|Aan|Onderwerp", "dinsdag {d} maart 2024 {t}"),
        ("Från|Skickat|Till|Ämne", "den {d} mars 2024 {t}"),
        ("Fra|Sendt|Til|Emne", "{d}. mars 2024 {t}"),
        ("Od|Wysłano|Do|Temat", "wtorek, {d} marca 2024 {t}"),
        ("Od|Odesláno|Komu|Předmět", "úterý {d}. března 2024 {t}"),
        ("От|Отправлено|Кому|Тема", "{d} марта 2024 г. {t}"),
        ("Kimden|Gönderildi|Kime|Konu", "{d} Mart 2024 Salı {t}"),
        ("差出人|送信日時|宛先|件名", "2024年3月{d}日 {t}"),
        ("보낸 사람|보낸 날짜|받는 사람|제목", "2024년 3월 {d}일 화요일 {t}"),
        ("发件人|发送时间|收件人|主题", "2024年3月{d}日 {t}"),
    )
)
GMAIL = tuple(
    map(
        _line,
        (
            "On Tue, Mar {d}, 2024 at {t12} {n} <{a}> wrote:",
            "Am Di., {d}. März 2024 um {t} Uhr schrieb {n} <{a}>:",
            "Le mar. {d} mars 2024 à {t}, {n} <{a}> a écrit :",
            "El mar, {d} mar 2024 a las {t}, {n} (<{a}>) escribió:",
            "Il giorno mar {d} mar 2024 alle ore {t} {n} <{a}> ha scritto:",
            "Em ter., {d} de mar. de 2024 às {t}, {n} <{a}> escreveu:",
            "Op di {d} mrt 2024 om {t} schreef {n} <{a}>:",
            "Den tis {d} mars 2024 kl {t} skrev {n} <{a}>:",
            "wt., {d} mar 2024 o {t} {n} <{a}> napisał(a):",
            "út {d}. 3. 2024 v {t} odesílatel {n} <{a}> napsal:",
            "вт, {d} мар. 2024 г. в {t}, {n} <{a}>:",
            "{n} <{a}>, {d} Mar 2024 Sal, {t} tarihinde şunu yazdı:",
            "2024年3月{d}日(火) {t} {n} <{a}>:",
            "2024년 3월 {d}일 (화) 오후 {t}, {n} <{a}>님이 작성:",
            "{n} <{a}> 于2024年3月{d}日周二 {t}写道：",
        ),
    )
)
ORIGINAL = "-----Original Message-----"
GMAIL_HTML = (
    '<div class="gmail_quote"><div class="gmail_attr">{a}<br></div>'
    '<blockquote class="gmail_quote">{q}</blockquote></div>'
)
OUTLOOK_HTML = '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg">{a}</div><div>{q}</div>'
BORDER_HTML = '<div style="border:none;border-top:solid #E1E1E1 1.0pt">{a}</div><div>{q}</div>'
PHONES = ("Sent from my iPhone", "Von meinem iPhone gesendet", "Envoyé de mon iPhone", "Inviato da iPhone")
ENDED = ("top", "top", "bottom")


def _below(above: str, introductions: tuple[Introduction, ...]) -> tuple[Introduction, ...]:
    """The introductions with a line above each."""
    return tuple(lambda s, each=each: [above, *each(s)] for each in introductions)


CLIENTS = (
    Client("Gmail", GMAIL, "> ", 76),
    Client("Gmail, HTML alone", GMAIL, structure=GMAIL_HTML, positions=ENDED[:1]),
    Client("Outlook for Windows", OUTLOOK),
    Client("Outlook for Windows, HTML alone", OUTLOOK, structure=BORDER_HTML, positions=ENDED[:1]),
    Client("Outlook Express", _below(ORIGINAL, OUTLOOK[:3]), width=76),
    Client("Outlook on the web", _below("_" * 32, OUTLOOK)),
    Client("New Outlook, HTML alone", OUTLOOK, structure=OUTLOOK_HTML, positions=ENDED[:1]),
    Client("Outlook for iOS", _below("_" * 32, OUTLOOK), footers=("Get Outlook for iOS",), positions=ENDED[:1]),
    Client("Apple Mail", (_line("> On {d} Mar 2024, at {t}, {n} <{a}> wrote:\n> "),
                          _line("> Am {d}.03.2024 um {t} schrieb {n} <{a}>:\n> "),
                          _line("> Le {d} mars 2024 à {t}, {n} <{a}> a écrit :\n> ")), "> "),
    Client("iPhone", (_line("On {d} Mar 2024, at {t}, {n} <{a}> wrote:\n"),
                      _line("Am {d}.03.2024 um {t} schrieb {n} <{a}>:\n")),
           "> ", footers=PHONES, positions=ENDED[:1]),
    Client("Thunderbird", (_line("On {d}/03/2024 {t}, {n} wrote:"), _line("Am {d}.03.24 um {t} schrieb {n}:"),
                           _line("Le {d}/03/2024 à {t}, {n} a écrit :")), "> ", 72),
    Client("Yahoo", (_line("On Tuesday, {d} March 2024 at {t}:23 CET, {n} <{a}> wrote: \n "),
                     _line("Am Dienstag, {d}. März 2024 um {t}:23 MEZ hat {n} <{a}> Folgendes geschrieben: \n ")), " "),
    Client("HCL Notes", (_line("{n}/Sales/Corp wrote on 03/{d}/2024 {t}:31 PM:\n"),
                         _fields("From|Date|To|Subject", "03/{d}/2024 {t12}", colon=":\t")), positions=ENDED[:1]),
    Client("Zimbra", tuple(_below("----- Original Message -----", (each,))[0] for each in (
        _fields("From|Sent|To|Subject", "Tuesday, March {d}, 2024 {t12}"),)), positions=ENDED[:1]),
    Client("Proton", (_line("On Tuesday, March {d}th, 2024 at {t12}, {n} <{a}> wrote:\n"),), "> "),
    Client("Samsung", (_fields("From|Date|To|Subject", "{d}/03/2024 {t} (GMT+01:00)",
                               "-------- Original message --------"),
                       _fields("Von|Datum|An|Betreff", "{d}.03.24 {t} (GMT+01:00)",
                               "-------- Ursprüngliche Nachricht --------")), positions=ENDED[:1]),
    Client("K-9", (_line("Am {d}. März 2024 {t}:00 MEZ schrieb {n} <{a}>:"),
                   _line("On March {d}, 2024 {t}:00 GMT+01:00, {n} <{a}> wrote:")), ">"),
    Client("Roundcube", (_line("Am 2024-03-{d:02d} {t}, schrieb {n}:"),
                         _line("On 2024-03-{d:02d} {t}, {n} wrote:")), "> ", 72),
    Client("mutt", (_line("On Tue, Mar {d:02d}, 2024 at {t}:00PM +0100, {n} wrote:"),), "> ", 76, signature=False),
    Client("QQ", (_fields("发件人|发送时间|收件人|主题", "2024年3月{d}日(星期二) 下午{t};",
                          "------------------ 原始邮件 ------------------", address='"{n}" <{a}>;'),),
           positions=ENDED[:1]),
    Client("Foxmail", (_fields("发件人|发送时间|收件人|主题", "2024-03-{d:02d} {t}", colon="： ", address="{n}"),),
           positions=ENDED[:1]),
    Client("mail.ru", (_line("Вторник, {d} марта 2024, {t} +03:00 от {n} <{a}>:\n "),), ">"),
    Client("Yandex", (_line('{d:02d}.03.2024, {t}, "{n}" <{a}>:'),), "> "),
    Client("GMX", (_date_first("Von|Gesendet|An|Betreff", "Dienstag, {d}. März 2024 um {t} Uhr"),),
           positions=ENDED[:1]),
    Client("ticket system", (_line("{d:02d}.03.2024 {t} - {n} schrieb:\n"),
                             _line("{d:02d}/03/2024 {t} - {n} wrote:\n")), "> ", 78),
    Client("no marks, no attribution"),
    Client("no marks, 60 wide", width=60),
    Client("no marks, 72 wide", width=72),
    Client("no marks, 76 wide", width=76),
    Client("no marks, indented", mark="\t"),
    Client("no marks, HTML alone", structure="<hr><div>{q}</div>", positions=ENDED),
    Client("unknown language", (_unknown_line,), width=72),
    Client("unknown language, wrapped", (_unknown_wrapped,)),
    Client("unknown language, name alone", (_unknown_name,)),
    Client("unknown language, fields", (_unknown_fields,), width=76),
    Client("unknown language, HTML alone", (_unknown_line,), structure="<div>{a}</div><div>{q}</div>", positions=ENDED),
    Client("unknown language, marked", (_unknown_line,), "> ", 72),
    Client("initials", (_line("{n} wrote:"),), "AA> ", 70),
    Client("odd marks", mark=": ", width=72),
    Client("bars", (_unknown_line,), "| "),
    Client("quoted-printable left", GMAIL[:4], escaped=True),
)  # fmt: skip
"""`_line` and `_fields` show what each puts above; where a client has several, one is for each language."""
