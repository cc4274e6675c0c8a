"""Accepting many mails at once: what arrives while the disk is busy is brought to it together (B2).

Every mail's file is synced by itself, the folder once for all of them, and only then is anyone told.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_file import IncomingFile, SpoolError, TempFile, sync_folder, temporary

BATCH = 64  # mails at once; each holds a descriptor
SYNCS = 4  # syncs at once: the file system commits its journal once for those that wait together


@dataclass(slots=True)
class _Job:
    """One mail on its way; ends with an id or an error."""

    incoming: IncomingFile
    envelope: Envelope
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[str]
    file: TempFile | None = None
    mail: str = ""
    error: SpoolError | None = None


class SpoolWriter:
    """Two threads that write mails to the spool: one for small mails, one for large, which take their time."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._small: SimpleQueue[_Job | None] = SimpleQueue()
        self._large: SimpleQueue[_Job | None] = SimpleQueue()
        self._pool = ThreadPoolExecutor(SYNCS, thread_name_prefix="spool-sync")
        self._threads = [
            threading.Thread(target=self._run, args=(queue,), name="spool-writer", daemon=True)
            for queue in (self._small, self._large)
        ]

    def start(self) -> None:
        """Begin to take mails."""
        for thread in self._threads:
            thread.start()

    @property
    def runs(self) -> bool:
        """Whether mails that are handed over get an answer."""
        return all(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """Write what was handed over, then end; no `accept` may follow."""
        for queue in (self._small, self._large):
            queue.put(None)
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()

    async def accept(self, content: bytes | IncomingFile, envelope: Envelope) -> str:
        """Bring a mail safely to the disk; its id. Raises SpoolError, and then nothing was accepted.

        The mail is handed over before the first wait: a caller that is cancelled does not cancel the write (B6).
        """
        return await asyncio.shield(self.hand_over(content, envelope))

    def hand_over(self, content: bytes | IncomingFile, envelope: Envelope) -> asyncio.Future[str]:
        """The same, begun at once: the id will be there when the mail is on the disk."""
        incoming = content if isinstance(content, IncomingFile) else IncomingFile.holding(self._spool.tmp, content)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str] = loop.create_future()
        answer.add_done_callback(_look_at)
        (self._large if incoming.large else self._small).put(_Job(incoming, envelope, loop, answer))
        return answer

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
            _attempt(job, self._write)
        written = [job for job in jobs if job.file]
        others = [self._pool.submit(_attempt, job, _sync) for job in written[1:]]
        for job in written[:1]:
            _attempt(job, _sync)
        for other in others:
            other.result()
        for job in written:
            _attempt(job, self._place)
        self._sync_folder([job for job in written if job.mail])
        _answer(jobs)

    def _write(self, job: _Job) -> None:
        job.file = job.incoming.finish(job.envelope, self._spool.now())
        # failpoint: spool.written

    def _place(self, job: _Job) -> None:
        if job.file is None:
            return
        mail = self._spool.new_id()
        job.file.place(os.path.join(self._spool.new, f"{mail}.0"))
        # failpoint: spool.placed
        job.mail = mail

    def _sync_folder(self, jobs: list[_Job]) -> None:
        """Bring the names to the disk; where that fails, none of the mails was accepted."""
        try:
            with temporary("the mail was not taken"):
                if jobs:
                    sync_folder(self._spool.new)
                    # failpoint: spool.folder-synced
        except SpoolError as error:
            for job in jobs:
                _fail(job, error)
        for job in jobs:
            if job.file:
                job.file.close()


def _sync(job: _Job) -> None:
    if job.file:
        job.file.sync()
        # failpoint: spool.synced


def _attempt(job: _Job, step: Callable[[_Job], None]) -> None:
    """Do one step for a mail; a fault of the disk fails this mail alone."""
    try:
        with temporary("the mail was not taken"):
            step(job)
    except SpoolError as error:
        _fail(job, error)


def _fail(job: _Job, error: SpoolError) -> None:
    """Leave nothing of a mail that is not accepted; a failed sync is not tried again on the same file."""
    job.error = error
    if job.file:
        job.file.discard()
        job.file = None


def _answer(jobs: list[_Job]) -> None:
    """Wake each event loop once for all of its mails."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = defaultdict(list)
    for job in jobs:
        by_loop[job.loop].append(job)
    for loop, answered in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, answered)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.answer.done():
            continue
        if job.error:
            job.answer.set_exception(job.error)
        else:
            job.answer.set_result(job.mail)


def _look_at(answer: asyncio.Future[str]) -> None:
    """Mark an error as seen: the caller may have been cancelled."""
    if not answer.cancelled():
        answer.exception()
