"""The INI that is shipped and that `init` writes: every token with its comment and default (B100)."""

from __future__ import annotations

import textwrap

from connector.config.tokens import ALL_SECTIONS, HEADINGS, NAMED, TOKENS

INTRODUCTION = """\
# Configuration of the e-mail connector. Every token stands here with its default.
# Letter case of sections and names does not matter; booleans are Y or N; lists are separated by commas or semicolons.
# `email-connector config check` tells all mistakes at once, `email-connector config explain TOKEN` what a token does.
"""

GROUPS = """
# A privilege group of one's own, beside SysAdmin, Full, Partial, Limited and Subcontractors:
#
# [PRIVILEGES:Night shift]
# Privileges = email-messages, other-employees-tickets
"""


DATA = "var/"
"""In front of the default of all that the service writes."""


def ini_text(public_address: str, data: str = DATA) -> str:
    """The whole file, for this public address; `data` is the folder of all that the service writes, with a slash."""
    return INTRODUCTION + "".join(_section_text(name, public_address, data) for name in ALL_SECTIONS) + GROUPS


def _section_text(name: str, public_address: str, data: str) -> str:
    """The section; one that may stand several times is all comment, to be copied."""
    mark = "# " if name.endswith(NAMED) else ""
    lines = ["", f"{mark}[{name}]", f"# {HEADINGS[name]}"]
    for token in TOKENS:
        if token.section == name:
            lines += ["", *textwrap.wrap(token.help, 118, initial_indent="# ", subsequent_indent="# ")]
            value = public_address if token.name == "PublicEmailAddress" else token.default.replace(DATA, data)
            lines.append(f"{mark}{token.name} = {value}".rstrip())
    return "\n".join(lines) + "\n"
