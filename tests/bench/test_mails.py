"""The generated set, and the people in it."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from bench import generator, memory
from bench.mails import people_rows
from bench.options import find_kit
from connector.mail.model import Envelope
from connector.mail.parse import parse
from storage.people_check import problems


def test_same_seed_gives_the_same_bytes() -> None:
    """A set can be had again: same arguments, same mails."""
    assert generator.generate(20, 7) == generator.generate(20, 7)
    assert generator.generate(20, 7) != generator.generate(20, 8)


def test_replies_name_a_ticket_that_is_open() -> None:
    """Every reply names a ticket that an earlier mail of the set opens; the others open the next one."""
    mails = generator.generate(60, 1)
    opened: list[str] = []
    for mail in mails.mails:
        named = re.search(rb"\[(0500-\d+)\]", mail.raw.partition(b"\r\n\r\n")[0])
        if named is None:
            opened.append(mail.number)
        else:
            assert named[1].decode() == mail.number
            assert mail.number in opened
    assert opened == [f"0500-{1000 + i}" for i in range(mails.tickets)]


def test_people_can_be_imported() -> None:
    """The rows of the set's people are an import without a fault, every account with a manager."""
    rows = people_rows(generator.make_people())
    assert len(rows) == 8 + 20 + 200
    assert list(problems(rows)) == []


def test_large_mail_is_one_attachment() -> None:
    """The mail for the measure of memory has the size asked for, nearly all of it one attachment."""
    raw = memory.large_mail(1024 * 1024)
    mail = parse(raw, Envelope())
    assert len(raw) == pytest.approx(1024 * 1024, rel=0.01)
    assert [attachment.name for attachment in mail.attachments] == ["scans.zip"]
    assert mail.attachments[0].size > 0.7 * len(raw)


def test_kit_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A folder named as the kit must be it; the message says what was looked for."""
    with pytest.raises(argparse.ArgumentTypeError, match=r"gen_mail\.py"):
        find_kit(str(tmp_path))
