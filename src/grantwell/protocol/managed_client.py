"""A client as the management API reads it, and who may do what with it."""

from typing import Any

from msgspec.structs import replace

from grantwell.protocol.changes import RecordEvent
from grantwell.protocol.client_metadata import (
    BOOLEAN,
    STRING,
    STRINGS,
    check_grant_types,
    check_name,
    check_redirect_uris,
    check_scopes,
    check_type,
    check_uri,
)
from grantwell.protocol.context import Caller, Context, Server
from grantwell.protocol.errors import AccessDenied, NotFound, Problem, Unprocessable
from grantwell.protocol.records import Client, IntrospectionReach
from grantwell.protocol.unknown_field import unknown_field

FIELDS = {
    "name": STRING,
    "allowed_scopes": STRINGS,
    "allowed_grant_types": STRINGS,
    "redirect_uris": STRINGS,
    "require_pkce": BOOLEAN,
    "logo_uri": STRING,
    "policy_uri": STRING,
    "tos_uri": STRING,
}
URI_FIELDS = ("logo_uri", "policy_uri", "tos_uri")
# What the operator has looked at before saying that a client is known.
VERIFIED_FIELDS = ("name", "logo_uri", "redirect_uris")


def read_fields(body: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a create or update, with lists as tuples. Raises Unprocessable for all that is wrong in form.

    A null clears a URI, which no other value can.
    """
    problems = [Problem(name, "is required") for name in required if body.get(name) is None]
    for name, value in body.items():
        if name not in FIELDS:
            problems.append(unknown_field(name, "is not a field that can be set here"))
        elif value is not None or name not in (*URI_FIELDS, *required):
            problems.extend(check_type(name, value, FIELDS[name]))
    refuse(problems)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in body.items()}


def judge_fields(fields: dict[str, Any], client_type: str, caller: Caller, server: Server) -> None:
    """Raise Unprocessable for values that are not acceptable, or beyond what the caller itself has."""
    problems: list[Problem] = []
    known = server.scope_ids if caller.scopes is None else caller.scopes
    for name, value in fields.items():
        if name == "name":
            problems.extend(check_name(name, value))
        elif name == "allowed_scopes":
            problems.extend(check_scopes(name, value, known))
        elif name == "allowed_grant_types":
            problems.extend(check_grant_types(name, value))
        elif name == "redirect_uris":
            problems.extend(check_redirect_uris(name, value, client_type))
        elif name in URI_FIELDS and value is not None:
            problems.extend(check_uri(name, value))
    refuse(problems)


def introspection_reach(caller: Caller) -> IntrospectionReach | None:
    """What a client that the caller makes may introspect: its own tokens only, if the caller may not introspect."""
    return None if "introspect" in caller.capabilities else "own"


def edited(client: Client, fields: dict[str, Any], context: Context) -> tuple[Client, tuple[RecordEvent, ...]]:
    """A client with other fields, and what the audit log is told.

    Verified it stays only as it was seen: not under another name or logo, nor with other redirect URIs.
    """
    seen = all(getattr(client, name) == fields[name] for name in VERIFIED_FIELDS if name in fields)
    changed = replace(
        client, **fields, verified=client.verified and seen, updated_at=context.now, revision=client.revision + 1
    )
    events = [context.record("client.updated", subject=client.client_id, detail=" ".join(sorted(fields)))]
    if client.verified and not seen:
        events.append(context.record("client.verification_lost", subject=client.client_id))
    return changed, tuple(events)


def refuse(problems: list[Problem]) -> None:
    """Raise Unprocessable if anything is wrong."""
    if problems:
        first = problems[0]
        raise Unprocessable(f"{first.field} {first.message}", reason="client_invalid", problems=tuple(problems))


def editable(client: Client | None, caller: Caller) -> Client:
    """The client, if the caller may change it. Raises NotFound, AccessDenied.

    Members see what their organization has, and change what they made; administrators change all.
    """
    if client is None:
        raise NotFound("there is no such client", reason="client_not_found")
    if caller.role != "admin" and client.user_id != caller.user_id:
        raise AccessDenied("only its maker or an administrator may change this client", reason="client_of_another_user")
    # Neither may a client's token reach a client with more rights than it has itself.
    if caller.scopes is not None and not set(client.allowed_scopes) <= set(caller.scopes):
        raise AccessDenied("this client has scopes that the caller lacks", reason="client_beyond_caller")
    return client
