"""API keys: one's own, made and revoked by their owner; an administrator sees and revokes the organization's.

Ours, not an RFC's. For our own pages alone: an API key that leaks makes no further ones.
"""

from msgspec import Struct

from grantwell.protocol.accounts import account_events, new_api_key
from grantwell.protocol.call import Call
from grantwell.protocol.capabilities import SIGN_IN_OTHERS
from grantwell.protocol.changes import RevokeApiKey
from grantwell.protocol.client_metadata import check_name
from grantwell.protocol.context import Caller, Context
from grantwell.protocol.errors import NotFound, Problem
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import pagination_meta
from grantwell.protocol.people_bodies import ApiKeyList, ApiKeyResponse, NewApiKey, show_api_key
from grantwell.protocol.people_rules import (
    ID,
    OWNER,
    PAGE_PARAMETERS,
    Belonging,
    id_in,
    owner_of,
    read_belonging,
    refuse,
    refuse_unknown,
    require_reach,
)
from grantwell.protocol.records import CAPABILITIES, ApiKey, User
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE

DAY = 86400
MAXIMUM_DAYS = 36500
FIELDS = ("name", "capabilities", "expires_in_days")


class ApiKeys(Struct, frozen=True):
    """A page of somebody's API keys; without the user there is nobody of that id here."""

    user: User | None
    api_keys: tuple[ApiKey, ...]
    total: int


def read_list(call: Call, _context: Context) -> Belonging:
    """Read whose, and which page. Raises InvalidRequest."""
    return read_belonging(call.query())


async def load_list(store: Store, request: Belonging, context: Context) -> ApiKeys:
    """The user, of the caller's organization, and one page of keys. Raises AccessDenied."""
    user_id, page = owner_of(request, context.caller), request.page
    user = await store.user(context.caller.org_id, user_id)
    found, total = await store.user_api_keys(user_id, page.offset, page.size)
    return ApiKeys(user, tuple(found), total)


def decide_list(request: Belonging, facts: ApiKeys, context: Context) -> Outcome:
    """Show the page, never the keys themselves. Raises NotFound."""
    if facts.user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    shown = tuple(show_api_key(key, context.now) for key in facts.api_keys)
    return Outcome(Reply(200, ApiKeyList(shown, pagination_meta(request.page, facts.total)), NO_STORE))


def read_create(call: Call, context: Context) -> NewApiKey:
    """Read the body. Raises InvalidRequest, Unprocessable."""
    body = call.json()
    name, days = body.get("name"), body.get("expires_in_days")
    problems = [*refuse_unknown(body, FIELDS)]
    if not isinstance(name, str):
        problems.append(Problem("name", "must be a string"))
    else:
        problems.extend(check_name("name", name))
    known = grantable(context.caller)
    wanted = body.get("capabilities")
    if not isinstance(wanted, list) or not wanted or not all(each in known for each in wanted):
        problems.append(Problem("capabilities", f"must be at least one of {', '.join(known)}"))
    if days is not None and (not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= MAXIMUM_DAYS):
        problems.append(Problem("expires_in_days", f"must be a whole number from 1 to {MAXIMUM_DAYS}"))
    refuse(problems, reason="api_key_malformed")
    return NewApiKey(str(name), tuple(each for each in known if each in (wanted or ())), days)


def grantable(caller: Caller) -> tuple[str, ...]:
    """What a new key of the caller's may have. Signing others in is for administrators."""
    return (*CAPABILITIES, SIGN_IN_OTHERS) if caller.role == "admin" else CAPABILITIES


async def load_owner(store: Store, _request: NewApiKey, context: Context) -> User | None:
    """The caller."""
    return await store.user(context.caller.org_id, context.caller.user_id)


def decide_create(request: NewApiKey, user: User | None, context: Context) -> Outcome:
    """Make the key, and tell it once. Raises NotFound."""
    if user is None:
        raise NotFound("there is no such user", reason="user_not_found")
    days = request.expires_in_days
    expires_at = None if days is None else context.now + days * DAY
    added, text = new_api_key(user, request.name, context, capabilities=request.capabilities, expires_at=expires_at)
    (event,) = account_events((added,), context, actor=user.user_id)
    body = ApiKeyResponse(show_api_key(added.api_key, context.now, text))
    return Outcome(Reply(201, body, NO_STORE), (added, event))


def read_revoke(call: Call, _context: Context) -> str:
    """The key's id."""
    return id_in(call)


async def load_api_key(store: Store, api_key_id: str, context: Context) -> ApiKey | None:
    """The key, if it is of the caller's organization."""
    return await store.api_key_by_id(context.caller.org_id, api_key_id)


def decide_revoke(_api_key_id: str, key: ApiKey | None, context: Context) -> Outcome:
    """End it, at once and for good; one that is revoked already is. Raises NotFound."""
    require_reach(key.user_id if key else None, context.caller, "API key", reason="api_key_not_found")
    if key is None or key.revoked_at is not None:
        return Outcome(Reply(204, None, NO_STORE))
    event = context.record("api_key.revoked", subject=key.api_key_id, org_id=key.org_id)
    return Outcome(Reply(204, None, NO_STORE), (RevokeApiKey(key.api_key_id, key.org_id, context.now), event))


LIST_API_KEYS = Operation(
    "ListApiKeys",
    "GET /api_keys",
    "session",
    read_list,
    load_list,
    decide_list,
    Documentation(
        summary="List API keys",
        tag="API keys",
        response=ApiKeyList,
        errors=(400, 401, 403, 404),
        parameters=(Parameter(OWNER), *PAGE_PARAMETERS),
    ),
)
CREATE_API_KEY = Operation(
    "CreateApiKey",
    "POST /api_keys",
    "session",
    read_create,
    load_owner,
    decide_create,
    Documentation(
        summary="Make an API key of one's own",
        tag="API keys",
        request=NewApiKey,
        response=ApiKeyResponse,
        success=201,
        errors=(400, 401, 403, 404, 422),
    ),
)
REVOKE_API_KEY = Operation(
    "RevokeApiKey",
    "DELETE /api_keys/{id}",
    "session",
    read_revoke,
    load_api_key,
    decide_revoke,
    Documentation(summary="Revoke an API key", tag="API keys", success=204, errors=(401, 403, 404), parameters=ID),
)
API_KEYS = Extension("API keys", (LIST_API_KEYS, CREATE_API_KEY, REVOKE_API_KEY))
