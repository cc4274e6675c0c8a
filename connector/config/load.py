"""From the INI file to `Settings`; every problem is reported at once, with file, line and token (B100)."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from connector.config import settings as s
from connector.config import values
from connector.config.contradictions import contradictions
from connector.config.oauth import oauth_of
from connector.config.roads import imaps, maildirs, mboxes, pop3s, road_name
from connector.config.secrets import secret_file
from connector.config.tokens import ALL_SECTIONS, NAMED, SECTIONS, TOKENS, Token, find, kind_of, tokens_of
from connector.ini import Ini, Problem, Section, read_ini
from connector.privileges import GROUPS, PRIVILEGES
from connector.status_names import meaning_of
from storage.records import STATUSES

FILE_NAME = "CmtEmailConnector.ini"
ETC = Path("/etc/email-connector")
PLACES = (Path("config") / FILE_NAME, ETC / FILE_NAME, ETC / "config" / FILE_NAME)
"""Where the INI is looked for; `init` writes the last one into `/etc/email-connector`."""
GROUP_SECTION = "privileges:"
PASSWORD = re.compile(r"(?<=:)[^:/@\s]+(?=@)")
"""What stands for a password in the address of a database; no error shows it (B102)."""


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def find_file(option: str | None) -> Path:
    """The INI to read: the option, else EMAIL_CONNECTOR_CONFIG, else in the first of PLACES."""
    named = option or os.environ.get("EMAIL_CONNECTOR_CONFIG")
    if named:
        return Path(named)
    return next((place for place in PLACES if place.exists()), PLACES[0])


def load(file: Path, passing_over: Collection[str] = ()) -> s.Settings:
    """The settings of a file; ConfigError with all problems where there is any.

    `passing_over`: tokens whose contradictions do not count now, as `SMTPIN.AuthUsersFile` for who makes that file, or
    CREDENTIALS for who uses none.
    """
    file = file.absolute()
    ini = read_ini(file)
    problems = list(ini.problems)
    if problems and not ini.sections:
        raise ConfigError(problems)
    found = _read_tokens(ini, base_of(file), problems)
    groups = _read_groups(ini, problems)
    problems += _unknown_sections(ini)
    problems += contradictions(ini, found, base_of(file), passing_over)
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line))
    return _settings(file, found, groups)


def base_of(file: Path) -> Path:
    """The folder that relative paths in an INI start from: the one above `config/`, else the file's own."""
    return file.parent.parent if file.parent.name == "config" else file.parent


def _read_tokens(ini: Ini, base: Path, problems: list[Problem]) -> values.Values:
    """Every token's value, its default where the file is silent; named sections by their names in the file."""
    found: values.Values = {name: _read_section(ini, name, ini.get(name), base, problems) for name in SECTIONS}
    for section in named_sections(ini):
        found[section.name] = _read_section(ini, section.name, section, base, problems)
    for section in ini.sections:
        problems += _unknown_tokens(ini.path, section)
    return found


def named_sections(ini: Ini) -> list[Section]:
    """The sections that may stand in a file several times, in its order."""
    return [section for section in ini.sections if kind_of(section.name).endswith(NAMED)]


def _read_section(
    ini: Ini, name: str, section: Section | None, base: Path, problems: list[Problem]
) -> dict[str, object]:
    """The values of one section by their fields; one that is wrong is missing, and told."""
    values_of: dict[str, object] = {}
    for token in tokens_of(name):
        entry = section.get(token.name) if section else None
        written = entry.value if entry else token.default
        line = entry.line if entry else section.line if section else 0
        try:
            values_of[token.field] = value = token.read(written, base)
        except ValueError as error:
            shown = PASSWORD.sub("***", repr(written))
            problems.append(Problem(ini.path, line, name, token.name, shown, str(error)))
            continue
        if token.required and not value:
            problems.append(Problem(ini.path, line, name, token.name, "nothing", token.help))
    return values_of


def _unknown_tokens(file: Path, section: Section) -> Iterator[Problem]:
    known = [token.name for token in tokens_of(section.name)]
    if not known:
        return
    for entry in section.entries:
        if find(section.name, entry.key) is None:
            yield Problem(file, entry.line, section.name, entry.key, "an unknown token", _nearest(entry.key, known))


def _nearest(name: str, known: list[str]) -> str:
    """The names that resemble a wrong one, else all."""
    import difflib

    lowered = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), lowered, n=2)
    return " or ".join(lowered[one] for one in close) if close else ", ".join(known)


def _unknown_sections(ini: Ini) -> Iterator[Problem]:
    for section in ini.sections:
        kind = kind_of(section.name)
        if kind not in ALL_SECTIONS and not section.name.lower().startswith(GROUP_SECTION):
            allowed = ", ".join((*ALL_SECTIONS, "PRIVILEGES:name"))
            yield Problem(ini.path, section.line, section.name, "", "an unknown section", allowed)
        elif kind.endswith(NAMED) and not road_name(section.name):
            yield Problem(ini.path, section.line, section.name, "", "no name", f"a name of your own, as in {kind}")


def _read_groups(ini: Ini, problems: list[Problem]) -> Mapping[str, frozenset[str]]:
    """The shipped privilege groups and those of `[PRIVILEGES:name]` (B96)."""
    groups = dict(GROUPS)
    for section in ini.sections:
        if not section.name.lower().startswith(GROUP_SECTION):
            continue
        name = section.name.partition(":")[2].strip()
        held = []
        for entry in section.entries:
            if entry.key.lower() != "privileges":
                problems.append(
                    Problem(ini.path, entry.line, section.name, entry.key, "an unknown token", "Privileges")
                )
                continue
            held = values.names(entry.value)
            wrong = [one for one in held if one not in PRIVILEGES]
            if wrong:
                allowed = ", ".join(PRIVILEGES)
                problems.append(Problem(ini.path, entry.line, section.name, entry.key, repr(wrong[0]), allowed))
        if not name or name.lower() in (shipped.lower() for shipped in GROUPS):
            problems.append(Problem(ini.path, section.line, section.name, "", repr(name), "a name of your own"))
        groups[name] = frozenset(held)
    return groups


def _settings(file: Path, found: values.Values, groups: Mapping[str, frozenset[str]]) -> s.Settings:
    names = values.names(found["TICKETS"].pop("status_names"))
    status_names = dict(zip(STATUSES, names, strict=True))
    connector = found["EMAILCONNECTOR"]
    connector["reopen_status"] = meaning_of(connector["reopen_status"], status_names)
    outgoing = found["OUTGOING"]
    oauth = oauth_of("OUTGOING", outgoing, base_of(file), found["STORE"]["spool"])
    hostname = found["SMTPIN"]["hostname"]
    for name in ("password_file", "dkim_key_file"):
        outgoing[name] = secret_file(outgoing[name], base_of(file)) if outgoing[name] else None
    return s.Settings(
        file,
        s.Connector(**connector),
        _smtp_in(found["SMTPIN"], base_of(file)),
        s.LmtpIn(**found["LMTPIN"]),
        imaps(found, base_of(file)),
        pop3s(found, base_of(file)),
        maildirs(found),
        mboxes(found),
        s.Outgoing(**outgoing, oauth=oauth, hostname=hostname),
        s.Store(**found["STORE"]),
        s.Tickets(**found["TICKETS"], status_names=status_names),
        s.RuleFiles(**found["RULES"]),
        s.Service(**found["SERVICE"]),
        groups,
    )


def _smtp_in(found: dict[str, Any], base: Path) -> s.SmtpIn:
    host, port = found.pop("listen")
    files: dict[str, Any] = {name: secret_file(found.pop(name), base) for name in ("tls_certificate", "tls_key")}
    return s.SmtpIn(host=host, port=port, **files, **found | {"auth_users_file": found["auth_users_file"] or None})


def token_of(name: str) -> list[Token]:
    """The tokens of a name, with or without `SECTION.` in front, letter case ignored."""
    section, _, bare = name.rpartition(".")
    return [
        token
        for token in TOKENS
        if token.name.lower() == bare.lower() and (not section or token.section.lower() == section.strip("[]").lower())
    ]
