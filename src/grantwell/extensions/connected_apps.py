"""Connected apps: what a person has allowed, with the names of those whom it was allowed to.

Ours, not an RFC's. The API's own grants name a client by its id alone. Revoking is theirs.
"""

from collections.abc import Sequence

from grantwell.protocol.apps_store import AppView
from grantwell.protocol.call import Call
from grantwell.protocol.connected_app import ConnectedAppList, ConnectedAppResponse, show_app
from grantwell.protocol.context import Context
from grantwell.protocol.errors import NotFound
from grantwell.protocol.extension import Extension
from grantwell.protocol.operation import Documentation, Operation, Parameter
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.paging import PageRequest, pagination_meta, read_page
from grantwell.protocol.store import Store
from grantwell.protocol.tokens import NO_STORE


def read_list(call: Call, _context: Context) -> PageRequest:
    """Read the page. Raises InvalidRequest."""
    return read_page(call.query())


async def load_list(store: Store, page: PageRequest, context: Context) -> tuple[Sequence[AppView], int]:
    """One page of the person's apps, and the total."""
    return await store.apps(context.caller.user_id, page.offset, page.size)


def decide_list(page: PageRequest, facts: tuple[Sequence[AppView], int], context: Context) -> Outcome:
    """Show the page."""
    views, total = facts
    body = ConnectedAppList(tuple(show_app(view, context) for view in views), pagination_meta(page, total))
    return Outcome(Reply(200, body, NO_STORE))


def read_one(call: Call, _context: Context) -> str:
    """The grant's id."""
    return call.path["id"]


async def load_one(store: Store, grant_id: str, context: Context) -> AppView | None:
    """The grant with its client, if it is the person's own."""
    return await store.app(context.caller.user_id, grant_id)


def decide_one(_grant_id: str, view: AppView | None, context: Context) -> Outcome:
    """Show it. Raises NotFound."""
    if view is None:
        raise NotFound("there is no such grant", reason="grant_not_found")
    return Outcome(Reply(200, ConnectedAppResponse(show_app(view, context)), NO_STORE))


LIST_CONNECTED_APPS = Operation(
    "ListConnectedApps",
    "GET /connected_apps",
    "grants",
    read_list,
    load_list,
    decide_list,
    Documentation(
        summary="List what you have allowed, with the apps' names",
        tag="Grants",
        response=ConnectedAppList,
        errors=(400, 401, 403),
        parameters=(Parameter("page[size]", int), Parameter("page[number]", int)),
    ),
)
GET_CONNECTED_APP = Operation(
    "GetConnectedApp",
    "GET /connected_apps/{id}",
    "grants",
    read_one,
    load_one,
    decide_one,
    Documentation(
        summary="Get a grant with its app's name",
        tag="Grants",
        response=ConnectedAppResponse,
        errors=(401, 403, 404),
        parameters=(Parameter("id", where="path", required=True),),
    ),
)
CONNECTED_APPS = Extension("connected apps", (LIST_CONNECTED_APPS, GET_CONNECTED_APP))
