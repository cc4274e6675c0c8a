"""A road that is gone in a thread of the test, without the service around it: what it hands over is kept."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from connector.intake.roads import Road
from connector.mail.model import Envelope
from tests.service import until

SECONDS = 20.0
PAUSE = 0.05


class Walk:
    """Goes a road, again when it fails, until the end; `refuse` is raised at the next mail, `refuse_all` at all."""

    def __init__(self, road: Road) -> None:
        self.mails: list[bytes] = []
        self.roads: set[str] = set()
        self.errors: list[Exception] = []
        self.times_well = 0
        self.stays = ""
        self.refuse: Exception | None = None
        self.refuse_all: Exception | None = None
        self._road = road
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go)

    def __enter__(self) -> Walk:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._road.interrupt()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()

    def _go(self) -> None:
        while not self._stop.is_set():
            try:
                self._road.run(self._take, self._stop, self._well)
            except Exception as error:  # all of them are looked at by the test
                self.errors.append(error)
                time.sleep(PAUSE)

    def _take(self, raw: bytes, envelope: Envelope) -> str:
        if self.refuse_all is not None:
            raise self.refuse_all
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error
        self.mails.append(raw)
        self.roads.add(envelope.road)
        return "id"

    def _well(self, stays: str | None = None) -> None:
        self.times_well += 1
        self.stays = self.stays if stays is None else stays

    def until(self, *mails: bytes) -> None:
        """Wait for just these, in this order."""
        until(lambda: self.mails, list(mails), SECONDS)

    def until_failed(self) -> Exception:
        """Wait for the first error."""
        until(lambda: bool(self.errors), seconds=SECONDS)
        return self.errors[0]

    def until_looked(self) -> None:
        """Wait until all that was there has been looked at once more."""
        before = self.times_well
        until(lambda: self.times_well > before + 1, seconds=SECONDS)
