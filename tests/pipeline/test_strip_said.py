"""Stage 5: what stands in the message answered is known as quoted, whatever the client made of it (B56)."""

from __future__ import annotations

import textwrap
import time

import pytest

from connector.pipeline.strip import strip_text
from connector.pipeline.stripping.labels import unlabelled
from connector.pipeline.stripping.said import Answered, label_said
from connector.pipeline.verdicts import Written
from tests.house import PUBLIC, House
from tests.pipeline.test_strip import RULES

PARENT = """Hello Jane,

thank you for your mail about the printer on the second floor. Could you tell us when it was installed?

Shall a technician come on Monday or on Tuesday? He needs about two hours, and the keys of the office.

Colour?

The manual is at https://printers.example/manual?id=4711 for your convenience, and the form here.

* red paper
* blue paper

Kind regards
Alice Archer
"""
ANSWERED = Answered("<m1@x.example>", PARENT, people=frozenset(("alice archer", PUBLIC)))
RULE = "known: <m1@x.example>"
ANSWER = "Tuesday, thanks.\n\nJane"


def stripped(text: str, answered: Answered = ANSWERED, **options: bool) -> Written:
    return strip_text(text, "", RULES, said=[answered], **options)


def wrapped(text: str, width: int, mark: str = "") -> str:
    lines = [line for each in text.split("\n") for line in textwrap.wrap(each, width) or [""]]
    return "\n".join(mark + line for line in lines)


SAFE = "https://safe.example/?url=https%3A%2F%2Fprinters.example%2Fmanual%3Fid%3D4711&data=05%7C02"
CHANGED = {
    "as it is": PARENT,
    "wrapped at 60": wrapped(PARENT, 60),
    "wrapped at 33": wrapped(PARENT, 33),
    "indented": wrapped(PARENT, 72, "\t"),
    "initials": wrapped(PARENT, 72, "AA> "),
    "unknown marks": wrapped(PARENT, 72, ": "),
    "without blanks": PARENT.replace("\n\n", "\n"),
    "typographic": PARENT.replace(" ", "\xa0").replace("*", "•").replace(",", "，"),
    "inner bullets": PARENT.replace("* ", "o   "),
    "safe link": PARENT.replace("https://printers.example/manual?id=4711", SAFE),
    "link added": PARENT.replace("the form here", "the form here<https://forms.example/a/b/c?d=e>"),
    "footnote": PARENT.replace("the form here", "the form here [1]") + "\n[1] https://forms.example/a/b/c",
    "quoted-printable": PARENT.replace("\n\n", "=20\n\n").replace("?id=", "?id=3D"),
    "signature left out": PARENT.replace("Kind regards\nAlice Archer\n", ""),
}


@pytest.mark.parametrize("quotation", CHANGED.values(), ids=CHANGED.keys())
def test_said__whole_message_is_known_without_marks(quotation: str) -> None:
    """B56: the message's text goes with no attribution and no mark, above the answer or below it."""
    answered = Answered("<m1@x.example>", PARENT, written=len(PARENT) - 30)
    assert stripped(f"{ANSWER}\n\n{quotation}", answered).text == ANSWER
    assert stripped(f"{quotation}\n\n{ANSWER}\n", answered).text == ANSWER


INTRODUCTIONS = {
    "unknown language": "Korolo 5.3.2024 14:07 Alice Archer <support@example.com> rekete:",
    "wrapped": "Korolo dinstac 5.3.2024 ve 14:07 rekete od Alice Archer\n<support@example.com>:",
    "name and time": "Alice Archer, 05.03.2024 14:07",
    "name": "Alice Archer:",
    "fields": "Odo: Alice Archer <support@example.com>\nTagu: 5.3.2024 14:07\nAlu: Jane Doe\nTemo: Re: Printer",
    "delimiter": "-------- Orixa mesaxa --------",
    "ruler": "________________________________\nOdo: Alice Archer\nTagu: 5.3.2024 14:07\nTemo: Re: Printer",
}


@pytest.mark.parametrize("introduction", INTRODUCTIONS.values(), ids=INTRODUCTIONS.keys())
def test_said__introduction_in_an_unknown_language_goes_with_it(introduction: str) -> None:
    """B56: what tells of the message's sender, right above it, belongs to the quotation in whatever language."""
    assert stripped(f"{ANSWER}\n\n{introduction}\n\n{wrapped(PARENT, 72)}").text == ANSWER
    assert stripped(f"{introduction}\n{wrapped(PARENT, 72)}\n\n{ANSWER}").text == ANSWER


OWN = {
    "sentence with the name": "I talked with Alice Archer at 10:30.",
    "sentence with a date": "The two boxes came on 5 March 2024, as Alice Archer has promised us in writing.",
    "sentence with a colon": "This is what I mean, and what my colleague asked you about on the phone last week:",
    "sentence with the address": "I wrote to support@example.com on 5 March 2024, at 10:30.",
    "sentence with address and time": "Please mail it to support@example.com by 10:30",
    "fields": "Contact: Jane Doe\nPhone: 4711\nFloor: 2",
    "fields with the name": "Contact: Alice Archer\nTime: 5.3.2024 10:30\nRoom: 5",
    "link in brackets": "<https://files.example/mine>",
    "question": "Alice Archer?",
    "signature": "Jane Doe\nAcme, 5 Main Street",
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN.keys())
def test_said__own_words_above_a_quotation_stay(own: str) -> None:
    """B53, B56: without evidence, what stands above the message's text is the writer's."""
    assert stripped(f"Tuesday.\n\n{own}\n\n{PARENT}", signatures=False).text == f"Tuesday.\n\n{own}"


def test_said__inline_answers_stay_with_what_they_answer() -> None:
    """B53, B56: answers between unmarked lines of the message stay with these; what nobody answers goes."""
    answers = {"installed?": "In May.", "office.": "OK, Tuesday", "Colour?": "👍"}
    text = PARENT
    for place, answer in answers.items():
        text = text.replace(place, f"{place}\n{answer}")
    expected = text[: text.index("\n\nThe manual")]
    assert stripped(text).text == expected
    assert stripped(f"{text}\n\nThanks\nJane").text == expected
    assert stripped(f"{text}\n\nCome by lift.").text == f"{text}\n\nCome by lift."


def test_said__copy_above_marked_lines_stays() -> None:
    """B53, B56: where a client marks what it quotes, the same words without a mark are the writer's."""
    copied = "Shall a technician come on Monday or on Tuesday? He needs about two hours, and the keys of the office."
    marked = wrapped(PARENT, 72, "> ")
    top, bottom = marked.split("> Shall", 1)
    text = f"On Tue, Mar 5, 2024 at 2:07 PM Alice <a@x.example> wrote:\n{top}\n{copied}\n\n> Shall{bottom}"
    assert copied in stripped(text).text.split("\n")
    assert stripped(f"{copied}\n\n{marked}").text == copied


def test_said__answer_above_footnotes_stays() -> None:
    """B53, B56: a short answer between the message's text and the list of its links is not that list's heading."""
    quotation = CHANGED["footnote"].replace("\n[1]", "\nOK, Tuesday\n\n[1]")
    assert "OK, Tuesday" in stripped(quotation).text.split("\n")


def test_said__numbers_in_links_are_not_quoted_printable() -> None:
    """B56: `=85` in a link is no letter, where nothing else is in quoted-printable."""
    said = "".join(f"Look at https://x.example/view?id={n}617&x={n}, please.\n" for n in (85, 91, 99, 80))
    assert stripped(f"Yes.\n\n{said}", Answered("<m1@x.example>", said)).text == "Yes."


COPIED = {
    "a word": "Colour?",
    "an option": "blue paper",
    "a day": "Tuesday",
    "a sentence": "He needs about two hours, and the keys of the office.",
    "some lines": "* red paper\n* blue paper\n\nKind regards\nAlice Archer",
    "an edited line": "Shall a technician come on Tuesday?",
    "the beginning": "Hello Jane,\n\nthank you for your mail about the printer",
    "a ticked line": "☑ blue paper",
}


@pytest.mark.parametrize("copied", COPIED.values(), ids=COPIED.keys())
def test_said__words_of_the_message_used_again_stay(copied: str) -> None:
    """B53, B56: a few of the message's words or lines are not a quotation, with or without a real one below."""
    assert stripped(copied, signatures=False).text == copied
    assert stripped(f"I take:\n{copied}", signatures=False).text == f"I take:\n{copied}"
    assert stripped(f"{copied}\n\n{PARENT}", signatures=False).text == copied
    assert stripped(f"{PARENT}\n\nI take:\n{copied}", signatures=False).text == f"I take:\n{copied}"


CHANGES = {
    "choice by deletion": ("Monday or on Tuesday?", "Tuesday?"),
    "answer in the line": ("installed?", "installed? In May."),
    "answer in brackets": ("installed?", "installed? [Jane: in May]"),
    "own link": ("the form here.", "the form here. https://files.example/mine"),
    "another link": ("https://printers.example/manual?id=4711", "https://other.example/book"),
    "another number": ("two hours", "2 hours"),
    "tick": ("* blue", "☑ blue"),
    "question mark": ("Colour?", "Colour?\n???"),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES.keys())
def test_said__changed_lines_are_the_writers(old: str, new: str) -> None:
    """B53, B56: a line of the message in which somebody changed something stays."""
    changed = next(line for line in PARENT.replace(old, new).split("\n") if new.split("\n")[-1] in line)
    assert changed in stripped(PARENT.replace(old, new)).text.split("\n")
    assert changed in stripped(f"See below.\n\n{PARENT.replace(old, new)}").text.split("\n")


def test_said__same_writer_may_use_the_same_words_again() -> None:
    """B56: what a person wrote before is a quotation only where a client's mark stands above it."""
    mine = Answered("<m1@x.example>", PARENT, own=True)
    text = f"Did you get this?\n\n{PARENT}".rstrip()
    assert stripped(text, mine, signatures=False).text == text
    attributed = f"Did you get this?\n\nOn Tue, Mar 5, 2024 at 2:07 PM Jane <jane@acme.example> wrote:\n\n{PARENT}"
    assert stripped(attributed, mine).text == "Did you get this?"


def test_said__all_that_there_is_stays() -> None:
    """B53: a mail that is nothing but the message it answers is kept whole, with the reason."""
    written = stripped(PARENT)
    assert written.text == PARENT.strip()
    assert [reason.code for reason in written.because] == ["said-before", "nothing-left"]


def test_said__first_mail_keeps_what_nobody_has_seen() -> None:
    """B56: in a first mail the known quotation goes, the forwarded part that nobody here has seen stays."""
    forwarded = "---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\nDate: 1 May 2024, 10:00\n\nUrgent."
    written = stripped(f"{ANSWER}\n\n{PARENT}\n{forwarded}", first_mail=True)
    assert written.text == f"{ANSWER}\n\n\n{forwarded}"
    assert {"said-before", "first-mail-keeps-quotes"} <= {reason.code for reason in written.because}


def test_said__record_names_the_message() -> None:
    """B55, B56: the cut names the message in which the lines stand, and so does a reason."""
    written = stripped(f"{ANSWER}\n\n{PARENT}")
    assert {cut.rule for cut in written.cut} == {RULE}
    assert dict(written.because[0].facts) == {"message_id": "<m1@x.example>"}


def test_said__text_without_blanks_is_known() -> None:
    """B56: a language without blanks is known wherever its lines break."""
    said = "日本語の長い文章を引用しました。次の火曜日に伺います、よろしいでしょうか。" * 3
    lines = "\n".join(said[at : at + 17] for at in range(0, len(said), 17))
    assert stripped(f"はい。\n\n{lines}", Answered("<m1@x.example>", said)).text == "はい。"


HOSTILE = {
    "one word": ("word " * 200_000, "word " * 13_000),
    "one line": ("one line\n" * 60_000, "one line\n" * 7_000),
    "one letter": ("a" * 500_000, "a" * 65_000),
    "links": ("<https://x.example/a> b\n" * 20_000, "https://x.example/c b\n" * 3_000),
    "empty lines": ("\n" * 500_000, "\n" * 65_000),
    "accents": ("é" * 500_000, "è" * 65_000),
}


@pytest.mark.parametrize(("text", "parent"), HOSTILE.values(), ids=HOSTILE.keys())
def test_said__time_is_linear(text: str, parent: str) -> None:
    """B52, B56: what repeats itself costs no more than what does not; five messages, half a megabyte."""
    labelled = unlabelled(text[: 512 * 1024])
    started = time.thread_time()
    label_said(labelled, [Answered(f"<{number}>", parent[: 64 * 1024]) for number in range(5)])
    assert time.thread_time() - started < 15  # two seconds; with the square of the lines it would be hours


def test_said__stranger_to_the_ticket_is_not_asked(house: House) -> None:
    """B56: only messages of the mail's own ticket are known; the number in the subject decides which that is."""
    said = "The printer on the second floor jams with every page, and the paper is all over the place."
    house.send("Jane Doe <jane@acme.example>", subject="One", body=f"{said}\r\n", Message_ID="<one@acme.example>")
    other = house.send("Jane Doe <jane@acme.example>", subject="Two", body="Scanner.\r\n").decision.match.number
    asked = {"In_Reply_To": "<one@acme.example>", "body": f"It is so.\r\n\r\n{said}\r\n"}
    known = house.send("John Roe <john@acme.example>", **asked).decision.written
    elsewhere = house.send("John Roe <john@acme.example>", subject=f"Re: [{other}]", **asked).decision.written
    assert known.text == "It is so."
    assert elsewhere.text == f"It is so.\n\n{said}"
