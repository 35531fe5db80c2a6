"""What several processes share, so that each of them can answer for all: one file of numbers a process.

The directory is the server's own: made when it starts, gone when it has ended. Nobody waits for anybody: a process
writes its file once a second and when it is asked itself, in one rename. What one that has died had counted must
stay, or every sum would fall, and a sum that falls looks like a restart of the whole server.
"""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import msgspec
from msgspec import Struct

from grantwell.asgi.metrics.catalogue import Values
from grantwell.asgi.metrics.merge import lasting, merge

NUMBERS, ALIVE, ENDED = ".numbers", ".alive", "ended"
# So many names of processes are remembered whose numbers were taken over; a reader in between may still see the file.
REMEMBERED = 1000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Values).decode


class Ended(Struct):
    """What all processes that have ended had counted, and the names of those that are in it."""

    names: list[str] = []
    values: Values = {}


class Share:
    """This process's part. The lock on its file says that it lives: a kernel lets go of it whatever the end was."""

    def __init__(self, directory: Path) -> None:
        """Begin to take part, and take over what the ended have left."""
        self._directory = directory
        self._name = uuid.uuid4().hex
        self._numbers = directory / f"{self._name}{NUMBERS}"
        self._alive = (directory / f"{self._name}{ALIVE}").open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)
        self._take_over()

    def close(self) -> None:
        """Cease to live."""
        if not self._numbers.exists():
            Path(self._alive.name).unlink(missing_ok=True)
        self._alive.close()

    def exchange(self, values: Values) -> Values:
        """Publish this process's numbers, and answer with those of all together."""
        self.publish(values)
        return self.all()

    def publish(self, values: Values) -> None:
        """Write this process's numbers."""
        _replace(self._numbers, _encode(values))

    def all(self) -> Values:
        """All numbers together; of processes that have ended, what they had counted."""
        # In this order: whatever is taken over meanwhile is in one of the two, and its name tells which.
        found = dict(self._each())
        ended = self._ended()
        left = [
            values if living else lasting(values) for name, (values, living) in found.items() if name not in ended.names
        ]
        return merge([ended.values, *left])

    def _each(self) -> Iterator[tuple[str, tuple[Values, bool]]]:
        for path in self._directory.glob(f"*{NUMBERS}"):
            living = path.stem == self._name or _is_locked(path.with_suffix(ALIVE))
            with contextlib.suppress(FileNotFoundError):  # taken over just now
                yield path.stem, (_decode(path.read_bytes()), living)

    def _ended(self) -> Ended:
        try:
            return msgspec.msgpack.decode((self._directory / ENDED).read_bytes(), type=Ended)
        except FileNotFoundError:
            return Ended()

    def _take_over(self) -> None:
        """Add up what the ended have left, so that their files do not become many."""
        with (self._directory / f"{ENDED}.lock").open("w") as lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            dead = {name: values for name, (values, living) in self._each() if not living}
            before = self._ended()
            names = [*before.names, *(name for name in dead if name not in before.names)]
            new = [lasting(values) for name, values in dead.items() if name not in before.names]
            _replace(self._directory / ENDED, _encode(Ended(names[-REMEMBERED:], merge([before.values, *new]))))
            for name in dead:
                (self._directory / f"{name}{NUMBERS}").unlink(missing_ok=True)
                (self._directory / f"{name}{ALIVE}").unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)


def _is_locked(path: Path) -> bool:
    try:
        with path.open() as file:
            return not _lock(file)
    except FileNotFoundError:
        return False


def _lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
