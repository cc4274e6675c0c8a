"""What to do about what servers say: answers of Microsoft 365, Google and Postfix that do not say it themselves."""

from __future__ import annotations

import re

HINTS: tuple[tuple[str, str], ...] = (
    (
        r"5\.7\.139|SmtpClientAuthentication is disabled",
        "switch SMTP AUTH on for the mailbox: Set-CASMailbox ADDRESS -SmtpClientAuthenticationDisabled $false",
    ),
    (
        r"5\.7\.60|5\.2\.252|SendAsDenied",
        "let USER send as the public address: Add-RecipientPermission ADDRESS -Trustee USER -AccessRights SendAs",
    ),
    (
        r"authenticated but not connected|\bAUTHENTICATE failed",
        "give the log-in access to the mailbox (Add-MailboxPermission ADDRESS -User ID -AccessRights FullAccess), and "
        "see that IMAP and POP are on for it (Set-CASMailbox)",
    ),
    (
        r"BasicAuthBlocked|Basic authentication is disabled|\bLOGIN failed",
        "set OAuth: Microsoft 365 takes no passwords",
    ),
    (r"AADSTS7000215", "write the secret's value into the file, not its id; a value is shown once, when it is made"),
    (r"Relay access denied", "let the relay know this machine (Postfix: mynetworks), or set User and PasswordFile"),
    (r"Helo command rejected", "set Hostname in [SMTPIN] to the full name of this machine"),
    (r"AADSTS7000222", "make a new client secret, and write its value into the file"),
    (r"AADSTS700016|AADSTS90002", "correct OAuthClientId (the application's id) and OAuthTenant (the directory's id)"),
    (r"AADSTS65001", "let an administrator consent to the application's permissions"),
    (r"AADSTS7000218", "allow public client flows for the application, or set OAuthSecretFile"),
    (
        r"AADSTS50076|AADSTS50079|AADSTS53003",
        "log in anew with `email-connector oauth login SECTION`, with the second factor",
    ),
    (
        r"unauthorized_client",
        "allow the service account's client id the scope https://mail.google.com/ (domain-wide delegation)",
    ),
    (r"Invalid JWT", "set the clock: tokens of a service account hold for an hour"),
    (
        r"5\.7\.8 Username and Password not accepted|Application-specific password required",
        "take OAuth = google, or a password for apps: Google takes no account's own password",
    ),
    (r"WRONG_VERSION_NUMBER|record layer", "the port does not begin with TLS: take Tls = starttls, or another port"),
    (r"STARTTLS|STLS", "take Tls = tls and its port (465, 993, 995), or ask whoever runs the server for STARTTLS"),
    (r"certificate has expired", "ask whoever runs the server to renew its certificate; if it holds, set the clock"),
    (
        r"certificate|not to be trusted",
        "write the name that the server's certificate is for into Host; if your own authority signed it, add that to "
        "those that the machine trusts (update-ca-certificates)",
    ),
    (r"takes no password", "set OAuth to microsoft or google: the server takes tokens alone"),
    (r"oauth login", "log in as the text says"),
    (
        r"Name or service not known|No address associated|Temporary failure in name",
        "correct Host; see whether the DNS answers",
    ),
    (
        r"Connection refused|Connect call failed|timed out|no answer in time|unreachable",
        "correct Host and Port; see whether a firewall is in the way",
    ),
)
"""A pattern of the answer, and what to do; the first that is found counts."""


def what_to_do(answer: str, otherwise: str) -> str:
    """What helps against this answer."""
    return next((todo for pattern, todo in HINTS if re.search(pattern, answer, re.IGNORECASE)), otherwise)
