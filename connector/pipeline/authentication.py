"""Part of stage 2: is it proved that the mail is from whom it says (B26)?

Four verdicts: authentic, failed, none (looked, and nothing said so), unchecked (not looked for). For the very domain of
From alone: what is proved of another domain proves nothing here, and a Message-ID of ours in In-Reply-To does neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connector.mail.model import Mail
from connector.pipeline.holding import NOT_AUTHENTIC
from connector.pipeline.policy import Policy
from connector.pipeline.results import DOMAINS, Result, Results, read_results, written_by
from connector.pipeline.signatures import Prove, Signatures
from connector.pipeline.verdicts import Reason, Sender, because
from storage.addresses import domain_of, normalise
from storage.values import frozen

AUTHENTIC, FAILED, NONE, UNCHECKED = "authentic", "failed", "none", "unchecked"

TAKEN = {
    "required": frozenset((AUTHENTIC,)),
    "when-available": frozenset((AUTHENTIC, NONE, UNCHECKED)),
    "off": frozenset((AUTHENTIC, FAILED, NONE, UNCHECKED)),
}
"""EmployeeAuthentication -> the verdicts with which a mail is taken for the employee's."""

BY_RESULTS = {AUTHENTIC: "results-prove", FAILED: "results-refute", NONE: "results-undecided"}
BY_SIGNATURES = {AUTHENTIC: "signature-proves", FAILED: "signature-refutes", NONE: "signature-proves-nothing"}
"""Verdict -> the reason that is given."""

MAX_TOLD = 300  # characters of what a server said


@frozen
class Verdict:
    """The verdict, and what was looked at; `hold` is why the mail must wait for it, or nothing."""

    verdict: str
    because: tuple[Reason, ...] = ()
    hold: str = ""


def authenticate(mail: Mail, sender: Sender, policy: Policy, prove: Prove) -> Verdict:
    """The verdict on the sender; an employee's address whose verdict is not taken makes the mail wait."""
    if not _claims_employee(sender):
        return _customer(mail, policy)
    verdict = _employee(mail, sender, policy, prove)
    taken = verdict.verdict in TAKEN[policy.connector.employee_authentication]
    return verdict if taken else replace(verdict, hold=NOT_AUTHENTIC)


def is_refuted(sender: Sender) -> bool:
    """Whether somebody outside is not who From says: such mail adds nobody, has no say and gets no answer (B62, B86).

    An employee's that is refuted waits; what is let through is taken for the employee's by a person.
    """
    return sender.authentication == FAILED and sender.kind != "employee"


def _claims_employee(sender: Sender) -> bool:
    """Whether From is an employee's address, also one that several have or of somebody who left."""
    return sender.kind == "employee" or bool(sender.restricted)


def _customer(mail: Mail, policy: Policy) -> Verdict:
    """Of people outside only what a trusted server wrote is read; nothing is looked up."""
    if mail.from_defects or not policy.connector.trusted_authserv_ids:
        return Verdict(UNCHECKED)
    return _by_results(mail, policy)


def _employee(mail: Mail, sender: Sender, policy: Policy, prove: Prove) -> Verdict:
    if policy.connector.employee_authentication == "off":
        return Verdict(UNCHECKED, (because("authentication-off"),))
    user = normalise(mail.envelope.auth_user)
    if user:
        own = user in sender.addresses
        return Verdict(AUTHENTIC, (because("login", user=user),)) if own else _other_login(user, sender)
    told = _by_results(mail, policy) if policy.connector.trusted_authserv_ids else Verdict(NONE)
    if told.verdict != NONE:
        return told
    signed = _by_signatures(prove(mail), domain_of(sender.address))
    return Verdict(signed.verdict, (*told.because, *signed.because))


def _other_login(user: str, sender: Sender) -> Verdict:
    return Verdict(FAILED, (because("login-of-another", user=user, address=sender.address),))


# -- what our own servers wrote ----------------------------------------------------------------------------------


def _by_results(mail: Mail, policy: Policy) -> Verdict:
    """The topmost Authentication-Results of a trusted server, if no stranger handled the mail after it."""
    found = _topmost(mail, policy)
    if found is None:
        return Verdict(NONE, (because("no-results", servers=policy.connector.trusted_authserv_ids),))
    results, stranger = found
    server = results.server or "Microsoft 365"
    if stranger is not None:
        return Verdict(NONE, (because("results-behind-stranger", server=server, host=stranger or "?"),))
    if not results.sound:
        return Verdict(FAILED, (because("results-unreadable", server=server),))
    domain = domain_of(mail.sender.key)
    verdict = _judged(results, domain)
    told = ", ".join(_told(results.results))[:MAX_TOLD] or "nothing"
    return Verdict(verdict, (because(BY_RESULTS[verdict], server=server, domain=domain, told=told),))


def _topmost(mail: Mail, policy: Policy) -> tuple[Results, str | None] | None:
    """The results, and the host outside TrustedRelays that wrote a Received above them, or None."""
    stranger = None
    for name, field in mail.raw_headers:
        if name.lower() == b"received" and stranger is None:
            host = written_by(field)
            stranger = None if _is_trusted_relay(host, policy.connector.trusted_relays) else host
        elif name.lower() == b"authentication-results":
            results = read_results(field)
            if _is_trusted_server(results, policy.connector.trusted_authserv_ids):
                return results, stranger
    return None


def _is_trusted_server(results: Results, trusted: tuple[str, ...]) -> bool:
    """Microsoft 365 names no server; what it writes begins with SPF or DKIM, and counts where outlook.com is named."""
    if results.server:
        return results.server in trusted
    microsoft = any(f".{name}".endswith(".outlook.com") for name in trusted)
    return microsoft and bool(results.results) and results.results[0].method in ("spf", "dkim")


def _is_trusted_relay(host: str, trusted: tuple[str, ...]) -> bool:
    return not trusted or any(host == relay or (relay[0] == "." and host.endswith(relay)) for relay in trusted)


def _judged(results: Results, domain: str) -> str:
    """A DMARC fail outweighs all; then one aligned pass is enough; an aligned fail refutes what nothing proves."""
    dmarc = {result.result for result in results.results if result.method == "dmarc"}
    if "fail" in dmarc:
        return FAILED
    passes = [one for one in results.results if one.result == "pass" and domain and one.domains == {domain}]
    if any(one.method in ("dkim", "spf") or (one.method == "dmarc" and dmarc == {"pass"}) for one in passes):
        return AUTHENTIC
    fails = [one for one in results.results if one.result in ("fail", "hardfail") and domain in one.domains]
    return FAILED if any(one.method in ("dkim", "spf") for one in fails) else NONE


def _told(results: tuple[Result, ...]) -> Iterator[str]:
    """What the methods that count said, shortly."""
    for one in results:
        if one.method in DOMAINS:
            yield f"{one.method}={one.result}" + (f" ({' and '.join(sorted(one.domains))})" if one.domains else "")


# -- what we checked ourselves -----------------------------------------------------------------------------------


def _by_signatures(signatures: Signatures, domain: str) -> Verdict:
    """One good signature proves; a bad one refutes where there is no good one."""
    for verdict in (AUTHENTIC, FAILED, NONE):
        reasons = [
            because(BY_SIGNATURES[verdict], domain=domain, selector=one.selector, why=one.why)
            for one in signatures
            if one.verdict == verdict
        ]
        if reasons:
            return Verdict(verdict, tuple(reasons))
    return Verdict(NONE, (because("no-signature", domain=domain),))
