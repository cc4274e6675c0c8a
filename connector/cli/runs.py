"""The two ways of `process` to take one mail: a dry run, or acceptance and processing as by road and worker."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from connector import logs
from connector.cli.present import store_or_empty
from connector.config.settings import Settings
from connector.delivery_store import store_for_mail
from connector.finishing import AWAY, Recorded, finish
from connector.intake.files import MailFile
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.pipeline.verdicts import Decision
from connector.processing import Processor, RuleBook, policy_of
from connector.spool import Spool
from connector.spool_file import SpoolError
from storage.records import StoreError
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail; `fault` says what went wrong, `safe` whether the mail cannot be lost (B2)."""

    decision: Decision | None = None
    entry: int | None = None
    fault: str = ""
    safe: bool = True


class Run:
    """What both ways share; counts the deliveries that were made."""

    def __init__(self, settings: Settings, book: RuleBook) -> None:
        self._settings = settings
        self._book = book
        logs.configure(settings.service.log_format, "error")
        self._store: Store | None = None
        self.deliveries = 0

    def take(self, mail: MailFile, envelope: Envelope) -> Outcome:
        """Take one mail; the envelope gets the mail's road."""
        raise NotImplementedError

    def _processor(self, store: Store, originals: Path) -> Processor:
        self._store = store
        return Processor(store, Originals(originals), policy_of(self._settings, self._book, store))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._store is not None:
            self._store.close()


class DryRun(Run):
    """Decides, and changes nothing."""

    def __init__(self, settings: Settings, book: RuleBook) -> None:
        super().__init__(settings, book)
        self._scratch = tempfile.TemporaryDirectory()  # the folder of originals is made, and nothing is put into it
        self._dry = self._processor(store_or_empty(settings), Path(self._scratch.name))

    def take(self, mail: MailFile, envelope: Envelope) -> Outcome:
        """What would become of the mail; a defect of ours is told and does not stop the others."""
        try:
            done = self._dry.dry_run(mail.raw, replace(envelope, road=mail.road))
        except StoreError:
            raise
        except Exception as error:
            return Outcome(fault=f"a stage failed: {type(error).__name__}: {error}", safe=False)
        return Outcome(done.decision)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        super().__exit__(kind, error, _)
        self._scratch.cleanup()


class Filing(Run):
    """Brings each mail safely to the spool, and does a worker's work on it at once."""

    def __init__(self, settings: Settings, book: RuleBook) -> None:
        super().__init__(settings, book)
        self._spool = Spool(settings.store.spool)
        self._filing: Processor | None = None
        self._recorded = Recorded()

    def take(self, mail: MailFile, envelope: Envelope) -> Outcome:
        """Accept and process; what cannot be finished now stays in the spool, and that is safe."""
        try:
            claim = self._spool.accept_claimed(mail.raw, replace(envelope, road=mail.road))
        except SpoolError as error:
            return Outcome(fault=str(error), safe=False)
        try:
            ended = finish(claim, self._ready, self._settings.service.max_tries, self._recorded)
            self._recorded.settle(self._ready())
        except AWAY as error:
            return Outcome(fault=f"waits in the spool as {claim.id}: {error}")
        if ended.done is None:
            where = "quarantined" if ended.outcome else "failed, waits in the spool for its next try"
            return Outcome(fault=f"{where} as {claim.id}: {ended.fault}")
        self.deliveries += ended.deliveries
        return Outcome(ended.done.decision, ended.done.filed.entry_id if ended.done.filed else None)

    def _ready(self) -> Processor:
        """The processor; the store is opened when the first mail needs it, and again after it was away."""
        if self._filing is None:
            self._filing = self._processor(store_for_mail(self._settings), self._settings.store.originals)
        return self._filing
