"""Switching a client off, which ends what was issued to it, and on again.

Ours, not an RFC's, and apart from the client itself: that object is another API's, and has no such field.
"""

from typing import Any

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.client_switch import disable_client, enable_client
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem, Unprocessable
from grantwell.protocol.extension import Extension
from grantwell.protocol.managed_client import editable
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.records import Client
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE


class ClientStatus(Struct, frozen=True, kw_only=True):
    """Whether a client can authenticate, and be authorized."""

    record_type: str = "oauth_client_status"
    client_id: str
    enabled: bool


class ClientStatusResponse(Struct, frozen=True):
    """The envelope."""

    data: ClientStatus


class ClientStatusUpdate(Struct, frozen=True):
    """The body of a change."""

    enabled: bool


class SwitchRequest(Struct, frozen=True):
    """Which client, and which way."""

    client_id: str
    enabled: bool


def read_status(call: Call, _context: Context) -> str:
    """The client id."""
    return call.path["id"]


async def load_status(store: Store, client_id: str, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, client_id)


def decide_status(_client_id: str, client: Client | None, _context: Context) -> Outcome:
    """Show it. Raises NotFound."""
    if client is None:
        raise NotFound("there is no such client", reason="client_not_found")
    return _shown(client)


def read_switch(call: Call, _context: Context) -> SwitchRequest:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    enabled = call.json().get("enabled")
    if not isinstance(enabled, bool):
        problem = Problem("enabled", "must be true or false")
        raise Unprocessable("enabled must be true or false", reason="client_status_malformed", problems=(problem,))
    return SwitchRequest(call.path["id"], enabled)


async def load_switch(store: Store, request: SwitchRequest, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, request.client_id)


def decide_switch(request: SwitchRequest, facts: Client | None, context: Context) -> Outcome:
    """Switch it; one that is so already stays as it is. Raises NotFound, AccessDenied."""
    switch = enable_client if request.enabled else disable_client
    client, changes = switch(editable(facts, context.caller), context)
    return _shown(client, changes)


def _shown(client: Client, changes: tuple[Any, ...] = ()) -> Outcome:
    body = ClientStatusResponse(ClientStatus(client_id=client.client_id, enabled=client.enabled))
    return Outcome(Reply(200, body, NO_STORE), changes, client_id=client.client_id)


_ID = (Parameter("id", where="path", required=True),)

GET_CLIENT_STATUS = Operation(
    "GetOAuthClientStatus",
    "GET /oauth_clients/{id}/status",
    "clients",
    read_status,
    load_status,
    decide_status,
    Documentation(
        summary="Get a client's status",
        tag="Clients",
        response=ClientStatusResponse,
        errors=(401, 403, 404),
        parameters=_ID,
    ),
)
UPDATE_CLIENT_STATUS = Operation(
    "UpdateOAuthClientStatus",
    "PUT /oauth_clients/{id}/status",
    "clients",
    read_switch,
    load_switch,
    decide_switch,
    Documentation(
        summary="Switch a client off or on",
        tag="Clients",
        request=ClientStatusUpdate,
        response=ClientStatusResponse,
        errors=(400, 401, 403, 404, 422),
        parameters=_ID,
    ),
)
CLIENT_SWITCH = Extension("client_switch", (GET_CLIENT_STATUS, UPDATE_CLIENT_STATUS))
