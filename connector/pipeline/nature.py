"""Part of stage 2: what kind of mail it is, whoever it is from (B10, B11)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.automatic import automatic_reasons
from connector.pipeline.unasked import unasked
from connector.pipeline.verdicts import Nature, because
from connector.rulebook import Matcher, Rules


def nature(mail: Mail, rules: Rules) -> Nature:
    """Whether a person or a machine wrote it, with every sign of a machine, and what that one reports.

    What has the subject of an absent person's answer is no report, unless it is one by RFC 3464.
    """
    matcher = Matcher(rules)
    reasons, report = automatic_reasons(mail, matcher), mail.delivery_report
    if report is None or (report.form == "text" and any(reason.code == "automatic-subject" for reason in reasons)):
        return Nature(reasons, unasked(matcher))
    return Nature((because("delivery-report", form=report.form), *reasons), unasked(matcher), report)
