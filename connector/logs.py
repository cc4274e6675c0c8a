"""Logs: standard error, one event a line, key=value or JSON; `mail` follows one mail to its last delivery (B104)."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime

import structlog
from structlog.typing import EventDict

from connector.mail.clean import escape_for_terminal

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_QUOTED = re.compile('[ ="]')


def configure(form: str, level: str) -> None:
    """Set up this process's logs; what a mail holds cannot add a line or move a cursor."""
    rendering: tuple[structlog.typing.Processor, ...] = (_logfmt,)
    if form == "json":
        rendering = _in_order, structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _logfmt(logger: object, level: str, event: EventDict) -> str:
    """One line: when, how grave, what, which mail, then the rest."""
    line = f"at={_now()} level={level} event={_text(event.pop('event'))}"
    if event.get("mail") is not None:
        line += f" mail={_text(event.pop('mail'))}"
    return " ".join([line, *(f"{key}={_text(value)}" for key, value in event.items())])


def _text(value: object) -> str:
    """A value as it stands behind its key: what holds a blank, a quote or an equals sign is quoted."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value is not None else ""
    text = str(_harmless(value))
    if not _QUOTED.search(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _in_order(logger: object, level: str, event: EventDict) -> EventDict:
    """The same for JSON."""
    return {"at": _now(), "level": level} | {key: _harmless(value) for key, value in event.items()}


def _harmless(value: object) -> object:
    """One line an event: line ends, control and bidi characters are written as escapes."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return escape_for_terminal(text)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
