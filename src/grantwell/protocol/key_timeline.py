"""What each signing key did, does and will do, by the same rules that sign and verify."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from grantwell.protocol.key_life import MARGIN_SECONDS, KeyPolicy, living
from grantwell.protocol.records import SigningKeyRow

KeyState = Literal["published", "signing", "verifying", "retired", "revoked"]


class KeyLife(Struct, frozen=True):
    """The life of one key. None is a time that nobody knows yet: the key has no successor, or was never revoked.

    A key whose successor began before it did never signs: `signs_until` is `signs_from` then.
    """

    kid: str
    alg: str
    sequence: int
    state: KeyState
    published_at: int
    signs_from: int
    signs_until: int | None
    verifies_until: int | None
    revoked_at: int | None


def key_lives(rows: Sequence[SigningKeyRow], now: int, policy: KeyPolicy) -> tuple[KeyLife, ...]:
    """The lives of all keys. `rows` are all keys, oldest first."""
    states = key_states(rows, now, policy)
    return tuple(_life(row, rows[number + 1 :], states[row.kid], policy) for number, row in enumerate(rows))


def key_states(rows: Sequence[SigningKeyRow], now: int, policy: KeyPolicy) -> dict[str, KeyState]:
    """What each key does now: signing, published (and waiting), verifying (what it signed), retired, revoked."""
    states: dict[str, KeyState] = {row.kid: "revoked" if row.revoked_at is not None else "retired" for row in rows}
    alive = living(rows, now, policy)
    for row in alive:
        states[row.kid] = "published" if row.activates_at > now else "verifying"
    in_use = [row.kid for row in alive if row.activates_at <= now]
    if in_use:
        states[in_use[-1]] = "signing"
    return states


def next_rotation_at(lives: Sequence[KeyLife], policy: KeyPolicy) -> int | None:
    """When another key begins to sign, of itself; None where there is no key yet."""
    waiting = [life.signs_from for life in lives if life.state == "published"]
    signing = [life.signs_from + policy.rotation_seconds for life in lives if life.state == "signing"]
    return min(waiting or signing, default=None)


def _life(row: SigningKeyRow, later: Sequence[SigningKeyRow], state: KeyState, policy: KeyPolicy) -> KeyLife:
    successors = [each.activates_at for each in later if each.revoked_at is None]
    until = max(row.activates_at, min(successors)) if successors else None
    # The very next one decides, as in `living`.
    verifies_until = successors[0] + policy.token_seconds + MARGIN_SECONDS if successors else None
    if row.revoked_at is not None:
        until = row.revoked_at if until is None else min(until, row.revoked_at)
        verifies_until = row.revoked_at
    return KeyLife(
        row.kid,
        row.alg,
        row.sequence,
        state,
        row.created_at,
        row.activates_at,
        until,
        verifies_until,
        row.revoked_at,
    )
