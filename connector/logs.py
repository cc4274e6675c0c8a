"""Logs: standard error, one event a line, key=value or JSON; `mail` follows one mail to its last delivery (B104)."""

from __future__ import annotations

import logging
import sys

import structlog

from connector.mail.clean import escape_for_terminal

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(form: str, level: str) -> None:
    """Set up this process's logs; what a mail holds cannot add a line or move a cursor."""
    renderer: structlog.typing.Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        renderer = structlog.processors.LogfmtRenderer(
            key_order=["at", "level", "event", "mail"], drop_missing=True, bool_as_flag=False
        )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            _harmless,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _harmless(logger: object, name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """One line an event: line ends, control and bidi characters are written as escapes."""
    for key, value in event.items():
        if isinstance(value, list | tuple):
            value = ",".join(map(str, value))
        event[key] = escape_for_terminal(value) if isinstance(value, str) else value
    return event
