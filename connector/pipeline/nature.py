"""Part of stage 2: what kind of mail it is, whoever it is from (B10)."""

from __future__ import annotations

from connector.mail.model import Mail
from connector.pipeline.automatic import automatic_reasons
from connector.pipeline.unasked import unasked
from connector.pipeline.verdicts import Nature
from connector.rulebook import Matcher, Rules


def nature(mail: Mail, rules: Rules) -> Nature:
    """Whether a person or a machine wrote it, with every sign of a machine."""
    matcher = Matcher(rules)
    return Nature(automatic_reasons(mail, matcher), unasked(matcher))
