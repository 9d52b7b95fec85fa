"""Blobs as files, behind a journal: a step is durable with one flush, the files follow a moment later.

A batch changes four or five files, and a flush for each of them and of their folders is most of what a reveal
waits for. Here the step goes into a journal first; the files are written a tenth of a second later, for all
steps since then at once, so that partial tiles that were outgrown meanwhile never become files at all. Two
journals take turns: one is written while the other's steps become files. Who holds the blobs next begins by
making files of what the journals still hold.
"""

import asyncio
import fcntl
import secrets
from pathlib import Path
from typing import Final

from audit.blob_journal import ROOM, Journal
from audit.blobs import BlobConflict, FileBlobs, Step, finished, make_folder, sync_folder

NAMES: Final = (".journal-0", ".journal-1")
FOLLOW_SECONDS: Final = 0.1

Ahead = dict[str, bytes | None]


class JournaledBlobs(FileBlobs):
    """Files below a folder, for one holder at a time (`flock`). Everything but `step` is as with `FileBlobs`."""

    def __init__(self, folder: Path, *, follow_seconds: float = FOLLOW_SECONDS) -> None:
        super().__init__(folder)
        self._follow_seconds = follow_seconds
        self._journals: list[Journal] = []  # the one that is written first
        self._number = 0
        self._ahead: Ahead = {}  # what the journals hold and the files do not: the blob, or None for removed
        self._replaced: set[str] = set()
        self._turn = asyncio.Lock()
        self._following: asyncio.Task[None] | None = None
        self._failure: OSError | BlobConflict | None = None

    async def hold(self) -> bool:
        """Take the lock and make files of what an earlier holder left; False while another process has it."""
        async with self._turn:
            return bool(self._journals) or await finished(self._open)

    async def let_go(self) -> None:
        """Make files of everything and give up the lock; what cannot be written stays in the journals."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
        async with self._turn:
            await finished(self._close)

    async def read(self, path: str) -> bytes | None:
        """Return the blob, or None."""
        return self._ahead[path] if path in self._ahead else await super().read(path)

    async def step(self, step: Step) -> None:
        """Write the step into the journal. Raises `BlobConflict`, OSError; without a holder it is a fault."""
        async with self._turn:
            if self._failure is not None:
                raise self._failure
            await finished(self._note, step)
        if self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        """Let the files follow until nothing is ahead of them."""
        try:
            while self._ahead:
                if self._journals[0].size < ROOM:
                    await asyncio.sleep(self._follow_seconds)
                async with self._turn:
                    self._journals.reverse()
                    ahead, replaced = dict(self._ahead), set(self._replaced)
                await finished(self._make_files, ahead, replaced)
                async with self._turn:
                    await finished(self._journals[1].forget)
                    self._ahead = {
                        path: now for path, now in self._ahead.items() if now is not ahead.get(path, 0)
                    }
        except (OSError, BlobConflict) as problem:
            self._failure = problem
        finally:
            self._following = None

    def _open(self) -> bool:
        make_folder(self._folder)
        journals = [Journal(self._folder / name) for name in NAMES]
        sync_folder(self._folder)
        try:
            fcntl.flock(journals[0].handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._recover(journals)
        except BaseException as problem:
            for journal in journals:
                journal.close()
            if isinstance(problem, BlockingIOError):
                return False
            raise
        self._journals, self._failure = journals, None
        return True

    def _recover(self, journals: list[Journal]) -> None:
        left = sorted((record for journal in journals for record in journal.read()), key=lambda one: one[0])
        for _, step in left:
            self._put_ahead(step)
        for path in self._replaced:
            known = [step.replaced for _, step in left if step.replaced[0] == path]
            if self._read(path) not in {known[0][2], *(data for _, data, _ in known)}:
                raise BlobConflict(path=path)
        self._make_files(self._ahead, self._replaced)
        self._ahead, self._replaced = {}, set()
        for journal in sorted(journals, key=lambda one: [number for number, _ in one.read()][:1]):
            journal.forget()  # the older first: else it would come back as the newer
            journal.make_room()
        self._number = secrets.randbits(
            62
        )  # so that no record of another holder looks like the next of this one

    def _close(self) -> None:
        try:
            if self._journals and self._failure is None:
                self._make_files(self._ahead, self._replaced)
                for journal in reversed(self._journals):
                    journal.forget()
        except OSError:
            pass
        finally:
            for journal in self._journals:
                journal.close()
            self._journals, self._ahead, self._replaced = [], {}, set()

    def _note(self, step: Step) -> None:
        path, data, old = step.replaced
        for made, blob in step.made.items():
            if (there := self._present(made)) is not None and there != blob:
                raise BlobConflict(path=made)
        if self._present(path) not in {old, data}:
            raise BlobConflict(path=path)
        self._journals[0].append(self._number + 1, step)
        self._number += 1
        self._put_ahead(step)

    def _present(self, path: str) -> bytes | None:
        return self._ahead[path] if path in self._ahead else self._read(path)

    def _put_ahead(self, step: Step) -> None:
        path, data, _ = step.replaced
        self._ahead |= {**step.made, path: data, **dict.fromkeys(step.outgrown)}
        self._replaced.add(path)

    def _make_files(self, ahead: Ahead, replaced: set[str]) -> None:
        self._put({path: data for path, data in ahead.items() if data is not None and path not in replaced})
        for path in replaced:
            data = ahead.get(path)
            if data is not None and self._read(path) != data:
                self._replace(path, data)
        self._delete([path for path, data in ahead.items() if data is None])
