"""Logs: standard error, one event a line, key=value or JSON; `mail` follows one mail to its last delivery (B104)."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import TextIO

import structlog
from structlog.typing import EventDict

from connector.mail.clean import escape_for_terminal

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

_PLAIN = (bool, int, float)
_AS_IT_IS = re.compile("[!#-<>-~]*")
_QUOTED = re.compile('[ ="]')


class Steady:
    """Where logs are written: a line that cannot be is lost, and nothing else, for mail is worth more than its log.

    The disk below may be full, or whoever read the pipe be gone.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        try:
            self._fd = stream.fileno()
        except (io.UnsupportedOperation, AttributeError, ValueError):
            self._fd = -1  # no file: a test reads it

    def write(self, line: str) -> None:
        """Write one line past all buffers: what a buffer held back would come again and again."""
        if self._fd < 0:
            self._stream.write(line)
            return
        data = line.encode("utf-8", "backslashreplace")
        with suppress(OSError):
            while data:
                data = data[os.write(self._fd, data) :]

    def flush(self) -> None:
        """There is no buffer."""


def configure(form: str, level: str) -> None:
    """Set up this process's logs; what a mail holds cannot add a line or move a cursor."""
    rendering: tuple[structlog.typing.Processor, ...] = (_logfmt,)
    if form == "json":
        rendering = _in_order, structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[structlog.processors.format_exc_info, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(Steady(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd's own
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _logfmt(logger: object, level: str, event: EventDict) -> str:
    """One line: when, how grave, what, which mail, then the rest."""
    line = f"at={_now()} level={level} event={_text(event.pop('event'))}"
    if event.get("mail") is not None:
        line += f" mail={_text(event.pop('mail'))}"
    for key, value in event.items():
        line += f" {key}={_text(value)}"
    return line


def _text(value: object) -> str:
    """A value as it stands behind its key: what holds a blank, a quote or an equals sign is quoted."""
    if isinstance(value, str) and _AS_IT_IS.fullmatch(value):
        return value
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
    if isinstance(value, str):
        return escape_for_terminal(value)
    if value is None or isinstance(value, _PLAIN):
        return value
    return escape_for_terminal(",".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _now() -> str:
    seconds, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06}Z"


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
