"""What commands are refused with: a reason for people, and an exit status."""

from __future__ import annotations

from connector.cli.refusal import Misused, Refused
from connector.config.load import ConfigError
from connector.intake.files import MailFileError
from connector.spool_file import SpoolError, TornSpoolFile
from storage.records import StoreBusy, StoreError

REFUSALS: tuple[type[Exception], ...] = (StoreError, SpoolError, TornSpoolFile, MailFileError, OSError)
"""Errors whose text is the reason, for people."""


def told(error: Exception) -> Exception:
    """The error as click shows it; a defect of ours stays what it is."""
    if isinstance(error, ConfigError):
        return Misused("\n".join(str(problem) for problem in error.problems))
    if isinstance(error, StoreBusy):
        return Refused(f"{error}; the same command may go through later")
    if isinstance(error, REFUSALS):
        return Refused(str(error))
    return error
