"""The next signing key when somebody asks for it, whether or not it is time."""

from collections.abc import Sequence

from grantwell.protocol.changes import AddSigningKey, RecordEvent
from grantwell.protocol.context import Context
from grantwell.protocol.key_life import NONCE_BYTES, KeyPolicy, NewKey, seal_private_key
from grantwell.protocol.keys import generate_private_key, serialize_private_key
from grantwell.protocol.records import SigningKeyRow


def plan_rotation_by_hand(rows: Sequence[SigningKeyRow], now: int, policy: KeyPolicy, *, at_once: bool) -> NewKey:
    """The next key, whether or not it is time: published first, or `at_once` used, as an emergency demands."""
    sequence = max((row.sequence for row in rows), default=0) + 1
    nothing_to_wait_for = all(row.revoked_at is not None for row in rows)
    activates_at = now if at_once or nothing_to_wait_for else now + policy.publish_ahead_seconds
    return NewKey(sequence, policy.alg, activates_at)


def make_signing_key(new: NewKey, context: Context) -> tuple[AddSigningKey, RecordEvent]:
    """Make the key pair that a plan asks for, sealed for storing. RSA takes a tenth of a second, the others nothing."""
    kid = context.token_identifier()
    der = serialize_private_key(generate_private_key(new.alg))
    sealed = seal_private_key(der, kid, context.server.secrets.signing_keys, context.entropy(NONCE_BYTES))
    row = SigningKeyRow(kid, new.sequence, new.alg, sealed, context.now, new.activates_at, None)
    return AddSigningKey(row), context.record("signing_key.created", subject=kid)
