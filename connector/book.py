"""Reads all that lies in the rules folder, whole or not at all (B51, B101)."""

from __future__ import annotations

from pathlib import Path

from connector.config.load import ConfigError
from connector.config.settings import RuleFiles
from connector.ini import Problem
from connector.processing import RuleBook
from connector.rulebook.reading import read_rules
from connector.rulebook.rules import Limits, RuleErrors, Rules
from connector.templates import PURPOSES, Template, TemplateErrors, read_template

TEMPLATES = Path("templates")


def read_book(files: RuleFiles) -> RuleBook:
    """Rules and templates of the folder; ConfigError with every problem in them."""
    problems: list[Problem] = []
    rules: Rules | None = None
    templates: dict[str, Template] = {}
    try:
        rules = read_rules(files.directory, Limits(files.rule_timeout, files.mail_timeout))
    except RuleErrors as errors:
        problems += errors.problems
    try:
        templates = read_templates(files)
    except ConfigError as errors:
        problems += errors.problems
    if problems or rules is None:
        raise ConfigError(problems)
    return RuleBook(rules, templates)


def read_templates(files: RuleFiles) -> dict[str, Template]:
    """The templates alone, by file name: rules take most of a second to read. ConfigError as for `read_book`."""
    problems: list[Problem] = []
    templates: dict[str, Template] = {}
    for file in (files.directory / TEMPLATES / name for name in PURPOSES):
        try:
            templates[file.name] = read_template(file)
        except TemplateErrors as errors:
            problems += errors.problems
    if problems:
        raise ConfigError(problems)
    return templates
