"""A client's secrets: rotate them with an overlap, see which of them is still in use, end the older one.

Ours, not an RFC's. Who may change a client may rotate its secret, but for another client: with a secret it would be
that client, and whatever that may do.
"""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from grantwell.protocol.call import Call
from grantwell.protocol.changes import ReplaceClient
from grantwell.protocol.client_authentication import older_secret_lives
from grantwell.protocol.client_secret_bodies import (
    ClientSecretList,
    ClientSecretResponse,
    ClientSecretRotation,
    NewClientSecret,
    show_secrets,
)
from grantwell.protocol.client_secret_rotation import rotate_client_secret
from grantwell.protocol.context import Caller, Context
from grantwell.protocol.errors import AccessDenied, NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.managed_client import editable, introspection_reach
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client
from grantwell.protocol.store import Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE
from grantwell.protocol.unknown_field import unknown_field

DAY = 86400


class RotationRequest(Struct, frozen=True):
    """Which client, how long the present secret still works, and whether an older one that still does may end."""

    client_id: str
    overlap_seconds: int
    end_older: bool


def read_one(call: Call, _context: Context) -> str:
    """The client id."""
    return call.path["id"]


async def load_one(store: Store, client_id: str, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, client_id)


def decide_list(_client_id: str, client: Client | None, context: Context) -> Outcome:
    """Show which secrets work, and their last uses. Raises NotFound."""
    if client is None:
        raise NotFound("there is no such client", reason="client_not_found")
    body = ClientSecretList(show_secrets(client, context.now))
    return Outcome(Reply(200, body, NO_STORE), client_id=client.client_id)


def read_rotation(call: Call, _context: Context) -> RotationRequest:
    """Read the body; an empty one is an overlap of a day. Raises InvalidRequest, Unprocessable."""
    body = call.json(empty_is_object=True)
    overlap, end_older = body.pop("overlap_seconds", DAY), body.pop("end_older", False)
    problems = [unknown_field(name, "is not a field of this request") for name in body]
    if not isinstance(overlap, int) or isinstance(overlap, bool):
        problems.append(Problem("overlap_seconds", "must be a whole number"))
    if not isinstance(end_older, bool):
        problems.append(Problem("end_older", "must be true or false"))
    if problems or not isinstance(overlap, int) or not isinstance(end_older, bool):
        raise _malformed("the rotation is not valid", *problems)
    return RotationRequest(call.path["id"], overlap, end_older)


async def load_rotation(store: Store, request: RotationRequest, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, request.client_id)


def decide_rotation(request: RotationRequest, facts: Client | None, context: Context) -> Outcome:
    """Give the client a new secret. Raises NotFound, AccessDenied, Unprocessable."""
    client = _of_a_person(facts, context.caller)
    # A repeated call, after a lost answer or by a double click, must not end the secret that the client still uses.
    if older_secret_lives(client, context.now) and not request.end_older:
        problem = Problem("end_older", "must be true to end the older secret, which still works")
        raise Unprocessable("an older secret still works", reason="older_secret_alive", problems=(problem,))
    rotated = rotate_client_secret(client, request.overlap_seconds, context)
    until = rotated.client.older_secret_expires_at if request.overlap_seconds else None
    secret = NewClientSecret(
        client_id=client.client_id,
        client_secret=rotated.secret,
        older_secret_expires_at=rfc3339(until) if until is not None else None,
        ended_older=rotated.ended_older,
    )
    return Outcome(Reply(201, ClientSecretResponse(secret), NO_STORE), rotated.changes, client_id=client.client_id)


def decide_end(_client_id: str, facts: Client | None, context: Context) -> Outcome:
    """End the older secret; one that is over already is over. Raises NotFound, AccessDenied."""
    client = _of_a_person(facts, context.caller)
    if not older_secret_lives(client, context.now):
        return Outcome(Reply(204, None, NO_STORE), client_id=client.client_id)
    changed = replace(client, older_secret_expires_at=context.now, revision=client.revision + 1, updated_at=context.now)
    event = context.record("client.older_secret_ended", subject=client.client_id)
    changes = (ReplaceClient(changed, client.revision), event)
    return Outcome(Reply(204, None, NO_STORE), changes, client_id=client.client_id)


def _of_a_person(client: Client | None, caller: Caller) -> Client:
    if caller.kind == "client":
        raise AccessDenied("a client may not have clients' secrets", reason="client_cannot_rotate")
    found = editable(client, caller)
    # Whoever gets a client's secret introspects with it.
    if found.introspection is None and introspection_reach(caller) == "own":
        raise AccessDenied("this client may introspect, and the caller may not", reason="client_beyond_caller")
    return found


def _malformed(description: str, *problems: Problem) -> Unprocessable:
    return Unprocessable(description, reason="secret_rotation_malformed", problems=problems)


_ID = (Parameter("id", where="path", required=True),)


def _documented(summary: str, response: Any, errors: tuple[int, ...] = (), **more: Any) -> Documentation:
    return Documentation(
        summary=summary, tag="Clients", response=response, errors=(401, 403, 404, *errors), parameters=_ID, **more
    )


LIST_CLIENT_SECRETS = Operation(
    "ListOAuthClientSecrets",
    "GET /oauth_clients/{id}/secrets",
    "clients",
    read_one,
    load_one,
    decide_list,
    _documented("List a client's secrets", ClientSecretList),
)
ROTATE_CLIENT_SECRET = Operation(
    "RotateOAuthClientSecret",
    "POST /oauth_clients/{id}/secrets",
    "clients",
    read_rotation,
    load_rotation,
    decide_rotation,
    _documented(
        "Rotate a client's secret", ClientSecretResponse, (400, 422), request=ClientSecretRotation, success=201
    ),
)
END_OLDER_CLIENT_SECRET = Operation(
    "EndOlderOAuthClientSecret",
    "DELETE /oauth_clients/{id}/secrets",
    "clients",
    read_one,
    load_one,
    decide_end,
    _documented("End a client's older secret", None, success=204),
)
CLIENT_SECRETS = Extension("client_secrets", (LIST_CLIENT_SECRETS, ROTATE_CLIENT_SECRET, END_OLDER_CLIENT_SECRET))
