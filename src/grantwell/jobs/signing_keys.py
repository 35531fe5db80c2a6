"""Rotation: when the next signing key is made, and from when it signs."""

from collections.abc import Sequence

from grantwell.protocol.key_life import KeyPolicy, NewKey
from grantwell.protocol.records import SigningKeyRow


def plan_rotation(rows: Sequence[SigningKeyRow], now: int, policy: KeyPolicy) -> NewKey | None:
    """The next key, if it is time to publish it; None otherwise. `rows` are all keys, oldest first.

    The first key, and one that follows when all others were revoked, sign at once: there is nothing to wait for.
    """
    sequence = max((row.sequence for row in rows), default=0) + 1
    usable = [row for row in rows if row.revoked_at is None]
    if not usable:
        return NewKey(sequence, policy.alg, now)
    newest = usable[-1]
    # A successor that waits for its turn is already made, whatever its algorithm: two processes that are set up
    # differently for a while must not outdo each other.
    if newest.activates_at > now:
        return None
    due = newest.activates_at + policy.rotation_seconds
    if newest.alg == policy.alg and now < due - policy.publish_ahead_seconds:
        return None
    return NewKey(sequence, policy.alg, now + policy.publish_ahead_seconds)
