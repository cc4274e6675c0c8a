"""Part of stage 2: what kind of mail it is, whoever it is from (B10, B11, B14)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.automatic import signs
from connector.pipeline.unasked import unasked
from connector.pipeline.verdicts import AlertAccount, Nature, because
from connector.rulebook import AutomaticRule, Fit, Matcher, Rules
from connector.rulebook.rules import AUTHENTICATIONS

DETECTED = SENDER, SUBJECT = "automatic-sender", "automatic-subject"
"""The reasons that name a detect rule: one that asks for the sender, one that goes by the subject alone."""


def nature(mail: Mail, rules: Rules, authentication: str = "unchecked") -> Nature:
    """Whether a person or a machine wrote it, with every sign of a machine, and what that one reports.

    `authentication` is that of the sender. Only what a detect rule fits is asked for the rules that skip it or name its
    account (B14). What has the subject of an absent person's answer is no report, unless it is one by RFC 3464.
    """
    matcher = Matcher(rules)

    def fit(kind: str) -> Fit | None:
        return matcher.automatic_rule(kind, sender_in_rules(mail), mail.subject, authentication)

    detected, report = fit("detect"), mail.delivery_report
    skip, account = (fit("skip"), fit("account")) if detected else (None, None)
    reasons = signs(mail)
    if detected:
        reasons += (because(_code(detected.rule), rule=detected.rule.name),)
    if report and not (report.form == "text" and detected and not detected.rule.sender):
        reasons = (because("delivery-report", form=report.form), *reasons)
    else:
        report = None
    return Nature(
        reasons,
        unasked(matcher),
        report,
        skip.rule.name if skip else "",
        AlertAccount(account.rule.name, account.rule.account, account.captured) if account else None,
    )


def _code(rule: AutomaticRule) -> str:
    return SENDER if rule.sender else SUBJECT


def sender_in_rules(mail: Mail) -> str:
    """What the patterns for Sender look at: the address, without the name; none where From names nobody (B27)."""
    return "" if mail.from_defects else mail.sender.key


def accounts_in_rules(mail: Mail, rules: Rules) -> tuple[str, ...]:
    """The accounts that a rule may want the ticket to be opened under, before it is known who wrote."""
    matcher, sender = Matcher(rules), sender_in_rules(mail)
    fits = [matcher.automatic_rule("account", sender, mail.subject, verdict) for verdict in AUTHENTICATIONS]
    return tuple(dict.fromkeys(name for fit in fits if fit for name in (fit.captured, fit.rule.account) if name))
