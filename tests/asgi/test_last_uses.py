"""Last uses are noted soon while few credentials are used; with many, what is on record is good enough for longer."""

from collections.abc import Sequence
from typing import cast

import pytest

from grantwell.asgi.last_uses import AT_ONCE, FEWEST_SECONDS, MOST_SECONDS, LastUses
from grantwell.protocol.outcome import Use
from grantwell.protocol.store import Backend, StorageUnavailable

NOW = 1_000_000
HOUR = 3600


class Notes:
    """Remembers what it was given to note; fails, or lets something happen, as it is told."""

    def __init__(self) -> None:
        self.noted: list[list[Use]] = []
        self.fails_after = 1_000
        self.meanwhile: Use | None = None
        self.last_uses = LastUses(cast(Backend, self))

    async def note_uses(self, uses: Sequence[Use]) -> None:
        if len(self.noted) == self.fails_after:
            raise StorageUnavailable("away")
        self.noted.append(list(uses))
        if self.meanwhile:
            self.last_uses.note([self.meanwhile])
            self.meanwhile = None

    def all(self) -> list[Use]:
        return [use for some in self.noted for use in some]


@pytest.fixture
def notes() -> Notes:
    return Notes()


def use(n: int = 0, at: int = NOW, noted_at: int | None = None) -> Use:
    return Use("client", f"client-{n}", at, noted_at=noted_at)


async def write_many(notes: Notes, number: int, times: int) -> None:
    for _ in range(times):
        notes.last_uses.note(use(n) for n in range(number))
        await notes.last_uses.write()
    notes.noted.clear()


async def test_of_one_credential_the_latest_use_is_noted_once(notes: Notes) -> None:
    notes.last_uses.note([use(at=NOW), use(1), use(at=NOW + 2)])
    await notes.last_uses.write()
    await notes.last_uses.write()
    assert notes.noted == [[use(at=NOW + 2), use(1)]]


@pytest.mark.parametrize(("age", "is_noted"), [(0, False), (4, False), (5, True)])
async def test_a_use_is_noted_unless_the_one_on_record_is_as_good(notes: Notes, age: int, is_noted: bool) -> None:
    notes.last_uses.note([use(noted_at=NOW - age)])
    await notes.last_uses.write()
    assert bool(notes.noted) is is_noted


async def test_the_first_use_is_noted_however_many_there_are(notes: Notes) -> None:
    await write_many(notes, AT_ONCE + 1, 20)
    assert notes.last_uses.noted_seconds == MOST_SECONDS
    notes.last_uses.note([use(1, noted_at=NOW - HOUR + 1), use(2), use(3, noted_at=NOW - HOUR)])
    await notes.last_uses.write()
    assert notes.all() == [use(2), use(3, noted_at=NOW - HOUR)]


async def test_what_is_on_record_grows_older_with_many_uses_and_is_fresh_again_with_few(notes: Notes) -> None:
    await write_many(notes, AT_ONCE + 1, 2)
    assert notes.last_uses.noted_seconds == 4 * FEWEST_SECONDS
    await write_many(notes, AT_ONCE, 2)
    assert notes.last_uses.noted_seconds == 4 * FEWEST_SECONDS
    await write_many(notes, AT_ONCE // 2 - 1, 70)
    assert 1.9 * FEWEST_SECONDS < notes.last_uses.noted_seconds < 2 * FEWEST_SECONDS
    await write_many(notes, 0, 70)
    assert notes.last_uses.noted_seconds == FEWEST_SECONDS


async def test_a_quiet_moment_hardly_makes_the_record_fresher(notes: Notes) -> None:
    await write_many(notes, AT_ONCE + 1, 20)
    await write_many(notes, 0, 10)
    assert notes.last_uses.noted_seconds > 0.9 * MOST_SECONDS


async def test_the_record_follows_a_crowd_at_once(notes: Notes) -> None:
    await write_many(notes, 12 * AT_ONCE, 1)
    assert notes.last_uses.noted_seconds == 12 * FEWEST_SECONDS


async def test_many_are_written_some_at_a_time(notes: Notes) -> None:
    notes.last_uses.note(use(n) for n in range(2 * AT_ONCE + 7))
    await notes.last_uses.write()
    assert [len(some) for some in notes.noted] == [AT_ONCE, AT_ONCE, 7]
    assert len({each.id for each in notes.all()}) == 2 * AT_ONCE + 7


async def test_what_could_not_be_written_is_kept_and_what_was_written_is_not_written_again(notes: Notes) -> None:
    notes.fails_after = 1
    notes.last_uses.note(use(n) for n in range(AT_ONCE + 7))
    with pytest.raises(StorageUnavailable):
        await notes.last_uses.write()
    notes.fails_after = 1_000
    await notes.last_uses.write()
    assert [len(some) for some in notes.noted] == [AT_ONCE, 7]


async def test_a_use_while_an_earlier_one_is_being_written_is_written_next(notes: Notes) -> None:
    notes.meanwhile = use(at=NOW + 9)
    notes.last_uses.note([use()])
    await notes.last_uses.write()
    await notes.last_uses.write()
    assert notes.noted == [[use()], [use(at=NOW + 9)]]
