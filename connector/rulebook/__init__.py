"""The rule files: what stands in them, whether they are in order, and how their patterns are applied to a mail."""

from connector.rulebook.matching import Matcher
from connector.rulebook.reading import read_rules
from connector.rulebook.rules import AutomaticRule, Fit, Limits, Rule, RuleErrors, Rules

__all__ = ["AutomaticRule", "Fit", "Limits", "Matcher", "Rule", "RuleErrors", "Rules", "read_rules"]
