"""Accepting many mails at once: what arrives while the disk is busy is brought to it together (B2).

Every mail's file is synced by itself, the folder once for all of them, and only then is anyone told.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_file import IncomingFile, SpoolError, TempFile, fault, sync_folder

BATCH = 64  # mails at once; each holds a descriptor
SYNCS = 4  # syncs beside that of the writer: the file system commits its journal once for those that wait together
NOT_TAKEN = "the mail was not taken"

Tell = Callable[[str, Exception | None], None]
"""Is told, on the event loop, a mail's id once it is safely on the disk, or why it was not accepted."""


@dataclass(slots=True)
class _Job:
    """One mail on its way; ends with an id or an error."""

    incoming: IncomingFile
    loop: asyncio.AbstractEventLoop
    tell: Tell
    file: TempFile | None = None
    mail: str = ""
    error: SpoolError | None = None


class SpoolWriter:
    """Two threads that write mails to the spool: one for small mails, one for large, which take their time."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._small: SimpleQueue[_Job | None] = SimpleQueue()
        self._large: SimpleQueue[_Job | None] = SimpleQueue()
        self._unsynced: SimpleQueue[tuple[_Job, SimpleQueue[_Job]] | None] = SimpleQueue()
        self._writers = [_thread("spool-writer", self._run, queue) for queue in (self._small, self._large)]
        self._syncers = [_thread("spool-sync", self._sync_beside) for _ in range(SYNCS)]

    def start(self) -> None:
        """Begin to take mails."""
        for thread in (*self._writers, *self._syncers):
            thread.start()

    @property
    def runs(self) -> bool:
        """Whether mails that are handed over get an answer."""
        return all(thread.is_alive() for thread in (*self._writers, *self._syncers))

    def stop(self) -> None:
        """Write what was handed over, then end; nothing may be handed over after it."""
        for queue in (self._small, self._large):
            queue.put(None)
        for thread in self._writers:
            thread.join()
        for _ in self._syncers:
            self._unsynced.put(None)
        for thread in self._syncers:
            thread.join()

    async def accept(self, content: bytes | IncomingFile, envelope: Envelope) -> str:
        """Bring a mail safely to the disk; its id. Raises SpoolError, and then nothing was accepted.

        The mail is handed over before the first wait: a caller that is cancelled does not cancel the write (B6).
        """
        incoming = content if isinstance(content, IncomingFile) else IncomingFile.holding(self._spool.tmp, content)
        told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.hand_over(incoming, envelope, partial(resolve, told))
        return await told

    def hand_over(self, incoming: IncomingFile, envelope: Envelope, tell: Tell) -> None:
        """The same, begun at once, for an event loop: what became of the mail is told there."""
        incoming.seal(envelope, self._spool.now())
        queue = self._large if incoming.large else self._small
        queue.put(_Job(incoming, asyncio.get_running_loop(), tell))

    def _run(self, queue: SimpleQueue[_Job | None]) -> None:
        going = True
        while going:
            jobs = [queue.get()]
            while len(jobs) < BATCH:
                try:
                    jobs.append(queue.get_nowait())
                except Empty:
                    break
            going = None not in jobs
            self._commit([job for job in jobs if job is not None])

    def _commit(self, jobs: list[_Job]) -> None:
        """Write, sync and name the mails, sync the folder once, answer everybody."""
        for job in jobs:
            _attempt(job, _write)
        written = [job for job in jobs if job.file]
        self._sync_all(written)
        for job in written:
            _attempt(job, self._place)
        self._sync_folder([job for job in written if job.mail])
        _answer(jobs)

    def _sync_all(self, jobs: list[_Job]) -> None:
        """Sync one mail here, the others beside it."""
        synced: SimpleQueue[_Job] = SimpleQueue()
        for job in jobs[1:]:
            self._unsynced.put((job, synced))
        for job in jobs[:1]:
            _attempt(job, _sync)
        for _ in jobs[1:]:
            synced.get()

    def _sync_beside(self) -> None:
        while one := self._unsynced.get():
            job, synced = one
            _attempt(job, _sync)
            synced.put(job)

    def _place(self, job: _Job) -> None:
        if job.file is None:
            return
        mail = self._spool.new_id()
        job.file.place(f"{self._spool.new}/{mail}.0")
        # failpoint: spool.placed
        job.mail = mail

    def _sync_folder(self, jobs: list[_Job]) -> None:
        """Bring the names to the disk; where that fails, none of the mails was accepted."""
        try:
            if jobs:
                sync_folder(self._spool.new)
                # failpoint: spool.folder-synced
        except OSError as error:
            for job in jobs:
                _fail(job, error)
        for job in jobs:
            if job.file:
                job.file.close()


def resolve(told: asyncio.Future[str], mail: str, error: Exception | None) -> None:
    """Tell whoever waits, unless it does not wait any more."""
    if told.done():
        return
    if error:
        told.set_exception(error)
    else:
        told.set_result(mail)


def _thread(name: str, run: Callable[..., None], *values: object) -> threading.Thread:
    return threading.Thread(target=run, args=values, name=name, daemon=True)


def _write(job: _Job) -> None:
    job.file = job.incoming.finish()
    # failpoint: spool.written


def _sync(job: _Job) -> None:
    if job.file:
        job.file.sync()
        # failpoint: spool.synced


def _attempt(job: _Job, step: Callable[[_Job], None]) -> None:
    """Do one step for a mail; a fault of the disk fails this mail alone."""
    try:
        step(job)
    except OSError as error:
        _fail(job, error)


def _fail(job: _Job, error: OSError) -> None:
    """Leave nothing of a mail that is not accepted; a failed sync is not tried again on the same file."""
    job.error = fault(NOT_TAKEN, error)
    if job.file:
        job.file.discard()
        job.file = None


def _answer(jobs: list[_Job]) -> None:
    """Wake each event loop once for all of its mails."""
    for loop in {job.loop for job in jobs}:
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell_all, [job for job in jobs if job.loop is loop])


def _tell_all(jobs: list[_Job]) -> None:
    for job in jobs:
        job.tell(job.mail, job.error)
