"""What processes on one machine tell each other of the last hour: one file a process, in the server's own directory.

A file outlives its process until its last slot is an hour old: what was counted was counted.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from grantwell.protocol.numbers import SLOT_SECONDS, SLOTS, Counted, Slot

ENDING = ".history"
# A process that has not written for so long has ended.
ALIVE_SECONDS = 15


class Told(Struct):
    """One process's file."""

    slots: dict[int, Slot]
    since: float
    at: float


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Told).decode


class HistoryFiles:
    """The files in a directory, one of which is this process's."""

    def __init__(self, directory: Path) -> None:
        """Raises OSError where the directory cannot be made."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._directory = directory
        self._own = directory / f"{uuid.uuid4().hex}{ENDING}"

    def publish(self, slots: dict[int, Slot], since: float, now: float) -> None:
        """Write this process's slots. Raises OSError."""
        beside = self._own.with_name(f"{self._own.name}.{os.getpid()}")
        beside.write_bytes(_encode(Told(slots, since, now)))
        beside.replace(self._own)

    def exchange(self, slots: dict[int, Slot], since: float, now: float) -> Counted:
        """Publish this process's slots, and answer with those of all together. Raises OSError.

        What was shown once has been published, so that whichever process is asked next does not know less.
        """
        self.publish(slots, since, now)
        everyone = [Told(slots, since, now), *self._others(now)]
        merged: dict[int, Slot] = {}
        for told in everyone:
            for number, slot in told.slots.items():
                merged.setdefault(number, Slot()).add(slot)
        alive = sum(now - told.at < ALIVE_SECONDS for told in everyone)
        return Counted(merged, min(told.since for told in everyone), alive, shared=True)

    def _others(self, now: float) -> Iterator[Told]:
        for path in self._directory.glob(f"*{ENDING}"):
            with contextlib.suppress(FileNotFoundError):  # another one has just removed it
                if path == self._own:
                    continue
                told = _decode(path.read_bytes())
                if now - told.at > SLOT_SECONDS * SLOTS:
                    path.unlink()
                else:
                    yield told
