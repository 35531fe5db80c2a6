"""Client management: list, create, get, update and delete the clients of the caller's organization."""

from typing import Any

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.changes import AddClient, RemoveClient, ReplaceClient
from grantwell.protocol.client_bodies import (
    ClientUpdate,
    NewClient,
    OAuthClientList,
    OAuthClientResponse,
    show_client,
)
from grantwell.protocol.client_list import CLIENT_TYPES, PARAMETERS, ListRequest, read_client_list
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound, Problem
from grantwell.protocol.managed_client import editable, edited, introspection_reach, judge_fields, read_fields, refuse
from grantwell.protocol.new_client import new_client
from grantwell.protocol.operation import Documentation, Operation, Parameter, load_nothing
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import pagination_meta
from grantwell.protocol.records import Client
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE

REQUIRED = ("name", "allowed_scopes", "allowed_grant_types")


class CreateRequest(Struct, frozen=True):
    """The fields of a new client."""

    client_type: Any
    fields: dict[str, Any]


class UpdateRequest(Struct, frozen=True):
    """The fields to change."""

    client_id: str
    fields: dict[str, Any]


def read_list(call: Call, _context: Context) -> ListRequest:
    """Read page and filters. Raises InvalidRequest."""
    return read_client_list(call.query())


async def load_list(store: Store, request: ListRequest, context: Context) -> tuple[tuple[Client, ...], int]:
    """One page, and the total."""
    page = request.page
    clients, total = await store.clients(context.caller.org_id, request.chosen, page.offset, page.size)
    return tuple(clients), total


def decide_list(request: ListRequest, facts: tuple[tuple[Client, ...], int], _context: Context) -> Outcome:
    """Show the page."""
    clients, total = facts
    body = OAuthClientList(tuple(show_client(client) for client in clients), pagination_meta(request.page, total))
    return Outcome(Reply(200, body, NO_STORE))


def read_create(call: Call, _context: Context) -> CreateRequest:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json()
    client_type = body.pop("client_type", None)
    return CreateRequest(client_type, read_fields(body, REQUIRED))


def decide_create(request: CreateRequest, _facts: None, context: Context) -> Outcome:
    """Make the client. Raises Unprocessable."""
    caller, client_type = context.caller, request.client_type
    if client_type not in ("confidential", "public"):
        refuse([Problem("client_type", f"must be one of {', '.join(CLIENT_TYPES)}")])
    judge_fields(request.fields, client_type, caller, context.server)
    client, secret = new_client(
        request.fields,
        client_type,
        context,
        org_id=caller.org_id,
        user_id=caller.user_id,
        introspection=introspection_reach(caller),
    )
    event = context.record("client.created", subject=client.client_id)
    return _shown(201, client, (AddClient(client), event), secret)


def read_one(call: Call, _context: Context) -> str:
    """The client id."""
    return call.path["id"]


async def load_one(store: Store, client_id: str, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, client_id)


def decide_get(_client_id: str, client: Client | None, _context: Context) -> Outcome:
    """Show it. Raises NotFound."""
    if client is None:
        raise NotFound("there is no such client", reason="client_not_found")
    return _shown(200, client)


def read_update(call: Call, _context: Context) -> UpdateRequest:
    """Read the body; an empty one changes nothing. Raises InvalidRequest, Unprocessable."""
    return UpdateRequest(call.path["id"], read_fields(call.json(empty_is_object=True)))


async def load_update(store: Store, request: UpdateRequest, context: Context) -> Client | None:
    """The client, if it is the caller's organization's."""
    return await store.managed_client(context.caller.org_id, request.client_id)


def decide_update(request: UpdateRequest, facts: Client | None, context: Context) -> Outcome:
    """Change what was sent. Raises NotFound, AccessDenied, Unprocessable."""
    client = editable(facts, context.caller)
    judge_fields(request.fields, client.client_type, context.caller, context.server)
    if not request.fields:
        return _shown(200, client)
    changed, events = edited(client, request.fields, context)
    return _shown(200, changed, (ReplaceClient(changed, client.revision), *events))


def decide_delete(_client_id: str, facts: Client | None, context: Context) -> Outcome:
    """Delete it, and so end all that was issued to it. Raises NotFound, AccessDenied."""
    client = editable(facts, context.caller)
    event = context.record("client.deleted", subject=client.client_id)
    return Outcome(Reply(204, None), (RemoveClient(client.client_id, client.org_id), event))


def _shown(status: int, client: Client, changes: tuple[Any, ...] = (), secret: str | None = None) -> Outcome:
    body = OAuthClientResponse(show_client(client, secret))
    return Outcome(Reply(status, body, NO_STORE), changes, client_id=client.client_id)


_ID = (Parameter("id", where="path", required=True),)


def _documented(summary: str, response: Any, errors: tuple[int, ...], **more: Any) -> Documentation:
    return Documentation(summary=summary, tag="Clients", response=response, errors=(401, 403, *errors), **more)


LIST_CLIENTS = Operation(
    "ListOAuthClients",
    "GET /oauth_clients",
    "clients",
    read_list,
    load_list,
    decide_list,
    _documented("List clients", OAuthClientList, (400,), parameters=PARAMETERS),
)
CREATE_CLIENT = Operation(
    "CreateOAuthClient",
    "POST /oauth_clients",
    "clients",
    read_create,
    load_nothing,
    decide_create,
    _documented("Create a client", OAuthClientResponse, (400, 422), request=NewClient, success=201),
)
GET_CLIENT = Operation(
    "GetOAuthClient",
    "GET /oauth_clients/{id}",
    "clients",
    read_one,
    load_one,
    decide_get,
    _documented("Get a client", OAuthClientResponse, (404,), parameters=_ID),
)
UPDATE_CLIENT = Operation(
    "UpdateOAuthClient",
    "PUT /oauth_clients/{id}",
    "clients",
    read_update,
    load_update,
    decide_update,
    _documented("Update a client", OAuthClientResponse, (400, 404, 422), request=ClientUpdate, parameters=_ID),
)
DELETE_CLIENT = Operation(
    "DeleteOAuthClient",
    "DELETE /oauth_clients/{id}",
    "clients",
    read_one,
    load_one,
    decide_delete,
    _documented("Delete a client", None, (404,), parameters=_ID, success=204),
)
