"""Values of the INI that are right by themselves and wrong together (B100)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import regex

from connector.config.listeners import LISTENER_CHECKS
from connector.config.oauth import oauth_checks
from connector.config.secrets import CREDENTIALS, READABLE, is_elsewhere, secret_file
from connector.config.tokens import kind_of
from connector.config.values import Check, Values, Wrong, names
from connector.courier.dkim_key import UnfitKey, read_key
from connector.ini import Ini, Problem
from connector.status_names import meaning_of
from storage.addresses import domain_of
from storage.records import OPEN_STATUSES, STATUSES

DKIM = {"dkim_selector": "DkimSelector", "dkim_domain": "DkimDomain", "dkim_key_file": "DkimKeyFile"}


def contradictions(ini: Ini, found: Values, base: Path, passing_over: Collection[str] = ()) -> Iterator[Problem]:
    """Each problem of this kind; a value that is wrong by itself is told already and passed over here."""
    for name, check in (*CHECKS, *LISTENER_CHECKS, *_road_checks(found)):
        if name in passing_over:
            continue
        section_name, _, token_name = name.rpartition(".")
        section = ini.get(section_name)
        entry = section.get(token_name) if section else None
        line = entry.line if entry else section.line if section else 0
        try:
            wrong = check(found, base)
        except KeyError:
            continue
        if wrong and not (CREDENTIALS in passing_over and is_elsewhere(*wrong)):
            yield Problem(ini.path, line, section_name, token_name, *wrong)


def _format_misses_pattern(found: Values, base: Path) -> Wrong:
    connector, tickets = found["EMAILCONNECTOR"], found["TICKETS"]
    form, pattern = connector["ticket_subject_format"], connector["ticket_subject_pattern"]
    for counter in (f"{tickets['first_number']:04d}", "9999", "10000", "123456"):  # five digits follow 9999 (B90)
        number = f"{tickets['number_prefix']}-{counter}"
        written = form.format(number=number)
        for subject in (written, f"Re: {written} Printer, 2 pages"):
            if _first_number(pattern, subject) != number:
                return repr(
                    form
                ), f"a format in which TicketSubjectPattern finds the number {number}, as in {subject!r}"
    return None


def _first_number(pattern: regex.Pattern[str], subject: str) -> str:
    """What the pattern finds first, or nothing."""
    try:
        match = pattern.search(subject, timeout=1)
    except TimeoutError:
        return ""
    return match["number"] or "" if match else ""


def _status_names_are_not_ten(found: Values, base: Path) -> Wrong:
    shown = names(found["TICKETS"]["status_names"])
    counted = Counter(name.casefold() for name in shown)
    twice = [name for name in shown if counted[name.casefold()] > 1]
    if len(shown) == len(STATUSES) and not twice:
        return None
    more = f", of which {' and '.join(map(repr, twice))} are the same" if twice else ""
    return f"{len(shown)} names{more}", f"{len(STATUSES)} different names, in order"


def _reopen_status_is_not_open(found: Values, base: Path) -> Wrong:
    status = found["EMAILCONNECTOR"]["reopen_status"]
    shown = names(found["TICKETS"]["status_names"])
    by_meaning = dict(zip(STATUSES, shown, strict=False))  # a wrong number of names is told for itself
    known = dict.fromkeys((*OPEN_STATUSES, *shown[: len(OPEN_STATUSES)]))
    opening = [name for name in known if meaning_of(name, by_meaning) in OPEN_STATUSES]
    if meaning_of(status, by_meaning) in OPEN_STATUSES:
        return None
    return repr(status), ", ".join(opening)


def _relays_have_nobody_to_believe(found: Values, base: Path) -> Wrong:
    connector = found["EMAILCONNECTOR"]
    if not connector["trusted_relays"] or connector["trusted_authserv_ids"]:
        return None
    return repr(", ".join(connector["trusted_relays"])), "nothing, as long as TrustedAuthservId names no server"


def _relay_has_no_host(found: Values, base: Path) -> Wrong:
    if found["OUTGOING"]["transport"] != "smtp" or found["OUTGOING"]["host"]:
        return None
    return "nothing", "the relay's host name, because Transport is smtp"


def _password_is_nowhere(found: Values, base: Path) -> Wrong:
    name = found["OUTGOING"]["password_file"]
    if not name or secret_file(name, base) is not None:
        return None
    return repr(name), READABLE


def _user_without_password(found: Values, base: Path) -> Wrong:
    outgoing = found["OUTGOING"]
    half = outgoing["user"] and not outgoing["password_file"] and outgoing["oauth"] == "none"
    return ("nothing", "a file with the password of User") if half and outgoing["transport"] == "smtp" else None


def _password_without_user(found: Values, base: Path) -> Wrong:
    outgoing = found["OUTGOING"]
    half = outgoing["password_file"] and not outgoing["user"] and outgoing["oauth"] == "none"
    return ("nothing", "the user whose password PasswordFile holds") if half else None


def _dkim_is_half(field: str, found: Values, base: Path) -> Wrong:
    outgoing = found["OUTGOING"]
    given = [name for name in DKIM if outgoing[name]]
    return ("nothing", f"all of {', '.join(DKIM.values())}, or none") if given and field not in given else None


def _dkim_domain_is_another(found: Values, base: Path) -> Wrong:
    """Whoever checks (DMARC, RFC 7489, section 3.1.1) asks whether the domain that signed is the one of From."""
    domain, addresses = found["OUTGOING"]["dkim_domain"].lower(), found["EMAILCONNECTOR"]["public_addresses"]
    if not domain or not addresses:
        return None
    of_from = domain_of(addresses[0])
    if "." in domain and (f".{of_from}".endswith(f".{domain}") or domain.endswith(f".{of_from}")):
        return None
    return repr(domain), f"{of_from}, which {addresses[0]} is of, or a domain above or below it"


def _dkim_key_is_unfit(found: Values, base: Path) -> Wrong:
    name = found["OUTGOING"]["dkim_key_file"]
    if not name:
        return None
    file = secret_file(name, base)
    if file is None:
        return repr(name), READABLE
    try:
        read_key(file)
    except UnfitKey as error:
        return f"{error} in {name!r}", "a private key in PEM, RSA of 1024 bits (better 2048) or more, or Ed25519"
    return None


def _mailbox_without_password(section: str, found: Values, base: Path) -> Wrong:
    name = found[section]["password_file"]
    if found[section]["oauth"] != "none":
        return None
    if name and secret_file(name, base) is not None:
        return None
    return repr(name) if name else "nothing", READABLE


def _moved_to_where_it_was(section: str, found: Values, base: Path) -> Wrong:
    folder, after = found[section]["folder"], found[section]["after_accept"]
    return (repr(after), "a folder other than Folder") if after.lower() == f"move:{folder}".lower() else None


def _road_checks(found: Values) -> Iterator[tuple[str, Check]]:
    """The same for the sections that have names of their own."""
    for section in found:
        kind = kind_of(section)
        if kind in ("IMAP:name", "POP3:name"):
            yield f"{section}.PasswordFile", partial(_mailbox_without_password, section)
            yield from oauth_checks(section)
        if kind == "IMAP:name":
            yield f"{section}.AfterAccept", partial(_moved_to_where_it_was, section)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("EMAILCONNECTOR.TicketSubjectFormat", _format_misses_pattern),
    ("TICKETS.StatusNames", _status_names_are_not_ten),
    ("EMAILCONNECTOR.ReopenStatus", _reopen_status_is_not_open),
    ("EMAILCONNECTOR.TrustedRelays", _relays_have_nobody_to_believe),
    ("OUTGOING.Host", _relay_has_no_host),
    ("OUTGOING.PasswordFile", _password_is_nowhere),
    ("OUTGOING.PasswordFile", _user_without_password),
    ("OUTGOING.User", _password_without_user),
    *((f"OUTGOING.{token}", partial(_dkim_is_half, field)) for field, token in DKIM.items()),
    *oauth_checks("OUTGOING"),
    ("OUTGOING.DkimDomain", _dkim_domain_is_another),
    ("OUTGOING.DkimKeyFile", _dkim_key_is_unfit),
)
"""The token that is told, and what can be wrong with it beside others."""
