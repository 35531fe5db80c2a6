"""Grant management: list, get and revoke what the calling user has allowed."""

from collections.abc import Sequence

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.changes import RevokeGrant
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PageRequest, PaginationMeta, pagination_meta, read_page
from grantwell.protocol.store import GrantView, Store
from grantwell.protocol.timestamps import rfc3339
from grantwell.protocol.tokens import NO_STORE


class OAuthGrant(Struct, frozen=True, kw_only=True):
    """The API's grant object."""

    id: str
    record_type: str = "oauth_grant"
    client_id: str
    scopes: tuple[str, ...]
    created_at: str
    last_used_at: str | None


class OAuthGrantResponse(Struct, frozen=True):
    """The envelope."""

    data: OAuthGrant


class OAuthGrantList(Struct, frozen=True):
    """One page."""

    data: tuple[OAuthGrant, ...]
    meta: PaginationMeta


def show_grant(view: GrantView) -> OAuthGrant:
    """How a grant looks from outside."""
    grant, last = view.grant, view.last_used_at
    return OAuthGrant(
        id=grant.grant_id,
        client_id=grant.client_id,
        scopes=grant.scopes,
        created_at=rfc3339(grant.created_at),
        last_used_at=rfc3339(last) if last is not None else None,
    )


def read_list(call: Call, _context: Context) -> PageRequest:
    """Read the page. Raises InvalidRequest."""
    return read_page(call.query())


async def load_list(store: Store, page: PageRequest, context: Context) -> tuple[Sequence[GrantView], int]:
    """One page of the user's grants, and the total."""
    return await store.grants(context.caller.user_id, page.offset, page.size)


def decide_list(page: PageRequest, facts: tuple[Sequence[GrantView], int], _context: Context) -> Outcome:
    """Show the page."""
    views, total = facts
    body = OAuthGrantList(tuple(show_grant(view) for view in views), pagination_meta(page, total))
    return Outcome(Reply(200, body, NO_STORE))


def read_one(call: Call, _context: Context) -> str:
    """The grant id."""
    return call.path["id"]


async def load_one(store: Store, grant_id: str, context: Context) -> GrantView | None:
    """The grant, if it is the user's own."""
    return await store.grant(context.caller.user_id, grant_id)


def decide_get(_grant_id: str, view: GrantView | None, _context: Context) -> Outcome:
    """Show it. Raises NotFound."""
    return Outcome(Reply(200, OAuthGrantResponse(show_grant(_found(view))), NO_STORE))


def decide_revoke(_grant_id: str, facts: GrantView | None, context: Context) -> Outcome:
    """Revoke it, and with it every token that stands on it. Raises NotFound."""
    view = _found(facts)
    grant = view.grant
    event = context.record("grant.revoked", subject=grant.grant_id, detail=f"client {grant.client_id}")
    body = OAuthGrantResponse(show_grant(view))
    return Outcome(Reply(200, body, NO_STORE), (RevokeGrant(grant.grant_id, context.now), event))


def _found(view: GrantView | None) -> GrantView:
    if view is None:
        raise NotFound("there is no such grant", reason="grant_not_found")
    return view


_ID = (Parameter("id", where="path", required=True),)

LIST_GRANTS = Operation(
    "ListOAuthGrants",
    "GET /oauth_grants",
    "grants",
    read_list,
    load_list,
    decide_list,
    Documentation(
        summary="List what you have allowed",
        tag="Grants",
        response=OAuthGrantList,
        errors=(400, 401, 403),
        parameters=(Parameter("page[size]", int), Parameter("page[number]", int)),
    ),
)
GET_GRANT = Operation(
    "GetOAuthGrant",
    "GET /oauth_grants/{id}",
    "grants",
    read_one,
    load_one,
    decide_get,
    Documentation(
        summary="Get a grant", tag="Grants", response=OAuthGrantResponse, errors=(401, 403, 404), parameters=_ID
    ),
)
REVOKE_GRANT = Operation(
    "RevokeOAuthGrant",
    "DELETE /oauth_grants/{id}",
    "grants",
    read_one,
    load_one,
    decide_revoke,
    Documentation(
        summary="Revoke a grant", tag="Grants", response=OAuthGrantResponse, errors=(401, 403, 404), parameters=_ID
    ),
)
