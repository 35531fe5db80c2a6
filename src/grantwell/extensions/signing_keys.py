"""Signing keys for whoever runs the server: see their lives, make the next one, take one out in an emergency.

Ours, not an RFC's. The server rotates by itself; this is for a key that has leaked, or may have.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from grantwell.protocol.call import Call
from grantwell.protocol.changes import Change, RevokeSigningKey
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.key_rotation import make_signing_key, plan_rotation_by_hand
from grantwell.protocol.key_timeline import KeyLife, key_lives, key_states, next_rotation_at
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import SigningKeyRow
from grantwell.protocol.rights import is_operator, require_administrator, require_operator
from grantwell.protocol.signing_key_bodies import (
    RotateSigningKeys,
    SigningKeyList,
    SigningKeyMeta,
    SigningKeyResponse,
    show_key,
)
from grantwell.protocol.store import Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.unknown_field import unknown_field


class KeyFacts(Struct, frozen=True):
    """All keys, oldest first, and whose server it is."""

    rows: tuple[SigningKeyRow, ...]
    operator_org_id: str | None


async def load_keys(store: Store, _request: object, _context: Context) -> KeyFacts:
    """All signing keys, and the organization that runs the server."""
    return KeyFacts(tuple(await store.signing_keys()), await store.operator_org_id())


def read_list(_call: Call, context: Context) -> None:
    """Any administrator may look: what a key signed concerns every organization. Raises AccessDenied."""
    require_administrator(context.caller)


def decide_list(_request: None, facts: KeyFacts, context: Context) -> Outcome:
    """Show all keys, newest first."""
    policy = context.server.key_policy
    lives = _lives(facts.rows, context)
    rotation = next_rotation_at(lives, policy)
    meta = SigningKeyMeta(
        rfc3339(context.now),
        rfc3339(rotation) if rotation is not None else None,
        policy.publish_ahead_seconds,
        policy.token_seconds,
        is_operator(context.caller, facts.operator_org_id),
    )
    return Outcome(Reply(200, SigningKeyList(tuple(map(show_key, reversed(lives))), meta), NO_STORE))


def read_rotate(call: Call, context: Context) -> bool:
    """Whether the next key is to sign at once. Raises AccessDenied, InvalidRequest, Unprocessable."""
    require_administrator(context.caller)
    body = call.json(empty_is_object=True)
    problems = [unknown_field(name, "is not a field of a rotation") for name in body if name != "at_once"]
    at_once = body.get("at_once", False)
    if not isinstance(at_once, bool):
        problems.append(Problem("at_once", "must be true or false"))
    if problems:
        raise Unprocessable("the rotation is not valid", reason="rotation_malformed", problems=tuple(problems))
    return bool(at_once)


def decide_rotate(at_once: bool, facts: KeyFacts, context: Context) -> Outcome:
    """Make the next key. Raises AccessDenied, Unprocessable where one waits for its turn already."""
    require_operator(context.caller, facts.operator_org_id)
    policy = context.server.key_policy
    if not at_once and "published" in key_states(facts.rows, context.now, policy).values():
        raise Unprocessable("the next key is made already and waits for its turn", reason="rotation_waits")
    added, event = make_signing_key(plan_rotation_by_hand(facts.rows, context.now, policy, at_once=at_once), context)
    made = _lives((*facts.rows, added.key), context)[-1]
    return Outcome(Reply(201, SigningKeyResponse(show_key(made)), NO_STORE), (added, event), changes_keys=True)


def read_one(call: Call, context: Context) -> str:
    """The key's id. Raises AccessDenied."""
    require_administrator(context.caller)
    return call.path["id"]


def decide_revoke(kid: str, facts: KeyFacts, context: Context) -> Outcome:
    """Take a key out at once: what it signed fails. Another one signs from now on, if it was the one that did.

    Raises AccessDenied, NotFound.
    """
    require_operator(context.caller, facts.operator_org_id)
    states = key_states(facts.rows, context.now, context.server.key_policy)
    if kid not in states:
        raise NotFound("there is no such signing key", reason="signing_key_not_found")
    if states[kid] == "revoked":
        return _revoked(kid, facts.rows, context)
    event = context.record("signing_key.revoked", subject=kid)
    rows = tuple(_marked(row, context.now) if row.kid == kid else row for row in facts.rows)
    if states[kid] != "signing":
        return _revoked(kid, rows, context, RevokeSigningKey(kid, context.now), event)
    # A key before it would sign again otherwise, though it was replaced long ago.
    new = plan_rotation_by_hand(facts.rows, context.now, context.server.key_policy, at_once=True)
    added, made = make_signing_key(new, context)
    return _revoked(kid, (*rows, added.key), context, RevokeSigningKey(kid, context.now), event, added, made)


def _revoked(kid: str, rows: tuple[SigningKeyRow, ...], context: Context, *changes: Change) -> Outcome:
    (life,) = (each for each in _lives(rows, context) if each.kid == kid)
    body = SigningKeyResponse(show_key(life))
    return Outcome(Reply(200, body, NO_STORE), changes, changes_keys=bool(changes))


def _marked(row: SigningKeyRow, now: int) -> SigningKeyRow:
    return replace(row, revoked_at=now)


def _lives(rows: tuple[SigningKeyRow, ...], context: Context) -> tuple[KeyLife, ...]:
    return key_lives(rows, context.now, context.server.key_policy)


def _documented(summary: str, response: type, errors: tuple[int, ...], **more: Any) -> Documentation:
    return Documentation(summary=summary, tag="Signing keys", response=response, errors=(401, 403, *errors), **more)


LIST_SIGNING_KEYS = Operation(
    "ListSigningKeys",
    "GET /signing_keys",
    "session",
    read_list,
    load_keys,
    decide_list,
    _documented("List the signing keys and their lives", SigningKeyList, ()),
)
# Heavy, since making an RSA key takes as long as verifying a password.
ROTATE_SIGNING_KEYS = Operation(
    "RotateSigningKeys",
    "POST /signing_keys",
    "session",
    read_rotate,
    load_keys,
    decide_rotate,
    _documented("Make the next signing key", SigningKeyResponse, (400, 422), request=RotateSigningKeys, success=201),
    heavy=True,
)
REVOKE_SIGNING_KEY = Operation(
    "RevokeSigningKey",
    "DELETE /signing_keys/{id}",
    "session",
    read_one,
    load_keys,
    decide_revoke,
    _documented(
        "Take a signing key out in an emergency",
        SigningKeyResponse,
        (404,),
        parameters=(Parameter("id", where="path", required=True),),
    ),
    heavy=True,
)
SIGNING_KEYS = Extension("signing keys", (LIST_SIGNING_KEYS, ROTATE_SIGNING_KEYS, REVOKE_SIGNING_KEY))
