"""Refused requests: what went wrong at the authorization and token endpoints, for whoever develops the client.

Ours, not an RFC's. A person who is shown an error page gets a reference; here it opens the whole story. Members see
what was refused to clients of their organization; whoever runs the server sees all of it, of unknown clients too.
"""

from collections.abc import Sequence

from msgspec import Struct

from grantwell.protocol.call import Call
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PageRequest, pagination_meta, read_page
from grantwell.protocol.refusal_store import RefusalFilter, RefusalView
from grantwell.protocol.refused_request_bodies import (
    RefusedRequestList,
    RefusedRequestResponse,
    summarize,
    tell_story,
)
from grantwell.protocol.rights import is_operator
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE


class ListRequest(Struct, frozen=True):
    """Which page, and of which client; None is of any."""

    page: PageRequest
    client_id: str | None


async def whose(store: Store, context: Context, client_id: str | None = None) -> RefusalFilter:
    """What the caller may see."""
    caller = context.caller
    return RefusalFilter(caller.org_id, is_operator(caller, await store.operator_org_id()), client_id)


def read_list(call: Call, _context: Context) -> ListRequest:
    """Read page and filter. Raises InvalidRequest."""
    parameters = call.query()
    return ListRequest(read_page(parameters), parameters.get("filter[client_id]") or None)


async def load_list(store: Store, request: ListRequest, context: Context) -> tuple[Sequence[RefusalView], int]:
    """One page, and the total."""
    chosen = await whose(store, context, request.client_id)
    return await store.refused_requests(chosen, request.page.offset, request.page.size)


def decide_list(request: ListRequest, facts: tuple[Sequence[RefusalView], int], _context: Context) -> Outcome:
    """Show the page."""
    views, total = facts
    body = RefusedRequestList(tuple(map(summarize, views)), pagination_meta(request.page, total))
    return Outcome(Reply(200, body, NO_STORE))


def read_one(call: Call, _context: Context) -> str:
    """The reference."""
    return call.path["reference"]


async def load_one(store: Store, reference: str, context: Context) -> RefusalView | None:
    """The refused request, if the caller may see it."""
    return await store.refused_request(await whose(store, context), reference)


def decide_one(_reference: str, view: RefusalView | None, _context: Context) -> Outcome:
    """Tell the story. Raises NotFound."""
    if view is None:
        raise NotFound("nothing is kept under this reference", reason="refused_request_not_found")
    return Outcome(Reply(200, RefusedRequestResponse(tell_story(view)), NO_STORE))


LIST_REFUSED_REQUESTS = Operation(
    "ListRefusedRequests",
    "GET /refused_requests",
    "session",
    read_list,
    load_list,
    decide_list,
    Documentation(
        summary="List requests of your clients that were refused",
        tag="Refused requests",
        response=RefusedRequestList,
        errors=(400, 401, 403),
        parameters=(
            Parameter("page[size]", int),
            Parameter("page[number]", int),
            Parameter("filter[client_id]"),
        ),
    ),
)
GET_REFUSED_REQUEST = Operation(
    "GetRefusedRequest",
    "GET /refused_requests/{reference}",
    "session",
    read_one,
    load_one,
    decide_one,
    Documentation(
        summary="Get the whole story of a refused request",
        tag="Refused requests",
        response=RefusedRequestResponse,
        errors=(401, 403, 404),
        parameters=(Parameter("reference", where="path", required=True),),
    ),
)
REFUSED_REQUESTS = Extension("refused requests", (LIST_REFUSED_REQUESTS, GET_REFUSED_REQUEST))
