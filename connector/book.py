"""Reads all that lies in the rules folder, whole or not at all (B51, B101)."""

from __future__ import annotations

from pathlib import Path

from connector.config.load import ConfigError
from connector.config.settings import RuleFiles
from connector.ini import Problem
from connector.processing import RuleBook
from connector.rulebook.reading import read_rules
from connector.rulebook.rules import Limits, RuleErrors, Rules
from connector.templates import Template, TemplateError, read_template

RESPONSE = Path("templates") / "response.txt"


def read_book(files: RuleFiles) -> RuleBook:
    """Rules and templates of the folder; ConfigError with every problem in them."""
    problems: list[Problem] = []
    rules: Rules | None = None
    response: Template | None = None
    try:
        rules = read_rules(files.directory, Limits(files.rule_timeout, files.mail_timeout))
    except RuleErrors as errors:
        problems += errors.problems
    try:
        response = read_template(files.directory / RESPONSE)
    except TemplateError as error:
        problems.append(Problem(files.directory / RESPONSE, 0, "", "", str(error), "a template that can be rendered"))
    if problems or rules is None or response is None:
        raise ConfigError(problems)
    return RuleBook(rules, response)
